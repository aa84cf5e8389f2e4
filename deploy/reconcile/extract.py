"""Reads an extract into rows that can be compared, in bounded memory; what cannot be used is listed by line.

A row needs a start that can be read; all else may be missing. Times are local (Europe/London) and become UTC; where a
format has no time of day, only days are compared. With the checks of the return on looked-after children the numbers
of the published checks stand in what is listed (564 to 567, 570, 571, 586, 1004 to 1006).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from deploy.linkage.reading import Fault, Faults, Watch, read_table
from deploy.linkage.records import IDENTIFIERS, unmatched
from deploy.reconcile.mapping import FACTS, SEVERAL_LINES, ExtractMapping, has_time
from hub.identity.folding import words
from hub.identity.placeholders import is_no_reference, without_placeholders
from schemas.records import AgencyKind, PhaseKind

_LOCAL: Final = ZoneInfo("Europe/London")
_NO_SUCH_HOUR: Final = "an hour that this night has not, because the clocks go forward"
_EARLIEST: Final = 1990
_END_FIRST: Final = "567"
_COLLECTION_BEGINS: Final = (4, 1)
"""Month and day on which a collection year of the return begins."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A time (aware UTC), or a whole day: then `at` is its local midnight."""

    at: datetime
    is_day: bool = False
    is_skipped: bool = field(default=False, compare=False, repr=False)
    """Was given as an hour that a March night has not, and is the hour after it."""

    @property
    def day(self) -> date:
        """The local day."""
        return self.at.astimezone(_LOCAL).date()

    @property
    def last(self) -> datetime:
        """The end of the day (which may have 23 or 25 hours), or the time itself."""
        if not self.is_day:
            return self.at
        return datetime.combine(self.day + timedelta(days=1), time(), _LOCAL).astimezone(UTC)

    @property
    def later_that_hour(self) -> "Moment | None":
        """The same time on the clock in the second of the two hours that an October night has twice; else None."""
        local = self.at.astimezone(_LOCAL).replace(fold=1)
        later = local.astimezone(UTC)
        return None if self.is_day or later == self.at else Moment(later)

    def __str__(self) -> str:
        """In local time, as people write it."""
        local = self.at.astimezone(_LOCAL)
        return f"{local:%d %b %Y}" if self.is_day else f"{local:%d %b %Y %H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractRow:
    """One absence, or one stretch of one, as the extract has it. `facts` are plain columns about the child.

    `unread` are the fields of the absence that say something which could not be read: an end that is not known is not
    that there was none.
    """

    line: int
    facts: Mapping[str, str]
    began: Moment
    ended: Moment | None
    status: PhaseKind | None
    risk: str | None
    place: str | None
    unread: frozenset[str] = frozenset()

    @property
    def child_ref(self) -> str:
        """The agency's own reference of the child; empty where it gave none, or what stands for none."""
        return _reference(self.facts.get("child_ref", ""))

    @property
    def episode_ref(self) -> str:
        """The agency's own reference of the absence; empty where it gave none, or what stands for none."""
        return _reference(self.facts.get("episode_ref", ""))

    @property
    def has_unread_end(self) -> bool:
        """True if it says when the absence ended, and that could not be read."""
        return "ended_at" in self.unread


def _reference(said: str) -> str:
    return "" if is_no_reference(said) else said


def read_extract(
    path: Path,
    mapping: ExtractMapping,
    sender: str,
    faults: Faults,
    watch: Watch = lambda _done, _of: None,
    *,
    year: int | None = None,
    kind: AgencyKind | None = None,
) -> Iterator[ExtractRow]:
    """The rows of an extract that can be compared, in its order; everything else is in `faults`.

    `sender` is the agency whose extract it is, and `kind` what it is, where that is known: whose mapping it is read by
    does not make it police. `year` is the collection year (that of its 31 March), for the checks.

    Raises:
        UnreadableFile: it is no table of the mapping's columns.
    """
    columns = {field: mapped.column for field, mapped in mapping.columns.items()}
    reader = _Reader(mapping, faults, sender, kind or mapping.sender_kind, year)
    rows = read_table(
        path,
        needed=[columns["began_at"]],
        known=tuple(columns.values()),
        faults=faults,
        watch=watch,
        delimiter=mapping.delimiter,
        one_line=[column for field, column in columns.items() if field not in SEVERAL_LINES],
    )
    for line, raw in rows:
        text = {field: raw.get(column, "").strip() for field, column in columns.items()}
        if (row := reader.row(line, text)) is not None:
            yield row


