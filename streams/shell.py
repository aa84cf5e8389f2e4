"""The shell round every processor: Faust for membership and delivery, our own count for what is handled.

Records of a partition are taken in order and without a hole, in batches of what has arrived; a processor returns when
everything that a batch caused is durable at the broker, and only then do its offsets move. Anything but success ends
the process, and the next one reads the batch again: what it writes has the same ids, so a reader sees it once.

Rules kept here: acknowledge in offset order only; a hole is read from the log before what follows it; a record with
which in hand the worker died three times is parked and the work goes on; a batch that does not finish ends the process.
"""

import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Final

import structlog
from faust.types import TP

from streams.arrivals import Arrival, LogReader, delivered
from streams.endings import end_when_failed, frames
from streams.handling import Handling
from streams.metrics import BATCH_RECORDS, BATCH_SECONDS, CAUGHT_UP, END_OF_LOG, HOLES_READ, LAG, NOT_FOLDED
from streams.places import Places
from streams.poison import one_by_one
from streams.processor import Joining, Processor
from streams.settings import WorkerSettings
from streams.transport import SettledConsumer, end_process
from streams.unreadable import pass_over_unreadable_batches
from streams.worker_app import QUEUED, worker_app

_AFTER_ACCEPTANCE: Final = frozenset({"accepted", "events"})
_BATCH: Final = 64
"""Records of one batch, with those that join it."""
_MEASURE_SECONDS: Final = 1.0
_TURNS_OF_A_RECORD: Final = 8
"""Turns of the loop without a further record after which Faust has delivered all that it had fetched."""
_log = structlog.get_logger()


