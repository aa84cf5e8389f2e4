"""What the shell asks of a processor, and what it offers one while a batch is handled."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from streams.arrivals import Arrival, LogReader
from streams.worker_app import WorkerApp


async def _nothing(_: Callable[[Arrival], bool]) -> list[Arrival]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What arrives while a batch is handled, and may belong to it: it then counts as handled with it."""

    take: Callable[[Callable[[Arrival], bool]], Awaitable[list[Arrival]]] = _nothing
    """What has arrived since, in the order of each partition, as far as each record passes this test and no hole lies
    before it. Nothing joins a batch that is read again, or handled record by record."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something arrives, and when the worker is told to stop; whoever waits for it clears it."""


class Processor(Protocol):
    """What one worker does with records of its topic."""

    name: str
    topic: str
    partitions: int
    writes: tuple[str, ...]

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Called once, before the first record and before Faust joins the group."""

    async def recovered(self) -> None:
        """Called when Faust's tables hold what their changelogs hold."""

    def position(self, partition: int) -> int | None:
        """The next offset of this partition by the processor's own durable state; None: what the group committed."""

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """These of a stretch that is read again will be handled next: what can be prepared for them may begin."""

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Handle these, in order; return when all they caused is durable.

        `more_follow` is True while a stretch of the log is being read again and its end has not come: a processor
        that rebuilds state may then store and send nothing yet. `joining` takes what has arrived meanwhile, for a
        processor that has something more urgent to do with it than with the rest of these.
        """

    async def park(self, arrival: Arrival, *, more_follow: bool) -> None:
        """Put aside a record with which in hand the worker died three times; return when that is durable."""

    def changed_hands(self, partitions: frozenset[int], here: frozenset[int]) -> None:
        """These partitions went to another worker, or came from one: what is kept of them in memory is out of date.

        `here` are those that this worker has now.
        """

    def caught_up(self, partition: int) -> None:
        """A partition that came is still here, and everything is handled that its log held when it came."""

    async def stop(self) -> None:
        """Close what `start` opened."""
