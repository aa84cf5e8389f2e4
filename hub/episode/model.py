"""What the fold of a child's events says: the child, its absences, who was told what. Values only, no rule.

Every fact that can change names the event it stands on (`event`), because that is the cause of what is sent about
it. Times are aware UTC. `at` is when something happened, never later than its acceptance for what lies in the past;
`accepted_at` is when the hub accepted it; the two are never mixed. A field that nobody stated is None or empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeVar

from hub.episode.facts import (
    Authorities,
    AuthorityBasis,
    AuthorityClaim,
    Cancellation,
    CareState,
    Companions,
    Death,
    Exclusion,
    Finding,
    FlagState,
    Forces,
    Phase,
    PlacementState,
    PoliceStanding,
    Question,
    QuestionKind,
    Report,
    Return,
    Risk,
    RiskAssessment,
    StatusClaim,
    Transfer,
)
from hub.event import Event
from hub.ids import (
    AgencyId,
    ChildId,
    ClaimId,
    EpisodeId,
    EventId,
    NoticeId,
)
from schemas.records import (
    ClaimOutcome,
    EpisodeStatus,
    LegalBasis,
    MayBeTold,
    Nation,
    Nature,
    PhaseKind,
    PlacementKind,
    PolicePosition,
    Record,
    ReturnedTo,
    ToldRow,
    TravelCue,
)

__all__ = [
    "OPEN",
    "Authorities",
    "AuthorityBasis",
    "AuthorityClaim",
    "Cancellation",
    "CareState",
    "ChildState",
    "Companions",
    "Death",
    "Departure",
    "Episode",
    "Exclusion",
    "Finding",
    "FlagState",
    "Forces",
    "Ownership",
    "Phase",
    "PlacementState",
    "PoliceStanding",
    "Question",
    "QuestionKind",
    "Report",
    "Return",
    "Risk",
    "RiskAssessment",
    "StatusClaim",
    "ToldFact",
    "Transfer",
]

_RecordT = TypeVar("_RecordT", bound=Record)
_OF_A_WARD: Final = frozenset({LegalBasis.INFORMAL, LegalBasis.DETAINED, LegalBasis.S136})
"""What says that a child left a ward."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One absence of one child, with every claim made about it.

    `began_at` is the latest last-seen not disproved; where no last-seen is known it is when the first report, or a
    finding before any report, was made, and `start_is_known` is False. `ended_at` is the confirmed return (or
    death); `ended_before` instead where a return is only implied. `events` are the ids of all events that bear on
    it, `standing` the same events with corrections applied and the withdrawn left out.
    """

    id: EpisodeId
    aliases: tuple[EpisodeId, ...]
    child: ChildId
    anchor: EventId
    nation: Nation
    status: EpisodeStatus
    status_event: EventId
    status_claims: tuple[StatusClaim, ...]
    police: PoliceStanding
    began_at: datetime
    start_is_known: bool
    start_event: EventId
    ended_at: datetime | None
    ended_before: datetime | None
    end_event: EventId | None
    phases: tuple[Phase, ...]
    reports: tuple[Report, ...]
    findings: tuple[Finding, ...]
    found: Finding | None
    returns: tuple[Return, ...]
    returned: Return | None
    risk: Risk
    nature: Nature
    legal_basis: LegalBasis
    expected_by: datetime | None
    travel_cues: tuple[TravelCue, ...]
    care: tuple[CareState, ...]
    flags: tuple[FlagState, ...]
    placement: PlacementState | None
    former_placements: tuple[PlacementState, ...]
    authorities: Authorities
    forces: Forces
    transfers: tuple[Transfer, ...]
    school: AgencyId | None
    companions: Companions
    may_be_told: MayBeTold
    death: Death | None
    cancelled: Cancellation | None
    never_reported: bool
    questions: tuple[Question, ...]
    events: tuple[EventId, ...]
    standing: tuple[Event, ...]
    sequence: int
    changed_at: datetime

    @property
    def police_position(self) -> PolicePosition:
        """Whether a force has answered; until then everybody told is asked to ring them."""
        return self.police.position

    @property
    def deceased(self) -> bool:
        """True if the child was found dead."""
        return self.death is not None

    @property
    def is_open(self) -> bool:
        """True while the child is not back, settled, cancelled or found dead."""
        return self.status in OPEN

    @property
    def is_detained(self) -> bool:
        """True if the child was brought to custody or secure accommodation, and nobody has told of it leaving."""
        where = self.elsewhere
        return where is not None and where.to is ReturnedTo.CUSTODY_OR_SECURE

    @property
    def elsewhere(self) -> Return | None:
        """What put the child in hospital, in custody or abroad, as long as nobody has told of it leaving there."""
        counted = [back for back in self.returns if back.counts]
        last = counted[-1] if counted and self.returned is not None else None
        return last if last is not None and not self.brings_back(last) else None

    @property
    def came_from_elsewhere(self) -> Return | None:
        """What brought the child back after it had been in hospital, in custody or abroad first; None where nothing."""
        if self.returned is None or self.brings_back(self.returned) or self.elsewhere is not None:
            return None
        counted = [back for back in self.returns if back.counts]
        away = max(place for place, back in enumerate(counted) if not self.brings_back(back))
        return counted[away + 1]

    def brings_back(self, back: Return) -> bool:
        """True if with this return the child is back. In hospital only who walked out of a ward is."""
        is_of_a_ward = self.legal_basis in _OF_A_WARD or (
            self.placement is not None and self.placement.kind is PlacementKind.HOSPITAL
        )
        return not back.is_elsewhere or (is_of_a_ward and back.to is ReturnedTo.HOSPITAL)

    def has_begun_by(self, at: datetime) -> bool:
        """False only where it is known that the absence began later."""
        return not self.start_is_known or at >= self.began_at

    @property
    def is_counted(self) -> bool:
        """True unless every report of it was withdrawn, or it turned out that the child was not missing (law 8)."""
        return self.cancelled is None and self.status is not EpisodeStatus.NOT_MISSING

    @property
    def was_missing(self) -> bool:
        """True if it has an `M` phase."""
        return any(phase.kind is PhaseKind.MISSING for phase in self.phases)

    @property
    def was_away_only(self) -> bool:
        """True if it has an `A` phase and no `M` phase."""
        return not self.was_missing and any(phase.kind is PhaseKind.AWAY for phase in self.phases)

    @property
    def counts_as_repeat(self) -> bool:
        """True if it counts when it is asked how often the child was missing.

        An absence that nobody reported and that has no length does not: all that is known of it is one return, whose
        time may be wrong. It is kept, and asked about.
        """
        is_a_return_alone = not self.reports and self.ended_at is not None and self.ended_at <= self.began_at
        return self.is_counted and self.was_missing and not is_a_return_alone

    def of(self, record: type[_RecordT]) -> tuple[tuple[Event, _RecordT], ...]:
        """The standing events of one type, each with its body, in the order accepted."""
        return tuple((event, event.body) for event in self.standing if isinstance(event.body, record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """To which child a claim belongs, by the highest-numbered decision seen. `event` is that decision's."""

    claim: ClaimId
    agency: AgencyId
    child: ChildId
    number: int
    outcome: ClaimOutcome
    event: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """An event of a claim that another child owns now: to be re-sent there as `Moved`, under the id given.

    Every such event is listed, whether re-sent before or not: the id stays the same, and the receiver drops repeats.
    """

    id: EventId
    event: Event
    claim: ClaimId
    to_child: ChildId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """One notice that was sent: its row, its cause, the `Told` event that says so, and how far it got.

    `has_departed` if its episode began with a claim that another child owns now; the owner answers for it. The times
    are those at which the hub accepted the first acknowledgement of each layer.
    """

    row: ToldRow
    cause: str
    event: EventId
    accepted_at: datetime
    has_departed: bool
    fetched_at: datetime | None = None
    opened_at: datetime | None = None
    taken_at: datetime | None = None
    taken_by_role: str | None = None
    taken_until: datetime | None = None
    """By when whoever took it means to act."""
    told_otherwise: EventId | None = None
    """The `ToldByOtherMeans` that answers for it: told by telephone, never delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildState:
    """Everything the set of a child's events says.

    `events` are distinct, as sent, in the order accepted, those of departed claims included; `standing` are the
    ones this child owns, with corrections applied and the withdrawn left out. `unplaced` bear on no absence yet.
    `superseded` maps every id that an episode of this child may have had before it was joined into another to the
    one that survives; whoever publishes entries supersedes those it had published. `revised_by` maps an event to
    the correction or amendment applied to it last. `unfound` are the cancellations, corrections and amendments that
    stand and are about no message that their sender is known to have sent of this child. `awaited` are claims that
    came from another child and of which not every event is here yet; `is_half_decided` holds while a reviewer's
    decision is only partly in the set; `is_withheld` if this is a message that names both identities of an adoption
    break, which nobody is told of.
    """

    child: ChildId
    claims: Mapping[ClaimId, Ownership]
    episodes: tuple[Episode, ...]
    told: Mapping[NoticeId, ToldFact]
    exclusions: tuple[Exclusion, ...]
    departures: tuple[Departure, ...]
    awaited: frozenset[ClaimId]
    is_half_decided: bool
    is_withheld: bool
    superseded: Mapping[EpisodeId, EpisodeId]
    events: tuple[Event, ...]
    standing: tuple[Event, ...]
    unplaced: tuple[Event, ...]
    revised_by: Mapping[EventId, EventId]
    unfound: tuple[Event, ...]
    adoption_break: EventId | None
    born: date | None
    worked_out: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was worked out of this state, so that it is worked out once; no part of what the state says."""
    worked_out_of_said: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The same, of what was said alone: it holds as well once more was told (`hub.episode.told`)."""

    @property
    def standing_exclusions(self) -> tuple[Exclusion, ...]:
        """The exclusions that nobody has lifted by the latest acceptance among the events: a lift may lie ahead."""
        if not self.exclusions:
            return ()
        as_of = max(event.accepted_at for event in self.events)
        return tuple(exclusion for exclusion in self.exclusions if exclusion.stands_at(as_of))

    def episode(self, episode: EpisodeId) -> Episode | None:
        """The episode of this id, or the one that it was joined into."""
        wanted = self.superseded.get(episode, episode)
        return next((found for found in self.episodes if found.id == wanted), None)

    def is_whole(self, episode: Episode) -> bool:
        """Whether all of an episode is here that is to come from another child: before that, nothing is said of it."""
        if self.is_half_decided or self.is_withheld:
            return False
        return not self.awaited or all(event.claim not in self.awaited for event in episode.standing)


OPEN = frozenset(
    {
        EpisodeStatus.MISSING,
        EpisodeStatus.AWAY,
        EpisodeStatus.LOCATED_NOT_RETURNED,
        EpisodeStatus.RETURN_REPORTED,
        EpisodeStatus.UNKNOWN,
    }
)
"""Statuses of an absence that has not ended."""
