"""A server that hangs is ended and started again; one that is only slow is left alone."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.answering import LONGEST_SECONDS, LOOKS, AnswerWatch, Finding, comes_up, is_at_work
from deploy.kept_server import MOST_TRIES, ServerGivenUp
from deploy.processes import ChildProcess
from deploy.supervisor import Supervisor
from tests.unit.test_processes import SLEEPS, Double, program, until

SPINS = "print('up', flush=True)\nwhile True: pass"
ANSWERS = """
import pathlib, socket
folder = pathlib.Path({folder!r})
listening = socket.create_server(("127.0.0.1", 0))
(folder / "port").write_text(str(listening.getsockname()[1]))
print("up", flush=True)
while True:
    asked, _ = listening.accept()
    while (folder / "busy").exists():
        pass
    asked.close()
"""


class Answering(Double):
    """A server that is asked over a socket."""

    async def answers(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int((self.folder / "port").read_text()))
        try:
            await reader.read()
        finally:
            writer.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.answering.ANSWERS_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr("deploy.kept_server.LONGEST_PAUSE_SECONDS", 0.1)


async def test_a_server_that_is_stopped_is_killed_and_started_again(tmp_path: Path) -> None:
    told: list[str] = []
    server = Answering(tmp_path, ANSWERS.format(folder=str(tmp_path)))
    await server.start()
    first = server.child.pid
    async with Supervisor(look_every_seconds=0.02, tell=told.append) as supervisor:
        supervisor.keep_server("server", server)
        server.child.pause()
        await until(lambda: len(told) == 3)
        assert (supervisor.restarts("server"), supervisor.lost) == (1, None)
    assert server.child.pid not in {None, first}
    assert told[0].startswith("the server has not answered for ")
    assert told[0].endswith(" s and stands still; it is killed")
    assert told[1] == "the server ended with status -9; it is started again"
    assert told[2].startswith("the server runs again")
    assert all(each in server.log_file.read_text() for each in told)
    await server.child.stop()


async def test_a_server_that_is_busy_and_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    told: list[str] = []
    server = Answering(tmp_path, ANSWERS.format(folder=str(tmp_path)))
    await server.start()
    first = server.child.pid
    (tmp_path / "busy").touch()
    async with Supervisor(look_every_seconds=0.02, tell=told.append) as supervisor:
        supervisor.keep_server("server", server)
        await until(lambda: bool(told))
        (tmp_path / "busy").unlink()
        await until(lambda: len(told) == 2)
        assert (supervisor.restarts("server"), server.child.pid) == (0, first)
    assert told[0].endswith(" s, but is at work; it is left alone")
    assert told[1] == "the server answers again"
    await server.child.stop()


async def test_a_server_that_hangs_again_and_again_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.answering.ANSWERS_WITHIN_SECONDS", 0.02)
    (tmp_path / "port").write_text("9")  # nobody listens there
    server = Answering(tmp_path, SLEEPS)
    await server.start()
    async with Supervisor(look_every_seconds=0.01) as supervisor, asyncio.timeout(30):
        supervisor.keep_server("server", server)
        with pytest.raises(ServerGivenUp, match=rf"ended and did not come back in {MOST_TRIES} tries"):
            await supervisor.given_up()
    assert not server.child.is_running


async def test_a_server_that_cannot_be_killed_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.answering.ANSWERS_WITHIN_SECONDS", 0.02)
    monkeypatch.setattr("deploy.kept_server._GONE_WITHIN_SECONDS", 0.05)
    (tmp_path / "port").write_text("9")
    server = Answering(tmp_path, SLEEPS)
    await server.start()
    waits_for_a_disk = ChildProcess(program(tmp_path, SLEEPS))
    monkeypatch.setattr(server.child, "kill", waits_for_a_disk.ended)
    await waits_for_a_disk.start()
    async with Supervisor(look_every_seconds=0.01) as supervisor, asyncio.timeout(30):
        supervisor.keep_server("server", server)
        with pytest.raises(ServerGivenUp, match="stands still and cannot be killed"):
            await supervisor.given_up()
    monkeypatch.undo()
    await asyncio.gather(server.child.stop(), waits_for_a_disk.stop())


@pytest.mark.parametrize(
    "at_work, found",
    [
        ([False] * LOOKS, Finding.HANGS),
        ([True] * (LOOKS - 1), Finding.SILENT),
        ([True, False] * (LOOKS // 2), Finding.SLOW),
        ([True, *[False] * (LOOKS - 1)], Finding.HANGS),
        ([True] * 20, Finding.SLOW),
        ([*[True] * 20, *[False] * LOOKS], Finding.HANGS),
    ],
)
def test_what_successive_looks_say(at_work: list[bool], found: Finding) -> None:
    watch = AnswerWatch()
    said = [watch.unanswered(6.0 * at, 6.0 * at + 4, at_work=is_so) for at, is_so in enumerate(at_work)]
    assert said[-1] is found
    assert watch.silent_since == 0.0


def test_an_answer_begins_it_anew_and_nothing_is_slow_for_ever() -> None:
    watch = AnswerWatch()
    for at in range(LOOKS - 1):
        watch.unanswered(at, at, at_work=False)
    assert watch.answered() is Finding.ANSWERS
    assert watch.unanswered(100.0, 100.0, at_work=True) is Finding.SILENT
    for _ in range(LOOKS):
        found = watch.unanswered(101.0, 101.0, at_work=True)
    assert found is Finding.SLOW
    assert watch.unanswered(0.0, 100.0 + LONGEST_SECONDS, at_work=True) is Finding.HANGS


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what threads do")
async def test_who_is_at_work(tmp_path: Path) -> None:
    for folder, code, works in (("spins", SPINS, True), ("sleeps", SLEEPS, False)):
        child = ChildProcess(program(tmp_path / folder, code))
        await child.start()
        await until(lambda child=child: "up" in child.program.log_file.read_text())  # type: ignore[misc]
        await until(lambda child=child, works=works: is_at_work(child.pid) is works)  # type: ignore[misc]
        child.pause()
        await until(lambda child=child: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)  # type: ignore[misc]
        assert not is_at_work(child.pid)
        pid = child.pid
        await child.kill()
        assert not is_at_work(pid)
    assert not is_at_work(None)


async def test_a_start_is_waited_for_on_while_it_is_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.answering._WORKED_WITHIN_SECONDS", 0.3)
    began = time.monotonic()

    async def answers_late() -> None:
        if time.monotonic() < began + 1.0:
            raise ConnectionError

    async def answers_never() -> None:
        raise ConnectionError

    child = ChildProcess(program(tmp_path, SPINS))
    await child.start()
    assert await comes_up(answers_late, lambda: child.pid, within_seconds=0.1)
    if child.pid is not None:
        os.kill(child.pid, signal.SIGSTOP)
    assert not await comes_up(answers_never, lambda: child.pid, within_seconds=0.1)
    await child.kill()
