"""A demonstration's fast clock: monotone, never behind real time, and the same for everybody who reads its records."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.hub_time import HubTimeRefused, HubTimes
from hub.messages import Refusal, compose_hub_time, open_hub_time
from schemas.records import HubTime
from tests.unit.trust.world import IDS, TRUST, WORKER

REAL = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
SECONDS = st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds))


def fast(scale: float = 1000.0, began: datetime = REAL, ahead: timedelta = timedelta(0)) -> HubTime:
    return HubTime(origin=began + ahead, scale=scale, real_origin=began)


def test_without_a_record_hub_time_is_the_broker_s() -> None:
    assert HubTimes.real().hub_time(REAL) == REAL
    assert HubTimes.real().real_time(REAL) == REAL
    assert HubTimes.real().is_real


def test_a_minute_is_most_of_a_day_at_a_thousand() -> None:
    times = HubTimes.of([fast()])
    assert times.hub_time(REAL + timedelta(minutes=1)) == REAL + timedelta(minutes=1000)
    assert times.scale(REAL) == 1000
    assert times.scale(REAL - timedelta(seconds=1)) == 1
    assert times.hub_time(REAL - timedelta(hours=1)) == REAL - timedelta(hours=1)


def test_a_demonstration_is_taken_up_again_where_it_stopped() -> None:
    first = fast()
    stopped = HubTimes.of([first]).hub_time(REAL + timedelta(minutes=5))
    tomorrow = REAL + timedelta(days=1)
    times = HubTimes.of([HubTime(origin=stopped, scale=1000.0, real_origin=tomorrow), first])
    assert times.hub_time(tomorrow) == stopped
    assert times.hub_time(REAL + timedelta(minutes=5)) == stopped


def test_what_is_taken_up_again_keeps_real_pace_until_everybody_is_there() -> None:
    calm = timedelta(seconds=8)
    first = HubTimes.of(HubTimes.real().going_on(REAL, REAL, scale=1000.0, calm=calm))
    assert first.scale(REAL) == 1000, "nothing is left behind, so nothing waits"
    again = REAL + timedelta(days=1)
    reached = first.hub_time(REAL + timedelta(minutes=5))
    times = HubTimes.of([*first.stretches, *first.going_on(again, reached, scale=1000.0, calm=calm)])
    assert times.hub_time(again) == reached
    assert (times.scale(again), times.scale(again + calm)) == (1, 1000)
    assert times.hub_time(again + calm) == reached + calm
    assert times.real_time(reached + calm + timedelta(seconds=500)) == again + calm + timedelta(seconds=0.5)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(starts=st.lists(st.tuples(st.integers(1, 20), st.sampled_from([1.0, 288.0, 2880.0])), min_size=1, max_size=6))
def test_however_often_a_start_is_broken_off_time_never_runs_backwards(starts: list[tuple[int, float]]) -> None:
    calm = timedelta(seconds=8)
    times, now = HubTimes.real(), REAL
    for pause, scale in starts:
        said = times.going_on(now, times.hub_time(now), scale=scale, calm=calm)
        times = HubTimes.of([*times.stretches, *said])
        now += timedelta(seconds=pause)
    moments = [times.hub_time(REAL + timedelta(seconds=0.5 * number)) for number in range(300)]
    assert moments == sorted(moments)
    assert times.scale(moments[-1]) == starts[-1][1]


@settings(derandomize=True, max_examples=50, deadline=None)
@given(scale=st.sampled_from([1.0, 60.0, 1000.0]), ahead=SECONDS, later=SECONDS)
def test_there_and_back_is_the_same_moment(scale: float, ahead: timedelta, later: timedelta) -> None:
    times = HubTimes.of([fast(scale, ahead=ahead)])
    back = times.real_time(times.hub_time(REAL + later))
    assert abs(back - (REAL + later)) <= timedelta(milliseconds=1)
    assert times.hub_time(REAL + later) >= REAL + later


@settings(derandomize=True, max_examples=50, deadline=None)
@given(one=SECONDS, other=SECONDS)
def test_time_never_runs_backwards_within_a_stretch(one: timedelta, other: timedelta) -> None:
    times = HubTimes.of([fast()])
    early, late = sorted((REAL + one, REAL + other))
    assert times.hub_time(early) <= times.hub_time(late)


@pytest.mark.parametrize(
    "record", [fast(0.5), HubTime(origin=REAL - timedelta(days=1), scale=10.0, real_origin=REAL)], ids=["slow", "past"]
)
def test_a_clock_that_would_make_keys_invalid_is_refused(record: HubTime) -> None:
    with pytest.raises(HubTimeRefused, match="expected a scale of at least 1"):
        HubTimes.of([record])


def test_left_on_for_ever_it_stays_within_the_calendar() -> None:
    times = HubTimes.of([fast(1_000_000.0)])
    assert times.hub_time(REAL + timedelta(days=36500)).year == 9000


def test_a_record_that_the_trust_key_signed_comes_back_and_no_other() -> None:
    began = REAL + timedelta(microseconds=123_456)
    sent = compose_hub_time(fast(began=began), TRUST, IDS, REAL)
    opened = open_hub_time(sent, TRUST.public_key, IDS)
    assert isinstance(opened, HubTime)
    assert (opened.scale, opened.real_origin) == (1000.0, REAL + timedelta(milliseconds=123))
    forged = compose_hub_time(fast(began=began), WORKER, IDS, REAL)
    assert isinstance(open_hub_time(forged, TRUST.public_key, IDS), Refusal)
