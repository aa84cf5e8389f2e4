"""A mailbox on a real broker: shown once, verified, acknowledged."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consumers import Inbox, InboxNotice, InboxReceipt, MailboxBusy, MemoryInUse
from schemas.records import Acknowledged, Acknowledgement
from tests.kafka.conftest import RunningHub
from tests.kafka.consumers.speaking import SpeakingHub, new_signer

ROCHDALE = "E08000006"


class ProgramDied(Exception):
    """Stands for any error of the program that reads."""


@pytest.fixture
async def speaking(hub: RunningHub, tmp_path: Path) -> SpeakingHub:
    told = SpeakingHub(hub, ROCHDALE, tmp_path)
    await told.publish_directory()
    return told


async def read(speaking: SpeakingHub, memory: str = "inbox.sqlite") -> list[InboxNotice]:
    async with Inbox.open(profile=speaking.reader(memory)) as inbox:
        return [notice async for notice in inbox.notices(wait=False)]


async def die_over(speaking: SpeakingHub, reference: str) -> None:
    async with Inbox.open(profile=speaking.reader()) as inbox:
        async for notice in inbox:
            if notice.reference == reference:
                raise ProgramDied


async def test_a_notice_is_opened_and_shown(speaking: SpeakingHub) -> None:
    await speaking.tell(speaking.notice(1))
    (notice,) = await read(speaking)
    assert notice.record == speaking.notice(1)
    assert (notice.what_happened, notice.asked_of_you) == ("A child is missing (1).", "Ring the police.")
    assert notice.due_at == datetime(2026, 3, 14, 5, tzinfo=UTC)
    assert notice.is_action


async def test_a_repeat_is_shown_once_and_not_again_after_a_restart(speaking: SpeakingHub) -> None:
    await speaking.tell(speaking.notice(1), speaking.notice(1), speaking.notice(2))
    assert [notice.reference for notice in await read(speaking)] == ["HW-0001", "HW-0002"]
    await speaking.tell(speaking.notice(2), speaking.notice(3))
    assert [notice.reference for notice in await read(speaking)] == ["HW-0003"]


async def test_receipts_come_with_everything_and_not_with_notices(speaking: SpeakingHub) -> None:
    receipt = speaking.receipt()
    await speaking.tell(receipt, speaking.notice(1))
    async with Inbox.open(profile=speaking.reader()) as inbox:
        items = [item async for item in inbox.everything(wait=False)]
    assert [type(item) for item in items] == [InboxReceipt, InboxNotice]
    assert items[0].record == receipt


async def test_a_notice_over_which_the_program_died_is_shown_again(speaking: SpeakingHub) -> None:
    await speaking.tell(speaking.notice(1), speaking.notice(2))
    with pytest.raises(ProgramDied):
        await die_over(speaking, "HW-0002")
    assert [notice.reference for notice in await read(speaking)] == ["HW-0002"]


async def test_a_notice_that_a_program_was_done_with_is_not_shown_again(speaking: SpeakingHub) -> None:
    await speaking.tell(speaking.notice(1), speaking.notice(2))
    async with Inbox.open(profile=speaking.reader()) as inbox:
        async for _ in inbox:
            break
    assert [notice.reference for notice in await read(speaking)] == ["HW-0002"]


async def test_what_the_hub_did_not_sign_is_never_shown(speaking: SpeakingHub) -> None:
    forged = speaking.told(speaking.notice(1), signer=new_signer("register-forged"))
    await speaking.send("register", [forged, speaking.told(speaking.notice(2))])
    async with Inbox.open(profile=speaking.reader()) as inbox:
        notices = [notice async for notice in inbox.notices(wait=False)]
        assert inbox.refused >= 1
    assert [notice.reference for notice in notices] == ["HW-0002"]


async def test_fetched_goes_by_itself_and_batched(speaking: SpeakingHub) -> None:
    await speaking.tell(*(speaking.notice(number) for number in range(40)))
    assert len(await read(speaking)) == 40
    messages = await speaking.acknowledged(pairs=40)
    records = [message.record for message in messages if isinstance(message.record, Acknowledged)]
    assert {record.layer for record in records} == {Acknowledgement.FETCHED}
    assert {pair.notice_id for record in records for pair in record.pairs} == {
        speaking.notice(number).notice_id for number in range(40)
    }
    assert len(records) <= 3
    assert [message.sequence for message in messages] == list(range(1, len(messages) + 1))


async def test_opened_and_taken_name_a_role_and_a_time(speaking: SpeakingHub) -> None:
    by = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await speaking.tell(speaking.notice(1))
    async with Inbox.open(profile=speaking.reader()) as inbox:
        async for notice in inbox.notices(wait=False):
            await notice.opened(role="duty_social_worker")
            await notice.taken(role="duty_social_worker", by=by)
    messages = await speaking.acknowledged(pairs=3)
    records = [message.record for message in messages if isinstance(message.record, Acknowledged)]
    assert {(record.layer, record.role, record.by) for record in records} == {
        (Acknowledgement.FETCHED, None, None),
        (Acknowledgement.OPENED, "duty_social_worker", None),
        (Acknowledgement.TAKEN, "duty_social_worker", by),
    }


async def test_the_chain_goes_on_over_a_restart(speaking: SpeakingHub) -> None:
    for number in (1, 2):
        await speaking.tell(speaking.notice(number))
        await read(speaking)
    messages = sorted(await speaking.acknowledged(pairs=2), key=lambda message: message.sequence or 0)
    assert [message.sequence for message in messages] == [1, 2]
    assert messages[1].previous == messages[0].signing_digest


async def test_an_inbox_waits_for_what_comes_later(speaking: SpeakingHub) -> None:
    async with asyncio.timeout(20), Inbox.open(profile=speaking.reader()) as inbox:
        coming = anext(aiter(inbox))
        first = asyncio.ensure_future(coming)
        await speaking.tell(speaking.notice(7))
        assert (await first).reference == "HW-0007"


async def test_a_second_reader_is_told_and_takes_over_when_the_first_stops(speaking: SpeakingHub) -> None:
    async with Inbox.open(profile=speaking.reader()) as first:
        await speaking.tell(speaking.notice(1))
        await anext(aiter(first))
        with pytest.raises(MailboxBusy):
            await read(speaking, "second.sqlite")
    await speaking.tell(speaking.notice(2))
    assert [notice.reference for notice in await read(speaking, "second.sqlite")] == ["HW-0002"]


async def test_what_was_done_while_the_hub_did_not_answer_is_sent_when_it_does(
    speaking: SpeakingHub, hub: RunningHub
) -> None:
    await speaking.tell(speaking.notice(1))
    async with Inbox.open(profile=speaking.reader()) as inbox:
        notice = await anext(aiter(inbox))
        await speaking.acknowledged(pairs=1)
        hub.broker.pause()
        try:
            async with asyncio.timeout(2):
                await notice.opened(role="duty_social_worker")
        finally:
            hub.broker.resume()
        messages = await speaking.acknowledged(pairs=2, seconds=60)
    layers = [message.record.layer for message in messages if isinstance(message.record, Acknowledged)]
    assert layers == [Acknowledgement.FETCHED, Acknowledgement.OPENED]
    assert messages[1].previous == messages[0].signing_digest


async def test_one_memory_serves_one_process(speaking: SpeakingHub) -> None:
    async with Inbox.open(profile=speaking.reader()):
        with pytest.raises(MemoryInUse, match="another process"):
            async with Inbox.open(profile=speaking.reader()):
                pass
