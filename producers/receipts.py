"""The hub's answers, read from the agency's inbox and matched to what this outbox sent.

Several installations of one agency share an inbox, so it is read without a group, from a position kept in the
outbox, and a record whose key is no id of ours is passed over unopened. A receipt counts only if a worker of the hub
signed it, it opens with our key, names the message it is keyed by, and repeats the digest of the bytes we sent:
anything else is logged and changes nothing, because a forged receipt must not make a report die.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from hub.directory import Directory
from hub.ids import AgencyId
from hub.messages import Refusal, WireMessage, open_from_hub
from hub.sealing import OpeningKeys
from producers.connection import LOST, Connection, is_kept_out
from schemas.codec import SchemaIds
from schemas.records import Receipt

__all__ = ["Expected", "ReceiptOpener", "ReceiptReader"]

_AGAIN_SECONDS: Final = 0.5
_POLL_MILLISECONDS: Final = 1_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A receipt that is awaited: the id `send` gave, and the digest of the value sent (None where not known)."""

    first_id: str
    digest: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptOpener:
    """Opens what stands in an inbox under the id of a message, and says whether it is the receipt for it."""

    directory: Callable[[], Directory]
    opening_keys: OpeningKeys
    ids: SchemaIds

    def receipt(self, wire: WireMessage, expected: Expected, appended_at: datetime) -> Receipt | None:
        """The receipt, or None for anything that is not the hub's own answer to exactly what was sent."""
        opened = open_from_hub(wire, self.directory(), self.opening_keys, self.ids, appended_at)
        if isinstance(opened, Refusal):
            log.warning("receipt_refused", reason=opened.reason.value)
            return None
        receipt = opened.record
        if not isinstance(receipt, Receipt):
            return None
        if receipt.message_id.encode() != wire.key or expected.digest not in (None, receipt.value_digest):
            log.warning("receipt_for_other_bytes", message_id=receipt.message_id)
            return None
        return receipt


class ReceiptReader:
    """Follows one inbox. `expected` is shared with whoever adds what is sent; a taken receipt is removed from it."""

    def __init__(
        self,
        agency: AgencyId,
        *,
        connection: Connection,
        opener: ReceiptOpener,
        expected: dict[str, Expected],
        position: int | None,
        on_receipt: Callable[[Expected, Receipt], None],
        on_position: Callable[[int], None],
    ) -> None:
        """Begin at `position` (next offset); None begins at the end, which is right before anything was sent."""
        self._partition = TopicPartition(f"inbox.{agency}", 0)
        self._connection = connection
        self._opener = opener
        self._expected = expected
        self._position = position
        self._on_receipt = on_receipt
        self._on_position = on_position
        self._reader: AIOKafkaConsumer | None = None

    @property
    def is_kept_out(self) -> bool:
        """Whether the broker is there, and lets this agency read nothing."""
        return self._reader is not None and is_kept_out(self._reader)

    async def run(self) -> None:
        """Read for ever, across lost connections."""
        while True:
            try:
                async with self._connection.reader() as consumer:
                    self._reader = consumer
                    await self._read(consumer)
            except LOST as error:
                log.warning("inbox_not_reachable", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        consumer.assign([self._partition])
        consumer.pause(self._partition)  # else the mailbox would be fetched from its start meanwhile
        begin = (await consumer.beginning_offsets([self._partition]))[self._partition]
        end = (await consumer.end_offsets([self._partition]))[self._partition]
        if self._position is None:
            self._position = end
        elif not begin <= self._position <= end:
            log.warning("inbox_position_gone", position=self._position, begin=begin, end=end)
            self._position = begin
        consumer.seek(self._partition, self._position)
        consumer.resume(self._partition)
        self._on_position(self._position)
        while True:
            batch = await consumer.getmany(self._partition, timeout_ms=_POLL_MILLISECONDS)
            for record in batch.get(self._partition, ()):
                self._take(record)
                self._position = record.offset + 1
            if batch:
                self._on_position(self._position)

    def _take(self, record: ConsumerRecord[bytes | None, bytes | None]) -> None:
        key = (record.key or b"").decode("ascii", "replace")
        expected = self._expected.get(key)
        if expected is None:
            return
        wire = WireMessage(
            topic=record.topic, key=record.key or b"", headers=tuple(record.headers), value=record.value or b""
        )
        receipt = self._opener.receipt(wire, expected, datetime.fromtimestamp(record.timestamp / 1000, UTC))
        if receipt is not None:
            del self._expected[key]
            self._on_receipt(expected, receipt)
