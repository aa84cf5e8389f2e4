"""Batches that the Kafka client itself cannot read must not stop a partition for ever.

A header's name is bytes on the wire, and aiokafka decodes it as UTF-8 while it unpacks; one approved sender with one
wrong byte would make every reader of that partition fail at the same place at every start, before any code of ours
sees the record. A batch comes from one connection and so from one principal: such a batch is passed over as a whole,
counted and alarmed; it holds nobody else's records. Every other failure to read stays fatal.
"""

from collections.abc import Iterator
from typing import Any

import structlog
from aiokafka.consumer import fetcher

from streams.metrics import UNREADABLE_BATCHES

_log = structlog.get_logger()
_ReadStrictly: Any = fetcher.PartitionRecords


class _Watched:
    """The batches of one fetch, and which of them was taken last."""

    def __init__(self, batches: Any) -> None:  # noqa: ANN401 - aiokafka's records have no public type
        self._batches = batches
        self.last: Any = None

    def has_next(self) -> bool:
        """Whether another batch follows."""
        return bool(self._batches.has_next())

    def next_batch(self) -> Any:  # noqa: ANN401 - as above
        """Take the next batch."""
        self.last = self._batches.next_batch()
        return self.last


class PartitionRecords(_ReadStrictly):  # type: ignore[misc]  # aiokafka is not typed here
    """aiokafka's records of one fetch, without its end at the first batch that does not decode."""

    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        batches = self._records = _Watched(self._records)
        while True:
            try:
                yield from super()._unpack_records()
            except UnicodeDecodeError:
                self.next_fetch_offset = batches.last.next_offset
                UNREADABLE_BATCHES.inc()
                _log.error(
                    "unreadable_batch_passed_over", topic=self._tp.topic, partition=self._tp.partition,
                    next_offset=batches.last.next_offset,
                )  # fmt: skip
            else:
                return


def pass_over_unreadable_batches() -> None:
    """Let every consumer of this process read so."""
    fetcher.PartitionRecords = PartitionRecords
