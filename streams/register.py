"""Register: what does the hub now know of this child, and who is owed what they have not been told?

From a child's `events` to register entries, the keys to them, notices in inboxes, and `Told`: here the records are kept
and it is seen whose turn it is; `bring_up` says what follows. A stretch of the log that is being read again is stored
first and sent nothing until its end (`rebuild`). A change of the directory or of the rules is a look at every child
(`walk`).
"""

import asyncio
from collections.abc import Container, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Final

from hub.deadlines import Deadline, calendars
from hub.episode.model import ChildState
from hub.event import Event
from hub.ids import ChildId
from hub.reference import packaged_reference
from hub.rulebook import Rulebook
from hub.turns import in_order, is_turn
from schemas.codec import SchemaIds
from schemas.records import DeadlineRaised, Told
from streams.arrivals import Arrival, LogReader
from streams.basis import Basis
from streams.behind import Behind
from streams.bring_up import BringUp, InHand, Joiners
from streams.broker_clock import CLOCK
from streams.caught_up import CaughtUp
from streams.child_store import ChildStore
from streams.children import Children
from streams.clock import Clock
from streams.course_tally import CourseTally
from streams.directory_feed import DirectoryFeed
from streams.due_index import DueIndex
from streams.endings import end_when_failed
from streams.entries import EntryPublisher
from streams.entry_marks import EntryMarks
from streams.event_batches import EVENT_PARTITIONS, Batched, is_batch
from streams.event_log import EventWriter
from streams.held_counts import HeldCounts
from streams.hub_records import HubRecords
from streams.hub_time_feed import hub_times
from streams.lots import Lots
from streams.moves import MoveWriter
from streams.notices import NoticeWriter
from streams.outbound import Outbound
from streams.processor import Joining
from streams.quiet_look import QuietLooks
from streams.rebuild import Rebuild
from streams.rules_feed import RulesFeed
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.side_processes import SideProcesses
from streams.start import run_worker
from streams.walk import Walk
from streams.what_stands import WhatStands, standing_records
from streams.worker_app import WorkerApp

_AGAIN_AND_AGAIN: Final = 2
"""Deaths in a row among many, after which they are looked at one at a time."""
_SIDE_BY_SIDE: Final = 64
"""Children that are brought up together; after a rebuild there may be hundreds of thousands, one lot after another."""
_LOOKED_AT_WITH_EVERYTHING: Final = frozenset({b"Moved", b"DeadlineRaised"})
"""Old by their order and new by their arrival: as of their order, what was said since would not count."""


