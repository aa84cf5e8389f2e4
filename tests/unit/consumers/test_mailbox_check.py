"""A reader finds out when something was withheld from its mailbox, and never cries wolf."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.mailbox_check import MailboxCheck
from hub.mailbox import Account
from schemas.records import MailboxStatement
from tests.searching import examples

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
IDS = [f"id {number}".encode() for number in range(40)]


def account(count: int) -> Account:
    """What the hub has counted of a mailbox that began with the first of the ids."""
    kept = Account()
    for offset in range(count):
        kept = kept.with_record(offset, IDS[offset])
    return kept


def statement(count: int) -> MailboxStatement:
    kept = account(count)
    return MailboxStatement(
        mailbox="E08000005", end_offset=kept.end, count=kept.count, rolling_hash=kept.rolling_hash, at=NOW
    )


OPENED: list[sqlite3.Connection] = []


@pytest.fixture(autouse=True)
def closed_at_the_end() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def check(file: str | Path = ":memory:") -> MailboxCheck:
    OPENED.append(sqlite3.connect(file, isolation_level=None))
    return MailboxCheck(OPENED[-1])


def give(to: MailboxCheck, offsets: Iterable[int]) -> None:
    for offset in offsets:
        to.given(offset, IDS[offset])


def test_the_first_statement_is_believed_and_the_next_is_checked() -> None:
    reader = check()
    give(reader, range(5, 12))
    assert not reader.stated(statement(10)).is_checked
    give(reader, range(12, 25))
    verdict = reader.stated(statement(20))
    assert (verdict.is_checked, verdict.agrees) == (True, True)
    assert (reader.missing, reader.disagreements) == (0, 0)


@pytest.mark.parametrize("withheld", [10, 14, 19])
def test_a_withheld_record_is_missed(withheld: int) -> None:
    reader = check()
    give(reader, range(10))
    reader.stated(statement(10))
    give(reader, (offset for offset in range(10, 22) if offset != withheld))
    verdict = reader.stated(statement(20))
    assert (verdict.is_checked, verdict.agrees, verdict.missing) == (True, False, 1)
    give(reader, range(22, 30))
    assert reader.stated(statement(30)).agrees, "after it was told once, what follows is in order"
    assert (reader.missing, reader.disagreements) == (1, 1)


def test_a_record_put_in_place_of_another_is_noticed() -> None:
    reader = check()
    give(reader, range(10))
    reader.stated(statement(10))
    give(reader, range(10, 15))
    reader.given(15, b"another id")
    give(reader, range(16, 20))
    verdict = reader.stated(statement(20))
    assert (verdict.agrees, verdict.missing) == (False, 0)


def test_what_two_runs_of_one_program_read_is_checked_as_one(tmp_path: Path) -> None:
    file = tmp_path / "inbox.sqlite"
    first = check(file)
    give(first, range(10))
    first.stated(statement(10))
    give(first, range(10, 15))
    second = check(file)
    give(second, range(13, 20))
    assert second.stated(statement(20)) == first_checked(20)


def first_checked(count: int) -> object:
    reader = check()
    give(reader, range(10))
    reader.stated(statement(10))
    give(reader, range(10, count))
    return reader.stated(statement(count))


def test_what_another_installation_read_meanwhile_is_not_called_missing() -> None:
    reader = check()
    give(reader, range(10))
    reader.stated(statement(10))
    reader.resume()
    give(reader, range(25, 32))
    assert not reader.stated(statement(30)).is_checked
    give(reader, range(32, 40))
    assert reader.stated(statement(39)).is_checked
    assert reader.disagreements == 0


@settings(derandomize=True, max_examples=examples(60), deadline=None)
@given(
    stops=st.sets(st.integers(1, 39), min_size=1, max_size=6),
    restarts=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 5)), max_size=4),
)
def test_an_honest_mailbox_is_never_doubted_whatever_is_read_again(
    stops: set[int], restarts: list[tuple[int, int]]
) -> None:
    reader = check()
    back = dict(restarts)
    for offset in range(40):
        reader.given(offset, IDS[offset])
        if offset in back:
            reader.resume()
            give(reader, range(max(0, offset - back[offset]), offset + 1))
        if offset in stops:
            reader.stated(statement(offset))
    assert (reader.missing, reader.disagreements) == (0, 0)
