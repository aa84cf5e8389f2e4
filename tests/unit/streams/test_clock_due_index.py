"""The index of who is due when, on a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ids import ChildId, EventId
from streams.child_store import ChildStore
from streams.due_index import DueIndex
from tests.searching import examples

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChildStore]:
    opened = ChildStore(tmp_path / "children")
    yield opened
    opened.close()


def child(number: int) -> ChildId:
    return ChildId(f"child-{number}")


def test_who_is_due_comes_in_the_order_of_time(store: ChildStore) -> None:
    index = DueIndex(store)
    for number in (3, 1, 2):
        index.put(0, child(number), NOON + number * SECOND)
    assert index.due(0, NOON, 10) == []
    assert [name for name, _ in index.due(0, NOON + 2 * SECOND, 10)] == [child(1), child(2)]
    assert [name for name, _ in index.due(0, NOON + 9 * SECOND, 1)] == [child(1)]
    assert [name for name, _ in index.due(0, NOON + 9 * SECOND, 10, {child(1)})] == [child(2), child(3)]
    assert index.due(1, NOON + 9 * SECOND, 10) == []


def test_a_child_stands_in_it_once(store: ChildStore) -> None:
    index = DueIndex(store)
    index.put(0, child(1), NOON)
    assert index.due(0, NOON, 10) == [(child(1), NOON)]
    index.put(0, child(1), NOON + SECOND)
    assert index.due(0, NOON, 10) == []
    assert index.listed(0, child(1)) == NOON + SECOND
    index.put(0, child(1), None)
    assert index.due(0, NOON + 9 * SECOND, 10) == []
    assert index.listed(0, child(1)) is None


def test_nothing_is_looked_at_before_its_time(store: ChildStore) -> None:
    index = DueIndex(store)
    index.put(0, child(1), NOON + timedelta(microseconds=1))
    assert index.due(0, NOON, 10) == []
    assert index.due(0, NOON + timedelta(milliseconds=1), 10)


def test_it_is_written_with_the_events_and_survives(tmp_path: Path) -> None:
    store = ChildStore(tmp_path / "children")
    store.put(0, child(1), EventId("event"), b"sealed")
    DueIndex(store).put(0, child(1), NOON)
    store.close()
    again = ChildStore(tmp_path / "children")
    assert DueIndex(again).due(0, NOON, 10) == [(child(1), NOON)]
    assert list(again.children(0)) == [child(1)]
    again.close()


_PUTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 4), st.none() | st.integers(0, 20), st.booleans()), max_size=30
)


@settings(derandomize=True, max_examples=examples(25), deadline=None)
@given(puts=_PUTS, now=st.integers(0, 20))
def test_it_says_what_a_plain_dictionary_would(
    tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[int, int, int | None, bool]], now: int
) -> None:
    store = ChildStore(tmp_path_factory.mktemp("due") / "children")
    index = DueIndex(store)
    plain: dict[tuple[int, ChildId], datetime] = {}
    for partition, number, seconds, looks in puts:
        at = None if seconds is None else NOON + seconds * SECOND
        index.put(partition, child(number), at)
        plain.pop((partition, child(number)), None)
        if at is not None:
            plain[partition, child(number)] = at
        if looks:
            index.due(partition, NOON + now * SECOND, 3)
    for partition in (0, 1):
        wanted = sorted((at, name) for (there, name), at in plain.items() if there == partition)
        found = index.due(partition, NOON + now * SECOND, 99)
        assert [(at, name) for name, at in found] == [each for each in wanted if each[0] <= NOON + now * SECOND]
    store.close()
