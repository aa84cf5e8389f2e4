"""The one way out of a worker: sends whose acknowledgement somebody awaits, and whose failure ends the process."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import faust
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from hub.messages import WireMessage
from streams.transport import CheckedProducer, end_process


@dataclass(frozen=True, slots=True)
class Outbound:
    """Sends through the app's own producer, past Faust's buffer; Faust's commit still flushes it."""

    app: faust.App

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Iterable[tuple[str, bytes | None]] = (),
        partition: int | None = None,
    ) -> "asyncio.Future[RecordMetadata]":
        """Hand one record to the producer; the future is the broker's acknowledgement."""
        sent: asyncio.Future[RecordMetadata] = await self._producer.send(
            topic, value, key=key, partition=partition, headers=list(headers)
        )
        sent.add_done_callback(_fatal_when_failed)
        return sent

    async def begin(self, messages: Iterable[WireMessage]) -> "list[asyncio.Future[RecordMetadata]]":
        """Hand all of these to the producer; each future is the broker's acknowledgement of one."""
        return [await self.send(m.topic, m.key, m.value, headers=m.headers) for m in messages]

    async def all(self, messages: Iterable[WireMessage]) -> list[RecordMetadata]:
        """Send all of these and return when the broker has every one, with where and when it appended each."""
        return list(await asyncio.gather(*await self.begin(messages)))

    @property
    def _producer(self) -> AIOKafkaProducer:
        producer = self.app.producer
        if not isinstance(producer, CheckedProducer):
            message = f"Faust runs with {type(producer).__name__}, whose failed sends are silent"
            raise TypeError(message)
        return producer._ensure_producer()  # noqa: SLF001 - Faust has no public name for it


def _fatal_when_failed(sent: "asyncio.Future[Any]") -> None:
    if not sent.cancelled() and (error := sent.exception()) is not None:
        end_process(f"a send failed: {type(error).__name__}")
