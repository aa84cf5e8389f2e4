"""The chain of one signing key: its last sequence and link, and the proof that it was not wound back.

Each installation signs under a key of its own and numbers what it signs, so that the hub sees a gap, a fork and a
replay. A chain that is behind its restore mark was restored from a backup and is refused; a new key begins a new
chain, and what still waited goes out under it, with new ids if the old chain had been wound back (its rows may
have been sent before, and other bytes under the same id are a forgery to the hub).
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from hub.signing import CHAIN_START
from producers.errors import OutboxRestored
from producers.restore_mark import RestoreMark

__all__ = ["Chain", "opened_chain"]


@dataclass(slots=True, kw_only=True)
class Chain:
    """Where the chain of the current key stands, as committed."""

    number: int
    sequence: int
    link: bytes
    mark: RestoreMark
    follows_restored: bool = False
    """The chain before this one had been wound back: what waits must get new ids."""

    def advance(self, database: sqlite3.Connection, sequence: int, link: bytes) -> None:
        """Write the new end of the chain within the caller's transaction; `committed` follows it."""
        database.execute("UPDATE chain SET sequence = ?, link = ? WHERE number = ?", (sequence, link, self.number))

    def committed(self, sequence: int, link: bytes) -> None:
        """The transaction that advanced the chain has been committed."""
        self.sequence, self.link = sequence, link

    def release(self) -> None:
        """Raise the mark to the chain's end: from here on its messages may leave the machine."""
        self.mark.raise_to(self.sequence)


def opened_chain(database: sqlite3.Connection, path: Path, marks: Path, agency: str, key_id: str) -> Chain:
    """The chain of this key, begun if the outbox has none for it.

    Raises:
        OutboxRestored: the outbox knows less of this key than its mark does.
    """
    mark = RestoreMark(marks, agency, key_id)
    marked = mark.read()
    row = database.execute("SELECT number, sequence, link FROM chain WHERE key_id = ?", (key_id,)).fetchone()
    known = row[1] if row else 0
    if (marked is None and row) or (marked is not None and marked > known):
        raise OutboxRestored(
            path,
            f"it was restored from a backup, or copied: it knows {known} messages under key {key_id}, its mark in "
            f"{marks} {'is missing' if marked is None else f'says {marked}'}",
            "make a new signing key for this installation and name it in the profile; what waits goes out under it",
        )
    if row:
        return Chain(number=row[0], sequence=row[1], link=row[2], mark=mark)
    if marked is None:
        mark.begin()
    return _begun(database, mark, marks, agency, key_id)


def _begun(database: sqlite3.Connection, mark: RestoreMark, marks: Path, agency: str, key_id: str) -> Chain:
    earlier = database.execute("SELECT key_id, sequence FROM chain ORDER BY number DESC LIMIT 1").fetchone()
    was_restored = False
    if earlier:
        before = RestoreMark(marks, agency, earlier[0]).read()
        was_restored = before is None or before > earlier[1]
    database.execute("INSERT INTO chain (key_id, sequence, link) VALUES (?, 0, ?)", (key_id, CHAIN_START))
    (number,) = database.execute("SELECT last_insert_rowid()").fetchone()
    return Chain(number=number, sequence=0, link=CHAIN_START, mark=mark, follows_restored=was_restored)
