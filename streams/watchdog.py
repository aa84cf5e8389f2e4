"""A thread that ends the process when a batch hangs, so that a loop that is stuck does not keep it from that.

On the way it notes whose fault an end would be: a batch that waits for the broker (a send that it has not answered, or
no answer to a question) is no sign against its records, and a `kill -9` by the supervisor then strikes none of them.
A loop that gives no turn at all is never waiting for the broker.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from streams.in_hand import End, InHand
from streams.transport import end_process

_LOOKS: Final = 10
"""Looks within the limit."""
_TURN_SECONDS: Final = 0.5
"""A loop that has not given a turn within this is stuck."""
_ANSWER_SECONDS: Final = 3.0
"""The same, where it is asked something that by itself takes at most half of this."""


@dataclass(slots=True, kw_only=True)
class Watchdog:
    """Watches one worker; `limit` is how long a batch may take without getting on, in seconds."""

    limit: float
    hand: InHand
    waits_for_broker: Callable[[], Awaitable[bool]]
    """Asked on the loop."""
    _since: float | None = field(default=None, init=False)

    def busy(self) -> None:
        """Work begins, or gets on."""
        self._since = time.monotonic()

    def idle(self) -> None:
        """There is no work."""
        self._since = None

    def progressed(self) -> None:
        """A long piece of work gets on, so that it is not taken for a hang."""
        if self._since is not None:
            self._since = time.monotonic()

    def start(self) -> None:
        """Begin to watch the loop that runs."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._watch, args=(loop,), daemon=True, name="watchdog").start()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        pause = self.limit / _LOOKS
        while True:
            time.sleep(pause)
            since = self._since
            if since is None or time.monotonic() - since < pause:
                continue
            is_the_brokers = self._is_the_brokers(loop)
            if self._since != since:
                continue
            self.hand.ends(End.NOT_THE_RECORDS if is_the_brokers else End.UNEXPLAINED)
            if time.monotonic() - since > self.limit:
                if not is_the_brokers:
                    self.hand.ends(End.HUNG)
                what = "waited for the broker for" if is_the_brokers else "took"
                end_process(f"a batch {what} longer than {self.limit:.0f} s", by_the_batch=not is_the_brokers)

    def _is_the_brokers(self, loop: asyncio.AbstractEventLoop) -> bool:
        turn = threading.Event()
        loop.call_soon_threadsafe(turn.set)
        if not turn.wait(_TURN_SECONDS):
            return False
        try:
            return asyncio.run_coroutine_threadsafe(self._ask(), loop).result(_ANSWER_SECONDS)
        except TimeoutError:
            return False

    async def _ask(self) -> bool:
        return await self.waits_for_broker()
