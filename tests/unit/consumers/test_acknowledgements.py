"""What somebody did with a notice is kept and sent, and what no message can say jams nothing."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from consumers import Inbox, InboxNotice, MemoryUnusable, ReadingEnded
from consumers.acknowledgements import Acknowledgements
from consumers.blocking import _Loop
from consumers.inbox_memory import InboxMemory
from consumers.mailbox_opening import MailboxOpening
from consumers.mailbox_share import MailboxShare
from hub.ids import AgencyId
from schemas.codec import SchemaIds, encode
from schemas.errors import UnencodableRecord
from schemas.records import Acknowledged, Acknowledgement, Notice
from tests.unit.consumers.test_inbox_memory import NOW, notice

IDS = SchemaIds.local()
NAIVE = NOW.replace(tzinfo=None)


class Kept:
    """A sender that keeps what can be sent at all."""

    def __init__(self) -> None:
        self.records: list[Acknowledged] = []

    async def send(self, record: Acknowledged) -> None:
        encode(record, IDS)
        self.records.append(record)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[InboxMemory]:
    with InboxMemory(tmp_path / "inbox.sqlite") as opened:
        yield opened


def in_hand(memory: InboxMemory, sender: Kept) -> InboxNotice:
    """A notice as the inbox hands it to a program; what reads the mailbox is not asked."""
    inbox = Inbox(
        agency=AgencyId("E08000005"),
        share=cast("MailboxShare", None),
        opening=cast("MailboxOpening", None),
        memory=memory,
        acknowledgements=Acknowledgements(memory, sender),
        ids=IDS,
    )
    return InboxNotice(record=notice(1), appended_at=NOW, _acknowledge=inbox._acknowledge)


@pytest.mark.parametrize("role,by", [("duty " * 40, None), ("duty", NAIVE), ("half \ud83d", None), (" ", None)])
async def test_what_no_message_can_say_is_refused_at_once_and_nothing_is_kept(
    memory: InboxMemory, role: str, by: datetime | None
) -> None:
    with pytest.raises(UnencodableRecord, match=r"role|by"):
        await in_hand(memory, Kept()).taken(role=role, by=by)
    assert memory.next_owed(fetched=False) is None


async def test_what_can_be_said_is_kept_and_sent(memory: InboxMemory) -> None:
    sender = Kept()
    shown = in_hand(memory, sender)
    await shown.opened(role="duty_social_worker")
    await shown.taken(role="duty_social_worker", by=datetime(2026, 3, 14, 14, tzinfo=UTC))
    await Acknowledgements(memory, sender).leave()
    assert [each.layer for each in sender.records] == [Acknowledgement.OPENED, Acknowledgement.TAKEN]


async def test_a_row_that_can_never_be_sent_holds_up_nothing_behind_it(memory: InboxMemory) -> None:
    memory.owe([notice(1)], Acknowledgement.TAKEN, NOW, role="duty", by=NAIVE)
    memory.owe([notice(2)], Acknowledgement.OPENED, NOW, role="duty", by=None)
    sender = Kept()
    await Acknowledgements(memory, sender).leave()
    assert [each.pairs[0].notice_id for each in sender.records] == [notice(2).notice_id]
    assert memory.next_owed(fetched=False) is None


async def test_a_notice_that_outlives_its_inbox_says_that_nothing_was_kept(tmp_path: Path) -> None:
    with InboxMemory(tmp_path / "inbox.sqlite") as memory:
        shown = in_hand(memory, Kept())
    with pytest.raises(MemoryUnusable, match="closed"):
        await shown.opened(role="duty")


def test_what_somebody_did_is_on_the_disk_and_what_was_fetched_costs_no_sync(memory: InboxMemory) -> None:
    def synchronous() -> int:
        return int(memory._database.execute("pragma synchronous").fetchone()[0])

    def owe(one: Notice, layer: Acknowledgement) -> None:
        memory.owe([one], layer, NOW, role=None, by=None)

    owe(notice(1), Acknowledgement.FETCHED)
    assert synchronous() == 1
    owe(notice(1), Acknowledgement.TAKEN)
    assert synchronous() == 2


def test_a_script_that_has_left_its_block_is_told_so() -> None:
    loop = _Loop()
    loop.close()
    with pytest.raises(ReadingEnded, match="open it again"):
        loop.result(asyncio.sleep(0))