class Shell:
    """Runs one processor until told to stop, or until something is wrong."""

    def __init__(self, processor: Processor, settings: WorkerSettings) -> None:
        self._processor = processor
        self._settings = settings
        self.app = worker_app(processor.name, processor.partitions, settings)
        self._reader = LogReader(self.app, settings.bootstrap, settings.ssl_context(), processor.name)
        self._handling = Handling(processor, settings, self.app, self._reader)
        self._watchdog = self._handling.watchdog
        self._queue: deque[Arrival] = deque()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._places = Places(processor, self._reader)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Stop after the batch in hand; `run` returns when its offsets are committed."""
        self._handling.told_to_stop()
        self._stop.set()
        self._arrived.set()

    async def run(self) -> None:
        """Start, work until SIGTERM or SIGINT, stop. A crash of Faust, or a batch that hangs, ends the process."""
        pass_over_unreadable_batches()
        self._handling.start()
        await self._reader.start()
        await self._reader.check_topics([self._processor.topic, *self._processor.writes])
        topic = self.app.topic(
            self._processor.topic, value_type=bytes, key_type=bytes, value_serializer="raw", key_serializer="raw"
        )
        self.app.agent(topic, name=f"{self._processor.name}-agent")(self._take)
        self.app.on_partitions_revoked.connect(self._on_revoked, weak=False)
        self.app.on_partitions_assigned.connect(self._on_assigned, weak=False)
        await self._processor.start(self.app, self._reader)
        self.app.in_worker = True
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        await self.app.start()
        await self._processor.recovered()
        self._watchdog.start()
        working = asyncio.create_task(self._work())
        working.add_done_callback(end_when_failed)
        measuring = asyncio.create_task(self._measure())
        _log.info("worker_ready", worker=self._processor.name, instance=self._settings.instance)
        crashed = asyncio.create_task(self.app._crashed.wait())  # noqa: SLF001 - Faust has no public name for it
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait([stopping, crashed], return_when=asyncio.FIRST_COMPLETED)
        if not self._stop.is_set():
            end_process("Faust crashed")
        await working
        await self.app.stop()
        for task in (measuring, stopping, crashed):
            task.cancel()
        await asyncio.gather(measuring, stopping, crashed, return_exceptions=True)
        await self._processor.stop()
        await self._reader.stop()
        self._handling.stop()

    async def _take(self, stream: Any) -> None:  # noqa: ANN401 - Faust finds the agent's type by its annotation
        async for event in stream.noack().events():
            if self._arrived_from_faust(event) and len(self._queue) >= QUEUED:
                self._room.clear()
                await self._room.wait()

    def _arrived_from_faust(self, event: Any) -> bool:  # noqa: ANN401 - Faust's event
        """Put a delivered event into the queue of the work to come."""
        self._queue.append(delivered(event))
        self._arrived.set()
        return True

    async def _work(self) -> None:
        while not self._stop.is_set():
            while self._places.came:
                await self._catch_up(self._places.came.pop())
            if not self._queue:
                self._watchdog.idle()
                self._arrived.clear()
                await self._arrived.wait()
                continue
            self._watchdog.busy()
            await self._delivered()
            batch = [self._queue.popleft() for _ in range(min(_BATCH, len(self._queue)))]
            self._room.set()
            with BATCH_SECONDS.time():
                await self._handle(batch)
        self._watchdog.idle()

    async def _delivered(self) -> None:
        """Let Faust deliver what it fetched together: it takes some turns of the loop for each record, and what belongs
        to one child (who it is, what was said) is dearer to handle apart.
        """
        delivered, idle = len(self._queue), 0
        while idle < _TURNS_OF_A_RECORD and delivered < _BATCH:
            await asyncio.sleep(0)
            idle = idle + 1 if len(self._queue) == delivered else 0
            delivered = len(self._queue)

    async def _handle(self, batch: list[Arrival]) -> None:
        """Handle a batch as runs without a hole; a run ends where the log has to be read again first."""
        run: list[Arrival] = []
        for arrival in batch:
            expected = await self._places.expected(arrival.partition)
            if arrival.offset > expected:
                await self._handle_run(run)
                run = []
                await self._read_hole(arrival, expected)
            if self._places.is_settled(arrival):
                self._settle(arrival)
            else:
                run.append(arrival)
                self._places.taken(arrival)
        await self._handle_run(run)

    async def _read_hole(self, arrival: Arrival, expected: int) -> None:
        """Handle what the log holds between what was expected and what came."""
        first = max(expected, await self._reader.first(arrival.topic, arrival.partition))
        HOLES_READ.inc()
        _log.warning(
            "hole_read_from_log", topic=arrival.topic, partition=arrival.partition, offsets=arrival.offset - first
        )
        await self._read_again(arrival.topic, arrival.partition, first, arrival.offset)
        consumer = self._consumer
        await consumer.settle_gap(arrival.tp, first, arrival.offset - 1)

    async def _catch_up(self, partition: int) -> None:
        """Handle what is missing of a partition that came, and say so."""
        await self._read_what_is_missing(partition)
        if self._places.has_caught_up(partition):
            self._processor.caught_up(partition)
            self._say_caught_up()

    async def _read_what_is_missing(self, partition: int) -> None:
        """Handle what was not handled of a partition that came, up to the end of the log as it is now.

        That is what the processor's own state lacks, and what it holds but did not finish (nothing of it was
        acknowledged). So a disk that was lost is filled at once, though no report arrives (the clock depends on it);
        and nothing is sent by a state that lacks what stands further on in the log. What Faust delivers of it
        afterwards is only acknowledged.
        """
        topic = self._processor.topic
        missing = await self._places.missing(partition)
        if missing is None:
            return
        first, end = missing
        _log.info("catching_up", topic=topic, partition=partition, records=end - first)
        await self._read_again(topic, partition, first, end)
        self._watchdog.idle()

    async def _read_again(self, topic: str, partition: int, first: int, end: int) -> None:
        """Handle a stretch of the log, chunk by chunk; what comes next may be prepared for meanwhile."""
        chunks = self._reader.stretch(topic, partition, first, end)
        chunk = await self._coming_of(chunks)
        while chunk is not None:
            self._watchdog.busy()
            following = await self._coming_of(chunks)
            await self._handle_run(chunk, more_follow=following is not None)
            self._places.taken(chunk[-1])
            chunk = following

    async def _coming_of(self, chunks: AsyncIterator[list[Arrival]]) -> list[Arrival] | None:
        chunk = await anext(chunks, None)
        if chunk is not None:
            self._processor.coming(chunk)
        return chunk

    async def _handle_run(self, run: list[Arrival], *, more_follow: bool = False) -> None:
        """Handle records without a hole: together, or one by one where any of them was in hand when a process died.

        What Faust delivered is settled group by group, so nothing of it may wait for what follows; a stretch that is
        read again counts as handled only at its end, and waits.
        """
        if not run:
            return
        for group in one_by_one(run, self._handling.is_suspected):
            is_inside_a_hole = not run[0].delivered and group[-1] is not run[-1]
            joining = self._joining(run) if group is run and run[0].delivered else Joining()
            await self._handle_group(group, more_follow=more_follow or is_inside_a_hole, joining=joining)

    def _joining(self, group: list[Arrival]) -> Joining:
        return Joining(take=partial(self._join, group), news=self._arrived)

    async def _join(self, group: list[Arrival], fits: Callable[[Arrival], bool]) -> list[Arrival]:
        """Take into a batch what has arrived since: what follows in its partition, and is under no suspicion."""
        if self._queue:
            await self._delivered()
        joined: list[Arrival] = []
        left: list[Arrival] = []
        held: set[int] = set()
        while self._queue and len(group) < _BATCH and not self._stop.is_set():
            arrival = self._queue.popleft()
            if arrival.partition in held or not (self._follows(arrival) and fits(arrival)):
                held.add(arrival.partition)
                left.append(arrival)
                continue
            self._places.taken(arrival)
            group.append(arrival)
            joined.append(arrival)
        self._handling.take(joined)
        self._queue.extendleft(reversed(left))
        self._room.set()
        return joined

    def _follows(self, arrival: Arrival) -> bool:
        return self._places.is_next(arrival) and not self._handling.is_suspected(arrival)

    async def _handle_group(self, group: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        is_parked = await self._handling.handle(group, more_follow=more_follow, joining=joining)
        BATCH_RECORDS.observe(len(group))
        for arrival in group:
            if arrival.delivered or arrival is group[-1]:
                self._settle(arrival)
        if is_parked and not await self._consumer.commit():  # at once: if the next one ends the process, the count
            await self._consumer.commit()  # of this one would begin anew. The first wait may be another's commit.

    def _settle(self, arrival: Arrival) -> None:
        if arrival.delivered:
            self._consumer.settle(arrival.event.message)
        self._places.settled(arrival)

    @property
    def _consumer(self) -> SettledConsumer:
        consumer = self.app.consumer
        if not isinstance(consumer, SettledConsumer):
            message = f"Faust runs with {type(consumer).__name__}, whose acknowledgements lose records"
            raise TypeError(message)
        return consumer

    async def _on_revoked(self, app: Any, /, *parts: Any, **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        del app
        revoked: set[TP] = parts[0]
        gone = frozenset(tp.partition for tp in revoked if tp.topic == self._processor.topic)
        _log.info("partitions_revoked", partitions=sorted(gone), in_hand=self._handling.hand.partitions)
        self._queue = deque(arrival for arrival in self._queue if arrival.partition not in gone)
        self._places.gone(gone)
        self._processor.changed_hands(gone, frozenset(self._places.here))
        self._say_caught_up()

    async def _on_assigned(self, app: Any, /, *parts: Any, **_: Any) -> None:  # noqa: ANN401 - Faust's signal
        del app
        assigned: set[TP] = parts[0]
        came = frozenset(tp.partition for tp in assigned if tp.topic == self._processor.topic)
        _log.info("partitions_assigned", partitions=sorted(came))
        self._places.come(came)
        self._processor.changed_hands(came, frozenset(self._places.here))
        self._say_caught_up()
        self._arrived.set()

    def _say_caught_up(self) -> None:
        CAUGHT_UP.labels(self._processor.topic).set(len(self._places.caught_up))

    async def _measure(self) -> None:
        """Tell Prometheus once a second how far this worker is behind the end of its topic."""
        while True:
            await asyncio.sleep(_MEASURE_SECONDS)
            try:
                self._measure_once()
            except Exception as error:  # noqa: BLE001 - one that fails, in a rebalance say, must not end the measuring
                _log.error("not_measured", error=type(error).__name__, at=frames(error))

    def _measure_once(self) -> None:
        topic, behind = self._processor.topic, 0
        for partition, after in self._places.after().items():
            end = self._consumer.highwater(TP(topic, partition)) or after
            END_OF_LOG.labels(topic, str(partition)).set(end)
            behind += max(0, end - after)
        LAG.labels(topic).set(behind)
        NOT_FOLDED.set(behind if topic in _AFTER_ACCEPTANCE else 0)
