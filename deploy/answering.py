"""Does a server still answer? And where it does not: does it stand still, or is it only slow?

A broker or a registry that hangs does not end, so nobody would start it again. It is asked something again and again,
on a connection of its own. One that answers nothing, look after look, is judged by what its threads do at these looks:

- *slow*: at half of the looks or more a thread of it is running, waits for a processor, or waits for the disk. So is a
  broker that reads its log again after a crash, one that collects garbage, and one on a machine that has more to do
  than it can. It is left alone, and that is said;
- *hanging*: all its threads are stopped, or wait for something that does not come. Only the end of it helps.

Looks are counted, not seconds, so that a machine that slept, or a supervisor that was stopped itself, blames nobody.
After a quarter of an hour without an answer a server counts as hanging whatever it does.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

import psutil

ANSWERS_WITHIN_SECONDS: Final = 4.0
FIRST_ANSWER_WITHIN_SECONDS: Final = 30.0
"""A server that has just been started may be slow to answer for the first time: what it needs is not loaded yet."""
LOOKS: Final = 4
"""Looks in a row without an answer after which it is judged: with the supervisor's pauses, within half a minute."""
LONGEST_SECONDS: Final = 900.0
"""Without an answer, nothing is only slow."""
_AGAIN_SECONDS: Final = 0.05
_WORKED_WITHIN_SECONDS: Final = 10.0
_AT_WORK: Final = frozenset("RD")
"""What Linux calls a thread that runs or would, and one that waits for the disk."""
_IDLE_ELSEWHERE: Final = frozenset({psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})

Ask = Callable[[], Awaitable[None]]
"""Returns when the server has answered what it was asked just now; raises where it cannot be reached."""


class Finding(Enum):
    """What successive looks say of a server."""

    ANSWERS = "answers"
    SILENT = "silent"
    """It did not answer, and that says nothing yet."""
    SLOW = "slow"
    HANGS = "hangs"


@dataclass(slots=True, kw_only=True)
class AnswerWatch:
    """Decides from successive looks; times are seconds of any clock that does not go back."""

    silent_since: float | None = field(default=None, init=False)
    """When it was asked first of those looks that it did not answer."""
    _at_work: deque[bool] = field(default_factory=lambda: deque(maxlen=LOOKS), init=False)

    def answered(self) -> Finding:
        """Take in a look that was answered; so begins what is watched anew."""
        self.silent_since = None
        self._at_work.clear()
        return Finding.ANSWERS

    def unanswered(self, asked_at: float, now: float, *, at_work: bool) -> Finding:
        """Take in a look without an answer, and whether the server was found at work then."""
        if self.silent_since is None:
            self.silent_since = asked_at
        self._at_work.append(at_work)
        if len(self._at_work) < LOOKS:
            return Finding.SILENT
        is_slow = sum(self._at_work) * 2 >= LOOKS and now - self.silent_since < LONGEST_SECONDS
        return Finding.SLOW if is_slow else Finding.HANGS


async def has_answered(ask: Ask, within_seconds: float | None = None) -> bool:
    """Whether a server answers within some seconds; whatever keeps it from that, it has not."""
    try:
        async with asyncio.timeout(within_seconds or ANSWERS_WITHIN_SECONDS):
            await ask()
    except Exception:  # noqa: BLE001 - refused, broken off, not in time, not understood: no answer
        return False
    return True


def is_at_work(pid: int | None) -> bool:
    """Whether a thread of a process runs, waits for a processor or waits for the disk now.

    Where the system does not say what threads do, a process that is not stopped counts as at work.
    """
    if pid is None:
        return False
    threads = Path(f"/proc/{pid}/task")
    if threads.exists():
        return any(_state(thread / "stat") in _AT_WORK for thread in threads.iterdir())
    try:
        return psutil.Process(pid).status() not in _IDLE_ELSEWHERE
    except psutil.Error:
        return False


def _state(stat: Path) -> str:
    """The state of a thread: the letter behind its name, which stands in brackets and may hold any character."""
    try:
        return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):  # it has ended meanwhile
        return ""


async def comes_up(ask: Ask, pid: Callable[[], int | None], *, within_seconds: float) -> bool:
    """Wait until a server that was started answers; False where it does not in time.

    One that is at work then is waited for on: a broker that was killed reads its log again before it answers.
    """
    began = worked = time.monotonic()
    while not await has_answered(ask, FIRST_ANSWER_WITHIN_SECONDS):
        now = time.monotonic()
        if now - began >= within_seconds - _WORKED_WITHIN_SECONDS and is_at_work(pid()):
            worked = now
        is_slow = now - worked < _WORKED_WITHIN_SECONDS and now - began < LONGEST_SECONDS
        if now - began >= within_seconds and not is_slow:
            return False
        await asyncio.sleep(_AGAIN_SECONDS)
    return True
