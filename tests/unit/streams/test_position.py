"""How far a register's copy of the log comes: never past an event that it does not hold, wherever it is killed."""

from pathlib import Path

import pytest

from hub.ids import ChildId, EventId
from schemas.records import AgencyMessage, ExclusionSet, ExclusionState, RiskGrade
from streams.child_store import ChildStore
from tests.unit.review.hub_in_memory import BEGAN, Ended, HubInMemory
from tests.unit.streams.test_rebuild import MEMBERS, POLICE, ROCHDALE, graded, minutes, report, returned

EXCLUDED = ExclusionSet(
    child_ref="R-0",
    episode_ref="E-0",
    occurred_at=BEGAN + minutes(30),
    recorded_at=BEGAN + minutes(30),
    state=ExclusionState.SET,
    excluded_agency=POLICE,
    reason="sealed",
)


async def killed_while_it_takes(
    hub: HubInMemory, message: AgencyMessage, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int, ChildId]:
    """A register that ends when it is about to keep this message: whose partition it was, the register, the child."""
    hub.hears_the_time(BEGAN)
    hub.accept(ROCHDALE, report(0), BEGAN)
    await hub.settle()
    child = hub.child(ROCHDALE, "R-0")
    partition = next(n for n in range(8) for kept in hub.broker.log("events", n) if kept and kept.key == child.encode())
    whose = hub._whose[partition]
    hub._registers[whose]._children.forget()  # so many others were used since
    hub.accept(ROCHDALE, message, BEGAN + minutes(30))
    while await hub.identify():
        pass
    last = hub.broker.log("events", partition)[-1]
    assert last is not None
    real = ChildStore.put

    def put(self: ChildStore, partition: int, child: ChildId, event: EventId, sealed: bytes) -> None:
        if sealed == last.value:
            raise Ended
        real(self, partition, child, event, sealed)

    with monkeypatch.context() as patched:
        patched.setattr(ChildStore, "put", put)
        with pytest.raises(Ended):
            await hub._register(whose, 64)
    hub._forget_workers()  # what was not written is gone
    return partition, whose, child


async def there_and_back(hub: HubInMemory, partition: int) -> None:
    """Another register takes the partition over, and gives it back."""
    for _ in range(2):
        hub.hand_over(partition)
        await hub.settle()


async def test_an_event_is_in_the_copy_of_a_register_that_was_killed_with_it_in_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        back = returned(0, BEGAN + minutes(30))
        partition, whose, child = await killed_while_it_takes(hub, back, monkeypatch)
        await there_and_back(hub, partition)
        held = {event for event, _ in hub._registers[whose]._store.sealed_events(partition, child)}
        log = [kept for kept in hub.broker.log("events", partition) if kept and kept.key == child.encode()]
        assert {kept.header("ce_id") for kept in log} <= held


async def test_an_exclusion_that_a_register_was_killed_with_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        partition, _, _ = await killed_while_it_takes(hub, EXCLUDED, monkeypatch)
        await there_and_back(hub, partition)
        before = set(hub.inbox(POLICE))
        hub.accept(ROCHDALE, graded(0, RiskGrade.HIGH, BEGAN + minutes(60)), BEGAN + minutes(60))
        await hub.settle()
        assert not [seen.fields for name, seen in hub.inbox(POLICE).items() if name not in before and seen.fields]
