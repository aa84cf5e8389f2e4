"""The fold is fast enough to be done anew for every event, of most children and of those with thousands of events."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

from hub.episode import fold
from schemas.records import (
    ChildFound,
    ChildReturned,
    ReturnArranged,
    ReturnedTo,
    ReturnInterviewOffered,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
)
from tests.unit.episode.telling import BRADFORD, CHILD, HOME, WEST_YORKSHIRE, Telling, living_in, missing

_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_SLACK = 4
"""How much slower a busy machine may be before a figure counts as broken."""


def _child_with(absences: int, more: int) -> Telling:
    """Absences a week apart, each with reports of three agencies, a return, and so many other messages."""
    told = Telling()
    for number in range(absences):
        left = _DAY + timedelta(days=7 * number)
        for place, sender in enumerate((HOME, BRADFORD, WEST_YORKSHIRE)):
            told.tell(left + timedelta(minutes=20 + place), sender, missing(left, person=living_in(BRADFORD)))
        told.tell(left + timedelta(minutes=40), WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
        for each in range(more):
            told.tell(left + timedelta(minutes=60 + each), WEST_YORKSHIRE, SightingReported())
        told.tell(left + timedelta(hours=5), WEST_YORKSHIRE, ChildFound(seen_by=SeenBy.POLICE))
        told.tell(left + timedelta(hours=5), HOME, ReturnArranged())
        told.tell(left + timedelta(hours=6), WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
        told.tell(left + timedelta(hours=9), BRADFORD, ReturnInterviewOffered())
    return told


def test_a_child_with_two_hundred_episodes_and_six_thousand_events_folds_in_a_second_and_a_half() -> None:
    told = _child_with(200, 22)
    assert len(told.events) == 6000
    began = perf_counter()
    state = fold(CHILD, told.events)
    assert perf_counter() - began < 1.5 * _SLACK
    assert len(state.episodes) == 200


def test_a_child_of_a_dozen_events_folds_in_a_millisecond() -> None:
    told = _child_with(1, 4)
    assert len(told.events) == 12
    best = min(_seconds(told) for _ in range(20))
    assert best < 0.001 * _SLACK


def _seconds(told: Telling) -> float:
    began = perf_counter()
    fold(CHILD, told.events)
    return perf_counter() - began
