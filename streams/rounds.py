"""Work that waits for the broker while more of it comes: it goes on round by round, one round at a time.

A worker that sends something and may say so only when the broker has it would stand still in between. Here what was
sent is concluded beside the work on what follows; a round is begun as soon as nothing more urgent is there, or when it
is worth the requests that it costs.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from hub.ids import ChildId

WORTH_A_ROUND: Final = 16
"""So many are concluded while others wait: more would keep those up who are on their way, fewer cost a request each."""


class OfAChild(Protocol):
    """What is under way of one child."""

    child: ChildId


_HandT = TypeVar("_HandT", bound=OfAChild)


class Rounds(Generic[_HandT]):
    """What of which children is under way. `news` is set when a round ends; `conclude` returns when all is durable."""

    def __init__(
        self, conclude: Callable[[Sequence[_HandT]], Coroutine[None, None, None]], news: asyncio.Event
    ) -> None:
        self._conclude = conclude
        self._news = news
        self._ready: list[_HandT] = []
        self._going: list[_HandT] = []
        self._round: asyncio.Task[None] | None = None

    def add(self, hands: Iterable[_HandT]) -> None:
        """These are to be concluded, in this order."""
        self._ready += hands

    @property
    def children(self) -> set[ChildId]:
        """Everybody who is on the way."""
        return {hand.child for hand in (*self._ready, *self._going)}

    def go_on(self, *, others_first: bool) -> None:
        """Take note of a round that has ended, and begin the next if there is anything for one.

        Raises what the round raised. With `others_first` a round that is small waits.
        """
        if self._round is not None and self._round.done():
            self._round.result()
            self._round, self._going = None, []
        if self._round is None and len(self._ready) >= (WORTH_A_ROUND if others_first else 1):
            self._going, self._ready = self._ready, []
            self._round = asyncio.create_task(self._conclude(self._going))
            self._round.add_done_callback(lambda _: self._news.set())

    async def end(self) -> None:
        """Leave nothing running behind an error."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)
