"""Connections to the hub's Kafka: mutual TLS always, an idempotent producer, readers without a group.

Option names are Kafka's own. Nothing here retries; who uses a connection decides what its loss means.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from hub.certificates import CertificateLife

__all__ = ["LOST", "Connection", "ended", "is_kept_out"]

LOST: Final = (KafkaError, OSError, TimeoutError)
"""What a connection raises when the broker is away, slow or unwilling."""

_STOP_SECONDS: Final = 3
_CANCEL_AGAIN_SECONDS: Final = 1.0
_REQUEST_MILLISECONDS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the hub's brokers are, and the certificate with which this agency comes."""

    bootstrap_servers: str
    client_id: str
    ssl_context: ssl.SSLContext = field(repr=False)
    certificate: Callable[[], CertificateLife | None] = lambda: None
    """When the certificate ends that is used now, where that is known."""

    def hindrance(self) -> str | None:
        """What keeps this agency out whatever the hub does, with the remedy: its certificate has ended."""
        life = self.certificate()
        return None if life is None else life.ended(datetime.now(UTC))

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A started producer: `acks=all`, idempotent, no lingering."""
        producer = AIOKafkaProducer(
            **self._common(),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            retry_backoff_ms=100,
        )
        try:
            await producer.start()
            yield producer
        finally:
            await _stopped(producer)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[AIOKafkaConsumer]:
        """A started consumer without a group and without partitions: the caller assigns and seeks."""
        consumer = AIOKafkaConsumer(
            **self._common(), enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=500
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await _stopped(consumer)

    def _common(self) -> Mapping[str, Any]:
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": self.client_id,
            "security_protocol": "SSL",
            "ssl_context": self.ssl_context,
            "request_timeout_ms": _REQUEST_MILLISECONDS,
        }


def is_kept_out(reader: AIOKafkaConsumer) -> bool:
    """Whether the broker answers, and lets this agency see nothing of what it asked for."""
    return bool(reader._client.cluster.unauthorized_topics)  # noqa: SLF001 - aiokafka raises nothing that tells it apart


async def _stopped(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client, but never wait long for a broker that is away: what it held is still in the outbox."""
    with suppress(*LOST):
        async with asyncio.timeout(_STOP_SECONDS):
            await client.stop()


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
