"""An agency that floods is slowed by the broker; the hub's own are not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from confluent_kafka import Producer, ThrottleEvent

from deploy import pki, quotas, topics
from deploy.provision import ADMINISTRATOR
from tests.kafka.conftest import RunningHub, running_hub

RECORD = b"x" * 100_000
TEN_SECONDS_WORTH = 10 * topics.quotas()["agency"].producer_byte_rate // len(RECORD)
"""Kafka looks at the last ten seconds, so that much passes in a burst."""


@pytest.fixture(scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHub]:
    """A broker of its own: a flood would be in the way of others."""
    async with running_hub(tmp_path_factory.mktemp("quotas")) as running:
        yield running


def slowed(hub: RunningHub, principal: str, topic: str) -> Iterator[float]:
    """Seconds for which the broker holds this principal back while it writes twice its share."""
    told: list[ThrottleEvent] = []
    settings: dict[str, Any] = pki.client_settings(hub.certificates, principal, hub.bootstrap)
    producer = Producer({**settings, "throttle_cb": told.append, "linger.ms": 0, "batch.size": len(RECORD)})
    for _ in range(2 * TEN_SECONDS_WORTH):
        producer.produce(topic, RECORD)
        producer.poll(0)
        if told:
            break
        if len(producer) > 20:
            producer.flush(10)
    producer.purge()
    producer.flush(0)
    yield from (event.throttle_time for event in told)


async def test_an_agency_beyond_its_share_is_slowed(hub: RunningHub) -> None:
    assert await asyncio.to_thread(lambda: list(slowed(hub, "E08000006", "inbound")))


async def test_the_hub_itself_is_not_slowed(hub: RunningHub) -> None:
    assert await asyncio.to_thread(lambda: list(slowed(hub, "identity", "review"))) == []


@pytest.mark.parametrize("user", [None, "intake", "reviewer"])
async def test_the_broker_holds_the_tables_speeds(hub: RunningHub, user: str | None) -> None:
    told = await quotas.read_quotas(hub.bootstrap, pki.ssl_context(hub.certificates, ADMINISTRATOR))
    expected = topics.quotas()["agency"] if user is None else topics.quota_of(user)
    assert told[user] == quotas.rates(expected)
