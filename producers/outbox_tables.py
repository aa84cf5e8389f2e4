"""The tables of an outbox file, and how the file is opened: one writer, durable at every commit.

`message` holds what was sent and not yet answered, `former_id` the ids under which a message went out before it
was picked anew, `chain` the last sequence and link of each signing key, `setting` the rest. A body is closed up
under the local key from the moment it is written; `wire` is sealed to the hub and signed.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from producers.errors import OutboxError, OutboxInUse, OutboxUnwritable

__all__ = ["FileLock", "State", "opened_database", "reading", "savepoint", "transaction", "unmarked", "unwritable"]

_FORMAT: Final = 1

_TABLES: Final = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
CREATE TABLE chain (
    number   INTEGER PRIMARY KEY,
    key_id   TEXT NOT NULL UNIQUE,
    sequence INTEGER NOT NULL,           -- of the last message signed; 0 before the first
    link     BLOB NOT NULL               -- what the next message names as its previous
) STRICT;
CREATE TABLE message (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL UNIQUE,     -- as it is, or will be, on the wire
    first_id   TEXT NOT NULL UNIQUE,     -- as send() told the caller; the name its body is closed up under
    type       TEXT NOT NULL,
    priority   INTEGER NOT NULL,         -- larger goes first
    made_at    INTEGER NOT NULL,         -- Unix milliseconds, like all times here
    body       BLOB NOT NULL,            -- framed record under the local key
    answered   INTEGER NOT NULL,         -- 1 where the hub sends a receipt, 0 where the broker's word is the end
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'picked', 'taken', 'refused')),
    chain      INTEGER REFERENCES chain (number),
    sequence   INTEGER,
    wire       BLOB,                     -- final bytes, sealed and signed
    digest     BLOB,                     -- SHA-256 of the value as sent
    picked_at  INTEGER,
    again_at   INTEGER,                  -- at the broker; sent again then for want of a receipt
    times      INTEGER NOT NULL DEFAULT 0,   -- so often it was
    findings   TEXT,                     -- why the hub refused: JSON rows of field, rule, remedy
    UNIQUE (chain, sequence)
) STRICT;
CREATE INDEX message_waiting ON message (priority DESC, number) WHERE state = 'waiting';
CREATE INDEX message_picked ON message (chain, sequence) WHERE state = 'picked';
CREATE INDEX message_taken ON message (again_at) WHERE state = 'taken';
CREATE TABLE former_id (
    message_id TEXT PRIMARY KEY,
    number     INTEGER NOT NULL REFERENCES message (number) ON DELETE CASCADE,
    digest     BLOB
) STRICT;
"""


class State:
    """The words of `message.state`."""

    WAITING: Final = "waiting"
    PICKED: Final = "picked"
    TAKEN: Final = "taken"
    REFUSED: Final = "refused"


class FileLock:
    """An exclusive lock on an outbox, held as long as its process lives (the system lets go of it at death)."""

    def __init__(self, outbox: Path) -> None:
        """Take the lock at once.

        Raises:
            OutboxInUse: another process, or another publisher of this one, holds it.
        """
        path = outbox.with_name(outbox.name + ".lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._descriptor)
            raise OutboxInUse(
                outbox,
                f"process {holder} has it open",
                "stop that program, or give this one a profile with a signing key and an outbox of its own",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have the outbox."""
        os.close(self._descriptor)


def opened_database(path: Path) -> sqlite3.Connection:
    """The database in this file, made (mode 0600) if it is not there; every commit reaches the disk.

    Raises:
        OutboxError: a file of a newer release, or no outbox at all.
        OutboxUnwritable: no space, or read-only.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        raise unwritable(path, error) from error
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            database.execute(f"PRAGMA {pragma}")
        _make_tables(path, database)
    except sqlite3.OperationalError as error:
        database.close()
        raise unwritable(path, error) from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise OutboxError(path, "it is not an outbox, or it is damaged", "move it away and tell support") from error
    except OutboxError:
        database.close()
        raise
    return database


@contextmanager
def transaction(database: sqlite3.Connection, path: Path) -> Iterator[None]:
    """One commit, durable at the end of the block, or nothing at all.

    Raises:
        OutboxUnwritable: no space, or read-only.
        OutboxError: the file is damaged.
    """
    try:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise
    except sqlite3.OperationalError as error:
        raise unwritable(path, error) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """A look without a commit.

    Raises:
        OutboxError: the file is damaged, or cannot be read.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> OutboxError:
    return OutboxError(path, f"it is damaged ({error})", "keep the file and tell support")


@contextmanager
def savepoint(database: sqlite3.Connection) -> Iterator[None]:
    """A part of a transaction that can fail without the rest."""
    database.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK TO part")
        raise
    finally:
        database.execute("RELEASE part")


def unwritable(path: Path, error: Exception) -> OutboxUnwritable:
    """The error of a disk that does not take what is written (its own words say why)."""
    return OutboxUnwritable(
        path,
        f"it cannot be written ({error})",
        "nothing was accepted: free space, or let it be written, and send again",
    )


def unmarked(path: Path, error: OSError) -> OutboxUnwritable:
    """The error of a restore mark that cannot be raised: what was signed may not leave before it is."""
    return OutboxUnwritable(
        path,
        f"the mark of what was sent cannot be written ({error})",
        "nothing is lost: what was kept goes out once it can be; free space, or let it be written",
    )


def _make_tables(path: Path, database: sqlite3.Connection) -> None:
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found == _FORMAT:
        return
    if found:
        raise OutboxError(path, f"it has format {found}, this release reads {_FORMAT}", "use the release that wrote it")
    database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_FORMAT}; COMMIT;")
