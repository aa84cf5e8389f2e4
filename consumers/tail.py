"""Reads topics from their start without a group, hands every record on, stays live, and knows how fresh it is.

For compacted topics, from which a table is built. A reader that was away for longer than the broker keeps tombstones
(`delete.retention.ms`, 24 hours) may have missed that something was deleted: it forgets everything and reads from
the start again. *Away* is counted by the wall clock from the last answer of the broker, so that a laptop that slept
counts as away.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from consumers.connection import LONGEST_ANSWER_SECONDS, LOST, REFUSED, Connection, ended
from consumers.errors import ReadingEnded

__all__ = ["LONGEST_ABSENCE", "Freshness", "Tail", "TailRecord"]

LONGEST_ABSENCE: Final = timedelta(hours=24)
"""As `delete.retention.ms` of the compacted topics."""

TailRecord: TypeAlias = ConsumerRecord[bytes | None, bytes | None]

_POLL_MILLISECONDS: Final = 500
_MOST_RECORDS: Final = 1_000
_LOOK_SECONDS: Final = 0.02
_STILL_SECONDS: Final = 2.0
"""After so long without a record the broker is asked whether it is there at all."""

_log = structlog.get_logger(__name__)


def now_utc() -> datetime:
    """What the time is."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far a reader is: records up to the end of the log that are not in what it shows, as the broker says now.

    `appended_at` is the broker's time of the newest record that was read; None before the first.
    """

    behind: int
    checked_at: datetime
    appended_at: datetime | None
    waiting: int = 0
    """So many of them were read, and are signed by a key that the directory does not list yet."""
    refused: int = 0
    """So many of them were read and did not verify: what is shown in their place may be old."""

    @property
    def is_live(self) -> bool:
        """True if everything on the log had been read, and is in what is shown."""
        return self.behind == 0


class Tail:
    """Follows some topics. `take` is called for every record in the order of its partition, `forget` before a reload.

    Neither may block. An exception in either ends the reading, and every later question raises ReadingEnded.
    """

    def __init__(
        self,
        connection: Connection,
        topics: Sequence[str],
        take: Callable[[TailRecord], None],
        forget: Callable[[], None],
        *,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self._connection = connection
        self._topics = tuple(topics)
        self._take = take
        self._forget = forget
        self._clock = clock
        self._partitions: list[TopicPartition] = []
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()
        self._heard_at = clock()
        self._appended_at: datetime | None = None
        self._moved = asyncio.Event()

    async def start(self) -> None:
        """Read everything there is, then follow.

        Raises:
            HubNotReachable: the broker is away, or a topic may not be read.
        """
        try:
            consumer = await self._stack.enter_async_context(self._connection.reader(*self._topics))
            self._consumer, self._partitions = consumer, sorted(consumer.assignment())
            self._task = asyncio.create_task(self._follow(), name=f"tail {','.join(self._topics)}")
            await self.caught_up()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop following and close the connection."""
        if self._task is not None:
            await ended(self._task)
        await self._stack.aclose()

    async def caught_up(self) -> None:
        """Wait until everything that is on the log now has been read.

        Raises:
            HubNotReachable, ReadingEnded: it cannot be known, or will not be read; also when the broker goes away on
                the way.
        """
        ends, behind, moved_at = await self._ends(), -1, time.monotonic()
        while left := await self._behind(ends):
            self.check()
            if left != behind:
                behind, moved_at = left, time.monotonic()
            elif time.monotonic() - moved_at > _STILL_SECONDS:
                await self._ends()
                moved_at = time.monotonic()
            self._moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._moved.wait()

    async def freshness(self) -> Freshness:
        """Position against the end of the log, now.

        Raises:
            HubNotReachable, ReadingEnded: it cannot be known.
        """
        self.check()
        ends = await self._ends()
        return Freshness(behind=await self._behind(ends), checked_at=self._clock(), appended_at=self._appended_at)

    def check(self) -> None:
        """Raise ReadingEnded if nothing is read any more."""
        if self._task is None or self._task.done():
            cause = None if self._task is None or self._task.cancelled() else self._task.exception()
            raise ReadingEnded(", ".join(self._topics), is_refused=isinstance(cause, REFUSED)) from cause

    async def _follow(self) -> None:
        consumer = self._reading()
        while True:
            batches = await consumer.getmany(timeout_ms=_POLL_MILLISECONDS, max_records=_MOST_RECORDS)
            if await self._was_away(arrived=bool(batches)):
                self._forget()
                await self._rewind()
                continue
            for records in batches.values():
                for record in records:
                    self._take(record)
                    self._appended_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            self._moved.set()

    async def _was_away(self, *, arrived: bool) -> bool:
        """Note that the broker answered; True if that is the first time in more than a day."""
        if not arrived and not await self._answers():
            return False
        now = self._clock()
        absent, self._heard_at = now - self._heard_at, now
        if absent > LONGEST_ABSENCE:
            _log.warning("reload_after_absence", topics=self._topics, hours=round(absent.total_seconds() / 3600))
        return absent > LONGEST_ABSENCE

    async def _answers(self) -> bool:
        try:
            await self._reading().end_offsets(self._partitions)
        except LOST:
            return False
        return True

    async def _rewind(self) -> None:
        self._heard_at = self._clock()
        await self._reading().seek_to_beginning(*self._partitions)

    async def _ends(self) -> dict[TopicPartition, int]:
        try:
            ends: dict[TopicPartition, int] = await self._reading().end_offsets(self._partitions)
        except LOST as error:
            raise self._connection.not_reachable(type(error).__name__) from error
        return ends

    async def _behind(self, ends: Mapping[TopicPartition, int]) -> int:
        """Records between where reading stands and these ends.

        Where it stands is asked of the broker the first time, and the library waits for that answer without an end.
        """
        reading = self._reading()
        try:
            async with asyncio.timeout(LONGEST_ANSWER_SECONDS):
                return sum([max(0, end - await reading.position(partition)) for partition, end in ends.items()])
        except TimeoutError as error:
            raise self._connection.not_reachable(type(error).__name__) from error

    def _reading(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise ReadingEnded(", ".join(self._topics))
        return self._consumer
