"""Builders for the tests of the outbox: rows with sensible defaults, and a seal that needs no hub."""

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from hub.messages import WireMessage
from producers.message_ids import message_id
from producers.outbox import Outbox
from producers.outbox_rows import NewRow, Sealed, WaitingRow

NOW = datetime(2026, 3, 27, 22, 40, tzinfo=UTC)


class Clock:
    """The time as a test sets it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def new_row(text: str = "a report", *, priority: int = 40, is_answered: bool = True) -> NewRow:
    return NewRow(
        message_id=message_id(int(NOW.timestamp() * 1000)),
        record_type="ChildReturned" if is_answered else "Acknowledged",
        priority=priority,
        made_at=NOW,
        framed=text.encode(),
        is_answered=is_answered,
    )


def seal(row: WaitingRow, sequence: int, link: bytes) -> Sealed:
    """Other bytes each time, as a real seal gives: so a second sealing would be seen."""
    headers = (("ce_id", row.message_id.encode()), ("ce_sequence", b"%d" % sequence), ("ce_previous", link))
    value = row.framed + b" sealed " + os.urandom(8).hex().encode()
    wire = WireMessage(topic="inbound", key=b"E08000005", headers=headers, value=value)
    return Sealed(wire=wire, link=sha256(value + link).digest())


def opened(folder: Path, *, key_id: str = "rochdale-1", clock: Clock | None = None) -> Outbox:
    return Outbox(
        folder / "outbox" / "reports.sqlite3",
        agency="E08000005",
        key_id=key_id,
        marks=folder / "marks",
        clock=clock or Clock(),
    )
