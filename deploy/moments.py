"""Times and numbers as people type them, and as the screen shows them.

What is typed without a zone is local time in Britain; what is shown names its zone in full or is local and says so
in the column's title. A stretch of time is shown in the two largest units.

In the night when clocks go back an hour comes twice, and when they go forward one is left out. Nobody guesses which is
meant: an hour with its day that came twice, or never, is refused with what to type instead.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.errors import HomewardError

BRITAIN: Final = ZoneInfo("Europe/London")

_HOUR: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_DATE: Final = len("2026-11-24")


class NotATime(HomewardError):
    """Text that is no time, or no date."""


def moment(text: str, now: datetime | None = None) -> datetime:
    """A time from an option: `2026-11-24T21:30`, `2026-11-24 21:30`, with a zone or in British local time; or `21:30`
    for the last time it was half past nine, by `now` (a demonstration's clock runs ahead) or else by this machine.
    Aware UTC.

    Raises:
        NotATime: it is none of these; or it is one that came twice, or never, because clocks were changed.
    """
    text = text.strip()
    try:
        if (hour := _HOUR.fullmatch(text)) is not None:
            return _last(time(int(hour[1]), int(hour[2])), _now(now))
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotATime(_no_time(text)) from error
    if len(text) <= _DATE:
        raise NotATime(_no_time(text))
    return read.astimezone(UTC) if read.tzinfo else _the_one(read)


def over(text: str, now: datetime) -> datetime:
    """The same, of a time that is over by `now`.

    Raises:
        NotATime: as above; or it lies ahead.
    """
    when = moment(text, now)
    if when > now:
        local = now.astimezone(BRITAIN)
        message = (
            f"{text.strip()!r} lies ahead; expected a time that is over, such as 19:00 or "
            f"{local - timedelta(hours=12):%Y-%m-%dT%H:%M} (at the hub it is {local:%Y-%m-%dT%H:%M})"
        )
        raise NotATime(message)
    return when


def _no_time(text: str) -> str:
    return f"{text!r} is not a time; expected 21:30, or 2026-11-24T21:30 (British local time, or with a zone)"


def _last(hour: time, now: datetime) -> datetime:
    """The last time that clocks in Britain showed this hour."""
    today = datetime.combine(now.date(), hour)
    if not _meant(today) and today < now.replace(tzinfo=None):
        raise NotATime(_left_out(today))
    shown = [when for day in (today - timedelta(days=1), today) for when in _meant(day)]
    return max(when for when in shown if when <= now)


def _the_one(local: datetime) -> datetime:
    """When clocks in Britain showed this, if they did so once."""
    meant = _meant(local)
    if not meant:
        raise NotATime(_left_out(local))
    if len(meant) > 1:
        first, second = (when.astimezone(BRITAIN).isoformat(timespec="minutes") for when in meant)
        message = (
            f"{local:%H:%M} came twice on {local:%d %B %Y}, because clocks went back; "
            f"expected {first} for the first time, or {second} for the second"
        )
        raise NotATime(message)
    return meant[0]


def _meant(local: datetime) -> list[datetime]:
    """Every time (UTC, in order) at which clocks in Britain showed this: one as a rule, or two, or none."""
    both = {local.replace(tzinfo=BRITAIN, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(when for when in both if when.astimezone(BRITAIN).replace(tzinfo=None) == local)


def _left_out(local: datetime) -> str:
    return (
        f"no clock showed {local:%H:%M} on {local:%d %B %Y}, because clocks went forward; "
        f"expected an hour earlier or later, or one with its zone: {local:%Y-%m-%dT%H:%M}Z"
    )


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


def clock(when: datetime | None, now: datetime | None = None) -> str:
    """A time as a duty officer reads it: the hour, and the day if it is not today; British local time.

    Today is the day of `now`, where the hub's time may be another than this machine's.
    """
    if when is None:
        return ""
    local = when.astimezone(BRITAIN)
    return local.strftime("%H:%M" if local.date() == _now(now).date() else "%d %b %H:%M")


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


def _now(now: datetime | None) -> datetime:
    return datetime.now(BRITAIN) if now is None else now.astimezone(BRITAIN)
