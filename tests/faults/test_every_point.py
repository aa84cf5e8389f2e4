"""Every point at which a worker stores, sends, awaits or acknowledges is hit once, by a kill and by an error.

The list is made from `points.POINTS`. After each hit the worker is started again by the hub's own supervisor, and the
judge holds the topics against the reference: nothing missing, one plaintext an id, each notice visible once. Minutes
long: `make faults`.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest

import deploy.supervisor
from tests.faults.points import ENDS, POINTS, Fault, Moment, is_pending, put_down, take_away
from tests.kafka.way.judging import judge
from tests.kafka.way.town import SALFORD, Town, missing_report

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_ONLY = {
    "send all": ("intake", "register"),  # identity begins its sends in two parts; only parking sends all
    "answer": ("intake",),
    "decide": ("identity",),
    "make the keys": ("identity",),
    "flush the table": ("intake", "identity"),
    "write the store": ("register",),
    "bring up a child": ("register",),
    "tell of a child": ("register",),
    "publish a child": ("register",),
    "conclude": ("register",),
    "say who was told": ("register",),
    "notices are out": ("register",),
    "note the entries": ("register",),
    "take an event": ("register",),
}
_ROUNDS = 6
CALLS = {"send": (1, 2, 3, 5, 8), "send all": (1, 2, 3)}
"""Points that one report comes by several times: which of the calls are hit."""


def every_hit() -> Iterator[tuple[str, Fault]]:
    """Worker and fault: each point, before and after it, at each of its calls, by each action."""
    for point in POINTS:
        for worker in _ONLY.get(point, ("intake", "identity", "register")):
            for moment in Moment:
                for call in CALLS.get(point, (1,)):
                    for action in ENDS:
                        yield worker, Fault(point=point, moment=moment, call=call, action=action)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor waits longer after each end; here every end is ours."""
    monkeypatch.setattr(deploy.supervisor, "LONGEST_PAUSE_SECONDS", 0.1)


@pytest.mark.parametrize(
    "worker, fault", tuple(every_hit()), ids=lambda given: given if isinstance(given, str) else name_of(given)
)
async def test_a_worker_that_is_hit_loses_nothing_and_shows_nothing_twice(
    town: Town, worker: str, fault: Fault
) -> None:
    put_down(town.faults, worker, fault)
    sender = town.shared_installation(SALFORD)
    try:
        for _ in range(_ROUNDS):  # a worker that handles many records together comes by a point less often
            sent = await sender.send(*[missing_report(f"hit {number} {uuid4().hex[:8]}") for number in range(3)])
            await judge(town, SALFORD, sent)
            if not is_pending(town.faults, worker):
                return
        pytest.fail(f"{worker} never came to this call: {name_of(fault)}")
    finally:
        take_away(town.faults, worker)


def name_of(fault: Fault) -> str:
    return f"{fault.moment} {fault.point} {fault.call} {fault.action}"
