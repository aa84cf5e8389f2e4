"""Interviews after a return.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.message import AgencyMessage
from schemas.records.person import Answer, Person
from schemas.records.response import RiskGrade


class AllegedRole(StrEnum):
    """The role of the person alleged to have harmed the child; decides who is excluded."""

    CARER = "carer"
    PARENT = "parent"
    PROFESSIONAL = "professional"
    OTHER_RELATIVE = "other_relative"
    OTHER_ADULT = "other_adult"
    PEER = "peer"
    STRANGER = "stranger"
    NONE = "none"
    NOT_KNOWN = "not_known"
    UNKNOWN = "unknown"


class AttemptOutcome(StrEnum):
    """What came of an offer."""

    ACCEPTED = "accepted"
    DECLINED_BY_CHILD = "declined_by_child"
    DECLINED_BY_PARENT = "declined_by_parent"
    NO_ANSWER = "no_answer"
    UNKNOWN = "unknown"


class InterviewOutcome(StrEnum):
    """What became of an independent return interview; declined is counted apart from done."""

    HELD = "held"
    DECLINED_BY_CHILD = "declined_by_child"
    DECLINED_BY_PARENT = "declined_by_parent"
    NO_CONTACT = "no_contact"
    CHILD_MISSING_AGAIN = "child_missing_again"
    DETAINED = "detained"
    IN_HOSPITAL = "in_hospital"
    ABROAD = "abroad"
    TURNED_18 = "turned_18"
    UNKNOWN = "unknown"


class InterviewerRelation(StrEnum):
    """What the interviewer is to the child; independent means neither of placement nor of responsible authority."""

    INDEPENDENT_PROVIDER = "independent_provider"
    TRUSTED_PERSON = "trusted_person"
    SOCIAL_WORKER = "social_worker"
    PLACEMENT_STAFF = "placement_staff"
    POLICE = "police"
    OTHER = "other"
    UNKNOWN = "unknown"


class OfferMeans(StrEnum):
    """How an interview was offered."""

    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    MESSAGE = "message"
    LETTER = "letter"
    THROUGH_CARER = "through_carer"
    UNKNOWN = "unknown"


class PreventionOutcome(StrEnum):
    """What became of the police's prevention interview."""

    HELD = "held"
    DECLINED = "declined"
    NOT_POSSIBLE = "not_possible"
    UNKNOWN = "unknown"


class PullFactor(StrEnum):
    """What drew the child."""

    FAMILY = "family"
    FRIENDS = "friends"
    PARTNER = "partner"
    EXPLOITATION = "exploitation"
    SUBSTANCES = "substances"
    PARTY = "party"
    ONLINE_CONTACT = "online_contact"
    FORMER_HOME = "former_home"
    WORK = "work"
    OTHER = "other"
    UNKNOWN = "unknown"


class PushFactor(StrEnum):
    """What drove the child away."""

    CONFLICT_AT_HOME = "conflict_at_home"
    CONFLICT_IN_PLACEMENT = "conflict_in_placement"
    ABUSE_OR_NEGLECT = "abuse_or_neglect"
    BULLYING = "bullying"
    SCHOOL = "school"
    PLACEMENT_UNWANTED = "placement_unwanted"
    RESTRICTIONS = "restrictions"
    MENTAL_HEALTH = "mental_health"
    BOREDOM = "boredom"
    OTHER = "other"
    UNKNOWN = "unknown"


