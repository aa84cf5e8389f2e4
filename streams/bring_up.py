"""Brings children up to date: what is owed of them goes out, then what says so, and what the register says of them.

For every event, and every repeat of one, `owed - told` is sent, the broker is waited for, and only then `Told` follows;
so a crash at any point leaves something owed, never something lost.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from aiokafka.structs import RecordMetadata

from hub.deadlines import Deadline
from hub.episode import fold
from hub.episode.model import ChildState, Departure
from hub.episode.told import with_told
from hub.event import Event
from hub.hub_time import HubTimes
from hub.ids import ChildId, EpisodeId, EventId
from hub.messages import WireMessage
from hub.routing import OwedNotice
from hub.routing.unfound import reference_id
from hub.turns import known_as_of
from schemas.records import AuditLeaf, LoggedEvent, Told
from streams.basis import Basis, Views, views_of
from streams.child_store import ChildStore
from streams.children import Children
from streams.clock import Clock
from streams.course_tally import CourseTally
from streams.entries import EntryPublisher
from streams.hub_records import HubRecords
from streams.metrics import NOTICE_SECONDS, NOTICES, NOTICES_UNSETTLED, REPORT_TO_INBOX, STEP_SECONDS
from streams.moves import MoveWriter
from streams.notices import NoticeWriter
from streams.outbound import Outbound, acknowledged
from streams.publications import NOTHING, Publication
from streams.rounds import Rounds
from streams.secrets import HubSecrets

_log = structlog.get_logger()
_ROUNDS: Final = 5
"""What is told leaves something else to tell once, as the rules are; more rounds than this would be a ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Notices of one cause on their way."""

    owed: Sequence[OwedNotice]
    cause: Event
    state: ChildState
    """By which they were owed."""
    sent: Sequence["asyncio.Future[RecordMetadata]"]


@dataclass(slots=True, kw_only=True)
class InHand:
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
    notices: list[Notices] = field(default_factory=list)
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


async def _nobody(_: Container[ChildId]) -> list[InHand]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiners:
    """Children of what arrives while others are being brought up."""

    take: Callable[[Container[ChildId]], Awaitable[list[InHand]]] = _nobody
    """Those that may be brought up with them: not these, which are on their way."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something arrives; whoever waits for it clears it."""


