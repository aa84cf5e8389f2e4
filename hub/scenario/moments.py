"""Local times as people write them in a scenario: `Fri 27 Mar 23:10`, `Sat 02:15`, `22:40`, `2026-03-27 23:10`.

A time is local to the scenario's place (London unless it says otherwise) and becomes aware UTC. What is left out comes
from what stands before it: a time of day alone is the next one from there on (or the last one before, where a field
tells of the past), a weekday alone the next such day. A weekday that does not fit its date, and an hour that a change
of the clocks leaves out, are refused; of an hour that comes twice the first is meant unless `GMT` or `BST` says which.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from hub.scenario.document import Word

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCKS: Final = {"gmt": timedelta(0), "bst": timedelta(hours=1), "utc": timedelta(0)}

_TIME: Final = re.compile(
    r"""^(?:(?P<weekday>[A-Za-z]{3,9})\s*,?\s*)??
        (?:(?P<iso>\d{4}-\d{2}-\d{2})[T\s]* | (?P<day>\d{1,2})\s+(?P<month>[A-Za-z]{3,9})(?:\s+(?P<year>\d{4}))?,?\s*)?
        (?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?
        (?:\s*(?P<clock>GMT|BST|UTC|gmt|bst|utc|Z))?$""",
    re.VERBOSE,
)
_SHAPES: Final = "a time is written like 23:10, Sat 02:15, Fri 27 Mar 23:10 or 2026-03-27 23:10"
_AFTER: Final = re.compile(r"^\s*\+\s*(?P<amount>\d{1,6})\s*(?P<unit>min|m|h|d)\s*$")
_END: Final = re.compile(r"^\s*end of\s+(?P<day>\S.*)$")
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2150
_YEARS: Final = f"a scenario speaks of the years from {_FIRST_YEAR} to {_LAST_YEAR}"


class Side(Enum):
    """On which side of a moment the rest of a time is looked for."""

    NEXT = "next"
    LAST = "last"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where the scenario takes place, and the year meant where none is written."""

    zone: ZoneInfo
    year: int

    def local(self, moment: datetime) -> datetime:
        """The moment as the people of the scenario see it."""
        return moment.astimezone(self.zone)

    def words(self, moment: datetime) -> str:
        """The moment as people write it: `Fri 27 Mar 23:10`, with the year where it is another one."""
        local = self.local(moment)
        year = "" if local.year == self.year else f" {local.year}"
        seconds = f":{local:%S}" if local.second else ""
        return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}{seconds}"

    def day(self, word: Word) -> date:
        """A date: `2011-03-01` or `1 Mar 2011`."""
        found = _TIME.match(word.text.strip())
        if found is None or found["hour"] or not (found["iso"] or found["day"]):
            raise word.refused(f"{word.text!r} is no date; write 2011-03-01")
        return self._date(word, found)

    def moment(self, word: Word, near: datetime | None, side: Side = Side.NEXT) -> datetime:
        """The moment that a word means, as aware UTC.

        Where only a part is written, `near` is what the rest is taken from, on the given side of it.
        """
        if near is not None and (after := _AFTER.match(word.text)):
            return _played(word, near + int(after["amount"]) * _UNITS[after["unit"]])
        if (end := _END.match(word.text)) is not None:
            return self.moment(Word(word.file, word.line, f"{end['day']} 23:59"), near, side)
        found = _TIME.match(word.text.strip())
        if found is None or (found["hour"] is None and not (found["iso"] or found["day"] or found["weekday"])):
            raise word.refused(f"{word.text!r} is no time; {_SHAPES}")
        if found["hour"] is None:
            raise word.refused(f"{word.text!r} has no time of day; {_SHAPES}")
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - the clock's own numbers
            raise word.refused(f"{word.text!r} is no time of day")
        if found["iso"] or found["day"]:
            day = self._date(word, found)
            return self._at(word, day, (hour, minute, second), found["clock"])
        if near is None:
            raise word.refused(f"{word.text!r} needs its day here, because nothing before it has one: Fri 27 Mar 23:10")
        return self._near(word, found, (hour, minute, second), near, side)

    def _near(
        self, word: Word, found: re.Match[str], time: tuple[int, int, int], near: datetime, side: "Side"
    ) -> datetime:
        """The moment of this weekday and time that lies nearest on the right side."""
        wanted = _weekday(word, found["weekday"]) if found["weekday"] else None
        start = self.local(near).date()
        moments = []
        for days in range(-8, 9):
            day = start + timedelta(days=days)
            if wanted is None or day.weekday() == wanted:
                moment = self._at(word, day, time, found["clock"], is_strict=abs(days) < 2)  # noqa: PLR2004
                if (side is not Side.LAST or moment <= near) and (side is not Side.NEXT or moment >= near):
                    moments.append(moment)
        return min(moments, key=lambda moment: (abs(moment - near), moment))

    def _date(self, word: Word, found: re.Match[str]) -> date:
        try:
            if found["iso"]:
                day = date.fromisoformat(found["iso"])
            else:
                month = _month(word, found["month"])
                day = date(int(found["year"] or self.year), month, int(found["day"]))
        except ValueError:
            raise word.refused(f"{word.text!r}: there is no such day") from None
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise word.refused(f"{word.text!r}: {_YEARS}")
        if found["weekday"] and day.weekday() != _weekday(word, found["weekday"]):
            raise word.refused(f"{word.text!r}: {day.day} {day:%B %Y} is a {_DAY_NAMES[day.weekday()]}")
        return day

    def _at(
        self, word: Word, day: date, time: tuple[int, int, int], clock: str | None, *, is_strict: bool = True
    ) -> datetime:
        naive = datetime(day.year, day.month, day.day, *time)  # noqa: DTZ001 - its zone comes next
        if clock:
            return (naive - _CLOCKS.get(clock.lower(), timedelta(0))).replace(tzinfo=UTC)
        moment = naive.replace(tzinfo=self.zone).astimezone(UTC)
        if is_strict and moment.astimezone(self.zone).replace(tzinfo=None) != naive:
            raise word.refused(f"{word.text!r} does not exist: the clocks go forward over it that night")
        return moment


def _played(word: Word, moment: datetime) -> datetime:
    """The moment, where it lies in the years that a scenario may speak of."""
    if _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return moment
    raise word.refused(f"{word.text!r}: {_YEARS}")


def _weekday(word: Word, name: str) -> int:
    short = name.lower()[:3]
    if short not in _DAYS or not _DAY_NAMES[_DAYS.index(short)].lower().startswith(name.lower()):
        raise word.refused(f"{name!r} is no day of the week; {_SHAPES}")
    return _DAYS.index(short)


def _month(word: Word, name: str) -> int:
    short = name.lower()[:3]
    if short not in _MONTHS:
        raise word.refused(f"{name!r} is no month; {_SHAPES}")
    return _MONTHS.index(short) + 1
