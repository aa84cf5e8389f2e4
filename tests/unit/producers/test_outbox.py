"""The outbox keeps what it was given, sends the urgent first, and never signs two things under one number."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.signing import CHAIN_START
from producers.errors import NotYetConnected, OutboxInUse, OutboxKeyRefused, OutboxRestored, OutboxUnwritable
from producers.outbox import PICK_ANEW_AFTER, UNANSWERED_AFTER, Outbox
from producers.outbox_rows import Answered, Changes, PickedRow, WaitingRow
from producers.picking import longest
from schemas.records import Finding
from tests.unit.producers.killing import folder_in_memory
from tests.unit.producers.outboxes import NOW, Clock, new_row, opened, seal

WINDOW = 16


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with opened(tmp_path) as outbox:
        yield outbox


def headers_of(row: PickedRow) -> dict[str, bytes | None]:
    return dict(row.wire.headers)


def test_the_most_urgent_go_first_and_among_equals_the_oldest(outbox: Outbox) -> None:
    given_in = [("later", 40), ("first", 90), ("soon", 40), ("second", 90)]
    outbox.transact(Changes(put=[new_row(text, priority=priority) for text, priority in given_in]))

    picked = outbox.transact(Changes(room=WINDOW), seal).picked

    assert [row.wire.value.split()[0] for row in picked] == [b"first", b"second", b"later", b"soon"]
    assert [row.sequence for row in picked] == [1, 2, 3, 4]


@settings(max_examples=25)
@given(priorities=st.lists(st.integers(0, 3), max_size=12), rooms=st.lists(st.integers(0, 5), max_size=8))
def test_numbers_and_links_have_no_gap_however_the_picking_is_cut(priorities: list[int], rooms: list[int]) -> None:
    with folder_in_memory() as folder, opened(folder) as outbox:
        outbox.transact(Changes(put=[new_row(priority=each) for each in priorities]))
        picked = [row for room in [*rooms, len(priorities)] for row in outbox.transact(Changes(room=room), seal).picked]
    assert [row.sequence for row in picked] == list(range(1, len(priorities) + 1))
    links = [headers_of(row)["ce_previous"] for row in picked]
    assert len(set(links)) == len(links)
    assert links[:1] in ([], [CHAIN_START])


def test_nothing_that_waits_can_be_read_on_the_disk(tmp_path: Path) -> None:
    with opened(tmp_path) as outbox:
        outbox.transact(Changes(put=[new_row("Zofia Testchild of Sample Street")]))
        for file in (tmp_path / "outbox").iterdir():
            assert b"Testchild" not in file.read_bytes()


def test_files_of_the_outbox_are_for_their_owner_alone(outbox: Outbox) -> None:
    outbox.transact(Changes(put=[new_row()]))
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in outbox.path.parent.iterdir()}
    assert set(modes.values()) == {"0o600"}, modes


def test_a_local_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "outbox" / "reports.sqlite3.key").chmod(0o640)
    with pytest.raises(OutboxKeyRefused, match="chmod 600"):
        opened(tmp_path)


@pytest.mark.parametrize("damage", ["removed", "replaced"])
def test_an_outbox_without_its_own_local_key_is_refused(tmp_path: Path, damage: str) -> None:
    opened(tmp_path).close()
    key = tmp_path / "outbox" / "reports.sqlite3.key"
    if damage == "removed":
        key.unlink()
    else:
        key.write_bytes(bytes(32))
    with pytest.raises(OutboxKeyRefused):
        opened(tmp_path)


def test_a_second_sender_is_told_who_has_the_outbox(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(OutboxInUse, match=r"process \d+ has it open"):
        opened(tmp_path)
    opened(tmp_path).close()


def test_a_row_dies_on_the_receipt_and_not_before(outbox: Outbox) -> None:
    (row,) = outbox.transact(Changes(put=[new_row()], room=1), seal).picked
    outbox.transact(Changes(taken=[row.number]))
    assert outbox.counts().taken == 1

    outbox.transact(Changes(answered=[Answered(first_id=row.first_id)]))
    assert outbox.counts().taken == 0
    assert outbox.expected() == {}


def test_an_acknowledgement_dies_on_the_brokers_word(outbox: Outbox) -> None:
    (row,) = outbox.transact(Changes(put=[new_row(is_answered=False)], room=1), seal).picked
    outbox.transact(Changes(taken=[row.number]))
    assert outbox.counts().taken == 0


def test_a_refused_report_is_kept_with_its_reasons_and_goes_out_anew(outbox: Outbox) -> None:
    reason = Finding(field="ce_keyid", rule="names a key that has expired", remedy="use the current key")
    (row,) = outbox.transact(Changes(put=[new_row()], room=1), seal).picked
    outbox.transact(Changes(answered=[Answered(first_id=row.first_id, is_refused=True, refused_because=[reason])]))

    (refused,) = outbox.refused()
    assert [(each.field, each.rule) for each in refused.findings] == [(reason.field, reason.rule)]
    assert outbox.send_again(refused.message_id)
    (again,) = outbox.transact(Changes(room=1), seal).picked
    assert (again.first_id, again.sequence) == (row.first_id, 2)
    assert again.message_id != row.message_id
    assert not outbox.give_up(row.first_id)


def test_what_was_signed_goes_out_byte_for_byte_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as outbox:
        picked = outbox.transact(Changes(put=[new_row(), new_row()], room=2), seal).picked
        outbox.transact(Changes(taken=[picked[0].number]))
    with opened(tmp_path) as outbox:
        assert outbox.unacknowledged() == picked[1:]
        assert set(outbox.expected()) == {row.message_id for row in picked}


def test_a_row_without_a_receipt_is_sent_again_the_same_and_then_ever_more_rarely(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock=clock) as outbox:
        (row,) = outbox.transact(Changes(put=[new_row()], room=1), seal).picked
        for patience in (UNANSWERED_AFTER, 2 * UNANSWERED_AFTER, 4 * UNANSWERED_AFTER):
            outbox.transact(Changes(taken=[row.number]))
            clock.now += patience
            assert outbox.transact(Changes(room=1), seal).picked == ()
            clock.now += timedelta(seconds=1)
            assert outbox.transact(Changes(room=1), seal).picked == (row,)


def test_a_row_that_no_broker_took_for_a_week_is_picked_anew_under_a_new_id(tmp_path: Path) -> None:
    clock = Clock()
    with opened(tmp_path, clock=clock) as outbox:
        (row,) = outbox.transact(Changes(put=[new_row()], room=1), seal).picked
        clock.now += PICK_ANEW_AFTER + timedelta(seconds=1)

        assert outbox.unacknowledged() == ()
        (anew,) = outbox.transact(Changes(room=1), seal).picked

        assert (anew.first_id, anew.sequence) == (row.first_id, 2)
        assert anew.message_id != row.message_id
        assert outbox.expected().keys() == {row.message_id, anew.message_id}


def test_a_row_that_was_taken_while_the_clock_was_ahead_is_sent_again_when_it_is_put_right(tmp_path: Path) -> None:
    clock = Clock(NOW + timedelta(days=365))
    with opened(tmp_path, clock=clock) as outbox:
        (row,) = outbox.transact(Changes(put=(new_row(),), room=1), seal).picked
        outbox.transact(Changes(taken=(row.number,)))
        clock.now = NOW
        assert outbox.transact(Changes(room=1), seal).picked == (row,)
        outbox.transact(Changes(taken=(row.number,)))
        for _ in range(10):  # from here on it waits as any other, ever longer and at most for most of a day
            assert outbox.transact(Changes(room=1), seal).picked == ()
            clock.now += longest(UNANSWERED_AFTER) + timedelta(seconds=1)
            assert outbox.transact(Changes(room=1), seal).picked == (row,)
            outbox.transact(Changes(taken=(row.number,)))


def test_a_row_that_was_signed_while_the_clock_was_ahead_is_picked_anew_when_it_is_put_right(
    tmp_path: Path,
) -> None:
    clock = Clock(NOW + timedelta(days=365))
    with opened(tmp_path, clock=clock) as outbox:
        (row,) = outbox.transact(Changes(put=(new_row(),), room=1), seal).picked
        clock.now = NOW + timedelta(days=364, hours=12)
        assert outbox.unacknowledged() == (row,), "half a day ahead is borne"
        clock.now = NOW
        assert outbox.unacknowledged() == ()
        (anew,) = outbox.transact(Changes(room=1), seal).picked
        assert anew.first_id == row.first_id
        assert anew.message_id != row.message_id


def test_rows_wait_when_they_cannot_be_sealed_and_the_rest_is_kept(outbox: Outbox) -> None:
    def no_key(_row: WaitingRow, _sequence: int, _link: bytes) -> NoReturn:
        raise NotYetConnected

    outcome = outbox.transact(Changes(put=[new_row()], position=7, room=1), no_key)

    assert isinstance(outcome.trouble, NotYetConnected)
    assert (outbox.counts().waiting, outbox.position()) == (1, 7)
    assert outbox.transact(Changes(room=1), seal).picked[0].sequence == 1


def test_a_row_that_the_local_key_does_not_open_holds_up_nobody(outbox: Outbox) -> None:
    outbox.transact(Changes(put=[new_row(priority=90), new_row()]))
    with sqlite3.connect(outbox.path) as other:
        other.execute("UPDATE message SET body = zeroblob(40) WHERE priority = 90")
    other.close()
    assert len(outbox.transact(Changes(room=2), seal).picked) == 1
    assert [row.findings[0].field for row in outbox.refused()] == ["outbox"]


class TestRestored:
    def backed_up(self, folder: Path) -> Path:
        with opened(folder) as outbox:
            outbox.transact(Changes(put=[new_row()], room=1), seal)
        return Path(shutil.copytree(folder / "outbox", folder / "backup"))

    def restore(self, folder: Path) -> None:
        shutil.rmtree(folder / "outbox")
        shutil.copytree(folder / "backup", folder / "outbox")

    def test_an_outbox_behind_its_mark_is_refused(self, tmp_path: Path) -> None:
        self.backed_up(tmp_path)
        with opened(tmp_path) as outbox:
            outbox.transact(Changes(put=[new_row()], room=1), seal)
        self.restore(tmp_path)
        with pytest.raises(OutboxRestored, match="make a new signing key"):
            opened(tmp_path)

    def test_a_copy_on_another_machine_is_refused(self, tmp_path: Path) -> None:
        self.backed_up(tmp_path)
        shutil.rmtree(tmp_path / "marks")
        with pytest.raises(OutboxRestored, match="mark"):
            opened(tmp_path)

    def test_a_new_outbox_under_a_used_key_is_refused(self, tmp_path: Path) -> None:
        self.backed_up(tmp_path)
        shutil.rmtree(tmp_path / "outbox")
        with pytest.raises(OutboxRestored):
            opened(tmp_path)

    def test_a_restore_to_where_it_was_is_no_harm(self, tmp_path: Path) -> None:
        self.backed_up(tmp_path)
        self.restore(tmp_path)
        with opened(tmp_path) as outbox:
            assert [row.sequence for row in outbox.unacknowledged()] == [1]

    def test_a_new_key_begins_a_new_chain_and_what_waited_gets_new_ids(self, tmp_path: Path) -> None:
        with opened(tmp_path) as outbox:
            outbox.transact(Changes(put=[new_row()]))
        shutil.copytree(tmp_path / "outbox", tmp_path / "backup")
        with opened(tmp_path) as outbox:
            (sent,) = outbox.transact(Changes(room=1), seal).picked
        self.restore(tmp_path)

        with opened(tmp_path, key_id="rochdale-2") as outbox:
            (again,) = outbox.transact(Changes(room=1), seal).picked

        assert (again.sequence, headers_of(again)["ce_previous"]) == (1, CHAIN_START)
        assert (again.first_id, again.message_id != sent.message_id) == (sent.first_id, True)

    def test_an_ordinary_change_of_key_keeps_the_ids(self, tmp_path: Path) -> None:
        row = new_row()
        with opened(tmp_path) as outbox:
            outbox.transact(Changes(put=[row]))
        with opened(tmp_path, key_id="rochdale-2") as outbox:
            (picked,) = outbox.transact(Changes(room=1), seal).picked
        assert (picked.message_id, picked.sequence) == (row.message_id, 1)


def test_a_full_disk_is_said_at_once_and_keeps_nothing_by_halves(outbox: Outbox) -> None:
    (pages,) = outbox._database.execute("PRAGMA page_count").fetchone()
    outbox._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutboxUnwritable, match="free space"):
        outbox.transact(Changes(put=[new_row("x" * 5_000) for _ in range(20)]))
    assert outbox.counts().waiting == 0

    outbox._database.execute(f"PRAGMA max_page_count = {100 * pages}")
    outbox.transact(Changes(put=[new_row("x" * 5_000)]))
    assert outbox.counts().waiting == 1


def test_many_rows_cost_one_commit(outbox: Outbox) -> None:
    statements: list[str] = []
    outbox._database.set_trace_callback(statements.append)
    outbox.transact(Changes(put=[new_row() for _ in range(200)], room=WINDOW), seal)
    assert statements.count("COMMIT") == 1
