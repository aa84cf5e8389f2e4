"""Is a worker getting anywhere? Judged from outside, by its position at the broker and by the steps that it counts.

A worker is stalled when records wait for it, its position has not moved for a while, and it has counted no step of work
on its metrics page either: one that reads a long stretch of its log again moves no position until it is through. It
cannot be asked whether it is well: one whose producer has died stays alive, idle and deaf (measured), and counts
nothing. Each look costs two requests (22 ms, measured), and a third for the page.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Final
from urllib.request import urlopen

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from consumers.connection import stopped
from deploy import topics

STALLED_AFTER_SECONDS: Final = 20.0
"""Longer than a worker's own watchdog (15 s), which leaves a better log; this is for a worker that lost even that."""

_STEPS: Final = re.compile(r"^homeward_work_steps_total (\S+)$", re.MULTILINE)
_ANSWERS_WITHIN: Final = 2.0

Positions = Mapping[TopicPartition, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look saw: the group's positions, and the ends of the log, by partition."""

    positions: Positions
    ends: Positions
    steps: str | None = None
    """What the worker's metrics page says of its steps of work; None where it does not answer, or was not asked."""

    @property
    def lag(self) -> int:
        """Records that wait."""
        return sum(max(0, end - self.positions.get(partition, 0)) for partition, end in self.ends.items())


@dataclass(slots=True, kw_only=True)
class StallWatch:
    """Decides from successive looks; pure but for the clock it is given.

    A broker that cannot be asked is no sign against the worker: the time starts again.
    """

    after_seconds: float = STALLED_AFTER_SECONDS
    clock: Callable[[], float] = time.monotonic
    _last: Positions = field(default_factory=dict, init=False)
    _steps: str | None = field(default=None, init=False)
    _since: float | None = field(default=None, init=False)

    def begin(self) -> None:
        """The worker was started anew, and has all its time: until it is ready it moves no position."""
        self._since = None

    def _has_stepped(self, look: Look) -> bool:
        return look.steps is not None and look.steps != self._steps

    def is_stalled(self, look: Look | None) -> bool:
        """Take in a look (None: the broker did not answer); whether it stood still, with work waiting, for too long."""
        is_well = look is None or not look.lag or look.positions != self._last or self._has_stepped(look)
        if look is not None:
            self._last, self._steps = look.positions, look.steps or self._steps
        if is_well:
            self._since = None
            return False
        if self._since is None:
            self._since = self.clock()
            return False
        if self.clock() - self._since < self.after_seconds:
            return False
        self._since = None
        return True


@dataclass(slots=True, kw_only=True)
class GroupProgress:
    """Looks at one group at the broker; it is the `Watch` of a program that `Supervisor.keep` keeps.

    The principal needs DESCRIBE on the topic and on the group: `operator` has both.
    """

    bootstrap: str
    context: SSLContext
    group: str
    topic: str
    metrics: str | None = None
    """Address of the worker's metrics page."""
    watch: StallWatch = field(default_factory=StallWatch)
    _admin: AIOKafkaAdminClient | None = field(default=None, init=False)
    _consumer: AIOKafkaConsumer | None = field(default=None, init=False)

    def begin(self) -> None:
        """The worker was started anew."""
        self.watch.begin()

    async def stalled(self) -> bool:
        """Look once, and decide."""
        try:
            look = await self.look()
        except KafkaError:
            await self.close()
            look = None
        return self.watch.is_stalled(look)

    async def look(self) -> Look:
        """The group's positions and the ends of its topic, now.

        Raises:
            KafkaError: the broker did not answer.
        """
        admin, consumer = await self._connected()
        (topic,) = (topic for topic in topics.hub_topics() if topic.name == self.topic)
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        committed = await admin.list_consumer_group_offsets(self.group, partitions=partitions)
        return Look(
            positions={partition: told.offset for partition, told in committed.items() if told.offset >= 0},
            ends=await consumer.end_offsets(partitions),
            steps=await self.steps(),
        )

    async def steps(self) -> str | None:
        """The count of steps of work, as the worker's metrics page has it; None where there is none."""
        return None if self.metrics is None else await asyncio.to_thread(_steps, self.metrics)

    async def close(self) -> None:
        """Let the connections go; the next look makes new ones."""
        admin, consumer, self._admin, self._consumer = self._admin, self._consumer, None, None
        if consumer is not None:
            await stopped(consumer)
        if admin is not None:
            await admin.close()

    async def _connected(self) -> tuple[AIOKafkaAdminClient, AIOKafkaConsumer]:
        if self._admin is None or self._consumer is None:
            settings = {"bootstrap_servers": self.bootstrap, "security_protocol": "SSL", "ssl_context": self.context}
            self._admin = AIOKafkaAdminClient(**settings, request_timeout_ms=5000)
            await self._admin.start()
            # Without a topic of its own, so that it never fetches: the principal may see where a log ends, not read it.
            self._consumer = AIOKafkaConsumer(**settings, group_id=None, request_timeout_ms=5000)
            await self._consumer.start()
        return self._admin, self._consumer


def _steps(metrics: str) -> str | None:
    """The count of steps on a worker's metrics page, as it is written there."""
    try:
        with urlopen(metrics, timeout=_ANSWERS_WITHIN) as page:  # noqa: S310 - the loopback address of our own worker
            found = _STEPS.search(page.read().decode())
    except OSError:
        return None
    return None if found is None else found[1]
