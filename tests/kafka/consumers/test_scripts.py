"""The reading side for scripts without an event loop: the same, blocking."""

import asyncio
from pathlib import Path

import pytest

from consumers import BlockingInbox, BlockingRegisterView, ProfileRefused
from schemas.records import Acknowledged, Acknowledgement, EpisodeStatus
from tests.kafka.conftest import RunningHub
from tests.kafka.consumers.speaking import SpeakingHub
from tests.kafka.consumers.test_inbox import ROCHDALE, ProgramDied
from tests.kafka.consumers.test_register_view import CHILD_KEY, EVERY_CLASS, SUBSCRIBER, an_episode


@pytest.fixture
async def speaking(hub: RunningHub, tmp_path: Path) -> SpeakingHub:
    told = SpeakingHub(hub, ROCHDALE, tmp_path)
    await told.publish_directory()
    return told


async def test_a_script_reads_and_says_what_it_opened(speaking: SpeakingHub) -> None:
    await speaking.tell(speaking.notice(1), speaking.notice(2))

    def script() -> list[str]:
        with BlockingInbox.open(profile=speaking.reader()) as inbox:
            read = list(inbox.notices(wait=False))
            inbox.opened(read[0], role="duty_social_worker")
            inbox.taken(read[0], role="duty_social_worker")
            return [notice.reference for notice in read]

    assert await asyncio.to_thread(script) == ["HW-0001", "HW-0002"]
    said = [message.record for message in await speaking.acknowledged(pairs=4)]
    layers = {record.layer for record in said if isinstance(record, Acknowledged)}
    assert layers == {Acknowledgement.FETCHED, Acknowledgement.OPENED, Acknowledgement.TAKEN}


async def test_a_script_that_dies_over_a_notice_sees_it_again(speaking: SpeakingHub) -> None:
    await speaking.tell(speaking.notice(3))

    def dying() -> None:
        with BlockingInbox.open(profile=speaking.reader()) as inbox:
            next(iter(inbox))
            raise ProgramDied

    with pytest.raises(ProgramDied):
        await asyncio.to_thread(dying)

    def again() -> list[str]:
        with BlockingInbox.open(profile=speaking.reader()) as inbox:
            return [notice.reference for notice in inbox.notices(wait=False)]

    assert await asyncio.to_thread(again) == ["HW-0003"]


async def test_what_keeps_it_from_opening_is_raised_in_the_script(tmp_path: Path) -> None:
    def script() -> None:
        with BlockingInbox.open(profile=tmp_path / "none.toml"):
            pytest.fail("it cannot open")

    with pytest.raises(ProfileRefused):
        await asyncio.to_thread(script)


async def test_a_script_reads_the_register(hub: RunningHub, tmp_path: Path) -> None:
    speaking = SpeakingHub(hub, SUBSCRIBER, tmp_path)
    await speaking.publish_directory()
    view, later = an_episode(), an_episode()
    await speaking.send("register", [speaking.keys(view, CHILD_KEY, "k1", *EVERY_CLASS)])
    await speaking.send("register", [speaking.entry(view, CHILD_KEY, "k1")])
    is_open = asyncio.Event()
    loop = asyncio.get_running_loop()

    def script() -> str:
        with BlockingRegisterView.open(profile=speaking.reader()) as register:
            line = register.episode(view.episode)
            assert line is not None
            assert line in register.lines(status=EpisodeStatus.MISSING, area="E08000005")
            assert line in register.of_reference("E08000005", "RMBC-4471")
            fresh = register.freshness()  # hubs of other tests write to the same topics under trust keys of their own
            assert fresh.behind == fresh.waiting + fresh.refused
            loop.call_soon_threadsafe(is_open.set)
            return next(line.episode for line in register.changes() if line.episode == later.episode)

    reading = asyncio.create_task(asyncio.to_thread(script))
    async with asyncio.timeout(20):
        await is_open.wait()
    await asyncio.sleep(0.2)
    await speaking.send("register", [speaking.entry(later, CHILD_KEY, "k2")])
    async with asyncio.timeout(20):
        assert await reading == later.episode
