"""Local times as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.scenario import ScenarioRefused
from hub.scenario.document import Word
from hub.scenario.moments import Clock, Side
from tests.unit.scenario.nights import local

CLOCK = Clock(zone=ZoneInfo("Europe/London"), year=2026)


def moment(text: str, near: str | None = None, side: Side = Side.NEXT) -> datetime:
    return CLOCK.moment(Word("f", 1, text), local(near) if near else None, side)


@pytest.mark.parametrize(
    "text, near, meant",
    [
        ("Fri 27 Mar 23:10", None, "27 Mar 23:10"),
        ("27 March 23:10", None, "27 Mar 23:10"),
        ("2026-03-27 23:10", None, "27 Mar 23:10"),
        ("2026-03-27T23:10", None, "27 Mar 23:10"),
        ("Friday 27 Mar 2026 23:10", None, "27 Mar 23:10"),
        ("23:31", "27 Mar 23:10", "27 Mar 23:31"),
        ("02:15", "27 Mar 23:10", "28 Mar 02:15"),
        ("Sat 02:15", "27 Mar 23:10", "28 Mar 02:15"),
        ("Fri 23:10", "27 Mar 23:10", "27 Mar 23:10"),
        ("Thu 09:00", "27 Mar 23:10", "2 Apr 09:00"),
        ("+ 40 min", "27 Mar 23:10", "27 Mar 23:50"),
        ("end of Tue 5 May", None, "5 May 23:59"),
    ],
)
def test_what_is_left_out_comes_from_what_stands_before(text: str, near: str | None, meant: str) -> None:
    assert moment(text, near) == local(meant)


def test_a_field_that_tells_of_the_past_takes_the_last_such_time() -> None:
    assert moment("22:40", "28 Mar 00:10", Side.LAST) == local("27 Mar 22:40")
    assert moment("Thu 09:00", "28 Mar 00:10", Side.LAST) == local("26 Mar 09:00")


def test_an_expectation_takes_the_nearest() -> None:
    assert moment("22:40", "27 Mar 23:10", Side.NEAREST) == local("27 Mar 22:40")
    assert moment("23:25", "27 Mar 23:10", Side.NEAREST) == local("27 Mar 23:25")


def test_summer_time_is_counted_and_said_back() -> None:
    assert moment("Sun 29 Mar 04:25") == datetime(2026, 3, 29, 3, 25, tzinfo=UTC)
    assert CLOCK.words(datetime(2026, 3, 29, 3, 25, tzinfo=UTC)) == "Sun 29 Mar 04:25"


def test_of_an_hour_that_comes_twice_the_first_is_meant_unless_it_says_which() -> None:
    assert moment("Sun 25 Oct 01:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment("Sun 25 Oct 01:30 GMT") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert moment("Sun 25 Oct 01:30 BST") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["25:00", "12:60", "yesterday", "Mon", "27 Mar", "12", "Xyz 12:00", "27 Xyz 12:00", ""]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ScenarioRefused):
        moment(text, "27 Mar 23:10")
