"""The people and papers round a child: reporter, family, orders, the carer's form, school.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.person import Answer


class MayBeTold(StrEnum):
    """What may be told to whoever reported: everything their role allows, the words `safe and well, not
    missing`, or nothing.
    """

    FULL = "full"
    SAFE_ONLY = "safe_only"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


class OrderKind(StrEnum):
    """A legal order that concerns the child now."""

    POLICE_PROTECTION = "police_protection"
    EMERGENCY_PROTECTION = "emergency_protection"
    INTERIM_CARE = "interim_care"
    CARE = "care"
    SECURE_ACCOMMODATION = "secure_accommodation"
    RECOVERY = "recovery"
    CHILD_ABDUCTION_WARNING = "child_abduction_warning"
    PROHIBITED_STEPS = "prohibited_steps"
    WARDSHIP = "wardship"
    BAIL_OR_REMAND = "bail_or_remand"
    OTHER = "other"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """What somebody is to the child."""

    PARENT = "parent"
    CARER = "carer"
    RESIDENTIAL_WORKER = "residential_worker"
    SOCIAL_WORKER = "social_worker"
    TEACHER = "teacher"
    RELATIVE = "relative"
    FRIEND = "friend"
    CHILD_THEMSELVES = "child_themselves"
    PROFESSIONAL = "professional"
    MEMBER_OF_PUBLIC = "member_of_public"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Associate(Record):
    """Somebody the child may be with."""

    SCHEMA_NAME: ClassVar[str] = "Associate"

    name: str | None = None
    """Name or nickname."""
    relation: str | None = None
    """What they are to the child, in the carer's words."""
    telephone: str | None = None
    """Their number."""
    concern: str | None = None
    """Why the carer worries about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialAccount(Record):
    """An account under which the child can be found online."""

    SCHEMA_NAME: ClassVar[str] = "SocialAccount"

    service: str | None = None
    """Name of the service."""
    handle: str | None = None
    """Name used there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarerForm(Record):
    """What the carer filled in beforehand (Philomena Protocol)."""

    SCHEMA_NAME: ClassVar[str] = "CarerForm"

    associates: tuple[Associate, ...] = ()
    """People the child may be with."""
    places: tuple[str, ...] = ()
    """Places the child goes to or has been found at."""
    telephones: tuple[str, ...] = ()
    """The child's own numbers."""
    social_media: tuple[SocialAccount, ...] = ()
    """The child's accounts."""
    money: str | None = None
    """Cash, bank cards, who could pay."""
    transport: str | None = None
    """Bus pass, bicycle, access to cars."""
    routines: str | None = None
    """What the child usually does when away."""
    health_needs: str | None = None
    """Medicines and what happens without them."""
    completed_at: datetime | None = None
    """When the form was last brought up to date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyContact(Record):
    """A parent or relative who may be rung about this child."""

    SCHEMA_NAME: ClassVar[str] = "FamilyContact"

    name: str | None = None
    """Their name."""
    relation: Relation = Relation.UNKNOWN
    """What they are to the child."""
    telephone: str | None = None
    """Their number."""
    languages: tuple[str, ...] = ()
    """Languages to speak with them."""
    safe_to_contact: Answer = Answer.UNKNOWN
    """Whether ringing them is safe for the child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    """A legal order that concerns the child."""

    SCHEMA_NAME: ClassVar[str] = "Order"

    kind: OrderKind = OrderKind.UNKNOWN
    """Which order."""
    until: datetime | None = None
    """When it ends, if it has an end."""
    holder: str | None = None
    """Agency id of whoever holds it."""
    reference: str | None = None
    """Case number of the court or force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter(Record):
    """Who told the sender that the child is missing, and what they may be told."""

    SCHEMA_NAME: ClassVar[str] = "Reporter"

    relation: Relation = Relation.UNKNOWN
    """What they are to the child."""
    may_be_told: MayBeTold = MayBeTold.UNKNOWN
    """What they may be told; decided, never disclosed."""
    name: str | None = None
    """Their name."""
    telephone: str | None = None
    """Their number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolContact(Record):
    """The child's own school."""

    SCHEMA_NAME: ClassVar[str] = "SchoolContact"

    agency: str | None = None
    """Agency id of the school, if known."""
    name: str | None = None
    """Name of the school."""
