"""Decisions, placements, care standings, exclusions and support.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.message import AgencyMessage
from schemas.records.person import Answer, Person
from schemas.records.place import Placement
from schemas.records.report import CareStatus


class ExclusionState(StrEnum):
    """Whether an exclusion begins or ends."""

    SET = "set"
    LIFTED = "lifted"
    UNKNOWN = "unknown"


class PlacementMove(StrEnum):
    """How a placement changed."""

    PLANNED = "planned"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"


class Publicity(StrEnum):
    """What the police publish."""

    NONE = "none"
    APPEAL = "appeal"
    ALERT = "alert"
    UNKNOWN = "unknown"


class StrategyDecision(StrEnum):
    """What was decided about a strategy discussion; the decision is owed, not the meeting."""

    HELD = "held"
    NOT_NEEDED = "not_needed"
    ALREADY_OPEN = "already_open"
    UNKNOWN = "unknown"


class SupportKind(StrEnum):
    """The kind of an intervention."""

    FAMILY_SUPPORT = "family_support"
    MENTORING = "mentoring"
    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"
    EXPLOITATION_SERVICE = "exploitation_service"
    EDUCATION = "education"
    PLACEMENT_SUPPORT = "placement_support"
    HEALTH = "health"
    YOUTH_WORK = "youth_work"
    ADVOCACY = "advocacy"
    MEDIATION = "mediation"
    OTHER = "other"
    UNKNOWN = "unknown"


class ToldMeans(StrEnum):
    """How somebody was told outside the hub."""

    TELEPHONE = "telephone"
    IN_PERSON = "in_person"
    EMAIL = "email"
    OTHER_SYSTEM = "other_system"
    LETTER = "letter"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CareStatusPeriod(Record):
    """One care standing with its dates."""

    SCHEMA_NAME: ClassVar[str] = "CareStatusPeriod"

    status: CareStatus = CareStatus.UNKNOWN
    """Which standing."""
    from_date: date | None = None
    """First day."""
    until_date: date | None = None
    """Last day, null while it holds."""
    authority: str | None = None
    """Agency id of the authority that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareStatusChanged(AgencyMessage):
    """The whole set of a child's care standings with their dates; replaces the set before."""

    SCHEMA_NAME: ClassVar[str] = "CareStatusChanged"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    statuses: tuple[CareStatusPeriod, ...] = ()
    """Every standing, past ones with their last day."""
    responsible_authority: str | None = None
    """Agency id of the authority with the duty to the child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionSet(AgencyMessage):
    """A recipient or a person must not be told. The reason is sealed."""

    SCHEMA_NAME: ClassVar[str] = "ExclusionSet"

    state: ExclusionState = ExclusionState.UNKNOWN
    """Set or lifted."""
    excluded_agency: str | None = None
    """Agency id that must not be told."""
    excluded_role: str | None = None
    """Role that must not be told, where not the whole agency."""
    excluded_person: str | None = None
    """Person who must not be told."""
    from_when: datetime | None = None
    """From when."""
    reason: str | None = None
    """Why; sealed."""
    decider_role: str | None = None
    """Role of whoever decided."""
    review_by: datetime | None = None
    """When it must be looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementChanged(AgencyMessage):
    """A child moved between placements, or a placement ended. The home reports it too: one checks the other."""

    SCHEMA_NAME: ClassVar[str] = "PlacementChanged"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    from_placement: Placement | None = None
    """Where the child was placed."""
    to_placement: Placement | None = None
    """Where the child is placed now; kind `none` where no other began."""
    move: PlacementMove = PlacementMove.UNKNOWN
    """Planned or emergency."""
    started_at: datetime | None = None
    """When the new placement began or will begin."""
    ended_at: datetime | None = None
    """When the old one ended."""
    at_distance: Answer = Answer.UNKNOWN
    """Whether it counts as a placement at a distance."""
    host_authority: str | None = None
    """Agency id of the authority in whose area the new placement lies."""
    host_notified_at: datetime | None = None
    """When that authority was notified."""
    reason: str | None = None
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicityDecided(AgencyMessage):
    """Whether there is an appeal or an alert, whether the authority was consulted, and when it was taken down."""

    SCHEMA_NAME: ClassVar[str] = "PublicityDecided"

    decision: Publicity = Publicity.UNKNOWN
    """None, appeal or alert."""
    authority_consulted: Answer = Answer.UNKNOWN
    """Whether the responsible authority was consulted."""
    decided_at: datetime | None = None
    """When it was decided."""
    withdrawn_at: datetime | None = None
    """When it was taken down."""
    reason: str | None = None
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDecisionRecorded(AgencyMessage):
    """Whether a strategy discussion was held, why, and which authority holds the section 47 duty."""

    SCHEMA_NAME: ClassVar[str] = "StrategyDecisionRecorded"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    decision: StrategyDecision = StrategyDecision.UNKNOWN
    """Held, not needed or already open."""
    reason: str | None = None
    """Why."""
    decider_role: str | None = None
    """Role of whoever decided."""
    decided_at: datetime | None = None
    """When."""
    duty_authority: str | None = None
    """Agency id of the authority that holds the section 47 duty."""
    other_authority: str | None = None
    """Agency id of the other authority asked to take it."""
    other_accepted: Answer = Answer.UNKNOWN
    """Whether the other accepted in writing."""
    accepted_at: datetime | None = None
    """When it accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportArranged(AgencyMessage):
    """Help that follows an episode, so that it can be seen what works."""

    SCHEMA_NAME: ClassVar[str] = "SupportArranged"

    kind: SupportKind = SupportKind.UNKNOWN
    """The kind of help."""
    starts_on: date | None = None
    """First day."""
    ends_on: date | None = None
    """Last day, null while it goes on."""
    provider: str | None = None
    """Who gives it."""
    outcome: str | None = None
    """What came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldByOtherMeans(AgencyMessage):
    """Somebody was told by telephone or in person. Shown as told by telephone, never as delivered."""

    SCHEMA_NAME: ClassVar[str] = "ToldByOtherMeans"

    recipient_agency: str | None = None
    """Agency id of whoever was told, if an agency."""
    recipient_role: str | None = None
    """Role of whoever was told."""
    means: ToldMeans = ToldMeans.UNKNOWN
    """How."""
    told_at: datetime | None = None
    """When."""
    by_role: str | None = None
    """Role of whoever told them."""
    call_reference: str | None = None
    """Reference of the call."""
    notices: tuple[str, ...] = ()
    """Notice ids whose content was told, where it answers notices."""
