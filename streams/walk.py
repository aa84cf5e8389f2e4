"""The walk of a register over its children: what the directory or the rules say now may owe somebody a word.

After a change (somebody joined, a grant, a key, another table of rules) every child of the partitions that are here is
looked at again; so also for partitions that were looked at last by an older directory, or by older rules. One child at
a time between batches, at a bounded rate: a report never waits for more than one.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from hub.ids import ChildId
from streams.child_store import ChildStore
from streams.endings import end_when_failed
from streams.keyring import ChildErased

_PAUSE_BETWEEN_CHILDREN: Final = 0.005
"""Seconds: at most 200 children a second are looked at again."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """Of one register worker."""

    store: ChildStore
    turn: asyncio.Lock
    """Whose it is may write."""
    ready: Callable[[], frozenset[int]]
    """The partitions that are here and have caught up; none is walked over before, and none that went meanwhile."""
    gone_by: Callable[[], bytes]
    """Which directory and which rules a look goes by now."""
    waits: Callable[[int, ChildId], bool]
    """Whether a child waits for a look that will go by the newest anyhow."""
    look: Callable[[int, ChildId], Awaitable[None]]
    """Bring a child up to date."""
    _is_due: asyncio.Event = field(default_factory=asyncio.Event)
    _walking: "asyncio.Task[None] | None" = None

    def start(self) -> None:
        """Begin to wait for changes."""
        self._walking = asyncio.create_task(self._walk_on_every_change())
        self._walking.add_done_callback(end_when_failed)

    def changed(self) -> None:
        """Something changed by which children are looked at, or partitions have caught up."""
        self._is_due.set()

    def begins_anew(self, partition: int) -> None:
        """Nothing of a partition is stored: every child that will be in it is looked at by what holds now."""
        self.store.set_mark(_looked_at(partition), self.gone_by())

    async def stop(self) -> None:
        """Stop where it is; the marks say which partitions are left."""
        if self._walking is not None:
            self._walking.remove_done_callback(end_when_failed)
            self._walking.cancel()
            await asyncio.gather(self._walking, return_exceptions=True)

    async def _walk_on_every_change(self) -> None:
        while True:
            await self._is_due.wait()
            self._is_due.clear()
            by = self.gone_by()
            for partition in sorted(self.ready()):
                if self.store.mark(_looked_at(partition)) != by and await self._walk_over(partition):
                    self.store.set_mark(_looked_at(partition), by)

    async def _walk_over(self, partition: int) -> bool:
        """Look at every child of a partition; False where it went meanwhile, and whoever has it now looks at them."""
        for child in list(self.store.children(partition)):
            if self.waits(partition, child):
                continue
            async with self.turn:
                if partition not in self.ready():
                    return False
                with contextlib.suppress(ChildErased):
                    await self.look(partition, child)
            await asyncio.sleep(_PAUSE_BETWEEN_CHILDREN)
        return partition in self.ready()


def _looked_at(partition: int) -> str:
    """The mark that says by which directory and rules the children of a partition were looked at last."""
    return f"looked at/{partition}"
