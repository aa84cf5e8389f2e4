"""The single facts of a child and an absence: each a value with the event it stands on. No rule stands here.

Every fact that can change names its event (`event`), because that is the cause of what is sent about it. `at` is when
something happened, never later than its acceptance for what lies in the past; `accepted_at` is when the hub accepted
it. Times are aware UTC. A field that nobody stated is None, `unknown` or empty.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from hub.ids import (
    AgencyId,
    ClaimId,
    EventId,
)
from schemas.records import (
    Address,
    AgencyKind,
    Answer,
    CancelReason,
    CareStatus,
    ClaimedStatus,
    Collector,
    Condition,
    FlagKind,
    MayBeTold,
    NationalComputerState,
    PhaseKind,
    PlaceKind,
    PlacementKind,
    PoliceContactState,
    PoliceDecision,
    PolicePosition,
    Relation,
    ReportedStatus,
    ReturnedTo,
    RiskFactor,
    RiskGrade,
    SeenBy,
)


class QuestionKind(StrEnum):
    """What the fold cannot settle and asks the agencies."""

    RETURN_BETWEEN = "return_between"
    """A later report saw the child at home: when did it come back in between?"""
    REPORT_BETWEEN = "report_between"
    """A second return: was there another absence that nobody reported?"""
    NEVER_REPORTED = "never_reported"
    """A child was found or returned that nobody had reported."""
    END_DIFFERS = "end_differs"
    """Two agencies give different times for one return."""
    START_DIFFERS = "start_differs"
    """Agencies give different times for when the child was last seen."""
    RETURN_DISPUTED = "return_disputed"
    """Police or the responsible authority say the child is still away after somebody said it was back."""


class AuthorityBasis(StrEnum):
    """Why an authority counts as the responsible one, strongest first."""

    OWN_STATEMENT = "own_statement"
    """It says so itself (`CareStatusChanged`)."""
    ACCEPTED = "accepted"
    """It accepted the duty in writing."""
    STATED = "stated"
    """Another agency names it in a report or message."""
    HOME_AREA = "home_area"
    """The child's home lies in its area."""
    FOUND_AREA = "found_area"
    """The child was found in its area."""
    REPORTED = "reported"
    """It reported the child itself, and nothing better is known (c)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask the agencies whose events are named; counts as one disagreement about `field`."""

    kind: QuestionKind
    field: str
    events: tuple[EventId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One agency's report of this absence. `last_seen_at` is None where nobody knows.

    `reported_at` is when the agency recorded it, never later than its acceptance. A cancelled report stays here.
    """

    event: EventId
    agency: AgencyId
    kind: AgencyKind
    claim: ClaimId | None
    status: ReportedStatus
    last_seen_at: datetime | None
    reported_at: datetime
    accepted_at: datetime
    seen_at_home: bool
    last_seen_area: str | None
    last_seen_place_kind: PlaceKind
    relation: Relation
    may_be_told: MayBeTold
    police_contact: PoliceContactState
    cancelled_by: EventId | None

    @property
    def is_cancelled(self) -> bool:
        """True if its sender withdrew it."""
        return self.cancelled_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusClaim:
    """What one agency says the child's status is. `since` never lies after acceptance.

    `is_competent`: police, the responsible authority, or the placement for a child at its own address.
    `answered_by`: the event of the later competent claim that replaces it; None while it stands.
    """

    event: EventId
    agency: AgencyId
    kind: AgencyKind
    claim: ClaimId | None
    status: ClaimedStatus
    since: datetime
    accepted_at: datetime
    seen_by: SeenBy
    is_competent: bool
    answered_by: EventId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of an absence: missing (`M`), away (`A`) or located and not yet back.

    `event` began it; `ended_by` ended it. `ended_before` is given instead of `ended_at` where the end is only
    known to lie before some time.
    """

    kind: PhaseKind
    began_at: datetime
    event: EventId
    ended_at: datetime | None = None
    ended_before: datetime | None = None
    ended_by: EventId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One agency says the child was found. `locates` if that ends the search; otherwise it counts as a sighting.

    `confirmed_by` is the police or authority event that confirmed a parent's or carer's word.
    """

    event: EventId
    agency: AgencyId
    kind: AgencyKind
    at: datetime
    accepted_at: datetime
    seen_by: SeenBy
    condition: Condition
    safe_for_now: Answer
    place: str | None
    place_kind: PlaceKind
    area_code: str | None
    health_setting: str | None
    locates: bool
    confirmed_by: EventId | None


ELSEWHERE: Final = frozenset({ReturnedTo.HOSPITAL, ReturnedTo.CUSTODY_OR_SECURE, ReturnedTo.ABROAD})
"""Where a child may be seen safe that is neither home, a placement nor an agreed safe place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """One agency says the child is back, or will not come back. `ends` if that ends the absence, `counts` if it could.

    `needs_police`: the placement says so for its own address; police have still to confirm.
    """

    event: EventId
    agency: AgencyId
    kind: AgencyKind
    at: datetime
    accepted_at: datetime
    to: ReturnedTo
    settled_elsewhere: bool
    brought_by: Collector
    seen_by: SeenBy
    area_code: str | None
    address: Address | None
    ends: bool
    counts: bool
    needs_police: bool

    @property
    def is_elsewhere(self) -> bool:
        """True if the child went where it is safe and not back, and has not settled there: that would be an end."""
        return self.to in ELSEWHERE and (not self.settled_elsewhere or self.to is ReturnedTo.CUSTODY_OR_SECURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliceStanding:
    """Whether police know, and how they hold the case. `event` is None while they have not confirmed."""

    position: PolicePosition
    confirmed_at: datetime | None
    event: EventId | None
    agency: AgencyId | None
    decision: PoliceDecision
    decided_at: datetime | None
    decision_event: EventId | None
    reference: str | None
    owning_unit: str | None
    national_computer: NationalComputerState
    circulated_at: datetime | None
    circulation_cancelled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessment:
    """One assessment: of police, which sets the grade, or somebody else's view of it."""

    event: EventId
    agency: AgencyId
    kind: AgencyKind
    grade: RiskGrade
    at: datetime
    accepted_at: datetime
    factors: tuple[RiskFactor, ...]
    reasoning_given: bool
    review_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The grade (`ungraded` until police assess), and as what it is treated.

    `event` is the assessment the grade stands on; while ungraded, the event that makes it be treated so.
    `ungraded_as` is how it was treated before the first assessment. `challenged_by` are views of others that lie above
    police's grade.
    """

    grade: RiskGrade
    treated_as: RiskGrade
    ungraded_as: RiskGrade
    event: EventId
    agency: AgencyId | None
    assessed_at: datetime | None
    factors: tuple[RiskFactor, ...]
    review_due: datetime | None
    assessments: tuple[RiskAssessment, ...]
    views: tuple[RiskAssessment, ...]
    challenged_by: tuple[EventId, ...]
    lowered_without_reason: tuple[EventId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagState:
    """One warning about the child as it stands: the most worried answer of any agency's latest."""

    kind: FlagKind
    value: Answer
    basis: str | None
    set_by: AgencyId
    set_at: datetime
    review_by: datetime | None
    event: EventId

    def has_expired_by(self, when: datetime) -> bool:
        """True if its review lay before that time: an expired flag routes nothing, and asks for review."""
        return self.review_by is not None and self.review_by < when


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementState:
    """Where the child is placed, as far as stated, from `since` on."""

    kind: PlacementKind
    provider: AgencyId | None
    name: str | None
    host_authority: AgencyId | None
    area_code: str | None
    address: Address | None
    since: datetime
    event: EventId
    agency: AgencyId


@dataclass(frozen=True, slots=True, kw_only=True)
class CareState:
    """One care status as an agency states it, with the authority and the dates it gives."""

    status: CareStatus
    authority: AgencyId | None
    from_date: date | None
    until_date: date | None
    event: EventId
    agency: AgencyId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityClaim:
    """Somebody says that this authority is the responsible one.

    `during` are the first and last days between which that holds (None where no end is said); with none it always does.
    `is_of_report`: a report of one absence says so. `is_of_another_duty`: it says of itself that it has a duty to the
    child, and not that it looks after it.
    """

    authority: AgencyId
    basis: AuthorityBasis
    event: EventId
    by: AgencyId
    accepted_at: datetime
    during: tuple[tuple[date | None, date | None], ...] = ()
    is_of_report: bool = False
    is_of_another_duty: bool = False

    @property
    def is_of_a_place(self) -> bool:
        """True if it follows from where the child lives or was found: whoever says that denies nothing by it."""
        return self.basis in (AuthorityBasis.HOME_AREA, AuthorityBasis.FOUND_AREA)

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return not self.during or any(covers(first, last, day) for first, last in self.during)


def covers(first: date | None, last: date | None, day: date) -> bool:
    """Whether a day lies in a stretch of days, both ends included."""
    return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorities:
    """The authorities of a child and what each is to it.

    `responsible` is the strongest claim's; `is_disputed` if claims of the same strength name different ones, or one
    denies it. `holder` holds every clock: the responsible authority, while disputed the one where the child lives
    or was found. `section_47` holds the duty to decide on enquiries: where the child lives or was found, until
    another accepted in writing. `section_47_taken` are those that did, or said that they hold it, in the order
    accepted, each with when; `section_47_by_place` is whose it was before.
    """

    responsible: AgencyId | None
    responsible_event: EventId | None
    is_disputed: bool
    holder: AgencyId | None
    section_47: AgencyId | None
    section_47_by_place: AgencyId | None
    section_47_taken: tuple[tuple[datetime, AgencyId], ...]
    host: AgencyId | None
    plan_holding: tuple[AgencyId, ...]
    education: tuple[AgencyId, ...]
    former: tuple[AgencyId, ...]
    claims: tuple[AuthorityClaim, ...]

    def section_47_at(self, when: datetime) -> AgencyId | None:
        """Who held the duty to decide at a time: whoever took it later had it not yet."""
        return next((who for since, who in reversed(self.section_47_taken) if since <= when), self.section_47_by_place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forces:
    """The police forces of an absence as far as agencies said so, and the areas (GSS codes) the others follow from.

    `owning` is the force that has the case (`hub.episode.holding`), None while none has; `owning_event` is the message
    since which it has. `gave` are forces whose handover of it another has accepted. `involved` are all forces that
    sent something, the owning one included.
    """

    owning: AgencyId | None
    owning_event: EventId | None
    gave: tuple[AgencyId, ...]
    involved: tuple[AgencyId, ...]
    home_area: str | None
    last_seen_area: str | None
    placement_area: str | None
    found_area: str | None
    returned_area: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A proposal to hand a case, a duty or an investigation over, with its answer if there is one."""

    proposal: EventId
    kind: str
    from_agency: AgencyId
    to_agency: AgencyId
    proposed_at: datetime
    accepted_by: EventId | None
    refused_by: tuple[EventId, ...]
    in_writing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Who must not be told from `from_when` on, whatever their role. Its reason stays sealed in its event.

    `agency`, `role` or `person` name the excluded (role in the words of the message). A provisional one follows
    from harm disclosed and stands until police or the responsible authority set or lift it. A lift may lie ahead.
    """

    event: EventId
    set_by: AgencyId
    agency: AgencyId | None
    role: str | None
    person: str | None
    from_when: datetime
    accepted_at: datetime
    is_provisional: bool
    confirmed_by: EventId | None
    lifted_by: EventId | None
    lifted_at: datetime | None
    review_by: datetime | None

    def stands_at(self, when: datetime) -> bool:
        """Whether nobody has lifted it by this time (aware)."""
        return self.lifted_at is None or self.lifted_at > when


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The child was found dead. Sealed until the owning force records that the family was informed."""

    event: EventId
    agency: AgencyId
    at: datetime
    accepted_at: datetime
    family_informed_at: datetime | None
    family_informed_event: EventId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Every report of the absence was withdrawn by its sender; this is the withdrawal that completed it."""

    event: EventId
    agency: AgencyId
    reason: CancelReason
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """Other children of the same incident, by the references the senders gave."""

    incident_refs: tuple[str, ...]
    child_refs: tuple[str, ...]
