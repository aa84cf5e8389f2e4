"""When each child must be looked at next, in the order of time: kept in the register's store, on the disk.

One key a child that has something ahead of it: partition, time, child. It is written in the same batch as what it
follows from, so it is never ahead of the events and never behind them; a store that is lost is rebuilt from the log,
and the index with it. A million of them cost no memory, and nothing at a tick at which none is due: of each partition
only the earliest time is remembered.
"""

import struct
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from hub.ids import ChildId
from streams.child_store import ChildStore, Shelf

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_NEVER: Final = 1 << 62


class DueIndex:
    """The children of this worker by when they are due. Times are aware, and kept to the millisecond, rounded up."""

    def __init__(self, store: ChildStore) -> None:
        self._store = store
        self._earliest: dict[int, int] = {}

    def put(self, partition: int, child: ChildId, at: datetime | None) -> None:
        """Look at this child at that time, and at no other; None: not at all. Durable with the store's next write."""
        listed = _listed_key(partition, child)
        before, after = self._store.value(listed), None if at is None else _millis(at)
        if before == (None if after is None else _packed(after)):
            return
        if before is not None:
            self._store.drop(_due_key(partition, _unpacked(before), child))
        if after is None:
            self._store.drop(listed)
            return
        self._store.keep(_due_key(partition, after, child), b"")
        self._store.keep(listed, _packed(after))
        if (earliest := self._earliest.get(partition)) is not None:
            self._earliest[partition] = min(earliest, after)

    def due(
        self, partition: int, now: datetime, most: int, without: Collection[ChildId] = ()
    ) -> list[tuple[ChildId, datetime]]:
        """At most so many children that are due at `now`, the earliest first, those in `without` left out."""
        limit = _millis(now)
        if self._earliest.get(partition, 0) > limit:
            return []
        found: list[tuple[ChildId, datetime]] = []
        self._earliest[partition] = _NEVER
        for at, child in self._entries(partition):
            self._earliest[partition] = min(self._earliest[partition], at)
            if at > limit or len(found) == most:
                break
            if child not in without:
                found.append((child, _EPOCH + at * _MILLISECOND))
        return found

    def listed(self, partition: int, child: ChildId) -> datetime | None:
        """When this child is to be looked at; None: not at all."""
        value = self._store.value(_listed_key(partition, child))
        return None if value is None else _EPOCH + _unpacked(value) * _MILLISECOND

    def write(self) -> None:
        """Make durable what was put since the last write."""
        self._store.write()

    def forget(self) -> None:
        """Partitions went and came: look at the disk again."""
        self._earliest.clear()

    def _entries(self, partition: int) -> Iterator[tuple[int, ChildId]]:
        prefix = Shelf.DUE + struct.pack(">H", partition)
        for key, _ in self._store.entries(prefix):
            yield _unpacked(key[3:11]), ChildId(key[11:].decode())


def _due_key(partition: int, at: int, child: ChildId) -> bytes:
    return Shelf.DUE + struct.pack(">H", partition) + _packed(at) + child.encode()


def _listed_key(partition: int, child: ChildId) -> bytes:
    return Shelf.LISTED + struct.pack(">H", partition) + child.encode()


def _millis(at: datetime) -> int:
    """Milliseconds since 1970, rounded up, so that nothing is looked at before its time."""
    return max(0, -((_EPOCH - at) // _MILLISECOND))


def _packed(at: int) -> bytes:
    return struct.pack(">Q", at)


def _unpacked(value: bytes) -> int:
    return int(struct.unpack(">Q", value)[0])
