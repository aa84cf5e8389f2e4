"""Child processes are started again when they end, killed when they stall, and never left behind."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.processes import ChildProcess, ProcessEnded, Program, Supervisor, log_tail


def program(folder: Path, code: str, *, stop_seconds: float = 5.0) -> Program:
    return Program(
        name="child", command=(sys.executable, "-c", code), log_file=folder / "child.log", stop_seconds=stop_seconds
    )


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
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


async def test_a_stalled_child_is_killed_and_started_again(tmp_path: Path) -> None:
    answers = [True]

    async def stalled() -> bool:
        return bool(answers and answers.pop())

    async with Supervisor(look_every_seconds=0.05) as supervisor:
        child = await supervisor.keep(program(tmp_path, DEAF, stop_seconds=0.2), stalled=stalled)
        await until(lambda: supervisor.restarts("child") == 1 and child.is_running)
        assert supervisor.peak_rss_mib("child") > 0


async def test_a_watch_that_fails_does_not_end_the_watching(tmp_path: Path) -> None:
    asked = []

    async def stalled() -> bool:
        asked.append(True)
        raise OSError

    async with Supervisor(look_every_seconds=0.02) as supervisor:
        await supervisor.keep(program(tmp_path, SLEEPS), stalled=stalled)
        await until(lambda: len(asked) > 2)


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


def test_an_error_about_an_ended_process_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    error = ProcessEnded(name="the broker", status=1, log_file=log)
    assert "line 99" in str(error)
    assert "line 50" not in str(error)
    assert "no log" in log_tail(tmp_path / "none.log")
