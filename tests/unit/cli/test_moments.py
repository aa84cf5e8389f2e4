"""Times as people type them and read them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from deploy.moments import BRITAIN, NotATime, day, how_many, moment, stretch


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


@pytest.mark.parametrize("text", ["", "later", "25:00", "2026-13-01T00:00"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotATime, match="expected 21:30"):
        moment(text)


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
