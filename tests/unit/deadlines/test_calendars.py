"""Bank holidays, working days, and hours when clocks change, against dates as they were published."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.deadlines.calendars import LONDON, Period, Unit, after, after_pauses, is_working_day
from hub.deadlines.model import Pause
from hub.ids import EventId
from schemas.records import Nation

END_OF_DAY = time(23, 59)

# As published on gov.uk/bank-holidays for England and Wales, and for Scotland (with the bank holiday proclaimed for
# 15 June 2026); 1 January 2026 to 31 May 2027. Holidays that fall on a weekend are given on their substitute day.
ENGLAND_AND_WALES = (
    "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25", "2026-12-28",
    "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31",
)  # fmt: skip
SCOTLAND = (
    "2026-01-01", "2026-01-02", "2026-04-03", "2026-05-04", "2026-05-25", "2026-06-15", "2026-08-03", "2026-11-30",
    "2026-12-25", "2026-12-28", "2027-01-01", "2027-01-04", "2027-03-26", "2027-05-03", "2027-05-31",
)  # fmt: skip
DAYS = tuple(date(2026, 1, 1) + timedelta(days=number) for number in range(516))
CLOCKS = (
    ("2026-01-15 12:00", 0), ("2026-03-29 00:59", 0), ("2026-03-29 02:00", 1), ("2026-06-15 12:00", 1),
    ("2026-10-25 00:59", 1), ("2026-10-25 02:00", 0), ("2027-03-28 00:59", 0), ("2027-03-28 02:00", 1),
    ("2027-05-31 12:00", 1),
)  # fmt: skip
"""Local times on both sides of each change of clocks, and how many hours they are ahead of UTC."""


@pytest.mark.parametrize(
    "nation, closed",
    [(Nation.ENGLAND, ENGLAND_AND_WALES), (Nation.WALES, ENGLAND_AND_WALES), (Nation.SCOTLAND, SCOTLAND)],
)
def test_working_days_are_those_that_were_published(nation: Nation, closed: tuple[str, ...]) -> None:
    assert DAYS[-1] == date(2027, 5, 31)
    weekdays = [day for day in DAYS if day.isoweekday() <= 5]
    assert [day.isoformat() for day in weekdays if not is_working_day(day, nation)] == list(closed)
    assert not any(is_working_day(day, nation) for day in DAYS if day.isoweekday() > 5)


@pytest.mark.parametrize("local, ahead", CLOCKS)
def test_the_clock_on_the_wall_is_ahead_of_utc_as_published(local: str, ahead: int) -> None:
    when = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
    assert when.utcoffset() == timedelta(hours=ahead)


def due(base: str, number: int, unit: Unit, nation: Nation = Nation.ENGLAND) -> str:
    """When a period that begins at a local time is over, as a local time."""
    began = datetime.strptime(base, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON).astimezone(UTC)
    ended = after(began, Period(number=number, unit=unit), nation, END_OF_DAY)
    assert ended.tzinfo is UTC
    return ended.astimezone(LONDON).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    "base, number, nation, expected",
    [
        ("2026-02-05 05:00", 1, Nation.ENGLAND, "2026-02-06 23:59"),  # Thursday: the end of Friday
        ("2026-02-06 17:00", 1, Nation.ENGLAND, "2026-02-09 23:59"),  # Friday: the end of Monday
        ("2026-05-03 21:45", 1, Nation.ENGLAND, "2026-05-05 23:59"),  # Sunday before a bank holiday
        ("2026-11-04 06:20", 5, Nation.ENGLAND, "2026-11-11 23:59"),
        ("2026-04-02 10:00", 1, Nation.ENGLAND, "2026-04-07 23:59"),  # over Easter
        ("2026-04-02 10:00", 1, Nation.SCOTLAND, "2026-04-06 23:59"),  # Easter Monday is no bank holiday there
        ("2026-12-31 10:00", 1, Nation.ENGLAND, "2027-01-04 23:59"),
        ("2026-12-31 10:00", 1, Nation.SCOTLAND, "2027-01-05 23:59"),
        ("2026-11-27 10:00", 1, Nation.SCOTLAND, "2026-12-01 23:59"),  # over Saint Andrew's Day
        ("2026-06-12 10:00", 1, Nation.SCOTLAND, "2026-06-16 23:59"),
        ("2026-06-12 10:00", 1, Nation.WALES, "2026-06-15 23:59"),
        ("2026-07-10 10:00", 1, Nation.NORTHERN_IRELAND, "2026-07-14 23:59"),
        ("2026-12-23 09:00", 10, Nation.ENGLAND, "2027-01-11 23:59"),
        ("2026-03-28 23:59", 1, Nation.ENGLAND, "2026-03-30 23:59"),  # the night in which clocks go forward
        ("2026-06-01 00:30", 1, Nation.ENGLAND, "2026-06-02 23:59"),  # local days, in UTC still the day before
        ("2026-02-05 05:00", 1, Nation.UNKNOWN, "2026-02-06 23:59"),
    ],
)
def test_working_days_end_with_the_last_of_them(base: str, number: int, nation: Nation, expected: str) -> None:
    assert due(base, number, Unit.WORKING_DAY, nation) == expected


@pytest.mark.parametrize(
    "base, number, unit, expected",
    [
        ("2026-03-28 03:25", 24, Unit.HOUR, "2026-03-29 04:25"),
        ("2026-03-28 03:25", 72, Unit.HOUR, "2026-03-31 04:25"),
        ("2026-10-24 12:00", 24, Unit.HOUR, "2026-10-25 11:00"),
        ("2026-03-29 00:50", 15, Unit.MINUTE, "2026-03-29 02:05"),
        ("2026-03-14 10:00", 28, Unit.DAY, "2026-04-11 10:00"),
        ("2026-11-30 10:00", 3, Unit.MONTH, "2027-02-28 10:00"),
        ("2026-08-31 10:00", 6, Unit.MONTH, "2027-02-28 10:00"),
        ("2028-02-29 10:00", 1, Unit.YEAR, "2029-02-28 10:00"),
        ("2026-05-31 10:00", 12, Unit.MONTH, "2027-05-31 10:00"),
    ],
)
def test_hours_elapse_and_days_keep_the_time_on_the_clock(base: str, number: int, unit: Unit, expected: str) -> None:
    assert due(base, number, unit) == expected


BASE = datetime(2026, 3, 1, tzinfo=UTC)


def pause(began: float, ended: float | None, why: str = "missing_again") -> Pause:
    """A pause between two hours after the base."""
    return Pause(
        began=BASE + timedelta(hours=began),
        ended=None if ended is None else BASE + timedelta(hours=ended),
        why=why,
        event=EventId(why),
    )


def paused(*pauses: Pause) -> float:
    """How many hours after the base a duty of ten hours is due."""
    found, _ = after_pauses(BASE, timedelta(hours=10), pauses)
    return (found - BASE) / timedelta(hours=1)


def test_pauses_that_overlap_or_touch_count_once() -> None:
    assert paused(pause(2, 5), pause(4, 7, "in_hospital"), pause(7, 8)) == 16
    assert paused(pause(2, 9), pause(3, 4)) == 17


def test_a_pause_within_the_time_gained_by_another_counts_too() -> None:
    assert paused(pause(8, 12), pause(13, 14)) == 15
    assert paused(pause(8, 12), pause(14, 15)) == 14


def test_a_pause_from_before_the_base_counts_from_the_base_and_one_over_by_then_not_at_all() -> None:
    assert paused(pause(-5, 2)) == 12
    assert paused(pause(-5, 0)) == 10
    assert paused(pause(3, 3), pause(6, 4)) == 10


def test_a_pause_that_lasts_leaves_what_would_hold_if_it_ended_at_once() -> None:
    due_at, counted = after_pauses(BASE, timedelta(hours=10), [pause(2, 4), pause(6, None), pause(20, 30)])
    assert due_at == BASE + timedelta(hours=12)
    assert counted[-1].ended is None
    assert len(counted) == 2


@given(
    st.lists(st.tuples(st.integers(-5, 30), st.integers(1, 10)), max_size=6).map(
        lambda found: [pause(began, began + length) for began, length in found]
    )
)
def test_so_many_hours_run_outside_all_pauses(pauses: list[Pause]) -> None:
    found, counted = after_pauses(BASE, timedelta(hours=10), pauses)
    hours = range(round((found - BASE) / timedelta(hours=1)))
    stood = [any(each.began <= BASE + timedelta(hours=h) < (each.ended or found) for each in pauses) for h in hours]
    assert stood.count(False) == 10
    assert all(one.ended is not None and one.ended < other.began for one, other in pairwise(counted))
