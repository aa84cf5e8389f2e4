"""The clock: turns time into events. The only place of the hub that asks what time it is.

It lives with the register, which has the children's states. When something happened to a child it computes from the
child's deadlines when to look next and keeps that in the index of who is due (`due_index`); when that time has come it
sends `DeadlineRaised` to the child's log, and the register folds it like any other event. It decides nothing itself
(`hub.clock`, `hub.deadlines`) and writes no state but the index.

Rules kept here:

1. An id derives from what is raised, so a second ticker, a zombie, a restart raise nothing twice.
2. A child leaves its place in the index only when the broker has what was raised of it.
3. A partition is looked at only once everything is in that was on its way when it came here (`caught_up`).
4. Reports go first: a few children a step, a pause after each step as long as the step, and at most so many raised
   events on their way that a report never waits behind more than those.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from hub.clock import id_of, look
from hub.deadlines import Deadline
from hub.episode import fold
from hub.episode.model import ChildState
from hub.hub_time import HubTimes
from hub.ids import ChildId, EpisodeId, EventId
from hub.messages import WireMessage
from schemas.records import DeadlineRaised
from streams.broker_clock import CLOCK, BrokerClock
from streams.caught_up import CaughtUp
from streams.children import Children
from streams.due_index import DueIndex
from streams.endings import end_when_failed
from streams.event_log import EventWriter, Origin
from streams.keyring import ChildErased
from streams.metrics import CLOCK_JUMP, DUE_TO_RAISED, RAISED
from streams.outbound import Outbound

TICK_SECONDS: Final = 0.1
BEAT_SECONDS: Final = 5.0
MOST_ON_THEIR_WAY: Final = 16
"""Raised events that have not come back round yet: beyond these the clock waits."""
_A_STEP: Final = 8
_SHORTEST_PAUSE: Final = 0.005
_FORGOTTEN_AFTER: Final = 60.0
"""Seconds after which a raised event that did not come back round is raised again, under the same id."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

_log = structlog.get_logger()