@dataclass(slots=True)
class _Reader:
    mapping: ExtractMapping
    faults: Faults
    sender: str
    sender_kind: AgencyKind
    year: int | None

    def row(self, line: int, text: Mapping[str, str]) -> ExtractRow | None:
        """The row, or None where it cannot be used."""
        began = self._moment(line, "began_at", text)
        ended = self._moment(line, "ended_at", text)
        if began is not None and ended is not None and ended.last <= began.at:
            ended = ended.later_that_hour or ended
        born = self._moment(line, "date_of_birth", text)
        status = self._coded(line, "status", text)
        facts = {name: text.get(name, "") for name in FACTS}
        facts |= {
            "sender": self.sender,
            "sender_kind": self.sender_kind.value,
            "record_id": str(line),
            "date_of_birth": born.day.isoformat() if born else "",
            "sex": self._coded(line, "sex", text) or "",
        }
        for column in IDENTIFIERS:
            if (wrong := unmatched(column, facts[column])) is not None:
                self._fault(line, column, wrong)
        problem = self._problem(text, began, ended, born)
        if problem is not None or began is None:
            column, said = problem or ("began_at", "the start is missing")
            self._fault(line, column, said, is_dropped=True)
            return None
        return ExtractRow(
            line=line,
            facts=facts,
            began=began,
            ended=ended,
            status=PhaseKind(status) if status else None,
            risk=self._coded(line, "risk", text),
            place=text.get("place") or None,
            unread=frozenset(
                name for name, known in (("ended_at", ended), ("status", status)) if text.get(name) and not known
            ),
        )

    def _problem(
        self, text: Mapping[str, str], began: Moment | None, ended: Moment | None, born: Moment | None
    ) -> tuple[str, str] | None:
        """The first rule that a row breaks so that it cannot be compared: field, and what is wrong."""
        checks: tuple[tuple[str, str, str, Callable[[], bool]], ...] = (
            (
                "began_at",
                "1004",
                f"the start is no date that can be read; expected {self.mapping.columns['began_at'].expected}",
                lambda: bool(text.get("began_at")) and not began,
            ),
            ("began_at", "564", "a type without a start", lambda: began is None and bool(text.get("status"))),
            ("began_at", "566", "an end without a start", lambda: began is None and ended is not None),
            (
                "status",
                "565",
                "a start without a type",
                lambda: self._is_903 and bool(began) and not text.get("status"),
            ),
            (
                "ended_at",
                _END_FIRST,
                "the end lies before the start",
                lambda: bool(began and ended and ended.last < began.at),
            ),
            ("ended_at", _END_FIRST, "the end is the start", lambda: bool(began and ended and ended.last == began.at)),
            ("began_at", "586", "the start lies before the birth", lambda: bool(began and born and began.at < born.at)),
            ("began_at", "570", "the start lies after the collection year", lambda: self._is_after_year(began)),
            ("ended_at", "571", "the end lies outside the collection year", lambda: self._is_outside_year(ended)),
        )
        for column, number, what, is_broken in checks:
            if is_broken():
                is_by_the_clock = any(each is not None and each.is_skipped for each in (began, ended))
                why = f": one of them is {_NO_SUCH_HOUR}" if number == _END_FIRST and is_by_the_clock else ""
                return column, f"{what}{why} (check {number})" if self._is_903 else f"{what}{why}"
        return None

    @property
    def _is_903(self) -> bool:
        return self.mapping.checks == "903"

    def _is_after_year(self, began: Moment | None) -> bool:
        return self._is_903 and self.year is not None and began is not None and began.day > date(self.year, 3, 31)

    def _is_outside_year(self, ended: Moment | None) -> bool:
        if not self._is_903 or self.year is None or ended is None:
            return False
        return not date(self.year - 1, *_COLLECTION_BEGINS) <= ended.day <= date(self.year, 3, 31)

    def _moment(self, line: int, field: str, text: Mapping[str, str]) -> Moment | None:
        said = text.get(field)
        if not said:
            return None
        for one in self.mapping.columns[field].formats:
            try:
                local = datetime.strptime(said, one)  # noqa: DTZ007 - made aware below
            except ValueError:
                continue
            if not _EARLIEST - (80 if field == "date_of_birth" else 0) <= local.year <= 2100:  # noqa: PLR2004
                break
            if not has_time(one):
                return Moment(datetime.combine(local, time(), _LOCAL).astimezone(UTC), is_day=True)
            found = (local if local.tzinfo else local.replace(tzinfo=_LOCAL)).astimezone(UTC)
            clock = found.astimezone(_LOCAL)
            is_skipped = local.tzinfo is None and clock.replace(tzinfo=None) != local
            if is_skipped:
                self._fault(line, field, f"{_NO_SUCH_HOUR}; read as {clock:%H:%M}")
            return Moment(found, is_skipped=is_skipped)
        if field != "began_at":
            number = " (check 1005)" if self._is_903 else ""
            expected = self.mapping.columns[field].expected
            self._fault(line, field, f"no date that can be read, expected {expected}; treated as not known{number}")
        return None

    def _coded(self, line: int, field: str, text: Mapping[str, str]) -> str | None:
        said = text.get(field)
        if not said:
            return None
        meaning = self.mapping.meaning(field, said)
        if meaning is None and field == "sex" and _says_not_known(said):
            return None
        if meaning is None:
            number = " (check 1006)" if self._is_903 and field == "status" else ""
            known = ", ".join(self.mapping.words(field))
            self._fault(
                line, field, f"a word the mapping does not know, expected {known}; treated as not known{number}"
            )
        return meaning

    def _fault(self, line: int, field: str, problem: str, *, is_dropped: bool = False) -> None:
        column = self.mapping.columns[field].column if field in self.mapping.columns else field
        self.faults.add(Fault(line=line, column=column, problem=problem, is_dropped=is_dropped))


def _says_not_known(said: str) -> bool:
    """True for the words of codes for a sex that nobody knows: U, Unknown, Not specified."""
    found = words(said)
    return found == ("u",) or bool(found and not without_placeholders(found))
