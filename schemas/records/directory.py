"""Who is who: agencies, their keys, desks and grants.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.delivery import AgencyKind, Disclosure
from schemas.records.message import Contact
from schemas.records.register import Nation


class DeliveryWay(StrEnum):
    """How an agency would be told of something urgent first."""

    INBOX = "inbox"
    TELEPHONE = "telephone"
    UNKNOWN = "unknown"


class Weekday(StrEnum):
    """A day on which a desk is on duty."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    BANK_HOLIDAY = "bank_holiday"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPreferences(Record):
    """How an agency would like to be told; what it is owed, and by when, does not depend on it."""

    SCHEMA_NAME: ClassVar[str] = "DeliveryPreferences"

    urgent_by: DeliveryWay = DeliveryWay.UNKNOWN
    """By which way it would be told of something urgent first."""
    telephone: str | None = None
    """Number to ring at any hour when nobody opens a notice; of a desk, never of a person."""
    information_at: str | None = None
    """Local time of day at which it wants what can wait, HH:MM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey(Record):
    """A key under which one installation of an agency signs. Old keys stay, so that history can be verified."""

    SCHEMA_NAME: ClassVar[str] = "SigningKey"

    key_id: str
    """Id, as `ce_keyid` names it."""
    public_key: bytes
    """Raw Ed25519 public key."""
    installation: str
    """Which installation holds the private key (board, adapter, command line, worker)."""
    valid_from: datetime
    """First moment."""
    valid_until: datetime | None = None
    """Last moment, null while open."""
    revoked_at: datetime | None = None
    """When it was revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingKey(Record):
    """A key to which the hub seals what it sends to an agency."""

    SCHEMA_NAME: ClassVar[str] = "SealingKey"

    key_id: str
    """Id of the key."""
    suite: int
    """Number of the sealing suite (1 = X25519, HKDF-SHA256, AES-256-GCM; 2 = X-Wing hybrid)."""
    public_key: bytes
    """Raw public key of the suite."""
    valid_from: datetime
    """First moment."""
    valid_until: datetime | None = None
    """Last moment, null while open."""
    revoked_at: datetime | None = None
    """When it was revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow(Record):
    """Who is on duty for a role, when, and for whom they act."""

    SCHEMA_NAME: ClassVar[str] = "DutyRow"

    role: str
    """The role or desk."""
    days: tuple[Weekday, ...] = ()
    """Days on duty; empty for every day."""
    hours_from: str
    """Local time of day it begins, HH:MM."""
    hours_to: str
    """Local time of day it ends, HH:MM; before `hours_from` where it runs over midnight."""
    calendar: str
    """Calendar of bank holidays."""
    contact: Contact | None = None
    """Whom to ring."""
    acts_for: tuple[str, ...] = ()
    """Agency ids on whose behalf it acts in these hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Record):
    """What a subscriber may open in the register, where and for what."""

    SCHEMA_NAME: ClassVar[str] = "Grant"

    grant_id: str
    """Id of the grant."""
    classes: tuple[Disclosure, ...] = ()
    """Classes it may open."""
    areas: tuple[str, ...] = ()
    """GSS codes of the areas it covers; empty for none."""
    purpose: str
    """Purpose code."""
    valid_from: datetime
    """First moment."""
    valid_until: datetime | None = None
    """Last moment, null while open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry(Record):
    """Who an agency is: what it does, where, with which keys, who is on duty, what it may read.

    Signed by the hub's trust key.
    """

    SCHEMA_NAME: ClassVar[str] = "DirectoryEntry"

    agency_id: str
    """Official code where there is one (GSS)."""
    name: str
    """Short name people use."""
    official_name: str
    """Name as in the official list."""
    kind: AgencyKind = AgencyKind.UNKNOWN
    """What kind of body it is."""
    roles: tuple[str, ...] = ()
    """Roles it may have for a child or an episode."""
    nation: Nation = Nation.UNKNOWN
    """Nation whose rules hold for it."""
    areas: tuple[str, ...] = ()
    """GSS codes of the areas it serves."""
    force_code: str | None = None
    """Code of the police force, if it is one."""
    connected: bool = False
    """Whether it has a mailbox it reads."""
    approved: bool = False
    """Whether two people approved it."""
    signing_keys: tuple[SigningKey, ...] = ()
    """Keys under which it signs, old ones included."""
    sealing_keys: tuple[SealingKey, ...] = ()
    """Keys to which the hub seals, old ones included."""
    duty: tuple[DutyRow, ...] = ()
    """Who is on duty when."""
    grants: tuple[Grant, ...] = ()
    """What it may open in the register."""
    certificate_names: tuple[str, ...] = ()
    """Names its connections may have."""
    version: int
    """Version; a lower one is refused."""
    valid_from: datetime
    """From when this version holds."""
    valid_until: datetime | None = None
    """Until when, null while open."""
    delivery: DeliveryPreferences | None = None
    """How it would like to be told, where it said so."""
