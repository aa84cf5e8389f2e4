"""The values that go into an outbox and come out of it. No database and no Kafka here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.messages import WireMessage
from producers.errors import OutboxUnwritable
from schemas.errors import HomewardError
from schemas.records import Finding

__all__ = [
    "Answered",
    "Changes",
    "Counts",
    "NewRow",
    "Outcome",
    "PickedRow",
    "RefusedRow",
    "Seal",
    "Sealed",
    "WaitingRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A message to keep. `framed` is the encoded record; `is_answered` is False where the hub sends no receipt."""

    message_id: str
    record_type: str
    priority: int
    made_at: datetime
    framed: bytes = field(repr=False)
    is_answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A message whose turn has come, opened again for sealing."""

    message_id: str
    record_type: str
    made_at: datetime
    framed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The final bytes of a message, and the 32 bytes that the next one under its key names as its previous."""

    wire: WireMessage
    link: bytes


Seal = Callable[[WaitingRow, int, bytes], Sealed]
"""Seals and signs a row as this sequence, after this link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedRow:
    """A message with its number in the chain, as it goes out now and, byte for byte, every time after.

    `message_id` is the id on the wire, `first_id` the one that the caller knows it by; `digest` is the SHA-256 of
    the value, which the receipt repeats.
    """

    number: int
    message_id: str
    first_id: str
    record_type: str
    sequence: int
    digest: bytes
    wire: WireMessage
    is_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The hub's receipt for one message has been verified; `refused_because` holds its reasons if it refused."""

    first_id: str
    refused_because: Sequence[Finding] = ()
    is_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A message that the hub refused: kept, so that no report is lost over an expired key."""

    message_id: str
    record_type: str
    made_at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that one commit does.

    `taken` are numbers of rows that the broker has; `position` is the next offset to read in the agency's inbox;
    `room` is how many rows may be picked.
    """

    put: Sequence[NewRow] = ()
    taken: Sequence[int] = ()
    answered: Sequence[Answered] = ()
    position: int | None = None
    room: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one commit gave: rows to send now, in this order; and why no more could be picked, if so.

    With `unreleased` rows were signed that may not leave yet, because their mark could not be written:
    `Outbox.unacknowledged` gives them out as soon as it can be, and until then nothing later may be picked.
    """

    picked: tuple[PickedRow, ...] = ()
    trouble: HomewardError | None = None
    unreleased: OutboxUnwritable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows are where: unsigned, signed but not at the broker, at the broker unanswered, refused."""

    waiting: int
    picked: int
    taken: int
    refused: int