class SupportNeed(StrEnum):
    """What help the interview shows to be needed."""

    FAMILY_MEDIATION = "family_mediation"
    PLACEMENT_MOVE = "placement_move"
    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"
    SCHOOL = "school"
    EXPLOITATION_SERVICE = "exploitation_service"
    YOUTH_WORK = "youth_work"
    HEALTH = "health"
    ADVOCACY = "advocacy"
    HOUSING = "housing"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedStatement(Record):
    """A statement the child agreed to have shared, with whom, and until when."""

    SCHEMA_NAME: ClassVar[str] = "AgreedStatement"

    text: str
    """The statement; leaves class `interview` only for those named beside it."""
    share_with: tuple[str, ...] = ()
    """Roles it may be shared with."""
    until: datetime | None = None
    """When the agreement ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAttempt(Record):
    """One offer of a return interview."""

    SCHEMA_NAME: ClassVar[str] = "OfferAttempt"

    at: datetime | None = None
    """When."""
    means: OfferMeans = OfferMeans.UNKNOWN
    """How."""
    by_role: str | None = None
    """Role of whoever offered it."""
    outcome: AttemptOutcome = AttemptOutcome.UNKNOWN
    """What came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreventionInterviewRecorded(AgencyMessage):
    """The police saw the child after the return (older: safe and well check).

    Never closes the return interview's clock.
    """

    SCHEMA_NAME: ClassVar[str] = "PreventionInterviewRecorded"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    outcome: PreventionOutcome = PreventionOutcome.UNKNOWN
    """Held, declined or not possible."""
    held_at: datetime | None = None
    """When."""
    by_role: str | None = None
    """Role of the interviewer."""
    harm_disclosed: Answer = Answer.UNKNOWN
    """Whether the child told of harm."""
    alleged_role: AllegedRole = AllegedRole.UNKNOWN
    """Role of the person alleged."""
    alleged_agency: str | None = None
    """Agency id the person alleged belongs to, if any; that recipient is excluded at once."""
    concerns: str | None = None
    """What the police are worried about."""
    why_not: str | None = None
    """Why it was not possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInterviewOffered(AgencyMessage):
    """The independent return interview was offered; each attempt with its time."""

    SCHEMA_NAME: ClassVar[str] = "ReturnInterviewOffered"

    attempts: tuple[OfferAttempt, ...] = ()
    """Offers, oldest first."""
    provider_agency: str | None = None
    """Agency id of whoever will hold it."""
    planned_at: datetime | None = None
    """When it is planned, if accepted."""
    covers_episodes: tuple[str, ...] = ()
    """The sender's references of the absences it will cover."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingOverride(Record):
    """A decision to share without the child's agreement."""

    SCHEMA_NAME: ClassVar[str] = "SharingOverride"

    decider: str
    """Role of whoever decided."""
    ground: str
    """On what ground."""
    child_told_at: datetime | None = None
    """When the child was told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnInterviewRecorded(AgencyMessage):
    """What became of the independent return interview, and what may be shared of it."""

    SCHEMA_NAME: ClassVar[str] = "ReturnInterviewRecorded"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    outcome: InterviewOutcome = InterviewOutcome.UNKNOWN
    """Held, or why not."""
    held_at: datetime | None = None
    """When it was held, or the outcome was reached."""
    covers_episodes: tuple[str, ...] = ()
    """The sender's references (or the hub's ids) of the absences it covers; empty for the one of this message."""
    interviewer_relation: InterviewerRelation = InterviewerRelation.UNKNOWN
    """What the interviewer is to the child."""
    not_independent_because: str | None = None
    """Why it was not independent, for example the child's own choice."""
    push_factors: tuple[PushFactor, ...] = ()
    """What drove the child away."""
    pull_factors: tuple[PullFactor, ...] = ()
    """What drew the child."""
    support_needs: tuple[SupportNeed, ...] = ()
    """What help is needed."""
    risk: RiskGrade = RiskGrade.UNKNOWN
    """The interviewer's view of the risk."""
    harm_disclosed: Answer = Answer.UNKNOWN
    """Whether the child told of harm."""
    alleged_role: AllegedRole = AllegedRole.UNKNOWN
    """Role of the person alleged."""
    alleged_agency: str | None = None
    """Agency id the person alleged belongs to, if any; that recipient is excluded at once."""
    child_words: str | None = None
    """What the child said. Never leaves class `interview`."""
    agreed_statements: tuple[AgreedStatement, ...] = ()
    """What the child agreed to have shared, with whom, until when."""
    sharing_override: SharingOverride | None = None
    """A decision to share more than was agreed."""
