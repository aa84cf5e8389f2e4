"""A long stretch of the log, read again: stored as it comes, and every child of it looked at once at its end.

What can be worked out by anybody with the keys is given to side processes: whether a worker of the hub signed a record,
and what follows of a child to whom nobody owes a word (`quiet_look`). What is left to the worker is the store and the
broker. How one lot of children is looked at stands in `lots`. Records and their order are those of `Register`; nothing
is decided here.

Rules kept here:

1. A record is kept only once its signature was verified.
2. A child that is behind is noted on the disk until what its look wrote is there (`behind`), so a worker that ends at
   any point goes on where it was.
3. A child that is not quiet is not sent anything from here: it is handed back, and the register looks at it event by
   event, as it does with what arrives.
4. No report waits for hundreds of children: once the log is stored, looks go on between batches, and a child of whom
   something arrives is looked at first. Where a process died over them, and a disk was not lost, they come before
   reports once: then it is found over whom it dies.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final, TypeAlias

import structlog

from hub.ids import ChildId
from hub.messages import WireMessage
from streams.arrivals import Arrival
from streams.behind import Behind
from streams.child_store import ChildStore
from streams.endings import end_when_failed
from streams.lots import Lots
from streams.metrics import CHILDREN_BEHIND
from streams.outbound import Outbound
from streams.side_processes import SideProcesses
from streams.side_work import Verified, Verify
from streams.what_stands import WhatStands

_LOT: Final = 8
"""Children in one piece of work."""
_HANDED_BACK: Final = 64
"""Children handed back together where none can be quiet: the register brings so many up side by side."""
_PIECE: Final = 128
"""Records in one piece of work: of each but the last of every worker, the signature need not be verified."""
_WORTH_IT: Final = 2048
"""Records from which on it is worth to start side processes, which takes a second of a core each."""
_TOGETHER: Final = 60.0
"""Seconds without any after which they are counted anew."""
_MANY: Final = 300
"""Children behind for whom reports do not wait."""
_LOG_FIRST_SECONDS: Final = 1.0
"""Since a piece of another partition's log came: until all of it is stored, nobody is looked at between."""
_PAUSE: Final = 0.25
_LOOK_SECONDS: Final = 1.0
_SAY_EVERY: Final = 10.0
"""Seconds between two lines about how far it is."""
_log = structlog.get_logger()

Place: TypeAlias = tuple[int, int]
"""A partition, and an offset in it."""


