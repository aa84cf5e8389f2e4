"""Whether this process was stopped as a whole (a paused machine, SIGSTOP) for so long that it lost its partitions.

A process that stands still sends no heartbeat, and after its session the broker gives its partitions to another, which
writes what is newer. When it goes on, it does so in the middle of its batch, before it hears of that: what it worked
out would then stand over what is newer on a compacted topic. So a thread beats while the process runs, and nothing is
sent when the last beat is too long ago: the process ends, and the next one begins with what is in the log.

What the client had handed to the broker's connection before the stop is not held back by this.
"""

import threading
import time
from typing import Final

from streams.transport import end_process

_EVERY: Final = 0.25
"""Seconds between two beats."""
_ALLOWANCE: Final = 1.0
"""Seconds by which we count a session as over before the broker does."""


class Pulse:
    """Of this process: it does not beat before `start`, and then nothing is held back."""

    def __init__(self) -> None:
        self._limit: float | None = None
        self._last = 0.0

    def start(self, *, session: float, heartbeat: float) -> None:
        """Begin to beat. The broker counts `session` seconds from the last heartbeat, of which one comes so often."""
        self._last = time.monotonic()
        if self._limit is None:
            threading.Thread(target=self._beat, daemon=True, name="pulse").start()
        self._limit = max(session - heartbeat - _ALLOWANCE, session / 2)

    def check(self) -> None:
        """End the process if it stood still for too long: called before anything is sent."""
        if self._limit is not None and time.monotonic() - self._last > self._limit:
            end_process("the process stood still for longer than its session: its partitions are another's")

    def _beat(self) -> None:
        while True:
            time.sleep(_EVERY)
            self.check()
            self._last = time.monotonic()


PULSE: Final = Pulse()
"""That of this process."""
