"""The outbox: what an agency has said and the hub has not answered yet, safe on the agency's own disk.

Rows wait unsigned, closed up under a local key. Picking takes the most urgent ones and, in one transaction, gives
each its sequence and its link to the one before, seals, signs and stores the final bytes; from then on exactly
those bytes go out, however often. A row dies on the hub's receipt (an acknowledgement, which gets none, on the
broker's word), and one that was refused stays until somebody decides.

The rules that hold at every line, so that a kill anywhere loses nothing:
  1. `transact` is one commit: new rows, rows taken, receipts, inbox position and picks stand or fall together.
  2. The restore mark is raised after that commit and before the picked rows are given out. Where that fails they are
     given out with the next `unacknowledged`, before anything that is picked later.
  3. A row is picked once under a key; picked anew, seven days on, it gets a new id and number, because its old
     bytes may yet be at the hub and other bytes under their id would be a forgery.

This module knows nothing of Kafka, the directory or event loops; `sender` drives it, one call at a time.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from producers.chain import opened_chain
from producers.local_key import LocalKey
from producers.outbox_rows import Answered, Changes, Counts, NewRow, Outcome, PickedRow, RefusedRow, Seal
from producers.outbox_tables import (
    FileLock,
    State,
    opened_database,
    reading,
    savepoint,
    transaction,
    unmarked,
    unwritable,
)
from producers.picking import Picking, from_milliseconds, longest, milliseconds
from schemas.errors import HomewardError
from schemas.records import Finding, FindingKind

__all__ = ["PICK_ANEW_AFTER", "UNANSWERED_AFTER", "Outbox"]

PICK_ANEW_AFTER: Final = timedelta(days=7)
"""A signed row that the broker did not take within this goes out anew: `inbound` keeps nothing longer."""

UNANSWERED_AFTER: Final = timedelta(minutes=10)
"""A row at the broker without a receipt goes out again after this, then after twice that, up to a day."""

_KEY_CHECK: Final = "key check"
_POSITION: Final = "inbox position"


class Outbox:
    """One outbox file, held exclusively. Blocking; not for use by two threads at a time."""

    def __init__(
        self,
        path: Path,
        *,
        agency: str,
        key_id: str,
        marks: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open the outbox in this file, made if it is not there; its local key is `<path>.key`.

        `marks` is a folder *apart from* the outbox's, so that one restore does not bring back both.

        Raises:
            OutboxInUse: another process has it open.
            OutboxKeyRefused: its local key is missing, readable by others, or another one.
            OutboxRestored: it is older than what was sent from it.
            OutboxUnwritable: no space, or read-only.
        """
        self.path = path
        self._clock = clock
        with _written(path), ExitStack() as opened:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(path)
            opened.callback(lock.release)
            self._key = LocalKey.read_or_make(path.with_name(path.name + ".key"), may_make=not path.exists())
            self._database = opened_database(path)
            opened.callback(self._database.close)
            with transaction(self._database, self.path):
                self._check_key()
                self._chain = opened_chain(self._database, path, marks, agency, key_id)
                self._picking = Picking(database=self._database, key=self._key, chain=self._chain)
                if self._chain.follows_restored:
                    self._picking.renew_waiting(clock())
            opened.callback(self._chain.mark.close)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        """The open outbox."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of file and lock; everything committed is durable already."""
        self._opened.close()

    def transact(self, changes: Changes, seal: Seal | None = None) -> Outcome:
        """Do everything in `changes` in one commit, durable on return; `seal` is needed where there is room to pick.

        Rows that cannot be sealed now (no key of the hub at hand) stay waiting, and the outcome says why; the rest
        of the changes is committed all the same.

        Raises:
            OutboxUnwritable: nothing of it was done.
        """
        picked: tuple[PickedRow, ...] = ()
        trouble: HomewardError | None = None
        sequence, link = self._chain.sequence, self._chain.link
        with transaction(self._database, self.path):
            self._put(changes.put)
            self._picking.note_taken(changes.taken, UNANSWERED_AFTER, self._clock())
            for answer in changes.answered:
                self._settle(answer)
            if changes.position is not None:
                self._set(_POSITION, changes.position)
            again = self._picking.unanswered_again(changes.room, UNANSWERED_AFTER, self._clock())
            room = changes.room - len(again)
            if room and seal is not None:
                try:
                    with savepoint(self._database):
                        picked, sequence, link = self._picking.pick(room, seal, self._clock())
                except HomewardError as error:
                    trouble = error
        self._chain.committed(sequence, link)
        return self._released(again + picked, trouble)

    def unacknowledged(self) -> tuple[PickedRow, ...]:
        """What was signed and the broker has not confirmed, in the order to send it; a week old, it waits anew.

        Raises:
            OutboxUnwritable: nothing may be sent now.
        """
        with transaction(self._database, self.path):
            now = self._clock()
            self._picking.renew_old(now - PICK_ANEW_AFTER, now + longest(UNANSWERED_AFTER), now)
            rows = self._picking.signed()
        outcome = self._released(rows, None)
        if outcome.unreleased is not None:
            raise outcome.unreleased
        return outcome.picked

    def expected(self) -> Mapping[str, tuple[str, bytes | None]]:
        """Ids whose receipts would be for us: to the id that `send` gave and, if known, the digest of the value."""
        now = "SELECT message_id, first_id, digest FROM message WHERE answered AND state IN ('picked', 'taken')"
        former = (
            "SELECT former_id.message_id, first_id, former_id.digest "
            "FROM former_id JOIN message USING (number) WHERE answered"
        )
        with reading(self.path):
            return {row[0]: (row[1], row[2]) for row in self._database.execute(f"{now} UNION ALL {former}")}

    def position(self) -> int | None:
        """The next offset to read in the agency's inbox; None before the first connection."""
        with reading(self.path):
            found = self._get(_POSITION)
        return found if isinstance(found, int) else None

    def counts(self) -> Counts:
        """How many rows are where."""
        with reading(self.path):
            found = dict(self._database.execute("SELECT state, count(*) FROM message GROUP BY state").fetchall())
        return Counts(
            waiting=found.get(State.WAITING, 0),
            picked=found.get(State.PICKED, 0),
            taken=found.get(State.TAKEN, 0),
            refused=found.get(State.REFUSED, 0),
        )

    def refused(self) -> tuple[RefusedRow, ...]:
        """The messages that the hub refused and nobody has decided about, oldest first."""
        with reading(self.path):
            rows = self._database.execute(
                "SELECT first_id, type, made_at, findings FROM message WHERE state = 'refused' ORDER BY number"
            ).fetchall()
        return tuple(
            RefusedRow(
                message_id=first_id, record_type=type_, made_at=from_milliseconds(made_at), findings=_findings(reasons)
            )
            for first_id, type_, made_at, reasons in rows
        )

    def send_again(self, first_id: str) -> bool:
        """Let a refused message go out again, signed anew under a new id; False if there is no such refused one."""
        with transaction(self._database, self.path):
            return self._picking.renew_refused(first_id, self._clock())

    def give_up(self, first_id: str) -> bool:
        """Delete a refused message for good; False if there is no such refused one."""
        with transaction(self._database, self.path):
            deleted = self._database.execute(
                "DELETE FROM message WHERE first_id = ? AND state = 'refused'", (first_id,)
            )
        return deleted.rowcount == 1

    def _put(self, rows: Sequence[NewRow]) -> None:
        self._database.executemany(
            "INSERT INTO message (message_id, first_id, type, priority, made_at, body, answered) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    row.message_id,
                    row.message_id,
                    row.record_type,
                    row.priority,
                    milliseconds(row.made_at),
                    self._key.close_up(row.framed, row.message_id),
                    row.is_answered,
                )
                for row in rows
            ],
        )

    def _settle(self, answer: Answered) -> None:
        if not answer.is_refused:
            self._database.execute("DELETE FROM message WHERE first_id = ?", (answer.first_id,))
            return
        reasons = json.dumps([(finding.field, finding.rule, finding.remedy) for finding in answer.refused_because])
        self._database.execute(
            "UPDATE message SET state = 'refused', findings = ? WHERE first_id = ? AND state IN ('picked', 'taken')",
            (reasons, answer.first_id),
        )

    def _released(self, rows: tuple[PickedRow, ...], trouble: HomewardError | None) -> Outcome:
        """Rows that may leave the machine, once the restore mark says so."""
        if rows:
            try:
                self._chain.release()
            except OSError as error:
                return Outcome(trouble=trouble, unreleased=unmarked(self._chain.mark.path, error))
        return Outcome(picked=rows, trouble=trouble)

    def _check_key(self) -> None:
        closed = self._get(_KEY_CHECK)
        if isinstance(closed, bytes):
            self._key.open_up(closed, _KEY_CHECK)
        else:
            self._set(_KEY_CHECK, self._key.close_up(b"", _KEY_CHECK))

    def _get(self, name: str) -> object:
        row = self._database.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _set(self, name: str, value: object) -> None:
        self._database.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def _findings(reasons: str) -> tuple[Finding, ...]:
    return tuple(
        Finding(field=field, rule=rule, remedy=remedy, kind=FindingKind.FAULT)
        for field, rule, remedy in json.loads(reasons)
    )
