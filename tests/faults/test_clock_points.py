"""Every point at which the clock reads, decides, sends or writes is hit once, by a kill and by an error.

A report goes in whose duty falls due a moment later; the register, with the clock in it, is hit on the way. It is
started again by the hub's own supervisor, and the topics must show the duty raised, under one id, and nothing lost of
the report. Minutes long: `make faults`.
"""

from collections.abc import Iterator

import pytest

import deploy.supervisor
from tests.faults.points import CLOCK_POINTS, ENDS, Fault, Moment, is_pending, put_down, take_away
from tests.faults.test_every_point import name_of
from tests.kafka.clock.test_raising import all_raised, due_in, raised
from tests.kafka.way.judging import judge
from tests.kafka.way.town import SALFORD, Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_CALLS = {"send all": (1, 2, 3, 4, 6), "list a child": (1, 2), "note a change": (1, 2), "look at a child": (1, 2)}
"""Points that one duty comes by several times: which of the calls are hit. A raise is among the later sends."""
_ROUNDS = 4
_ALSO_ON_THE_WAY = ("send all", "write the store", "take an event")


def every_hit() -> Iterator[Fault]:
    """Each point, before and after it, at each of its calls, by each action."""
    for point in (*CLOCK_POINTS, *_ALSO_ON_THE_WAY):
        for moment in Moment:
            for call in _CALLS.get(point, (1,)):
                for action in ENDS:
                    yield Fault(point=point, moment=moment, call=call, action=action)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor waits longer after each end; here every end is ours."""
    monkeypatch.setattr(deploy.supervisor, "LONGEST_PAUSE_SECONDS", 0.1)


@pytest.mark.parametrize("fault", tuple(every_hit()), ids=name_of)
async def test_a_clock_that_is_hit_raises_everything_once(town: Town, fault: Fault) -> None:
    put_down(town.faults, "register", fault)
    try:
        if fault.point == "catch up":
            await town.hub.supervisor.child("register").kill()
        for _ in range(_ROUNDS):
            when, report = due_in(3)
            (sent,) = await town.shared_installation(SALFORD).send(report)
            await all_raised(town, {sent: when})
            await judge(town, SALFORD, [sent])
            assert len({record.id for record in raised(town, sent, when)}) == 1
            if not is_pending(town.faults, "register"):
                return
        pytest.fail(f"the clock never came to this call: {name_of(fault)}")
    finally:
        take_away(town.faults, "register")
