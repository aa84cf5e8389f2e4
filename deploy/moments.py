"""Times and numbers as people type them, and as the screen shows them.

What is typed without a zone is local time in Britain; what is shown names its zone in full or is local and says so
in the column's title. A stretch of time is shown in the two largest units.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.errors import HomewardError

BRITAIN: Final = ZoneInfo("Europe/London")


class NotATime(HomewardError):
    """Text that is no time, or no date."""


def moment(text: str) -> datetime:
    """A time from an option: `2026-11-24T21:30`, `2026-11-24 21:30`, with a zone or in British local time; or `21:30`
    for the last time it was half past nine. Aware UTC.

    Raises:
        NotATime: it is none of these.
    """
    now = datetime.now(BRITAIN)
    try:
        if len(text) <= len("21:30"):
            hour, minute = text.split(":")
            today = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
            return (today if today <= now else today - timedelta(days=1)).astimezone(UTC)
        read = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a time; expected 21:30, or 2026-11-24T21:30 (British local time, or with a zone)"
        raise NotATime(message) from error
    return (read if read.tzinfo else read.replace(tzinfo=BRITAIN)).astimezone(UTC)


def day(text: str) -> date:
    """A date from an option, `2011-03-02`.

    Raises:
        NotATime: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a date; expected year, month, day: 2011-03-02"
        raise NotATime(message) from error


def clock(when: datetime | None) -> str:
    """A time as a duty officer reads it: the hour, and the day if it is not today; British local time."""
    if when is None:
        return ""
    local = when.astimezone(BRITAIN)
    return local.strftime("%H:%M" if local.date() == datetime.now(BRITAIN).date() else "%d %b %H:%M")


def how_many(number: int, one: str) -> str:
    """A number of things: `no notices`, `1 notice`, `2 notices`."""
    return f"{number or 'no'} {one}" + ("" if number == 1 else "s")


def stretch(seconds: float) -> str:
    """A length of time in its two largest units: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    minutes, hours, days = int(seconds) // 60, int(seconds) // 3600, int(seconds) // 86400
    if minutes < 1:
        return f"{int(seconds)} s"
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"
