"""Until when what is routine waits, so that nothing routine rings at night: the hours of a desk's day team.

Where the directory names no day team, the day of the delivery rules holds. What must be seen at once waits for nobody;
whether something must is for others to say.
"""

from datetime import datetime, timedelta

from hub.deadlines.calendars import LONDON
from hub.delivery.points import Seat
from hub.delivery.rota import day_team, is_on_duty, next_start
from hub.delivery.rules import DeliveryRules
from hub.directory import Directory


def until_awake(directory: Directory, rules: DeliveryRules, seat: Seat, when: datetime) -> datetime:
    """The same moment (aware), or the next at which somebody of the desk's day team is there."""
    row = day_team(directory, *seat)
    if row is not None:
        return when if is_on_duty(row, when) else next_start(row, when) or when
    local = when.astimezone(LONDON)
    if rules.day_from <= local.time() < rules.day_to:
        return when
    day = local.date() if local.time() < rules.day_from else local.date() + timedelta(days=1)
    return datetime.combine(day, rules.day_from, tzinfo=LONDON).astimezone(when.tzinfo)
