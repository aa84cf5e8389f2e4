"""One real broker for the whole run, as the table says it must be; fresh topics for the test that asks for them."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka.admin import NewTopic

from deploy import pki, runtime, topics
from deploy.broker import EmbeddedBroker
from deploy.provision import ADMINISTRATOR, Administrator, provision
from deploy.registry import EmbeddedRegistry
from tests.kafka.way.town import Town, running_town

os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
"""For every Java here, also under commands: a broker that lives for a minute never earns the second compiler's work."""

AGENCIES = (
    topics.Agency(id="E08000005", has_grant=True),
    topics.Agency(id="E08000006"),
    topics.Agency(id="E23000005"),
    topics.Agency(id="chronicle", has_grant=True, is_sender=False),
)
"""A council with a grant, a council, a police force, and a downstream subscriber that sends nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningHub:
    """A broker provisioned from the table, and the certificates of everybody in it."""

    broker: EmbeddedBroker
    certificates: Path
    administrator: Administrator
    agencies: tuple[topics.Agency, ...]

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap


@contextlib.asynccontextmanager
async def running_hub(folder: Path, agencies: tuple[topics.Agency, ...] = AGENCIES) -> AsyncIterator[RunningHub]:
    """A broker of its own, for a test that kills it or counts every record in it."""
    certificates = folder / "pki"
    pki.ensure(certificates, (ADMINISTRATOR, *topics.principals(), *(agency.id for agency in agencies)))
    jars = await asyncio.to_thread(runtime.kafka)
    async with EmbeddedBroker(folder=folder / "broker", certificates=certificates, kafka=jars, quick=True) as broker:
        administrator = Administrator(bootstrap=broker.bootstrap, certificates=certificates)
        await provision(administrator, agencies)
        yield RunningHub(broker=broker, certificates=certificates, administrator=administrator, agencies=agencies)


@pytest.fixture(scope="session")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningHub]:
    """The broker that the tests of this run share."""
    async with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The whole hub with its workers and three agencies, for everything that is judged from outside."""
    async with running_town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.fixture(scope="session")
async def schema_registry(hub: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedRegistry]:
    """The schema registry on the shared broker; empty at first."""
    unpacked = await asyncio.to_thread(runtime.registry)
    folder = tmp_path_factory.mktemp("registry")
    async with EmbeddedRegistry(
        folder=folder, certificates=hub.certificates, bootstrap=hub.bootstrap, registry=unpacked
    ) as registry:
        yield registry


NewTopicLike = Callable[[str], Awaitable[str]]


@pytest.fixture
async def fresh_topic(hub: RunningHub) -> NewTopicLike:
    """Makes a topic with the settings of one in the table, under a name of its own; only `admin` may use it."""

    async def make(like: str) -> str:
        (model,) = (topic for topic in topics.topics(hub.agencies) if topic.name == like)
        name = f"{like}-{uuid4().hex[:8]}"
        new = NewTopic(name, num_partitions=model.partitions, replication_factor=1, config=dict(model.settings))
        client = hub.administrator.client()
        await asyncio.wrap_future(client.create_topics([new], operation_timeout=10.0)[name])
        return name

    return make
