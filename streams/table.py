"""A Faust table whose changelog records are at the broker before the offsets that caused them move.

Faust puts changelog records into a buffer that it empties a few at a time and whose failures are one line in a log.
Here a write is kept until the batch is flushed, is then sent together with the others, and is awaited. The local
RocksDB may run ahead of the changelog, so whoever handles a record again writes its row again.
"""

import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import faust
from faust.streams import _current_event
from faust.tables import TableManager
from faust.types import TP, EventT

from streams.arrivals import Arrival
from streams.metrics import WORK_STEPS
from streams.outbound import Outbound, acknowledged

ROCKSDB_OPTIONS: Final = {
    "write_buffer_size": 8 << 20,
    "max_write_buffer_number": 2,
    "block_cache_size": 16 << 20,
    "max_open_files": 64,
}
"""Faust's default block cache is 2 GiB a partition."""


@dataclass(frozen=True, slots=True)
class _Place:
    partition: int | None


@dataclass(frozen=True, slots=True)
class _Kept:
    """What Faust reads of a sent changelog record: its partition."""

    message: _Place


@dataclass(slots=True)
class _Writes:
    rows: list[tuple[int | None, bytes, bytes | None]] = field(default_factory=list)


class DurableTable(faust.Table[bytes, bytes]):
    """A table of bytes; `flush` makes durable what was written since the last flush."""

    def send_changelog(self, partition: int | None, key: Any, value: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401
        """Keep the record for `flush`; the signature is Faust's."""
        self._kept.rows.append((partition, key, value))
        return _Kept(_Place(partition))

    def get(self, key: bytes, default: Any = None) -> Any:  # noqa: ANN401 - the signature is Faust's
        """What is kept under a key. Faust asks its store whether it is there first, and then for it."""
        return self.data.get(key, default)

    def apply_changelog_batch(self, batch: Iterable[EventT[Any]]) -> None:
        """Take rows back from the changelog; counted as work, or a long recovery would look as if it stood still."""
        super().apply_changelog_batch(batch)
        WORK_STEPS.inc()

    @property
    def _kept(self) -> _Writes:
        kept: _Writes | None = self.__dict__.get("_kept_writes")
        if kept is None:
            kept = self.__dict__["_kept_writes"] = _Writes()
        return kept

    async def flush(self, outbound: Outbound) -> None:
        """Send what was written and wait for the broker's acknowledgement of every record."""
        rows, self._kept.rows = self._kept.rows, []
        topic = self.changelog_topic.get_topic_name()
        sent = [await outbound.send(topic, key, value, partition=partition) for partition, key, value in rows]
        ends: dict[int, int] = {}
        for metadata in await acknowledged(sent):
            ends[metadata.partition] = max(metadata.offset, ends.get(metadata.partition, 0))
        for partition, offset in ends.items():
            self.data.set_persisted_offset(TP(topic, partition), offset)


class PromptTables(TableManager):
    """Faust's keeper of the tables, without the second that it waits for tables which are declared after the start.

    Ours are all declared before, and a worker that was killed should be back soon.
    """

    async def on_start(self) -> None:
        """Take the tables that are declared into use."""
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


def durable_table(app: faust.App, name: str, partitions: int) -> DurableTable:
    """The app's table of this name, whose changelog topic has as many partitions as its source."""
    table = app.Table(name, partitions=partitions, key_type=bytes, value_type=bytes, options=ROCKSDB_OPTIONS)
    if not isinstance(table, DurableTable):
        message = f"Faust made a {type(table).__name__}, whose changelog records are not awaited"
        raise TypeError(message)
    return table


@contextmanager
def partition_of(arrival: Arrival) -> Iterator[None]:
    """Within this block Faust's tables read and write the rows of the arrival's partition."""
    token = _current_event.set(weakref.ref(arrival.event))
    try:
        yield
    finally:
        _current_event.reset(token)
