"""A worker's table on its disk: what is written is read back, and sent when it is flushed; how far it came is kept."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiokafka.structs import RecordMetadata
from faust.events import Event
from faust.types import TP, Message

from streams.arrivals import Arrival, delivered
from streams.table import DurableTable, PromptTables, durable_table, partition_of
from streams.worker_app import WorkerApp


@dataclass
class Sent:
    """Records by partition, acknowledged at once."""

    records: list[tuple[bytes, bytes | None, int | None]] = field(default_factory=list)

    async def send(
        self, topic: str, key: bytes, value: bytes | None, *, partition: int | None = None
    ) -> "asyncio.Future[RecordMetadata]":
        found: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        offset = sum(at == partition for _, _, at in self.records)
        self.records.append((key, value, partition))
        found.set_result(RecordMetadata(topic, partition, TP(topic, partition or 0), offset, 0, 1, 0))
        return found


def app_on(folder: Path) -> WorkerApp:
    """An app that is connected to nothing."""
    made = WorkerApp(
        "test-table", broker="aiokafka://localhost:1", web_enabled=False, autodiscover=False, store="rocksdb://",
        datadir=folder, value_serializer="raw", key_serializer="raw", Table=DurableTable, TableManager=PromptTables,
    )  # fmt: skip
    made.finalize()
    topics: Any = SimpleNamespace(topic_partitions=lambda _: 8)
    made.consumer = topics  # the real one has a thread
    return made


def arrival(app: WorkerApp, partition: int) -> Arrival:
    message: Any = Message("inbound", partition, 0, 0.0, 1, [], b"key", b"value", None, tp=TP("inbound", partition))
    return delivered(Event(app, b"key", b"value", {}, message))


async def test_a_row_is_found_in_its_partition_and_no_other(tmp_path: Path) -> None:
    app = app_on(tmp_path)
    table = durable_table(app, "rows", 8)
    with partition_of(arrival(app, 3)):
        assert table.get(b"one") is None
        table[b"one"] = b"first"
        table[b"one"] = b"second"
        assert table.get(b"one") == b"second"
    with partition_of(arrival(app, 4)):
        assert table.get(b"one") is None
        assert table.get(b"one", b"none") == b"none"
    assert table.get(b"one") == b"second", "without a partition it is looked for in all that are here"
    await table.data.stop()


async def test_every_write_is_sent_in_order_and_how_far_it_came_is_kept(tmp_path: Path) -> None:
    app = app_on(tmp_path)
    table = durable_table(app, "rows", 8)
    for number in range(6):
        with partition_of(arrival(app, number % 2)):
            table[f"row {number}".encode()] = b"x"
    outbound: Any = Sent()
    await table.flush(outbound)
    assert outbound.records == [(f"row {number}".encode(), b"x", number % 2) for number in range(6)]
    topic = table.changelog_topic.get_topic_name()
    assert [table.data.persisted_offset(TP(topic, partition)) for partition in (0, 1)] == [2, 2]
    await table.flush(outbound)
    assert len(outbound.records) == 6, "what was sent is not sent again"
    await table.data.stop()
