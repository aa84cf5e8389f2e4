"""This reader's share of the mailbox: what was read ahead, how far it has got, and whether it has a share at all.

A mailbox has one partition, so of several readers of an agency one has it and the others wait. The position moves
only over records that are done with, at most once a second; where it cannot be kept, the ids remembered elsewhere keep
things from being shown twice.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from consumers.connection import LOST
from consumers.errors import MailboxBusy
from consumers.tail import TailRecord

__all__ = ["MailboxShare"]

_POLL_MILLISECONDS: Final = 200
_MOST_RECORDS: Final = 200
_COMMIT_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 3.0
_SHARE_SECONDS: Final = 15.0
"""Longer than a dead program's session (10 s), after which its share is given to another."""

_log = structlog.get_logger(__name__)


class MailboxShare(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Reads ahead, and keeps the position."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, on_assigned: Callable[[], None]) -> None:
        self._consumer = consumer
        self._on_assigned = on_assigned
        self._ahead: deque[TailRecord] = deque()
        self._positions: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self._without_since: float | None = None
        consumer.subscribe([topic], listener=self)

    def next(self) -> TailRecord | None:
        """The next record that was read ahead."""
        return self._ahead.popleft() if self._ahead else None

    async def read(self) -> None:
        """Read ahead, waiting a little, and keep the position now and then.

        Raises:
            KafkaError: this certificate may not read the mailbox any more. A lost connection is waited out.
        """
        now = asyncio.get_running_loop().time()
        if now - self._committed_at >= _COMMIT_SECONDS:
            self._committed_at = now
            await self.commit()
        batches = await self._consumer.getmany(timeout_ms=_POLL_MILLISECONDS, max_records=_MOST_RECORDS)
        for records in batches.values():
            self._ahead.extend(records)

    def done(self, record: TailRecord) -> None:
        """Everything up to and including this record is done with."""
        self._positions[TopicPartition(record.topic, record.partition)] = record.offset + 1

    async def commit(self) -> None:
        """Keep the position."""
        positions, self._positions = self._positions, {}
        mine = self._consumer.assignment()
        if wanted := {partition: offset for partition, offset in positions.items() if partition in mine}:
            try:
                await self._consumer.commit(wanted)
            except LOST as error:
                _log.warning("mailbox_position_not_kept", error=type(error).__name__)

    async def leave(self) -> None:
        """Keep the position, but do not wait long for a broker that is away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self.commit()

    async def is_read(self) -> bool:
        """True if this reader has the mailbox, and has read all of it.

        Raises:
            MailboxBusy: another reader has it, and keeps it.
        """
        now = asyncio.get_running_loop().time()
        if self._without_since is not None and now - self._without_since > _SHARE_SECONDS:
            raise MailboxBusy
        mine = list(self._consumer.assignment())
        if not mine or self._ahead:
            return False
        try:
            ends = await self._consumer.end_offsets(mine)
        except LOST:
            return False
        return all([await self._consumer.position(partition) >= ends[partition] for partition in mine])

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The mailbox is being shared out anew: keep the position, and drop what was read ahead."""
        del revoked
        await self.commit()
        self._ahead.clear()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Reading starts at the position kept."""
        self._on_assigned()
        self._without_since = None if assigned else asyncio.get_running_loop().time()
