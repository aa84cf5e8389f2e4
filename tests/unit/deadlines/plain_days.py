"""Days on which offices are open, one by one, with the bank holidays of each nation written out as published."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_ENGLAND_AND_WALES = {
    date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31),
    date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29),
}  # fmt: skip
_SCOTLAND = {
    date(2026, 1, 1), date(2026, 1, 2), date(2026, 4, 3), date(2026, 5, 4), date(2026, 5, 25), date(2026, 6, 15),
    date(2026, 8, 3), date(2026, 11, 30), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 1, 4),
    date(2027, 3, 26),
}  # fmt: skip
CLOSED = {"england": _ENGLAND_AND_WALES, "wales": _ENGLAND_AND_WALES, "scotland": _SCOTLAND}


def end_of_working_day(when: datetime, number: int, nation: str) -> datetime:
    """One minute to midnight of the nth day after, counting those on which offices of the nation are open."""
    day = when.astimezone(LONDON).date()
    while number:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in CLOSED[nation]:
            number -= 1
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=LONDON)


def days_later(when: datetime, number: int) -> datetime:
    """The same time on the wall so many days later."""
    there = when.astimezone(LONDON)
    day = there.date() + timedelta(days=number)
    return datetime(day.year, day.month, day.day, there.hour, there.minute, tzinfo=LONDON)
