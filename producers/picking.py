"""Which rows of an outbox go out, in which order, and as which bytes. Works within the caller's transaction.

Waiting rows are picked by priority, then by age, and signed once as the next of the chain. Signed rows go out by
chain and sequence. A row whose broker or hub never answered goes out again: the same bytes, or, when those are too
old for anybody to have kept, anew under a new id. None of this decides *when*; `sender` does.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from producers.chain import Chain
from producers.errors import OutboxKeyRefused
from producers.local_key import LocalKey
from producers.message_ids import message_id
from producers.outbox_rows import PickedRow, Seal, WaitingRow
from producers.stored_wire import from_stored, stored

__all__ = ["Picking", "from_milliseconds", "longest", "milliseconds"]

_DOUBLINGS: Final = 7
"""So often the patience with an unanswered row doubles: ten minutes become most of a day."""
_UNSIGNED: Final = (
    "state = 'waiting', chain = NULL, sequence = NULL, wire = NULL, digest = NULL, "
    "picked_at = NULL, again_at = NULL, times = 0, findings = NULL"
)
_UNREADABLE: Final = '[["outbox", "holds this report, but the local key does not open it", "enter the report again"]]'


@dataclass(frozen=True, slots=True, kw_only=True)
class Picking:
    """The database, the local key and the chain to sign for."""

    database: sqlite3.Connection
    key: LocalKey
    chain: Chain

    def pick(self, room: int, seal: Seal, now: datetime) -> tuple[tuple[PickedRow, ...], int, bytes]:
        """Sign the most urgent waiting rows, at most `room`; also the chain's new end, not yet in `chain`.

        A row that the local key does not open is set aside as refused, so that it holds up nobody else.
        Whatever `seal` raises comes through: the caller rolls back.
        """
        sequence, link = self.chain.sequence, self.chain.link
        picked: list[PickedRow] = []
        waiting = self.database.execute(
            "SELECT number, message_id, first_id, type, made_at, body, answered FROM message "
            "WHERE state = 'waiting' ORDER BY priority DESC, number LIMIT ?",
            (room,),
        ).fetchall()
        for number, id_, first_id, type_, made_at, body, answered in waiting:
            try:
                framed = self.key.open_up(body, first_id)
            except OutboxKeyRefused:
                self.database.execute(
                    "UPDATE message SET state = 'refused', findings = ? WHERE number = ?", (_UNREADABLE, number)
                )
                continue
            row = WaitingRow(message_id=id_, record_type=type_, made_at=from_milliseconds(made_at), framed=framed)
            sequence += 1
            sealed = seal(row, sequence, link)
            link = sealed.link
            digest = sha256(sealed.wire.value).digest()
            self.database.execute(
                "UPDATE message SET state = 'picked', chain = ?, sequence = ?, wire = ?, digest = ?, picked_at = ? "
                "WHERE number = ?",
                (self.chain.number, sequence, stored(sealed.wire), digest, milliseconds(now), number),
            )
            picked.append(
                PickedRow(
                    number=number,
                    message_id=id_,
                    first_id=first_id,
                    record_type=type_,
                    sequence=sequence,
                    digest=digest,
                    wire=sealed.wire,
                    is_answered=bool(answered),
                )
            )
        if picked:
            self.chain.advance(self.database, sequence, link)
        return tuple(picked), sequence, link

    def signed(self) -> tuple[PickedRow, ...]:
        """Every signed row that the broker has not confirmed, by chain and sequence."""
        rows = self.database.execute(
            "SELECT number, message_id, first_id, type, sequence, digest, wire, answered "
            "FROM message WHERE state = 'picked' ORDER BY chain, sequence"
        )
        return tuple(_picked(row) for row in rows)

    def note_taken(self, numbers: Sequence[int], patience: timedelta, now: datetime) -> None:
        """The broker has these rows: an acknowledgement dies, any other waits for its receipt as long as it is due."""
        first = patience // timedelta(milliseconds=1)
        self.database.executemany(
            "DELETE FROM message WHERE number = ? AND state = 'picked' AND NOT answered", [(n,) for n in numbers]
        )
        self.database.executemany(
            "UPDATE message SET state = 'taken', again_at = ? + (? << min(times, ?)), times = times + 1 "
            "WHERE number = ? AND state = 'picked'",
            [(milliseconds(now), first, _DOUBLINGS, number) for number in numbers],
        )

    def unanswered_again(self, room: int, patience: timedelta, now: datetime) -> tuple[PickedRow, ...]:
        """Rows at the broker for too long without a receipt, signed rows again (the hub repeats its receipt).

        One that would wait for longer than anybody's patience was noted by a clock that was ahead: it is due.
        """
        rows = self.database.execute(
            "SELECT number, message_id, first_id, type, sequence, digest, wire, answered FROM message "
            "WHERE state = 'taken' AND (again_at < ? OR again_at > ?) ORDER BY again_at LIMIT ?",
            (milliseconds(now), milliseconds(now + longest(patience)), room),
        ).fetchall()
        self.database.executemany("UPDATE message SET state = 'picked' WHERE number = ?", [(row[0],) for row in rows])
        return tuple(sorted((_picked(row) for row in rows), key=lambda row: row.sequence))

    def renew_old(self, before: datetime, after: datetime, now: datetime) -> None:
        """Signed rows that the broker did not confirm since `before` wait again, to go out anew under a new id.

        So do those noted as picked later than `after`: by a clock that was ahead, nobody knows how long ago.
        """
        which = "state = 'picked' AND (picked_at < ? OR picked_at > ?)"
        self._renew(which, (milliseconds(before), milliseconds(after)), now)

    def renew_waiting(self, now: datetime) -> None:
        """Rows that wait get new ids, because in a life that the outbox has forgotten they may have been sent."""
        self._renew("state = 'waiting'", (), now)

    def renew_refused(self, first_id: str, now: datetime) -> bool:
        """A refused row waits again under a new id; False if there is none."""
        return self._renew("state = 'refused' AND first_id = ?", (first_id,), now) == 1

    def _renew(self, which: str, values: tuple[object, ...], now: datetime) -> int:
        rows = self.database.execute(
            f"SELECT number, message_id, digest FROM message WHERE {which}",  # noqa: S608 - words of this class
            values,
        ).fetchall()
        self.database.executemany("INSERT INTO former_id (number, message_id, digest) VALUES (?, ?, ?)", rows)
        self.database.executemany(
            f"UPDATE message SET message_id = ?, {_UNSIGNED} WHERE number = ?",  # noqa: S608 - a constant
            [(message_id(milliseconds(now)), row[0]) for row in rows],
        )
        return len(rows)


def longest(patience: timedelta) -> timedelta:
    """How long a row waits at most for its receipt before it goes out again, if it waits so long the first time."""
    return patience * (1 << _DOUBLINGS)


def milliseconds(time: datetime) -> int:
    """Unix milliseconds of an aware time, rounded down."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(stamp: int) -> datetime:
    """The aware time (UTC) of Unix milliseconds."""
    return _EPOCH + timedelta(milliseconds=stamp)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _picked(row: tuple[int, str, str, str, int, bytes, bytes, int]) -> PickedRow:
    number, id_, first_id, type_, sequence, digest, wire, answered = row
    return PickedRow(
        number=number,
        message_id=id_,
        first_id=first_id,
        record_type=type_,
        sequence=sequence,
        digest=digest,
        wire=from_stored(wire),
        is_answered=bool(answered),
    )
