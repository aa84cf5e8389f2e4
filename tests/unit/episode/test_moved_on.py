"""A child that came back into hospital, custody or from abroad and goes home from there was not away a second time."""

from datetime import timedelta

import pytest

from schemas.records import ChildFound, ChildReturned, ClaimedStatus, ReturnedTo, SeenBy, StatusClaimed
from tests.unit.episode.telling import HULL, HUMBERSIDE, Telling, at, living_in, missing


def back_in(to: ReturnedTo) -> Telling:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=to))
    return told


@pytest.mark.parametrize("to", [ReturnedTo.HOSPITAL, ReturnedTo.CUSTODY_OR_SECURE, ReturnedTo.ABROAD])
def test_coming_home_from_where_the_first_return_went_is_no_second_absence(to: ReturnedTo) -> None:
    told = back_in(to)
    home = told.tell("20 Feb 12:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    episode = told.episode
    assert (episode.ended_at, episode.questions) == (at("10 Feb 15:00"), ())
    assert [back.event for back in episode.returns][1] == home.id
    assert [back.ends for back in episode.returns] == [True, False]


def test_a_claim_of_being_back_does_the_same() -> None:
    told = back_in(ReturnedTo.HOSPITAL)
    told.tell("12 Feb 12:00", HUMBERSIDE, StatusClaimed(status=ClaimedStatus.RETURNED, since=at("12 Feb 12:00")))
    assert told.episode.questions == ()


def test_a_second_return_home_still_supposes_an_absence_between() -> None:
    told = back_in(ReturnedTo.HOME)
    told.tell("20 Feb 12:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    assert len(told.state.episodes) == 2


def test_a_finding_after_a_return_to_hospital_supposes_that_the_child_left_it() -> None:
    told = back_in(ReturnedTo.HOSPITAL)
    told.tell("12 Feb 12:00", HUMBERSIDE, ChildFound(seen_by=SeenBy.POLICE))
    assert len(told.state.episodes) == 2


def test_a_report_after_it_is_a_new_absence() -> None:
    told = back_in(ReturnedTo.HOSPITAL)
    told.tell("12 Feb 12:00", HUMBERSIDE, missing(at("12 Feb 11:00")))
    told.tell(at("12 Feb 12:00") + timedelta(hours=5), HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    first, second = told.state.episodes
    assert (first.ended_at, second.ended_at) == (at("10 Feb 15:00"), at("12 Feb 17:00"))
