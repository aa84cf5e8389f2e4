"""What a mailbox reader must not forget: ids it has handled, acknowledgements it owes, and its own signed chain.

One SQLite file beside the profile, locked for one process. It holds ids, roles and sealed bytes, no word of a
notice. Marks of handled ids survive the end of the process at once; what was signed is on the disk before it leaves
(full synchronisation), because a number used twice under one key would be read as two truths.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from consumers.errors import MemoryInUse, MemoryUnusable
from consumers.mailbox_check import MailboxCheck
from hub.messages import WireMessage
from hub.signing import CHAIN_START
from schemas.records import Acknowledged, Acknowledgement, Notice, NoticeRef

__all__ = ["InboxMemory", "Owed", "acknowledged", "acted_on"]

KEPT: Final = timedelta(days=40)
"""Ids are kept longer than a mailbox keeps its records (30 days)."""
MOST_PAIRS: Final = 500

_TABLES: Final = """
create table if not exists handled (id text primary key, at text not null) without rowid;
create table if not exists owed (
    place integer primary key, notice text not null, episode text not null, layer text not null,
    role text, due text, at text not null
);
create table if not exists acted (
    notice text not null, layer text not null, role text, due text, at text not null, primary key (notice, layer)
) without rowid;
create table if not exists chain (
    key_id text primary key, sequence integer not null, previous blob not null
) without rowid;
create table if not exists outgoing (
    key_id text not null, sequence integer not null, topic text not null, key blob not null, headers text not null,
    value blob not null, primary key (key_id, sequence)
) without rowid;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One acknowledgement to be sent, and the rows that it settles."""

    record: Acknowledged
    places: tuple[int, ...]


def acknowledged(
    notices: Iterable[Notice], layer: Acknowledgement, at: datetime, *, role: str | None, by: datetime | None
) -> Acknowledged:
    """The record that says so of these notices."""
    pairs = tuple(NoticeRef(notice_id=notice.notice_id, episode_id=notice.episode_id) for notice in notices)
    return Acknowledged(pairs=pairs, layer=layer, role=role, by=by, occurred_at=at)


def acted_on(file: Path) -> dict[str, tuple[Acknowledgement, str | None]]:
    """What was opened or taken with this memory, by notice: the furthest layer, and in which role. Locks nothing.

    Raises:
        MemoryUnusable: the file is there and cannot be read.
    """
    if not file.exists():
        return {}
    found: dict[str, tuple[Acknowledgement, str | None]] = {}
    with _usable(file), closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
        if not database.execute("select 1 from sqlite_master where name = 'acted'").fetchone():
            return {}
        for notice, layer, role in database.execute("select notice, layer, role from acted order by layer"):
            found[notice] = (Acknowledgement(layer), role)  # `opened` comes before `taken`
    return found


@contextmanager
def _usable(file: Path) -> Iterator[None]:
    """Say of a memory that cannot be read or written which it is and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise MemoryUnusable(file, str(error)) from error
    except OSError as error:
        raise MemoryUnusable(file, error.strerror or type(error).__name__) from error


