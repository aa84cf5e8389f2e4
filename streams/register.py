"""Register: what does the hub now know of this child, and who is owed what they have not been told?

From a child's `events` to register entries, the keys to them, notices in inboxes, and `Told`. For every event, and
every repeat of one, it folds the child, sends `owed - told`, waits for the broker, and only then says `Told` in the
same log; so a crash at any point leaves something owed, never something lost. Children go side by side, the events of
one child in order. A stretch of the log that is being read again is stored first and sent nothing until its end.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from aiokafka.structs import RecordMetadata

from hub.deadlines import Deadline, deadlines
from hub.entry.view import EpisodeView, view
from hub.episode import fold
from hub.episode.model import ChildState, Departure
from hub.episode.told import with_told
from hub.event import Event
from hub.ids import ChildId, EpisodeId, EventId
from hub.messages import WireMessage
from hub.reference import packaged_reference
from hub.routing import OwedNotice, ladder_deadlines, told, unsent
from hub.rulebook import Rulebook
from schemas.codec import SchemaIds
from schemas.records import AuditLeaf, DeadlineRaised, LoggedEvent, Told
from streams.arrivals import Arrival, LogReader
from streams.behind import Behind
from streams.broker_clock import CLOCK
from streams.caught_up import CaughtUp
from streams.child_store import ChildStore
from streams.children import Children
from streams.clock import Clock
from streams.course_tally import CourseTally
from streams.directory_feed import DirectoryFeed
from streams.due_index import DueIndex
from streams.entries import NOTHING, EntryPublisher, Publication
from streams.event_batches import EVENT_PARTITIONS, is_batch
from streams.event_log import EventWriter
from streams.hub_records import HubRecords
from streams.hub_time_feed import hub_times
from streams.keyring import ChildErased
from streams.metrics import NOTICE_SECONDS, NOTICES, REPORT_TO_INBOX, STEP_SECONDS
from streams.moves import MoveWriter
from streams.notices import NoticeWriter
from streams.outbound import Outbound
from streams.quiet_look import Basis, QuietLooks
from streams.rebuild import Rebuild
from streams.rules_feed import RulesFeed
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.shell import WorkerApp, end_when_failed
from streams.side_processes import SideProcesses
from streams.start import run_worker

_PAUSE_BETWEEN_CHILDREN: Final = 0.005
"""Seconds: at most 200 children a second are looked at again."""

_SIDE_BY_SIDE: Final = 64
"""Children that are brought up together; after a rebuild there may be hundreds of thousands, one lot after another."""
_LOOKED_AT_WITH_EVERYTHING: Final = frozenset({b"Moved", b"DeadlineRaised"})
"""Old by their order and new by their arrival: as of their order, what was said since would not count."""

Views: TypeAlias = Mapping[EpisodeId, EpisodeView]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notices:
    """Notices of one cause on their way."""

    owed: Sequence[OwedNotice]
    cause: Event
    state: ChildState
    """By which they were owed."""
    sent: Sequence["asyncio.Future[RecordMetadata]"]


@dataclass(slots=True, kw_only=True)
class _InHand:
    """One child being brought up to date: its opened events, and what is to be said when its notices are out."""

    child: ChildId
    partition: int
    taken: list[Event]
    """What arrived now, in order."""
    events: dict[EventId, Event]
    state: ChildState
    """What the events say; in the end with what was told now."""
    views: Views = field(default_factory=dict)
    watched: tuple[Deadline, ...] = ()
    """Everything of it that the clock watches, in the end."""
    notices: list[_Notices] = field(default_factory=list)
    keys: list["asyncio.Future[RecordMetadata]"] = field(default_factory=list)
    """Keys to the entry, on their way."""
    words: list[tuple[LoggedEvent, bytes]] = field(default_factory=list)
    leaves: list[AuditLeaf] = field(default_factory=list)
    publication: Publication = NOTHING
    moves: list[tuple[Departure, WireMessage]] = field(default_factory=list)
    afterwards: list[WireMessage] = field(default_factory=list)
    """What may only be sent when notices and keys are out."""

    def last_word(self) -> int:
        """The place of the last event that we told somebody of, in the total order; -1 where we never did.

        What another child told and was moved here stands under the id of its move, and does not count.
        """
        told = (event.order for name, event in self.events.items() if isinstance(event.body, Told) and event.id == name)
        return max(told, default=-1)


class Register:
    """The processor of `events`."""

    name = "homeward-register"
    topic = "events"
    partitions = EVENT_PARTITIONS
    writes: tuple[str, ...] = ("events", "register", "register.keys", "audit", "quarantine", CLOCK)
    gathers = 0.0

    def __init__(self, settings: WorkerSettings, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._secrets = secrets
        self._directory = DirectoryFeed(
            settings.bootstrap, settings.ssl_context(), secrets.trust_key, ids, settings.instance
        )
        self._store = ChildStore(settings.data_dir / self.name / "children")
        self._children = Children(self._store, secrets, ids, self._directory)
        events = EventWriter(secrets, ids)
        self._notices = NoticeWriter(secrets, ids, events)
        self._moves = MoveWriter(self._store, self._children, events, ids)
        self._entries = EntryPublisher(self._store, secrets, ids)
        self._tally = CourseTally(self._store)
        self._records = HubRecords(secrets, ids, self._directory)
        self._rules_feed = RulesFeed(settings.rules, settings.data_dir / self.name / "rules")
        self._by = self._rules_feed.current
        self._reference = packaged_reference()
        self._own_words: set[bytes] = set()
        self._turn = asyncio.Lock()
        self._directory_changed = asyncio.Event()
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
        self._rebuild = Rebuild(
            store=self._store,
            behind=Behind(self._store, EVENT_PARTITIONS),
            looks=QuietLooks(secrets, ids),
            entries=self._entries,
            tally=self._tally,
            clock=self._clock,
            sides=SideProcesses(settings, ids, settings.side_processes),
            basis=self._basis,
            hand_back=self._look_at_each_event_since,
            progressed=self._progressed,
        )

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Read the directory."""
        del reader
        self._app = app
        self._outbound = Outbound(app)
        self._directory.on_change(self._directory_changed.set)
        await self._directory.start()
        self._times = await hub_times(self._settings, self._secrets.trust_key, self._ids)

    async def recovered(self) -> None:
        """Begin to follow the directory and the time; the store is read as it is needed, and caught up by the log."""
        self._clock.start(self._outbound, self._times, self._own_partitions, self._directory_changed.set)
        self._walking = asyncio.create_task(self._walk_on_every_change())
        self._walking.add_done_callback(end_when_failed)
        self._rules_feed.start(self._go_by, end_when_failed)

    def position(self, partition: int) -> int | None:
        """What the store holds decides; an empty store begins at the beginning of the log.

        While children of it are behind, its last record does not count as handled: it is read again, and they with it.
        """
        held = self._store.position(partition)
        if held is None:  # every child that will be in it is looked at by what holds now
            self._store.set_mark(_looked_at(partition), self._gone_by())
            self._rebuild.behind.fill(partition)
        return max((held or 0) - self._rebuild.behind.has(partition), 0)

    def changed_hands(self, partitions: frozenset[int]) -> None:
        """Close opened children; the stored copy stays and is caught up if the partition comes back."""
        if partitions:
            self._children.forget()
            self._clock.changed_hands()

    async def stop(self) -> None:
        """Stop following the directory and the time, close the store."""
        await self._clock.stop()
        await self._rules_feed.stop()
        await self._rebuild.sides.end()
        self._walking.remove_done_callback(end_when_failed)
        self._walking.cancel()
        await asyncio.gather(self._walking, return_exceptions=True)
        await self._directory.stop()
        self._store.close()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool) -> None:
        """Store, fold, send what is owed, say so; return when all of it is durable."""
        async with self._turn:
            if more_follow:
                await self._store_only(arrivals)
            else:
                await self._take_up(arrivals)

    async def _store_only(self, arrivals: Sequence[Arrival]) -> None:
        """Keep records of a stretch that is read again, and note whose they are."""
        for arrival, is_signed in zip(arrivals, await self._rebuild.signed(arrivals), strict=True):
            if self._is_kept_unopened(arrival):
                continue
            child = ChildId(arrival.key.decode())
            if self._children.take_unopened(arrival, is_signed=is_signed) or self._children.take(arrival) is not None:
                self._rebuild.behind.put(arrival.partition, child)
        self._store.write()

    async def _take_up(self, arrivals: Sequence[Arrival]) -> None:
        """Keep records, and bring up their children and those of the stretch that they end."""
        now: dict[ChildId, int] = {}
        taken: dict[ChildId, list[Event]] = defaultdict(list)
        for arrival in arrivals:
            if self._is_kept_unopened(arrival):
                continue
            event = self._children.take(arrival)
            if event is not None:
                child = ChildId(arrival.key.decode())
                now.setdefault(child, arrival.partition)
                if _header(arrival, "ce_type") not in _LOOKED_AT_WITH_EVERYTHING:
                    taken[child].append(event)
        ended = {partition for partition in now.values() if self._rebuild.behind.has(partition)}
        for child, partition in now.items():
            if partition in ended:  # looked at with the others of the stretch, and not a second time
                self._rebuild.behind.put(partition, child)
        self._store.write()
        for partition in {arrival.partition for arrival in arrivals}:
            await self._rebuild.finish(partition, self._outbound)
        rest = ((child, partition) for child, partition in now.items() if partition not in ended)
        await self._bring_up_all((child, partition, taken[child]) for child, partition in rest)

    def _is_kept_unopened(self, arrival: Arrival) -> bool:
        """Our own word come back round, or many small events in one record: nobody has to be looked at for it."""
        if self._is_own_word(arrival):
            self._store.advance(arrival.partition, arrival.offset + 1)
            return True
        if is_batch(arrival):
            self._children.take_batch(arrival)
            return True
        return False

    async def _bring_up_all(self, children: Iterable[tuple[ChildId, int, list[Event]]]) -> None:
        """Bring children up to date, one lot after another."""
        waiting = iter(children)
        while some := list(islice(waiting, _SIDE_BY_SIDE)):
            await self._bring_up([self._hand(child, partition, taken) for child, partition, taken in some])
            self._app.progressed()

    async def _look_at_each_event_since(self, partition: int, children: list[ChildId]) -> None:
        """Bring children up whose log was read again and who are not quiet: as of each event since our last word.

        So what was sent before a crash, and not yet said to be sent, goes out again under the same ids.
        """
        live = [child for child in children if self._secrets.keyring.known_key(child) is not None]
        await self._bring_up_all((child, partition, self._since_last_word(child, partition)) for child in live)

    def _since_last_word(self, child: ChildId, partition: int) -> list[Event]:
        hand = self._hand(child, partition, [])
        since = hand.last_word()
        waiting = [
            event
            for name, event in hand.events.items()
            if event.order >= since and event.id == name and not isinstance(event.body, (DeadlineRaised, Told))
        ]
        return sorted(waiting, key=lambda event: event.order)

    async def park(self, arrival: Arrival) -> None:
        """Keep a record that the register failed on, sealed to the operators; the log keeps it as well."""
        self._store.advance(arrival.partition, arrival.offset + 1)
        self._store.write()
        await self._outbound.all([self._records.parked(arrival)])

    async def _walk_on_every_change(self) -> None:
        """After a change of the directory (somebody joined, a grant, a key) look at every child of this worker again.

        So also for partitions that were looked at last by an older directory, or by older rules; none before it has
        caught up. One child at a time between batches, at a bounded rate: a report never waits for more than one.
        """
        while True:
            await self._directory_changed.wait()
            self._directory_changed.clear()
            by = self._gone_by()
            for partition in sorted(self._clock.ready):
                if self._store.mark(_looked_at(partition)) == by:
                    continue
                for child in list(self._store.children(partition)):
                    await self._look_again(child, partition)
                    await asyncio.sleep(_PAUSE_BETWEEN_CHILDREN)
                self._store.set_mark(_looked_at(partition), by)

    async def _look_again(self, child: ChildId, partition: int) -> None:
        async with self._turn:
            with contextlib.suppress(ChildErased):
                await self._bring_up([self._hand(child, partition, [])])

    async def _go_by(self, rules: Rulebook) -> None:
        """Go by other rules from the next record on, and look at every child again by them."""
        async with self._turn:
            self._by = rules
        self._directory_changed.set()

    def _gone_by(self) -> bytes:
        """Which directory and which rules a look at a child goes by."""
        return f"{self._directory.current.version} {self._by.version}".encode()

    def _basis(self) -> Basis:
        """What a look goes by now."""
        return Basis(
            directory=self._directory.current, as_of=self._directory.as_of, rules=self._by, reference=self._reference
        )

    def _progressed(self) -> None:
        self._app.progressed()

    def _own_partitions(self) -> list[int]:
        return [tp.partition for tp in self._app.consumer.assignment() if tp.topic == self.topic]

    def _deadlines(self, state: ChildState) -> tuple[Deadline, ...]:
        """The duties of a child."""
        return deadlines(state, self._by.deadlines, self._directory.current, self._reference)

    def _watched(self, state: ChildState) -> tuple[Deadline, ...]:
        """Everything of a child that the clock watches: its duties, and the next steps of its notices' ladders."""
        return (*self._deadlines(state), *self._ladders(state))

    def _ladders(self, state: ChildState, views: Views | None = None) -> tuple[Deadline, ...]:
        """The next steps of the ladders of a child's notices."""
        return ladder_deadlines(
            state, self._directory.current, self._by.routing, self._reference,
            delivery_rules=self._by.delivery, views=views,
        )  # fmt: skip

    def _is_own_word(self, arrival: Arrival) -> bool:
        """True for a `Told` that this worker folded when it wrote it and that now comes back round."""
        event_id = _header(arrival, "ce_id")
        if event_id not in self._own_words:
            return False
        self._own_words.discard(event_id)
        return True

    def _hand(self, child: ChildId, partition: int, taken: list[Event]) -> _InHand:
        events = self._children.events(partition, child)
        return _InHand(child=child, partition=partition, taken=taken, events=events, state=fold(child, events.values()))

    async def _bring_up(self, hands: list[_InHand]) -> None:
        """Bring children up to date, one after another; return when everything is durable.

        There are two waits: for the notices and keys of all of them, and then for what rests on those: the words that
        they went, the entries, the moves, the evidence. Notices come first, for all of them: people wait for those.
        While the broker takes what one child sends, the next one is worked out. Episodes are numbered in the keyring
        before anything, so that an acknowledgement finds its child however soon it comes.
        """
        numbered = ((e.id, hand.child) for hand in hands for e in hand.state.episodes if hand.state.is_whole(e))
        self._secrets.keyring.number_episodes(numbered)
        for work_out in (self._tell, self._publish):
            for hand in hands:
                await work_out(hand)
                await asyncio.sleep(0)  # the producer's turn
        for hand in hands:
            await asyncio.gather(*hand.keys)
            for notices in hand.notices:
                self._measure(notices, await asyncio.gather(*notices.sent))
        leaves = self._records.leaves(leaf for hand in hands for leaf in hand.leaves)
        await self._outbound.all([*(wire for hand in hands for wire in hand.afterwards), *leaves])
        for hand in hands:
            for logged, sealed in hand.words:
                self._children.keep_own(hand.partition, hand.child, logged, sealed)
            self._entries.note(hand.publication)
            self._moves.note(hand.moves)
            self._clock.changed(hand.partition, hand.child, hand.state, hand.watched)
        self._store.write()

    async def _tell(self, hand: _InHand) -> None:
        """Send what is owed of one child, event by event in the order accepted.

        For each event the child is folded as of that event, so that after a crash, when later ones are stored
        already, the same notices go out under the same ids. An event that was moved here is old by its order and new
        by its arrival: as of its order, what was told since would not count, so it is looked at only with everything
        else. So is what lies before the last of our own words: it was looked at when it came.
        """
        spoken = hand.last_word() if hand.taken else 0
        for event in hand.taken:
            if event.order < spoken:
                continue
            as_of = [each for each in hand.events.values() if each.order <= event.order]
            if len(as_of) < len(hand.events):
                state = fold(hand.child, as_of)
                await self._send_owed(hand, state, _views(state), event)
        newest = max(hand.events.values(), key=lambda event: event.order)
        hand.state = fold(hand.child, hand.events.values()) if hand.words else hand.state
        hand.views = _views(hand.state)
        await self._send_owed(hand, hand.state, hand.views, newest)

    async def _publish(self, hand: _InHand) -> None:
        """Work out what the register says of one child by now, what the clock watches, and what departs; send keys."""
        state = hand.state
        if hand.words:
            state = with_told(state, [hand.events[EventId(logged.event_id)] for logged, _ in hand.words])
        duties = self._deadlines(state)
        publication = self._entries.publication(
            state, self._directory.current, self._directory.as_of, hand.views, duties
        )
        hand.keys = await self._outbound.begin(publication.wraps)
        hand.moves = self._moves.due(state, hand.partition)
        hand.afterwards += [*publication.entries, *(wire for _, wire in hand.moves)]
        hand.publication = publication
        self._tally.note(state, duties, self._directory.current)
        hand.state, hand.watched = state, (*duties, *self._ladders(state, hand.views))

    async def _send_owed(self, hand: _InHand, state: ChildState, views: Views, trigger: Event) -> None:
        """Send what is owed and not told, cause by cause; add what is to be said of it once the broker has it."""
        directory = self._directory.current
        by_id = {event.id: event for event in state.events}
        owing = unsent(
            state, directory, self._by.routing, self._reference, views=views, deadline_rules=self._by.deadlines,
            delivery_rules=self._by.delivery,
        )  # fmt: skip
        for cause, owed in owing.items():
            sent = await self._outbound.begin(self._notices.notice(each, directory) for each in owed)
            cause_event = by_id.get(EventId(cause), trigger)
            hand.notices.append(_Notices(owed=owed, cause=cause_event, state=state, sent=sent))
            record = told(cause, owed, self._by.routing, directory)
            wire, logged = self._notices.told(record, hand.child, cause_event)
            hand.events[EventId(logged.event_id)] = self._children.opened(logged)
            self._own_words.add(logged.event_id.encode())
            hand.words.append((logged, wire.value))
            hand.afterwards.append(wire)
            hand.leaves += self._notices.leaves(owed, hand.child)

    def _measure(self, notices: _Notices, appended: Iterable[RecordMetadata]) -> None:
        accepted_at = self._times.real_time(notices.cause.accepted_at).timestamp()
        for each, metadata in zip(notices.owed, appended, strict=True):
            seconds = max(metadata.timestamp / 1000 - accepted_at, 0.0)
            episode = notices.state.episode(EpisodeId(each.notice.episode_id))
            risk = episode.risk.treated_as.value if episode is not None else "unknown"
            REPORT_TO_INBOX.labels(notices.cause.body.SCHEMA_NAME, risk).observe(seconds)
            NOTICE_SECONDS.labels("stored", risk).observe(seconds)
            NOTICES.labels(each.notice.kind.value, each.notice.ask.value).inc()
            STEP_SECONDS.labels("register").observe(seconds)


def _looked_at(partition: int) -> str:
    """The mark that says by which directory and rules the children of a partition were looked at last."""
    return f"looked at/{partition}"


def _header(arrival: Arrival, wanted: str) -> bytes:
    return next((value or b"" for name, value in arrival.headers if name == wanted), b"")


def _views(state: ChildState) -> Views:
    """What is known of each episode, made once for the notices and for the entry."""
    return {episode.id: view(state, episode) for episode in state.episodes}


if __name__ == "__main__":
    run_worker(Register.name, Register)
