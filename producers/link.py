"""The way to the broker: sends what it is given, strictly in sequence, and begins again where it was interrupted.

Never more than 16 rows are unconfirmed. Any failure ends the connection, and the next one begins with the first
unconfirmed row, byte for byte; a repeat is the hub's to drop. A broker that has been silent is asked whether it is
there before anything is picked for it, because what was picked goes first whatever comes after.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ClusterAuthorizationFailedError, MessageSizeTooLargeError, TopicAuthorizationFailedError
from aiokafka.structs import RecordMetadata

from hub.certificates import KEPT_OUT
from producers.connection import LOST, Connection
from producers.errors import OutboxUnwritable
from producers.outbox_rows import PickedRow

__all__ = ["WINDOW", "Link", "Listener", "kept_back"]

WINDOW: Final = 16
"""Most rows that are signed and not confirmed by the broker."""

_TRUST_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_REFUSED: Final = (TopicAuthorizationFailedError, ClusterAuthorizationFailedError)
_STILL_THERE: Final = None
"""In the queue of rows: ask the broker whether it is there."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who is told what: before a row's bytes can leave, when the broker has them, when it never will, when to pick."""

    on_leaving: Callable[[PickedRow], None]
    on_taken: Callable[[PickedRow], None]
    on_too_large: Callable[[PickedRow], None]
    on_room: Callable[[], None]


class Link:
    """One connection after another to the broker. All methods are for one event loop."""

    def __init__(
        self, connection: Connection, *, left_over: Callable[[], Awaitable[Sequence[PickedRow]]], listener: Listener
    ) -> None:
        """`left_over` gives the rows that were signed and not confirmed, in order. The caller owns `run`."""
        self._connection = connection
        self._left_over = left_over
        self._listener = listener
        self._outgoing: asyncio.Queue[PickedRow | BaseException | None] = asyncio.Queue()
        self._unconfirmed = 0
        self._failures = 0
        self._heard_at = 0.0
        self._may_pick = False
        self.number = 0
        """Of this connection; rows picked for an earlier one are found in the outbox by the next."""
        self.is_connected = False
        self._is_refused = False
        self._kept_back: str | None = None

    @property
    def hindrance(self) -> str | None:
        """What keeps this agency out, with the remedy: its certificate, the broker that refuses it, or its own disk."""
        return self._kept_back or self._connection.hindrance() or (KEPT_OUT if self._is_refused else None)

    def room(self, *, is_wanted: bool) -> int:
        """How many rows may be picked now; where the broker has been silent it is asked first, and there is none."""
        if not self._may_pick:
            return 0
        silent = asyncio.get_running_loop().time() - self._heard_at
        if is_wanted and self._unconfirmed == 0 and silent > _TRUST_SECONDS:
            self._may_pick = False
            self._outgoing.put_nowait(_STILL_THERE)
            return 0
        return max(0, WINDOW - self._unconfirmed)

    @property
    def has_room_for_several(self) -> bool:
        """True if a commit for what could be picked now would pay."""
        return self._unconfirmed <= WINDOW // 2

    def send(self, rows: Sequence[PickedRow], number: int) -> None:
        """Send rows that were picked for the connection of this number."""
        if number != self.number:
            return
        for row in rows:
            self._listener.on_leaving(row)
            self._unconfirmed += 1
            self._outgoing.put_nowait(row)

    def give_up(self, error: OutboxUnwritable, number: int) -> None:
        """Rows that were picked for the connection of this number may not leave: end it.

        The next one begins with them, once their mark is written; before that nothing is picked.
        """
        if number == self.number:  # else the next one has begun, and has seen for itself
            self._kept_back = kept_back(error)
            self._end(error)

    async def run(self) -> None:
        """Connect and send for ever, across lost connections."""
        while True:
            try:
                async with self._connection.producer() as producer:
                    await self._send_all(producer)
            except OutboxUnwritable as error:
                self._kept_back = kept_back(error)
                log.error("outbox_not_released", because=self._kept_back)  # noqa: TRY400 - a traceback would show rows
            except LOST as error:
                self._kept_back = None
                self._is_refused = isinstance(error, _REFUSED)
                log.warning("broker_not_reachable", error=type(error).__name__, because=self.hindrance)
            finally:
                self.number += 1
                self.is_connected = self._may_pick = False
            await asyncio.sleep(_AGAIN_SECONDS[min(self._failures, len(_AGAIN_SECONDS) - 1)])
            self._failures += 1

    async def _send_all(self, producer: AIOKafkaProducer) -> None:
        """Send over one connection until it fails; it returns only by raising what it failed of."""
        self._outgoing = asyncio.Queue()
        self._unconfirmed = 0
        self.send(await self._left_over(), self.number)
        self._kept_back = None
        window = asyncio.Semaphore(WINDOW)
        self.is_connected = True
        self._heard()
        while True:
            following = await self._outgoing.get()
            if following is _STILL_THERE:
                await producer.client.fetch_all_metadata()
                self._heard()
                continue
            if not isinstance(following, PickedRow):
                raise following
            await window.acquire()
            wire = following.wire
            sent = await producer.send(wire.topic, value=wire.value, key=wire.key, headers=list(wire.headers))
            sent.add_done_callback(partial(self._confirmed, following, window, self.number))

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._may_pick = True
        self._listener.on_room()

    def _confirmed(
        self, row: PickedRow, window: asyncio.Semaphore, number: int, sent: "asyncio.Future[RecordMetadata]"
    ) -> None:
        """The broker has answered for one row, or the connection is over."""
        window.release()
        error = ConnectionError() if sent.cancelled() else sent.exception()
        if number != self.number:
            return
        if error is not None and not isinstance(error, MessageSizeTooLargeError):
            self._end(error)
            return
        self._unconfirmed -= 1
        self._failures = 0
        self._is_refused = False
        self._heard_at = asyncio.get_running_loop().time()
        (self._listener.on_taken if error is None else self._listener.on_too_large)(row)

    def _end(self, error: BaseException) -> None:
        """End this connection by this error; nothing more is picked for it."""
        self.number += 1
        self._may_pick = False
        self._outgoing.put_nowait(error)


def kept_back(error: OutboxUnwritable) -> str:
    """What this agency's own disk keeps from the hub, with the remedy."""
    return f"{error.path}: {error.what}; what was kept goes out once it can be: free space, or let it be written"
