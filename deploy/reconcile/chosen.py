"""Which rows of an extract are published, and which were: lines that somebody chose, and what is remembered of them.

What was published once is remembered beside the agency's outbox, by a keyed digest of the row, so that an import that
is run again, or goes on after it was interrupted, sends nothing twice. Should it die between sending and remembering,
one row is reported again, which the hub takes as the second report of the same absence.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy.reconcile.extract import ExtractRow
from schemas.errors import HomewardError

_MOST_DIGITS: Final = 15
_HEADER: Final = 1
"""The line with the names of the columns."""


class NoLines(HomewardError):
    """What was given is no list of lines."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file that somebody chose: single ones and stretches, whole numbers from the first row on."""

    stretches: tuple[tuple[int, int], ...]

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read `2,17-40`.

        Raises:
            NoLines: it is no such list; the message says what is wrong with which part.
        """
        found = []
        for part in (each.strip() for each in text.split(",")):
            first, mark, last = (side.strip() for side in part.partition("-"))
            if max(len(first), len(last)) > _MOST_DIGITS:
                message = f"{part[:_MOST_DIGITS]}... is no line: no file has so many; expected for example 2,17-40"
                raise NoLines(message)
            if not first.isdecimal() or (mark and not last.isdecimal()):
                message = f"{part!r} is no line and no stretch of lines; expected for example 2,17-40"
                raise NoLines(message)
            begin, end = int(first), int(last or first)
            if begin <= _HEADER or end < begin:
                what = "line 1 is the header" if begin <= _HEADER else "it ends before it begins"
                message = f"{part!r} chooses no row: {what}; expected for example 2,17-40"
                raise NoLines(message)
            found.append((begin, end))
        return cls(tuple(found))

    def __contains__(self, line: int) -> bool:
        """Whether this line was chosen."""
        return any(begin <= line <= end for begin, end in self.stretches)

    def without(self, lines: Collection[int]) -> tuple[str, ...]:
        """The parts of the list in which none of these lines lies."""
        return tuple(
            str(begin) if begin == end else f"{begin}-{end}"
            for begin, end in self.stretches
            if not any(begin <= line <= end for line in lines)
        )


class Published:
    """Which rows of which extracts were published from here already."""

    def __init__(self, file: Path, key: bytes) -> None:
        self._key = key
        self._database = sqlite3.connect(file)
        self._database.execute("pragma synchronous=full")
        self._database.execute("create table if not exists published (row text primary key) without rowid")
        file.chmod(0o600)

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._database.close()

    def __contains__(self, row: ExtractRow) -> bool:
        """Whether this very row was published."""
        found = self._database.execute("select 1 from published where row = ?", (self.digest(row),)).fetchone()
        return found is not None

    def note(self, rows: Iterable[ExtractRow]) -> None:
        """These are durable in the outbox."""
        with self._database:
            self._database.executemany(
                "insert or ignore into published values (?)", [(self.digest(row),) for row in rows]
            )

    def digest(self, row: ExtractRow) -> str:
        """The same for the same row whatever its line, another for any other; nobody else can make it."""
        said = sorted((name, value) for name, value in row.facts.items() if name != "record_id")
        what = repr((said, row.began, row.ended, row.status, row.risk, row.place))
        return hashlib.blake2b(what.encode(), key=self._key[:64], digest_size=16).hexdigest()
