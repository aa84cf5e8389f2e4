"""A side process ends without a word when its worker is gone, whatever it was at."""

import asyncio
import pickle
import subprocess
import sys
from pathlib import Path
from typing import cast
from unittest import mock

import pytest

from consumers.connection import ended
from hub.rulebook import packaged_rulebook
from streams import endings
from streams.side_processes import SideProcess, SideProcesses
from streams.side_work import HEAD, Begin, GoBy, Verified, Verify, frame
from tests.unit.review.hub_in_memory import IDS, LONG_AGO
from tests.unit.streams.test_rebuild import settings_beside, told_hub

SIDE_PROCESS = (sys.executable, "-m", "streams.side_process")


@pytest.mark.parametrize(
    "said",
    [b"", HEAD.pack(9)[:2], HEAD.pack(9) + pickle.dumps("cut off")[:5]],
    ids=["nothing", "half a head", "half a frame"],
)
def test_an_input_that_ends_within_a_frame_ends_it(said: bytes) -> None:
    done = subprocess.run(SIDE_PROCESS, input=said, capture_output=True, timeout=60, check=False)  # noqa: S603 - our own
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


async def test_an_answer_that_nobody_takes_ends_it(tmp_path: Path) -> None:
    async with told_hub(tmp_path / "hub") as hub:
        settings, entries = settings_beside(hub, tmp_path), tuple(hub.directory.entries.values())
        process = await asyncio.create_subprocess_exec(
            *SIDE_PROCESS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(frame(Begin(settings=settings, ids=dict(IDS.fingerprints()))))
        process.stdin.write(frame(GoBy(entries=entries, as_of=LONG_AGO, rules=packaged_rulebook())))
        process.stdin.write(frame(Verify(())))
        async with asyncio.timeout(150):
            head = await process.stdout.readexactly(HEAD.size)
            assert await process.stdout.readexactly(HEAD.unpack(head)[0]) == frame([])[HEAD.size :]
            answers = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
            answers.close()
            await asyncio.sleep(0)  # a pipe closes at the next turn: an answer that is quicker would be taken
            assert answers.get_extra_info("pipe").closed
            process.stdin.write(frame(Verify(())))
            assert await process.stderr.read() == b""
            assert await process.wait() == 0


class Helper:
    """A side process of which the test says when it answers, and what."""

    def __init__(self) -> None:
        self.stdout = asyncio.StreamReader()
        self.stdin = mock.Mock(drain=mock.AsyncMock())
        self.wait = mock.AsyncMock()

    def answers(self, said: bytes) -> None:
        self.stdout.feed_data(HEAD.pack(len(said)) + said)


def beside(helper: Helper, tmp_path: Path) -> SideProcesses:
    """The side processes of a worker that has this one alone, for one piece of work at a time."""
    sides = SideProcesses(mock.Mock(folder=tmp_path), IDS, most=1)
    process = SideProcess(cast("asyncio.subprocess.Process", helper))
    sides._processes = [process]
    sides._free.put_nowait(process)
    return sides


async def asking(sides: SideProcesses) -> "asyncio.Task[list[Verified]]":
    """A piece of work that was handed over."""
    asked = asyncio.create_task(sides.ask_to_verify([Verify(())]))
    for _ in range(5):
        await asyncio.sleep(0)
    return asked


async def test_an_answer_that_nobody_waits_for_any_more_holds_up_nobody(tmp_path: Path) -> None:
    helper = Helper()
    sides = beside(helper, tmp_path)
    asked = await asking(sides)
    await ended(asked)  # the partition went to another worker
    following = await asking(sides)
    helper.answers(pickle.dumps([True]))
    helper.answers(pickle.dumps([False]))
    async with asyncio.timeout(60):
        assert await following == [[False]]
    await sides.end()


async def test_an_answer_that_cannot_be_read_ends_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()
    monkeypatch.setattr(endings, "end_process", lambda _why: over.set())
    helper = Helper()
    sides = beside(helper, tmp_path)
    asked = await asking(sides)
    helper.answers(b"no answer")
    async with asyncio.timeout(60):
        await over.wait()
    await ended(asked)
    await sides.end()
