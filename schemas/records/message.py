"""What every message of an agency begins with.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record


class ReferenceKind(StrEnum):
    """What a reference of another agency refers to."""

    CHILD = "child"
    EPISODE = "episode"
    LOG = "log"
    INCIDENT = "incident"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Record):
    """Whom to call back, at the sender."""

    SCHEMA_NAME: ClassVar[str] = "Contact"

    name: str | None = None
    """Name of the person or team on duty."""
    role: str | None = None
    """Their role."""
    telephone: str | None = None
    """A number that is answered now."""
    email: str | None = None
    """A watched address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalRef(Record):
    """How another agency refers to the same child, episode, log or incident."""

    SCHEMA_NAME: ClassVar[str] = "ExternalRef"

    agency: str | None = None
    """Agency id where known, otherwise the agency's name as the sender wrote it."""
    kind: ReferenceKind = ReferenceKind.UNKNOWN
    """What the reference refers to."""
    value: str
    """The reference as the other agency writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange(Record):
    """One field of an earlier message, before and after. Old and new are as confidential as the field they name."""

    SCHEMA_NAME: ClassVar[str] = "FieldChange"

    field: str
    """Dotted path of the field in the earlier message (`person.date_of_birth`)."""
    old: str | None = None
    """The value as sent before, written as text; null if it was empty."""
    new: str | None = None
    """The value it should have, written as text; null to empty the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyMessage(Record):
    """What every message of an agency begins with; all of it may be missing."""

    child_ref: str | None = None
    """The child as the sender knows it: its own case or person number."""
    episode_ref: str | None = None
    """The absence as the sender knows it: its own number or log."""
    occurred_at: datetime | None = None
    """When what is told happened."""
    recorded_at: datetime | None = None
    """When the agency wrote it into its own system."""
    contact: Contact | None = None
    """Whom to call back at the sender."""
    external_refs: tuple[ExternalRef, ...] = ()
    """How other agencies refer to the same child, episode, log or incident."""
    on_behalf_of: str | None = None
    """Agency id of the agency the sender acts for, if another than itself."""
