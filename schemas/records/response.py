"""What agencies answer to a report: status, police decision, risk, ownership, enquiries.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.message import AgencyMessage
from schemas.records.person import Answer, Person


class ClaimedStatus(StrEnum):
    """What one agency holds to be so. `unexplained_absence` is a school's word and opens no episode."""

    MISSING = "missing"
    AWAY = "away"
    LOCATED = "located"
    RETURNED = "returned"
    NOT_MISSING = "not_missing"
    UNEXPLAINED_ABSENCE = "unexplained_absence"
    UNKNOWN = "unknown"


class EnquiryState(StrEnum):
    """Where an enquiry stands."""

    ASKED = "asked"
    ANSWERED = "answered"
    NOT_POSSIBLE = "not_possible"
    UNKNOWN = "unknown"


class NationalComputerState(StrEnum):
    """Whether the child is circulated on the police national computer."""

    NOT_CIRCULATED = "not_circulated"
    CIRCULATED = "circulated"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class OwnershipKind(StrEnum):
    """What is handed over: the police investigation, the case, the duty to the child, the section 47 duty."""

    INVESTIGATION = "investigation"
    CASE = "case"
    CARE_DUTY = "care_duty"
    SECTION_47 = "section_47"
    UNKNOWN = "unknown"


class OwnershipStep(StrEnum):
    """Where a handover stands; the giver keeps every clock until it is accepted."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class PoliceDecision(StrEnum):
    """What the police made of a report."""

    RECORDED_MISSING = "recorded_missing"
    RECORDED_NO_APPARENT_RISK = "recorded_no_apparent_risk"
    CONCERN_ONLY = "concern_only"
    NOT_RECORDED = "not_recorded"
    UNKNOWN = "unknown"


class RiskFactor(StrEnum):
    """What a grade rests on."""

    EXPLOITATION = "exploitation"
    TRAFFICKING = "trafficking"
    SELF_HARM = "self_harm"
    MEDICATION = "medication"
    DISABILITY = "disability"
    HEALTH = "health"
    MENTAL_HEALTH = "mental_health"
    AGE = "age"
    OUT_OF_CHARACTER = "out_of_character"
    DOMESTIC_ABUSE = "domestic_abuse"
    SUBSTANCE_USE = "substance_use"
    VIOLENCE = "violence"
    WEATHER = "weather"
    ONLINE_CONTACT = "online_contact"
    REPEAT_MISSING = "repeat_missing"
    FIRST_TIME = "first_time"
    RADICALISATION = "radicalisation"
    CRIMINAL_EXPLOITATION = "criminal_exploitation"
    PREGNANCY = "pregnancy"
    NO_RESOURCES = "no_resources"
    OTHER = "other"
    UNKNOWN = "unknown"


class RiskGrade(StrEnum):
    """A risk grade, older and newer wording; an unknown grade is treated as high."""

    UNGRADED = "ungraded"
    NO_APPARENT = "no_apparent"
    VERY_LOW = "very_low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryRequested(AgencyMessage):
    """Something asked of another agency by one that has a duty, or the answer to it."""

    SCHEMA_NAME: ClassVar[str] = "EnquiryRequested"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    state: EnquiryState = EnquiryState.UNKNOWN
    """Asked, answered or not possible."""
    answers: str | None = None
    """Message id of the request that is answered."""
    what: str | None = None
    """What is asked."""
    of_agency: str | None = None
    """Agency id of whoever is asked."""
    of_role: str | None = None
    """Role asked there."""
    by_when: datetime | None = None
    """When the answer is needed."""
    result: str | None = None
    """What was found out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnershipTransferred(AgencyMessage):
    """A handover of a duty: proposed, accepted or refused. Never a minute without an owner."""

    SCHEMA_NAME: ClassVar[str] = "OwnershipTransferred"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    kind: OwnershipKind = OwnershipKind.UNKNOWN
    """What is handed over."""
    from_agency: str
    """Agency id of the giver."""
    to_agency: str
    """Agency id of the receiver."""
    step: OwnershipStep = OwnershipStep.UNKNOWN
    """Proposed, accepted or refused."""
    proposal: str | None = None
    """Message id of the proposal that is answered."""
    in_writing: Answer = Answer.UNKNOWN
    """Whether it was accepted in writing."""
    reason: str | None = None
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliceResponse(AgencyMessage):
    """What the police made of a report; until it exists, the police position is unconfirmed."""

    SCHEMA_NAME: ClassVar[str] = "PoliceResponse"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    answers: str | None = None
    """Message id of the report that is answered, if one is."""
    decision: PoliceDecision = PoliceDecision.UNKNOWN
    """Recorded missing, at no apparent risk, concern only, or not recorded."""
    reason: str | None = None
    """Why."""
    reference: str | None = None
    """The force's own reference."""
    owning_unit: str | None = None
    """The unit that owns the case."""
    national_computer: NationalComputerState = NationalComputerState.UNKNOWN
    """Whether the child is circulated."""
    circulated_at: datetime | None = None
    """When the child was circulated."""
    circulation_cancelled_at: datetime | None = None
    """When that was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAssessed(AgencyMessage):
    """A grade by the police, which sets the grade; by others, a view. Never lowered without a reason."""

    SCHEMA_NAME: ClassVar[str] = "RiskAssessed"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    grade: RiskGrade = RiskGrade.UNKNOWN
    """The grade."""
    scheme: str | None = None
    """Name and version of the list of grades."""
    factors: tuple[RiskFactor, ...] = ()
    """What the grade rests on."""
    reasoning: str | None = None
    """Why this grade; needed where it is lowered."""
    review_due: datetime | None = None
    """When it must be looked at again."""
    assessor_role: str | None = None
    """Role of whoever assessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusClaimed(AgencyMessage):
    """What the sender holds the child's status to be, without a full report."""

    SCHEMA_NAME: ClassVar[str] = "StatusClaimed"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    status: ClaimedStatus = ClaimedStatus.UNKNOWN
    """The status claimed."""
    since: datetime | None = None
    """From when."""
    basis: str | None = None
    """What the claim rests on."""
    place: str | None = None
    """Where, if the status has a place."""
    area_code: str | None = None
    """GSS code of the authority where the child is held to be."""
