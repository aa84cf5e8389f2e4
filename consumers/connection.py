"""Connections to the hub's Kafka, for readers: mutual TLS always, nothing acknowledged by itself.

Option names are Kafka's own. Nothing here retries; who uses a connection decides what its loss means.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from consumers.errors import CertificateEnded, HubNotReachable, NotAMember
from hub.certificates import CertificateLife

__all__ = ["LONGEST_ANSWER_SECONDS", "LOST", "REFUSED", "Connection", "connected", "ended", "stopped"]

LOST: Final = (KafkaError, OSError, TimeoutError)
"""What a connection raises when the broker is away, slow or unwilling."""

REFUSED: Final = (UnknownTopicOrPartitionError, TopicAuthorizationFailedError)
"""What the broker answers about a topic that is not there, or that this certificate may not read."""

_STOP_SECONDS: Final = 3
_CANCEL_AGAIN_SECONDS: Final = 1.0
LONGEST_ANSWER_SECONDS: Final = 10.0
"""So long the broker is waited for at each question."""
_REQUEST_MILLISECONDS: Final = round(1000 * LONGEST_ANSWER_SECONDS)
_SESSION_MILLISECONDS: Final = 10_000
_HEARTBEAT_MILLISECONDS: Final = 2_000
_LONGEST_POLL_MILLISECONDS: Final = 3_600_000


class _Starts(Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


_Client = TypeVar("_Client", bound=_Starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the hub's brokers are, and the certificate with which this agency comes."""

    bootstrap_servers: str
    client_id: str
    ssl_context: ssl.SSLContext = field(repr=False)
    certificate: Callable[[], CertificateLife | None] = lambda: None
    """When the certificate ends that is used now, where that is known."""

    def not_reachable(self, what: str, address: str | None = None) -> HubNotReachable:
        """The error for a hub that cannot be read from; it says so first if it is our certificate that has ended."""
        address = address or self.bootstrap_servers
        life = self.certificate()
        ended = None if life is None else life.ended(datetime.now(UTC))
        return HubNotReachable(address, what) if ended is None else CertificateEnded(address, ended)

    @asynccontextmanager
    async def reader(self, *topics: str, keeps_for: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
        """A started consumer, member of no group, of every partition of these topics, from their starts.

        Args:
            topics: every partition of these; without any, what it is told to read.
            keeps_for: a group whose positions it may keep (`commit`) while that group has no members: it shares
                nothing with them and takes nothing from them. The broker refuses it while there are any.

        Raises:
            HubNotReachable: the broker is away, our certificate has ended, or (NotAMember) a topic is not there or
                may not be read with it.
        """
        consumer = AIOKafkaConsumer(
            *topics, **self._common(), group_id=keeps_for, enable_auto_commit=False, auto_offset_reset="earliest"
        )
        async with self._started(consumer):
            yield consumer

    @asynccontextmanager
    async def member(self, group_id: str) -> AsyncIterator[AIOKafkaConsumer]:
        """A started consumer of a group, without a subscription; it commits only when told to.

        What a member has it keeps when another joins: a second reader never takes a mailbox from the first.
        A person may take an hour over one notice (`max_poll_interval_ms`); a dead process is noticed in 10 s.

        Raises:
            HubNotReachable: the broker is away, or refuses this certificate.
        """
        consumer = AIOKafkaConsumer(
            **self._common(),
            group_id=group_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            partition_assignment_strategy=(_sticky_assignor(),),
            session_timeout_ms=_SESSION_MILLISECONDS,
            heartbeat_interval_ms=_HEARTBEAT_MILLISECONDS,
            max_poll_interval_ms=_LONGEST_POLL_MILLISECONDS,
        )
        async with self._started(consumer):
            yield consumer

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A started producer: `acks=all`, idempotent.

        Raises:
            HubNotReachable: the broker is away, or refuses this certificate.
        """
        async with self._started(AIOKafkaProducer(**self._common(), acks="all", enable_idempotence=True)) as producer:
            yield producer

    @asynccontextmanager
    async def _started(self, client: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - a consumer or a producer
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(connected(client))
            except REFUSED as error:
                raise NotAMember(self.bootstrap_servers) from error
            except LOST as error:
                raise self.not_reachable(type(error).__name__) from error
            yield client

    def _common(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": self.client_id,
            "security_protocol": "SSL",
            "ssl_context": self.ssl_context,
            "request_timeout_ms": _REQUEST_MILLISECONDS,
        }


def _sticky_assignor() -> type[StickyPartitionAssignor]:
    """An assignor of one consumer's own: aiokafka's keeps what a consumer has on the class, for all consumers alike."""
    return type("OwnStickyAssignor", (StickyPartitionAssignor,), {})


@asynccontextmanager
async def connected(client: _Client) -> AsyncIterator[_Client]:
    """A Kafka client, started, and stopped at the end.

    One that did not start is stopped too, or the library would complain of it; and one whose broker has died ends
    without an error of its own, which would hide what happened.
    """
    try:
        await client.start()
        yield client
    finally:
        await stopped(client)


async def stopped(client: _Client) -> None:
    """Stop a client, or leave it after a few seconds.

    With a broker that is away the library cancels tasks of its own while it stops and lets their cancellation out
    (measured): whoever awaits that would take it for his own, and end.
    """
    stopping = asyncio.create_task(client.stop())
    await asyncio.wait({stopping}, timeout=_STOP_SECONDS)
    if not stopping.done():
        stopping.cancel()
    elif not stopping.cancelled() and (error := stopping.exception()) is not None and not isinstance(error, LOST):
        raise error


async def ended(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel tasks until they have ended, however often that takes.

    On Python 3.11 a cancellation that meets a refused connection is lost inside `asyncio.wait_for`, which the Kafka
    client uses; a program that cancels once would wait for ever.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_SECONDS)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told that it never was
