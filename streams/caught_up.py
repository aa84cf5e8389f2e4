"""Has the register read everything that was on its way when it took a partition over?

A clock that goes by a state which is behind would raise what was met long ago. So before it looks at a partition, it
waits until everything has come through that stood in front of it when the partition came: what agencies had sent
(`inbound`, worked off by intake), what was accepted (worked off by identity), and the log itself. It asks the broker
for the ends of the topics and the positions of the groups, nothing else.

An intake or identity that stands still must not stop the clock as well: their topics are waited for at most half a
minute each, and then it says so and goes on.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.settings import WorkerSettings

UPSTREAM: Final = (("inbound", 8, "homeward-intake"), ("accepted", 1, "homeward-identity"))
"""Topics in front of `events`, their partitions, and who works each off."""
LONGEST_WAIT: Final = 30.0
_LOOK_SECONDS: Final = 0.2

_log = structlog.get_logger()


class CaughtUp:
    """Waits for what was on its way. `position` says how much of a partition of `events` the register holds."""

    def __init__(self, settings: WorkerSettings, topic: str, position: Callable[[int], int | None]) -> None:
        self._settings = settings
        self._topic = topic
        self._position = position

    async def wait(self, partitions: Iterable[int], is_wanted: Callable[[], bool]) -> bool:
        """Return when these partitions hold everything that agencies had sent when this was called.

        False as soon as that is not wanted any more: other partitions have come, or some of these have gone.
        """
        wanted = [TopicPartition(self._topic, number) for number in partitions]
        async with AsyncExitStack() as stack:
            connection = {
                "bootstrap_servers": self._settings.bootstrap,
                "security_protocol": "SSL",
                "ssl_context": self._settings.ssl_context(),
            }
            admin = AIOKafkaAdminClient(**connection)
            await admin.start()
            stack.push_async_callback(admin.close)
            consumer = AIOKafkaConsumer(**connection, group_id=None)
            await consumer.start()
            stack.push_async_callback(consumer.stop)
            for topic, count, group in UPSTREAM:
                await self._worked_off(admin, consumer, topic, count, group, is_wanted)
            ends = await consumer.end_offsets(wanted)
        while is_wanted() and any(  # noqa: ASYNC110 - a disk
            (self._position(place.partition) or 0) < end for place, end in ends.items()
        ):
            await asyncio.sleep(_LOOK_SECONDS)
        return is_wanted()

    async def _worked_off(
        self,
        admin: AIOKafkaAdminClient,
        consumer: AIOKafkaConsumer,
        topic: str,
        count: int,
        group: str,
        is_wanted: Callable[[], bool],
    ) -> None:
        """Wait until a group has worked off what stands in a topic now."""
        places = [TopicPartition(topic, number) for number in range(count)]
        ends = await consumer.end_offsets(places)
        deadline = time.monotonic() + LONGEST_WAIT
        while is_wanted() and time.monotonic() < deadline:
            told = await admin.list_consumer_group_offsets(group, partitions=places)
            if all(told[place].offset >= end for place, end in ends.items() if end):
                return
            await asyncio.sleep(_LOOK_SECONDS)
        if is_wanted():
            _log.warning("clock_did_not_wait", topic=topic, group=group, seconds=LONGEST_WAIT)
