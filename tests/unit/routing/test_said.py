"""An agency is not told back what it said itself, and hears of everything that has changed since it was told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.ids import AgencyId
from schemas.records import (
    Arrangement,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    CorrectionMade,
    FieldChange,
    LastSeen,
    Notice,
    ReturnArranged,
    ReturnedTo,
    SeenBy,
    StatusClaimed,
)
from tests.unit.routing.world import (
    BLACKPOOL,
    HOME,
    LANCASHIRE,
    ROCHDALE,
    WEST_YORKSHIRE,
    Night,
    fields,
    local,
    looked_after,
    missing,
)

START = local("27 Mar 22:40")
FOUND = ChildFound(found_at=local("28 Mar 00:30"), seen_by=SeenBy.POLICE, area_code=BLACKPOOL)
MISSING_AGAIN = StatusClaimed(status=ClaimedStatus.MISSING, since=local("28 Mar 01:00"))


def _seen(place: str) -> LastSeen:
    return LastSeen(at=START, place=place, area_code=BLACKPOOL, wearing="a red coat")


def _to(agency: AgencyId, notices: list[Notice]) -> list[Notice]:
    return [one for one in notices if one.recipient == agency and one.desk == "duty"]


@pytest.mark.parametrize("reporter", [HOME, ROCHDALE, WEST_YORKSHIRE])
def test_who_reported_and_was_told_that_the_child_is_found_hears_that_it_is_missing_again(reporter: AgencyId) -> None:
    night = Night()
    night.hears("27 Mar 23:00", reporter, looked_after(START))
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(START))
    night.hears("28 Mar 00:30", LANCASHIRE, FOUND)
    again = _to(reporter, night.hears("28 Mar 01:00", LANCASHIRE, MISSING_AGAIN))
    assert [one.what_happened.count("The child is missing.") for one in again] == [1]
    back = ChildReturned(returned_at=local("28 Mar 03:00"), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)
    assert any(
        "has returned" in one.what_happened for one in _to(reporter, night.hears("28 Mar 03:00", LANCASHIRE, back))
    )


def test_a_value_that_an_agency_said_first_is_told_to_it_when_it_becomes_true_again() -> None:
    night = Night()
    night.hears("27 Mar 23:00", ROCHDALE, replace(looked_after(START), last_seen=_seen("the pier")))
    told = _to(
        ROCHDALE, night.hears("27 Mar 23:10", HOME, replace(looked_after(START), last_seen=_seen("the station")))
    )
    assert fields(told[0])["last_seen.place"] == "the station"
    report = next(each for each in night.events if each.sender == HOME)
    corrected = CorrectionMade(
        corrects=report.id, changes=(FieldChange(field="last_seen.place", old="the station", new="the pier"),)
    )
    back = _to(ROCHDALE, night.hears("27 Mar 23:20", HOME, corrected))
    assert [fields(one).get("last_seen.place") for one in back if "last seen" in one.what_happened] == ["the pier"]


def test_a_value_that_an_agency_was_told_is_told_again_when_it_comes_back_after_the_agency_said_another() -> None:
    night = Night()
    arranged = ReturnArranged(arrangement=Arrangement.ARRANGED, expected_at=local("28 Mar 03:30"))
    night.hears("27 Mar 23:00", LANCASHIRE, looked_after(START))
    night.hears("28 Mar 00:30", LANCASHIRE, FOUND)
    assert any(
        "return arranged" in one.what_happened for one in _to(ROCHDALE, night.hears("28 Mar 01:00", HOME, arranged))
    )
    not_possible = ReturnArranged(arrangement=Arrangement.NOT_POSSIBLE, why_not="no driver")
    assert not any(
        "return arranged" in one.what_happened
        for one in _to(ROCHDALE, night.hears("28 Mar 01:10", ROCHDALE, not_possible))
    )
    back = _to(ROCHDALE, night.hears("28 Mar 01:20", LANCASHIRE, arranged))
    assert any("return arranged" in one.what_happened for one in back)


def test_an_agency_is_not_told_its_own_amendment_although_it_leaves_what_others_said() -> None:
    night = Night()
    police = LastSeen(at=START, area_code=BLACKPOOL, wearing="a red coat")
    night.hears("27 Mar 23:00", LANCASHIRE, replace(looked_after(START), last_seen=police))
    night.hears("27 Mar 23:10", LANCASHIRE, FOUND)
    own = night.hears("27 Mar 23:20", ROCHDALE, replace(missing(START), last_seen=_seen("the pier")))
    assert not any("last seen" in one.what_happened for one in _to(ROCHDALE, own))


def test_what_an_agency_says_after_it_was_told_of_something_else_is_not_told_back_to_it() -> None:
    night = Night()
    night.hears("27 Mar 23:00", LANCASHIRE, looked_after(START))
    night.hears("28 Mar 00:30", LANCASHIRE, FOUND)
    home = ChildReturned(returned_at=START + timedelta(hours=4), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.PROFESSIONAL)
    assert not _to(HOME, night.hears("28 Mar 02:40", HOME, home))
    police = ChildReturned(returned_at=START + timedelta(hours=4), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)
    assert not _to(HOME, night.hears("28 Mar 02:50", LANCASHIRE, police))
