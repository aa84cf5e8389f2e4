"""Everything that stands on a topic of one partition now, read from outside by one of the hub's own principals."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from consumers.connection import connected
from deploy import pki
from deploy.home import Home

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POLL_MILLISECONDS: Final = 1000


@asynccontextmanager
async def whole_topic(
    home: Home, bootstrap: str, principal: str, topic: str
) -> AsyncIterator[AsyncIterator["ConsumerRecord[bytes, bytes]"]]:
    """The records from the start to where the topic ends when this begins, tombstones among them.

    async with whole_topic(home, bootstrap, "operator", "quarantine") as records:
        async for record in records: ...

    Raises:
        HubNotReachable: the broker is away, or the principal may not read the topic.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        security_protocol="SSL",
        ssl_context=pki.ssl_context(home.pki, principal),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        group_id=None,
    )
    async with connected(consumer):
        place = TopicPartition(topic, 0)
        consumer.assign([place])
        end = (await consumer.end_offsets([place]))[place]
        yield _up_to(consumer, place, end)


async def _up_to(
    consumer: AIOKafkaConsumer, place: TopicPartition, end: int
) -> AsyncIterator["ConsumerRecord[bytes, bytes]"]:
    while await consumer.position(place) < end:
        for record in (await consumer.getmany(place, timeout_ms=_POLL_MILLISECONDS)).get(place, []):
            yield record


def appended_at(record: "ConsumerRecord[bytes, bytes]") -> datetime:
    """When the broker appended a record (UTC)."""
    return _EPOCH + timedelta(milliseconds=record.timestamp)
