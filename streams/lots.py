"""A lot of children who are behind, looked at together: what follows of the quiet ones is published and noted.

The look itself is given to side processes where there are any (`quiet_look`). A child who is not quiet is sent nothing
from here: it is handed back, and the register looks at it event by event. A child stays behind, on the disk, until
what its look wrote is there (`behind`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, field
from datetime import datetime

from hub.directory import Directory
from hub.ids import ChildId
from hub.rulebook import Rulebook
from streams.basis import Basis
from streams.behind import Behind
from streams.child_store import ChildStore
from streams.clock import Clock
from streams.course_tally import CourseTally
from streams.entries import EntryPublisher
from streams.outbound import Outbound
from streams.quiet_look import Quiet, QuietLooks, Stored
from streams.side_processes import SideProcesses
from streams.side_work import GoBy, LookAt

HandBack = Callable[[int, list[ChildId]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of the look at a lot."""

    quiet: list[tuple[Stored, Quiet]]
    left: list[ChildId]
    """Those that are not quiet."""
    now: datetime | None
    """The time of the look."""

    def of(self, children: Container[ChildId]) -> "Looked":
        """The same, of these children alone."""
        quiet = [(child, found) for child, found in self.quiet if child.child in children]
        return Looked(quiet, [child for child in self.left if child in children], self.now)


@dataclass(slots=True, kw_only=True)
class Lots:
    """Of one register worker. `basis` says what it goes by now; `hand_back` takes children that are not quiet."""

    store: ChildStore
    behind: Behind
    looks: QuietLooks
    entries: EntryPublisher
    tally: CourseTally
    clock: Clock
    sides: SideProcesses
    basis: Callable[[], Basis]
    hand_back: HandBack
    _gone_by: object = None
    """What the side processes were told to go by."""
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def looked_at(self, partition: int, lot: list[ChildId], *, aside: bool, is_whole: bool) -> Looked:
        """What follows of those of a lot that are quiet, and the others. Nothing is sent or noted.

        `is_whole`: nothing stands on the broker, so every entry is made; else only those that do not stand there.
        """
        now = self.clock.now()
        if not self.behind.is_filling(partition):
            return Looked([], lot, now)
        stored = tuple(
            Stored(child=child, partition=partition, events=tuple(self.store.sealed_events(partition, child)))
            for child in lot
        )

        async def ask(children: tuple[Stored, ...], *, is_whole: bool) -> list[Quiet | None]:
            if aside and self.sides.most:
                await self.go_by()
                return await self.sides.ask_to_look(LookAt(children, now, is_whole))
            return self.looks.all(children, self.basis(), now, is_whole=is_whole)

        looked = Looked([], [], now)
        missing: list[Stored] = []
        for child, found in zip(stored, await ask(stored, is_whole=is_whole), strict=True):
            if found is None or self.entries.has_published_any(found.publication):
                looked.left.append(child.child)
            elif is_whole or self.entries.stands(found.publication):
                looked.quiet.append((child, found))
            elif self.entries.stands_nowhere(found.publication):
                missing.append(child)
            else:
                looked.left.append(child.child)
        for child, found in zip(missing, await ask(tuple(missing), is_whole=True), strict=True) if missing else ():
            if found is None:
                looked.left.append(child.child)
            else:
                looked.quiet.append((child, found))
        return looked

    async def note(self, partition: int, looked: Looked, outbound: Outbound) -> None:
        """Publish what follows of the quiet ones of a lot, and note it."""
        await outbound.all(wire for _, found in looked.quiet for wire in found.publication.wraps)
        await outbound.all(wire for _, found in looked.quiet for wire in found.publication.entries)
        for child, found in looked.quiet:
            self.entries.note(found.publication)
            self.tally.fill(child.child, found.tally)
            events = [event for event, _ in child.events]
            self.clock.filled(partition, child.child, events, found.again_at, looked_at=looked.now)
            self.behind.drop(partition, child.child)
        self.store.write()

    async def hand_back_all(self, partition: int, children: list[ChildId]) -> None:
        """Have the register look at these itself, event by event."""
        await self.hand_back(partition, children)
        for each in children:
            self.behind.drop(partition, each)
        self.store.write()

    async def go_by(self) -> None:
        """Side processes that go by what holds now: started, or told so where it changed."""
        async with self._telling:
            directory, as_of, rules = by = self.by()
            if self._gone_by == by and self.sides.are_there:
                return
            self._gone_by = by
            await self.sides.go_by(GoBy(entries=tuple(directory.entries.values()), as_of=as_of, rules=rules))

    def by(self) -> tuple[Directory, datetime, Rulebook]:
        """What a look goes by now."""
        basis = self.basis()
        return basis.directory, basis.as_of, basis.rules
