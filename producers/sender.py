"""The one task that drives an outbox: it keeps the books, and gives the link to the broker what to send.

It gathers what many callers want (new rows, the broker's confirmations, the hub's receipts) and commits it together,
one transaction at a time in a thread of its own, so that a hundred callers cost one disk sync. Each commit also picks
as many rows as the link has room for. While the broker is away there is none, so the order in which things go out is
decided when it is back.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias, TypeVar

import structlog

from producers.connection import Connection
from producers.errors import OutboxError, OutboxUnwritable, PublisherClosed
from producers.link import Link, Listener, kept_back
from producers.outbox import Outbox
from producers.outbox_rows import Answered, Changes, NewRow, Outcome, PickedRow, Seal
from schemas.records import Finding, FindingKind

__all__ = ["Sender"]

_FLUSH_SECONDS: Final = 0.1
"""Confirmations and receipts wait this long for a commit to share; losing them costs a repeat, nothing else."""
_IDLE_SECONDS: Final = 5.0
"""So often the books look for rows that have waited too long for a receipt."""
_TOO_LARGE: Final = Finding(
    field="value",
    rule="is larger than the broker takes",
    remedy="shorten the longest text and send it as a new report",
    kind=FindingKind.FAULT,
)

_Result = TypeVar("_Result")
_Arrivals: TypeAlias = list[tuple[Sequence[NewRow], "asyncio.Future[None]"]]

log = structlog.get_logger(__name__)


class Sender:
    """Owns an outbox while a publisher is open. All methods are for one event loop."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        connection: Connection,
        seal: Seal,
        on_leaving: Callable[[PickedRow], None],
        on_taken: Callable[[PickedRow], None],
    ) -> None:
        """Hold the parts; `run` does the work and must be owned by the caller.

        `on_leaving` is told before a row's bytes can leave, `on_taken` when the broker has them.
        """
        self._outbox = outbox
        self._seal = seal
        self._on_taken = on_taken
        self._thread: Executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        self._arrivals: _Arrivals = []
        self._committing: tuple[_Arrivals, Future[Outcome]] | None = None
        self._is_over = False
        self._taken: list[int] = []
        self._answered: list[Answered] = []
        self._position: int | None = None
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._settled = asyncio.Event()
        self._may_be_waiting = True
        self._unwritten: str | None = None
        self._link = Link(
            connection,
            left_over=partial(self.ask, outbox.unacknowledged),
            listener=Listener(
                on_leaving=on_leaving,
                on_taken=self._note_taken,
                on_too_large=self._note_too_large,
                on_room=self._wake.set,
            ),
        )
        self.receipts_are_read = asyncio.Event()
        """Nothing goes out before the place in the inbox is known from which its receipt will be read."""

    @property
    def hindrance(self) -> str | None:
        """What keeps this agency out, with the remedy; None where nothing is known of."""
        return self._link.hindrance or self._unwritten

    @property
    def is_connected(self) -> bool:
        """True while the broker can be reached."""
        return self._link.is_connected

    async def put(self, rows: Sequence[NewRow]) -> None:
        """Keep these rows; they are durable on return.

        Raises:
            OutboxUnwritable, PublisherClosed: none of them was kept.
        """
        if self._is_over:
            raise PublisherClosed
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
        """Run a call on the outbox in its thread, in turn with everything else.

        Raises:
            PublisherClosed: `run` has ended.
        """
        if self._is_over:
            raise PublisherClosed
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
        """Keep the books and send, until cancelled; what still comes in is written before it ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_books(), name="outbox books")
                tasks.create_task(self._keep_link(), name="outbox link")
        finally:
            self._is_over = True
            self._thread.shutdown(wait=True)
            self._last_entry()
            self._settled.set()  # whoever waits for that asks again, and hears that it is over

    async def _keep_link(self) -> None:
        await self.receipts_are_read.wait()
        await self._link.run()

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
        room = self._link.room(is_wanted=bool(arrivals) or self._may_be_waiting)
        number = self._link.number
        changes = self._collected(room, [row for rows, _ in arrivals for row in rows])
        committing = self._thread.submit(self._outbox.transact, changes, self._seal)
        self._committing = arrivals, committing
        try:
            outcome = await asyncio.shield(asyncio.wrap_future(committing))
        except OutboxUnwritable as error:
            self._committing = None
            self._put_back(changes)
            self._unwritten = kept_back(error)
            _resolve(arrivals, error)
            log.error("outbox_not_written", because=error.what)  # noqa: TRY400 - a traceback would show rows
            await asyncio.sleep(_FLUSH_SECONDS)
            return
        self._committing = self._unwritten = None
        _resolve(arrivals, None)
        self._note_outcome(outcome, room)
        if outcome.unreleased is not None:
            self._link.give_up(outcome.unreleased, number)
        self._link.send(outcome.picked, number)

    def _last_entry(self) -> None:
        """What came and was heard since the last commit; and what became of that one, if we were stopped over it.

        Where what was heard is not written some rows are sent once more, no harm done.
        """
        if self._committing is not None:
            arrivals, committing = self._committing
            _resolve(arrivals, committing.exception())
        arrivals, self._arrivals = self._arrivals, []
        try:
            self._outbox.transact(self._collected(0, [row for rows, _ in arrivals for row in rows]))
        except OutboxError as error:
            _resolve(arrivals, error)
            log.error("outbox_not_written", because=error.what)  # noqa: TRY400 - as above
        else:
            _resolve(arrivals, None)

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

    def _note_outcome(self, outcome: Outcome, room: int) -> None:
        if outcome.trouble is not None:
            log.warning("outbox_cannot_pick", error=type(outcome.trouble).__name__)
        is_short = outcome.trouble is not None or outcome.unreleased is not None
        self._may_be_waiting = room == 0 or len(outcome.picked) == room or is_short

    def _note_taken(self, row: PickedRow) -> None:
        self._taken.append(row.number)
        self._on_taken(row)
        if self._may_be_waiting and self._link.has_room_for_several:
            self._wake.set()
        else:
            self._wake_soon()

    def _note_too_large(self, row: PickedRow) -> None:
        self.note_answer(Answered(first_id=row.first_id, is_refused=True, refused_because=(_TOO_LARGE,)))

    def _wake_soon(self) -> None:
        """Something is to be written that can share the next commit, or wait a moment for one of its own."""
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._wake.set)


def _resolve(arrivals: _Arrivals, error: BaseException | None) -> None:
    """Tell callers that their rows are durable, or that they are not."""
    for _, done in arrivals:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
            done.exception()  # looked at, should its caller have been cancelled meanwhile
