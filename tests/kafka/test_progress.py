"""The position of a group, as its supervisor sees it at the broker."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy import pki
from deploy.progress import GroupProgress
from tests.kafka.conftest import RunningHub


async def test_records_that_wait_for_a_group_are_its_lag_until_it_commits(
    hub: RunningHub, caplog: pytest.LogCaptureFixture
) -> None:
    def settings(principal: str) -> dict[str, object]:
        context = pki.ssl_context(hub.certificates, principal)
        return {"bootstrap_servers": hub.bootstrap, "security_protocol": "SSL", "ssl_context": context}

    progress = GroupProgress(
        bootstrap=hub.bootstrap,
        context=pki.ssl_context(hub.certificates, "operator"),
        group="homeward-audit",
        topic="audit",
    )
    try:
        before = (await progress.look()).lag
        async with AIOKafkaProducer(**settings("intake")) as producer:
            last = await producer.send_and_wait("audit", b"leaf", key=b"leaf")
        assert (await progress.look()).lag == before + 1
        async with AIOKafkaConsumer("audit", group_id="homeward-audit", **settings("audit")) as consumer:
            await consumer.seek_to_end()
            await consumer.commit({TopicPartition("audit", 0): last.offset + 1})
        assert (await progress.look()).lag == 0
        assert not await progress.stalled()
        assert "authorized" not in caplog.text
    finally:
        await progress.close()
