"""What time it is by the broker's clock, the only clock that the hub has.

Accepted time is the broker's append time, so what is due must be judged by the same clock, whatever the worker's own
machine thinks the time is. The broker is asked by writing: the append time of a record lies between sending it and
hearing that it is there. Between two answers a counter that only runs forward (and counts while a machine sleeps)
carries on. The estimate moves only when an answer proves it wrong, and only as far as the answer proves.

Rules kept here:

1. The worker's wall clock is never read: setting it changes nothing.
2. A broker whose clock seems to have jumped is not believed at once: only when it has said the same for a minute. A
   jump that is put right within that time raises nothing early and nothing late, and is told (`homeward_clock_jump`).
3. An answer that took long proves little, and moves the estimate little.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["CLOCK", "BrokerClock", "counter"]

CLOCK: Final = "clock"
"""The topic on which the broker is asked what time it is: the answer is the acknowledgement."""
JUMP: Final = 2.0
"""Seconds by which an answer must contradict the estimate to count as a jump of the broker's clock."""
BELIEVED_AFTER: Final = 60.0
"""Seconds for which a jumped clock must have said the same before it is believed."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def counter() -> float:
    """Seconds that only run forward, those that the machine slept included where the system counts them."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class BrokerClock:
    """The broker's time as far as the answers so far prove it."""

    def __init__(self, count: Callable[[], float] = counter) -> None:
        self._count = count
        self._offset: float | None = None
        self._jumped: tuple[float, float, float] | None = None

    @property
    def count(self) -> Callable[[], float]:
        """The counter that `heard` wants its times from."""
        return self._count

    @property
    def has_heard(self) -> bool:
        """True once the broker has answered."""
        return self._offset is not None

    @property
    def jump(self) -> float:
        """Seconds by which the broker contradicts the estimate and is not believed yet; else 0."""
        return 0.0 if self._jumped is None or self._offset is None else self._jumped[1] - self._offset

    def now(self) -> datetime:
        """The broker's time now, aware UTC.

        Raises:
            LookupError: the broker has not answered yet.
        """
        if self._offset is None:
            message = "the broker has not said what time it is yet"
            raise LookupError(message)
        return _EPOCH + timedelta(seconds=self._count() + self._offset)

    def heard(self, sent: float, answered: float, appended: datetime) -> None:
        """Take in one answer: a record sent and acknowledged at these counts was appended at this broker time."""
        at = (appended - _EPOCH).total_seconds()
        lowest, highest = at - answered, at + 0.001 - sent  # the broker counts in whole milliseconds
        if self._offset is None:
            self._offset = (lowest + highest) / 2
            return
        nearest = min(max(self._offset, lowest), highest)
        if abs(nearest - self._offset) <= JUMP:
            self._offset, self._jumped = nearest, None
            return
        self._doubt(nearest, answered)

    def _doubt(self, offset: float, answered: float) -> None:
        """A clock that jumped: believed once it has said the same for long enough."""
        if self._jumped is None or abs(offset - self._jumped[1]) > JUMP:
            self._jumped = (answered, offset, answered)
            return
        since, _, _ = self._jumped
        self._jumped = (since, offset, answered)
        if answered - since >= BELIEVED_AFTER:
            self._offset, self._jumped = offset, None
