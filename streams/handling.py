"""How a group of records is handled: in hand while it lasts, watched, and parked when it ended the worker too often.

Whatever ends the process meanwhile tells against what is in hand, except where it is known better: the worker was told
to stop, the broker did not answer, the machine has no room, or something else of the worker failed.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

import structlog
from aiokafka.errors import KafkaError

from streams.arrivals import Arrival, LogReader
from streams.blame import is_the_brokers_fault, is_the_machines_fault
from streams.endings import frames
from streams.in_hand import End, InHand
from streams.metrics import UNROUTABLE, WORK_STEPS
from streams.processor import Joining, Processor
from streams.pulse import PULSE
from streams.settings import WorkerSettings
from streams.transport import BEFORE_THE_END, CheckedProducer, end_process
from streams.watchdog import Watchdog
from streams.worker_app import WorkerApp

_ANSWERED_WITHIN: Final = 1.5
"""Seconds in which a broker that is well answers anything."""
_log = structlog.get_logger()


class Handling:
    """Of one worker."""

    def __init__(self, processor: Processor, settings: WorkerSettings, app: WorkerApp, reader: LogReader) -> None:
        self._processor = processor
        self._settings = settings
        self._app = app
        self._reader = reader
        self.hand = InHand(settings.data_dir / processor.name / "in-hand", processor.partitions)
        self.watchdog = Watchdog(
            limit=settings.watchdog_seconds,
            hand=self.hand,
            waits_for_broker=self._waits_for_broker,
        )
        app.hand = self.hand
        app.on_progress = self._gets_on

    def start(self) -> None:
        """Say what was in hand when the process before this one died."""
        BEFORE_THE_END.append(self._ends_by_something_else)
        PULSE.start(session=self._settings.session_timeout_seconds, heartbeat=self._settings.heartbeat_seconds)
        for struck in self.hand.struck:
            said = asdict(struck) | {"end": struck.end.name.lower()}
            _log.warning("died_with_records_in_hand", topic=self._processor.topic, **said)

    def told_to_stop(self) -> None:
        """From here on an end tells against nothing."""
        self.hand.ends(End.NOT_THE_RECORDS, for_good=True)

    def stop(self) -> None:
        """Close what is kept of what is in hand."""
        BEFORE_THE_END.remove(self._ends_by_something_else)
        self.hand.close()

    def is_suspected(self, arrival: Arrival) -> bool:
        """Whether this was in hand at a death and was not handled since."""
        return self.hand.strikes(arrival.partition, arrival.offset) > 0

    def take(self, arrivals: Iterable[Arrival]) -> None:
        """Take these in hand too."""
        self.hand.take((arrival.partition, arrival.offset) for arrival in arrivals)

    async def handle(self, group: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> bool:
        """Have a group processed, or park it; whether it was parked."""
        self.watchdog.busy()
        if len(group) == 1 and self.hand.must_be_parked(group[0].partition, group[0].offset):
            await self._park(group[0], more_follow=more_follow)
            return True
        self.take(group)
        try:
            await self._processor.process(tuple(group), more_follow=more_follow, joining=joining)
        except Exception as error:  # noqa: BLE001 - whatever it is, the process ends
            self._end_failed(group, error)
        WORK_STEPS.inc()
        if more_follow:
            self.hand.stored()
        else:
            self.hand.done()
        return False

    async def _park(self, arrival: Arrival, *, more_follow: bool) -> None:
        """Put aside a record with which in hand, at last alone, the process died three times.

        Once more where the stretch that it stands in is read again: what is written of it has the same id.
        """
        if self.hand.was_parked(arrival.partition, arrival.offset):
            _log.info("parked_already", topic=arrival.topic, partition=arrival.partition, offset=arrival.offset)
        else:
            _log.error("record_parked", topic=arrival.topic, partition=arrival.partition, offset=arrival.offset)
            UNROUTABLE.inc()
        await self._processor.park(arrival, more_follow=more_follow)
        self.hand.parked(arrival.partition, arrival.offset)

    def _end_failed(self, group: Sequence[Arrival], error: Exception) -> None:
        first = group[0]
        _log.error(
            "batch_failed", topic=first.topic, partition=first.partition, first_offset=first.offset,
            records=len(group), error=type(error).__name__, at=frames(error),
        )  # fmt: skip
        is_excused = is_the_brokers_fault(error) or is_the_machines_fault(error, self._settings.data_dir)
        if not is_excused:
            self.hand.ends(End.FAILED)
        end_process(f"a batch failed: {type(error).__name__}", by_the_batch=not is_excused)

    def _ends_by_something_else(self) -> None:
        self.hand.ends(End.NOT_THE_RECORDS)

    def _gets_on(self, absolves: bool) -> None:  # noqa: FBT001 - of the app, by its keyword
        self.watchdog.progressed()
        WORK_STEPS.inc()
        if absolves:
            self.hand.gets_on()

    async def _waits_for_broker(self) -> bool:
        """Whether a send, or a question put now, waits for the broker's answer for longer than it may."""
        producer = self._app.producer
        if isinstance(producer, CheckedProducer) and producer.unanswered_for() > _ANSWERED_WITHIN:
            return True
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                await self._reader.end(self._processor.topic, 0)
        except (TimeoutError, KafkaError):
            return True
        return False
