"""Checks a mailbox against what the hub says it holds: was anything withheld on the way?

Every record that this reader was given is noted by offset and id, in the reader's memory, until a signed statement
covers it; then the two accounts are compared (`hub.mailbox`). Notes survive the end of the program, so a stretch that
two runs of it have read between them is checked as well. A stretch that another installation of the agency read cannot
be checked here: the first statement after it is believed, and checking goes on from there.
"""

import sqlite3
from typing import Final

from hub.mailbox import Account, Verdict, checked
from schemas.records import MailboxStatement

__all__ = ["MailboxCheck"]

_TABLES: Final = """
create table if not exists given (place integer primary key, id blob not null);
create table if not exists account (
    only_row integer primary key check (only_row = 0), end integer not null, count integer not null, hash blob not null
);
create table if not exists given_from (only_row integer primary key check (only_row = 0), place integer not null);
"""


class MailboxCheck:
    """The notes of one reader, in its memory's file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(_TABLES)
        self._is_resumed = True
        self.missing = 0
        """Records that the hub counted and this reader was not given, since it was opened."""
        self.disagreements = 0
        """Statements that did not agree with what was given, since it was opened."""

    def resume(self) -> None:
        """The mailbox was given to this reader (again): what lies before its next record went elsewhere."""
        self._is_resumed = True

    def given(self, offset: int, record_id: bytes) -> None:
        """Note a record that the broker gave, whatever it is."""
        last = self._database.execute("select max(place) from given").fetchone()[0]
        if self._is_resumed:
            first = self._first()
            is_known = first is not None and first <= offset <= (first if last is None else last + 1)
            if not is_known:
                self._begin(offset)
            self._is_resumed = False
        self._database.execute("insert or ignore into given values (?, ?)", (offset, record_id))

    def stated(self, statement: MailboxStatement) -> Verdict:
        """Compare what was given with what the hub says, and go on from there."""
        first = self._first()
        seen: dict[int, bytes] = dict(self._database.execute("select place, id from given"))
        verdict = checked(self._account(), seen, statement.end_offset if first is None else first, statement)
        account = verdict.account
        with self._database:
            self._database.execute("begin immediate")
            row = (account.end, account.count, account.rolling_hash)
            self._database.execute("insert or replace into account values (0, ?, ?, ?)", row)
            self._database.execute("delete from given where place < ?", (account.end,))
        if not verdict.agrees:
            self.disagreements += 1
            self.missing += verdict.missing
        return verdict

    def _begin(self, offset: int) -> None:
        with self._database:
            self._database.execute("begin immediate")
            self._database.execute("delete from given")
            self._database.execute("insert or replace into given_from values (0, ?)", (offset,))

    def _first(self) -> int | None:
        row = self._database.execute("select place from given_from").fetchone()
        return None if row is None else int(row[0])

    def _account(self) -> Account | None:
        row = self._database.execute("select end, count, hash from account").fetchone()
        return None if row is None else Account(end=row[0], count=row[1], rolling_hash=bytes(row[2]))
