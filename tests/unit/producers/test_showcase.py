"""The nights at the head of a demonstration, and how people read: reproducible, some late, some never."""

from datetime import UTC, datetime, timedelta
from functools import cache

from hub.deadlines import Outcome, deadlines, packaged_deadline_rules
from hub.directory import Directory
from hub.episode import fold
from hub.event import Event
from hub.ids import AgencyId, ChildId, ClaimId, EventId
from hub.reference import packaged_reference
from producers.simulator import PlannedMessage, Reader, demo_agencies, plan, showcase
from schemas.records import (
    Ask,
    InterviewOutcome,
    Notice,
    NoticeKind,
    PlacementChanged,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    Urgency,
)

START = datetime(2026, 11, 24, 5, tzinfo=UTC)
ROCHDALE = AgencyId("E08000005")


@cache
def nights(seed: int = 7) -> tuple[PlannedMessage, ...]:
    return tuple(showcase(seed, START, demo_agencies()))


def test_the_same_seed_plays_the_same_nights_in_order_from_the_start_on() -> None:
    assert nights() == tuple(showcase(7, START, demo_agencies()))
    assert [message.at for message in nights()] == sorted(message.at for message in nights())
    assert all(message.at >= START for message in nights())


def test_a_return_told_three_days_late_has_its_interview_too_late() -> None:
    """Two hours after the hub hears of it, the seventy-two are over."""
    kinds = {agency.id: agency.kind for agency in demo_agencies()}
    told = [message for message in nights() if message.agency == ROCHDALE]
    events = [
        Event(
            id=EventId(message.id),
            claim=ClaimId("c"),
            child=ChildId("child"),
            sender=message.agency,
            sender_kind=kinds[message.agency],
            accepted_at=message.at,
            order=place,
            body=message.record,
        )
        for place, message in enumerate(told, start=1)
    ]
    before = [event for event in events if not isinstance(event.body, ReturnInterviewRecorded)]
    for known, outcome in ((before, Outcome.OPEN), (events, Outcome.MET_LATE)):
        state = fold(ChildId("child"), known)
        duties = deadlines(state, packaged_deadline_rules(), Directory.empty(), packaged_reference())
        (interview,) = [duty for duty in duties if duty.duty == "return_interview"]
        assert START < interview.due_at <= START + timedelta(hours=3)
        assert interview.outcome is outcome


def test_another_child_is_graded_high_within_half_an_hour() -> None:
    (first, *_) = [message for message in nights() if isinstance(message.record, RiskAssessed)]
    assert isinstance(first.record, RiskAssessed)
    assert first.record.grade is RiskGrade.HIGH
    assert first.at < START + timedelta(minutes=30)


def notice(number: int, urgency: Urgency = Urgency.NOW) -> Notice:
    return Notice(
        notice_id=f"00000000-0000-5000-8000-{number:012}",
        episode_id="00000000-0000-5000-8000-000000000000",
        reference="0000-0000",
        kind=NoticeKind.NEWS,
        ask=Ask.ACTION,
        purpose="find_the_child",
        recipient=ROCHDALE,
        desk="duty",
        urgency=urgency,
        what_happened="",
        asked_of_you="",
        cause="00000000-0000-5000-8000-000000000000",
        rules_version="1",
        directory_version=1,
        issued_at=START,
    )


def test_people_read_the_same_notice_alike_in_every_run_and_not_all_of_them_do() -> None:
    people = Reader(ROCHDALE, seed=7)
    read = [people.reads(notice(number)) for number in range(400)]
    assert read == [Reader(ROCHDALE, seed=7).reads(notice(number)) for number in range(400)]
    never = sum(one.opened_after is None for one in read)
    assert 0 < never < 40
    assert any(one.opened_after is not None and one.taken_after is None for one in read)
    assert not any(one.opened_after is None and one.taken_after is not None for one in read)


def test_what_is_urgent_is_opened_sooner_and_some_of_it_still_too_late_for_high_risk() -> None:
    people = [Reader(AgencyId(f"E{number}"), seed=7) for number in range(40)]

    def half(urgency: Urgency) -> timedelta:
        taken = [one.reads(notice(number, urgency)).opened_after for number in range(20) for one in people]
        opened = sorted(each for each in taken if each is not None)
        return opened[len(opened) // 2]

    assert half(Urgency.NOW) < half(Urgency.SOON) < half(Urgency.HELD_FOR_DAY)
    first = [one.reads(notice(1)).opened_after for one in people]
    assert any(each is not None and each > timedelta(minutes=5) for each in first)


def test_a_fortnight_has_late_interviews_and_offers_that_came_to_nothing_and_moves() -> None:
    told = list(plan(7, START, 24 * 14, 1, demo_agencies()))
    outcomes = [message.record.outcome for message in told if isinstance(message.record, ReturnInterviewRecorded)]
    assert {InterviewOutcome.HELD, InterviewOutcome.DECLINED_BY_CHILD, InterviewOutcome.DECLINED_BY_PARENT} <= set(
        outcomes
    )
    assert [message for message in told if isinstance(message.record, PlacementChanged)]
