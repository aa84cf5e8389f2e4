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
from typing import Final, TypeAlias

from hub.deadlines import Deadline, deadlines
from hub.entry.view import EpisodeView, view
from hub.episode import fold
from hub.episode.model import ChildState
from hub.episode.told import with_told
from hub.event import Event
from hub.ids import ChildId, EpisodeId, EventId
from hub.messages import WireMessage
from hub.reference import packaged_reference
from hub.routing import OwedNotice, ladder_deadlines, told, unsent
from hub.rulebook import Rulebook
from schemas.codec import SchemaIds
from schemas.records import AuditLeaf, LoggedEvent, Told
from streams.arrivals import Arrival, LogReader
from streams.broker_clock import CLOCK
from streams.caught_up import CaughtUp
from streams.child_store import ChildStore
from streams.children import Children
from streams.clock import Clock
from streams.course_tally import CourseTally
from streams.directory_feed import DirectoryFeed
from streams.due_index import DueIndex
from streams.entries import EntryPublisher
from streams.event_batches import BATCH, EVENT_PARTITIONS
from streams.event_log import EventWriter
from streams.hub_records import HubRecords
from streams.hub_time_feed import hub_times
from streams.keyring import ChildErased
from streams.metrics import NOTICE_SECONDS, NOTICES, REPORT_TO_INBOX, STEP_SECONDS
from streams.moves import MoveWriter
from streams.notices import NoticeWriter
from streams.outbound import Outbound
from streams.rules_feed import RulesFeed
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.shell import WorkerApp, end_when_failed
from streams.start import run_worker

_PAUSE_BETWEEN_CHILDREN: Final = 0.005
"""Seconds: at most 200 children a second are looked at again."""

_SIDE_BY_SIDE: Final = 64
"""Children that are brought up together; after a rebuild there may be hundreds of thousands, one lot after another."""
_LOOKED_AT_WITH_EVERYTHING: Final = frozenset({b"Moved", b"DeadlineRaised"})
"""Old by their order and new by their arrival: as of their order, what was said since would not count."""

