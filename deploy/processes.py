"""Child processes: started tied to us, with a log file each, stopped without leaving one behind.

Who keeps them running is the `Supervisor` (`supervisor.py`).

Every child is its own session, so that Ctrl-C reaches us alone and we decide the order of ending; and is tied to us
by the kernel (`tied.py`), so that not even `kill -9` of this process leaves one running. Our own workers grow from a
process that has read their modules already (`stem.py`).
"""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.stem import Grown, Stem
from deploy.tied import command_of
from schemas.errors import HomewardError

MIB: Final = 1024 * 1024


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
    stem: Stem | None = None
    """What it grows from, where it is a module of ours; None: it is started as any program is."""


class ChildProcess:
    """One running program. Start it from a thread that lasts: the tie is to the thread (see `tied.py`)."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._process: asyncio.subprocess.Process | Grown | None = None
        self._starting = asyncio.Lock()  # whoever stops it waits until a start under way is known about

    async def start(self) -> None:
        """Start the program; does not wait until it is ready for anything."""
        self.program.log_file.parent.mkdir(parents=True, exist_ok=True)
        async with self._starting:
            await self._start()

    async def _start(self) -> None:
        program = self.program
        with program.log_file.open("ab") as log:
            if program.stem is not None:
                self._process = await program.stem.grow(
                    name=program.name,
                    command=program.command,
                    log_file=program.log_file,
                    folder=program.folder,
                    environment=program.environment,
                )
                return
            self._process = await asyncio.create_subprocess_exec(
                *command_of(os.getpid()),
                *program.command,
                cwd=program.folder,
                env={**os.environ, **program.environment},
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
            async with asyncio.timeout(self.program.stop_seconds):
                return await self.ended()
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

    def peak_rss_mib(self) -> float:
        """The largest resident memory since it started, in MiB; where the system keeps no such figure, that of now."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace")
            if (peak := re.search(r"VmHWM:\s*(\d+) kB", status)) is not None:
                return int(peak[1]) / 1024
        return self.rss_mib()

    async def unless_ended(self, ready: Coroutine[Any, Any, None], *, name: str, log_file: Path) -> None:
        """Wait until it is ready, as `ready` sees it, which is given up where the process ends first.

        Raises:
            ProcessEnded: it did. Whatever else answers in its place is not asked any longer.
        """
        answering, ending = asyncio.create_task(ready), asyncio.create_task(self.ended())
        try:
            await asyncio.wait({answering, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                raise ProcessEnded(name=name, status=self.status, log_file=log_file)
            await answering
        finally:
            answering.cancel()
            ending.cancel()
            await asyncio.gather(answering, ending, return_exceptions=True)