@dataclass(slots=True, kw_only=True)
class Rebuild:
    """Of one register worker."""

    store: ChildStore
    behind: Behind
    stands: WhatStands
    sides: SideProcesses
    lots: Lots
    blame: Callable[[Place | None], bool]
    """Say for which record a child is looked at; whether a process died here before, so that this is worth to know."""
    blame_any: Callable[[], bool]
    """Say that any of many may be to blame now; whether processes died so again and again."""
    progressed: Callable[[bool], None]
    """Say that this gets on, and whether what was in hand when a process died is absolved by that."""
    turn: asyncio.Lock
    """Whose it is may write; between batches it is ours, a lot at a time."""
    patience: float
    """Seconds that a lot between batches may take."""
    _records: int = 0
    """Of this stretch, and of those of other partitions shortly before, that have come so far."""
    _came_at: float = 0.0
    _coming: "dict[Place, asyncio.Task[Verified]]" = field(default_factory=dict)
    """Records whose signatures are looked at before it is their turn, by where the first of them stands."""
    _going_on: "dict[int, asyncio.Task[None]]" = field(default_factory=dict)
    """Partitions whose children are looked at between batches."""
    _one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """These will be asked about when what came before them is stored: the side processes may begin with them."""
        now = time.monotonic()
        if now - self._came_at > _TOGETHER:
            self._records = 0
        self._came_at = now
        self._records += len(arrivals)
        if arrivals and self.behind.is_filling(arrivals[0].partition):
            self.stands.begin()
        if self.sides.most and self._records >= _WORTH_IT:
            self._coming[_place(arrivals)] = asyncio.create_task(self._verified(arrivals))

    async def signed(self, arrivals: Sequence[Arrival]) -> Verified:
        """Of each record whether it is known by now that a worker of the hub signed it; of a batch, its events."""
        verifying = self._coming.pop(_place(arrivals), None)
        found = [] if verifying is None else await verifying
        return found if len(found) == len(arrivals) else [False] * len(arrivals)

    async def _verified(self, arrivals: Sequence[Arrival]) -> Verified:
        await self.lots.go_by()
        pieces = [
            Verify(tuple((_wire(arrival), arrival.appended_at) for arrival in arrivals[start : start + _PIECE]))
            for start in range(0, len(arrivals), _PIECE)
        ]
        return list(chain.from_iterable(await self.sides.ask_to_verify(pieces)))

    async def finish(self, partition: int, outbound: Outbound) -> None:
        """Look at every child of a partition that is behind; return when the broker and the disk have what follows.

        Where a process died before, and they are few, one at a time: so it is known over whom it dies. So also where
        they are many, once processes have died among them again and again. Where they are many, and nobody died, return
        at once, and go on between batches; where a lost disk is filled again, in any case.
        """
        self._coming.clear()
        if self.goes_on(partition):
            return
        if self.behind.is_filling(partition):
            await self._what_stands()
        if not self.behind.has(partition):
            self.behind.none_left(partition)
            return
        are_many = any(islice(self.behind.of(partition), _MANY, None))
        if are_many and (self.behind.is_filling(partition) or self._has_nobody_died(partition)):
            count = sum(1 for _ in self.behind.of(partition))
            CHILDREN_BEHIND.labels(str(partition)).set(count)
            self.behind.goes_on(partition)
            self.store.write()
            going = asyncio.create_task(self._between_batches(partition, count, outbound))
            going.add_done_callback(_end_when_failed)
            self._going_on[partition] = going
            return
        is_careful = self.blame(None) and (not are_many or self.blame_any())
        is_aside = self.behind.is_filling(partition) and self.sides.are_there and not is_careful
        if is_aside:
            await self.lots.go_by()
        size = _LOT if self.behind.is_filling(partition) else _HANDED_BACK
        lots = _lots(self.behind.of(partition), 1 if is_careful else size)

        async def look() -> None:
            for lot in lots:
                await self._look_at(partition, lot, outbound, aside=is_aside)

        await asyncio.gather(*[look() for _ in range(self.sides.in_hand if is_aside else 1)])
        self.behind.none_left(partition)
        self.sides.end_soon()

    def _has_nobody_died(self, partition: int) -> bool:
        """Whether no process ended while it went on with a partition, or with a record in hand that is left."""
        return not (self.behind.was_going_on(partition) or self.blame(None))

    def goes_on(self, partition: int) -> bool:
        """Whether children of a partition are looked at between batches now."""
        return partition in self._going_on

    def is_behind(self, partition: int, child: ChildId) -> bool:
        """Whether a child waits for its look between batches."""
        return self.goes_on(partition) and self.behind.holds(partition, child)

    async def look_first(self, partition: int, children: list[ChildId]) -> None:
        """Look at these at once, with what has arrived of them; the turn is the caller's."""
        await self.lots.hand_back_all(partition, children)

    def gone(self, partitions: Iterable[int]) -> None:
        """These went to another worker, or came from one: go on with them only when they are read again."""
        for partition in partitions:
            if (going := self._going_on.pop(partition, None)) is not None:
                going.cancel()
                self.behind.rests(partition)
                CHILDREN_BEHIND.labels(str(partition)).set(0)

    async def end(self) -> None:
        """Go on with nothing; what is behind stands on the disk."""
        going = list(self._going_on.values())
        self.gone(list(self._going_on))
        self.store.write()
        await asyncio.gather(*going, return_exceptions=True)
        await self.sides.end()

    async def _between_batches(self, partition: int, count: int, outbound: Outbound) -> None:
        """Look at every child of a partition while reports go their way; a lot that takes too long ends the worker."""
        began, looked_at = time.monotonic(), 0
        said = began
        _log.info("rebuilding", partition=partition, children=count)

        async def look(lots: Iterator[list[ChildId]]) -> None:
            nonlocal looked_at, said
            for lot in lots:
                while (at := time.monotonic()) - self._came_at < _LOG_FIRST_SECONDS:  # noqa: ASYNC110 - time ends it
                    await asyncio.sleep(_PAUSE)
                await self._look_at(partition, lot, outbound, aside=True, turn=self.turn)
                looked_at += len(lot)
                CHILDREN_BEHIND.labels(str(partition)).set(max(count - looked_at, 0))
                if (now := time.monotonic()) - said > _SAY_EVERY:
                    said = now
                    _log.info("rebuilding", partition=partition, children=looked_at, a_second=_rate(looked_at, began))
                await asyncio.sleep(0 if self.sides.most else now - at)

        while self.goes_on(partition):
            lots = _lots(iter(self.behind.newest_first(partition)), _LOT)
            aside = self.sides.in_hand if self.behind.is_filling(partition) else 0
            looks = [asyncio.create_task(look(lots)) for _ in range(aside or 1)]
            try:
                await asyncio.gather(*looks)
            finally:
                for each in looks:
                    each.cancel()
            async with self.turn:
                if not any(True for _ in self.behind.of(partition)):
                    self.behind.none_left(partition)
                    self.store.write()
                    del self._going_on[partition]
        CHILDREN_BEHIND.labels(str(partition)).set(0)
        if not self._going_on:
            self.sides.end_soon()
        _log.info("rebuilt", partition=partition, children=looked_at, a_second=_rate(looked_at, began))

    async def _look_at(
        self,
        partition: int,
        lot: list[ChildId],
        outbound: Outbound,
        *,
        aside: bool,
        turn: AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        """Look at a lot. With a `turn`, batches go between: what follows of whom nothing has changed since is noted."""
        if len(lot) == 1 and turn is None and (newest := self.behind.newest(partition, lot[0])) is not None:
            self.blame((partition, newest))
        elif turn is None:
            self.blame_any()
        patience = None if turn is None else self.patience
        as_of = {child: self.behind.newest(partition, child) for child in lot if self.behind.holds(partition, child)}
        by = self.lots.by()
        async with asyncio.timeout(patience):
            is_whole = self.behind.is_filling(partition) and not await self._what_stands()
            looked = await self.lots.looked_at(partition, list(as_of), aside=aside, is_whole=is_whole)
        async with turn or nullcontext(), asyncio.timeout(patience):
            if turn is not None:
                unchanged = {child for child, newest in as_of.items() if self._stands_at(partition, child, newest)}
                looked = looked.of(unchanged if self.lots.by() == by else ())
            await self.lots.note(partition, looked, outbound)
            if looked.left:
                async with self._one_by_one:
                    await self.lots.hand_back_all(partition, looked.left)
        if turn is None:
            is_careful = self.blame(None)  # then a look at one child says nothing of the others
            self.progressed(not is_careful)

    def _stands_at(self, partition: int, child: ChildId, newest: int | None) -> bool:
        """Whether this child is still behind, and by nothing that came since."""
        return self.behind.holds(partition, child) and self.behind.newest(partition, child) == newest

    async def _what_stands(self) -> bool:
        """Return when it was read what the register holds on the broker; whether it holds anything."""
        reading, before = self.stands.begin(), self.stands.taken
        while not reading.done():
            await asyncio.wait([reading], timeout=_LOOK_SECONDS)
            if self.stands.taken > before:
                before = self.stands.taken
                if not self._going_on:  # else a batch in hand may wait for its turn: it does not get on by this
                    self.progressed(True)  # noqa: FBT003 - reading is not what a process dies over
        return reading.result()


def _end_when_failed(going: "asyncio.Task[None]") -> None:
    if not going.cancelled():
        end_when_failed(going)


def _place(arrivals: Sequence[Arrival]) -> Place:
    return arrivals[0].partition, arrivals[0].offset


def _wire(arrival: Arrival) -> WireMessage:
    return WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)


def _lots(children: Iterator[ChildId], size: int) -> Iterator[list[ChildId]]:
    while lot := list(islice(children, size)):
        yield lot


def _rate(count: int, began: float) -> float:
    return round(count / max(time.monotonic() - began, 1e-9), 1)
