"""A long stretch of the log, read again: stored as it comes, and every child of it looked at once at its end.

What can be worked out by anybody with the keys is given to side processes: whether a worker of the hub signed a record,
and what follows of a child to whom nobody owes a word (`quiet_look`). What is left to the worker is the store and the
broker. Records and their order are those of `Register`; nothing is decided here.

Rules kept here:

1. A record is kept only once its signature was verified.
2. A child that is behind is noted on the disk until what its look wrote is there (`behind`), so a worker that ends at
   any point goes on where it was.
3. A child that is not quiet is not sent anything from here: it is handed back, and the register looks at it event by
   event, as it does with what arrives.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final, TypeAlias

import structlog

from hub.ids import ChildId
from hub.messages import WireMessage
from streams.arrivals import Arrival
from streams.basis import Basis
from streams.behind import Behind
from streams.child_store import ChildStore
from streams.clock import Clock
from streams.course_tally import CourseTally
from streams.entries import EntryPublisher
from streams.outbound import Outbound
from streams.quiet_look import Quiet, QuietLooks, Stored
from streams.side_processes import SideProcesses
from streams.side_work import GoBy, LookAt, Verified, Verify
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
"""Children behind, from which on it is worth it too: a worker that was killed has read its stretch already."""
_LOOK_SECONDS: Final = 1.0
_SAY_EVERY: Final = 10.0
"""Seconds between two lines about how far it is."""
_log = structlog.get_logger()

Place: TypeAlias = tuple[int, int]
"""A partition, and an offset in it."""
HandBack = Callable[[int, list[ChildId]], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Rebuild:
    """Of one register worker. `basis` says what it goes by now; `hand_back` takes children that are not quiet."""

    store: ChildStore
    behind: Behind
    stands: WhatStands
    looks: QuietLooks
    entries: EntryPublisher
    tally: CourseTally
    clock: Clock
    sides: SideProcesses
    basis: Callable[[], Basis]
    hand_back: HandBack
    blame: Callable[[Place | None], bool]
    """Say for which record a child is looked at; whether a process died here before, so that this is worth to know."""
    progressed: Callable[[], None]
    _records: int = 0
    """Of this stretch, and of those of other partitions shortly before, that have come so far."""
    _came_at: float = 0.0
    _coming: "dict[Place, asyncio.Task[Verified]]" = field(default_factory=dict)
    """Records whose signatures are looked at before it is their turn, by where the first of them stands."""
    _gone_by: object = None
    """What the side processes were told to go by."""
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)
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
        await self._go_by()
        pieces = [
            Verify(tuple((_wire(arrival), arrival.appended_at) for arrival in arrivals[start : start + _PIECE]))
            for start in range(0, len(arrivals), _PIECE)
        ]
        return list(chain.from_iterable(await self.sides.ask_to_verify(pieces)))

    async def finish(self, partition: int, outbound: Outbound) -> None:
        """Look at every child of a partition that is behind; return when the broker and the disk have what follows.

        Where a process died before, and they are few, one at a time: so it is known over whom it dies.
        """
        self._coming.clear()
        if self.behind.is_filling(partition):
            await self._what_stands()
        if not self.behind.has(partition):
            self.behind.none_left(partition)
            return
        are_many = any(islice(self.behind.of(partition), _MANY, None))
        is_careful = self.blame(None) and not are_many
        is_long = self.behind.is_filling(partition) and (self.sides.are_there or are_many) and not is_careful
        if is_long:
            await self._go_by()
        began, looked_at = time.monotonic(), 0
        said = began

        async def look(lots: Iterator[list[ChildId]]) -> None:
            nonlocal looked_at, said
            for lot in lots:
                await self._look_at(partition, lot, outbound, aside=is_long)
                looked_at += len(lot)
                self.progressed()
                if (now := time.monotonic()) - said > _SAY_EVERY:
                    said = now
                    _log.info("rebuilding", partition=partition, children=looked_at, a_second=_rate(looked_at, began))

        size = _LOT if self.behind.is_filling(partition) else _HANDED_BACK
        lots = _lots(self.behind.of(partition), 1 if is_careful else size)
        if is_long and self.sides.most:
            await asyncio.gather(*[look(lots) for _ in range(self.sides.in_hand)])
        else:
            await look(lots)
        self.behind.none_left(partition)
        self.sides.end_soon()
        if is_long:
            _log.info("rebuilt", partition=partition, children=looked_at, a_second=_rate(looked_at, began))

    async def _look_at(self, partition: int, lot: list[ChildId], outbound: Outbound, *, aside: bool) -> None:
        if len(lot) == 1 and (newest := self.behind.newest(partition, lot[0])) is not None:
            self.blame((partition, newest))
        left = lot
        if self.behind.is_filling(partition):
            left = await self._look_quietly(partition, lot, outbound, aside=aside)
        if left:
            async with self._one_by_one:
                await self.hand_back(partition, left)
                for each in left:
                    self.behind.drop(partition, each)
                self.store.write()
        self.blame(None)

    async def _look_quietly(
        self, partition: int, lot: list[ChildId], outbound: Outbound, *, aside: bool
    ) -> list[ChildId]:
        """Note what follows of those of a lot that are quiet, once it is published; the others."""
        stored = tuple(
            Stored(child=child, partition=partition, events=tuple(self.store.sealed_events(partition, child)))
            for child in lot
        )
        now = self.clock.now()

        async def ask(children: tuple[Stored, ...], *, is_whole: bool) -> list[Quiet | None]:
            if aside and self.sides.most:
                return await self.sides.ask_to_look(LookAt(children, now, is_whole))
            return self.looks.all(children, self.basis(), now, is_whole=is_whole)

        is_whole = not await self._what_stands()
        quiet: list[tuple[Stored, Quiet]] = []
        missing: list[Stored] = []
        left: list[ChildId] = []
        for child, found in zip(stored, await ask(stored, is_whole=is_whole), strict=True):
            if found is None or self.entries.has_published_any(found.publication):
                left.append(child.child)
            elif is_whole or self.entries.stands(found.publication):
                quiet.append((child, found))
            elif self.entries.stands_nowhere(found.publication):
                missing.append(child)
            else:
                left.append(child.child)
        for child, found in zip(missing, await ask(tuple(missing), is_whole=True), strict=True) if missing else ():
            if found is None:
                left.append(child.child)
            else:
                quiet.append((child, found))
        await outbound.all(wire for _, found in quiet for wire in found.publication.wraps)
        await outbound.all(wire for _, found in quiet for wire in found.publication.entries)
        for child, found in quiet:
            self.entries.note(found.publication)
            self.tally.fill(child.child, found.tally)
            events = [event for event, _ in child.events]
            self.clock.filled(partition, child.child, events, found.again_at, looked_at=now)
            self.behind.drop(partition, child.child)
        self.store.write()
        return left

    async def _what_stands(self) -> bool:
        """Return when it was read what the register holds on the broker; whether it holds anything."""
        reading, before = self.stands.begin(), self.stands.taken
        while not reading.done():
            await asyncio.wait([reading], timeout=_LOOK_SECONDS)
            if self.stands.taken > before:
                before = self.stands.taken
                self.progressed()
        return reading.result()

    async def _go_by(self) -> None:
        """Side processes that go by what holds now: started, or told so where it changed."""
        basis = self.basis()
        by = (basis.directory, basis.as_of, basis.rules)
        async with self._telling:
            if self._gone_by == by and self.sides.are_there:
                return
            self._gone_by = by
            entries = tuple(basis.directory.entries.values())
            await self.sides.go_by(GoBy(entries=entries, as_of=basis.as_of, rules=basis.rules))


def _place(arrivals: Sequence[Arrival]) -> Place:
    return arrivals[0].partition, arrivals[0].offset


def _wire(arrival: Arrival) -> WireMessage:
    return WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)


def _lots(children: Iterator[ChildId], size: int) -> Iterator[list[ChildId]]:
    while lot := list(islice(children, size)):
        yield lot


def _rate(count: int, began: float) -> float:
    return round(count / max(time.monotonic() - began, 1e-9), 1)
