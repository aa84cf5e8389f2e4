"""Sends what a mailbox reader owes: that notices were fetched, opened, taken. As ordinary signed messages.

`fetched` is batched: at most 500 notices a message and one message a second. What a person did goes at once. An
`Acknowledged` carries one layer, one role and one time, so different ones are different messages. Nothing is
forgotten before the broker has it; a repeat after a crash does no harm, because the hub's fold takes each once. What
could never be sent is refused when it is said; should such a row stand in the memory all the same, it is dropped, told
to the log, and holds up nothing behind it.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer

from consumers.connection import LOST
from consumers.directory_view import DirectoryView
from consumers.inbox_memory import InboxMemory
from hub.ids import HUB, AgencyId
from hub.messages import WireMessage, chain_link, compose
from hub.sealing import SALT_BYTES
from hub.signing import Signer
from schemas.codec import SchemaIds
from schemas.errors import UnencodableRecord
from schemas.records import Acknowledged

__all__ = ["AcknowledgementSender", "Acknowledgements", "HubKeyUnknown", "SignedSender"]

FETCHED_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 1.0
_LEAVE_SECONDS: Final = 5.0

_log = structlog.get_logger(__name__)


class HubKeyUnknown(LookupError):
    """The directory names no sealing key of the hub for now; the acknowledgement waits."""


class AcknowledgementSender(Protocol):
    """Whatever sends a record to the hub so that it cannot be lost; a `Publisher` of this agency is one."""

    async def send(self, record: Acknowledged) -> object:
        """Send it, and return when it is durable."""


class SignedSender:
    """Signs with the reader's own key and sends. What was signed is kept until the broker has it, byte for byte."""

    def __init__(
        self,
        agency: AgencyId,
        signer: Signer,
        memory: InboxMemory,
        producer: AIOKafkaProducer,
        directory: DirectoryView,
        ids: SchemaIds,
    ) -> None:
        self._agency = agency
        self._signer = signer
        self._memory = memory
        self._producer = producer
        self._directory = directory
        self._ids = ids

    async def send(self, record: Acknowledged) -> None:
        """Sign and keep; `flush` sends it.

        Raises:
            HubKeyUnknown: there is nothing to seal to yet; nothing was signed.
        """
        sequence, previous = self._memory.last_of_chain(self._signer.key_id)
        wire = self._composed(record, sequence + 1, previous)
        self._memory.keep_signed(self._signer.key_id, sequence + 1, chain_link(wire), wire)

    async def flush(self) -> None:
        """Send what is signed and not confirmed, in order.

        Raises:
            KafkaError, OSError, TimeoutError: the broker is away; the rest is kept and goes first next time.
        """
        for sequence, wire in self._memory.outgoing(self._signer.key_id):
            await self._producer.send_and_wait(
                wire.topic,
                wire.value,
                key=wire.key,
                headers=[(name, value) for name, value in wire.headers if value is not None],
            )
            self._memory.confirmed(self._signer.key_id, sequence)

    def _composed(self, record: Acknowledged, sequence: int, previous: bytes) -> WireMessage:
        now = datetime.now(UTC)
        seal_to = self._directory.current.sealing_key(HUB, now)
        if seal_to is None:
            raise HubKeyUnknown
        return compose(
            record,
            ids=self._ids,
            message_id=_new_id(now),
            sender=self._agency,
            time=now,
            signer=self._signer,
            seal_to=seal_to,
            salt=secrets.token_bytes(SALT_BYTES),
            sequence=sequence,
            previous=previous,
        )


class Acknowledgements:
    """The task that sends what the memory owes. `run` is owned by the inbox."""

    def __init__(
        self, memory: InboxMemory, sender: AcknowledgementSender, flush: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._memory = memory
        self._sender = sender
        self._flush = flush
        self._woken = asyncio.Event()
        self._fetched_at = -FETCHED_SECONDS

    def wake(self) -> None:
        """There is something that somebody did: send it now."""
        self._woken.set()

    async def run(self) -> None:
        """Send for ever, across lost connections."""
        while True:
            self._woken.clear()
            try:
                await self._send_owed(asyncio.get_running_loop().time())
            except (*LOST, HubKeyUnknown) as error:
                _log.warning("acknowledgements_wait", error=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(FETCHED_SECONDS / 2):
                    await self._woken.wait()

    async def leave(self) -> None:
        """Try for a few seconds to send everything; the rest waits in the memory for next time."""
        with suppress(HubKeyUnknown, *LOST):
            async with asyncio.timeout(_LEAVE_SECONDS):
                while await self._send_next(fetched=False) or await self._send_next(fetched=True):
                    pass
                await self._flushed()

    async def _send_owed(self, now: float) -> None:
        while await self._send_next(fetched=False):
            pass
        if now - self._fetched_at >= FETCHED_SECONDS and await self._send_next(fetched=True):
            self._fetched_at = now
        await self._flushed()

    async def _send_next(self, *, fetched: bool) -> bool:
        owed = self._memory.next_owed(fetched=fetched)
        if owed is None:
            return False
        try:
            await self._sender.send(owed.record)
        except UnencodableRecord as error:
            fields = [each.where for each in error.fields]
            _log.error("acknowledgement_dropped", layer=owed.record.layer.value, fields=fields)
        self._memory.settle(owed)
        return True

    async def _flushed(self) -> None:
        if self._flush is not None:
            await self._flush()


def _new_id(now: datetime) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then random bits."""
    stamp = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    drawn = secrets.randbits(74)
    return str(UUID(int=(stamp << 80) | (7 << 76) | ((drawn >> 62) << 64) | (2 << 62) | (drawn & ((1 << 62) - 1))))
