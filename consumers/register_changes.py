"""What changes in the register from a moment on: nothing is missed between a look at it and the wait for more."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final, Self

from consumers.register_line import RegisterLine
from consumers.register_table import RegisterTable

__all__ = ["RegisterChanges"]

_MOST: Final = 10_000
_LOOK_SECONDS: Final = 1.0


class RegisterChanges(AsyncIterator[RegisterLine]):
    """Lines as they change, from the moment that this was made; iterate over it, for ever.

    A consumer that falls far behind loses the oldest changes, never the newest. What nobody holds any more is told
    nothing.
    """

    def __init__(self, table: RegisterTable, check: Callable[[], None]) -> None:
        """Listen from here on; `check` raises where nothing is read any more."""
        waiting: asyncio.Queue[RegisterLine] = asyncio.Queue()

        def note(line: RegisterLine) -> None:
            if waiting.qsize() >= _MOST:
                waiting.get_nowait()
            waiting.put_nowait(line)

        self._waiting = waiting
        self._check = check
        self._forget = weakref.finalize(self, table.on_change(note))

    def __aiter__(self) -> Self:
        """Itself."""
        return self

    async def __anext__(self) -> RegisterLine:
        """The next change.

        Raises:
            ReadingEnded: nothing is read any more.
        """
        while True:
            self._check()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    return await self._waiting.get()

    async def aclose(self) -> None:
        """Listen no more."""
        self._forget()
