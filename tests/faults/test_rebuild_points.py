"""A register that reads its whole log again is hit at every point of it, by a kill and by an error.

Its disk is taken away while it is down; when it reads the log again it is hit, begins anew, and must come to the end:
what falls due is raised, nobody is told anything again, and what was told to nobody yet is told once. Minutes long:
`make faults`.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest

import deploy.supervisor
from tests.faults.points import (
    BETWEEN_BATCHES,
    ENDS,
    REBUILD_POINTS,
    Fault,
    Moment,
    is_pending,
    put_down,
    take_away,
)
from tests.faults.test_every_point import name_of
from tests.kafka.clock.test_raising import all_raised, due_in, notices_in, told_of_all
from tests.kafka.way.judging import TOLD, judge
from tests.kafka.way.town import SALFORD, Town, missing_report

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_CALLS = {
    "write the store": (1, 3, 9, 20),
    "send all": (1, 2, 5),
    "drop who was behind": (1, 5),
    "fill the index": (1, 5),
}
"""Points that a rebuild comes by many times: which of the calls are hit."""
_ALSO_ON_THE_WAY = ("write the store", "send all", "note the entries")


def every_hit() -> Iterator[Fault]:
    """Each point, before and after it, at each of its calls, by each action."""
    for point in (*REBUILD_POINTS, *_ALSO_ON_THE_WAY):
        for moment in Moment:
            for call in _CALLS.get(point, (1,)):
                for action in ENDS:
                    yield Fault(point=point, moment=moment, call=call, action=action)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor waits longer after each end; here every end is ours."""
    monkeypatch.setattr(deploy.supervisor, "LONGEST_PAUSE_SECONDS", 0.1)


_BETWEEN = ("fill the index", "drop who was behind", "end a stretch", "hand a child back")
"""Points of the looks at children, which go on between batches where they are many."""


@pytest.mark.parametrize("fault", [each for each in every_hit() if each.point in _BETWEEN], ids=name_of)
async def test_looks_between_batches_that_are_hit_lose_nothing_and_tell_nobody_twice(town: Town, fault: Fault) -> None:
    (town.faults / BETWEEN_BATCHES).touch()
    try:
        await test_a_rebuild_that_is_hit_loses_nothing_and_tells_nobody_twice(town, fault)
    finally:
        (town.faults / BETWEEN_BATCHES).unlink()


@pytest.mark.parametrize("fault", tuple(every_hit()), ids=name_of)
async def test_a_rebuild_that_is_hit_loses_nothing_and_tells_nobody_twice(town: Town, fault: Fault) -> None:
    sender = town.shared_installation(SALFORD)
    planned = [due_in(6 + number / 10) for number in range(2)]
    due = dict(zip(await sender.send(*(said for _, said in planned)), (when for when, _ in planned), strict=True))
    await told_of_all(town, due)
    before = {agency: {seen.id for seen in notices_in(town, agency)} for agency in TOLD}
    places = {agency: len(town.inbox(agency)) for agency in TOLD}
    register = town.hub.supervisor.child("register")
    register.pause()
    new = await sender.send(*[missing_report(f"owed {uuid4().hex[:8]}") for _ in range(2)])
    await town.until(lambda: all(town.with_id("events", each) for each in new), "what is owed stands in the log")
    put_down(town.faults, "register", fault)
    try:
        await register.kill()
        children = town.home.worker("register") / "state" / "homeward-register" / "children"
        children.rename(children.with_name(f"lost-{uuid4().hex}"))
        await judge(town, SALFORD, new)
        await all_raised(town, due)
        for agency in TOLD:
            again = {seen.id for seen in town.inbox(agency)[places[agency] :] if seen.header("ce_type") == "Notice"}
            assert not again & before[agency], "told a second time"
        if is_pending(town.faults, "register"):
            pytest.skip(f"this rebuild does not come to this call: {name_of(fault)}")
    finally:
        take_away(town.faults, "register")
