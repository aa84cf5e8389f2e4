"""Children whose events a worker has stored and whom it has not looked at since: kept on the disk.

A long stretch of the log is stored first and looked at once at its end. A worker that ends in between holds every
event and has acknowledged the log long ago; without this list nobody would know which children it still owes a look,
and with it their deadlines. A child is put here with the events that it is behind by, and leaves it with what its look
wrote. It is noted too which partitions began empty and are not filled yet: of their children nothing else is stored;
and over which the worker was going on between batches, so that one that ended in the midst of it is known to have.
"""

import struct
from collections.abc import Iterator
from typing import Final

from hub.ids import ChildId
from streams.child_store import ChildStore, Shelf

_OFFSET: Final = struct.Struct(">Q")
_MOST_OFFSETS: Final = 64
"""Of one child that are remembered, the newest."""


class Behind:
    """The children of one worker that are behind, by partition. Durable with the store's next write."""

    def __init__(self, store: ChildStore, partitions: int) -> None:
        self._store = store
        self._some = {number for number in range(partitions) if any(True for _ in self.of(number))}
        self._filling = {number for number in range(partitions) if store.value(_filling(number)) is not None}

    def put(self, partition: int, child: ChildId, offset: int) -> None:
        """This child has to be looked at, for what stands at this offset; while a partition fills, for the last."""
        self._some.add(partition)
        before = () if self.is_filling(partition) else self._for(partition, child)
        self._keep(partition, child, [*before, offset])

    def holds(self, partition: int, child: ChildId) -> bool:
        """Whether this child is behind."""
        return self._store.value(_prefix(partition) + child.encode()) is not None

    def newest(self, partition: int, child: ChildId) -> int | None:
        """The last offset for which this child has to be looked at, if that is known."""
        return max(self._for(partition, child), default=None)

    def take_back(self, partition: int, child: ChildId, offset: int) -> None:
        """It has to be looked at, but not for what stands at this offset."""
        if (offsets := self._for(partition, child)) and offset in offsets:
            self._keep(partition, child, [each for each in offsets if each != offset])

    def _for(self, partition: int, child: ChildId) -> list[int]:
        held = self._store.value(_prefix(partition) + child.encode()) or b""
        return [int(offset) for (offset,) in _OFFSET.iter_unpack(held)]

    def _keep(self, partition: int, child: ChildId, offsets: list[int]) -> None:
        kept = sorted(set(offsets))[-_MOST_OFFSETS:]
        self._store.keep(_prefix(partition) + child.encode(), b"".join(map(_OFFSET.pack, kept)))

    def drop(self, partition: int, child: ChildId) -> None:
        """It was looked at with everything that is stored."""
        self._store.drop(_prefix(partition) + child.encode())

    def of(self, partition: int) -> Iterator[ChildId]:
        """The children of a partition that are behind, in order of their ids."""
        prefix = _prefix(partition)
        for key, _ in self._store.entries(prefix):
            yield ChildId(key[len(prefix) :].decode())

    def newest_first(self, partition: int) -> list[ChildId]:
        """The children of a partition that are behind, those first of whom something came last: they may be missing."""
        prefix = _prefix(partition)
        held = [(value[-_OFFSET.size :], key[len(prefix) :]) for key, value in self._store.entries(prefix)]
        return [ChildId(child.decode()) for _, child in sorted(held, reverse=True)]

    def has(self, partition: int) -> bool:
        """Whether any child of a partition may be behind; asked for every batch, so it does not touch the disk."""
        return partition in self._some

    def fill(self, partition: int) -> None:
        """This partition holds nothing yet, and will be filled from the beginning of the log."""
        self._filling.add(partition)
        self._store.keep(_filling(partition), b"")

    def is_filling(self, partition: int) -> bool:
        """Whether it began empty and was not filled yet."""
        return partition in self._filling

    def goes_on(self, partition: int) -> None:
        """From here on the children of this partition are looked at between batches."""
        self._store.keep(_going_on(partition), b"")

    def rests(self, partition: int) -> None:
        """Nobody goes on with this partition, and no process ended over it."""
        if self.was_going_on(partition):
            self._store.drop(_going_on(partition))

    def was_going_on(self, partition: int) -> bool:
        """Whether somebody goes on with it, or ended while it did."""
        return self._store.value(_going_on(partition)) is not None

    def none_left(self, partition: int) -> None:
        """Every child of a partition was looked at, and what it lacked is there."""
        self._some.discard(partition)
        if partition in self._filling:
            self._filling.discard(partition)
            self._store.drop(_filling(partition))
        self.rests(partition)


def _going_on(partition: int) -> bytes:
    return Shelf.GOING_ON + struct.pack(">H", partition)


def _filling(partition: int) -> bytes:
    return Shelf.FILLING + struct.pack(">H", partition)


def _prefix(partition: int) -> bytes:
    return Shelf.BEHIND + struct.pack(">H", partition)