DeadlinesOf = Callable[[ChildState], Sequence[Deadline]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """One child whose time came at `since`; what is to be sent of it, and when to look again."""

    partition: int
    child: ChildId
    since: datetime
    raised: tuple[tuple[EventId, WireMessage], ...]
    again_at: datetime | None


class Clock:
    """Looks at children when they are due. `deadlines` gives all of a state: duties and steps of ladders."""

    def __init__(
        self,
        *,
        due: DueIndex,
        children: Children,
        events: EventWriter,
        deadlines: DeadlinesOf,
        caught_up: CaughtUp,
        instance: str,
    ) -> None:
        self._due = due
        self._children = children
        self._events = events
        self._deadlines = deadlines
        self._caught_up = caught_up
        self._instance = instance
        self._broker = BrokerClock()
        self._times = HubTimes.real()
        self._on_their_way: dict[EventId, float] = {}
        self._looking: set[ChildId] = set()
        """Children whose look is not finished, and to whom nothing has happened since it began."""
        self._here: frozenset[int] = frozenset()
        self._ready: frozenset[int] = frozenset()
        self._handed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(
        self,
        outbound: Outbound,
        times: HubTimes,
        caught_up: Callable[[], None],
    ) -> None:
        """Begin to ask the broker for the time, and to look at the children of the partitions that are here.

        `caught_up` is called whenever the partitions that are here have come to be `ready`.
        """
        self._outbound = outbound
        self._say_ready = caught_up
        self._times = times
        self._tasks = [asyncio.create_task(task) for task in (self._ask(), self._take_over(), self._tick_on())]
        for task in self._tasks:
            task.add_done_callback(end_when_failed)

    @property
    def ready(self) -> frozenset[int]:
        """The partitions that hold everything that was on its way when they came here."""
        return self._ready

    async def stop(self) -> None:
        """Stop; what is due stays in the index."""
        for task in self._tasks:
            task.remove_done_callback(end_when_failed)
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def changed_hands(self, here: frozenset[int]) -> None:
        """Partitions went or came: raise nothing until those that are `here` now have caught up."""
        self._here = here
        self._ready = frozenset()
        self._due.forget()
        self._handed.set()

    def changed(self, partition: int, child: ChildId, state: ChildState, deadlines: Sequence[Deadline]) -> None:
        """Something happened to a child, whose newest state and deadlines these are: when is it to be looked at?

        Durable with the next write of the store. Nothing is sent from here.
        """
        self._looking.discard(child)
        now = self.now()
        if now is None:
            listed = self._due.listed(partition, child)
            self._due.put(partition, child, min(each for each in (listed, _LONG_AGO) if each is not None))
            return
        found = look(state, deadlines, now)
        self._have_come_round(state)
        self._due.put(partition, child, now if found.raised else found.again_at)

    def filled(
        self,
        partition: int,
        child: ChildId,
        events: Iterable[EventId],
        again_at: datetime | None,
        *,
        looked_at: datetime | None,
    ) -> None:
        """A child was read again from the log and looked at then: when is it to be looked at next?

        `again_at` is what the look at the time `looked_at` gave; None: not at all. A look without a time gave nothing.
        """
        self._looking.discard(child)
        if self._on_their_way:
            for event in events:
                self._on_their_way.pop(event, None)
        self._due.put(partition, child, _LONG_AGO if looked_at is None else again_at)

    async def tick(self) -> int:
        """Look at a few of the children that are due; how many there were."""
        now = self.now()
        if now is None or len(self._on_their_way) >= MOST_ON_THEIR_WAY:
            self._forget_the_lost()
            return 0
        waiting = sorted(
            (since, partition, child)
            for partition in self._ready
            for child, since in self._due.due(partition, now, _A_STEP)
        )
        looks = [self._looked_at(partition, child, since, now) for since, partition, child in waiting[:_A_STEP]]
        self._looking = {each.child for each in looks}
        await self._raise(looks)
        for each in looks:
            if each.child in self._looking:
                self._due.put(each.partition, each.child, each.again_at)
        if looks:
            self._due.write()
        return len(looks)

    def _looked_at(self, partition: int, child: ChildId, since: datetime, now: datetime) -> _Due:
        try:
            state = fold(child, self._children.events(partition, child).values())
            deadlines = self._deadlines(state)
            found = look(state, deadlines, now)
            self._have_come_round(state)
            causes = {(each.episode, each.duty, each.due_at): each.base_event for each in deadlines}
            raised = tuple(
                (id_of(each), self._event(each, state, now, causes[EpisodeId(each.episode_id), each.duty, each.due_at]))
                for each in found.raised
                if id_of(each) not in self._on_their_way
            )
        except ChildErased:
            return _Due(partition=partition, child=child, since=since, raised=(), again_at=None)
        return _Due(partition=partition, child=child, since=since, raised=raised, again_at=found.again_at)

    def _event(self, raised: DeadlineRaised, state: ChildState, now: datetime, cause: EventId) -> WireMessage:
        """What is raised, as an event of the child's log, dated now and directly behind the newest event known."""
        origin = Origin(
            accepted_at=now,
            inbound_partition=0,
            inbound_offset=0,
            accepted_offset=max(event.order for event in state.events),
        )
        wire, _ = self._events.own(raised, state.child, id_of(raised), origin, cause=cause)
        return wire

    async def _raise(self, looks: Sequence[_Due]) -> None:
        """Send what is raised, and return when the broker has it."""
        sent = [(each.since, event_id, wire) for each in looks for event_id, wire in each.raised]
        if not sent:
            return
        self._on_their_way.update((event_id, time.monotonic()) for _, event_id, _ in sent)
        answers = await self._outbound.all(wire for _, _, wire in sent)
        for (since, _, _), answer in zip(sent, answers, strict=True):
            if since == _LONG_AGO:
                continue
            appended = _LONG_AGO + answer.timestamp * _MILLISECOND
            DUE_TO_RAISED.observe(max(0.0, (appended - self._times.real_time(since)).total_seconds()))
        RAISED.inc(len(sent))

    def _have_come_round(self, state: ChildState) -> None:
        """What the child's log holds by now is not on its way any more."""
        if self._on_their_way:
            for event in state.events:
                if isinstance(event.body, DeadlineRaised):
                    self._on_their_way.pop(event.id, None)

    def _forget_the_lost(self) -> None:
        limit = time.monotonic() - _FORGOTTEN_AFTER
        for event_id in [each for each, since in self._on_their_way.items() if since < limit]:
            del self._on_their_way[event_id]

    def now(self) -> datetime | None:
        """The hub's time, to the millisecond; None until the broker has said what time it is."""
        if not self._broker.has_heard:
            return None
        now = self._times.hub_time(self._broker.now())
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def _tick_on(self) -> None:
        while True:
            began = time.monotonic()
            count = await self.tick()
            spent = time.monotonic() - began
            await asyncio.sleep(max(spent, _SHORTEST_PAUSE) if count else TICK_SECONDS)

    async def _ask(self) -> None:
        """Ask the broker for the time, again and again."""
        count = self._broker.count
        while True:
            sent = count()
            answer = await (await self._outbound.send(CLOCK, self._instance.encode(), b""))
            self._broker.heard(sent, count(), _LONG_AGO + answer.timestamp * _MILLISECOND)
            if (jump := self._broker.jump) != 0:
                _log.error("broker_clock_jumped", seconds=round(jump, 3), remedy="not believed for a minute: check NTP")
            CLOCK_JUMP.set(jump)
            await asyncio.sleep(BEAT_SECONDS)

    async def _take_over(self) -> None:
        """Whenever partitions came or went: wait until those that are here hold what was on its way.

        If others come or go meanwhile, the wait is for nothing: one of those that went would never catch up.
        """
        while True:
            await self._handed.wait()
            self._handed.clear()
            here = self._here
            if here and await self._caught_up.wait(here, lambda: not self._handed.is_set()):
                self._ready = here
                self._say_ready()
                _log.info("clock_runs", partitions=len(here))
