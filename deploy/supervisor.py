"""Keeps programs and servers running: watched, started again when they end, stopped at the end.

A process that ends by itself is started again (after a pause that grows when it keeps ending), and one that its watch
calls stalled is killed with SIGKILL, because a worker that makes no progress may be deaf to SIGTERM (measured: over
50 s). A *program* is tried for ever: a worker waits for nothing but its broker. A *server*, which others need, is kept
by what it answers, and not for ever (`kept_server`).
"""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Never, Protocol, Self

import structlog

from consumers.connection import ended
from deploy.answering import Finding
from deploy.kept_server import (
    FIRST_PAUSE_SECONDS,
    STEADY_SECONDS,
    KeptServer,
    Server,
    ServerGivenUp,
)
from deploy.processes import ChildProcess, Program

LONGEST_PAUSE_SECONDS: Final = 1.0
"""Before a program that keeps ending is started again: whoever waits for a worker waits for its start as well."""
_log = structlog.get_logger()


class Watch(Protocol):
    """Judges whether a program gets anywhere: `deploy.progress.GroupProgress`."""

    def begin(self) -> None:
        """The program was started anew: what was seen of the process before it does not count against it."""

    async def stalled(self) -> bool:
        """Asked at every look: has the process stood still, with work waiting, for too long?"""


@dataclass(slots=True)
class _Kept:
    name: str
    child: Callable[[], ChildProcess]
    watch: Watch | None = None
    server: KeptServer | None = None
    restarts: int = 0
    peak_rss_mib: float = 0.0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


def tell_nobody(_text: str) -> None:
    """Say nothing."""


class Supervisor:
    """Keeps programs running until it is closed; closing stops all of them at once.

    async with Supervisor() as supervisor:
        await supervisor.keep(program)
        await stop_asked_for.wait()

    Servers are kept as well (`keep_server`); whoever started one stops it, after the programs that need it. `tell` gets
    a line for a person whenever a server ended or does not answer, and when it is back.
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
        needed = [each for other in needs if (each := self._kept[other].server) is not None]
        keeping = KeptServer(name=name, server=server, needs=needed, tell=self._tell, lose=self._lose)
        kept = self._kept[name] = _Kept(name=name, child=lambda: server.child, server=keeping)
        self._look_after(kept, keeping.bring_back())

    def child(self, name: str) -> ChildProcess:
        """A kept program's process; the object stays the same over restarts."""
        return self._kept[name].child()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that is kept, in the order in which it was started."""
        return tuple(self._kept)

    def restarts(self, name: str) -> int:
        """How often a program or server was started again."""
        kept = self._kept[name]
        return kept.restarts if kept.server is None else kept.server.restarts

    def peak_rss_mib(self, name: str) -> float:
        """The largest resident memory of a program or server so far, over all its restarts; 0 where none started."""
        kept = self._kept.get(name)
        if kept is None:
            return 0.0
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
        for kept in self._kept.values():
            if kept.server is not None:
                kept.server.is_closing = True
        await ended(*(task for kept in self._kept.values() for task in kept.tasks))
        programs = [kept for kept in self._kept.values() if kept.server is None]
        await asyncio.gather(*(kept.child().stop() for kept in programs))

    def _look_after(self, kept: _Kept, keeping: Coroutine[Any, Any, None]) -> None:
        for task in (
            asyncio.create_task(keeping, name=f"restart {kept.name}"),
            asyncio.create_task(self._watch(kept), name=f"watch {kept.name}"),
        ):
            task.add_done_callback(_say_when_failed)
            kept.tasks.append(task)

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
            try:
                await asyncio.shield(kept.child().start())
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting, it is tried again
                _log.error("process_not_started", process=kept.name, error=type(error).__name__)
                continue
            if kept.watch is not None:
                kept.watch.begin()

    def _lose(self, server: ServerGivenUp) -> None:
        self.lost = server
        self._lost.set()

    async def _watch(self, kept: _Kept) -> None:
        found = Finding.ANSWERS
        while True:
            await asyncio.sleep(self._look_every)
            self.peak_rss_mib(kept.name)
            if kept.server is not None:
                found = await kept.server.look(found)
            elif kept.watch is not None and kept.child().is_running:
                await self._look(kept, kept.watch)

    async def _look(self, kept: _Kept, watch: Watch) -> None:
        try:
            is_stalled = await watch.stalled()
        except Exception as error:  # noqa: BLE001 - a watch that fails must not end the watching
            _log.warning("watch_failed", process=kept.name, error=type(error).__name__)
            return
        if is_stalled:
            _log.error("process_stalled", process=kept.name, remedy="killed; it is started again")
            await kept.child().kill()


def _say_when_failed(task: "asyncio.Task[None]") -> None:
    """Whoever keeps or watches a process should never fail: from then on nobody does."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("keeping_failed", task=task.get_name(), error=type(error).__name__, remedy="restart homeward up")
