"""Every point at which the clock reads, decides, sends or writes is hit once, by a kill and by an error.

A report goes in whose duty falls due a moment later; the register, with the clock in it, is hit on the way. It is
started again by the hub's own supervisor, and the topics must show the duty raised, under one id, and nothing lost of
the report. Minutes long: `make faults`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import deploy.processes
from tests.faults.points import CLOCK_POINTS, ENDS, POINTS, Fault, Moment, is_pending, put_down, take_away
from tests.faults.test_every_point import name_of
from tests.kafka.clock.test_raising import all_raised, due_in, raised
from tests.kafka.way.judging import judge
from tests.kafka.way.town import SALFORD, Town

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_ROOT = Path(__file__).parents[2]
_CALLS = {"send all": (1, 2, 3, 4, 6), "list a child": (1, 2), "note a change": (1, 2), "look at a child": (1, 2)}
"""Points that one duty comes by several times: which of the calls are hit. A raise is among the later sends."""
_ALSO_ON_THE_WAY = ("send all", "write the store", "take an event")
_NOTHING_TO_HIT = {"sleep", "gather", "wait", "send"}
"""Awaits that hold nothing in hand: pauses, the process's end, a wait for partitions, asking for the time."""


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
    monkeypatch.setattr(deploy.processes, "LONGEST_PAUSE_SECONDS", 0.1)


@pytest.mark.parametrize("fault", tuple(every_hit()), ids=name_of)
async def test_a_clock_that_is_hit_raises_everything_once(town: Town, fault: Fault) -> None:
    when, report = due_in(3)
    put_down(town.faults, "register", fault)
    try:
        if fault.point == "catch up":
            await town.hub.supervisor.child("register").kill()
        (sent,) = await town.shared_installation(SALFORD).send(report)
        await all_raised(town, {sent: when})
        await judge(town, SALFORD, [sent])
        assert len({record.id for record in raised(town, sent, when)}) == 1
        if is_pending(town.faults, "register"):
            pytest.skip(f"one duty does not come to this call: {name_of(fault)}")
    finally:
        take_away(town.faults, "register")


def test_every_await_of_the_clock_is_a_point() -> None:
    """Generated from the code: whatever the clock awaits is hit above, or holds nothing in hand."""
    tree = ast.parse((_ROOT / "streams" / "clock.py").read_text())
    awaited = {
        node.value.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Await)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
    }
    hit = {attribute.split(".")[-1] for _, attribute in (*POINTS.values(), *CLOCK_POINTS.values())}
    assert awaited <= hit | _NOTHING_TO_HIT, awaited - hit - _NOTHING_TO_HIT


def test_every_point_of_the_clock_exists() -> None:
    for module, attribute in CLOCK_POINTS.values():
        assert attribute.split(".")[-1] in (_ROOT / f"{module.replace('.', '/')}.py").read_text()
