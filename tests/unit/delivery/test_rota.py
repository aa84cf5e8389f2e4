"""Who is on duty, when, and for whom: over midnight, on bank holidays, across summer time, for several councils."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.delivery import acted_for, acting_desk, contacts, day_team, is_on_duty, next_start
from hub.delivery.points import heard, telephoned
from hub.delivery.rota import acts_for_now, is_attended, may_answer
from schemas.records import DutyRow, ToldRow, Weekday
from tests.searching import examples
from tests.unit.routing.clocked import OUT_OF_HOURS, WORKING_DAYS, day_row, night_rows, with_rota
from tests.unit.routing.world import EVERYBODY, OLDHAM, ROCHDALE, joined, local

DIRECTORY = with_rota(EVERYBODY, ROCHDALE, OLDHAM)
NIGHT, WEEKEND = night_rows(ROCHDALE)


@pytest.mark.parametrize(
    "when,on_duty",
    [
        ("27 Mar 10:00", {"day"}),
        ("27 Mar 17:00", {"night"}),
        ("28 Mar 08:59", {"night", "weekend"}),
        ("28 Mar 12:00", {"weekend"}),
        ("3 Apr 12:00", {"weekend"}),
        ("6 Apr 12:00", {"weekend"}),
    ],
)
def test_a_day_team_a_night_team_and_a_weekend_team_divide_the_week(when: str, on_duty: set[str]) -> None:
    rows = {"day": day_row(), "night": NIGHT, "weekend": WEEKEND}
    assert {name for name, row in rows.items() if is_on_duty(row, local(when))} == on_duty


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    friday = DutyRow(role="duty", days=(Weekday.FRIDAY,), hours_from="22:00", hours_to="06:00", calendar="england")
    assert is_on_duty(friday, local("27 Mar 23:00"))
    assert is_on_duty(friday, local("28 Mar 05:00"))
    assert not is_on_duty(friday, local("27 Mar 05:00"))


def test_a_row_of_another_nation_keeps_its_own_bank_holidays() -> None:
    scottish = replace(day_row(), calendar="scotland")
    assert is_on_duty(scottish, local("6 Apr 10:00")), "Easter Monday is no bank holiday in Scotland"
    assert not is_on_duty(day_row(), local("6 Apr 10:00"))


@pytest.mark.parametrize("hours", [("09:00", "09:00"), ("nine", "five"), ("00:00", "24:00")])
def test_hours_that_cannot_be_read_silence_nobody(hours: tuple[str, str]) -> None:
    row = replace(day_row(), days=(), hours_from=hours[0], hours_to=hours[1])
    assert is_on_duty(row, local("28 Mar 03:00"))
    assert next_start(row, local("28 Mar 03:00")) is None


@pytest.mark.parametrize("when,is_day", [("27 Mar 10:00", True), ("27 Mar 18:00", False), ("28 Mar 12:00", False)])
def test_a_desk_is_attended_in_its_own_hours_and_a_team_acts_for_it_in_all_others(when: str, *, is_day: bool) -> None:
    assert is_attended(DIRECTORY, ROCHDALE, "duty", local(when)) is is_day
    assert acts_for_now(DIRECTORY, OUT_OF_HOURS, local(when)) == (frozenset() if is_day else {ROCHDALE, OLDHAM})
    assert acts_for_now(DIRECTORY, ROCHDALE, local(when)) == frozenset()


def test_a_desk_that_gives_no_hours_is_attended_but_while_others_act_for_it() -> None:
    assert is_attended(DIRECTORY, ROCHDALE, "director", local("28 Mar 03:00"))
    without_hours = DIRECTORY.with_entry(joined(ROCHDALE, version=3))
    assert not is_attended(without_hours, ROCHDALE, "duty", local("28 Mar 03:00"))
    assert is_attended(without_hours, ROCHDALE, "duty", local("30 Mar 10:00"))


@pytest.mark.parametrize("desk", ["duty", acting_desk("duty", ROCHDALE), "social_worker_team"])
def test_what_a_row_says_of_somebody_who_is_rung_is_read_back_of_the_same_desk(desk: str) -> None:
    said = ("n=1", "a=status:missing", "w=a field", "f=some notice")
    row = ToldRow(
        notice_id="n", episode_id="e", recipient=OLDHAM, desk="duty", role="telephone", basis="telephone",
        content_digest=b"",
    )  # fmt: skip
    seat = (OUT_OF_HOURS, desk)
    assert [heard(row, point) for point in telephoned(seat, said)] == [(seat, each) for each in said]
    assert heard(row, "n=1") == ((OLDHAM, "duty"), "n=1")


def test_the_day_team_begins_again_on_monday_when_the_clocks_have_gone_forward() -> None:
    assert next_start(day_row(), local("28 Mar 00:05")) == local("30 Mar 09:00")
    assert next_start(day_row(), local("2 Apr 18:00")) == local("7 Apr 09:00"), "after Easter"


@settings(max_examples=examples(60), deadline=None)
@given(
    begins=st.times(), ends=st.times(), days=st.sets(st.sampled_from([*WORKING_DAYS, Weekday.BANK_HOLIDAY])),
    minutes=st.integers(0, 500_000),
)  # fmt: skip
def test_a_row_is_on_duty_at_its_next_start_and_not_the_minute_before(
    begins: datetime, ends: datetime, days: set[Weekday], minutes: int
) -> None:
    row = replace(day_row(), days=tuple(days), hours_from=f"{begins:%H:%M}", hours_to=f"{ends:%H:%M}")
    after = local("1 Jan 00:00") + timedelta(minutes=minutes)
    start = next_start(row, after)
    if start is None:
        assert row.hours_from == row.hours_to or not is_on_duty(row, after)
        return
    assert start > after
    clocks_change = {local("29 Mar 00:00").date(), local("25 Oct 00:00").date()}
    if start.date() not in clocks_change:
        assert is_on_duty(row, start)


def test_contacts_are_tried_in_the_order_of_the_directory_the_agency_s_own_first() -> None:
    own = replace(day_row("03 manager"), days=(), hours_from="00:00", hours_to="00:00")
    directory = EVERYBODY.with_entry(joined(ROCHDALE, duty=(day_row(), own), version=2)).with_entry(
        joined(OUT_OF_HOURS, duty=night_rows(ROCHDALE))
    )
    tried = contacts(directory, ROCHDALE, "duty", local("27 Mar 23:10"))
    assert [(one.agency, one.is_acting) for one in tried] == [(ROCHDALE, False), (OUT_OF_HOURS, True)]
    assert [one.row.contact and one.row.contact.telephone for one in tried] == ["03 manager", "02 night"]


def test_one_team_acts_for_several_councils_in_its_hours_and_for_its_desk_only() -> None:
    night, day = local("27 Mar 23:00"), local("27 Mar 11:00")
    assert may_answer(DIRECTORY, OUT_OF_HOURS, ROCHDALE, "duty", night)
    assert may_answer(DIRECTORY, OUT_OF_HOURS, OLDHAM, "duty", night)
    assert not may_answer(DIRECTORY, OUT_OF_HOURS, ROCHDALE, "duty", day)
    assert not may_answer(DIRECTORY, OUT_OF_HOURS, ROCHDALE, "director", night)
    assert not may_answer(DIRECTORY, OLDHAM, ROCHDALE, "duty", night)
    assert may_answer(DIRECTORY, ROCHDALE, ROCHDALE, "duty", day)


def test_the_day_team_is_the_first_row_of_the_agency_itself() -> None:
    assert day_team(DIRECTORY, ROCHDALE, "duty") == day_row()
    assert day_team(EVERYBODY, ROCHDALE, "duty") is None


def test_a_desk_that_acts_for_another_says_so() -> None:
    assert acted_for(acting_desk("duty", ROCHDALE)) == ("duty", ROCHDALE)
    assert acted_for("duty") is None
