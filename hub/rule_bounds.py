"""How large a number, a time or a date in the rules may be: stated once, for every table.

What lies outside is a slip of the pen, and a hub that took it on would run out of the calendar, or count for ever, on
the next message. It is refused with its line before it is in force.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Final

from hub.rule_text import Table

_SHORT: Final = re.compile(r"([0-9]{1,4})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The shortest and the longest that a time may be, and both in words."""

    least: timedelta
    most: timedelta
    words: str

    def check(self, table: Table, key: str, given: timedelta) -> timedelta:
        """The time given under a key; refused where it is shorter or longer."""
        if not self.least <= given <= self.most:
            table.refuse(key, f"{key!r} is {self.words}")
        return given


_CENTURY: Final = timedelta(days=36_525)

OWED: Final = Span(least=timedelta(0), most=_CENTURY, words="at most 100 years")
"""From a base to what is owed, and before and after that."""
STEP: Final = Span(least=timedelta(days=1), most=_CENTURY, words="from 1 day to 100 years")
"""Between two steps of a duty that comes again."""
ASKED: Final = Span(least=timedelta(minutes=1), most=timedelta(days=366), words="from 1 minute to 366 days")
"""What an action, or a person asked to look at something, has."""
DELIVERED: Final = Span(least=timedelta(seconds=30), most=timedelta(days=31), words="from 30 seconds to 31 days")
"""How soon a notice is opened, and how long silence lasts before it is noticed."""
SENT_AGAIN: Final = Span(least=timedelta(seconds=10), most=timedelta(days=29), words="from 10 seconds to 29 days")
"""When unread mail is sent again: before the broker drops it, after 30 days."""

CONTACTS: Final = (1, 100)
"""How many are tried before somebody is asked to telephone."""
REPEATS: Final = (2, 100)
"""How many absences are many."""
REPEAT_DAYS: Final = (1, 3660)
"""Within how many days: ten years at most."""
_CLOSED: Final = timedelta(days=366)
"""No school is closed for longer."""


def number(table: Table, key: str, bounds: tuple[int, int]) -> int:
    """A whole number under a required key, between these two."""
    given = table.values.get(key)
    least, most = bounds
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        table.refuse(key, f"{key!r} must be a whole number from {least} to {most}")
    return given


def short_time(table: Table, key: str, span: Span, units: Collection[str] = "mh") -> timedelta:
    """A time such as `15m` under a required key, in these units."""
    match = _SHORT.fullmatch(table.text(key))
    if match is None or match[2] not in units:
        examples = [text for unit, text in (("s", "60s"), ("m", "15m"), ("h", "24h")) if unit in units]
        said = " or ".join(filter(None, (", ".join(f'"{text}"' for text in examples[:-1]), f'"{examples[-1]}"')))
        table.refuse(key, f"a time is written {said}")
    return span.check(table, key, timedelta(**{_UNITS[match[2]]: int(match[1])}))


def hour(table: Table, key: str) -> time:
    """A time of day under a required key."""
    match = _CLOCK.fullmatch(table.text(key))
    if match is None:
        table.refuse(key, f'{key!r}: a time of day is written "08:00"')
    return time(int(match[1]), int(match[2]))


def closed_days(table: Table) -> tuple[str, str]:
    """The first and the last day on which schools are closed, as the calendar writes days: 2026-07-22."""
    first, last = _day(table, "from"), _day(table, "to")
    if last < first:
        table.refuse("to", f"'to' ({last}) lies before 'from' ({first})")
    if last - first > _CLOSED:
        table.refuse("to", f"no school is closed for more than a year, and from {first} to {last} it would be")
    return first.isoformat(), last.isoformat()


def _day(table: Table, key: str) -> date:
    text = table.text(key)
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        table.refuse(key, f'{text!r} is no day of the calendar; a day is written "2026-07-22"')
