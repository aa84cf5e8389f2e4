"""What several register workers show adds up to each child once, whoever had it before and whoever has it now."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from schemas.records import LinkDecision
from streams.held_counts import Figure
from streams.metrics import REGISTER_ENTRIES
from tests.unit.review.hub_in_memory import PARTITIONS, HubInMemory
from tests.unit.review.two_children import MEMBERS, NIGHTS, Night, tell
from tests.unit.streams.test_rebuild import BATCH, CHILDREN, NOW, ROCHDALE, minutes, report, returned, told_hub

EVERY = range(PARTITIONS)


def shown(hub: HubInMemory) -> Counter[Figure]:
    """What the register workers show, added up; what is nought is left out."""
    total: Counter[Figure] = Counter()
    for register in hub.registers():
        counts = register._counts
        figures = {figure for counted in counts._counts.values() for figure in counted}
        assert all(counts.shown(figure) >= 0 for figure in figures)
        total.update({figure: counts.shown(figure) for figure in figures})
    return +total


def entries_shown(hub: HubInMemory) -> Counter[str]:
    """Of that the entries, by status."""
    return Counter({labels[0]: count for (gauge, labels), count in shown(hub).items() if gauge is REGISTER_ENTRIES})


def entries(hub: HubInMemory) -> Counter[str]:
    """The entries that stand in the register as a reader has it, by status."""
    return Counter(entry.status.value for entry in hub.entries().values())


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_what_a_worker_no_longer_holds_is_out_of_its_gauges_at_once_and_back_when_it_has_caught_up(
    tmp_path: Path,
) -> None:
    async with told_hub(tmp_path) as hub:
        for register in hub.registers():
            register.changed_hands(frozenset(EVERY), frozenset())
        assert value("homeward_register_entries", status="missing") == 0
        assert value("homeward_return_interviews", what="owed") == 0
        statuses = {
            register: [json.loads(said)["status"] for _, said in register._store.marks("entry/")]
            for register in hub.registers()
        }
        fuller = max(hub.registers(), key=lambda register: len(statuses[register]))
        for partition in EVERY:
            fuller.caught_up(partition)
        assert statuses[fuller]
        for status in statuses[fuller]:
            assert value("homeward_register_entries", status=status) == statuses[fuller].count(status)


async def test_partitions_that_go_and_come_back_leave_every_child_counted_once(tmp_path: Path) -> None:
    async with told_hub(tmp_path / "handed") as handed, told_hub(tmp_path / "never") as never:
        for turn, handed_over in enumerate((range(4), EVERY, EVERY)):
            before = shown(handed)
            for partition in handed_over:
                handed.hand_over(partition)
            assert shown(handed) < before, "nobody has caught up with them"
            later = NOW + minutes(turn)
            for hub in (handed, never):
                await hub.settle(batch=BATCH)
            assert entries_shown(handed) == entries(handed)
            assert shown(handed) == shown(never)
            for hub in (handed, never):
                hub.accept(ROCHDALE, report(CHILDREN + turn), later)
                hub.accept(ROCHDALE, returned(CHILDREN // 2 + turn, later), later)
                await hub.settle(batch=BATCH)
            assert entries_shown(handed) == entries(handed)
            assert entries(handed).total() == CHILDREN + turn + 1
            assert shown(handed) == shown(never)


async def test_a_partition_that_is_read_again_counts_once_it_is_read(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before = shown(hub)
        assert before
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        assert shown(hub) == before


@pytest.mark.parametrize("decisions", [(LinkDecision.SAME,), (LinkDecision.SAME, LinkDecision.SPLIT)], ids=len)
@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: night.name)
async def test_an_episode_that_came_to_another_child_counts_there_alone(
    tmp_path: Path, night: Night, decisions: Sequence[LinkDecision]
) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        await tell(hub, night, decisions, 64)
        assert entries_shown(hub) == entries(hub)
        hub.lose_the_stores()
        await hub.settle()
        assert entries_shown(hub) == entries(hub)


async def test_marks_that_name_no_child_yet_count_as_the_child_whose_key_it_is(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before = shown(hub)
        for register in hub.registers():
            for name, said in list(register._store.marks("entry/")):
                old = {field: value for field, value in json.loads(said).items() if field != "child"}
                register._store.set_mark(name, json.dumps(old).encode())
                register._store.set_mark("entry/of nobody", json.dumps(old).encode())
            register._store.write()
        hub._forget_workers()
        await hub.settle()
        assert shown(hub) == before
        hub.accept(ROCHDALE, returned(CHILDREN - 1, NOW), NOW)
        await hub.settle()
        assert entries_shown(hub) == entries(hub)