Views: TypeAlias = Mapping[EpisodeId, EpisodeView]


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
    watched: tuple[Deadline, ...] = ()
    """Everything of it that the clock watches, in the end."""
    leaves: list[AuditLeaf] = field(default_factory=list)
    afterwards: list[WireMessage] = field(default_factory=list)
    words: list[tuple[LoggedEvent, bytes]] = field(default_factory=list)

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
        self._behind: dict[ChildId, int] = {}
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

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Read the directory."""
        del reader
        self._app = app
        self._outbound = Outbound(app)
        self._directory.on_change(self._directory_changed.set)
        times = hub_times(self._settings, self._secrets.trust_key, self._ids)
        _, self._times = await asyncio.gather(self._directory.start(), times)

    async def recovered(self) -> None:
        """Begin to follow the directory and the time; the store is read as it is needed, and caught up by the log."""
        self._clock.start(self._outbound, self._times, self._own_partitions, self._directory_changed.set)
        self._walking = asyncio.create_task(self._walk_on_every_change())
        self._walking.add_done_callback(end_when_failed)
        self._rules_feed.start(self._go_by, end_when_failed)

    def position(self, partition: int) -> int | None:
        """What the store holds decides; an empty store begins at the beginning of the log."""
        held = self._store.position(partition)
        if held is None:  # every child that will be in it is looked at by what holds now
            self._store.set_mark(_looked_at(partition), self._gone_by())
        return held or 0

    def changed_hands(self, partitions: frozenset[int]) -> None:
        """Close opened children; the stored copy stays and is caught up if the partition comes back."""
        if partitions:
            self._children.forget()
            self._clock.changed_hands()

    async def stop(self) -> None:
        """Stop following the directory and the time, close the store."""
        await self._clock.stop()
        await self._rules_feed.stop()
        self._walking.remove_done_callback(end_when_failed)
        self._walking.cancel()
        await asyncio.gather(self._walking, return_exceptions=True)
        await self._directory.stop()
        self._store.close()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool) -> None:
        """Store, fold, send what is owed, say so; return when all of it is durable."""
        async with self._turn:
            taken: dict[ChildId, list[Event]] = defaultdict(list)
            for arrival in arrivals:
                if self._is_own_word(arrival):
                    self._store.advance(arrival.partition, arrival.offset + 1)
                    continue
                if _header(arrival, "ce_type") == BATCH:
                    self._children.take_batch(arrival)
                    continue
                child = ChildId(arrival.key.decode())
                if more_follow and self._children.take_unopened(arrival):
                    self._behind.setdefault(child, arrival.partition)
                    continue
                event = self._children.take(arrival)
                if event is not None:
                    self._behind.setdefault(child, arrival.partition)
                    if _header(arrival, "ce_type") not in _LOOKED_AT_WITH_EVERYTHING:
                        taken[child].append(event)
            self._store.write()
            if more_follow:
                return
            behind, self._behind = list(self._behind.items()), {}
            for start in range(0, len(behind), _SIDE_BY_SIDE):
                some = behind[start : start + _SIDE_BY_SIDE]
                await self._bring_up([self._hand(child, partition, taken[child]) for child, partition in some])
                self._app.progressed()

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
        """Bring children up to date, side by side; return when everything is durable.

        Episodes are numbered in the keyring first, so that an acknowledgement finds its child however soon it comes.
        """
        numbered = ((e.id, hand.child) for hand in hands for e in hand.state.episodes if hand.state.is_whole(e))
        self._secrets.keyring.number_episodes(numbered)
        await asyncio.gather(*[self._bring_up_one(hand) for hand in hands])
        await self._outbound.all(self._records.leaves(leaf for hand in hands for leaf in hand.leaves))
        for hand in hands:
            self._clock.changed(hand.partition, hand.child, hand.state, hand.watched)
        self._store.write()

    async def _bring_up_one(self, hand: _InHand) -> None:
        """Bring one child up to date, event by event in the order accepted.

        For each event the child is folded as of that event, so that after a crash, when later ones are stored
        already, the same notices go out under the same ids. The notices of one event are at the broker before the
        next one is looked at; what says so goes out together at the end. An event that was moved here is old by its
        order and new by its arrival: as of its order, what was told since would not count, so it is looked at only
        with everything else. So is what lies before the last of our own words: it was looked at when it came.
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
        state = fold(hand.child, hand.events.values()) if hand.words else hand.state
        views = _views(state)
        await self._send_owed(hand, state, views, newest)
        if hand.words:
            state = with_told(state, [hand.events[EventId(logged.event_id)] for logged, _ in hand.words])
        duties = self._deadlines(state)
        publication = self._entries.publication(state, self._directory.current, self._directory.as_of, views, duties)
        await self._outbound.all(publication.wraps)
        moves = self._moves.due(state, hand.partition)
        await self._outbound.all([*hand.afterwards, *publication.entries, *(wire for _, wire in moves)])
        for logged, sealed in hand.words:
            self._children.keep_own(hand.partition, hand.child, logged, sealed)
        self._entries.note(publication)
        self._tally.note(state, duties, self._directory.current)
        self._moves.note(moves)
        hand.state, hand.watched = state, (*duties, *self._ladders(state, views))

    async def _send_owed(self, hand: _InHand, state: ChildState, views: Views, trigger: Event) -> None:
        """Send what is owed and not told, cause by cause; add what is to be said of it once the broker has it."""
        directory = self._directory.current
        by_id = {event.id: event for event in state.events}
        owing = unsent(
            state, directory, self._by.routing, self._reference, views=views, deadline_rules=self._by.deadlines,
            delivery_rules=self._by.delivery,
        )  # fmt: skip
        for cause, owed in owing.items():
            sent = await self._outbound.all(self._notices.notice(each, directory) for each in owed)
            cause_event = by_id.get(EventId(cause), trigger)
            self._measure(owed, cause_event, state, [metadata.timestamp for metadata in sent])
            record = told(cause, owed, self._by.routing, directory)
            wire, logged = self._notices.told(record, hand.child, cause_event)
            hand.events[EventId(logged.event_id)] = self._children.opened(logged)
            self._own_words.add(logged.event_id.encode())
            hand.words.append((logged, wire.value))
            hand.afterwards.append(wire)
            hand.leaves += self._notices.leaves(owed, hand.child)

    def _measure(self, owed: Iterable[OwedNotice], cause: Event, state: ChildState, appended: Sequence[int]) -> None:
        for each, at in zip(owed, appended, strict=True):
            seconds = max(at / 1000 - self._times.real_time(cause.accepted_at).timestamp(), 0.0)
            episode = state.episode(EpisodeId(each.notice.episode_id))
            risk = episode.risk.treated_as.value if episode is not None else "unknown"
            REPORT_TO_INBOX.labels(cause.body.SCHEMA_NAME, risk).observe(seconds)
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
