"""A batch whose header names are no UTF-8 is passed over, and what follows it is read."""

from aiokafka import TopicPartition
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from streams.unreadable import PartitionRecords


class ForeignName(str):
    """A header name as another client may write it: bytes that are no UTF-8."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        """What goes on the wire."""
        return b"\xff\xfe"


def batch(base_offset: int, name: str, count: int = 2) -> bytes:
    """One batch as a broker returns it."""
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, 0, 16384)
    for number in range(count):
        builder.append(number, timestamp=1, key=b"k", value=b"v", headers=[(name, b"1")])
    raw = bytearray(builder.build())
    raw[0:8] = base_offset.to_bytes(8)
    return bytes(raw)


def read(*batches: bytes) -> tuple[list[int], int]:
    """The offsets read, and the offset to fetch next."""
    records = PartitionRecords(
        tp=TopicPartition("inbound", 0),
        records=MemoryRecords(b"".join(batches)),
        aborted_transactions=[],
        fetch_offset=0,
        key_deserializer=None,
        value_deserializer=None,
        check_crcs=False,
        isolation_level=0,
    )
    return [record.offset for record in records], records.next_fetch_offset


def test_an_unreadable_batch_is_passed_over_and_the_next_one_is_read() -> None:
    assert read(batch(0, "a"), batch(2, ForeignName("b")), batch(4, "c")) == ([0, 1, 4, 5], 6)


def test_an_unreadable_batch_at_the_end_is_not_fetched_again() -> None:
    assert read(batch(0, "a"), batch(2, ForeignName("b"))) == ([0, 1], 4)
