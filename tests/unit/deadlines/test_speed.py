"""The clocks are fast enough to be read anew for every event, of most children and of one with hundreds of absences."""

from time import perf_counter

from hub.episode import ChildState
from tests.unit.deadlines.owed import owed
from tests.unit.episode.test_nights import ordinary_night
from tests.unit.episode.test_speed import _child_with

_SLACK = 4
"""How much slower a busy machine may be before a figure counts as broken."""


def seconds(state: ChildState, times: int) -> float:
    """The best of several runs."""
    best = 1e9
    for _ in range(times):
        began = perf_counter()
        owed(state)
        best = min(best, perf_counter() - began)
    return best


def test_the_duties_of_an_ordinary_absence_are_read_in_a_third_of_a_millisecond() -> None:
    assert seconds(ordinary_night().state, 30) < 0.0003 * _SLACK


def test_the_duties_of_two_hundred_absences_are_read_in_a_tenth_of_a_second() -> None:
    state = _child_with(200, 22).state
    assert len(state.episodes) == 200
    assert seconds(state, 2) < 0.1 * _SLACK
