"""The clocks are cheap enough to be read anew for every event, of most children and of one with hundreds of absences.

Work is counted, not timed: how many functions are called does not depend on how busy the machine is.
"""

import sys
from types import FrameType

from hub.episode import ChildState
from tests.unit.deadlines.owed import owed
from tests.unit.episode.test_nights import ordinary_night
from tests.unit.episode.test_speed import _child_with


def calls(state: ChildState) -> int:
    """How many functions are called to list everything that a child is owed, once what is kept between is warm."""
    owed(state)
    found = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal found
        found += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        owed(state)
    finally:
        sys.setprofile(before)
    return found


def test_the_duties_of_an_ordinary_absence_take_a_few_hundred_calls() -> None:
    assert 100 < calls(ordinary_night().state) < 2_000


def test_the_duties_grow_with_the_absences_and_not_with_their_square() -> None:
    some, many = _child_with(50, 22).state, _child_with(200, 22).state
    assert (len(some.episodes), len(many.episodes)) == (50, 200)
    assert calls(many) < 5 * calls(some)
