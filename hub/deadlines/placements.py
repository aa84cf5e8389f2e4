"""From what the duties of a placement count: moves into the area of another authority than the responsible one.

The home tells of the same move as the authority, and one checks the other; the first statement of a move stands for it.
A planned placement may lie ahead and counts as stated; an emergency counts from its start, never from later than its
acceptance. A placement is known here only where a message about it bears on an absence, which may begin soon after it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.model import Base
from hub.deadlines.rows import DeadlineRule
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    PlacementChanged,
    PlacementMove,
)

Bases = Iterable[Base]
_SAME_MOVE: Final = timedelta(days=2)
"""Two statements of one move lie at most so far apart (c)."""


def placements_elsewhere(case: Case) -> list[tuple[Event, PlacementChanged, AgencyId, datetime]]:
    """Each move into the area of an authority other than the responsible one: statement, host, and its beginning.

    The home tells of the same move as the authority; the first statement of a move stands for it.
    """
    found: list[tuple[Event, PlacementChanged, AgencyId, datetime]] = []
    for event, body in case.of(PlacementChanged):
        placed = body.to_placement
        host = body.host_authority or (placed.host_authority if placed is not None else None)
        if host is None or host == case.episode.authorities.responsible:
            continue
        at = body.started_at or event.accepted_at
        at = min(at, event.accepted_at) if body.move is PlacementMove.EMERGENCY else at
        if not any(host == known and abs(at - when) <= _SAME_MOVE for _, _, known, when in found):
            found.append((event, body, AgencyId(host), at))
    return found


def _placed_elsewhere(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body, host, at in placements_elsewhere(case):
        if body.move is not PlacementMove.EMERGENCY:
            yield Base(event=event.id, at=at, about=host, agencies=(host,), said_at=event.accepted_at)


def _emergency_elsewhere(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body, host, at in placements_elsewhere(case):
        if body.move is PlacementMove.EMERGENCY:
            yield Base(event=event.id, at=at, about=host, agencies=(host,))


def _ended_elsewhere(case: Case, _: DeadlineRule) -> Iterator[Base]:
    """Each end of a placement in the area of another authority than the responsible one."""
    seen: set[AgencyId] = set()
    for event, body in case.of(PlacementChanged):
        at = body.ended_at or body.started_at
        left = body.from_placement
        host = left.host_authority if left is not None else None
        if host is None:
            former = [each.host_authority for each in case.episode.former_placements]
            host = next((each for each in reversed(former) if each is not None), None)
        if at is None or host is None or host == case.episode.authorities.responsible or host in seen:
            continue
        seen.add(AgencyId(host))
        yield Base(event=event.id, at=at, about=host, agencies=(AgencyId(host),))


BASES: Final[dict[str, Callable[[Case, DeadlineRule], Bases]]] = {
    "placed_elsewhere": _placed_elsewhere,
    "placed_elsewhere_in_emergency": _emergency_elsewhere,
    "placement_elsewhere_ended": _ended_elsewhere,
}
"""Words for the bases that stand here."""
