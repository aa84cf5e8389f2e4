"""Keeps programs and servers running: watched, started again when they end, stopped at the end.

A process that ends by itself is started again (after a pause that grows when it keeps ending), and one that its watch
calls stalled is killed with SIGKILL, because a worker that makes no progress may be deaf to SIGTERM (measured: over
50 s). A *program* is tried for ever: a worker waits for nothing but its broker. A *server*, which others need, knows
itself how it is started and when it answers; one that does not come back after some tries is given up, and with it
the hub (`given_up`), because nothing goes on without it and nobody would hear of that.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Never, Protocol, Self

import structlog

from consumers.connection import ended
from deploy.processes import ChildProcess, Program
from schemas.errors import HomewardError

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 4.0
STEADY_SECONDS: Final = 30.0
"""A process that has run this long is thought well again: the next pause is the first one."""
MOST_TRIES: Final = 5
"""So often a server is started again that does not come back, or ends before it has run steadily."""

_log = structlog.get_logger()


class ServerGivenUp(HomewardError):
    """A server that everything needs ended, and could not be brought back."""

    def __init__(self, *, name: str, tries: int, log_file: Path) -> None:
        self.name = name
        self.log_file = log_file
        super().__init__(
            f"the {name} ended and did not come back in {tries} tries, so the hub is stopped; its log is {log_file}"
        )


class Watch(Protocol):
    """Judges whether a program gets anywhere: `deploy.progress.GroupProgress`."""

    def begin(self) -> None:
        """The program was started anew: what was seen of the process before it does not count against it."""

    async def stalled(self) -> bool:
        """Asked at every look: has the process stood still, with work waiting, for too long?"""


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


@dataclass(slots=True)
class _Kept:
    name: str
    child: Callable[[], ChildProcess]
    server: Server | None = None
    watch: Watch | None = None
    restarts: int = 0
    peak_rss_mib: float = 0.0
    is_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Of a server: whether it answers, as far as is known."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


def tell_nobody(_text: str) -> None:
    """Say nothing."""


class Supervisor:
    """Keeps programs running until it is closed; closing stops all of them at once.

    async with Supervisor() as supervisor:
        await supervisor.keep(program)
        await stop_asked_for.wait()

    Servers are kept as well (`keep_server`); whoever started one stops it, after the programs that need it. `tell` gets
    a line for a person whenever a server ended and when it is back.
    """

    def __init__(self, *, look_every_seconds: float = 1.0, tell: Callable[[str], None] = tell_nobody) -> None:
        self._look_every = look_every_seconds
        self._tell = tell
        self._kept: dict[str, _Kept] = {}
        self._closing = False
        self._lost = asyncio.Event()
        self.lost: ServerGivenUp | None = None
        """The server that was given up, if one was."""

    async def __aenter__(self) -> Self:
        """Nothing runs yet."""
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop everything, whatever happened."""
        await self.stop()

    async def keep(self, program: Program, *, watch: Watch | None = None) -> ChildProcess:
        """Start a program and keep it running."""
        child = ChildProcess(program)
        kept = self._kept[program.name] = _Kept(name=program.name, child=lambda: child, watch=watch)
        await child.start()
        self._look_after(kept, self._start_again(kept))
        return child

    def keep_server(self, name: str, server: Server, *, needs: Collection[str] = ()) -> None:
        """Keep a server running that was started already; it is started again only while those it needs are up."""
        kept = self._kept[name] = _Kept(name=name, child=lambda: server.child, server=server)
        kept.is_up.set()
        self._look_after(kept, self._bring_back(kept, server, needs))

    def child(self, name: str) -> ChildProcess:
        """A kept program's process; the object stays the same over restarts."""
        return self._kept[name].child()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is kept, in the order in which it was started."""
        return tuple(self._kept)

    def restarts(self, name: str) -> int:
        """How often a program or server was started again."""
        return self._kept[name].restarts

    def peak_rss_mib(self, name: str) -> float:
        """The largest resident memory of a program or server so far, over all its restarts."""
        kept = self._kept[name]
        kept.peak_rss_mib = max(kept.peak_rss_mib, kept.child().peak_rss_mib())
        return kept.peak_rss_mib

    async def given_up(self) -> Never:
        """Wait for as long as everything is kept running.

        Raises:
            ServerGivenUp: a server could not be brought back.
        """
        while self.lost is None:
            await self._lost.wait()
        raise self.lost

    async def stop(self) -> None:
        """Stop every program, all at once, and start no server again; repeated calls do nothing more."""
        self._closing = True
        await ended(*(task for kept in self._kept.values() for task in kept.tasks))
        programs = [kept for kept in self._kept.values() if kept.server is None]
        await asyncio.gather(*(kept.child().stop() for kept in programs))

    def _look_after(self, kept: _Kept, keeping: Coroutine[Any, Any, None]) -> None:
        kept.tasks.append(asyncio.create_task(keeping, name=f"restart {kept.name}"))
        kept.tasks.append(asyncio.create_task(self._watch(kept), name=f"watch {kept.name}"))

    async def _start_again(self, kept: _Kept) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            status = await kept.child().ended()
            if self._closing:
                return
            if time.monotonic() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _log.warning("process_ended", process=kept.name, status=status, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            kept.restarts += 1
            # Not to be cancelled half-way: a process that was started must be known, or nobody would stop it.
            await asyncio.shield(kept.child().start())
            if kept.watch is not None:
                kept.watch.begin()

    async def _bring_back(self, kept: _Kept, server: Server, needs: Collection[str]) -> None:
        pause, tries, began = FIRST_PAUSE_SECONDS, 0, time.monotonic()
        while True:
            status = await kept.child().ended()
            if self._closing:
                return
            if kept.is_up.is_set():
                kept.is_up.clear()
                if time.monotonic() - began >= STEADY_SECONDS:
                    pause, tries = FIRST_PAUSE_SECONDS, 0
                self._say(server, f"the {kept.name} ended with status {status}; it is started again")
            if tries >= MOST_TRIES:
                self._give_up(kept, server, tries)
                return
            _log.warning("process_ended", process=kept.name, status=status, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            for name in needs:
                await self._kept[name].is_up.wait()
            kept.restarts, tries, began = kept.restarts + 1, tries + 1, time.monotonic()
            try:
                await server.start()
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting, it is tried again
                _log.warning("process_not_started", process=kept.name, error=type(error).__name__, tries=tries)
                continue
            kept.is_up.set()
            self._say(server, f"the {kept.name} runs again, {time.monotonic() - began:.0f} s after its start")
            _log.warning("process_back", process=kept.name, seconds=round(time.monotonic() - began, 1))
            began = time.monotonic()

    def _give_up(self, kept: _Kept, server: Server, tries: int) -> None:
        _log.warning("process_given_up", process=kept.name, tries=tries, log=str(server.log_file))
        self.lost = ServerGivenUp(name=kept.name, tries=tries, log_file=server.log_file)
        self._lost.set()

    def _say(self, server: Server, text: str) -> None:
        """To a person, and into the server's own log, where somebody looks for why it ended."""
        self._tell(text)
        with suppress(OSError), server.log_file.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC homeward: {text}\n")

    async def _watch(self, kept: _Kept) -> None:
        while True:
            await asyncio.sleep(self._look_every)
            self.peak_rss_mib(kept.name)
            if kept.watch is None or not kept.child().is_running:
                continue
            try:
                is_stalled = await kept.watch.stalled()
            except Exception as error:  # noqa: BLE001 - a watch that fails must not end the watching
                _log.warning("watch_failed", process=kept.name, error=type(error).__name__)
                continue
            if is_stalled:
                _log.error("process_stalled", process=kept.name, remedy="killed; it is started again")
                await kept.child().kill()
