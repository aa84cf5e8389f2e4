"""The side processes of a worker: started when a long stretch of the log has to be read again, ended afterwards.

One for each core. A worker that has none does the same work itself. What a side process is asked it answers or the
worker ends: a half-dead helper must not stop a rebuild without a word.
"""

import asyncio
import contextlib
import os
import pickle
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import structlog

from schemas.codec import SchemaIds
from streams.endings import end_when_failed
from streams.quiet_look import Quiet
from streams.settings import WorkerSettings
from streams.side_work import HEAD, Answer, Begin, GoBy, LookAt, Verified, Verify, Work, frame
from streams.transport import end_process

_IN_HAND: Final = 2
"""Pieces of work that one process is given at a time: the next one lies there when it is done with the first."""
_IDLE_SECONDS: Final = 15.0
_ENDING_SECONDS: Final = 5.0
_log = structlog.get_logger()


class SideProcess:
    """One of them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: deque[asyncio.Future[Answer]] = deque()
        self._reading = asyncio.create_task(self._read(), name="read what a side process answers")
        self._reading.add_done_callback(end_when_failed)

    @classmethod
    async def started(cls, settings: WorkerSettings, ids: SchemaIds) -> "SideProcess":
        """Start one with this worker's settings."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streams.side_process", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        found = cls(process)
        found.tell(Begin(settings=settings, ids=dict(ids.fingerprints())))
        return found

    def tell(self, what: Begin | GoBy) -> None:
        """Say something that is not answered."""
        self._stdin.write(frame(what))

    async def ask(self, work: Work) -> Answer:
        """The answer to a piece of work."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._stdin.write(frame(work))
        await self._stdin.drain()
        return await answer

    async def end(self) -> None:
        """Close its input and wait until it is gone."""
        self._reading.remove_done_callback(end_when_failed)
        self._reading.cancel()
        self._stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_SECONDS):
                await self._process.wait()
            return
        self._process.kill()
        await self._process.wait()

    @property
    def _stdin(self) -> asyncio.StreamWriter:
        if self._process.stdin is None:
            message = "a side process without an input"
            raise TypeError(message)
        return self._process.stdin

    async def _read(self) -> None:
        output = self._process.stdout
        if output is None:
            message = "a side process without an output"
            raise TypeError(message)
        try:
            while True:
                head = await output.readexactly(HEAD.size)
                said = await output.readexactly(HEAD.unpack(head)[0])
                answer = self._waiting.popleft()
                if not answer.done():  # whoever asked was cancelled: a partition went while its children were looked at
                    answer.set_result(pickle.loads(said))  # noqa: S301 - our own process wrote it
        except asyncio.IncompleteReadError:
            end_process("a side process ended")


class SideProcesses:
    """All of a worker. `most`: how many; None is one for each core where there are several."""

    def __init__(self, settings: WorkerSettings, ids: SchemaIds, most: int | None) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._most = (cores if cores > 1 else 0) if most is None else most
        self._settings = settings
        self._ids = ids
        self._processes: list[SideProcess] = []
        self._free: asyncio.Queue[SideProcess] = asyncio.Queue()
        self._ending: asyncio.TimerHandle | None = None
        self._ended: asyncio.Task[None] | None = None

    @property
    def most(self) -> int:
        """How many there may be; 0: the worker does the work itself."""
        return self._most

    @property
    def in_hand(self) -> int:
        """How many pieces of work can be given away at a time."""
        return self._most * _IN_HAND

    async def go_by(self, what: GoBy) -> None:
        """Start them if they are not there, and say what to go by from the next piece of work on."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if not self._processes and self._most:
            self._processes = [await SideProcess.started(self._settings, self._ids) for _ in range(self._most)]
            self._free = asyncio.Queue()
            for process in self._processes * _IN_HAND:
                self._free.put_nowait(process)
            _log.info("side_processes_started", count=self._most)
        for process in self._processes:
            process.tell(what)

    async def ask_to_verify(self, work: Sequence[Verify]) -> list[Verified]:
        """The answers to these, worked on side by side."""
        answers: list[Verified] = await asyncio.gather(*[self._ask(each) for each in work])
        return answers

    async def ask_to_look(self, work: LookAt) -> list[Quiet | None]:
        """The answer to this."""
        answer: list[Quiet | None] = await self._ask(work)
        return answer

    @property
    def are_there(self) -> bool:
        """Whether they run, and nobody means to end them."""
        return bool(self._processes) and self._ending is None

    async def _ask(self, work: Work) -> Any:  # noqa: ANN401 - the answer to that kind of work
        process = await self._free.get()
        try:
            return await process.ask(work)
        finally:
            self._free.put_nowait(process)

    def end_soon(self) -> None:
        """Nothing more is known to be asked: end them, unless there is more within seconds."""
        if self._processes and self._ending is None:
            self._ending = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end_in_a_task)

    def _end_in_a_task(self) -> None:
        self._ending = None
        self._ended = asyncio.create_task(self.end())

    async def end(self) -> None:
        """End all of them."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        processes, self._processes = self._processes, []
        await asyncio.gather(*[process.end() for process in processes])
