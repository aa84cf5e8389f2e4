"""Events of a claim that another child owns now, on their way there as `Moved`.

What departs is a level, not an edge: the state says which events belong elsewhere, and a mark says which of them the
broker has. A second move of the same event has another number, and the receiver drops repeats by the original id.
"""

from collections.abc import Iterable

from hub.episode.model import ChildState, Departure
from hub.ids import EventId
from hub.log import moved
from hub.messages import WireMessage
from schemas.codec import SchemaIds
from schemas.records import LoggedEvent
from streams.child_store import ChildStore
from streams.children import Children
from streams.event_log import EventWriter, Origin


class MoveWriter:
    """Composes moves that are due, and remembers those that are out."""

    def __init__(self, store: ChildStore, children: Children, events: EventWriter, ids: SchemaIds) -> None:
        self._store = store
        self._children = children
        self._events = events
        self._ids = ids

    def due(self, state: ChildState, partition: int) -> list[tuple[Departure, WireMessage]]:
        """The departures of this state whose move the broker does not have yet, in the order to send them in."""
        if state.is_half_decided:
            return []
        waiting = [each for each in state.departures if self._store.mark(f"moved/{each.id}") is None]
        if not waiting:
            return []
        logged = self._children.logged(partition, state.child, [each.event.id for each in waiting])
        return [(each, self._composed(each, logged[each.event.id])) for each in waiting]

    def note(self, moves: Iterable[tuple[Departure, WireMessage]]) -> None:
        """The broker has these."""
        for departure, _ in moves:
            self._store.set_mark(f"moved/{departure.id}", b"1")

    def _composed(self, departure: Departure, logged: LoggedEvent) -> WireMessage:
        event = departure.event
        origin = Origin(
            accepted_at=event.accepted_at, inbound_partition=0, inbound_offset=0, accepted_offset=event.order
        )
        body = moved(logged, departure.to_child, departure.number, self._ids, claim=departure.claim)
        wire, _ = self._events.own(
            body, departure.to_child, EventId(departure.id), origin, cause=event.id, claim=departure.claim
        )
        return wire
