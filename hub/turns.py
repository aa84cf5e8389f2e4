"""That a time has come, as an event of a child's log: where it stands, and what was known before it.

Some rules of who is told look at the day or the hour (`hub.routing.turning_points`). When such a moment comes, the
clock writes it down, as `DeadlineRaised` under a name that begins with `time.`. That event says nothing but that time
has passed; what is owed since is owed because of it, so it is the cause of the notices that follow.

It stands behind the newest message that the clock knew, at that message's own place in the order. As of that message
it had not happened yet, nor had anybody been told because of it: a re-run after a crash asks as of each event in turn,
and has to find what was found the first time.
"""

from collections.abc import Iterable
from typing import Final

from hub.event import Event
from hub.ids import EventId
from schemas.records import DeadlineRaised, Told

__all__ = ["TURN", "in_order", "is_turn", "known_as_of", "place", "what_has_come"]

TURN: Final = "time."
"""What the names under which the clock raises them begin with."""


def is_turn(event: Event) -> bool:
    """Whether it says only that a time has come."""
    return bool(what_has_come(event))


def what_has_come(event: Event) -> str:
    """The name of the moment that has come; empty for any other event."""
    body = event.body
    return body.duty.removeprefix(TURN) if isinstance(body, DeadlineRaised) and body.duty.startswith(TURN) else ""


def place(event: Event) -> tuple[int, float, str]:
    """Where an event stands among those of its child: what the clock said of the time behind the message before it."""
    return (event.order, event.accepted_at.timestamp(), event.id) if is_turn(event) else (event.order, 0.0, "")


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events in the order of the log."""
    return sorted(events, key=place)


def known_as_of(events: Iterable[Event], event: Event) -> list[Event]:
    """What of these events was known as of one of them, itself included."""
    placed, up_to = [(each, place(each)) for each in events], place(event)
    later = {each.id for each, at in placed if at > up_to and is_turn(each)}
    return [
        each
        for each, at in placed
        if at <= up_to and not (later and isinstance(each.body, Told) and EventId(each.body.cause) in later)
    ]
