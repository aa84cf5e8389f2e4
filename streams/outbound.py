"""The one way out of a worker: sends whose acknowledgement somebody awaits, and whose failure ends the process."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import faust
from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from hub.messages import WireMessage
from streams.blame import is_the_brokers_fault
from streams.pulse import PULSE
from streams.transport import CheckedProducer, end_process

_TURNS_TO_THE_CONNECTION: Final = 6
"""The sender is woken, takes the records of every partition together, and a task of its own writes the request."""


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
        PULSE.check()
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
        return await acknowledged(await self.begin(messages))

    async def hand_over(self) -> None:
        """Let the producer write what was sent to the connection, before anything else is worked out.

        Its own tasks need some turns of the loop for that; without them a notice stays here for as long as the next
        piece of work takes.
        """
        for _ in range(_TURNS_TO_THE_CONNECTION):
            await asyncio.sleep(0)

    @property
    def _producer(self) -> AIOKafkaProducer:
        producer = self.app.producer
        if not isinstance(producer, CheckedProducer):
            message = f"Faust runs with {type(producer).__name__}, whose failed sends are silent"
            raise TypeError(message)
        return producer._ensure_producer()  # noqa: SLF001 - Faust has no public name for it


async def acknowledged(sent: "Iterable[asyncio.Future[RecordMetadata]]") -> list[RecordMetadata]:
    """Return when the broker has all of these, with where and when it appended each.

    One after another: those of one request are acknowledged together, and only the first of them is waited for.
    """
    return [await each for each in sent]


def _fatal_when_failed(sent: "asyncio.Future[Any]") -> None:
    if not sent.cancelled() and (error := sent.exception()) is not None:
        end_process(f"a send failed: {type(error).__name__}", by_the_batch=not is_the_brokers_fault(error))
