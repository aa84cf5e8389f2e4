"""The report that a child is missing.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.family import CarerForm, FamilyContact, Order, Reporter, SchoolContact
from schemas.records.message import AgencyMessage
from schemas.records.person import Person
from schemas.records.place import AuthorityRole, LastSeen, Placement, PoliceContact


class CareStatus(StrEnum):
    """A legal or care standing of a child; a child may have several at once."""

    LOOKED_AFTER = "looked_after"
    PROTECTION_PLAN = "protection_plan"
    CHILD_IN_NEED = "child_in_need"
    OPEN_ENQUIRY = "open_enquiry"
    LEAVING_CARE = "leaving_care"
    PRIVATE_FOSTERING = "private_fostering"
    UNKNOWN = "unknown"


class LegalBasis(StrEnum):
    """On what a child was held who left a ward or a court: informally, detained, section 136, on remand."""

    INFORMAL = "informal"
    DETAINED = "detained"
    S136 = "s136"
    REMAND = "remand"
    UNKNOWN = "unknown"


class Nature(StrEnum):
    """How the child came to be missing, as far as the sender knows."""

    RAN = "ran"
    LOST = "lost"
    TAKEN_BY_FAMILY = "taken_by_family"
    TAKEN_BY_OTHER = "taken_by_other"
    WITH_FAMILY = "with_family"
    NOT_KNOWN = "not_known"
    UNKNOWN = "unknown"


class ReportedStatus(StrEnum):
    """`missing`: whereabouts cannot be established. `away`: from placement without authorisation, whereabouts known."""

    MISSING = "missing"
    AWAY = "away"
    UNKNOWN = "unknown"


class TravelCue(StrEnum):
    """Why it is thought that the child is travelling."""

    STATION = "station"
    PATTERN = "pattern"
    STATED_INTENT = "stated_intent"
    TICKET = "ticket"
    ABROAD = "abroad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingReported(AgencyMessage):
    """A child is missing, or away from placement without authorisation. Never refused for its content."""

    SCHEMA_NAME: ClassVar[str] = "MissingReported"

    person: Person | None = None
    """The child; some name or description is asked for."""
    last_seen: LastSeen | None = None
    """Last known safe; may say that it is not known."""
    circumstances: str | None = None
    """What happened, in the sender's words."""
    nature: Nature = Nature.UNKNOWN
    """How the child came to be missing."""
    status: ReportedStatus = ReportedStatus.UNKNOWN
    """Missing, or away from placement."""
    expected_by: datetime | None = None
    """When the child should be back, if they said so."""
    care_status: tuple[CareStatus, ...] = ()
    """Every care standing that holds now."""
    placement: Placement | None = None
    """Where the child is placed."""
    authority_roles: tuple[AuthorityRole, ...] = ()
    """The child's authorities and what each is to them."""
    police_contact: PoliceContact | None = None
    """What was done to reach the police."""
    incident_ref: str | None = None
    """One reference for several children who went together."""
    companions: tuple[str, ...] = ()
    """The sender's child references of those who went with this child; told to nobody who is not routed for
    them too.
    """
    reporter: Reporter | None = None
    """Who told the sender, and what they may be told."""
    family_contact: FamilyContact | None = None
    """A parent or relative who may be rung."""
    orders: tuple[Order, ...] = ()
    """Legal orders in force."""
    legal_basis: LegalBasis = LegalBasis.UNKNOWN
    """On what the child was held, if they left a ward or a court."""
    carer_form: CarerForm | None = None
    """What the carer filled in beforehand."""
    travel_cues: tuple[TravelCue, ...] = ()
    """Why it is thought that the child is travelling."""
    school: SchoolContact | None = None
    """The child's own school."""
