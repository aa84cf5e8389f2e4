"""Children as the register worker opens them: from the sealed copy of their log, through a bounded cache.

Only here are events plain, and only of the children used last.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import structlog

from hub.event import Event
from hub.ids import ChildId, EventId
from hub.log import opened
from hub.messages import Refusal, WireMessage, open_event, stored_event, verified_event
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import LoggedEvent
from streams.arrivals import Arrival
from streams.child_store import ChildStore
from streams.directory_feed import DirectoryFeed
from streams.event_batches import Batched, batched, open_batch
from streams.keyring import ChildErased
from streams.metrics import ERASED
from streams.secrets import HubSecrets

_log = structlog.get_logger()
OPENED_CHILDREN: Final = 400
OPENED_EVENTS: Final = 10_000
"""Children are closed beyond so many of their events, too: some have thousands."""
IN_HAND: Final = 200
"""The most children that a batch and what is not concluded of the last ones may have in hand: those stay open."""


class NotGenuine(HomewardError):
    """A record on `events` was not written by a worker of the hub, or does not open under its child's key."""


class Children:
    """The events of every child of this worker's partitions."""

    def __init__(self, store: ChildStore, secrets: HubSecrets, ids: SchemaIds, directory: DirectoryFeed) -> None:
        self._store = store
        self._secrets = secrets
        self._ids = ids
        self._directory = directory
        self._opened: OrderedDict[ChildId, dict[EventId, Event]] = OrderedDict()
        self._unopened: dict[ChildId, dict[EventId, bytes]] = {}
        """Of opened children: sealed events of batches, opened when the child is next in hand."""

    def take(self, arrival: Arrival) -> Event | None:
        """Verify, open and keep one record of the log; None if its child was erased.

        That the record is held is noted once it is: reading a child makes durable what was noted before.

        Raises:
            NotGenuine: no worker of the hub wrote it, or it is another child's.
        """
        child = ChildId(arrival.key.decode())
        try:
            key = self._secrets.keyring.key_for(child)
        except ChildErased:
            ERASED.inc()
            self._opened.pop(child, None)
            self._unopened.pop(child, None)
            self._store.advance(arrival.partition, arrival.offset + 1)
            return None
        wire = WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)
        logged = open_event(wire, key, self._directory.current, self._ids, arrival.appended_at)
        if isinstance(logged, Refusal):
            raise NotGenuine(_not_genuine(arrival, logged))
        event = self._keep(arrival.partition, child, logged, arrival.value)
        self._store.advance(arrival.partition, arrival.offset + 1)
        return event

    def take_unopened(self, arrival: Arrival, *, is_signed: bool = False) -> bool:
        """Verify and keep one record of a stretch that is read again, to be opened when its child is next in hand.

        `is_signed`: its signature was verified already. False where that will not do, and it has to be taken by `take`:
        its id is here already, or its child is erased.

        Raises:
            NotGenuine: no worker of the hub wrote it.
        """
        child = ChildId(arrival.key.decode())
        event_id = EventId(next((value or b"" for name, value in arrival.headers if name == "ce_id"), b"").decode())
        if self._secrets.keyring.known_key(child) is None or self._store.holds(arrival.partition, child, event_id):
            return False
        if not is_signed:
            wire = WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)
            found = verified_event(wire, self._directory.current, arrival.appended_at)
            if isinstance(found, Refusal):
                raise NotGenuine(_not_genuine(arrival, found))
        self._store.put(arrival.partition, child, event_id, arrival.value)
        self._store.advance(arrival.partition, arrival.offset + 1)
        if child in self._opened:
            self._unopened.setdefault(child, {})[event_id] = arrival.value
        return True

    def take_back(self, arrival: Arrival) -> bool:
        """Keep a record of the log no longer; whether anything is kept of its child."""
        child = ChildId(arrival.key.decode(errors="replace"))
        name = next((value or b"" for name, value in arrival.headers if name == "ce_id"), b"")
        self._store.take_back(arrival.partition, child, EventId(name.decode(errors="replace")), arrival.value)
        self._opened.pop(child, None)
        self._unopened.pop(child, None)
        return any(True for _ in self._store.sealed_events(arrival.partition, child))

    def take_batch(self, arrival: Arrival, events: Batched | None = None) -> None:
        """Verify and keep a record of several events, each as it stands sealed under its child's key.

        `events` are those of the record where it was verified and opened already.

        Raises:
            NotGenuine: no worker of the hub wrote it.
        """
        if events is None:
            wire = WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)
            found = open_batch(wire, self._directory.current, self._ids, arrival.appended_at)
            if isinstance(found, Refusal):
                raise NotGenuine(_not_genuine(arrival, found))
            events = batched(found)
        for child, event_id, sealed in events:
            self._store.put(arrival.partition, child, event_id, sealed)
            if child in self._opened:
                self._unopened.setdefault(child, {})[event_id] = sealed
        self._store.advance(arrival.partition, arrival.offset + 1)

    def opened(self, logged: LoggedEvent) -> Event:
        """What this worker says itself, as an event to fold at once, before the broker has it."""
        return opened(logged, self._ids)

    def keep_own(self, partition: int, child: ChildId, logged: LoggedEvent, sealed: bytes) -> None:
        """Keep what this worker said, now that the broker has it."""
        self._store.put(partition, child, EventId(logged.event_id), sealed)

    def events(self, partition: int, child: ChildId) -> dict[EventId, Event]:
        """Every event of a child by the id of its record; a moved event under the id of its move."""
        if (events := self._opened.get(child)) is None:
            key = self._secrets.keyring.key_for(child)
            events = self._opened[child] = {
                event: opened(stored_event(sealed, child, event, key, self._ids), self._ids)
                for event, sealed in self._store.sealed_events(partition, child)
            }
        if (unopened := self._unopened.pop(child, None)) is not None:
            key = self._secrets.keyring.key_for(child)
            for event, sealed in unopened.items():
                events[event] = opened(stored_event(sealed, child, event, key, self._ids), self._ids)
        self._opened.move_to_end(child)
        self._close_some()
        return events

    def logged(self, partition: int, child: ChildId, events: Iterable[EventId]) -> dict[EventId, LoggedEvent]:
        """The whole statements behind events that were opened, read from the store again.

        Raises:
            KeyError: the child has no such event.
        """
        records = {event.id: name for name, event in self.events(partition, child).items()}
        sealed = dict(self._store.sealed_events(partition, child))
        key = self._secrets.keyring.key_for(child)
        return {event: stored_event(sealed[records[event]], child, records[event], key, self._ids) for event in events}

    def forget(self) -> None:
        """Close every opened child: partitions went to another worker."""
        self._opened.clear()
        self._unopened.clear()

    def _close_some(self) -> None:
        """Close those used least recently, while there are too many of them or of their events."""
        open_events = sum(map(len, self._opened.values()))
        while len(self._opened) > OPENED_CHILDREN or (open_events > OPENED_EVENTS and len(self._opened) > IN_HAND):
            closed, events = self._opened.popitem(last=False)
            open_events -= len(events)
            self._unopened.pop(closed, None)

    def _keep(self, partition: int, child: ChildId, logged: LoggedEvent, sealed: bytes) -> Event:
        """Keep an event; of two with one id (a sender's repeat by way of another partition) the first accepted."""
        event_id = EventId(logged.event_id)
        event = opened(logged, self._ids)
        known = self.events(partition, child)
        if (first := known.get(event_id)) is not None and first.order < event.order:
            if first.sender != event.sender:
                _log.error("one_id_of_two_senders", event=event_id, kept=first.sender, dropped=event.sender)
            return first
        known[event_id] = event
        self._store.put(partition, child, event_id, sealed)
        return event


def _not_genuine(arrival: Arrival, refusal: Refusal) -> str:
    return f"events {arrival.partition}, offset {arrival.offset}: {refusal.reason}; was it written past identity?"
