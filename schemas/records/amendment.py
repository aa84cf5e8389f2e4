"""Amendments, corrections and cancellations of what the sender said before.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.family import CarerForm, FamilyContact, Reporter
from schemas.records.message import AgencyMessage, FieldChange
from schemas.records.person import Person
from schemas.records.place import LastSeen, Placement, PoliceContact
from schemas.records.report import ReportedStatus


class CancelReason(StrEnum):
    """Why a report is withdrawn; what is cancelled is not counted."""

    ENTERED_IN_ERROR = "entered_in_error"
    DUPLICATE = "duplicate"
    NOT_MISSING = "not_missing"
    WAS_WHERE_EXPECTED = "was_where_expected"
    FALSE_REPORT = "false_report"
    MALICIOUS = "malicious"
    NOT_A_CHILD = "not_a_child"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionMade(AgencyMessage):
    """Something the sender said earlier was wrong. Replaces the sender's own claim, nobody else's."""

    SCHEMA_NAME: ClassVar[str] = "CorrectionMade"

    corrects: str
    """Message id of what was wrong."""
    changes: tuple[FieldChange, ...] = ()
    """Single fields, old and new."""
    reason: str | None = None
    """Why it was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAmended(AgencyMessage):
    """New facts about a missing child, added by an agency to what it said itself."""

    SCHEMA_NAME: ClassVar[str] = "MissingAmended"

    amends: str | None = None
    """Message id of the report that is amended; null for the sender's latest on this child."""
    changes: tuple[FieldChange, ...] = ()
    """Single fields, old and new."""
    reason: str | None = None
    """Why."""
    person: Person | None = None
    """Replaces the whole person record, if given."""
    last_seen: LastSeen | None = None
    """Replaces the last seen, if given."""
    circumstances: str | None = None
    """Replaces the circumstances, if given."""
    status: ReportedStatus | None = None
    """Replaces the status, if given."""
    expected_by: datetime | None = None
    """Replaces the expected time, if given."""
    placement: Placement | None = None
    """Replaces the placement, if given."""
    police_contact: PoliceContact | None = None
    """Replaces the police contact, if given: rang 101, and the log number."""
    reporter: Reporter | None = None
    """Replaces the reporter, if given."""
    family_contact: FamilyContact | None = None
    """Replaces the family contact, if given."""
    carer_form: CarerForm | None = None
    """Replaces the carer's form, if given."""
    family_informed_at: datetime | None = None
    """When the family was told of a death, where the finding did not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportCancelled(AgencyMessage):
    """The sender withdraws its report, or all it said of an episode; those who were told are told."""

    SCHEMA_NAME: ClassVar[str] = "ReportCancelled"

    cancels: str | None = None
    """Message id of what is withdrawn; null for the whole episode."""
    reason: CancelReason = CancelReason.UNKNOWN
    """Why."""
    note: str | None = None
    """More about why."""
