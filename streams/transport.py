"""Faust's Kafka driver, with the three habits removed that lose messages, and one that makes them late.

Read in its source and seen in runs (`docs/decisions/0003-the-stream-shell.md`): a stream that meets an event of an
older generation acknowledges it without delivering it; an offset that was never seen is counted as acknowledged;
a failed send is a warning. Here an offset counts as handled only when our own shell says so, and a failed send ends
the process. The producer is idempotent, so a client's retry does not repeat a record. And Faust delivers each record
by four tasks, of which it awaits the first and cancels the others: some turns of the loop for each record, while a
worker that is busy gives it one turn for each child. Here a record is delivered at once.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from itertools import chain
from typing import Any, Final

import structlog
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from mode.services import WaitResults

from streams.blame import is_the_brokers_fault

FATAL_EXIT: Final = 75
"""Exit status of a worker that met something it must not survive; the supervisor starts it again."""

_DELIVERY_AND_STOP: Final = 2
_log = structlog.get_logger()


BEFORE_THE_END: Final[list[Callable[[], None]]] = []
"""Called first when the process ends for a reason that is not the batch in hand."""


def end_process(why: str, *, by_the_batch: bool = False) -> None:
    """End this process at once, with nothing flushed and nothing acknowledged; a restart reads it all again."""
    if not by_the_batch:
        for call in BEFORE_THE_END:
            call()
    _log.error("worker_ended", why=why)
    sys.stderr.flush()
    os._exit(FATAL_EXIT)


def _fatal_when_failed(sent: "asyncio.Future[Any]") -> None:
    if sent.cancelled():
        return
    if (error := sent.exception()) is not None:
        end_process(f"a send failed: {type(error).__name__}", by_the_batch=not is_the_brokers_fault(error))


class SettledConsumer(driver.Consumer):
    """A consumer whose offsets move only by `settle`, in the order of the partition."""

    def ack(self, message: Message) -> bool:
        """Ignore what Faust acknowledges by itself: it also does so for events that it skipped."""
        del message
        return False

    def settle(self, message: Message) -> None:
        """Count this message as handled: everything it caused is durable."""
        super().ack(message)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Never count an unseen offset as handled; the shell reads it from the log and then calls `settle_gap`."""

    async def wait_first(self, *coros: Any, timeout: Any = None) -> WaitResults:  # noqa: ANN401, ASYNC109 - Faust's own
        """Deliver a record, unless the flow is stopped first (a rebalance): that is raced only while it may be.

        Faust asks with two coroutines, the delivery and the wait for the flow to stop. While it flows, the delivery
        waits for nothing but room in a queue, and a rebalance empties those.
        """
        if len(coros) != _DELIVERY_AND_STOP or self.suspend_flow.is_set() or not self.app.flow_control.is_active():
            return await super().wait_first(*coros, timeout=timeout)
        delivery, stop = coros
        stop.close()
        await delivery
        return WaitResults([delivery], [None], stopped=False)

    async def settle_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Count the offsets from `offset_from` up to and including `offset_to` as handled."""
        await super()._add_gap(tp, offset_from, offset_to)


class CheckedProducer(driver.Producer):
    """An idempotent producer with no silent failure: a send that the broker refuses ends the process."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    async def send(self, *args: Any, **options: Any) -> Awaitable[Any]:  # noqa: ANN401 - Faust's own signature
        """Send, and watch the outcome."""
        sent = await super().send(*args, **options)
        if isinstance(sent, asyncio.Future):
            sent.add_done_callback(_fatal_when_failed)
        return sent

    def unanswered_for(self) -> float:
        """Seconds that the oldest send has waited for the broker's answer; 0.0 where none waits."""
        accumulator = self._ensure_producer()._message_accumulator  # noqa: SLF001 - it has no public name for it
        waiting = [*accumulator._pending_batches, *chain.from_iterable(accumulator._batches.values())]  # noqa: SLF001
        return max((time.monotonic() - batch._ctime for batch in waiting), default=0.0)  # noqa: SLF001


class HubTransport(driver.Transport):
    """Faust's transport with our consumer and producer."""

    Consumer = SettledConsumer
    Producer = CheckedProducer
