"""What is held for the day is shown in the day of the desk, or at the hour that its agency asked for."""

from dataclasses import replace

import pytest

from hub.delivery.rules import packaged_delivery_rules
from hub.delivery.waking import held_until
from schemas.records import DeliveryPreferences, Urgency
from tests.unit.routing.clocked import with_rota
from tests.unit.routing.world import EVERYBODY, HOME, ROCHDALE, Night, joined, local, looked_after

RULES = packaged_delivery_rules()
SEAT = (ROCHDALE, "reviewing_team")


def wishing(hour: str) -> DeliveryPreferences:
    return DeliveryPreferences(information_at=hour)


@pytest.mark.parametrize(
    "came, shown",
    [("27 Mar 23:10", "28 Mar 08:00"), ("28 Mar 07:59", "28 Mar 08:00"), ("28 Mar 10:00", "28 Mar 10:00"),
     ("28 Mar 20:00", "29 Mar 08:00")],
)  # fmt: skip
def test_without_hours_of_its_own_the_day_of_the_rules_holds_and_summer_time_with_it(came: str, shown: str) -> None:
    assert held_until(EVERYBODY, RULES, SEAT, local(came)) == local(shown)


def test_a_desk_with_hours_of_its_own_is_shown_it_when_they_begin() -> None:
    directory = with_rota(EVERYBODY, ROCHDALE)
    assert held_until(directory, RULES, (ROCHDALE, "duty"), local("27 Mar 23:10")) == local("30 Mar 09:00")


@pytest.mark.parametrize(
    "came, shown",
    [("27 Mar 23:10", "28 Mar 07:30"), ("28 Mar 07:30", "28 Mar 07:30"), ("28 Mar 10:00", "29 Mar 07:30")],
)
def test_the_hour_that_an_agency_asks_for_comes_first(came: str, shown: str) -> None:
    directory = EVERYBODY.with_entry(replace(joined(ROCHDALE, version=2), delivery=wishing("07:30")))
    assert held_until(directory, RULES, SEAT, local(came)) == local(shown)


def test_an_hour_that_cannot_be_read_is_no_wish() -> None:
    directory = EVERYBODY.with_entry(replace(joined(ROCHDALE, version=2), delivery=wishing("early")))
    assert held_until(directory, RULES, SEAT, local("27 Mar 23:10")) == local("28 Mar 08:00")


def test_a_notice_that_is_held_for_the_day_says_from_when_and_no_other_does() -> None:
    told = Night().hears("27 Mar 23:10", HOME, looked_after(local("27 Mar 22:40")))
    held = [one for one in told if one.urgency is Urgency.HELD_FOR_DAY]
    assert [(one.recipient, one.desk, one.not_before) for one in held] == [(*SEAT, local("28 Mar 08:00"))]
    assert {one.not_before for one in told if one not in held} == {None}
