"""The one task that drives an outbox: keeps its books, and sends what it gives out, strictly in sequence.

The *books* task gathers what many callers want (new rows, the broker's confirmations, the hub's receipts) and
commits it together, one transaction at a time in a thread of its own, so that a hundred callers cost one disk sync.
The *sending* task holds the connection: it sends what was signed and not confirmed, then lets the books pick more,
never more than 16 unconfirmed. Any failure ends the connection, and the next one begins again with the first
unconfirmed row, byte for byte; a repeat is the hub's to drop.

While the broker is away nothing is picked, so the order in which things go out is decided when it is back.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata

from producers.connection import LOST, Connection
from producers.errors import OutboxUnwritable
from producers.outbox import Outbox
from producers.outbox_rows import Answered, Changes, NewRow, Outcome, PickedRow, Seal
from schemas.records import Finding, FindingKind

__all__ = ["WINDOW", "Sender"]

WINDOW: Final = 16
"""Most rows that are signed and not confirmed by the broker."""

_FLUSH_SECONDS: Final = 0.1
"""Confirmations and receipts wait this long for a commit to share; losing them costs a repeat, nothing else."""
_TRUST_SECONDS: Final = 1.0
"""A broker not heard from for this long is asked before anything is signed for it: else what is urgent would stand
behind what was picked for a broker that had gone."""
_IDLE_SECONDS: Final = 5.0
"""So often the books look for rows that have waited too long for a receipt."""
_AGAIN_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)

_TOO_LARGE: Final = Finding(
    field="value",
    rule="is larger than the broker takes",
    remedy="shorten the longest text and send it as a new report",
    kind=FindingKind.FAULT,
)

_STILL_THERE: Final = None
"""In the queue of rows: ask the broker whether it is there."""

_Result = TypeVar("_Result")

log = structlog.get_logger(__name__)


class Sender:
    """Owns an outbox while a publisher is open. All methods are for one event loop."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        connection: Connection,
        seal: Seal,
        on_picked: Callable[[PickedRow], None],
        on_taken: Callable[[PickedRow], None],
    ) -> None:
        """Hold the parts; `run` does the work and must be owned by the caller.

        `on_picked` is told before a row's bytes can leave, `on_taken` when the broker has them.
        """
        self._outbox = outbox
        self._connection = connection
        self._seal = seal
        self._on_picked = on_picked
        self._on_taken = on_taken
        self._thread: Executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        self._arrivals: list[tuple[Sequence[NewRow], asyncio.Future[None]]] = []
        self._taken: list[int] = []
        self._answered: list[Answered] = []
        self._position: int | None = None
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._settled = asyncio.Event()
        self._outgoing: asyncio.Queue[PickedRow | BaseException | None] = asyncio.Queue()
        self._heard_at = -_TRUST_SECONDS
        self._unconfirmed = 0
        self._connections = 0
        self._may_pick = False
        self._may_be_waiting = True
        self.receipts_are_read = asyncio.Event()
        """Nothing goes out before the place in the inbox is known from which its receipt will be read."""
        self.is_connected = False

    async def put(self, rows: Sequence[NewRow]) -> None:
        """Keep these rows; they are durable on return.

        Raises:
            OutboxUnwritable: none of them was kept.
        """
        done = asyncio.get_running_loop().create_future()
        self._arrivals.append((rows, done))
        self._wake.set()
        await done

    def note_answer(self, answer: Answered) -> None:
        """The hub has answered this row; recorded with the next commit."""
        self._answered.append(answer)
        self._wake_soon()

    def note_position(self, position: int) -> None:
        """The inbox has been read up to here (next offset); recorded with the answers that came from it."""
        self._position = position

    async def ask(self, question: Callable[[], _Result]) -> _Result:
        """Run a call on the outbox in its thread, in turn with everything else."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)

    def look_again(self) -> None:
        """Rows may wait that no `put` announced."""
        self._may_be_waiting = True
        self._wake.set()

    async def has_settled(self, *, with_answers: bool = False) -> None:
        """Return once nothing waits, nothing is on its way to the broker (or back) and the books are written."""
        while True:
            self._settled.clear()
            counts = await self.ask(self._outbox.counts)
            is_open = counts.waiting or counts.picked or (with_answers and counts.taken)
            if not (is_open or self._taken or self._answered or self._arrivals):
                return
            await self._settled.wait()

    async def run(self) -> None:
        """Keep the books and send, until cancelled; the last confirmations are written before it ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_books(), name="outbox books")
                tasks.create_task(self._keep_sending(), name="outbox sending")
        finally:
            self._thread.shutdown(wait=True)
            self._last_entry()

    def _last_entry(self) -> None:
        changes = self._collected(0)
        self._outbox.transact(changes)
        for _, done in self._arrivals:
            if not done.done():
                done.cancel()

    async def _keep_books(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            await self._commit()
            self._settled.set()

    async def _commit(self) -> None:
        """One transaction for everything that came together, and what follows from it."""
        arrivals, self._arrivals = self._arrivals, []
        room = self._room(is_wanted=bool(arrivals) or self._may_be_waiting)
        connection = self._connections
        changes = self._collected(room, [row for rows, _ in arrivals for row in rows])
        try:
            outcome = await self.ask(partial(self._outbox.transact, changes, self._seal))
        except OutboxUnwritable as error:
            self._put_back(changes)
            for _, done in arrivals:
                if not done.done():
                    done.set_exception(error)
            log.exception("outbox_not_written")
            await asyncio.sleep(_FLUSH_SECONDS)
            return
        for _, done in arrivals:
            if not done.done():
                done.set_result(None)
        self._give_out(outcome, room, connection)

    def _room(self, *, is_wanted: bool) -> int:
        """How many rows may be picked now; asks for the broker's word first where it has been silent."""
        if not self._may_pick:
            return 0
        silent = asyncio.get_running_loop().time() - self._heard_at
        if is_wanted and self._unconfirmed == 0 and silent > _TRUST_SECONDS:
            self._may_pick = False
            self._outgoing.put_nowait(_STILL_THERE)
            return 0
        return max(0, WINDOW - self._unconfirmed)

    def _collected(self, room: int, put: Sequence[NewRow] = ()) -> Changes:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        changes = Changes(
            put=put, taken=tuple(self._taken), answered=tuple(self._answered), position=self._position, room=room
        )
        self._taken, self._answered, self._position = [], [], None
        return changes

    def _put_back(self, changes: Changes) -> None:
        self._taken[:0] = changes.taken
        self._answered[:0] = changes.answered
        self._position = changes.position if self._position is None else self._position

    def _give_out(self, outcome: Outcome, room: int, connection: int) -> None:
        if outcome.trouble is not None:
            log.warning("outbox_cannot_pick", error=type(outcome.trouble).__name__)
        self._may_be_waiting = room == 0 or len(outcome.picked) == room or outcome.trouble is not None
        if connection != self._connections:
            return  # the connection they were picked for is gone; the next one finds them in the outbox
        for row in outcome.picked:
            self._on_picked(row)
            self._unconfirmed += 1
            self._outgoing.put_nowait(row)

    async def _keep_sending(self) -> None:
        failures = 0
        while True:
            try:
                await self.receipts_are_read.wait()
                async with self._connection.producer() as producer:
                    failures = 0
                    await self._send_all(producer)
            except (*LOST, OutboxUnwritable) as error:
                log.warning("broker_not_reachable", error=type(error).__name__)
            finally:
                self._connections += 1
                self.is_connected = self._may_pick = False
            await asyncio.sleep(_AGAIN_SECONDS[min(failures, len(_AGAIN_SECONDS) - 1)])
            failures += 1

    async def _send_all(self, producer: AIOKafkaProducer) -> None:
        """Send over one connection until it fails; it returns only by raising what it failed of."""
        self._outgoing = asyncio.Queue()
        window = asyncio.Semaphore(WINDOW)
        left_over = await self.ask(self._outbox.unacknowledged)
        self._unconfirmed = len(left_over)
        for row in left_over:
            self._on_picked(row)
            self._outgoing.put_nowait(row)
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
            sent.add_done_callback(partial(self._confirmed, following, window, self._connections))

    def _heard(self) -> None:
        """The broker has answered: rows may be picked for it."""
        self._heard_at = asyncio.get_running_loop().time()
        self._may_pick = True
        self._wake.set()

    def _confirmed(
        self, row: PickedRow, window: asyncio.Semaphore, connection: int, sent: "asyncio.Future[RecordMetadata]"
    ) -> None:
        """The broker has answered for one row, or the connection is over."""
        window.release()
        if connection != self._connections:
            return
        error = ConnectionError() if sent.cancelled() else sent.exception()
        if error is not None and not isinstance(error, MessageSizeTooLargeError):
            self._connections += 1
            self._outgoing.put_nowait(error)
            return
        self._unconfirmed -= 1
        self._heard_at = asyncio.get_running_loop().time()
        if error is not None:
            self._answered.append(Answered(first_id=row.first_id, is_refused=True, refused_because=(_TOO_LARGE,)))
        else:
            self._taken.append(row.number)
            self._on_taken(row)
        if self._may_be_waiting and self._unconfirmed <= WINDOW // 2:
            self._wake.set()  # room for several: a commit for each would cost a disk sync for each
        else:
            self._wake_soon()

    def _wake_soon(self) -> None:
        """Something is to be written that can share the next commit, or wait a moment for one of its own."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._wake.set)
