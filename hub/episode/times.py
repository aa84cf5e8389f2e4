"""When a message says something happened, and when its sender wrote it down; never later than it was accepted.

Four times are kept apart: occurred, recorded, accepted, and what the recipient did. What a message tells of the past
counts from the earlier of what it states and its acceptance, so that a date next year postpones nothing; what lies
ahead by nature (a planned placement) counts as stated. Nothing here knows what the time is.
"""

from datetime import datetime

from hub.episode.contributions import CONTRIBUTIONS
from hub.event import Event
from schemas.records import AgencyMessage

__all__ = ["asserted_at", "happened_at", "past", "recorded_at"]


def past(stated: datetime | None, accepted: datetime) -> datetime | None:
    """A stated past time, never later than its acceptance; None where nothing was stated."""
    return None if stated is None else min(stated, accepted)


def happened_at(event: Event) -> datetime:
    """When the thing happened that the event tells of: the type's own time, else occurred, recorded, accepted."""
    body = event.body
    accepted = event.accepted_at
    row = CONTRIBUTIONS.get(body.SCHEMA_NAME)
    stated: datetime | None = None
    if row is not None and row.moment is not None:
        stated = getattr(body, row.moment)
        if stated is not None and row.lies_ahead:
            return stated
    if stated is None and isinstance(body, AgencyMessage):
        stated = body.occurred_at or body.recorded_at
    return accepted if stated is None else min(stated, accepted)


def recorded_at(event: Event) -> datetime:
    """When the sender wrote it down, as far as it says so; otherwise when the hub accepted it."""
    stated = event.body.recorded_at if isinstance(event.body, AgencyMessage) else None
    return event.accepted_at if stated is None else min(stated, event.accepted_at)


def asserted_at(event: Event) -> datetime:
    """At what time the sender held what it says to be true: occurred, else recorded, else accepted."""
    body = event.body
    stated = (body.occurred_at or body.recorded_at) if isinstance(body, AgencyMessage) else None
    return event.accepted_at if stated is None else min(stated, event.accepted_at)
