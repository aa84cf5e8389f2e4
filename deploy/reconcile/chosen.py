"""Turns chosen rows of an extract into the reports that the agency would have sent: a start, and the end if any.

What was published once is remembered beside the agency's outbox, by a keyed digest of the row, so that an import that
is run again, or goes on after it was interrupted, sends nothing twice. Should it die between sending and remembering,
one row is reported again, which the hub takes as the second report of the same absence.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy.reconcile.extract import ExtractRow
from schemas.errors import HomewardError
from schemas.records import (
    Address,
    AgencyMessage,
    BirthPrecision,
    ChildReturned,
    ExternalRef,
    Identifier,
    IdentifierKind,
    LastSeen,
    MissingReported,
    Person,
    PhaseKind,
    ReportedStatus,
    ReturnedTo,
    Sex,
)

_STATUS: Final = {PhaseKind.AWAY: ReportedStatus.AWAY}
_HOLDER: Final = "import"
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


def reports_of(row: ExtractRow, now: datetime) -> tuple[AgencyMessage, ...]:
    """The reports that a row stands for, the earlier first. A time known by day alone is that day's local midnight."""
    facts = row.facts
    child_ref = row.child_ref or None
    episode_ref = facts.get("episode_ref") or f"{_HOLDER}-{child_ref or row.line}-{row.began.day:%Y%m%d}"
    missing = MissingReported(
        child_ref=child_ref,
        episode_ref=episode_ref,
        occurred_at=row.began.at,
        recorded_at=now,
        external_refs=tuple(_quoted(facts.get("other_refs", ""))),
        person=_person(facts),
        last_seen=LastSeen(at=row.began.at, place=row.place),
        status=_STATUS.get(row.status, ReportedStatus.MISSING) if row.status else ReportedStatus.MISSING,
    )
    if row.ended is None:
        return (missing,)
    returned = ChildReturned(
        child_ref=child_ref,
        episode_ref=episode_ref,
        occurred_at=row.ended.at,
        recorded_at=now,
        returned_at=row.ended.at,
        to=ReturnedTo.UNKNOWN,
    )
    return (missing, returned)


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
        found = self._database.execute("select 1 from published where row = ?", (self._digest(row),)).fetchone()
        return found is not None

    def note(self, rows: Iterable[ExtractRow]) -> None:
        """These are durable in the outbox."""
        with self._database:
            self._database.executemany(
                "insert or ignore into published values (?)", [(self._digest(row),) for row in rows]
            )

    def _digest(self, row: ExtractRow) -> str:
        said = sorted((name, value) for name, value in row.facts.items() if name != "record_id")
        what = repr((said, row.began, row.ended, row.status, row.risk, row.place))
        return hashlib.blake2b(what.encode(), key=self._key[:64], digest_size=16).hexdigest()


def _person(known: Mapping[str, str]) -> Person:
    born = known.get("date_of_birth") or None
    return Person(
        given_names=known.get("given_names") or None,
        family_name=known.get("family_name") or None,
        date_of_birth=date.fromisoformat(born) if born else None,
        birth_precision=BirthPrecision.DAY if born else BirthPrecision.UNKNOWN,
        sex=Sex(known["sex"]) if known.get("sex") else Sex.UNKNOWN,
        identifiers=tuple(_identifiers(known)),
        home=_address(known, "home"),
        placement_address=_address(known, "placement"),
    )


def _identifiers(known: Mapping[str, str]) -> Iterator[Identifier]:
    for column, kind in (("nhs_number", IdentifierKind.NHS_NUMBER), ("upn", IdentifierKind.UPN)):
        if known.get(column):
            yield Identifier(kind=kind, value=known[column])


def _address(known: Mapping[str, str], which: str) -> Address | None:
    line, postcode = known.get(f"{which}_line"), known.get(f"{which}_postcode")
    return Address(line=line or None, postcode=postcode or None) if line or postcode else None


def _quoted(text: str) -> Iterator[ExternalRef]:
    for one in filter(None, (part.strip() for part in text.split(";"))):
        agency, _, value = one.rpartition(":")
        yield ExternalRef(agency=agency or None, value=value)
