"""When who is told of an absence changes although nobody says anything: moments that the clock raises.

A fold has no clock: what it knows of the present is the latest accepted time in it. Some rules look at the day or the
hour all the same: a school is asked on the morning after a night away; who is told because it is a child is not told
of an adult; an exclusion may end, or begin a day ahead and more, at a time decided beforehand. So that none waits for
somebody else's next message, the clock writes down that the moment has come (`hub.turns`).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from hub.deadlines import Deadline, at_one_moment
from hub.deadlines.case import adult_from
from hub.episode.model import ChildState, Episode
from hub.routing.rows import Rules
from hub.routing.school_days import school_asked_from
from hub.turns import TURN

__all__ = ["turning_points"]

SCHOOL: Final = "school_morning"
ADULT: Final = "eighteenth_birthday"
EXCLUSION: Final = "exclusion"

_SOURCE: Final = "time passes; what follows from it is in the routing table"


def turning_points(state: ChildState, rules: Rules) -> tuple[Deadline, ...]:
    """What time alone will change, as deadlines for the clock to raise; those that lie ahead of everything known.

    Each has one stage, overdue: `soon_at`, `due_at` and `overdue_at` are the same moment. Nobody owes them.
    """
    going_on = [each for each in state.episodes if each.is_open and each.cancelled is None and not each.deceased]
    if not going_on:
        return ()
    now = max(event.accepted_at for event in state.events)
    return tuple(
        at_one_moment(
            episode=episode.id,
            child=state.child,
            duty=f"{TURN}{name}",
            at=at,
            base_event=episode.anchor,
            source=_SOURCE,
        )
        for episode in going_on
        for name, at in _moments(state, episode, rules)
        if at > now
    )


def _moments(state: ChildState, episode: Episode, rules: Rules) -> Iterator[tuple[str, datetime]]:
    was_missing = episode.was_missing or episode.never_reported
    if was_missing and (morning := school_asked_from(episode, rules)) is not None:
        yield SCHOOL, morning
    if (birthday := adult_from(state.born)) is not None:
        yield ADULT, birthday
    for exclusion in state.exclusions:
        yield f"{EXCLUSION}.{exclusion.event}", exclusion.from_when
        if exclusion.lifted_at is not None:
            yield f"{EXCLUSION}.{exclusion.lifted_by}", exclusion.lifted_at
