"""The directory as a worker knows it: read from its topic from the start, verified with the trust key, kept live.

An agency joins, a key is revoked, a grant is withdrawn: each is one more signed record, and no worker restarts.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from ssl import SSLContext
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.directory import Directory, DirectoryEntryRefused
from hub.messages import Refusal, WireMessage, open_directory_entry
from schemas.codec import SchemaIds
from streams.endings import end_when_failed

TOPIC: Final = "directory"
_log = structlog.get_logger()


class DirectoryFeed:
    """Follows the directory topic; `current` is the newest verified state."""

    def __init__(self, bootstrap: str, tls: SSLContext, trust_key: bytes, ids: SchemaIds, worker: str) -> None:
        self.current = Directory.empty()
        self.as_of = datetime.fromtimestamp(0, UTC)
        """When the broker appended the newest record taken."""
        self._trust_key = trust_key
        self._ids = ids
        self._partition = TopicPartition(TOPIC, 0)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            security_protocol="SSL",
            ssl_context=tls,
            client_id=f"{worker}-directory",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        self._following: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()
        self._changed: list[Callable[[], None]] = []

    def on_change(self, call: Callable[[], None]) -> None:
        """Call this after every change of the directory."""
        self._changed.append(call)

    async def start(self) -> None:
        """Read what the topic holds now, then follow it; whatever ends that ends the process.

        A worker that went on by the directory of then would count keys that were revoked since.
        """
        await self._consumer.start()
        self._consumer.assign([self._partition])
        await self.refresh()
        self._following = asyncio.create_task(self._follow(), name="follow the directory")
        self._following.add_done_callback(end_when_failed)

    async def stop(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.remove_done_callback(end_when_failed)
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._consumer.stop()

    async def refresh(self) -> None:
        """Read up to what is the end of the topic now: used before anybody is refused as unknown."""
        async with self._reading:
            end = (await self._consumer.end_offsets([self._partition]))[self._partition]
            while await self._consumer.position(self._partition) < end:
                await self._take(timeout_ms=500)

    async def _follow(self) -> None:
        while True:
            async with self._reading:
                await self._take(timeout_ms=200)
            await asyncio.sleep(0.05)

    async def _take(self, timeout_ms: int) -> None:
        batches = await self._consumer.getmany(self._partition, timeout_ms=timeout_ms)
        records = [record for records in batches.values() for record in records if record.value is not None]
        for record in records:
            wire = WireMessage(topic=TOPIC, key=record.key or b"", headers=list(record.headers), value=record.value)
            entry = open_directory_entry(wire, self._trust_key, self._ids)
            if isinstance(entry, Refusal):
                _log.error("directory_record_refused", reason=entry.reason, offset=record.offset)
                continue
            try:
                self.current = self.current.with_entry(entry)
            except DirectoryEntryRefused as error:
                _log.error("directory_entry_refused", why=str(error), offset=record.offset)
        if records:
            self.as_of = max(self.as_of, datetime.fromtimestamp(records[-1].timestamp / 1000, UTC))
            for call in self._changed:
                call()
