"""The process that the hub's workers grow from (`stem_process`), seen from who keeps them running.

It is started once, reads all modules while the broker starts, and forks a worker whenever one is to be started. If it
dies, whatever grew from it dies with it, and the next start begins another.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from deploy.tied import command_of
from schemas.errors import HomewardError

IS_POSSIBLE: Final = sys.platform == "linux"
"""Where processes can be tied to their parent; elsewhere one that was killed would leave its workers."""
_KILLED: Final = -int(signal.SIGKILL)
_ENDING_SECONDS: Final = 10.0

_log = structlog.get_logger()


class StemEnded(HomewardError):
    """The process that workers grow from ended before it made one; its log says why."""


class Grown:
    """A process that grew: of `asyncio.subprocess.Process` what a `ChildProcess` needs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.Event()

    async def wait(self) -> int:
        """Wait until it has ended; its exit status, negative: the signal that ended it."""
        await self._ended.wait()
        return _KILLED if self.returncode is None else self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def has_ended(self, status: int) -> None:
        """Told by the stem, which alone can know."""
        self.returncode = status
        self._ended.set()


class Stem:
    """Starts one when it is entered, and another whenever something is to grow and there is none. `beforehand`: modules
    that it reads, and functions (`module:function`) that it calls.

    async with Stem(beforehand, log_file=..., environment={}) as stem:
        grown = await stem.grow(name="intake", command=(sys.executable, "-m", "streams.intake"), ...)
    """

    def __init__(self, beforehand: Collection[str], *, log_file: Path, environment: Mapping[str, str]) -> None:
        self._beforehand = tuple(beforehand)
        self._log_file = log_file
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._asked = 0
        self._awaited: dict[int, asyncio.Future[Grown]] = {}
        self._grown: dict[int, Grown] = {}

    async def __aenter__(self) -> Self:
        """Begin to read modules; does not wait for it."""
        await self._start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End it, and with it whatever of it was left."""
        if self._process is None or self._reading is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_ENDING_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def grow(
        self,
        *,
        name: str,
        command: tuple[str, ...],
        log_file: Path,
        folder: Path | None,
        environment: Mapping[str, str],
    ) -> Grown:
        """Start what this command (`python -m MODULE ARGUMENTS...`) would start.

        Raises:
            StemEnded: not even another stem could.
        """
        python, option, module, *arguments = command
        if (python, option) != (sys.executable, "-m"):
            message = f"only modules of this Python grow, not {python} {option}"
            raise ValueError(message)
        what = {
            "name": name, "module": module, "arguments": arguments, "log_file": str(log_file),
            "folder": None if folder is None else str(folder), "environment": dict(environment),
        }  # fmt: skip
        try:
            return await self._ask(what)
        except StemEnded:
            return await self._ask(what)

    async def _ask(self, what: Mapping[str, Any]) -> Grown:
        async with self._starting:
            if self._reading is None or self._reading.done():
                await self._start()
        if self._process is None or self._process.stdin is None:
            raise StemEnded(self._why())
        self._asked += 1
        awaited: asyncio.Future[Grown] = asyncio.get_running_loop().create_future()
        self._awaited[self._asked] = awaited
        self._process.stdin.write(json.dumps({"number": self._asked, **what}).encode() + b"\n")
        return await awaited

    async def _start(self) -> None:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command_of(os.getpid()),
                *(sys.executable, "-m", "deploy.stem_process", *self._beforehand),
                env={**os.environ, **self._environment},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._reading = asyncio.create_task(self._read(self._process), name="read what the stem says")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Take what it says until it ends, and let nobody wait for it after that."""
        try:
            if process.stdout is not None:
                async for line in process.stdout:
                    self._take(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever it was, what it says of its workers would be lost
            _log.error("stem_not_understood", error=type(error).__name__)
            process.kill()
        await process.wait()
        for grown in self._grown.values():
            grown.has_ended(_KILLED)
        self._grown.clear()
        for awaited in self._awaited.values():
            if not awaited.done():
                awaited.set_exception(StemEnded(self._why()))
        self._awaited.clear()

    def _take(self, said: dict[str, int]) -> None:
        if "number" in said:
            grown = self._grown[said["pid"]] = Grown(said["pid"])
            if not (awaited := self._awaited.pop(said["number"])).done():
                awaited.set_result(grown)
        elif (ended := self._grown.pop(said["pid"], None)) is not None:
            ended.has_ended(said["status"])

    def _why(self) -> str:
        return f"the process that workers grow from ended; its log is {self._log_file}"
