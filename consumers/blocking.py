"""Inbox and register for scripts that have no event loop: the same calls, each waiting until it is done.

    with BlockingInbox.open(profile="rochdale") as inbox:
        for notice in inbox.notices(wait=False):
            print(notice.reference, notice.what_happened)
            inbox.opened(notice, role="duty_social_worker")

A thread of its own runs the loop; acknowledgements go out there, and the register stays live, while the script does
other things. For one thread at a time.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, Self, TypeVar

from consumers.errors import ReadingEnded
from consumers.inbox import Inbox
from consumers.notice import InboxItem, InboxNotice
from consumers.reader import ProfileLike
from consumers.register_line import RegisterLine
from consumers.register_view import RegisterView
from consumers.tail import Freshness
from schemas.records import EpisodeStatus

__all__ = ["BlockingInbox", "BlockingRegisterView"]

_Result = TypeVar("_Result")
_END: Final = object()
_BLOCK: Final = "this block"


class _Loop:
    """An event loop in a thread, for calls from another one; `producers` has the like, and rooms share no code."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="reader", daemon=True)
        self._thread.start()

    def result(self, call: Coroutine[Any, Any, _Result]) -> _Result:
        """What the call returns or raises; a wait that is interrupted (Ctrl-C) ends the call as well.

        Raises:
            ReadingEnded: the block has ended in which this was opened.
        """
        if self._loop.is_closed():
            call.close()
            raise ReadingEnded(_BLOCK)
        future = asyncio.run_coroutine_threadsafe(call, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @contextmanager
    def within(self, manager: AbstractAsyncContextManager[_Result]) -> Iterator[_Result]:
        """Enter the manager in one task of the loop and leave it there, with the error that ended the block."""
        opened: asyncio.Future[_Result] = asyncio.Future(loop=self._loop)
        leaving: asyncio.Future[BaseException | None] = asyncio.Future(loop=self._loop)
        holding = asyncio.run_coroutine_threadsafe(_held(manager, opened, leaving), self._loop)
        error: BaseException | None = None
        try:
            yield self.result(_waited(opened))
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._loop.call_soon_threadsafe(leaving.set_result, error)
            holding.result()

    def each(self, items: AsyncIterator[_Result]) -> Iterator[_Result]:
        """The items, one call each."""
        while (item := self.result(_next(items))) is not _END:
            yield item

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _held(
    manager: AbstractAsyncContextManager[_Result],
    opened: "asyncio.Future[_Result]",
    leaving: "asyncio.Future[BaseException | None]",
) -> None:
    try:
        value = await manager.__aenter__()
    except Exception as error:  # noqa: BLE001 - raised where it was opened
        opened.set_exception(error)
        return
    opened.set_result(value)
    ended_by = await leaving
    await manager.__aexit__(None if ended_by is None else type(ended_by), ended_by, None)


async def _waited(future: "asyncio.Future[_Result]") -> _Result:
    return await future


async def _next(items: AsyncIterator[_Result]) -> Any:  # noqa: ANN401 - an item, or the mark of the end
    return await anext(items, _END)


@contextmanager
def _opened(manager: AbstractAsyncContextManager[_Result]) -> Iterator[tuple[_Result, _Loop]]:
    loop = _Loop()
    try:
        with loop.within(manager) as value:
            yield value, loop
    finally:
        loop.close()


class BlockingInbox:
    """An inbox whose calls block; see `Inbox`."""

    def __init__(self, inbox: Inbox, loop: _Loop) -> None:
        """Made by `open`."""
        self._inbox = inbox
        self._loop = loop

    @classmethod
    @contextmanager
    def open(cls, *, profile: ProfileLike) -> Iterator[Self]:
        """Join the agency's group until the block ends; errors as `Inbox.open`."""
        with _opened(Inbox.open(profile=profile)) as (inbox, loop):
            yield cls(inbox, loop)

    def __iter__(self) -> Iterator[InboxNotice]:
        """Every notice, for ever; receipts and alerts are passed over."""
        return self.notices()

    def notices(self, *, wait: bool = True) -> Iterator[InboxNotice]:
        """Every notice; without `wait` only those that are in the mailbox now."""
        return self._loop.each(self._inbox.notices(wait=wait))

    def everything(self, *, wait: bool = True) -> Iterator[InboxItem]:
        """Every notice, receipt and alert; without `wait` only those that are in the mailbox now."""
        return self._loop.each(self._inbox.everything(wait=wait))

    def opened(self, notice: InboxNotice, *, role: str) -> None:
        """Say that somebody in this role has read it; see `InboxNotice.opened`."""
        self._loop.result(notice.opened(role=role))

    def taken(self, notice: InboxNotice, *, role: str, by: datetime | None = None) -> None:
        """Say that this role does what is asked, and by when; see `InboxNotice.taken`."""
        self._loop.result(notice.taken(role=role, by=by))


class BlockingRegisterView:
    """The register as one subscriber may see it, with calls that block; see `RegisterView`."""

    def __init__(self, register: RegisterView, loop: _Loop) -> None:
        """Made by `open`."""
        self._register = register
        self._loop = loop

    @classmethod
    @contextmanager
    def open(cls, *, profile: ProfileLike) -> Iterator[Self]:
        """Read the register up to its end and stay live until the block ends; errors as `RegisterView.open`."""
        with _opened(RegisterView.open(profile=profile)) as (register, loop):
            yield cls(register, loop)

    def episode(self, episode: str) -> RegisterLine | None:
        """The line of an episode, or of the one that took its place."""

        async def found() -> RegisterLine | None:
            return self._register.episode(episode)

        return self._loop.result(found())

    def lines(self, *, status: EpisodeStatus | None = None, area: str | None = None) -> tuple[RegisterLine, ...]:
        """Every line of this status and area, as `RegisterView.lines`."""

        async def found() -> tuple[RegisterLine, ...]:
            return self._register.lines(status=status, area=area)

        return self._loop.result(found())

    def of_reference(self, agency: str, child_ref: str) -> tuple[RegisterLine, ...]:
        """The lines of the child whom an agency calls so, the latest changed first."""

        async def found() -> tuple[RegisterLine, ...]:
            return self._register.of_reference(agency, child_ref)

        return self._loop.result(found())

    def freshness(self) -> Freshness:
        """Position against the end of the log, asked of the broker now."""
        return self._loop.result(self._register.freshness())

    def changes(self) -> Iterator[RegisterLine]:
        """Every line that changes from this call on, for ever; as `RegisterView.changes`."""
        return self._loop.each(self._register.changes())
