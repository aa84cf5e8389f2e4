"""Times as people type them and read them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.moments import BRITAIN, NotATime, clock, day, how_many, moment, over, stretch


def test_a_time_without_a_zone_is_british() -> None:
    assert moment("2026-07-01T21:30") == datetime(2026, 7, 1, 20, 30, tzinfo=UTC)
    assert moment("2026-11-24 21:30") == datetime(2026, 11, 24, 21, 30, tzinfo=UTC)


def test_a_zone_that_is_given_counts() -> None:
    assert moment("2026-11-24T21:30:00+02:00") == datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


def test_an_hour_alone_is_the_last_time_it_was_that_hour() -> None:
    read = moment("21:30")
    now = datetime.now(UTC)
    assert now - timedelta(hours=25) <= read <= now
    assert read.astimezone(BRITAIN).strftime("%H:%M") == "21:30"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "later",
        "7pm",
        "25:00",
        "1_2:30",
        "+7:30",
        "9:5",
        "21.30",
        "yesterday 22:40",
        "2026-13-01T00:00",
        "2026-11-24",
        "20261124",
    ],
)
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotATime, match="expected 21:30"):
        moment(text)


def test_a_shift_that_began_ahead_is_refused_with_what_would_do_and_what_time_it_is() -> None:
    now = datetime(2026, 7, 1, 6, 10, tzinfo=UTC)
    assert over("19:00", now) == datetime(2026, 6, 30, 18, tzinfo=UTC)
    assert over("2026-07-01T07:10", now) == now
    with pytest.raises(NotATime) as refused:
        over("2027-01-01T00:00", now)
    assert str(refused.value) == (
        "'2027-01-01T00:00' lies ahead; expected a time that is over, such as 19:00 or 2026-06-30T19:10 "
        "(at the hub it is 2026-07-01T07:10)"
    )


def test_a_date_is_year_month_day() -> None:
    assert day("2011-03-02") == date(2011, 3, 2)


@pytest.mark.parametrize("text", ["", "2/3/2011", "2011-02-30", "March"])
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotATime, match="2011-03-02"):
        day(text)


def test_one_is_not_many() -> None:
    assert [how_many(number, "notice") for number in (0, 1, 2)] == ["no notices", "1 notice", "2 notices"]


@pytest.mark.parametrize("seconds,said", [(45, "45 s"), (720, "12 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")])
def test_a_stretch_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert stretch(seconds) == said


def test_where_the_hub_s_clock_runs_ahead_today_is_the_hub_s_today() -> None:
    now = datetime(2031, 11, 27, 13, 45, tzinfo=UTC)
    assert moment("23:00", now) == datetime(2031, 11, 26, 23, 0, tzinfo=UTC)
    assert clock(datetime(2031, 11, 26, 16, 21, tzinfo=UTC), now) == "26 Nov 16:21"
    assert clock(datetime(2031, 11, 27, 9, 5, tzinfo=UTC), now) == "09:05"


AUTUMN, SPRING = "2026-10-25", "2026-03-29"


@pytest.mark.parametrize(
    "typed,now,meant",
    [
        ("01:30", "2026-10-25T00:40Z", "2026-10-25T00:30Z"),  # 01:40, before clocks go back
        ("01:30", "2026-10-25T01:10Z", "2026-10-25T00:30Z"),  # 01:10 once more: the second half past has not come
        ("01:30", "2026-10-25T01:40Z", "2026-10-25T01:30Z"),  # 01:40 once more
        ("01:30", "2026-10-25T10:00Z", "2026-10-25T01:30Z"),
        ("02:30", "2026-10-25T01:40Z", "2026-10-24T01:30Z"),
        ("00:50", "2026-03-29T01:05Z", "2026-03-29T00:50Z"),
        ("23:50", "2026-03-29T01:05Z", "2026-03-28T23:50Z"),
        ("01:30", "2026-03-29T00:40Z", "2026-03-28T01:30Z"),
        (" 9:05 ", "2026-03-30T08:06Z", "2026-03-30T08:05Z"),
    ],
)
def test_an_hour_alone_is_never_a_day_or_an_hour_off_where_clocks_change(typed: str, now: str, meant: str) -> None:
    assert moment(typed, datetime.fromisoformat(now)) == datetime.fromisoformat(meant)


@pytest.mark.parametrize("typed", [f"{AUTUMN}T01:00", f"{AUTUMN} 01:30", f"{AUTUMN}T01:59:59"])
def test_an_hour_that_came_twice_is_refused_with_both_to_choose_from(typed: str) -> None:
    with pytest.raises(NotATime, match="came twice on 25 October 2026") as refused:
        moment(typed)
    first, second = (word.strip(",;") for word in str(refused.value).split() if word.startswith(AUTUMN))
    assert moment(second) - moment(first) == timedelta(hours=1)


@pytest.mark.parametrize("typed", [f"{SPRING}T01:30", "01:30"])
def test_an_hour_that_never_came_is_refused(typed: str) -> None:
    with pytest.raises(NotATime, match="no clock showed 01:30 on 29 March 2026"):
        moment(typed, datetime(2026, 3, 29, 1, 10, tzinfo=UTC))


@pytest.mark.parametrize("typed", [f"{AUTUMN}T00:59", f"{AUTUMN}T02:00", f"{SPRING}T00:59", f"{SPRING}T02:00"])
def test_the_hours_beside_it_are_what_they_say(typed: str) -> None:
    assert moment(typed).astimezone(BRITAIN).replace(tzinfo=None) == datetime.fromisoformat(typed)


@given(seconds=st.integers(0, 3_000_000_000), at=st.times())
def test_an_hour_alone_has_passed_and_shows_on_the_clock(seconds: int, at: time) -> None:
    now, typed = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds), at.strftime("%H:%M")
    try:
        read = moment(typed, now)
    except NotATime:
        assert now.astimezone(BRITAIN).month == 3  # clocks went forward that day
        return
    assert now - timedelta(hours=25) <= read <= now
    assert read.astimezone(BRITAIN).strftime("%H:%M") == typed
