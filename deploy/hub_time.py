"""A demonstration's fast clock, set and read: the only place where a hub is told that its time is not the broker's.

    await set_hub_time(home, bootstrap, ids, scale=1000.0)      # before the workers start
    times = await read_hub_times(home, bootstrap, ids)
    times.hub_time(datetime.now(UTC)); times.real_time(due_at)

Refused unless the installation's trust key was marked as a demonstration's when the folder was made
(`Home.mark_demo`); a key that a real hub's directory is signed with can never be marked afterwards.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from consumers.connection import connected
from deploy import pki
from deploy.home import Home
from hub.hub_time import HubTimes
from hub.messages.by_trust import compose_hub_time
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import HubTime
from streams.hub_time_feed import read_hub_time

PRINCIPAL = "trust"


class NotADemonstration(HomewardError):
    """A fast clock was asked for in an installation whose trust key is not marked as a demonstration's."""


async def set_hub_time(
    home: Home, bootstrap: str, ids: SchemaIds, *, scale: float, calm: timedelta = timedelta(0)
) -> HubTimes:
    """From now on hub time runs `scale` times as fast as the broker's; returns when the broker has the record.

    A demonstration that is taken up again goes on where its last record was accepted, not where its clock would stand
    had it run all the while; for `calm` it keeps real pace. Workers read it when they start, and only then.

    Raises:
        NotADemonstration: the trust key is not marked.
    """
    if not home.is_demo:
        message = (
            f"{home.folder} is not a demonstration's folder, so its time is the broker's; "
            "begin one in a new folder: homeward demo --home FOLDER"
        )
        raise NotADemonstration(message)
    before = await read_hub_times(home, bootstrap, ids)
    real = datetime.now(UTC)
    reached = before.hub_time(await _newest(home, bootstrap))
    records = before.going_on(real, reached, scale=scale, calm=calm)
    await publish_hub_time(home, bootstrap, ids, records)
    return HubTimes.of([*before.stretches, *records])


async def publish_hub_time(home: Home, bootstrap: str, ids: SchemaIds, records: Iterable[HubTime]) -> None:
    """Say from when on hub time runs how; returns when the broker has these records. Their own dates are now."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        security_protocol="SSL",
        ssl_context=pki.ssl_context(home.pki, PRINCIPAL),
        acks="all",
    )
    async with connected(producer):
        for record in records:
            wire = compose_hub_time(record, home.trust_key(), ids, datetime.now(UTC))
            await producer.send_and_wait(wire.topic, wire.value, wire.key, headers=list(wire.headers))


async def read_hub_times(home: Home, bootstrap: str, ids: SchemaIds) -> HubTimes:
    """The hub's time as its topic says."""
    tls = pki.ssl_context(home.pki, PRINCIPAL)
    return HubTimes.of(await read_hub_time(bootstrap, tls, home.trust_public.read_bytes(), ids))


async def _newest(home: Home, bootstrap: str) -> datetime:
    """The append time of the newest record accepted; long ago where there is none."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, security_protocol="SSL", ssl_context=pki.ssl_context(home.pki, "ledger")
    )
    async with connected(consumer):
        place = TopicPartition("accepted", 0)
        consumer.assign([place])
        consumer.pause(place)  # until it is known where to read
        end = (await consumer.end_offsets([place]))[place]
        consumer.seek(place, max(0, end - 1))
        consumer.resume(place)
        millis = 0
        while await consumer.position(place) < end:
            for record in (await consumer.getmany(place, timeout_ms=500)).get(place, []):
                millis = record.timestamp
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=millis)
