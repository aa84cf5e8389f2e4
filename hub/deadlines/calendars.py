"""Working days and periods of time: how long after a moment a duty is due, in the calendar of whoever owes it.

Rules:
- minutes and hours are elapsed time, weekends and nights included; when clocks change, 24 hours are still 24 hours;
- days, months and years keep the local time of day; a month that lacks the day ends on its last;
- working days leave out Saturdays, Sundays and the bank holidays of the nation of whoever owes (the bank holidays as
  proclaimed, by the package `holidays`); the first one counted is the first after the local day of the base, and the
  duty is due at the end of the last, which is `end_of_day` of the rules: whole days are counted in law.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from hub.deadlines.model import Pause
from schemas.records import Nation

LONDON: Final = ZoneInfo("Europe/London")
"""One time zone holds for all nations here."""

_SUBDIVISIONS: Final = {
    Nation.ENGLAND: "ENG",
    Nation.WALES: "WLS",
    Nation.SCOTLAND: "SCT",
    Nation.NORTHERN_IRELAND: "NIR",
    Nation.UNKNOWN: "ENG",
}
_SATURDAY: Final = 5
_MONTHS: Final = 12


class Unit(StrEnum):
    """In what a period is counted."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WORKING_DAY = "working day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """So many of a unit."""

    number: int
    unit: Unit

    def __str__(self) -> str:
        """As the rules write it: `1 working day`, `72 hours`."""
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"

    @property
    def elapsed(self) -> timedelta | None:
        """The same as elapsed time, for minutes and hours; None for what a calendar has to say."""
        match self.unit:
            case Unit.MINUTE:
                return timedelta(minutes=self.number)
            case Unit.HOUR:
                return timedelta(hours=self.number)
            case _:
                return None


def after(base: datetime, period: Period, nation: Nation, end_of_day: time) -> datetime:
    """The moment a period after `base` ends (UTC), in the calendar of a nation."""
    elapsed = period.elapsed
    if elapsed is not None:
        return base + elapsed
    local = base.astimezone(LONDON)
    match period.unit:
        case Unit.WORKING_DAY:
            day = _working_day(local.date(), period.number, nation)
            return datetime.combine(day, end_of_day, LONDON).astimezone(UTC)
        case Unit.DAY:
            day = local.date() + timedelta(days=period.number)
        case Unit.MONTH:
            day = _months_later(local.date(), period.number)
        case _:
            day = _months_later(local.date(), period.number * _MONTHS)
    return datetime.combine(day, local.time(), LONDON).astimezone(UTC)


def after_pauses(base: datetime, running: timedelta, pauses: Sequence[Pause]) -> tuple[datetime, tuple[Pause, ...]]:
    """When so much time has run since `base` outside the pauses, and the pauses that moved it, joined and in order.

    A pause that begins only when the time is over moves nothing. One that still lasts stands last, and the time given
    is the one that would hold if it ended at once.
    """
    due = base + running
    if not pauses:
        return due, ()
    counted: list[Pause] = []
    for pause in _joined(pauses):
        if pause.began >= due:
            break
        if pause.ended is None:
            counted.append(pause)
            break
        began = max(pause.began, base)
        if pause.ended > began:
            counted.append(pause)
            due += pause.ended - began
    return due, tuple(counted)


def prepare(year: int) -> None:
    """Look up the bank holidays of this year and the next now, else the first working day asked for waits for it."""
    for subdivision in _SUBDIVISIONS.values():
        for each in (year, year + 1):
            _bank_holidays(subdivision, each)


def is_working_day(day: date, nation: Nation) -> bool:
    """True unless it is a Saturday, a Sunday or a bank holiday of that nation."""
    return day.weekday() < _SATURDAY and day not in _bank_holidays(_SUBDIVISIONS[nation], day.year)


def _joined(pauses: Sequence[Pause]) -> list[Pause]:
    """Overlapping pauses as one each, in order; the first gives its reason."""
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda each: (each.began, each.why, each.event)):
        if pause.ended is not None and pause.ended <= pause.began:
            continue
        last = found[-1] if found else None
        if last is None or (last.ended is not None and last.ended < pause.began):
            found.append(pause)
        elif last.ended is not None and (pause.ended is None or pause.ended > last.ended):
            found[-1] = Pause(began=last.began, ended=pause.ended, why=last.why, event=last.event)
    return found


@lru_cache(maxsize=4096)
def _working_day(start: date, number: int, nation: Nation) -> date:
    """The nth working day after a day; the day itself for none."""
    day = start
    for _ in range(number):
        day += timedelta(days=1)
        while not is_working_day(day, nation):
            day += timedelta(days=1)
    return day


@cache
def _bank_holidays(subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year, expand=False))


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
