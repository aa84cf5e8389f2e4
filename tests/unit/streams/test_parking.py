"""A record over which the register dies: whose it is is known, and once parked it is no part of its child any more."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub.ids import ChildId, EventId
from hub.messages import WireMessage
from streams import rebuild
from streams.arrivals import Arrival
from streams.behind import Behind
from streams.child_store import ChildStore
from streams.in_hand import InHand
from streams.processor import Joining
from streams.register import Register
from streams.what_stands import Record, WhatStands
from tests.unit.consumers.register import IDS
from tests.unit.review.hub_in_memory import PARTITIONS, HubInMemory
from tests.unit.streams.test_rebuild import CHILDREN, NOW, POLICE, ROCHDALE, minutes, report, told_hub

CHILD = ChildId("0192f7c1-6d5e-7a3b-8c4d-000000000001")


def test_it_is_known_for_which_records_a_child_is_behind_the_newest_first(tmp_path: Path) -> None:
    store = ChildStore(tmp_path / "store")
    behind = Behind(store, PARTITIONS)
    for offset in (7, 9, 9, 8):
        behind.put(0, CHILD, offset)
    seen = []
    while (newest := behind.newest(0, CHILD)) is not None:
        seen.append(newest)
        behind.take_back(0, CHILD, newest)
    assert seen == [9, 8, 7]
    assert list(behind.of(0)) == [CHILD], "it is to be looked at all the same"
    store.close()


def test_of_a_partition_that_fills_the_newest_alone_is_known(tmp_path: Path) -> None:
    store = ChildStore(tmp_path / "store")
    behind = Behind(store, PARTITIONS)
    behind.fill(0)
    for offset in (7, 9):
        behind.put(0, CHILD, offset)
    assert behind.newest(0, CHILD) == 9
    behind.take_back(0, CHILD, 9)
    assert behind.newest(0, CHILD) is None
    assert list(behind.of(0)) == [CHILD]
    store.close()


async def test_what_is_read_anew_of_the_register_leaves_it_known_what_a_worker_was_going_on_with(
    tmp_path: Path,
) -> None:
    async def nothing() -> AsyncIterator[list[Record]]:
        no_records: list[list[Record]] = []
        for each in no_records:
            yield each

    store = ChildStore(tmp_path / "store")
    behind = Behind(store, PARTITIONS)
    behind.goes_on(1)
    store.write()
    assert not await WhatStands(store, IDS, nothing).begin(), "a mark is no entry"
    assert Behind(store, PARTITIONS).was_going_on(1)
    store.close()


def test_what_is_taken_back_is_that_very_record_and_no_other_under_its_id(tmp_path: Path) -> None:
    store = ChildStore(tmp_path / "store")
    store.put(0, CHILD, EventId("one"), b"first")
    store.take_back(0, CHILD, EventId("one"), b"a repeat")
    assert list(store.sealed_events(0, CHILD)) == [("one", b"first")]
    store.take_back(0, CHILD, EventId("one"), b"first")
    assert list(store.sealed_events(0, CHILD)) == []
    store.close()


def stands_at(hub: HubInMemory, event: EventId) -> Arrival:
    """A record of the log of events, by its id."""
    (place,) = (
        (number, offset)
        for number in range(PARTITIONS)
        for offset, kept in enumerate(hub.broker.log("events", number))
        if kept is not None and dict(kept.headers).get("ce_id") == event.encode()
    )
    return hub._arrival("events", *place)


def as_it_stands(arrival: Arrival) -> WireMessage:
    """For the operators, who have no key here."""
    return WireMessage(topic="quarantine", key=arrival.key, headers=arrival.headers, value=arrival.value)


async def stored(hub: HubInMemory, register: Register, arrival: Arrival) -> None:
    """Have the register store what stands up to this, and look at nobody yet."""
    first = register.position(arrival.partition) or 0
    stretch = [hub._arrival("events", arrival.partition, offset) for offset in range(first, arrival.offset + 1)]
    await register.process(stretch, more_follow=True, joining=Joining())


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_parked_record_is_kept_by_the_operators_and_nobody_is_told_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_stored: bool
) -> None:
    async with told_hub(tmp_path) as hub:
        before = hub.entries()
        doomed = hub.accept(ROCHDALE, report(CHILDREN), NOW)
        await hub.identify()
        arrival = stands_at(hub, doomed)
        register = hub.registers()[arrival.partition % 2]
        if is_stored:
            await stored(hub, register, arrival)
            assert register._rebuild.behind.newest(arrival.partition, ChildId(arrival.key.decode())) == arrival.offset
        monkeypatch.setattr(register._records, "parked", as_it_stands)
        await register.park(arrival, more_follow=False)
        assert [kept.value for kept in hub.broker.all("quarantine")] == [arrival.value]
        hub._committed[arrival.partition] = arrival.offset + 1
        after = hub.accept(ROCHDALE, report(CHILDREN + 1), NOW + minutes(1))
        await hub.settle()
        causes = {dict(kept.headers).get("ce_cause") for kept in hub.broker.all(f"inbox.{POLICE}")}
        assert after.encode() in causes
        assert doomed.encode() not in causes
        assert len(hub.entries()) == len(before) + 1
        assert not any(register._rebuild.behind.has(number) for number in range(PARTITIONS))


async def test_a_look_at_one_child_absolves_no_record_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told_hub(tmp_path / "hub") as hub:
        children = [(register, number) for register in hub.registers() for number in range(PARTITIONS)]
        register, partition = max(children, key=lambda place: len(list(place[0]._store.children(place[1]))))
        last = len(hub.broker.log("events", partition)) - 1
        file = tmp_path / "in-hand"
        for _ in range(2):
            hand = InHand(file, PARTITIONS)
            hand.take([(partition, last)])
            hand.close()
        hand = InHand(file, PARTITIONS)
        hand.take([(partition, last)])
        for offset, child in enumerate(register._store.children(partition)):
            register._rebuild.behind.put(partition, child, offset)
        strikes = []

        async def looked_at(number: int, lot: list[ChildId]) -> None:
            del number, lot
            strikes.append(hand.strikes(partition, last))

        def gets_on(*, absolves: bool = True) -> None:
            if absolves:
                hand.gets_on()

        monkeypatch.setattr(register._rebuild.lots, "hand_back", looked_at)
        monkeypatch.setattr(register, "_app", SimpleNamespace(progressed=gets_on, hand=hand))
        await register._rebuild.finish(partition, register._outbound)
        hand.close()
    assert strikes
    assert set(strikes) == {2}
    assert len(strikes) > 1


@pytest.mark.parametrize("deaths", [0, 1, 2])
async def test_of_many_one_at_a_time_is_looked_at_once_processes_died_among_them_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    monkeypatch.setattr(rebuild, "_MANY", 1)
    async with told_hub(tmp_path / "hub") as hub:
        places = [(register, number) for register in hub.registers() for number in range(PARTITIONS)]
        register, partition = max(places, key=lambda place: len(list(place[0]._store.children(place[1]))))
        last = len(hub.broker.log("events", partition)) - 1
        file = tmp_path / "in-hand"
        for _ in range(deaths):
            hand = InHand(file, PARTITIONS)
            hand.take([(partition, last)])
            hand.blame_any()
            hand.close()
        hand = InHand(file, PARTITIONS)
        hand.take([(partition, last)])
        for offset, child in enumerate(register._store.children(partition)):
            register._rebuild.behind.put(partition, child, offset)
        register._rebuild.behind.goes_on(partition)  # a worker ended over them: they come before reports
        lots = []

        async def looked_at(number: int, lot: list[ChildId]) -> None:
            lots.append((len(lot), hand._blamed[0] == number))

        monkeypatch.setattr(register._rebuild.lots, "hand_back", looked_at)
        monkeypatch.setattr(register, "_app", SimpleNamespace(progressed=lambda **_: None, hand=hand))
        await register._rebuild.finish(partition, register._outbound)
        hand.close()
    count = sum(size for size, _ in lots)
    assert count > 1
    assert lots == ([(1, True)] * count if deaths == 2 else [(count, False)])
