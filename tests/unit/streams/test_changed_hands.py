"""Partitions that come and go while a register waits for them, or walks over their children."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import pytest

from hub.ids import ChildId
from streams.child_store import ChildStore
from streams.clock import Clock
from streams.register import Register
from streams.walk import Walk
from tests.unit.review.hub_in_memory import PARTITIONS, HubInMemory
from tests.unit.streams.test_rebuild import told_hub

BOTH, ONE, OTHER, NONE = frozenset({1, 2}), frozenset({1}), frozenset({3}), frozenset[int]()


class Arrivals:
    """Which partitions have caught up."""

    def __init__(self) -> None:
        self.caught_up: set[int] = set()
        self.waited_for: list[frozenset[int]] = []

    async def wait(self, partitions: Iterable[int], is_wanted: Callable[[], bool]) -> bool:
        self.waited_for.append(frozenset(partitions))
        while is_wanted() and not self.caught_up.issuperset(partitions):  # noqa: ASYNC110 - as it waits for a disk
            await asyncio.sleep(0)
        return is_wanted()


async def some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def taking_over(tmp_path: Path) -> AsyncIterator["Taking"]:
    """A clock, what it waits for, and the partitions that it said it is ready for."""
    async with told_hub(tmp_path) as hub:
        clock, arrivals = hub.registers()[0]._clock, Arrivals()
        said: list[frozenset[int]] = []
        clock._caught_up = arrivals  # type: ignore[assignment]
        clock._say_ready = lambda: said.append(clock.ready)
        task = asyncio.create_task(clock._take_over())
        yield clock, arrivals, said
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


Taking = tuple[Clock, Arrivals, list[frozenset[int]]]


async def test_a_clock_is_ready_for_what_is_here_when_it_has_caught_up(taking_over: Taking) -> None:
    clock, arrivals, said = taking_over
    clock.changed_hands(BOTH)
    await some_turns()
    assert not clock.ready
    arrivals.caught_up |= BOTH
    await some_turns()
    assert (clock.ready, said) == (BOTH, [BOTH])
    clock.changed_hands(ONE)
    assert not clock.ready
    await some_turns()
    assert (clock.ready, said) == (ONE, [BOTH, ONE])


async def test_a_clock_is_never_ready_for_what_went_while_it_waited(taking_over: Taking) -> None:
    clock, arrivals, said = taking_over
    clock.changed_hands(BOTH)
    await some_turns()
    clock.changed_hands(NONE)
    arrivals.caught_up |= BOTH
    await some_turns()
    assert (clock.ready, said) == (NONE, [])


async def test_a_clock_waits_no_longer_for_what_went_and_will_never_catch_up(taking_over: Taking) -> None:
    clock, arrivals, said = taking_over
    clock.changed_hands(BOTH)
    await some_turns()
    arrivals.caught_up |= OTHER
    clock.changed_hands(NONE)
    clock.changed_hands(OTHER)
    await some_turns()
    assert arrivals.waited_for == [BOTH, OTHER]
    assert (clock.ready, said) == (OTHER, [OTHER])


def children_of(register: Register) -> list[tuple[int, ChildId]]:
    return [(number, child) for number in range(PARTITIONS) for child in list(register._store.children(number))]


def with_most_children(hub: HubInMemory) -> Register:
    return max(hub.registers(), key=lambda register: len(children_of(register)))


async def walked(hub: HubInMemory, *, gone_after: int | None) -> tuple[list[tuple[int, ChildId]], list[int]]:
    """The children that a walk after a change of the rules looked at, and the partitions that it marked."""
    register = with_most_children(hub)
    here = {partition for partition, _ in children_of(register)}
    looked_at: list[tuple[int, ChildId]] = []

    async def look(partition: int, child: ChildId) -> None:
        looked_at.append((partition, child))
        if len(looked_at) == gone_after:
            here.discard(partition)

    walk = Walk(
        store=register._store,
        turn=asyncio.Lock(),
        ready=lambda: frozenset(here),
        gone_by=lambda: b"other rules",
        waits=lambda _partition, _child: False,
        look=look,
    )
    walk.start()
    walk.changed()
    async with asyncio.timeout(60):
        while not marked(register._store) >= here:  # noqa: ASYNC110 - a store raises no event
            await asyncio.sleep(0)
    await walk.stop()
    return looked_at, sorted(marked(register._store))


def marked(store: ChildStore) -> set[int]:
    return {number for number in range(PARTITIONS) if store.mark(f"looked at/{number}") == b"other rules"}


async def test_a_walk_looks_at_every_child_once_and_marks_the_partitions(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        every = children_of(with_most_children(hub))
        looked_at, walked_over = await walked(hub, gone_after=None)
    assert every
    assert looked_at == every
    assert walked_over == sorted({number for number, _ in every})


async def test_a_walk_does_not_go_on_over_a_partition_that_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told_hub(tmp_path) as hub:
        register = with_most_children(hub)
        store, children = register._store, register._store.children
        first, *others = sorted({partition for partition, _ in children_of(register)})
        twice = list(children(first)) * 3
        monkeypatch.setattr(type(store), "children", lambda _, at: twice if at == first else children(at))
        looked_at, walked_over = await walked(hub, gone_after=1)
    assert [number for number, _ in looked_at].count(first) == 1
    assert walked_over == others, "the one that went is not marked: it is walked over when it comes back"
