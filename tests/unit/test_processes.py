"""Child processes are started again when they end, killed when they stall, and never left behind."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from deploy.kept_server import MOST_TRIES, ServerGivenUp
from deploy.processes import ChildProcess, ProcessEnded, Program, log_tail
from deploy.supervisor import Supervisor


def program(folder: Path, code: str, *, stop_seconds: float = 5.0) -> Program:
    return Program(
        name="child", command=(sys.executable, "-c", code), log_file=folder / "child.log", stop_seconds=stop_seconds
    )


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - processes of the operating system raise no event here
            await asyncio.sleep(0.01)


SLEEPS = "import time; print('up', flush=True); time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


async def test_a_child_stops_when_asked(tmp_path: Path) -> None:
    child = ChildProcess(program(tmp_path, SLEEPS))
    await child.start()
    assert child.rss_mib() > 0
    assert await child.stop() == -15
    assert not child.is_running
    assert child.rss_mib() == 0


async def test_a_child_deaf_to_sigterm_is_killed(tmp_path: Path) -> None:
    child = ChildProcess(program(tmp_path, DEAF, stop_seconds=0.2))
    await child.start()
    await until(lambda: "up" in log_tail(child.program.log_file))
    assert await child.stop() == -9


async def test_a_paused_child_stands_still_and_goes_on(tmp_path: Path) -> None:
    child = ChildProcess(program(tmp_path, SLEEPS))
    await child.start()
    seen = psutil.Process(child.pid)
    child.pause()
    await until(lambda: seen.status() == psutil.STATUS_STOPPED)
    child.resume()
    await until(lambda: seen.status() != psutil.STATUS_STOPPED)
    await child.stop()


async def test_a_child_that_ends_is_started_again(tmp_path: Path) -> None:
    async with Supervisor() as supervisor:
        child = await supervisor.keep(program(tmp_path, "import os; os._exit(75)"))
        await until(lambda: supervisor.restarts("child") >= 2)
    assert not child.is_running


async def test_a_child_that_is_killed_is_started_again_as_another_process(tmp_path: Path) -> None:
    async with Supervisor() as supervisor:
        child = await supervisor.keep(program(tmp_path, SLEEPS))
        first = child.pid
        await child.kill()
        await until(lambda: child.pid not in {None, first})
        assert supervisor.restarts("child") == 1


async def test_a_child_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, refused = ChildProcess._start, [OSError("Resource temporarily unavailable")] * 2

    async def at_times(child: ChildProcess) -> None:
        if child.pid is None and child.status is not None and refused:
            raise refused.pop()
        await start(child)

    monkeypatch.setattr(ChildProcess, "_start", at_times)
    async with Supervisor() as supervisor:
        child = await supervisor.keep(program(tmp_path, SLEEPS))
        await child.kill()
        await until(lambda: child.is_running and not refused)
        assert supervisor.restarts("child") == 3


async def test_a_watching_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: ChildProcess) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(ChildProcess, "peak_rss_mib", fail)
    with capture_logs() as said:
        async with Supervisor(look_every_seconds=0.02) as supervisor:
            await supervisor.keep(program(tmp_path, SLEEPS))
            await until(lambda: bool(said))
    assert [(one["event"], one["task"]) for one in said] == [("keeping_failed", "watch child")]


class Judge:
    """A watch that says what it was given to say, one answer a look."""

    def __init__(self, answers: Sequence[bool | Exception]) -> None:
        self.answers = list(answers)
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1

    async def stalled(self) -> bool:
        answer = self.answers.pop(0) if self.answers else False
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_stalled_child_is_killed_and_started_again_and_its_watch_begins_anew(tmp_path: Path) -> None:
    watch = Judge([True])
    async with Supervisor(look_every_seconds=0.05) as supervisor:
        child = await supervisor.keep(program(tmp_path, DEAF, stop_seconds=0.2), watch=watch)
        await until(lambda: supervisor.restarts("child") == 1 and child.is_running and watch.begun == 1)
        assert supervisor.peak_rss_mib("child") > 0


async def test_a_watch_that_fails_does_not_end_the_watching(tmp_path: Path) -> None:
    watch = Judge([OSError()] * 3)
    async with Supervisor(look_every_seconds=0.02) as supervisor:
        await supervisor.keep(program(tmp_path, SLEEPS), watch=watch)
        await until(lambda: not watch.answers)


async def test_nothing_runs_after_the_supervisor_has_closed_even_on_an_error(tmp_path: Path) -> None:
    children: list[ChildProcess] = []

    async def fail() -> None:
        async with Supervisor() as supervisor:
            children.append(await supervisor.keep(program(tmp_path, SLEEPS)))
            message = "on purpose"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail()
    assert [child.is_running for child in children] == [False]


class Double:
    """A server of one line of code; every start runs the next of its codes, and the last of them from then on."""

    def __init__(self, folder: Path, *codes: str) -> None:
        self.folder = folder
        self.log_file = folder / "server.log"
        self.codes = list(codes)
        self.child = ChildProcess(program(folder, SLEEPS))

    async def start(self) -> None:
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        self.child = ChildProcess(program(self.folder, code))
        await self.child.start()
        await self.child.unless_ended(self._answers(), name="the server", log_file=self.log_file)

    async def answers(self) -> None:
        if not self.child.is_running:
            raise ConnectionError

    async def _answers(self) -> None:
        await until(lambda: "up" in log_tail(self.child.program.log_file))
        self.child.program.log_file.unlink()


FAILS = "raise SystemExit(3)"


async def test_a_server_that_is_killed_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    told: list[str] = []
    server = Double(tmp_path, SLEEPS, FAILS, SLEEPS)
    await server.start()
    async with Supervisor(tell=told.append) as supervisor:
        supervisor.keep_server("server", server)
        await server.child.kill()
        await until(lambda: len(told) == 2)
        assert server.child.is_running
        assert supervisor.restarts("server") == 2
        assert supervisor.lost is None
    assert told[0] == "the server ended with status -9; it is started again"
    assert told[1].startswith("the server runs again")
    assert all(each in server.log_file.read_text() for each in told)
    assert server.child.is_running, "whoever started a server stops it, after what needs it"
    await server.child.stop()


async def test_a_server_that_does_not_come_back_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.kept_server.LONGEST_PAUSE_SECONDS", 0.1)
    server = Double(tmp_path, SLEEPS, FAILS)
    await server.start()
    async with Supervisor() as supervisor, asyncio.timeout(60):
        supervisor.keep_server("server", server)
        await server.child.kill()
        with pytest.raises(ServerGivenUp, match=rf"the server ended .* its log is {server.log_file}$"):
            await supervisor.given_up()
        assert supervisor.restarts("server") == MOST_TRIES


async def test_a_server_that_ends_again_and_again_soon_after_it_came_up_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.kept_server.LONGEST_PAUSE_SECONDS", 0.1)
    server = Double(tmp_path, "import time; print('up', flush=True); time.sleep(0.1); raise SystemExit(9)")
    await server.start()
    async with Supervisor() as supervisor, asyncio.timeout(60):
        supervisor.keep_server("server", server)
        with pytest.raises(ServerGivenUp):
            await supervisor.given_up()


async def test_a_server_is_started_again_only_when_what_it_needs_is_up(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    slow = "import time; time.sleep(1); " + SLEEPS
    first, second = Double(tmp_path / "first", SLEEPS, slow), Double(tmp_path / "second", SLEEPS)
    order: list[str] = []
    await first.start()
    await second.start()
    async with Supervisor(tell=order.append) as supervisor:
        supervisor.keep_server("first", first)
        supervisor.keep_server("second", second, needs=["first"])
        await first.child.kill()
        await until(lambda: bool(order))
        await second.child.kill()
        await until(lambda: len(order) == 4)
    assert [line.split(" ended")[0].split(" runs")[0] for line in order] == [
        "the first",
        "the second",
        "the first",
        "the second",
    ]
    await asyncio.gather(first.child.stop(), second.child.stop())


async def test_a_server_that_is_being_started_again_is_not_left_running(tmp_path: Path) -> None:
    server = Double(tmp_path, SLEEPS, "import time; time.sleep(600)")
    await server.start()
    async with Supervisor() as supervisor:
        supervisor.keep_server("server", server)
        await server.child.kill()
        await until(lambda: supervisor.restarts("server") == 1 and server.child.is_running)
    await server.child.stop()
    assert not server.child.is_running


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the largest memory of a process")
async def test_the_peak_is_the_largest_memory_that_was_not_the_last(tmp_path: Path) -> None:
    code = "import time; much = b'x' * 150_000_000; del much; print('up', flush=True); time.sleep(600)"
    async with Supervisor(look_every_seconds=600) as supervisor:
        child = await supervisor.keep(program(tmp_path, code))
        await until(lambda: "up" in log_tail(child.program.log_file))
        assert child.rss_mib() < 100
        assert supervisor.peak_rss_mib("child") > 140


async def test_readiness_is_not_waited_for_where_the_process_has_ended(tmp_path: Path) -> None:
    child = ChildProcess(program(tmp_path, FAILS))
    await child.start()
    async with asyncio.timeout(60):
        with pytest.raises(ProcessEnded, match="the server ended with status 3"):
            await child.unless_ended(asyncio.sleep(600), name="the server", log_file=tmp_path / "none.log")


def test_an_error_about_an_ended_process_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    error = ProcessEnded(name="the broker", status=1, log_file=log)
    assert "line 99" in str(error)
    assert "line 50" not in str(error)
    assert "no log" in log_tail(tmp_path / "none.log")
