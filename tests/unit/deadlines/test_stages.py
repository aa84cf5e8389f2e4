"""How near a duty is, what the clock raises, and what of the raised still holds; once in effect, whatever happens."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.deadlines import Deadline, due_stage, next_change, raised_id, still_true, to_raise
from hub.episode import ChildState
from hub.ids import HUB, EpisodeId
from schemas.records import ChildReturned, DeadlineRaised, DeadlineStage, PlaceKind, ReportCancelled, ReturnedTo
from tests.unit.deadlines.owed import only, owed
from tests.unit.episode.telling import BRADFORD, HULL, HUMBERSIDE, Telling, at, living_in, missing

MINUTE = timedelta(minutes=1)


def back() -> Telling:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    return told


def raised(state: ChildState, now: datetime) -> dict[str, DeadlineStage]:
    """What the clock raises, by duty."""
    return {each.duty: each.stage for each in to_raise(state, owed(state), now)}


def look(told: Telling, when: str) -> list[str]:
    """The clock looks and its words go into the log; what it raised."""
    found = to_raise(told.state, owed(told.state), at(when))
    for each in found:
        told.tell(when, HUB, each)
    return sorted(f"{each.duty} {each.stage}" for each in found)


def interview(told: Telling) -> Deadline:
    return only(told, "return_interview")


def test_a_duty_is_soon_then_due_then_overdue_each_from_its_very_moment() -> None:
    duty = interview(back())
    assert (duty.soon_at, duty.due_at, duty.overdue_at) == (at("12 Feb 15:00"), at("13 Feb 15:00"), at("13 Feb 19:00"))
    shown = [due_stage(duty, when) for when in (duty.soon_at - MINUTE, duty.soon_at, duty.due_at, duty.overdue_at)]
    assert shown == [None, DeadlineStage.SOON, DeadlineStage.DUE, DeadlineStage.OVERDUE]


def test_the_next_change_is_strictly_later_and_there_is_none_after_overdue() -> None:
    duty = interview(back())
    changes = [duty.base_at]
    while (after := next_change(duty, changes[-1])) is not None:
        changes.append(after)
    assert changes[1:] == [duty.soon_at, duty.due_at, duty.overdue_at]


def test_stages_follow_the_changes_and_nothing_between_them() -> None:
    for duty in owed(back().state):
        when: datetime | None = duty.base_at - MINUTE
        while when is not None and (following := next_change(duty, when)) is not None:
            assert due_stage(duty, following) != due_stage(duty, when) or following in (duty.soon_at, duty.due_at)
            assert due_stage(duty, following - MINUTE / 60) == due_stage(duty, when)
            when = following


def test_after_an_outage_the_latest_stage_is_raised_and_no_earlier_one() -> None:
    assert raised(back().state, at("20 Feb 12:00"))["return_interview"] is DeadlineStage.OVERDUE


def test_what_was_raised_is_not_raised_again_and_the_next_stage_is() -> None:
    told = back()
    assert "return_interview soon" in look(told, "12 Feb 15:00")
    assert not [each for each in look(told, "12 Feb 15:01") if each.startswith("return_interview ")]
    assert "return_interview due" in look(told, "13 Feb 15:00")
    assert "return_interview overdue" in look(told, "13 Feb 19:00")
    assert look(told, "28 Feb 12:00") == []


def test_two_clocks_give_the_same_event() -> None:
    state, now = back().state, at("13 Feb 15:00")
    ids = [
        [raised_id(EpisodeId(each.episode_id), each.duty, each.due_at, each.stage) for each in found]
        for found in (to_raise(state, owed(state), now), to_raise(state, owed(state), now + MINUTE))
    ]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


def test_every_part_of_what_is_raised_makes_another_event() -> None:
    due = at("13 Feb 15:00")
    plain = raised_id(EpisodeId("e"), "d", due, DeadlineStage.DUE)
    assert plain not in {
        raised_id(EpisodeId("f"), "d", due, DeadlineStage.DUE),
        raised_id(EpisodeId("e"), "x", due, DeadlineStage.DUE),
        raised_id(EpisodeId("e"), "d", due + MINUTE, DeadlineStage.DUE),
        raised_id(EpisodeId("e"), "d", due, DeadlineStage.OVERDUE),
    }


def test_what_was_raised_carries_due_times_and_who_owes_it() -> None:
    state = back().state
    (found,) = (each for each in to_raise(state, owed(state), at("13 Feb 15:00")) if each.duty == "return_interview")
    assert (found.due_at, found.raw_due_at, found.owed_by) == (at("13 Feb 15:00"), at("13 Feb 15:00"), HULL)


def test_only_the_latest_raised_stage_of_an_open_duty_still_holds() -> None:
    told = back()
    look(told, "12 Feb 15:00")
    look(told, "13 Feb 19:00")
    stages = {each.deadline.duty: each.stage for each in still_true(told.state, owed(told.state))}
    assert stages["return_interview"] is DeadlineStage.OVERDUE


def test_what_was_raised_falls_with_the_report_that_is_withdrawn() -> None:
    told = back()
    look(told, "13 Feb 19:00")
    assert still_true(told.state, owed(told.state))
    told.tell("14 Feb 10:00", HUMBERSIDE, ReportCancelled(cancels=told.events[0].id))
    assert still_true(told.state, owed(told.state)) == ()
    assert to_raise(told.state, owed(told.state), at("20 Feb 10:00")) == ()


def test_a_pause_that_becomes_known_late_takes_back_what_was_raised_too_early() -> None:
    told = back()
    look(told, "13 Feb 15:00")
    told.tell("13 Feb 16:00", HUMBERSIDE, missing(at("13 Feb 12:00"), place_kind=PlaceKind.HOME))
    held = {each.deadline.duty: each.stage for each in still_true(told.state, owed(told.state))}
    assert "return_interview" not in held
    assert "return_interview soon" in look(told, "13 Feb 16:00")
    told.tell("14 Feb 12:10", HUMBERSIDE, ChildReturned(returned_at=at("14 Feb 12:00"), to=ReturnedTo.HOME))
    first = next(each for each in owed(told.state) if each.duty == "return_interview")
    assert first.due_at == at("14 Feb 15:00")
    assert not [each for each in still_true(told.state, owed(told.state)) if each.deadline == first]
    assert "return_interview due" in look(told, "14 Feb 15:00")


def test_the_words_of_a_clock_that_nothing_owes_any_more_hold_nothing() -> None:
    told = back()
    stray = DeadlineRaised(
        episode_id=told.episode.id,
        duty="return_interview",
        stage=DeadlineStage.OVERDUE,
        due_at=at("1 Feb 15:00"),
        raw_due_at=at("1 Feb 15:00"),
    )
    told.tell("10 Feb 16:00", HUB, stray)
    told.tell("10 Feb 16:00", HUB, replace(stray, duty="no_such_duty"))
    told.tell("10 Feb 16:00", HUB, replace(stray, due_at=at("13 Feb 15:00"), stage=DeadlineStage.UNKNOWN))
    assert still_true(told.state, owed(told.state)) == ()


def test_what_was_raised_of_an_absence_stays_with_the_one_that_it_is_joined_into() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    look(told, "13 Feb 19:00")
    before = told.state
    later = told.tell("13 Feb 20:00", BRADFORD, missing(at("10 Feb 09:30"), person=living_in(HULL)))
    told.events[-1] = replace(later, order=0)  # it was accepted before all others, and came here after them
    state = told.state
    (joined,) = state.episodes
    assert joined.id != before.episodes[0].id
    assert "return_interview" in {each.deadline.duty for each in still_true(state, owed(state))}
    assert "return_interview" not in raised(state, at("13 Feb 21:00"))