class _Database(sqlite3.Connection):
    """The connection to a memory; whatever the database says is said as MemoryUnusable."""

    def __init__(self, file: Path) -> None:
        self._file = file
        super().__init__(file, isolation_level=None)

    def execute(self, *given: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as the class above
        with _usable(self._file):
            return super().execute(*given)

    def executemany(self, *given: Any) -> sqlite3.Cursor:  # noqa: ANN401
        with _usable(self._file):
            return super().executemany(*given)

    def executescript(self, *given: Any) -> sqlite3.Cursor:  # noqa: ANN401
        with _usable(self._file):
            return super().executescript(*given)

    def __exit__(self, *ended_by: Any) -> Any:  # noqa: ANN401, PYI036 - as the class above
        with _usable(self._file):
            return super().__exit__(*ended_by)


class InboxMemory:
    """The file of one mailbox reader. A context manager; every call is short and blocks."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> Self:
        """Lock and open the file, made if it is not there (0600).

        Raises:
            MemoryInUse: another process has it open.
            MemoryUnusable: it cannot be read or written; so do all calls below.
        """
        with _usable(self._file), ExitStack() as opened:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file.touch(mode=0o600)
            lock = opened.enter_context(self._file.with_name(f"{self._file.name}.lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise MemoryInUse(self._file) from None
            self._database = opened.enter_context(closing(_Database(self._file)))
            self._database.execute("pragma journal_mode=wal")
            self._database.executescript(_TABLES)
            self.check = MailboxCheck(self._database)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and let go of the lock."""
        self._opened.close()

    def is_handled(self, id_: str) -> bool:
        """True if this id was handled before."""
        return self._database.execute("select 1 from handled where id = ?", (id_,)).fetchone() is not None

    def handle(self, id_: str, at: datetime) -> None:
        """Remember that this id was handled."""
        self._quick()
        self._database.execute("insert or ignore into handled values (?, ?)", (id_, at.isoformat()))

    def forget_before(self, now: datetime) -> None:
        """Forget ids that the mailbox itself does not hold any more."""
        self._database.execute("delete from handled where at < ?", ((now - KEPT).isoformat(),))
        self._database.execute("delete from acted where at < ?", ((now - KEPT).isoformat(),))

    def owe(
        self, notices: Iterable[Notice], layer: Acknowledgement, at: datetime, *, role: str | None, by: datetime | None
    ) -> None:
        """Keep acknowledgements to be sent, and what somebody did for as long as the mailbox holds the notice.

        What somebody did is on the disk on return; that something was fetched survives the end of this process.
        """
        notices = tuple(notices)
        if layer is Acknowledgement.FETCHED:
            self._quick()
        else:
            self._database.execute("pragma synchronous=full")
        due = None if by is None else by.isoformat()
        with self._database:
            self._database.execute("begin immediate")
            self._database.executemany(
                "insert into owed (notice, episode, layer, role, due, at) values (?, ?, ?, ?, ?, ?)",
                [(notice.notice_id, notice.episode_id, layer.value, role, due, at.isoformat()) for notice in notices],
            )
            if layer is not Acknowledgement.FETCHED:
                self._database.executemany(
                    "insert or ignore into acted (notice, layer, role, due, at) values (?, ?, ?, ?, ?)",
                    [(notice.notice_id, layer.value, role, due, at.isoformat()) for notice in notices],
                )

    def next_owed(self, *, fetched: bool) -> Owed | None:
        """The oldest acknowledgements that one message can carry: of `fetched`, or of what somebody did."""
        first = self._database.execute(
            "select layer, role, due, at from owed where (layer = 'fetched') = ? order by place limit 1", (fetched,)
        ).fetchone()
        if first is None:
            return None
        layer, role, due, at = first
        rows = self._database.execute(
            "select place, notice, episode from owed where layer = ? and role is ? and due is ? order by place limit ?",
            (layer, role, due, MOST_PAIRS),
        ).fetchall()
        record = Acknowledged(
            pairs=tuple(NoticeRef(notice_id=notice, episode_id=episode) for _, notice, episode in rows),
            layer=Acknowledgement(layer),
            role=role,
            by=None if due is None else datetime.fromisoformat(due),
            occurred_at=datetime.fromisoformat(at),
        )
        return Owed(record=record, places=tuple(place for place, _, _ in rows))

    def settle(self, owed: Owed) -> None:
        """Forget what was sent."""
        self._quick()
        with self._database:
            self._database.execute("begin immediate")
            self._database.executemany("delete from owed where place = ?", [(place,) for place in owed.places])

    def last_of_chain(self, key_id: str) -> tuple[int, bytes]:
        """The last sequence used under a signing key, and what the next message must name as its previous."""
        row = self._database.execute("select sequence, previous from chain where key_id = ?", (key_id,)).fetchone()
        return (0, CHAIN_START) if row is None else (int(row[0]), bytes(row[1]))

    def keep_signed(self, key_id: str, sequence: int, link: bytes, wire: WireMessage) -> None:
        """Keep a signed message and its place in the chain, on the disk, before it leaves."""
        headers = json.dumps([(name, (value or b"").decode("ascii")) for name, value in wire.headers])
        self._database.execute("pragma synchronous=full")
        with self._database:
            self._database.execute("begin immediate")
            self._database.execute("insert or replace into chain values (?, ?, ?)", (key_id, sequence, link))
            self._database.execute(
                "insert into outgoing values (?, ?, ?, ?, ?, ?)",
                (key_id, sequence, wire.topic, wire.key, headers, wire.value),
            )

    def outgoing(self, key_id: str) -> tuple[tuple[int, WireMessage], ...]:
        """Signed messages that the broker has not confirmed, in the order of their sequence."""
        rows = self._database.execute(
            "select sequence, topic, key, headers, value from outgoing where key_id = ? order by sequence", (key_id,)
        ).fetchall()
        return tuple(
            (
                sequence,
                WireMessage(
                    topic=topic,
                    key=key,
                    headers=tuple((name, text.encode("ascii")) for name, text in json.loads(headers)),
                    value=value,
                ),
            )
            for sequence, topic, key, headers, value in rows
        )

    def confirmed(self, key_id: str, sequence: int) -> None:
        """The broker has this message."""
        self._quick()
        self._database.execute("delete from outgoing where key_id = ? and sequence = ?", (key_id, sequence))

    def _quick(self) -> None:
        """The next write survives the end of this process, not necessarily the end of the power."""
        self._database.execute("pragma synchronous=normal")
