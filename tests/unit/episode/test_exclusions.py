"""From when an exclusion holds: a start decided a day ahead is waited for; a nearer one may be a wrong clock's."""

from datetime import timedelta

import pytest

from schemas.records import ExclusionSet, ExclusionState
from tests.unit.episode.telling import HOME, ROCHDALE, Telling, at, missing

ACCEPTED = at("29 Mar 10:00")
HOUR = timedelta(hours=1)


def began(excluded: ExclusionSet) -> timedelta:
    """How long after its acceptance an exclusion holds."""
    told = Telling()
    told.tell(ACCEPTED - HOUR, ROCHDALE, missing(ACCEPTED - 2 * HOUR))
    told.tell(ACCEPTED, ROCHDALE, excluded)
    (found,) = told.state.exclusions
    return found.from_when - ACCEPTED


@pytest.mark.parametrize(
    "ahead, held",
    [
        (-HOUR, -HOUR),
        (timedelta(), timedelta()),
        (HOUR, timedelta()),  # summer time written as UTC
        (24 * HOUR, timedelta()),
        (25 * HOUR, 25 * HOUR),
    ],
)
def test_a_start_within_a_day_holds_at_once_and_a_later_one_is_waited_for(ahead: timedelta, held: timedelta) -> None:
    assert began(ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, from_when=ACCEPTED + ahead)) == held


@pytest.mark.parametrize("ahead", [HOUR, 25 * HOUR])
def test_a_clock_that_is_ahead_postpones_nothing_where_no_start_is_stated(ahead: timedelta) -> None:
    when = ACCEPTED + ahead
    excluded = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, occurred_at=when, recorded_at=when)
    assert began(excluded) == timedelta()


def test_a_lift_that_lies_ahead_is_waited_for_however_near_it_is() -> None:
    told = Telling()
    told.tell(ACCEPTED - HOUR, ROCHDALE, missing(ACCEPTED - 2 * HOUR))
    told.tell(ACCEPTED, ROCHDALE, ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME))
    ends = ACCEPTED + 2 * HOUR
    lifted = ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=HOME, from_when=ends)
    told.tell(ACCEPTED + HOUR, ROCHDALE, lifted)
    (found,) = told.state.exclusions
    assert (found.stands_at(ends - HOUR), found.lifted_at) == (True, ends)
