"""What the register worker keeps of each child: the events of its log, exactly as they stand sealed in `events`.

The log is the state and this is a local copy of it: RocksDB, one record an event (key: partition, child, event id),
plus the offset after the last record taken of every partition, written in the same batch. A copy that is behind, or
lost, is read again from the log; so there is no changelog topic that could disagree with it. Values stay sealed under
the child's key. Beside the events stand marks of what was last published (digests and names, nothing of a child), and
an index of when each child must be looked at next (`due_index`).
"""

import struct
from collections.abc import Iterator
from enum import Enum, unique
from pathlib import Path
from typing import Any, Final

from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBatch

from hub.ids import ChildId, EventId

_BLOOM_BITS: Final = 10
"""Bits a key of the filter that spares a look into each file of the store."""
_CACHE_BYTES: Final = 8 << 20
"""Of blocks read from the disk; RocksDB's own measure is four times that. The system keeps files in memory besides."""
_BUFFER_BYTES: Final = 4 << 20
"""Of what was written and is not yet in a file; there are two of them."""


@unique
class Shelf(bytes, Enum):
    """What the key of a record in the store begins with: each kind has its own, whoever keeps it."""

    POSITION = b"\x00"
    MARK = b"\x01"
    EVENT = b"\x02"
    DUE = b"\x03"
    LISTED = b"\x04"
    BEHIND = b"\x05"
    FILLING = b"\x06"
    ENTRY = b"\x07"
    WRAP = b"\x08"
    GOING_ON = b"\x09"


def _events_of(partition: int, child: ChildId) -> bytes:
    return Shelf.EVENT + struct.pack(">H", partition) + child.encode() + b"/"


class ChildStore:
    """Sealed events by child. What is put becomes durable, all together, with the next `write`."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        options = Options(raw_mode=True)
        options.create_if_missing(create_if_missing=True)
        options.set_write_buffer_size(_BUFFER_BYTES)
        options.set_max_write_buffer_number(2)
        options.set_max_open_files(64)
        options.set_compression_type(DBCompressionType.none())  # sealed bytes do not become smaller
        tables = BlockBasedOptions()
        tables.set_block_cache(Cache(_CACHE_BYTES))
        tables.set_bloom_filter(_BLOOM_BITS, block_based=False)  # "is this event here already?": nearly always not
        options.set_block_based_table_factory(tables)
        self._database = Rdict(str(folder), options=options)
        self._pending: dict[bytes, bytes | None] = {}

    def close(self) -> None:
        """Write what is pending and close the database."""
        self.write()
        self._database.close()

    def position(self, partition: int) -> int | None:
        """The offset after the last record of this partition that the store holds; None if it holds none."""
        value = self._get(Shelf.POSITION + struct.pack(">H", partition))
        return None if value is None else int(struct.unpack(">Q", value)[0])

    def advance(self, partition: int, offset: int) -> None:
        """Note that every record before `offset` is held."""
        self._pending[Shelf.POSITION + struct.pack(">H", partition)] = struct.pack(">Q", offset)

    def put(self, partition: int, child: ChildId, event: EventId, sealed: bytes) -> None:
        """Keep a sealed event; the same id again replaces the same event."""
        self._pending[_events_of(partition, child) + event.encode()] = sealed

    def take_back(self, partition: int, child: ChildId, event: EventId, sealed: bytes) -> None:
        """Keep this event no longer, if it is what is kept under its id."""
        key = _events_of(partition, child) + event.encode()
        if self._get(key) == sealed:
            self._pending[key] = None

    def holds(self, partition: int, child: ChildId, event: EventId) -> bool:
        """Whether this event is kept."""
        return self._get(_events_of(partition, child) + event.encode()) is not None

    def sealed_events(self, partition: int, child: ChildId) -> Iterator[tuple[EventId, bytes]]:
        """Every event of a child, sealed, by id."""
        prefix = _events_of(partition, child)
        for key, value in self._from(prefix):
            yield EventId(key[len(prefix) :].decode()), value

    def children(self, partition: int) -> Iterator[ChildId]:
        """Every child of a partition, once."""
        prefix = Shelf.EVENT + struct.pack(">H", partition)
        last = None
        for key, _ in self._from(prefix):
            child = ChildId(key[len(prefix) :].split(b"/", 1)[0].decode())
            if child != last:
                last = child
                yield child

    def mark(self, name: str) -> bytes | None:
        """What was noted under this name, or None."""
        return self._get(Shelf.MARK + name.encode())

    def set_mark(self, name: str, value: bytes) -> None:
        """Note something under a name: used once the broker has what it stands for."""
        self._pending[Shelf.MARK + name.encode()] = value

    def marks(self, beginning: str) -> Iterator[tuple[str, bytes]]:
        """Every mark whose name begins so."""
        for key, value in self._from(Shelf.MARK + beginning.encode()):
            yield key[len(Shelf.MARK) :].decode(), value

    def value(self, key: bytes) -> bytes | None:
        """What is kept under a key of an index beside the events, or None."""
        return self._get(key)

    def keep(self, key: bytes, value: bytes) -> None:
        """Keep something under a key of an index, with the same write as the events that it follows from."""
        self._pending[key] = value

    def drop(self, key: bytes) -> None:
        """Keep nothing under this key any more."""
        self._pending[key] = None

    def entries(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Every key that begins so, in order, with what is kept under it."""
        return self._from(prefix)

    def write(self) -> None:
        """Write everything put since the last call, in one batch."""
        if not self._pending:
            return
        batch = WriteBatch(raw_mode=True)
        for key, value in self._pending.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        self._database.write(batch)
        self._pending.clear()

    def _from(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        self.write()
        entries: Iterator[tuple[Any, Any]] = self._database.items(from_key=prefix)
        for key, value in entries:
            if not key.startswith(prefix):
                return
            yield key, value

    def _get(self, key: bytes) -> bytes | None:
        if key in self._pending:
            return self._pending[key]
        found: bytes | None = self._database.get(key)
        return found
