"""The log of record, who was told, and what the clock and the fold raise.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.delivery import AgencyKind, Ask, Disclosure, Finding, NoticeKind


class DeadlineStage(StrEnum):
    """How near a duty is."""

    SOON = "soon"
    DUE = "due"
    OVERDUE = "overdue"
    UNKNOWN = "unknown"


class FindingState(StrEnum):
    """Whether a disagreement stands."""

    OPEN = "open"
    SETTLED = "settled"
    UNKNOWN = "unknown"


class Means(StrEnum):
    """How a notice reached its recipient."""

    HUB = "hub"
    TELEPHONE = "telephone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedEvent(Record):
    """One event of a batch: whose it is, its id, and a LoggedEvent sealed as a single record of the log would be."""

    SCHEMA_NAME: ClassVar[str] = "BatchedEvent"

    child_id: str
    """The child it is filed under."""
    event_id: str
    """The event's id, derived from the message and the child."""
    sealed: bytes
    """The LoggedEvent under the child's key; it opens in no other place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRaised(Record):
    """The clock found a duty soon due, due or overdue. Accepted by the fold if still true."""

    SCHEMA_NAME: ClassVar[str] = "DeadlineRaised"

    episode_id: str
    """The episode."""
    duty: str
    """The duty, by its name in the rules."""
    stage: DeadlineStage = DeadlineStage.UNKNOWN
    """Soon, due or overdue."""
    due_at: datetime
    """Due time, pauses counted."""
    raw_due_at: datetime
    """Due time without pauses."""
    owed_by: str | None = None
    """Agency id of who owes it; null while nobody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementSide(Record):
    """What one agency says of a field that agencies disagree about."""

    SCHEMA_NAME: ClassVar[str] = "DisagreementSide"

    agency: str
    """Agency id."""
    sender_kind: AgencyKind = AgencyKind.UNKNOWN
    """Its kind."""
    claim_id: str | None = None
    """Its claim."""
    value: str
    """Its value as text."""
    occurred_at: datetime | None = None
    """When it happened."""
    recorded_at: datetime | None = None
    """When the agency recorded it."""
    message_id: str | None = None
    """The message that said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementFound(Record):
    """Agencies say different things of one field; has an owner until it is settled."""

    SCHEMA_NAME: ClassVar[str] = "DisagreementFound"

    episode_id: str
    """The episode."""
    field: str
    """Dotted path of the field."""
    disclosure: Disclosure = Disclosure.UNKNOWN
    """Class of the field."""
    sides: tuple[DisagreementSide, ...] = ()
    """What each says."""
    since: datetime
    """Since when, by accepted time."""
    state: FindingState = FindingState.UNKNOWN
    """Open or settled."""
    owed_by: str | None = None
    """Agency id of who has to settle it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch(Record):
    """Events of several children of one partition, each sealed under its own child's key: how
    acknowledgements that notices were fetched enter the log.
    """

    SCHEMA_NAME: ClassVar[str] = "EventBatch"

    events: tuple[BatchedEvent, ...] = ()
    """The events, in no order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Record):
    """One header of a record, in the order received."""

    SCHEMA_NAME: ClassVar[str] = "Header"

    name: str
    """Its name."""
    value: bytes
    """Its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent(Record):
    """One event of the log of record, opened: what was said, by whom, under which signature, and its place in
    the total order.
    """

    SCHEMA_NAME: ClassVar[str] = "LoggedEvent"

    event_id: str
    """The sender's message id, or a derived id for what the hub says."""
    record_type: str
    """Name of the record inside."""
    child_id: str
    """The child it is filed under."""
    claim_id: str | None = None
    """The claim it belongs to; null for what the hub says."""
    sender: str
    """Agency id of the sender."""
    sender_kind: AgencyKind = AgencyKind.UNKNOWN
    """The kind of the sender."""
    headers: tuple[Header, ...] = ()
    """Headers as signed."""
    signature: bytes
    """The sender's signature."""
    value_digest: bytes
    """SHA-256 of the value as sent."""
    topic: str
    """Topic it was sent to; part of what was signed."""
    key: str
    """Key it was sent under; part of what was signed."""
    plaintext: bytes
    """16 random bytes and the framed record, whose SHA-256 is `ce_commitment`."""
    accepted_at: datetime
    """The broker's append time on `inbound`."""
    inbound_partition: int
    """Partition on `inbound`."""
    inbound_offset: int
    """Offset on `inbound`."""
    accepted_offset: int
    """Offset on `accepted`: the total order, stamped by identity."""
    findings: tuple[Finding, ...] = ()
    """What intake found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow(Record):
    """One notice that was sent."""

    SCHEMA_NAME: ClassVar[str] = "ToldRow"

    notice_id: str
    """Id of the notice."""
    episode_id: str
    """The episode it is about."""
    recipient: str
    """Agency id it went to."""
    desk: str
    """Role or desk there."""
    role: str
    """The recipient's role in this episode, by which its fields were chosen."""
    kind: NoticeKind = NoticeKind.UNKNOWN
    """News, update or withdrawal."""
    ask: Ask = Ask.UNKNOWN
    """Action or information."""
    basis: str
    """Ids of the rules it rests on."""
    points: tuple[str, ...] = ()
    """What the recipient knows by it, as later notices build on it (`status=missing`, `risk=high`)."""
    fields: tuple[str, ...] = ()
    """Names of the fields told."""
    content_digest: bytes
    """SHA-256 of the content, to know what a later state adds."""
    means: Means = Means.UNKNOWN
    """By hub, or by telephone."""
    due_at: datetime | None = None
    """When what is asked is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Record):
    """Who was told what because of one cause, appended after the broker acknowledged the notices. One per cause."""

    SCHEMA_NAME: ClassVar[str] = "Told"

    cause: str
    """The fact in the state that made the notices owed."""
    rows: tuple[ToldRow, ...] = ()
    """One row per notice."""
    rules_version: str
    """Version of the routing and disclosure tables."""
    directory_version: int
    """Version of the directory."""
