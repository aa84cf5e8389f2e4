"""Everybody may do with every topic exactly what the table says: asked of the real broker, cell by cell.

Two ways. The broker lists, for each principal and topic, the operations it would allow: all cells, denials included.
And each principal really tries to write and to read every topic: what a list promises, a request must keep.
Groups, the cluster's own operations, and agencies that join and leave are tried too.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.conn import create_conn
from aiokafka.protocol.fetch import FetchRequest
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

from deploy import pki, provision, topics
from deploy.broker import HOST
from deploy.topics import Agency, Operation
from tests.kafka.conftest import AGENCIES, RunningHub, running_hub

PRINCIPALS = (*topics.principals(), *(agency.id for agency in AGENCIES))
DENIED = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED}
WAIT = 20.0
COORDINATOR_COMES_UP = (
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
"""Answers of the first moments, while the broker makes the topic that keeps the positions of groups."""


@pytest.fixture(scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHub]:
    """A broker of its own: these tests write a record wherever they may."""
    async with running_hub(tmp_path_factory.mktemp("permissions")) as running:
        yield running


def settings(hub: RunningHub, principal: str) -> dict[str, Any]:
    return {**pki.client_settings(hub.certificates, principal, hub.bootstrap), "log_level": 0}


def code(error: KafkaException) -> int:
    return int(error.args[0].code())


def operations(hub: RunningHub, principal: str) -> dict[str, set[str]]:
    """What the broker says this principal may do, topic by topic; a topic it may not even see allows nothing."""
    client = AdminClient(settings(hub, principal))
    names = [topic.name for topic in topics.topics(hub.agencies)]
    told = client.describe_topics(TopicCollection(names), include_authorized_operations=True, request_timeout=WAIT)
    found = {}
    for name, future in told.items():
        try:
            found[name] = {operation.name for operation in future.result(WAIT).authorized_operations}
        except KafkaException as error:
            if code(error) not in DENIED:
                raise
            found[name] = set()
    return found


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_the_broker_allows_exactly_the_table(hub: RunningHub, principal: str) -> None:
    expected: dict[str, set[str]] = {topic.name: set() for topic in topics.topics(hub.agencies)}
    for cell in topics.permissions(hub.agencies):
        if cell.principal == principal and cell.is_allowed:
            expected[cell.topic].add(cell.operation.name)
    assert await asyncio.to_thread(operations, hub, principal) == expected


def allowed(hub: RunningHub, principal: str, operation: Operation) -> set[str]:
    return {
        cell.topic
        for cell in topics.permissions(hub.agencies)
        if cell.principal == principal and cell.operation is operation and cell.is_allowed
    }


def writes(hub: RunningHub, principal: str) -> set[str | None]:
    """Topics of the table to which this principal gets a record written, with an idempotent producer."""
    written: set[str | None] = set()
    refused: set[str | None] = set()

    def delivered(error: KafkaError | None, message: Message) -> None:
        assert error is None or error.code() in DENIED, (principal, message.topic(), error.str())
        (written if error is None else refused).add(message.topic())

    names = {topic.name for topic in topics.topics(hub.agencies)}
    if not allowed(hub, principal, Operation.WRITE):
        # Who may write nowhere is not even given a producer id; a plain producer asks topic by topic.
        producer = Producer(settings(hub, principal))
    else:
        producer = Producer({**settings(hub, principal), "enable.idempotence": True})
    for name in names:
        producer.produce(name, b"tried", key=b"tried", on_delivery=delivered)
    assert producer.flush(WAIT) == 0
    assert written | refused == names
    return written


async def reads(hub: RunningHub, principal: str) -> set[str]:
    """Topics of the table that the broker gives to this principal: one fetch for all, each answered by itself."""
    names = [topic.name for topic in topics.topics(hub.agencies)]
    connection = await create_conn(
        HOST,
        hub.broker.port,
        ssl_context=pki.ssl_context(hub.certificates, principal),
        security_protocol="SSL",
        request_timeout_ms=int(WAIT * 1000),
    )
    with closing(connection):
        request = FetchRequest(100, 0, 1 << 20, 0, [(name, [(0, 0, 1 << 16)]) for name in names])
        response = await connection.send(request)
    answered = {topic: code for topic, partitions in response.topics for _, code, *_ in partitions}
    assert set(answered) == set(names)
    assert set(answered.values()) <= {0, KafkaError.TOPIC_AUTHORIZATION_FAILED}
    return {topic for topic, code in answered.items() if code == 0}


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_a_record_is_written_only_where_the_table_allows(hub: RunningHub, principal: str) -> None:
    assert await asyncio.to_thread(writes, hub, principal) == allowed(hub, principal, Operation.WRITE)


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_a_record_is_read_only_where_the_table_allows(hub: RunningHub, principal: str) -> None:
    assert await reads(hub, principal) == allowed(hub, principal, Operation.READ)


def groups() -> list[str]:
    """Every group that anybody may join, with an example for each prefix."""
    given = [acl for acl in topics.acls(AGENCIES) if acl.resource is topics.Resource.GROUP]
    return sorted({acl.name + ("1" if acl.is_prefix else "") for acl in given} | {"stranger"})


def joins(hub: RunningHub, principal: str) -> set[str]:
    """Groups whose position this principal may move, in a topic that it may read."""
    client = AdminClient(settings(hub, principal))
    readable = TopicPartition(min(allowed(hub, principal, Operation.READ)), 0, 1)
    joined = set()
    for group in groups():
        asked = [ConsumerGroupTopicPartitions(group, [readable])]
        answer = COORDINATOR_COMES_UP[0]
        deadline = time.monotonic() + WAIT
        while answer in COORDINATOR_COMES_UP and time.monotonic() < deadline:
            try:
                told = client.alter_consumer_group_offsets(asked, request_timeout=WAIT)[group].result(WAIT)
            except KafkaException as error:
                answer = code(error)
            else:
                (partition,) = told.topic_partitions
                answer = partition.error.code() if partition.error else 0
        assert answer in {0, KafkaError.GROUP_AUTHORIZATION_FAILED}, (principal, group)
        joined |= {group} if answer == 0 else set()
    return joined


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_a_group_is_joined_only_by_its_owner(hub: RunningHub, principal: str) -> None:
    expected = {
        group
        for acl in topics.acls(hub.agencies)
        if acl.resource is topics.Resource.GROUP and acl.principal == principal and acl.operation is Operation.READ
        for group in groups()
        if acl.covers(group)
    }
    assert await asyncio.to_thread(joins, hub, principal) == expected


def refused_acts(hub: RunningHub, principal: str) -> Iterator[int]:
    client = AdminClient(settings(hub, principal))
    own = NewTopic(f"own-{uuid4().hex}", num_partitions=1, replication_factor=1)
    acts = [
        next(iter(client.create_topics([own], request_timeout=WAIT).values())),
        next(iter(client.delete_topics(["inbound"], request_timeout=WAIT).values())),
        next(iter(client.create_acls([provision.binding(acl) for acl in topics.acls_for("intake")[:1]]).values())),
    ]
    for act in acts:
        with pytest.raises(KafkaException) as caught:
            act.result(WAIT)
        yield code(caught.value)


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_nobody_makes_or_deletes_a_topic_or_gives_permissions(hub: RunningHub, principal: str) -> None:
    assert set(await asyncio.to_thread(lambda: list(refused_acts(hub, principal)))) <= DENIED


async def test_an_agency_joins_gets_a_grant_loses_it_and_is_revoked(hub: RunningHub) -> None:
    joining = Agency(id="E08000003")
    pki.ensure(hub.certificates, (joining.id,))
    changed = RunningHub(
        broker=hub.broker,
        certificates=hub.certificates,
        administrator=hub.administrator,
        agencies=(*hub.agencies, joining),
    )

    async def may() -> dict[str, set[str]]:
        told = await asyncio.to_thread(operations, changed, joining.id)
        return {topic: allowed for topic, allowed in told.items() if allowed}

    await provision.add_agency(hub.administrator, joining)
    own = {
        "inbound": {"WRITE", "DESCRIBE"},
        f"inbox.{joining.id}": {"READ", "DESCRIBE"},
        "directory": {"READ", "DESCRIBE"},
    }
    assert await may() == own

    await provision.add_agency(hub.administrator, Agency(id=joining.id, has_grant=True))
    assert await may() == own | {"register": {"READ", "DESCRIBE"}, "register.keys": {"READ", "DESCRIBE"}}

    await provision.add_agency(hub.administrator, joining)
    assert await may() == own

    await provision.remove_agency(hub.administrator, joining.id)
    assert await may() == {}


def test_an_agency_cannot_take_a_name_of_the_hubs_own() -> None:
    with pytest.raises(topics.TableError, match="cannot be an agency's id"):
        Agency(id="intake")
    with pytest.raises(topics.TableError, match="cannot be an agency's id"):
        Agency(id="a.b")
