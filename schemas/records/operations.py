"""Audit, insight, the demonstration's clock, and quarantine.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.delivery import AgencyKind, Finding
from schemas.records.found import ReturnedTo
from schemas.records.interview import InterviewerRelation, InterviewOutcome, PreventionOutcome, PullFactor, PushFactor
from schemas.records.log import Header
from schemas.records.person import Answer, Sex
from schemas.records.place import PlaceKind, PlacementKind
from schemas.records.register import Nation, PhaseKind
from schemas.records.report import CareStatus
from schemas.records.response import RiskGrade


class AuditKind(StrEnum):
    """The six kinds of section 62 of the Data Protection Act 2018."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    UNKNOWN = "unknown"


class LegalRegime(StrEnum):
    """Part 3 of the 2018 Act for police, UK GDPR for others."""

    PART3 = "part3"
    UK_GDPR = "uk_gdpr"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLeaf(Record):
    """One leaf of the audit log: commitments, never data, so that erasure breaks no proof."""

    SCHEMA_NAME: ClassVar[str] = "AuditLeaf"

    leaf_id: str
    """uuid5 of cause, kind and recipient."""
    kind: AuditKind = AuditKind.UNKNOWN
    """Which of the six."""
    at: datetime
    """When."""
    agency: str
    """Agency id concerned."""
    actor_pseudonym: str | None = None
    """Pseudonym of the officer or system."""
    role: str | None = None
    """Role it acted in."""
    purpose: str | None = None
    """Purpose code."""
    regime: LegalRegime = LegalRegime.UNKNOWN
    """Legal regime."""
    case_pseudonym: str | None = None
    """Pseudonym of the case."""
    field_set_hash: bytes
    """SHA-256 of the sorted field names; empty where no field is concerned."""
    recipients: tuple[str, ...] = ()
    """Agency ids it was disclosed to."""
    policy_version: str
    """Version of the rules."""
    commitment: bytes
    """Salted commitment to the message."""
    outcome: str
    """What came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditBatch(Record):
    """Leaves written together."""

    SCHEMA_NAME: ClassVar[str] = "AuditBatch"

    leaves: tuple[AuditLeaf, ...] = ()
    """The leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Record):
    """A number under a name."""

    SCHEMA_NAME: ClassVar[str] = "Count"

    name: str
    """What is counted, from a closed list."""
    number: int
    """How many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubTime(Record):
    """The demonstration's fast clock, at the head of the log: hub time = origin + scale x (broker time - real
    origin).
    """

    SCHEMA_NAME: ClassVar[str] = "HubTime"

    origin: datetime
    """Hub time at the real origin."""
    scale: float
    """Hub seconds per real second."""
    real_origin: datetime
    """Broker time at which it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsightRow(Record):
    """A closed episode, pseudonymised and banded, for learning from the pattern."""

    SCHEMA_NAME: ClassVar[str] = "InsightRow"

    pseudonym: str
    """HMAC pseudonym of the child, per purpose and quarter."""
    episode_pseudonym: str
    """HMAC pseudonym of the episode."""
    nation: Nation = Nation.UNKNOWN
    """Nation."""
    area_code: str | None = None
    """GSS code of the responsible or home authority."""
    week_of: date
    """Monday of the week in which it began."""
    age_band: str | None = None
    """Age at start, banded."""
    sex: Sex = Sex.UNKNOWN
    """Sex."""
    care_status: tuple[CareStatus, ...] = ()
    """Care standings at start."""
    placement_kind: PlacementKind = PlacementKind.UNKNOWN
    """Kind of placement at start."""
    statuses: tuple[PhaseKind, ...] = ()
    """Kinds of phase it had."""
    risk: RiskGrade = RiskGrade.UNKNOWN
    """Highest grade by the police."""
    duration_band: str | None = None
    """How long, banded."""
    reporting_delay_band: str | None = None
    """Occurred to accepted, banded."""
    found_at_kind: PlaceKind = PlaceKind.UNKNOWN
    """Kind of the place where found."""
    returned_to: ReturnedTo | None = None
    """Where to."""
    harm_disclosed: Answer = Answer.UNKNOWN
    """Whether harm was disclosed."""
    prevention_outcome: PreventionOutcome | None = None
    """What became of the prevention interview."""
    return_offered: Answer = Answer.UNKNOWN
    """Whether the return interview was offered."""
    return_outcome: InterviewOutcome | None = None
    """What became of it."""
    interviewer_relation: InterviewerRelation | None = None
    """Who held it."""
    within_72_hours_raw: Answer = Answer.UNKNOWN
    """Held within 72 hours of return."""
    within_72_hours_paused: Answer = Answer.UNKNOWN
    """The same with pauses counted."""
    push_factors: tuple[PushFactor, ...] = ()
    """What drove the child away."""
    pull_factors: tuple[PullFactor, ...] = ()
    """What drew the child."""
    never_reported: bool = False
    """Whether the child was found before any report."""
    sides: tuple[AgencyKind, ...] = ()
    """Kinds of agency that knew of it."""
    disagreements: tuple[Count, ...] = ()
    """Disagreements by field."""
    placement_changes_90_days: int | None = None
    """Placement changes in the 90 days before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined(Record):
    """A record that was refused: raw bytes and reasons, sealed to the operators' key."""

    SCHEMA_NAME: ClassVar[str] = "Quarantined"

    reasons: tuple[Finding, ...] = ()
    """Every fault found."""
    original_topic: str
    """Topic it came from."""
    original_partition: int
    """Its partition."""
    original_offset: int
    """Its offset."""
    headers: tuple[Header, ...] = ()
    """Its headers, as far as they fit."""
    key: bytes | None = None
    """Its key as received."""
    value: bytes
    """Its value as received."""
    claimed_agency: str | None = None
    """Agency it claimed to be from; not verified."""
    received_at: datetime
    """The broker's append time."""
    reason: str | None = None
    """The first ground, of the closed list of the wire format; `hub_fault` where the record was parked."""
    is_whole: bool | None = None
    """Whether headers, key and value are all here, uncut; null where that was not noted."""
    first_partition: int | None = None
    """Of equivocation: partition of `inbound` of the message that had this id first and stands."""
    first_offset: int | None = None
    """Of equivocation: its offset there."""
