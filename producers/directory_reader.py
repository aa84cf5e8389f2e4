"""Who is who, read from the `directory` topic and verified entry by entry with the hub's trust key.

Read from the start, then live. What was verified is also kept in a file, as signed, so that a program starts
without the hub: the file is verified again when it is read, and a rolled-back topic cannot lower a version it holds.
An entry that does not verify, or that must not replace a newer one, is left out and logged; it stops nobody.
"""

import asyncio
from pathlib import Path
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from hub.directory import Directory, DirectoryEntryRefused
from hub.ids import HUB
from hub.messages import Refusal, WireMessage, open_directory_entry
from producers.connection import LOST, Connection
from producers.durable_file import replace_file
from producers.errors import CertificateEnded, NotYetConnected
from producers.stored_wire import split_stored, stored_together
from schemas.codec import SchemaIds

__all__ = ["DirectoryReader"]

_TOPIC: Final = TopicPartition("directory", 0)
_AGAIN_SECONDS: Final = 1.0
_POLL_MILLISECONDS: Final = 1_000

log = structlog.get_logger(__name__)


class DirectoryReader:
    """The directory as last read. Several publishers of one program may share a reader."""

    def __init__(self, connection: Connection, *, trust_key: bytes, ids: SchemaIds, cache: Path | None = None) -> None:
        """Read the cache, if there is one. `run` reads the topic; somebody must own that task."""
        self._connection = connection
        self._trust_key = trust_key
        self._ids = ids
        self._cache = cache
        self._directory = Directory.empty()
        self._signed: dict[bytes, WireMessage] = {}
        self._changed = asyncio.Event()
        self._is_changed = False
        self.is_live = False
        """True once everything on the topic has been read since the last connection."""
        self._read_cache()

    @property
    def current(self) -> Directory:
        """The directory now."""
        return self._directory

    async def ready(self, timeout: float) -> Directory:  # noqa: ASYNC109 - a Kafka client's own word
        """The directory as soon as it names the hub (at once, if the cache does).

        Raises:
            NotYetConnected: within `timeout` seconds nothing came, and no cache holds it.
            CertificateEnded: the same, and this agency's own certificate is why.
        """
        try:
            async with asyncio.timeout(timeout):
                while self._directory.agency(HUB) is None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            none = f"no directory from {self._connection.bootstrap_servers} within {timeout:g} s and none in the cache"
            if (hindrance := self._connection.hindrance()) is not None:
                message = f"{none}: {hindrance}"
                raise CertificateEnded(message) from None
            message = f"{none}: is the hub running? The first start needs it once"
            raise NotYetConnected(message) from None
        return self._directory

    async def run(self) -> None:
        """Read for ever, across lost connections; each loss is logged once."""
        is_told = False
        while True:
            try:
                async with self._connection.reader() as consumer:
                    is_told = False
                    await self._read(consumer)
            except LOST as error:
                self.is_live = False
                if not is_told:
                    is_told = True
                    log.warning("directory_not_reachable", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        consumer.assign([_TOPIC])
        end = (await consumer.end_offsets([_TOPIC]))[_TOPIC]
        while True:
            batch = await consumer.getmany(_TOPIC, timeout_ms=_POLL_MILLISECONDS)
            for record in batch.get(_TOPIC, ()):
                self._take(_wire(record))
            if not self.is_live and await consumer.position(_TOPIC) >= end:
                self.is_live = True
            if self._is_changed and self.is_live:
                self._write_cache()
                self._is_changed = False
            self._changed.set()

    def _take(self, wire: WireMessage) -> None:
        entry = open_directory_entry(wire, self._trust_key, self._ids)
        if isinstance(entry, Refusal):
            log.warning("directory_entry_refused", reason=entry.reason.value)
            return
        try:
            newer = self._directory.with_entry(entry)
        except DirectoryEntryRefused as refused:
            log.warning("directory_entry_refused", reason=refused.rule)
            return
        if newer is not self._directory:
            self._directory = newer
            self._signed[wire.key] = wire
            self._is_changed = True

    def _read_cache(self) -> None:
        if self._cache is None or not self._cache.exists():
            return
        try:
            for wire in split_stored(self._cache.read_bytes()):
                self._take(wire)
        except (OSError, ValueError):
            log.warning("directory_cache_unreadable", path=str(self._cache))
        self._is_changed = False

    def _write_cache(self) -> None:
        """Keep what was read. A folder that takes nothing costs the next start the hub, and this one nothing."""
        if self._cache is None:
            return
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(self._cache, stored_together(self._signed.values()))
        except OSError as error:
            log.warning("directory_not_cached", path=str(self._cache), because=error.strerror)


def _wire(record: ConsumerRecord[bytes | None, bytes | None]) -> WireMessage:
    return WireMessage(
        topic=record.topic, key=record.key or b"", headers=tuple(record.headers), value=record.value or b""
    )
