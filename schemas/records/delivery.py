"""What the hub sends to an agency, and how the agency acknowledges it.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record


class Acknowledgement(StrEnum):
    """How far a notice came: fetched by a system, opened by a role, taken on by a role."""

    FETCHED = "fetched"
    OPENED = "opened"
    TAKEN = "taken"
    UNKNOWN = "unknown"


class AgencyKind(StrEnum):
    """What kind of body an agency is."""

    POLICE = "police"
    AUTHORITY = "authority"
    PLACEMENT = "placement"
    SCHOOL = "school"
    HEALTH = "health"
    PROVIDER = "provider"
    NATIONAL = "national"
    HUB = "hub"
    UNKNOWN = "unknown"


class AlertKind(StrEnum):
    """What the hub alerts a duty desk to: a message of its agency was refused, or messages in its name did
    not verify.
    """

    MESSAGE_REFUSED = "message_refused"
    FAILED_VERIFICATION = "failed_verification"
    UNKNOWN = "unknown"


class Ask(StrEnum):
    """Whether the recipient has to do something; only an action has a ladder."""

    ACTION = "action"
    INFORMATION = "information"
    UNKNOWN = "unknown"


class Disclosure(StrEnum):
    """The class of a field: who may read it is a table of role, class and purpose; silence means no."""

    ROUTING = "routing"
    IDENTITY = "identity"
    DESCRIPTION = "description"
    CIRCUMSTANCES = "circumstances"
    SAFEGUARDING = "safeguarding"
    HEALTH = "health"
    INTERVIEW = "interview"
    PROTECTED = "protected"
    RESTRICTED = "restricted"
    UNKNOWN = "unknown"


class FindingKind(StrEnum):
    """`gap`: missing, asked back. `flag`: odd, kept and marked. `fault`: the reason of a refusal."""

    GAP = "gap"
    FLAG = "flag"
    FAULT = "fault"
    UNKNOWN = "unknown"


class NoticeKind(StrEnum):
    """A first notice, more of the same, or the withdrawal of fields told before."""

    NEWS = "news"
    UPDATE = "update"
    WITHDRAWAL = "withdrawal"
    UNKNOWN = "unknown"


class PolicePosition(StrEnum):
    """Whether a force has answered: said how it holds the child, or where the child is."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"


