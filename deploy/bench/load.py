"""The load generator: composed messages, handed to the producer at a steady pace, with the broker's append times."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from hub.messages import WireMessage


@dataclass(slots=True)
class Offered:
    """What was sent: the append time on `inbound` (seconds) by message id, and when it began and ended."""

    appended: dict[str, float] = field(default_factory=dict)
    began: float = 0.0
    ended: float = 0.0


def message_id(wire: WireMessage) -> str:
    """The id that a message carries in its headers."""
    return next((value or b"").decode() for name, value in wire.headers if name == "ce_id")


async def offer(producer: AIOKafkaProducer, messages: Sequence[WireMessage], per_second: float | None) -> Offered:
    """Send all; at this rate, or as fast as the producer takes them. Returns when the broker has every one."""
    offered = Offered(began=time.time())
    waiting: list[tuple[str, asyncio.Future[RecordMetadata]]] = []
    start = time.monotonic()
    for number, wire in enumerate(messages):
        if per_second is not None and (early := start + number / per_second - time.monotonic()) > 0:
            await asyncio.sleep(early)
        sent = await producer.send(wire.topic, wire.value, key=wire.key, headers=list(wire.headers))
        waiting.append((message_id(wire), sent))
    for sent_id, sent in waiting:
        metadata = await sent
        offered.appended[sent_id] = metadata.timestamp / 1000
    offered.ended = time.time()
    return offered