@dataclass(slots=True, kw_only=True)
class BringUp:
    """Of one register worker. `basis` says what it goes by now."""

    secrets: HubSecrets
    store: ChildStore
    children: Children
    notices: NoticeWriter
    moves: MoveWriter
    entries: EntryPublisher
    tally: CourseTally
    records: HubRecords
    clock: Clock
    basis: Callable[[], Basis]
    _own_words: set[bytes] = field(default_factory=set)
    _outbound: Outbound = field(init=False)
    _times: HubTimes = field(init=False)

    def start(self, outbound: Outbound, times: HubTimes) -> None:
        """Called once, before anything is brought up."""
        self._outbound = outbound
        self._times = times

    def is_own_word(self, event_id: bytes) -> bool:
        """True, once, for a `Told` that was folded here when it was written and that now comes back round."""
        if event_id not in self._own_words:
            return False
        self._own_words.discard(event_id)
        return True

    def hand(self, child: ChildId, partition: int, taken: list[Event]) -> InHand:
        """A child with its opened events. `taken` is what of them arrived now, in order."""
        events = self.children.events(partition, child)
        return InHand(child=child, partition=partition, taken=taken, events=events, state=fold(child, events.values()))

    async def all(self, hands: Sequence[InHand], joiners: Joiners | None = None) -> None:
        """Bring children up to date, one after another; return when everything is durable.

        Each child waits twice for the broker: for its notices and keys, and then for what rests on those (the words
        that they went, the entries, the moves, the evidence). Meanwhile the next one is worked out, and what arrives
        joins. Notices come first, of everybody who is here: people wait for those. Episodes (and messages
        of which their sender is told) are numbered in the keyring before anything, so that an acknowledgement finds its
        child however soon it comes.
        """
        joiners = joiners or Joiners()
        rounds = Rounds(self._conclude, joiners.news)
        try:
            await self._all(deque(hands), joiners, rounds)
        finally:
            await rounds.end()

    async def _all(self, waiting: deque[InHand], joiners: Joiners, rounds: Rounds[InHand]) -> None:
        unpublished: dict[ChildId, list[InHand]] = {}
        while waiting or unpublished or rounds.children:
            self._number(waiting)
            while waiting:
                hand = waiting.popleft()
                await self._tell(hand)
                unpublished.setdefault(hand.child, []).append(hand)
                await asyncio.sleep(0)  # the producer's turn
            if unpublished:
                await self._outbound.hand_over()
                told = unpublished.pop(next(iter(unpublished)))
                await self._publish(told[-1])  # of a child that joined again, its latest state
                rounds.add(told)
                await asyncio.sleep(0)
            joiners.news.clear()
            waiting.extend(await joiners.take(rounds.children))
            is_busy = bool(waiting or unpublished)
            rounds.go_on(others_first=is_busy)
            if not is_busy and rounds.children:
                await joiners.news.wait()

    async def _conclude(self, hands: Sequence[InHand]) -> None:
        """Wait until their notices and keys are out, then say so; return when all of it is durable and noted."""
        for hand in hands:
            await acknowledged(hand.keys)
            for notices in hand.notices:
                self._measure(notices, await acknowledged(notices.sent))
        leaves = self.records.leaves(leaf for hand in hands for leaf in hand.leaves)
        await self._outbound.all([*(wire for hand in hands for wire in hand.afterwards), *leaves])
        for hand in hands:
            for logged, sealed in hand.words:
                self.children.keep_own(hand.partition, hand.child, logged, sealed)
        for hand in {hand.child: hand for hand in hands}.values():
            self.entries.note(hand.publication)
            self.moves.note(hand.moves)
            self.clock.changed(hand.partition, hand.child, hand.state, hand.watched)
        self.store.write()

    def _number(self, hands: Iterable[InHand]) -> None:
        whole = [(e.id, hand.child) for hand in hands for e in hand.state.episodes if hand.state.is_whole(e)]
        whole += [(reference_id(event), hand.child) for hand in hands for event in hand.state.unfound]
        self.secrets.keyring.number_episodes(whole)

    async def _tell(self, hand: InHand) -> None:
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
            as_of = known_as_of(hand.events.values(), event)
            if len(as_of) < len(hand.events):
                state = fold(hand.child, as_of)
                await self._send_owed(hand, state, views_of(state), event)
        newest = max(hand.events.values(), key=lambda event: event.order)
        hand.state = fold(hand.child, hand.events.values()) if hand.words else hand.state
        hand.views = views_of(hand.state)
        await self._send_owed(hand, hand.state, hand.views, newest)

    async def _publish(self, hand: InHand) -> None:
        """Work out what the register says of one child by now, what the clock watches, and what departs; send keys."""
        state = hand.state
        if hand.words:
            state = with_told(state, [hand.events[EventId(logged.event_id)] for logged, _ in hand.words])
        basis = self.basis()
        duties, proved = basis.duties(state), basis.proofs(state)
        publication = self.entries.publication(
            state, basis.directory, basis.as_of, hand.views, duties,
            proved=proved, delivery_rules=basis.rules.delivery,
        )  # fmt: skip
        hand.keys = await self._outbound.begin(publication.wraps)
        hand.moves = self.moves.due(state, hand.partition)
        hand.afterwards += [*publication.entries, *(wire for _, wire in hand.moves)]
        hand.publication = publication
        self.tally.note(state, duties, basis.directory)
        hand.state, hand.watched = state, (*duties, *basis.ladders(state, hand.views, proved))

    async def _send_owed(self, hand: InHand, state: ChildState, views: Views, trigger: Event) -> None:
        """Send what is owed and not told, cause by cause; add what is to be said of it once the broker has it.

        What is told may leave something else to tell: of a duty hears whoever was told of the absence. So it is asked
        again with what was told now, until nothing is owed. The rounds stand on the log alone, and a re-run that finds
        the words of the first among what it read goes on with the second.
        """
        for _ in range(_ROUNDS):
            words = await self._send_unsent(hand, state, views, trigger)
            if not words:
                return
            state = with_told(state, words)
        if self.basis().unsent(state, views):
            NOTICES_UNSETTLED.inc()
            _log.error(
                "notices_unsettled", rounds=_ROUNDS, event=trigger.id, remedy="the rules owe without end: report it"
            )

    async def _send_unsent(self, hand: InHand, state: ChildState, views: Views, trigger: Event) -> list[Event]:
        """Send what is owed as things stand; what says that it went, as events.

        Everything is composed before anything is handed to the producer: what cannot be written must not have been sent
        in part, else each repeat sends it again.
        """
        basis = self.basis()
        owing = basis.unsent(state, views).items()
        by_id = {event.id: event for event in state.events} if owing else {}
        written = [
            self.notices.written(owed, by_id.get(EventId(cause), trigger), hand.child, basis) for cause, owed in owing
        ]
        words: list[Event] = []
        for one in written:
            sent = await self._outbound.begin(one.notices)
            hand.notices.append(Notices(owed=one.owed, cause=one.cause, state=state, sent=sent))
            for wire, logged in one.told:
                event = hand.events[EventId(logged.event_id)] = self.children.opened(logged)
                words.append(event)
                self._own_words.add(logged.event_id.encode())
                hand.words.append((logged, wire.value))
                hand.afterwards.append(wire)
            hand.leaves += one.leaves
        return words

    def _measure(self, notices: Notices, appended: Iterable[RecordMetadata]) -> None:
        accepted_at = self._times.real_time(notices.cause.accepted_at).timestamp()
        for each, metadata in zip(notices.owed, appended, strict=True):
            seconds = max(metadata.timestamp / 1000 - accepted_at, 0.0)
            episode = notices.state.episode(EpisodeId(each.notice.episode_id))
            risk = episode.risk.treated_as.value if episode is not None else "unknown"
            REPORT_TO_INBOX.labels(notices.cause.body.SCHEMA_NAME, risk).observe(seconds)
            NOTICE_SECONDS.labels("stored", risk).observe(seconds)
            NOTICES.labels(each.notice.kind.value, each.notice.ask.value).inc()
            STEP_SECONDS.labels("register").observe(seconds)
