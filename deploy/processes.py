"""Child processes: started tied to us, watched, started again when they end, stopped without leaving one behind.

`ChildProcess` is one process with its log file. `Supervisor` keeps several running: a process that ends by itself
is started again (after a pause that grows when it keeps ending), and one that its watch calls stalled is killed with
SIGKILL, because a worker that makes no progress may be deaf to SIGTERM (measured: over 50 s).

Every child is its own session, so that Ctrl-C reaches us alone and we decide the order of ending; and is tied to us
by the kernel (`tied.py`), so that not even `kill -9` of this process leaves one running.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil
import structlog

from schemas.errors import HomewardError

TIED: Final = Path(__file__).with_name("tied.py")
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 4.0
STEADY_SECONDS: Final = 30.0
"""A process that has run this long is thought well again: the next pause is the first one."""
MIB: Final = 1024 * 1024

_log = structlog.get_logger()


class ProcessEnded(HomewardError):
    """A process ended that was needed; the end of its log is in the message."""

    def __init__(self, *, name: str, status: int | None, log_file: Path) -> None:
        self.name = name
        self.status = status
        self.log_file = log_file
        super().__init__(f"{name} ended with status {status}; its log, {log_file}, ends with:\n{log_tail(log_file)}")


def log_tail(log_file: Path, lines: int = 12) -> str:
    """The last lines of a log file, or a remark that there is none."""
    if not log_file.exists():
        return "  (no log was written)"
    return "\n".join(f"  {line}" for line in log_file.read_text(errors="replace").splitlines()[-lines:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run. The log file gets what the program writes to its standard output and error."""

    name: str
    command: tuple[str, ...]
    log_file: Path
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 10.0
    """How long it may take to end after SIGTERM; then it is killed."""


class ChildProcess:
    """One running program. Start it from a thread that lasts: the tie is to the thread (see `tied.py`)."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()  # whoever stops it waits until a start under way is known about

    async def start(self) -> None:
        """Start the program; does not wait until it is ready for anything."""
        self.program.log_file.parent.mkdir(parents=True, exist_ok=True)
        async with self._starting:
            await self._start()

    async def _start(self) -> None:
        with self.program.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(TIED), str(os.getpid())),
                *self.program.command,
                cwd=self.program.folder,
                env={**os.environ, **self.program.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def status(self) -> int | None:
        """Its exit status once it has ended; negative: the signal that ended it."""
        return None if self._process is None else self._process.returncode

    async def ended(self) -> int:
        """Wait until it has ended; its exit status."""
        return 0 if self._process is None else await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self._process is not None and self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self) -> int:
        """SIGTERM, then SIGKILL after `stop_seconds`; returns the exit status."""
        async with self._starting:
            self.signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.ended(), self.program.stop_seconds)
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """SIGKILL, and wait until it is gone."""
        async with self._starting:
            self.signal(signal.SIGKILL)
        return await self.ended()

    def pause(self) -> None:
        """SIGSTOP: it stands still, its connections stay open."""
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        self.signal(signal.SIGCONT)

    def rss_mib(self) -> float:
        """Resident memory in MiB; 0 when it does not run."""
        try:
            return psutil.Process(self.pid).memory_info().rss / MIB if self.pid else 0.0
        except psutil.Error:
            return 0.0


Stalled = Callable[[], Awaitable[bool]]
"""Asked once a second: has the process stood still, with work waiting, for too long? See `deploy.progress`."""


@dataclass(slots=True)
class _Kept:
    child: ChildProcess
    stalled: Stalled | None
    restarts: int = 0
    peak_rss_mib: float = 0.0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Supervisor:
    """Keeps programs running until it is closed; closing stops all of them at once.

    async with Supervisor() as supervisor:
        await supervisor.keep(program)
        await stop_asked_for.wait()
    """

    def __init__(self, *, look_every_seconds: float = 1.0) -> None:
        self._look_every = look_every_seconds
        self._kept: dict[str, _Kept] = {}
        self._closing = False

    async def __aenter__(self) -> Self:
        """Nothing runs yet."""
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop everything, whatever happened."""
        await self.stop()

    async def keep(self, program: Program, *, stalled: Stalled | None = None) -> ChildProcess:
        """Start a program and keep it running."""
        kept = _Kept(child=ChildProcess(program), stalled=stalled)
        self._kept[program.name] = kept
        await kept.child.start()
        kept.tasks.append(asyncio.create_task(self._start_again(kept), name=f"restart {program.name}"))
        kept.tasks.append(asyncio.create_task(self._watch(kept), name=f"watch {program.name}"))
        return kept.child

    def child(self, name: str) -> ChildProcess:
        """A kept program's process; the object stays the same over restarts."""
        return self._kept[name].child

    @property
    def names(self) -> tuple[str, ...]:
        """The programs that are kept, in the order in which they were started."""
        return tuple(self._kept)

    def restarts(self, name: str) -> int:
        """How often a program was started again."""
        return self._kept[name].restarts

    def peak_rss_mib(self, name: str) -> float:
        """The largest resident memory seen so far, looked at once a second."""
        return self._kept[name].peak_rss_mib

    async def stop(self) -> None:
        """Stop every program, all at once; repeated calls do nothing more."""
        self._closing = True
        tasks = [task for kept in self._kept.values() for task in kept.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(kept.child.stop() for kept in self._kept.values()))

    async def _start_again(self, kept: _Kept) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            status = await kept.child.ended()
            if self._closing:
                return
            if time.monotonic() - began >= STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _log.warning("process_ended", process=kept.child.program.name, status=status, again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            kept.restarts += 1
            # Not to be cancelled half-way: a process that was started must be known, or nobody would stop it.
            await asyncio.shield(kept.child.start())

    async def _watch(self, kept: _Kept) -> None:
        while True:
            await asyncio.sleep(self._look_every)
            kept.peak_rss_mib = max(kept.peak_rss_mib, kept.child.rss_mib())
            if kept.stalled is None or not kept.child.is_running:
                continue
            try:
                is_stalled = await kept.stalled()
            except Exception as error:  # noqa: BLE001 - a watch that fails must not end the watching
                _log.warning("watch_failed", process=kept.child.program.name, error=type(error).__name__)
                continue
            if is_stalled:
                _log.error("process_stalled", process=kept.child.program.name, remedy="killed; it is started again")
                await kept.child.kill()
