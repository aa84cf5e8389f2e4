"""One record as a worker takes it from a partition, and the log read once more where Faust left a hole.

Faust skips records: at the end of a rebalance it was seen to deliver offsets 114 and 116 and never 115. Every worker
therefore keeps the offset it expects next, and what lies between that and what was delivered is read here from the
topic itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ssl import SSLContext
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from faust.events import Event as FaustEvent
from faust.types import TP, EventT, Message

from hub.headers import RawHeaders
from schemas.errors import HomewardError

_CHUNK = 512


class TopicMissing(HomewardError):
    """A topic that this worker reads or writes does not exist on the broker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A record of one partition: where it stands, when the broker appended it, and its bytes.

    `event` is Faust's wrapper, which tables need to know the partition. `delivered` is False for a record that was
    read again by us and that Faust does not know of.
    """

    topic: str
    partition: int
    offset: int
    appended_at: datetime
    key: bytes
    value: bytes
    headers: RawHeaders
    event: EventT[Any]
    delivered: bool

    @property
    def tp(self) -> TP:
        """The topic and partition, as Faust writes it."""
        return TP(self.topic, self.partition)


def delivered(event: EventT[Any]) -> Arrival:
    """An arrival that Faust delivered."""
    message = event.message
    headers = message.headers
    pairs = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers or ())
    return Arrival(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        appended_at=datetime.fromtimestamp(message.timestamp or 0, UTC),
        key=message.key or b"",
        value=message.value or b"",
        headers=pairs,
        event=event,
        delivered=True,
    )


def _read_again(app: faust.App, record: "ConsumerRecord[bytes, bytes]") -> Arrival:
    tp = TP(record.topic, record.partition)
    message = Message(
        record.topic, record.partition, record.offset, record.timestamp / 1000, record.timestamp_type,
        list(record.headers), record.key, record.value, record.checksum, tp=tp,
    )  # fmt: skip
    return Arrival(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        appended_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        key=record.key or b"",
        value=record.value or b"",
        headers=tuple(record.headers),
        event=FaustEvent(app, record.key, record.value, {}, message),
        delivered=False,
    )


class LogReader:
    """Reads chosen stretches of a topic, beside Faust's own consumer and without joining its group."""

    def __init__(self, app: faust.App, bootstrap: str, tls: SSLContext, group: str) -> None:
        self._app = app
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            security_protocol="SSL",
            ssl_context=tls,
            group_id=group,
            client_id=f"{group}-log-reader-{os.getpid()}",
            enable_auto_commit=False,
            auto_offset_reset="none",
        )

    async def start(self) -> None:
        """Connect to the broker."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def check_topics(self, topics: Sequence[str]) -> None:
        """Fail now rather than let a send wait for ever for a topic that is not there.

        Raises:
            TopicMissing: one of the topics does not exist, or may not be described by this principal.
        """
        known = await self._consumer.topics()
        if missing := sorted(set(topics) - known):
            message = f"topics missing on the broker, or not permitted: {', '.join(missing)}; run: homeward doctor"
            raise TopicMissing(message)

    async def committed(self, topic: str, partition: int) -> int:
        """The group's committed offset; the first offset of the log where nothing was committed yet."""
        tp = TopicPartition(topic, partition)
        self._consumer.assign([tp])
        offset = await self._consumer.committed(tp)
        if offset is None or offset < 0:
            offset = (await self._consumer.beginning_offsets([tp]))[tp]
        return int(offset)

    async def first(self, topic: str, partition: int) -> int:
        """The first offset that the broker still has."""
        tp = TopicPartition(topic, partition)
        return int((await self._consumer.beginning_offsets([tp]))[tp])

    async def end(self, topic: str, partition: int) -> int:
        """The offset after the last record that the broker has now."""
        tp = TopicPartition(topic, partition)
        return int((await self._consumer.end_offsets([tp]))[tp])

    async def stretch(self, topic: str, partition: int, first: int, end: int) -> AsyncIterator[list[Arrival]]:
        """The records from `first` up to, not including, `end`, in order, in chunks of at most 512.

        The next chunk is fetched while the one before it is worked on.
        """
        tp = TopicPartition(topic, partition)
        self._consumer.assign([tp])
        self._consumer.seek(tp, first)
        at = first
        fetching = asyncio.create_task(self._chunk(tp, end - at)) if at < end else None
        try:
            while fetching is not None:
                records, at = await fetching
                fetching = asyncio.create_task(self._chunk(tp, end - at)) if at < end else None
                if wanted := [record for record in records if record.offset < end]:
                    yield [_read_again(self._app, record) for record in wanted]
        finally:
            if fetching is not None:
                fetching.cancel()

    async def _chunk(self, tp: TopicPartition, most: int) -> "tuple[list[ConsumerRecord[bytes, bytes]], int]":
        """What comes next, and the offset after it: the position passes over batches that cannot be read."""
        batch = await self._consumer.getmany(tp, timeout_ms=1000, max_records=min(_CHUNK, most))
        return list(batch.get(tp, [])), int(await self._consumer.position(tp))
