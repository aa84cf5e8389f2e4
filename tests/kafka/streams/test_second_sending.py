"""Mail that nobody has read is sent again, once, as it was; who did see it is shown nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from consumers import Inbox
from hub.ids import AgencyId
from hub.mailbox import Account
from hub.messages import WorkerKey
from streams.mailbox_statements import Mailbox, statement
from streams.second_sending import SecondSending
from tests.kafka.conftest import RunningHub
from tests.kafka.consumers.speaking import IDS, SpeakingHub

SALFORD = AgencyId("E08000006")


@pytest.fixture
async def speaking(hub: RunningHub, tmp_path: Path) -> SpeakingHub:
    told = SpeakingHub(hub, SALFORD, tmp_path)
    await told.publish_directory()
    return told


@pytest.fixture
async def producer(speaking: SpeakingHub) -> AsyncIterator[AIOKafkaProducer]:
    async with speaking.connection("statements").producer() as made:
        yield made


def clients(speaking: SpeakingHub) -> SecondSending:
    connection = speaking.connection("statements")
    return SecondSending(
        {
            "bootstrap_servers": connection.bootstrap_servers,
            "security_protocol": "SSL",
            "ssl_context": connection.ssl_context,
        }
    )


async def end_of(speaking: SpeakingHub) -> int:
    async with speaking.connection("statements").reader(f"inbox.{SALFORD}") as reader:
        place = TopicPartition(f"inbox.{SALFORD}", 0)
        return int((await reader.end_offsets([place]))[place])


async def mail_from(speaking: SpeakingHub, start: int) -> list[tuple[bytes, bytes]]:
    """Id and bytes of every record from an offset to the end."""
    end = await end_of(speaking)
    found: list[tuple[bytes, bytes]] = []
    async with speaking.connection("statements").reader(f"inbox.{SALFORD}") as reader:
        reader.seek(TopicPartition(f"inbox.{SALFORD}", 0), start)
        while len(found) < end - start:
            for records in (await reader.getmany(timeout_ms=200)).values():
                found += [(dict(each.headers)["ce_id"], each.value) for each in records]
    return found


async def test_old_unread_mail_is_put_behind_once_and_shown_once(
    speaking: SpeakingHub, producer: AIOKafkaProducer
) -> None:
    async with Inbox.open(profile=speaking.reader()) as inbox:  # what other tests left is read
        assert [notice async for notice in inbox.notices(wait=False)] == []
    start = await end_of(speaking)
    worker = WorkerKey.from_bytes(speaking.worker.key_id, bytes(32))
    stated = statement(Mailbox(agency=SALFORD, account=Account(end=start)), datetime.now(UTC), worker, IDS)
    await speaking.tell(speaking.notice(1), speaking.receipt())
    await speaking.send("statements", [stated])
    await asyncio.sleep(0.1)
    before = datetime.now(UTC)
    await asyncio.sleep(0.1)
    await speaking.tell(speaking.notice(2))
    old = await mail_from(speaking, start)

    unread = Mailbox(agency=SALFORD, account=Account(end=start), position=start)
    sending = clients(speaking)
    assert await sending.send([unread], producer, before) == 2
    now = await mail_from(speaking, start)
    assert now == [*old, old[0], old[1]], "the notice and the receipt, as they were; no statement, nothing newer"
    assert await sending.send([unread], producer, before) == 0
    restarted = clients(speaking)
    assert await restarted.send([unread], producer, before) == 0, "a restart sees what stands there already"
    assert await restarted.send([unread], producer, datetime.now(UTC)) == 1, "what has become old since"
    assert await clients(speaking).send([unread], producer, datetime.now(UTC)) == 0, "nothing a third time"
    read = Mailbox(agency=SALFORD, account=Account(end=start), position=await end_of(speaking))
    assert await clients(speaking).send([read], producer, datetime.now(UTC)) == 0

    async with Inbox.open(profile=speaking.reader()) as inbox:
        assert [notice.reference async for notice in inbox.notices(wait=False)] == ["HW-0001", "HW-0002"]
