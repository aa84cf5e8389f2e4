"""Until when what is routine waits, so that nothing routine rings at night: the hours of a desk's day team.

Where the directory names no day team, the day of the delivery rules holds. What must be seen at once waits for nobody;
whether something must is for others to say. What is held for the day waits for the hour at which its recipient wants
what can wait, where the directory says that, and otherwise until somebody of the day team is there.
"""

import re
from datetime import datetime, time, timedelta
from typing import Final

from hub.deadlines.calendars import LONDON
from hub.delivery.points import Seat
from hub.delivery.rota import day_team, is_on_duty, next_start
from hub.delivery.rules import DeliveryRules
from hub.directory import Directory

_HOUR: Final = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")


def until_awake(directory: Directory, rules: DeliveryRules, seat: Seat, when: datetime) -> datetime:
    """The same moment (aware), or the next at which somebody of the desk's day team is there."""
    row = day_team(directory, *seat)
    if row is not None:
        return when if is_on_duty(row, when) else next_start(row, when) or when
    if rules.day_from <= when.astimezone(LONDON).time() < rules.day_to:
        return when
    return _next(rules.day_from, when)


def held_until(directory: Directory, rules: DeliveryRules, seat: Seat, when: datetime) -> datetime:
    """When information that came at a moment (aware) and is held for the day is to be shown: that moment, or later."""
    entry = directory.agency(seat[0])
    wished = None if entry is None or entry.delivery is None else entry.delivery.information_at
    hour = _HOUR.fullmatch(wished or "")
    if hour is None:
        return until_awake(directory, rules, seat, when)
    return _next(time(int(hour[1]), int(hour[2])), when)


def _next(hour: time, when: datetime) -> datetime:
    """The next moment, from this one on, at which it is so late by the local clock."""
    local = when.astimezone(LONDON)
    day = local.date() if local.time() <= hour else local.date() + timedelta(days=1)
    return datetime.combine(day, hour, tzinfo=LONDON).astimezone(when.tzinfo)
