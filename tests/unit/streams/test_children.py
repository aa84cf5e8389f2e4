"""Opened children are kept within bounds: of children, and of the events of all of them."""

from pathlib import Path

import pytest

from hub.ids import ChildId
from streams import children
from tests.unit.review.hub_in_memory import BEGAN, HubInMemory
from tests.unit.streams.test_rebuild import CHILDREN, MEMBERS, ROCHDALE, minutes, report


async def test_children_with_many_events_are_closed_before_there_are_many_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "OPENED_EVENTS", 6)
    monkeypatch.setattr(children, "IN_HAND", 2)
    hub = HubInMemory(tmp_path, MEMBERS)
    for number in range(CHILDREN):
        hub.accept(ROCHDALE, report(number), BEGAN + minutes(number))
    await hub.settle()
    found = {ChildId(hub.child(ROCHDALE, f"R-{number}")) for number in range(CHILDREN)}
    places = {
        ChildId(kept.key.decode()): partition
        for partition in range(8)
        for kept in hub.broker.log("events", partition)
        if kept is not None
    }
    for child in sorted(found):
        kept = hub._registers[hub._whose[places[child]]]._children
        opened = kept.events(places[child], child)
        assert len(opened) > 1
        assert child in kept._opened, "whoever is in hand stays open"
        assert len(kept._opened) <= 2 or sum(map(len, kept._opened.values())) <= 6
        assert opened.keys() == dict(kept._store.sealed_events(places[child], child)).keys()
