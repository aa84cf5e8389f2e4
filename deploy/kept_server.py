"""Keeps a server running that others need: started again when it ends or hangs, and given up when that does not help.

A server knows itself how it is started and what it answers. It is started again only while those it needs are up. One
that does not come back after some tries is given up, and with it the hub, because nothing goes on without it and nobody
would hear of that. Each of this is said to a person, and written into the server's own log.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import structlog

from deploy.answering import AnswerWatch, Finding, has_answered, is_at_work
from deploy.processes import ChildProcess
from schemas.errors import HomewardError

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 4.0
STEADY_SECONDS: Final = 30.0
"""A process that has run this long is thought well again: the next pause is the first one."""
MOST_TRIES: Final = 5
"""So often a server is started again that does not come back, or ends before it has run steadily."""
_GONE_WITHIN_SECONDS: Final = 30.0
"""After SIGKILL; a process that waits for a disk that does not answer stays."""

_log = structlog.get_logger()


class ServerGivenUp(HomewardError):
    """A server that everything needs ended, and could not be brought back."""

    def __init__(self, *, name: str, what: str, log_file: Path) -> None:
        self.name = name
        self.log_file = log_file
        super().__init__(f"the {name} {what}, so the hub is stopped; its log is {log_file}")


class Server(Protocol):
    """A process that others need, and that knows how it is started: `EmbeddedBroker`, `EmbeddedRegistry`."""

    @property
    def child(self) -> ChildProcess:
        """The process; another object after every start."""

    @property
    def log_file(self) -> Path:
        """Where somebody reads why it ended."""

    async def start(self) -> None:
        """Start it where it was, with what it had; returns when it answers, and leaves nothing running if it fails."""

    async def answers(self) -> None:
        """Ask it something on a connection of its own; returns when it has answered, and raises where it cannot."""


@dataclass(slots=True, kw_only=True)
class KeptServer:
    """One server that was started already. `tell` gets a line for a person; `lose` is called when it is given up."""

    name: str
    server: Server
    needs: Sequence["KeptServer"]
    tell: Callable[[str], None]
    lose: Callable[[ServerGivenUp], None]
    restarts: int = 0
    is_closing: bool = False
    """Set before it is stopped on purpose: from then on it is not started again."""
    is_up: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    """Whether it answers, as far as is known."""
    _watch: AnswerWatch = field(default_factory=AnswerWatch, init=False)

    def __post_init__(self) -> None:
        """It runs."""
        self.is_up.set()

    async def bring_back(self) -> None:
        """Start it again whenever it has ended, until it is given up."""
        pause, tries, began = FIRST_PAUSE_SECONDS, 0, time.monotonic()
        while True:
            status = await self.server.child.ended()
            if self.is_closing:
                return
            if self.is_up.is_set():
                self.is_up.clear()
                if (self._watch.silent_since or time.monotonic()) - began >= STEADY_SECONDS:
                    pause, tries = FIRST_PAUSE_SECONDS, 0
                self._say(f"the {self.name} ended with status {status}; it is started again")
            if tries >= MOST_TRIES:
                self._give_up(f"ended and did not come back in {tries} tries")
                return
            _log.warning("process_ended", process=self.name, status=status, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            for needed in self.needs:
                await needed.is_up.wait()
            self.restarts, tries, began = self.restarts + 1, tries + 1, time.monotonic()
            try:
                await self.server.start()
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting, it is tried again
                _log.warning("process_not_started", process=self.name, error=type(error).__name__, tries=tries)
                continue
            self._watch.answered()
            self.is_up.set()
            self._say(f"the {self.name} runs again, {time.monotonic() - began:.0f} s after its start")
            _log.warning("process_back", process=self.name, seconds=round(time.monotonic() - began, 1))
            began = time.monotonic()

    async def look(self, before: Finding) -> Finding:
        """Ask once whether it answers, and end it where it hangs; `before` is what the last look found."""
        child, asked_at = self.server.child, time.monotonic()
        if not (self.is_up.is_set() and child.is_running):
            return Finding.ANSWERS
        if await has_answered(self.server.answers):
            if before is Finding.SLOW:
                self._say(f"the {self.name} answers again")
            return self._watch.answered()
        if self.server.child is not child or not child.is_running:
            return self._watch.answered()
        now = time.monotonic()
        found = self._watch.unanswered(asked_at, now, at_work=is_at_work(child.pid))
        silent = now - (self._watch.silent_since or now)
        if found is Finding.SLOW and before is not Finding.SLOW:
            _log.warning("process_slow", process=self.name, seconds=round(silent), remedy="left alone: it is at work")
            self._say(f"the {self.name} has not answered for {silent:.0f} s, but is at work; it is left alone")
        if found is Finding.HANGS:
            _log.error("process_hangs", process=self.name, seconds=round(silent), remedy="killed; it is started again")
            self._say(f"the {self.name} has not answered for {silent:.0f} s and stands still; it is killed")
            await self._kill(child)
        return found

    async def _kill(self, child: ChildProcess) -> None:
        try:
            async with asyncio.timeout(_GONE_WITHIN_SECONDS):
                await child.kill()
        except TimeoutError:
            self._give_up("stands still and cannot be killed (a disk that does not answer?)")

    def _give_up(self, what: str) -> None:
        _log.warning("process_given_up", process=self.name, log=str(self.server.log_file), why=what)
        self.lose(ServerGivenUp(name=self.name, what=what, log_file=self.server.log_file))

    def _say(self, text: str) -> None:
        """To a person, and into the server's own log, where somebody looks for why it ended."""
        self.tell(text)
        with suppress(OSError), self.server.log_file.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC homeward: {text}\n")
