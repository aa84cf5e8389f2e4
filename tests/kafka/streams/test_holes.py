"""Faust skips records at the end of a rebalance; the shell reads them from the log before what follows them."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from deploy import pki
from deploy.provision import ADMINISTRATOR
from streams import shell as shells
from tests.kafka.conftest import NewTopicLike, RunningHub
from tests.kafka.streams.recording import LossyShell, Recorder, settings_for

COUNT = 40


async def fill(hub: RunningHub, topic: str, count: int = COUNT, partition: int = 0) -> None:
    """Write numbered records to one partition."""
    tls = pki.ssl_context(hub.certificates, ADMINISTRATOR)
    async with AIOKafkaProducer(
        bootstrap_servers=hub.bootstrap, security_protocol="SSL", ssl_context=tls, acks="all"
    ) as producer:
        for number in range(count):
            await producer.send_and_wait(topic, str(number).encode(), partition=partition)


async def test_records_that_were_not_delivered_are_read_from_the_log_in_order(
    hub: RunningHub, fresh_topic: NewTopicLike, tmp_path: Path
) -> None:
    topic = await fresh_topic("accepted")
    await fill(hub, topic)
    recorder = Recorder(topic)
    shell = LossyShell(recorder, settings_for(hub, tmp_path, "lossy-0"), lost={0, 7, 8, 9, 31})
    running = asyncio.create_task(shell.run())
    await recorder.until(lambda offsets: len(offsets) >= COUNT)
    shell.stop()
    await running
    assert recorder.offsets == list(range(COUNT))


async def test_a_worker_that_stopped_goes_on_where_it_had_handled_everything(
    hub: RunningHub, fresh_topic: NewTopicLike, tmp_path: Path
) -> None:
    topic = await fresh_topic("accepted")
    await fill(hub, topic, 5)
    first, second = Recorder(topic), Recorder(topic)
    await handle(hub, first, tmp_path, 5)
    await fill(hub, topic, 5)
    await handle(hub, second, tmp_path, 5)
    assert (first.offsets, second.offsets) == ([0, 1, 2, 3, 4], [5, 6, 7, 8, 9])


async def test_what_joins_a_batch_counts_as_handled_with_it(
    hub: RunningHub, fresh_topic: NewTopicLike, tmp_path: Path
) -> None:
    topic = await fresh_topic("accepted")
    await fill(hub, topic, 2)
    first, second = Recorder(topic, first_batch=6), Recorder(topic)
    shell = LossyShell(first, settings_for(hub, tmp_path, "handling-0"), lost={4})
    running = asyncio.create_task(shell.run())
    await first.until(lambda offsets: len(offsets) >= 1)
    await fill(hub, topic, 2)
    await first.until(lambda offsets: len(offsets) >= 4)
    assert len(first.rebuilding) == 1, "they did not join"
    await fill(hub, topic, 3)  # the first of these is lost: nothing may join over the hole
    with pytest.raises(TimeoutError):
        await first.until(lambda offsets: len(offsets) > 4, 2.0)
    first.goes_on()
    await first.until(lambda offsets: len(offsets) >= 7)
    shell.stop()
    await running
    await fill(hub, topic, 1)
    await handle(hub, second, tmp_path, 1)
    assert (first.offsets, second.offsets) == (list(range(7)), [7])


async def test_what_may_not_join_holds_up_its_own_partition_alone(
    hub: RunningHub, fresh_topic: NewTopicLike, tmp_path: Path
) -> None:
    topic = await fresh_topic("events")
    recorder = Recorder(topic, partitions=8, first_batch=5, held={0})
    shell = LossyShell(recorder, settings_for(hub, tmp_path, "holding-0"), lost=set())
    running = asyncio.create_task(shell.run())
    await fill(hub, topic, 1, partition=1)
    await recorder.until(lambda offsets: len(offsets) >= 1)
    await fill(hub, topic, 2, partition=0)
    await fill(hub, topic, 4, partition=1)
    await recorder.until(lambda offsets: len(offsets) >= 7)
    shell.stop()
    await running
    assert recorder.offsets == [0, 1, 2, 3, 4, 0, 1], "what was held up came last, and in its order"


async def test_state_that_is_behind_is_caught_up_before_anything_else(
    hub: RunningHub, fresh_topic: NewTopicLike, tmp_path: Path
) -> None:
    topic = await fresh_topic("accepted")
    await fill(hub, topic, 5)
    await handle(hub, Recorder(topic), tmp_path, 5)
    await fill(hub, topic, 5)
    lost_its_disk = Recorder(topic, begins_at=0)
    await handle(hub, lost_its_disk, tmp_path / "new", 10)
    assert lost_its_disk.offsets == list(range(10))


async def test_what_waits_behind_a_batch_is_told_to_prometheus(
    hub: RunningHub, fresh_topic: NewTopicLike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await fresh_topic("accepted")
    monkeypatch.setattr(shells, "_AFTER_ACCEPTANCE", frozenset({topic}))
    recorder = Recorder(topic, first_batch=2, held={0})
    shell = LossyShell(recorder, settings_for(hub, tmp_path, "lagging-0"), lost=set())
    running = asyncio.create_task(shell.run())
    await fill(hub, topic, 1)
    await recorder.until(lambda offsets: len(offsets) == 1)
    await fill(hub, topic, 5)
    await shown(topic, 6)
    recorder.goes_on()
    await recorder.until(lambda offsets: len(offsets) == 6)
    await shown(topic, 0)
    shell.stop()
    await running


async def shown(topic: str, records: int) -> None:
    """Wait until both figures of what is left say so many records."""
    async with asyncio.timeout(20):
        while [  # noqa: ASYNC110 - a metric gives no event
            REGISTRY.get_sample_value("homeward_consumer_lag_records", {"topic": topic}),
            REGISTRY.get_sample_value("homeward_accepted_not_folded"),
        ] != [records, records]:
            await asyncio.sleep(0.1)


async def handle(hub: RunningHub, recorder: Recorder, folder: Path, records: int) -> None:
    """Run a worker until it has handled so many records."""
    shell = LossyShell(recorder, settings_for(hub, folder, "handling-0"), lost=set())
    running = asyncio.create_task(shell.run())
    await recorder.until(lambda offsets: len(offsets) >= records)
    shell.stop()
    await running
