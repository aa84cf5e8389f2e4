"""On which days a school is asked about a child of its own, and from when in an absence.

Bank holidays are those of the nation; holidays of schools and the table of them stand in the rules.
"""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from hub.episode.model import Episode
from hub.routing.rows import Rules

__all__ = ["is_school_day", "school_asked_from"]

_LONDON: Final = ZoneInfo("Europe/London")
_SUBDIVISIONS: Final = {"wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
_SATURDAY: Final = 5
_EVENING: Final = 18
"""The local hour from which no school is asked any more (c)."""
_MORNING: Final = 8
"""The local hour from which a school is asked (c): nobody at a school is asked at night."""
_LONG: Final = 60
"""Days after which no further school day is looked for."""


def school_asked_from(episode: Episode, rules: Rules) -> datetime | None:
    """From when the child's school is asked about an absence (aware); None where it never is, for all that is known.

    On the school day on which it was reported, unless it is evening by then; else on the morning of the next one.
    """
    reports = [report.accepted_at for report in episode.reports if not report.is_cancelled]
    if not reports or episode.school is None:
        return None
    reported = min(reports)
    local = reported.astimezone(_LONDON)
    for number in range(_LONG + 1):
        day = local.date() + timedelta(days=number)
        if (number or local.hour < _EVENING) and is_school_day(day, episode.nation, rules):
            morning = datetime(day.year, day.month, day.day, _MORNING, tzinfo=_LONDON)
            return max(reported, morning.astimezone(reported.tzinfo))
    return None


def is_school_day(day: date, nation: str, rules: Rules) -> bool:
    """Whether schools of a nation are open on a day, as far as calendar and rules know."""
    is_closed = any(start <= day.isoformat() <= end for start, end in rules.school_closed)
    is_holiday = day in _bank_holidays(_SUBDIVISIONS.get(nation, "ENG"), day.year)
    return day.weekday() < _SATURDAY and not is_closed and not is_holiday


@cache
def _bank_holidays(subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year))
