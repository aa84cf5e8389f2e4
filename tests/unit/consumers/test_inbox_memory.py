"""What a mailbox reader must not forget."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consumers.errors import MemoryInUse, MemoryUnusable
from consumers.inbox_memory import KEPT, MOST_PAIRS, InboxMemory, acted_on
from hub.ids import derived_id
from hub.messages import WireMessage
from hub.signing import CHAIN_START
from schemas.records import Acknowledgement, Notice

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[InboxMemory]:
    with InboxMemory(tmp_path / "inbox.sqlite") as opened:
        yield opened


def notice(number: int) -> Notice:
    return Notice(
        notice_id=derived_id(str(number), "notice"),
        episode_id=derived_id(str(number), "episode"),
        reference="HW",
        purpose="p",
        recipient="E08000005",
        desk="duty",
        what_happened="",
        asked_of_you="",
        cause=derived_id(str(number), "cause"),
        rules_version="1",
        directory_version=1,
        issued_at=NOW,
    )


def test_a_handled_id_is_known_in_the_next_life(tmp_path: Path) -> None:
    file = tmp_path / "inbox.sqlite"
    with InboxMemory(file) as first:
        first.handle("a", NOW)
        assert first.is_handled("a")
    with InboxMemory(file) as second:
        assert second.is_handled("a")
        assert not second.is_handled("b")


def test_ids_are_kept_longer_than_a_mailbox_keeps_its_records(memory: InboxMemory) -> None:
    memory.handle("old", NOW - KEPT - timedelta(days=1))
    memory.handle("new", NOW - timedelta(days=31))
    memory.forget_before(NOW)
    assert not memory.is_handled("old")
    assert memory.is_handled("new")


def test_fetched_is_batched_to_what_one_message_carries(memory: InboxMemory) -> None:
    memory.owe(map(notice, range(MOST_PAIRS + 20)), Acknowledgement.FETCHED, NOW, role=None, by=None)
    first = memory.next_owed(fetched=True)
    assert first is not None
    assert len(first.record.pairs) == MOST_PAIRS
    memory.settle(first)
    second = memory.next_owed(fetched=True)
    assert second is not None
    assert len(second.record.pairs) == 20
    memory.settle(second)
    assert memory.next_owed(fetched=True) is None


def test_different_roles_and_times_are_different_messages(memory: InboxMemory) -> None:
    memory.owe([notice(1)], Acknowledgement.OPENED, NOW, role="duty", by=None)
    memory.owe([notice(2)], Acknowledgement.OPENED, NOW, role="manager", by=None)
    memory.owe([notice(3)], Acknowledgement.OPENED, NOW, role="duty", by=None)
    memory.owe([notice(1)], Acknowledgement.TAKEN, NOW, role="duty", by=NOW + timedelta(hours=1))
    sent = []
    while (owed := memory.next_owed(fetched=False)) is not None:
        sent.append((owed.record.layer, owed.record.role, owed.record.by, len(owed.record.pairs)))
        memory.settle(owed)
    assert sent == [
        (Acknowledgement.OPENED, "duty", None, 2),
        (Acknowledgement.OPENED, "manager", None, 1),
        (Acknowledgement.TAKEN, "duty", NOW + timedelta(hours=1), 1),
    ]


def test_what_was_signed_is_kept_byte_for_byte_until_the_broker_has_it(memory: InboxMemory) -> None:
    wire = WireMessage(
        topic="inbound", key=b"E08000005", headers=(("ce_id", b"x"), ("signature", b"ab")), value=b"\x00"
    )
    assert memory.last_of_chain("key") == (0, CHAIN_START)
    memory.keep_signed("key", 1, b"link", wire)
    assert memory.outgoing("key") == ((1, wire),)
    assert memory.outgoing("another key") == ()
    memory.confirmed("key", 1)
    assert memory.outgoing("key") == ()
    assert memory.last_of_chain("key") == (1, b"link")


def test_one_file_serves_one_process_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "inbox.sqlite"
    with InboxMemory(file), pytest.raises(MemoryInUse, match="another process"), InboxMemory(file):
        pass
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["file", "folder"])
def test_a_memory_that_cannot_be_used_is_named_with_what_to_do(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "inbox" / "handled.sqlite"
    if damage == "file":
        file.parent.mkdir()
        file.write_bytes(b"no database at all, and longer than a header of one would be" * 20)
    else:
        file.parent.touch()
    with pytest.raises(MemoryUnusable, match="make room") as found, InboxMemory(file):
        pass
    assert found.value.file == file
    if damage == "file":
        with pytest.raises(MemoryUnusable, match="make room"):
            acted_on(file)


def test_a_disk_that_takes_no_more_is_said_of_the_memory(memory: InboxMemory) -> None:
    memory._database.execute("pragma max_page_count = 1")
    with pytest.raises(MemoryUnusable, match="full"):
        memory.owe(map(notice, range(MOST_PAIRS)), Acknowledgement.FETCHED, NOW, role=None, by=None)
