"""Workers grow from a process that has read their modules: each is a process as any other, and none is left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.processes import ChildProcess, Program
from deploy.stem import IS_POSSIBLE, Stem, StemEnded
from deploy.supervisor import Supervisor

pytestmark = [
    pytest.mark.skipif(not IS_POSSIBLE, reason="processes are tied to their parent on Linux alone"),
    pytest.mark.usefixtures("modules"),
]

_SHARED = "def noted():\n    open({read!r}, 'a').write('read\\n')\n"
_WORKER = """
import os, shared, signal, sys, time

if __name__ == "__main__":
    print(sys.argv[1:], os.environ.get("OF_ITS_OWN"), os.getcwd(), sys.stdin.read() == "", flush=True)
    if sys.argv[1] == "wait":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        while True:
            time.sleep(60)
    if sys.argv[1] == "raise":
        raise RuntimeError("on purpose")
    sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def modules(tmp_path: Path) -> None:
    """A module to grow, and one with a function that notes that it was called."""
    (tmp_path / "shared.py").write_text(_SHARED.format(read=str(tmp_path / "read")))
    (tmp_path / "worker.py").write_text(_WORKER)


def was_read(folder: Path) -> str:
    return (folder / "read").read_text()


def files_open_in(process: psutil.Process) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def stem_in(folder: Path, *modules: str) -> Stem:
    return Stem(
        modules or ("worker", "shared:noted"),
        log_file=folder / "log" / "stem.log",
        environment={"PYTHONPATH": str(folder)},
    )


def program(folder: Path, stem: Stem, what: str, *, name: str = "worker") -> Program:
    return Program(
        name=name, command=(sys.executable, "-m", "worker", what), log_file=folder / f"{name}.log",
        folder=folder, environment={"OF_ITS_OWN": "yes"}, stop_seconds=5.0, stem=stem,
    )  # fmt: skip


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110 - processes of the operating system raise no event here
            await asyncio.sleep(0.01)


async def waiting(folder: Path, stem: Stem, *, name: str = "worker") -> ChildProcess:
    child = ChildProcess(program(folder, stem, "wait", name=name))
    await child.start()
    await until(lambda: "wait" in child.program.log_file.read_text())
    return child


async def test_it_is_the_program_that_the_command_would_have_started(tmp_path: Path) -> None:
    async with stem_in(tmp_path) as stem:
        child = await waiting(tmp_path, stem)
        seen = psutil.Process(child.pid)
        assert os.getsid(seen.pid) == seen.pid
        assert "homeward worker -m worker wait" in " ".join(seen.cmdline())
        assert files_open_in(seen) == 3
        assert await child.stop() == 3
        assert child.program.log_file.read_text() == f"['wait'] yes {tmp_path} True\n"


async def test_what_all_share_is_read_once(tmp_path: Path) -> None:
    async with stem_in(tmp_path) as stem:
        children = [ChildProcess(program(tmp_path, stem, "0", name=f"worker-{number}")) for number in range(3)]
        for child in children:
            await child.start()
        assert [await child.ended() for child in children] == [0, 0, 0]
    assert was_read(tmp_path) == "read\n"


@pytest.mark.parametrize("what, status", [("0", 0), ("75", 75), ("raise", 1)])
async def test_it_ends_with_a_status_of_its_own(tmp_path: Path, what: str, status: int) -> None:
    async with stem_in(tmp_path) as stem:
        child = ChildProcess(program(tmp_path, stem, what))
        await child.start()
        assert await child.ended() == status
        assert not child.is_running
        assert ("RuntimeError: on purpose" in child.program.log_file.read_text()) == (what == "raise")


async def test_it_is_killed_and_started_again_and_the_others_never_know(tmp_path: Path) -> None:
    async with stem_in(tmp_path) as stem, Supervisor() as supervisor:
        child = await supervisor.keep(program(tmp_path, stem, "wait"))
        other = await waiting(tmp_path, stem, name="other")
        first = child.pid
        assert await child.kill() == -signal.SIGKILL
        await until(lambda: child.pid not in {None, first})
        assert supervisor.restarts("worker") == 1
        assert other.is_running
        await other.stop()
    assert was_read(tmp_path) == "read\n"


async def test_when_the_stem_dies_what_grew_from_it_does_and_the_next_start_begins_another(
    tmp_path: Path,
) -> None:
    async with stem_in(tmp_path) as stem:
        child = await waiting(tmp_path, stem)
        seen = psutil.Process(child.pid)
        parent = seen.parent()
        assert parent is not None
        parent.kill()
        assert await child.ended() == -signal.SIGKILL
        await until(lambda: not seen.is_running())
        await child.start()
        await until(lambda: child.program.log_file.read_text().count("wait") == 2)
        assert await child.stop() == 3
    assert was_read(tmp_path) == "read\nread\n"


async def test_a_stem_that_cannot_be_understood_is_ended_with_what_grew_from_it_and_begun_anew(tmp_path: Path) -> None:
    async with stem_in(tmp_path) as stem:
        child = await waiting(tmp_path, stem)
        process = stem._process
        assert process is not None
        assert process.stdout is not None
        process.stdout.feed_data(b"no line of JSON\n")
        async with asyncio.timeout(60):
            assert await child.ended() == -signal.SIGKILL
        again = await waiting(tmp_path, stem, name="again")
        assert await again.stop() == 3


async def test_a_module_that_cannot_be_read_is_said_with_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise ImportError('not like this')\n")
    async with stem_in(tmp_path, "broken") as stem:
        child = ChildProcess(program(tmp_path, stem, "0"))
        with pytest.raises(StemEnded, match=r"its log is .*stem\.log"):
            await child.start()
        assert not child.is_running
    assert "not like this" in (tmp_path / "log" / "stem.log").read_text()


async def test_nobody_is_left_when_whoever_started_the_stem_is_killed(tmp_path: Path) -> None:
    owner = f"""
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.unit.test_stem import stem_in, waiting

async def main():
    folder = Path({str(tmp_path)!r})
    async with stem_in(folder) as stem:
        child = await waiting(folder, stem)
        print(child.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", owner, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    grown = psutil.Process(int(await process.stdout.readline()))
    stem = grown.parent()
    assert stem is not None
    process.kill()
    await process.wait()
    await until(lambda: not grown.is_running() and not stem.is_running())


async def test_only_modules_of_this_python_grow(tmp_path: Path) -> None:
    async with stem_in(tmp_path) as stem:
        with pytest.raises(ValueError, match="only modules of this Python"):
            await stem.grow(name="x", command=("sh", "-c", "x"), log_file=tmp_path / "x", folder=None, environment={})