class ReceiptOutcome(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    ACCEPTED_WITH_GAPS = "accepted_with_gaps"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Urgency(StrEnum):
    """When the recipient should see it; nothing routine rings at night."""

    NOW = "now"
    SOON = "soon"
    HELD_FOR_DAY = "held_for_day"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRef(Record):
    """One notice, and the episode it is about, as the hub gave them."""

    SCHEMA_NAME: ClassVar[str] = "NoticeRef"

    notice_id: str
    """Id of the notice."""
    episode_id: str
    """Id of its episode, so that the acknowledgement finds its child by look-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Record):
    """Notices were fetched, opened or taken. Batched; gets no receipt."""

    SCHEMA_NAME: ClassVar[str] = "Acknowledged"

    pairs: tuple[NoticeRef, ...] = ()
    """The notices, each with its episode."""
    layer: Acknowledgement = Acknowledgement.UNKNOWN
    """How far they came."""
    role: str | None = None
    """Role that opened or took them; never a person."""
    by: datetime | None = None
    """By when the recipient will have done what was asked (taken)."""
    occurred_at: datetime | None = None
    """When it happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """One thing the hub found in a message; names the field and the rule, never the value."""

    SCHEMA_NAME: ClassVar[str] = "Finding"

    field: str
    """Dotted path of the field, or a part of the record such as `signature`."""
    rule: str
    """What was expected."""
    remedy: str
    """What the sender can do."""
    kind: FindingKind = FindingKind.UNKNOWN
    """Gap, flag or fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAlert(Record):
    """A word of the hub to an agency's duty desk that is about messages and names no child: somebody should
    look now.
    """

    SCHEMA_NAME: ClassVar[str] = "DeskAlert"

    alert_id: str
    """uuid5 of what it is about: the same alert always has the same id."""
    kind: AlertKind = AlertKind.UNKNOWN
    """What it is about."""
    recipient: str
    """Agency id of the recipient."""
    desk: str
    """Role or desk at the recipient."""
    count: int
    """How many messages it is about."""
    message_id: str | None = None
    """Id of the message, where it is about one whose sender is proven."""
    message_type: str | None = None
    """Its type."""
    what_happened: str
    """What happened, in words from a template."""
    asked_of_you: str
    """What is asked of the desk."""
    findings: tuple[Finding, ...] = ()
    """Why a message was refused; names fields, never values."""
    since: datetime
    """When the first of these messages came."""
    issued_at: datetime
    """When the last of these messages came; not the clock of the worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosedField(Record):
    """One field as told to one recipient, with where it comes from."""

    SCHEMA_NAME: ClassVar[str] = "DisclosedField"

    name: str
    """Dotted path of the field."""
    disclosure: Disclosure = Disclosure.UNKNOWN
    """Its class."""
    value: str
    """The value as text."""
    source_kind: AgencyKind = AgencyKind.UNKNOWN
    """The kind of agency that said so."""
    source_agency: str | None = None
    """Agency id of who said so, where the recipient may know it."""
    occurred_at: datetime | None = None
    """When it happened."""
    recorded_at: datetime | None = None
    """When the agency recorded it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatement(Record):
    """What a mailbox held at one moment, signed: tells of omission, and is the heartbeat."""

    SCHEMA_NAME: ClassVar[str] = "MailboxStatement"

    mailbox: str
    """Agency id of the mailbox."""
    end_offset: int
    """Offset behind the last record counted."""
    count: int
    """Records counted since the mailbox began."""
    rolling_hash: bytes
    """SHA-256 chained over the ids in offset order."""
    at: datetime
    """When it was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Record):
    """What one recipient is told for one purpose: a redacted extract, signed by the hub and sealed to the recipient."""

    SCHEMA_NAME: ClassVar[str] = "Notice"

    notice_id: str
    """uuid5 of cause, purpose and recipient: the same notice always has the same id."""
    episode_id: str
    """The episode it is about."""
    reference: str
    """Short reference to say on the telephone."""
    kind: NoticeKind = NoticeKind.UNKNOWN
    """News, update or withdrawal."""
    ask: Ask = Ask.UNKNOWN
    """Action or information."""
    purpose: str
    """Purpose code by which the fields were chosen."""
    recipient: str
    """Agency id of the recipient."""
    desk: str
    """Role or desk at the recipient."""
    urgency: Urgency = Urgency.UNKNOWN
    """When it should be seen."""
    what_happened: str
    """What happened, in words from a template."""
    asked_of_you: str
    """What is asked of the recipient; empty for information."""
    due_at: datetime | None = None
    """When that is due."""
    police_position: PolicePosition = PolicePosition.UNKNOWN
    """Whether the police have confirmed."""
    fields: tuple[DisclosedField, ...] = ()
    """The fields this recipient may have for this purpose."""
    withdrawn_fields: tuple[str, ...] = ()
    """Names of fields told before that are withdrawn; never values."""
    cause: str
    """The fact in the state that made it owed."""
    rules_version: str
    """Version of the routing and disclosure tables."""
    directory_version: int
    """Version of the recipient's directory entry, so that another agency's change alters no notice."""
    issued_at: datetime
    """Accepted time of the cause; not the clock of the worker."""
    not_before: datetime | None = None
    """Of information that is held for the day: when it should be shown; null where it should be as it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Record):
    """The hub's signed answer to one message. Says nothing of who was told."""

    SCHEMA_NAME: ClassVar[str] = "Receipt"

    message_id: str
    """Id of the message that is answered."""
    message_type: str
    """Its type."""
    outcome: ReceiptOutcome = ReceiptOutcome.UNKNOWN
    """What became of it."""
    findings: tuple[Finding, ...] = ()
    """Every gap, flag and fault found."""
    accepted_at: datetime | None = None
    """The broker's append time of the message on `inbound`; null if rejected."""
    first_receipt_at: datetime | None = None
    """Of a duplicate, when the first receipt was given."""
    value_digest: bytes
    """SHA-256 of the value as sent."""
