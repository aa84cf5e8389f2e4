"""Playing a plan: each message is sent by its own agency's publisher when its time has come, at a chosen speed.

Messages refer to one another by the ids of the plan; the real ids are known only when a message is sent, so they are
put in here. Occurred and recorded times stay those of the plan, unless the caller gives another clock.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from hub.ids import AgencyId
from producers.publisher import Publisher
from producers.sent import Sent
from producers.simulator.telling import PlannedMessage
from schemas.records import AgencyMessage, Record

__all__ = ["Progress", "play"]

_REFERENCES: Final = ("corrects", "amends", "cancels", "answers", "proposal")
_RecordT = TypeVar("_RecordT", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One message has been sent: which, with what handle, and how many before it."""

    message: PlannedMessage
    sent: Sent
    count: int


async def play(
    messages: Iterable[PlannedMessage],
    publishers: Mapping[AgencyId, Publisher],
    *,
    speed: float,
    start: datetime | None = None,
    clock: Callable[[datetime], datetime] | None = None,
    on_sent: Callable[[Progress], None] | None = None,
) -> int:
    """Send a plan; return how many messages were sent.

    Args:
        messages: in order of time.
        publishers: by agency; messages of agencies without one are left out.
        speed: simulated seconds in one real second (60: an hour in a minute); `math.inf` for no waiting at all.
        start: what time of the plan it is now; None: that of the first message.
        clock: turns a time of the plan into the time that is written into the message; None leaves it.
        on_sent: told of every message, once it is durable.
    """
    loop = asyncio.get_running_loop()
    ids: dict[str, str] = {}
    began: tuple[float, datetime] | None = None
    count = 0
    for message in messages:
        publisher = publishers.get(message.agency)
        if publisher is None:
            continue
        began = began or (loop.time(), start or message.at)
        due = began[0] + (message.at - began[1]) / timedelta(seconds=1) / speed
        await asyncio.sleep(max(0.0, due - loop.time()))
        record = _referring(message.record, ids)
        sent = await publisher.send(record if clock is None else _moved(record, clock))
        ids[message.id] = sent.message_id
        count += 1
        if on_sent is not None:
            on_sent(Progress(message=message, sent=sent, count=count))
    return count


def _referring(record: AgencyMessage, ids: Mapping[str, str]) -> AgencyMessage:
    """The record with real ids for the planned ones it refers to."""
    found = {name: getattr(record, name) for name in _REFERENCES if hasattr(record, name)}
    known: dict[str, Any] = {name: ids[planned] for name, planned in found.items() if planned in ids}
    return replace(record, **known)


def _moved(record: _RecordT, clock: Callable[[datetime], datetime]) -> _RecordT:
    """The record with every time in it, however deep, as the clock says."""
    names = (field.name for field in fields(record))  # type: ignore[arg-type]  # every record is a dataclass
    return type(record)(**{name: _with_times_moved(getattr(record, name), clock) for name in names})


def _with_times_moved(value: Any, clock: Callable[[datetime], datetime]) -> Any:  # noqa: ANN401 - whatever a record holds
    if isinstance(value, datetime):
        return clock(value)
    if isinstance(value, tuple):
        return tuple(_with_times_moved(each, clock) for each in value)
    return _moved(value, clock) if isinstance(value, Record) else value
