"""The publisher for scripts that have no event loop: the same calls, each waiting until it is done.

    with BlockingPublisher.open(profile="rochdale") as publisher:
        sent = publisher.send(ChildReturned(child_ref="RMBC-4471", to=ReturnedTo.PLACEMENT))
        sent.receipt(timeout=30).raise_if_rejected()

A thread of its own runs the loop; sending goes on there while the script does other things.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from producers.errors import PublisherClosed
from producers.installation import Installation
from producers.outbox_rows import Counts, RefusedRow
from producers.publisher import Publisher
from producers.sent import Durable, Sent, SentReceipt
from schemas.records import Acknowledged, AgencyMessage, Finding

__all__ = ["BlockingPublisher", "BlockingSent"]

_Result = TypeVar("_Result")


class _Loop:
    """An event loop in a thread, for calls from another one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="publisher", daemon=True)
        self._thread.start()

    def result(self, call: Coroutine[Any, Any, _Result]) -> _Result:
        if self._loop.is_closed():
            call.close()
            raise PublisherClosed
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class BlockingSent:
    """One message that was sent; see `Sent`."""

    def __init__(self, sent: Sent, loop: _Loop) -> None:
        """Made by `BlockingPublisher.send`."""
        self._sent = sent
        self._loop = loop

    @property
    def message_id(self) -> str:
        """The id of the message."""
        return self._sent.message_id

    @property
    def record_type(self) -> str:
        """The type of the record."""
        return self._sent.record_type

    @property
    def durable_at(self) -> Durable:
        """Where it is safe now."""
        return self._sent.durable_at

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """What could not be sent as it was given, field by field."""
        return self._sent.left_out

    def at_broker(self, timeout: float | None = None) -> None:
        """Return once the broker has it; raises TimeoutError after `timeout` seconds."""
        self._loop.result(self._sent.at_broker(timeout))

    def receipt(self, timeout: float | None = None) -> SentReceipt:
        """The hub's answer; raises NoReceiptYet after `timeout` seconds."""
        return self._loop.result(self._sent.receipt(timeout))


class BlockingPublisher:
    """A publisher whose calls block; see `Publisher`. For one thread at a time."""

    def __init__(self, publisher: Publisher, loop: _Loop) -> None:
        """Made by `open`."""
        self._publisher = publisher
        self._loop = loop

    @classmethod
    @contextmanager
    def open(cls, profile: str | Path | Installation) -> Iterator[Self]:
        """Open the outbox of a profile and send from it until the block ends; errors as `Publisher.open`."""
        loop = _Loop()
        try:
            opened: asyncio.Future[Publisher] = asyncio.Future(loop=loop._loop)  # noqa: SLF001 - of this module
            leave = asyncio.Event()
            running = asyncio.run_coroutine_threadsafe(_run(profile, opened, leave), loop._loop)  # noqa: SLF001
            publisher = loop.result(_waited(opened))
            try:
                yield cls(publisher, loop)
            finally:
                loop._loop.call_soon_threadsafe(leave.set)  # noqa: SLF001
                running.result()
        finally:
            loop.close()

    def send(self, record: AgencyMessage | Acknowledged) -> BlockingSent:
        """Keep a report and send it; durable on return."""
        return self.send_many((record,))[0]

    def send_many(self, records: Sequence[AgencyMessage | Acknowledged]) -> tuple[BlockingSent, ...]:
        """Keep several reports in one commit: all of them, or none."""
        sent = self._loop.result(self._publisher.send_many(records))
        return tuple(BlockingSent(each, self._loop) for each in sent)

    def drained(self, timeout: float | None = None) -> None:
        """Return once the broker has everything; raises TimeoutError after `timeout` seconds."""
        self._loop.result(self._publisher.drained(timeout))

    def answered(self, timeout: float | None = None) -> None:
        """Return once the hub has answered everything; raises TimeoutError after `timeout` seconds."""
        self._loop.result(self._publisher.answered(timeout))

    def counts(self) -> Counts:
        """How many messages are where."""
        return self._loop.result(self._publisher.counts())

    def refused(self) -> tuple[RefusedRow, ...]:
        """Messages that the hub refused and nobody has decided about, those of earlier runs included."""
        return self._loop.result(self._publisher.refused())

    def send_again(self, refused: RefusedRow) -> bool:
        """Sign a refused message anew, under a new id, and send it; False if it is no longer there."""
        return self._loop.result(self._publisher.send_again(refused))

    def give_up(self, refused: RefusedRow) -> bool:
        """Delete a refused message for good; False if it is no longer there."""
        return self._loop.result(self._publisher.give_up(refused))

    @property
    def is_connected(self) -> bool:
        """True while the hub can be reached for sending."""
        return self._publisher.is_connected

    @property
    def hindrance(self) -> str | None:
        """What keeps this agency from the hub on its own side; see `Publisher.hindrance`."""
        return self._publisher.hindrance


async def _run(profile: str | Path | Installation, opened: "asyncio.Future[Publisher]", leave: asyncio.Event) -> None:
    try:
        async with Publisher.open(profile) as publisher:
            opened.set_result(publisher)
            await leave.wait()
    except Exception as error:
        if opened.done():
            raise
        opened.set_exception(error)


async def _waited(opened: "asyncio.Future[Publisher]") -> Publisher:
    return await opened
