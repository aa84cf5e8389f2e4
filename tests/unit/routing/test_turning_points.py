"""When time alone changes who is told: at the moment itself, once, and the same after a crash."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.deadlines import raised_id
from hub.episode import fold
from hub.event import Event
from hub.ids import HUB, AgencyId, EpisodeId
from hub.routing import turning_points
from hub.turns import in_order, is_turn, known_as_of
from schemas.records import (
    AgencyKind,
    Ask,
    ChildFound,
    ChildReturned,
    DeadlineRaised,
    DeadlineStage,
    ExclusionSet,
    ExclusionState,
    Notice,
    NoticeKind,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SchoolContact,
    SeenBy,
    SightingReported,
)
from tests.searching import examples
from tests.unit.routing.clocked import ClockedNight
from tests.unit.routing.test_level import Message, Worker
from tests.unit.routing.world import (
    BLACKPOOL,
    CHILD,
    HOME,
    LANCASHIRE,
    ROCHDALE,
    RULES,
    SCHOOL,
    event,
    local,
    looked_after,
    person,
)

EVENING = local("28 Apr 19:30")
"""A Tuesday; schools are open on the day after."""
MORNING = local("29 Apr 08:00")
AT_SCHOOL = SchoolContact(agency=SCHOOL)


def gone(**changed: object) -> ClockedNight:
    """A child of a school is gone in the evening, and its home reports that."""
    night = ClockedNight()
    night.hears(EVENING + timedelta(hours=1), HOME, looked_after(EVENING, school=AT_SCHOOL, **changed))
    return night


def excluding(state: ExclusionState, from_when: datetime) -> ExclusionSet:
    """The home is excluded, or no longer, from a time on."""
    return ExclusionSet(state=state, excluded_agency=HOME, from_when=from_when)


def of(notices: list[Notice], agency: AgencyId) -> list[Notice]:
    """Those of one agency."""
    return [one for one in notices if one.recipient == agency]


def test_the_school_is_asked_in_the_morning_though_nobody_says_anything() -> None:
    night = gone()
    assert not of(night.until(MORNING - timedelta(minutes=1)), SCHOOL)
    (asked,) = of(night.until(MORNING), SCHOOL)
    assert (asked.kind, asked.ask) == (NoticeKind.NEWS, Ask.ACTION)
    assert (asked.issued_at, asked.due_at) == (MORNING, MORNING + timedelta(hours=1)), "counted from the morning"
    assert is_turn(next(each for each in night.events if each.id == asked.cause))
    assert not of(night.hears("29 Apr 08:45", LANCASHIRE, SightingReported(place="the gate")), SCHOOL)


def test_no_school_is_asked_at_night_of_a_child_reported_on_a_school_day() -> None:
    night = ClockedNight()
    told = night.hears("29 Apr 02:30", HOME, looked_after(local("29 Apr 01:00"), school=AT_SCHOOL))
    assert not of(told, SCHOOL)
    assert of(night.until(MORNING), SCHOOL)


def test_a_school_is_not_asked_about_a_child_that_is_home_by_then() -> None:
    night = gone()
    night.hears("28 Apr 23:00", LANCASHIRE, ChildReturned(returned_at=local("28 Apr 22:50"), to=ReturnedTo.PLACEMENT))
    assert not of(night.until("30 Apr 12:00"), SCHOOL)
    assert not any(is_turn(each) for each in night.raised), "nobody is to be told otherwise of what is over"


def test_who_is_told_because_it_is_a_child_is_closed_to_on_the_birthday_itself() -> None:
    night = gone(person=person(date_of_birth=date(2008, 4, 30)))
    team = [one for one in night.inbox if one.desk == "reviewing_team"]
    assert [one.kind for one in team] == [NoticeKind.NEWS]
    closed = [one for one in night.until("30 Apr 00:00") if one.desk == "reviewing_team"]
    assert [(one.kind, one.what_happened) for one in closed] == [
        (NoticeKind.UPDATE, RULES.words["happened"]["closed_of_age"])
    ]
    assert closed[0].due_at is None


def test_an_exclusion_begins_and_ends_at_the_time_that_was_decided() -> None:
    night = gone()
    begins, ends = local("30 Apr 10:00"), local("1 May 10:00")
    night.hears("29 Apr 09:00", ROCHDALE, excluding(ExclusionState.SET, begins))
    assert of(night.hears("29 Apr 09:30", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH)), HOME), "not excluded yet"
    night.until("30 Apr 09:59")
    (last,) = of(night.until(begins), HOME)
    assert last.what_happened == RULES.words["fixed"]["stood_down"]
    night.hears("30 Apr 12:00", ROCHDALE, excluding(ExclusionState.LIFTED, ends))
    found = ChildFound(found_at=local("30 Apr 13:00"), seen_by=SeenBy.POLICE, area_code=BLACKPOOL)
    assert not of(night.hears("30 Apr 13:10", LANCASHIRE, found), HOME), "it stands until the time it was lifted for"
    assert not of(night.until("1 May 09:59"), HOME)
    assert of(night.until(ends), HOME)


def test_an_exclusion_whose_start_is_near_holds_at_once() -> None:
    night = gone()
    begins = local("29 Apr 10:00")
    (last,) = of(night.hears("29 Apr 09:00", ROCHDALE, excluding(ExclusionState.SET, begins)), HOME)
    assert last.what_happened == RULES.words["fixed"]["stood_down"]
    assert not of(night.hears("29 Apr 09:30", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH)), HOME)
    assert not of(night.until("30 Apr 12:00"), HOME), "nor is the start that it stated a moment of its own"
    assert not any(is_turn(each) and each.accepted_at == begins for each in night.events)


def test_what_the_clock_says_of_the_time_stands_behind_the_message_that_it_knew() -> None:
    night = gone()
    night.until(MORNING)
    report = night.events[0]
    turn = next(each for each in night.events if is_turn(each))
    assert turn.order == max(each.order for each in night.events)
    before = known_as_of(night.events, report)
    assert turn not in before
    assert not any(getattr(each.body, "cause", "") == turn.id for each in before), "nor who was told because of it"
    assert turn in known_as_of(night.events, turn)
    assert in_order([turn, report]) == in_order([report, turn]) == [report, turn]


_HOUR = timedelta(hours=1)
MESSAGES: list[Message] = [
    (LANCASHIRE, lambda _: RiskAssessed(grade=RiskGrade.HIGH)),
    (LANCASHIRE, lambda _: SightingReported(place="by the station")),
    (ROCHDALE, lambda now: excluding(ExclusionState.SET, now + 27 * _HOUR)),
    (ROCHDALE, lambda now: excluding(ExclusionState.LIFTED, now + 29 * _HOUR)),
    (LANCASHIRE, lambda now: ChildFound(found_at=now, seen_by=SeenBy.POLICE, area_code=BLACKPOOL)),
    (LANCASHIRE, lambda now: ChildReturned(returned_at=now, to=ReturnedTo.PLACEMENT)),
]  # fmt: skip


def with_turns(spoken: list[Event], end: datetime) -> Iterator[Event]:
    """Messages, and between them whatever of the time the clock says, each as it comes."""
    known: list[Event] = []
    for upcoming in (*spoken, None):
        until = end if upcoming is None else upcoming.accepted_at
        while known and (turn := _next_turn(known, until)) is not None:
            known.append(turn)
            yield turn
        if upcoming is not None:
            known.append(upcoming)
            yield upcoming


def _next_turn(known: list[Event], until: datetime) -> Event | None:
    ahead = [each for each in turning_points(fold(CHILD, known), RULES) if each.due_at < until]
    if not ahead:
        return None
    first = min(ahead, key=lambda each: (each.due_at, each.duty))
    body = DeadlineRaised(
        episode_id=first.episode, duty=first.duty, stage=DeadlineStage.OVERDUE, due_at=first.due_at,
        raw_due_at=first.due_at, owed_by=None,
    )  # fmt: skip
    return Event(
        id=raised_id(EpisodeId(first.episode), first.duty, first.due_at, DeadlineStage.OVERDUE), child=CHILD,
        claim=None, sender=HUB, sender_kind=AgencyKind.HUB, accepted_at=first.due_at,
        order=max(each.order for each in known), body=body,
    )  # fmt: skip


@settings(max_examples=examples(15), deadline=None)
@given(
    messages=st.lists(st.sampled_from(MESSAGES), max_size=4),
    hours=st.lists(st.integers(1, 14), min_size=4, max_size=4),
    deaths=st.lists(st.none() | st.integers(0, 6), min_size=12, max_size=12),
    ahead=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_a_worker_killed_at_any_point_shows_the_same_notices_as_one_that_was_not(
    messages: list[Message], hours: list[int], deaths: list[int | None], ahead: list[int]
) -> None:
    now = EVENING + _HOUR
    young = person(date_of_birth=date(2008, 4, 30))
    spoken = [event(1, now, HOME, looked_after(EVENING, school=AT_SCHOOL, person=young))]
    for number, ((sender, body), pause) in enumerate(zip(messages, hours, strict=False), start=2):
        now += pause * _HOUR
        spoken.append(event(number, now, sender, body(now)))
    night = list(with_turns(spoken, now + 48 * _HOUR))
    quiet, killed = Worker(), Worker()
    for number, each in enumerate(night):
        quiet.takes(each, dies_after=None, ahead=[])
        killed.takes(each, dies_after=deaths[number], ahead=night[number + 1 : number + 1 + ahead[number]])
    assert set(killed.visible) == set(quiet.visible)
    for notices in killed.visible.values():
        assert all(one == notices[0] for one in notices), "one id, one content"
