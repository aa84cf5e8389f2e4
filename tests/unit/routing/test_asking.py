"""An asking that has passed is made again, its ladder with it; rows of `Told` of before are read, and ask nobody."""

from dataclasses import replace

import pytest

from hub.event import Event
from hub.routing import ladder_deadlines
from schemas.records import (
    Ask,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    InterviewOutcome,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Record,
    ReturnedTo,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    StatusClaimed,
    Told,
)
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    REFERENCE,
    ROCHDALE,
    RULES,
    Night,
    local,
    looked_after,
    missing,
)

START = local("27 Mar 22:40")
BACK = ChildReturned(returned_at=local("28 Mar 03:00"), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)
_NEWER = "v="
"""Points that rows of before do not have."""


def _located(at: str) -> ChildFound:
    return ChildFound(found_at=local(at), seen_by=SeenBy.POLICE, area_code=BLACKPOOL)


def _slipped_away() -> Night:
    """Found, missing again, and found again."""
    night = Night()
    night.hears("27 Mar 23:00", HOME, looked_after(START))
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(START))
    night.hears("27 Mar 23:20", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    night.hears("28 Mar 00:30", LANCASHIRE, _located("28 Mar 00:30"))
    again = StatusClaimed(status=ClaimedStatus.MISSING, since=local("28 Mar 01:00"))
    night.hears("28 Mar 01:00", LANCASHIRE, again)
    night.hears("28 Mar 02:00", LANCASHIRE, _located("28 Mar 02:00"))
    return night


def _as_written_before(event: Event) -> Event:
    body: Record = event.body
    if not isinstance(body, Told):
        return event
    rows = tuple(replace(row, points=tuple(p for p in row.points if not p.startswith(_NEWER))) for row in body.rows)
    return replace(event, body=replace(body, rows=rows))


def test_only_the_latest_notice_that_asks_for_the_same_climbs() -> None:
    night = _slipped_away()
    asking = [one for one in night.told(ROCHDALE, "duty") if "fetches" in one.asked_of_you]
    assert [one.issued_at for one in asking] == [local("28 Mar 00:30"), local("28 Mar 02:00")]
    climbing = ladder_deadlines(night.state, EVERYBODY, RULES, REFERENCE)
    of_them = [one.notice_id for one in asking if any(one.notice_id in each.duty for each in climbing)]
    assert of_them == [asking[1].notice_id]


def test_rows_of_before_are_read_and_nobody_is_told_or_asked_anything_again_because_of_an_upgrade() -> None:
    night = _slipped_away()
    night.hears("28 Mar 02:30", ROCHDALE, replace(missing(START), circumstances="heard by telephone"))
    night.hears("28 Mar 03:00", LANCASHIRE, BACK)
    assert any(point.startswith(_NEWER) for each in night.events for point in _points(each))
    night.events = [_as_written_before(each) for each in night.events]
    assert night.owed() == []


def test_what_was_asked_before_an_upgrade_and_has_passed_since_is_asked_again() -> None:
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(START))
    night.hears("28 Mar 00:30", LANCASHIRE, _located("28 Mar 00:30"))
    night.events = [_as_written_before(each) for each in night.events]
    night.hears("28 Mar 01:00", LANCASHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=local("28 Mar 01:00")))
    told = night.hears("28 Mar 02:00", LANCASHIRE, _located("28 Mar 02:00"))
    assert any(one.ask is Ask.ACTION and "fetches" in one.asked_of_you for one in told if one.recipient == ROCHDALE)


def _points(event: Event) -> tuple[str, ...]:
    return tuple(point for row in event.body.rows for point in row.points) if isinstance(event.body, Told) else ()


@pytest.mark.parametrize("outcome, is_asked", [(PreventionOutcome.NOT_POSSIBLE, True), (PreventionOutcome.HELD, False)])
def test_police_are_asked_to_see_the_child_until_they_have(outcome: PreventionOutcome, *, is_asked: bool) -> None:
    night = Night()
    night.hears("27 Mar 23:00", HOME, looked_after(START))
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(START))
    night.hears("28 Mar 03:05", LANCASHIRE, PreventionInterviewRecorded(outcome=outcome, held_at=local("28 Mar 03:00")))
    night.hears("28 Mar 03:10", HOME, BACK)
    asked = " ".join(one.asked_of_you for one in night.told(LANCASHIRE, "duty"))
    assert ("prevention interview" in asked) is is_asked


def test_an_interview_from_before_the_absence_answers_nothing_that_is_asked_after_it() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(START))
    absence, before = night.state.episodes[0].id, local("20 Mar 10:00")
    held, seen = InterviewOutcome.HELD, PreventionOutcome.HELD
    night.hears("28 Mar 01:00", ROCHDALE, ReturnInterviewRecorded(episode_ref=absence, outcome=held, held_at=before))
    night.hears(
        "28 Mar 01:00", LANCASHIRE, PreventionInterviewRecorded(episode_ref=absence, outcome=seen, held_at=before)
    )
    night.hears("28 Mar 03:00", LANCASHIRE, BACK)
    asked = {one.asked_of_you for one in night.inbox if one.issued_at == local("28 Mar 03:00")}
    assert any(RULES.words["ask"]["offer_return_interview"] in each for each in asked)
    assert any(RULES.words["ask"]["hold_prevention_interview"] in each for each in asked)