class Register:
    """The processor of `events`."""

    name = "homeward-register"
    topic = "events"
    partitions = EVENT_PARTITIONS
    writes: tuple[str, ...] = ("events", "register", "register.keys", "audit", "quarantine", CLOCK)

    def __init__(self, settings: WorkerSettings, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._secrets = secrets
        self._directory = DirectoryFeed(
            settings.bootstrap, settings.ssl_context(), secrets.trust_key, ids, settings.instance
        )
        self._store = ChildStore(settings.data_dir / self.name / "children")
        self._children = Children(self._store, secrets, ids, self._directory)
        events = EventWriter(secrets, ids)
        self._stands = WhatStands(self._store, ids, standing_records(settings))
        self._counts = HeldCounts()
        marks = EntryMarks(self._store, secrets.keyring, self._counts)
        self._entries = EntryPublisher(marks, self._stands, secrets, ids)
        self._tally = CourseTally(self._store, self._counts)
        self._records = HubRecords(secrets, ids, self._directory)
        self._rules_feed = RulesFeed(settings.rules, settings.data_dir / self.name / "rules")
        self._by = self._rules_feed.current
        self._reference = packaged_reference()
        self._turn = asyncio.Lock()
        self._settings = settings
        self._ids = ids
        self._clock = Clock(
            due=DueIndex(self._store),
            children=self._children,
            events=events,
            deadlines=self._watched,
            caught_up=CaughtUp(settings, self.topic, self._store.position),
            instance=settings.instance,
        )
        self._bring_up = BringUp(
            secrets=secrets,
            store=self._store,
            children=self._children,
            notices=NoticeWriter(secrets, ids, events),
            moves=MoveWriter(self._store, self._children, events, ids),
            entries=self._entries,
            tally=self._tally,
            records=self._records,
            clock=self._clock,
            basis=self._basis,
        )
        behind = Behind(self._store, EVENT_PARTITIONS)
        sides = SideProcesses(settings, ids, settings.side_processes)
        lots = Lots(
            store=self._store,
            behind=behind,
            looks=QuietLooks(secrets, ids),
            entries=self._entries,
            tally=self._tally,
            clock=self._clock,
            sides=sides,
            basis=self._basis,
            hand_back=self._look_at_each_event_since,
        )
        self._rebuild = Rebuild(
            store=self._store,
            behind=behind,
            stands=self._stands,
            sides=sides,
            lots=lots,
            blame=self._blame,
            blame_any=self._blame_any,
            progressed=self._progressed,
            turn=self._turn,
            patience=settings.watchdog_seconds,
        )
        self._walk = Walk(
            store=self._store,
            turn=self._turn,
            ready=lambda: self._clock.ready,
            gone_by=self._gone_by,
            waits=self._rebuild.is_behind,
            look=self._look_again,
        )

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Read the directory; look up what the first look at a child would else have to."""
        del reader
        calendars.prepare(datetime.now(UTC).year)
        self._app = app
        self._outbound = Outbound(app)
        self._directory.on_change(self._walk.changed)
        times = hub_times(self._settings, self._secrets.trust_key, self._ids)
        _, self._times = await asyncio.gather(self._directory.start(), times)

    async def recovered(self) -> None:
        """Begin to follow the directory and the time; the store is read as it is needed, and caught up by the log."""
        self._bring_up.start(self._outbound, self._times)
        self._clock.start(self._outbound, self._times, self._walk.changed)
        self._walk.start()
        self._rules_feed.start(self._go_by, end_when_failed)

    def position(self, partition: int) -> int | None:
        """What the store holds decides; an empty store begins at the beginning of the log.

        While children of it are behind, or nobody noted that none is any more, its last record does not count as
        handled: it is read again, and they are looked at.
        """
        held = self._store.position(partition)
        if held is None:
            self._walk.begins_anew(partition)
            self._rebuild.behind.fill(partition)
        return max((held or 0) - (self._rebuild.behind.has(partition) or self._rebuild.behind.is_filling(partition)), 0)

    def changed_hands(self, partitions: frozenset[int], here: frozenset[int]) -> None:
        """Close opened children, and count them no more; the stored copy is caught up if the partition comes back."""
        if partitions:
            self._rebuild.gone(partitions)
            self._counts.let_go(partitions)
            self._children.forget()
            self._stands.outdated()
            self._clock.changed_hands(here)

    def caught_up(self, partition: int) -> None:
        """Count the children of this partition, every one of which has been looked at.

        Of one that began empty, the first report asks what stands on the broker: it is read now, for it takes a second.
        """
        self._counts.hold(partition)
        if self._rebuild.behind.is_filling(partition):
            self._stands.begin()

    async def stop(self) -> None:
        """Stop following the directory and the time, close the store."""
        await self._clock.stop()
        await self._rules_feed.stop()
        await self._rebuild.end()
        await self._stands.end()
        await self._walk.stop()
        await self._directory.stop()
        self._store.close()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Store, fold, send what is owed, say so; return when all of it is durable.

        What arrives while entries are worked out joins: its notices go first.
        """
        async with self._turn:
            if more_follow:
                await self._store_only(arrivals)
            else:
                await self._take_up(arrivals, joining)

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """Have the signatures of these looked at while what stands before them is being stored."""
        self._rebuild.coming(arrivals)

    async def _store_only(self, arrivals: Sequence[Arrival]) -> None:
        """Keep records of a stretch that is read again, and note whose they are."""
        for arrival, signed in zip(arrivals, await self._rebuild.signed(arrivals), strict=True):
            if self._is_kept_unopened(arrival, None if isinstance(signed, bool) else signed):
                continue
            child = ChildId(arrival.key.decode())
            is_kept = self._children.take_unopened(arrival, is_signed=signed is True)
            if is_kept or self._children.take(arrival) is not None:
                self._rebuild.behind.put(arrival.partition, child, arrival.offset)
        self._store.write()

    async def _take_up(self, arrivals: Sequence[Arrival], joining: Joining) -> None:
        """Keep records, and bring up their children; those of a stretch that they end with all others of it.

        While the others are looked at between batches, only those of whom something arrived, with all that they lack.
        """
        ending = [arrival for arrival in arrivals if self._ends_a_stretch(arrival.partition)]
        if ending:
            await self._store_only(ending)
        now = self._taken(arrival for arrival in arrivals if not self._ends_a_stretch(arrival.partition))
        self._store.write()
        for partition in {arrival.partition for arrival in arrivals}:
            await self._rebuild.finish(partition, self._outbound)
        for child in [child for child, (partition, _) in now.items() if self._rebuild.is_behind(partition, child)]:
            await self._rebuild.look_first(now.pop(child)[0], [child])
        await self._bring_up_all(((child, *what) for child, what in now.items()), joining)

    def _ends_a_stretch(self, partition: int) -> bool:
        return self._rebuild.behind.has(partition) and not self._rebuild.goes_on(partition)

    def _taken(self, arrivals: Iterable[Arrival]) -> dict[ChildId, tuple[int, list[Event]]]:
        """Keep records; each child that has to be looked at for them, its partition, and its events among them."""
        now: dict[ChildId, tuple[int, list[Event]]] = {}
        for arrival in arrivals:
            if self._is_kept_unopened(arrival):
                continue
            event = self._children.take(arrival)
            if event is not None:
                _, taken = now.setdefault(ChildId(arrival.key.decode()), (arrival.partition, []))
                if is_turn(event) or _header(arrival, "ce_type") not in _LOOKED_AT_WITH_EVERYTHING:
                    taken.append(event)
        return now

    async def _joined(self, joining: Joining, on_their_way: Container[ChildId]) -> list[InHand]:
        """Children of what has arrived meanwhile, except those who are on their way."""

        def fits(arrival: Arrival) -> bool:
            return not (self._rebuild.behind.has(arrival.partition) or ChildId(arrival.key.decode()) in on_their_way)

        joined = await joining.take(fits)
        if not joined:
            return []
        now = self._taken(joined)
        self._store.write()
        return [self._bring_up.hand(child, partition, taken) for child, (partition, taken) in now.items()]

    def _is_kept_unopened(self, arrival: Arrival, batch: Batched | None = None) -> bool:
        """Our own word come back round, or many small events in one record: nobody has to be looked at for it."""
        if self._bring_up.is_own_word(_header(arrival, "ce_id")):
            self._store.advance(arrival.partition, arrival.offset + 1)
            return True
        if is_batch(arrival):
            self._children.take_batch(arrival, batch)
            return True
        return False

    async def _bring_up_all(
        self, children: Iterable[tuple[ChildId, int, list[Event]]], joining: Joining | None = None
    ) -> None:
        """Bring children up to date, one lot after another."""
        joining = joining or Joining()
        joiners = Joiners(take=partial(self._joined, joining), news=joining.news)
        waiting = iter(children)
        while some := list(islice(waiting, _SIDE_BY_SIDE)):
            hands = [self._bring_up.hand(child, partition, taken) for child, partition, taken in some]
            await self._bring_up.all(hands, joiners)
            self._app.progressed()

    async def _look_at_each_event_since(self, partition: int, children: list[ChildId]) -> None:
        """Bring children up whose log was read again and who are not quiet: as of each event since our last word.

        So what was sent before a crash, and not yet said to be sent, goes out again under the same ids.
        """
        live = [child for child in children if self._secrets.keyring.known_key(child) is not None]
        hands = [self._bring_up.hand(child, partition, self._since_last_word(child, partition)) for child in live]
        await self._bring_up.all(hands)

    def _since_last_word(self, child: ChildId, partition: int) -> list[Event]:
        hand = self._bring_up.hand(child, partition, [])
        since = hand.last_word()
        waiting = [
            event
            for name, event in hand.events.items()
            if event.order >= since
            and event.id == name
            and (is_turn(event) or not isinstance(event.body, (DeadlineRaised, Told)))
        ]
        return in_order(waiting)

    async def park(self, arrival: Arrival, *, more_follow: bool) -> None:
        """Keep a record that the register failed on, sealed to the operators; the log keeps it as well.

        It is taken back out of what is stored of its child, or the next look at that child would fail as well. If it
        was the last of a stretch, whoever is behind is looked at now.
        """
        child = ChildId(arrival.key.decode(errors="replace"))
        if self._children.take_back(arrival):
            self._rebuild.behind.take_back(arrival.partition, child, arrival.offset)
        elif not self._rebuild.goes_on(arrival.partition):
            self._rebuild.behind.drop(arrival.partition, child)
        self._store.advance(arrival.partition, arrival.offset + 1)
        self._store.write()
        await self._outbound.all([self._records.parked(arrival)])
        if not more_follow:
            async with self._turn:
                await self._rebuild.finish(arrival.partition, self._outbound)

    async def _look_again(self, partition: int, child: ChildId) -> None:
        await self._bring_up.all([self._bring_up.hand(child, partition, [])])

    async def _go_by(self, rules: Rulebook) -> None:
        """Go by other rules from the next record on, and look at every child again by them."""
        async with self._turn:
            self._by = rules
        self._walk.changed()

    def _gone_by(self) -> bytes:
        """Which directory and which rules a look at a child goes by."""
        return f"{self._directory.current.version} {self._by.version}".encode()

    def _basis(self) -> Basis:
        """What a look goes by now."""
        return Basis(
            directory=self._directory.current, as_of=self._directory.as_of, rules=self._by, reference=self._reference
        )

    def _watched(self, state: ChildState) -> tuple[Deadline, ...]:
        """Everything of a child that the clock watches."""
        return self._basis().watched(state)

    def _blame(self, place: tuple[int, int] | None) -> bool:
        """From here on a death is that of a child which is looked at for this record; whether there was one before."""
        hand = self._app.hand
        hand.blame(place if hand.is_anything_suspected else None)
        return hand.is_anything_suspected

    def _blame_any(self) -> bool:
        """From here on a death is that of any of those who are looked at; whether that has happened again and again."""
        self._app.hand.blame_any()
        return self._app.hand.deaths_among_many >= _AGAIN_AND_AGAIN

    def _progressed(self, absolves: bool) -> None:  # noqa: FBT001 - of the app, by its keyword
        self._app.progressed(absolves=absolves)


def _header(arrival: Arrival, wanted: str) -> bytes:
    return next((value or b"" for name, value in arrival.headers if name == wanted), b"")


if __name__ == "__main__":
    run_worker(Register.name, Register)
