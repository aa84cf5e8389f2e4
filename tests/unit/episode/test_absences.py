"""Where absences begin and end: examples, and the fold held against a plain reference model."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.episode.model import QuestionKind
from hub.ids import AgencyId
from schemas.records import (
    CancelReason,
    CareStatus,
    CareStatusChanged,
    CareStatusPeriod,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    EpisodeStatus,
    PhaseKind,
    PlaceKind,
    PoliceDecision,
    PoliceResponse,
    ReportCancelled,
    ReportedStatus,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    StatusClaimed,
)
from tests.searching import examples
from tests.unit.episode.plain_absences import PlainReport, PlainReturn, plain_absences
from tests.unit.episode.telling import (
    BRADFORD,
    HOME,
    LANCASHIRE,
    SCHOOL,
    WEST_YORKSHIRE,
    Telling,
    at,
    living_in,
    missing,
)

_DAY = datetime(2026, 3, 2, tzinfo=UTC)
_FORCES = (WEST_YORKSHIRE, LANCASHIRE)
_WHO_MAY_END = (WEST_YORKSHIRE, LANCASHIRE, BRADFORD, HOME)
"""Police, the responsible authority, and the home of a child that is back at it."""
_IN_CARE = CareStatusChanged(
    statuses=(CareStatusPeriod(status=CareStatus.LOOKED_AFTER),), responsible_authority=BRADFORD
)
_NOTICED = (timedelta(0), timedelta(minutes=10), timedelta(hours=10), timedelta(days=3))
"""How long it takes until somebody sees that a return is wrong."""
_REPORTERS = (WEST_YORKSHIRE, BRADFORD, HOME, SCHOOL)


@st.composite
def timelines(draw: st.DrawFn, lateness: tuple[int, ...] = (0, 1, 3, 40, 300)) -> Telling:
    """Reports and returns on a grid of ten minutes over two days, told late or at once, in any order."""
    told = Telling()
    told.tell(_DAY, BRADFORD, _IN_CARE)
    messages = draw(
        st.lists(
            st.tuples(st.booleans(), st.integers(0, 288), st.sampled_from(lateness), st.integers(0, 7)),
            min_size=1,
            max_size=9,
        )
    )
    for is_report, slot, late, who in messages:
        when = _DAY + timedelta(minutes=10 * slot)
        accepted = when + timedelta(minutes=10 * late)
        if is_report:
            place = PlaceKind.HOME if who % 2 else PlaceKind.STREET
            told.tell(accepted, _REPORTERS[who % 4], missing(when, place_kind=place))
        else:
            sender = _WHO_MAY_END[who % len(_WHO_MAY_END)]
            back = ReturnedTo.PLACEMENT if sender == HOME else ReturnedTo.HOME
            told.tell(accepted, sender, ChildReturned(returned_at=when, to=back))
    return told


def _minutes(when: datetime | None) -> int | None:
    return None if when is None else round((when - _DAY).total_seconds() / 60)


@settings(max_examples=examples(100), deadline=None)
@given(timelines())
def test_the_fold_agrees_with_a_plain_reading_of_the_rules(told: Telling) -> None:
    reports, returns = [], []
    for event in told.events:
        name = f"{event.order:03}"
        if event.body == _IN_CARE:
            continue
        if isinstance(event.body, ChildReturned):
            assert event.body.returned_at is not None
            when = _minutes(event.body.returned_at) or 0
            returns.append(PlainReturn(name=name, sender=event.sender, when=when))
        else:
            seen = event.body.last_seen  # type: ignore[attr-defined]
            reports.append(
                PlainReport(
                    name=name,
                    sender=event.sender,
                    seen=_minutes(seen.at) or 0,
                    at_home=seen.place_kind is PlaceKind.HOME,
                    known=_minutes(event.accepted_at) or 0,
                )
            )
    names = {event.id: f"{event.order:03}" for event in told.events}
    found = [
        (
            {names[report.event] for report in episode.reports},
            {names[each.event] for each in episode.returns},
            _minutes(episode.began_at) if episode.reports else None,
            _minutes(episode.ended_at),
            _minutes(episode.ended_before),
        )
        for episode in told.state.episodes
    ]
    expected = [
        (absence.reports, absence.returns, absence.began, absence.ended, absence.ended_before)
        for absence in plain_absences(reports, returns)
    ]
    assert found == expected


def _counted(told: Telling) -> list[tuple[list[str], list[str], datetime, datetime | None, datetime | None]]:
    """What counts of the absences: their standing reports and returns, and from when to when."""
    return [
        (
            [report.event for report in episode.reports if report.cancelled_by is None],
            [each.event for each in episode.returns],
            episode.began_at,
            episode.ended_at,
            episode.ended_before,
        )
        for episode in told.state.episodes
        if episode.is_counted
    ]


@settings(max_examples=examples(150), deadline=None)
@given(timelines(), st.integers(0, 288), st.sampled_from((*_FORCES, HOME)), st.sampled_from(_NOTICED), st.data())
def test_a_return_taken_back_is_as_if_never_told_whatever_is_withdrawn_later(
    told: Telling, slot: int, sender: AgencyId, noticed: timedelta, data: st.DataObject
) -> None:
    by_id = {event.id: event for event in told.events}
    withdrawn = data.draw(st.lists(st.sampled_from(list(by_id)), max_size=3, unique=True))
    when = _DAY + timedelta(minutes=10 * slot)
    wrong = Telling()
    wrong.events = list(told.events)
    said = wrong.tell(when, sender, ChildReturned(returned_at=when, to=ReturnedTo.PLACEMENT))
    wrong.tell(when + noticed, sender, ReportCancelled(cancels=said.id, reason=CancelReason.ENTERED_IN_ERROR))
    for later in (told, wrong):
        for number, event in enumerate(withdrawn):
            gone = _DAY + timedelta(days=9, hours=number)
            later.tell(gone, by_id[event].sender, ReportCancelled(cancels=event))
    assert _counted(wrong) == _counted(told)


@settings(max_examples=examples(150), deadline=None)
@given(timelines((0, 1)), st.data())
def test_withdrawing_every_report_of_an_absence_takes_it_out_and_makes_no_other(
    told: Telling, data: st.DataObject
) -> None:
    before = [episode for episode in told.state.episodes if episode.reports]
    if before:
        chosen = data.draw(st.sampled_from(before))
        counted = len(_counted(told))
        for report in chosen.reports:
            told.tell(_DAY + timedelta(days=9), report.agency, ReportCancelled(cancels=report.event))
        assert len(_counted(told)) < counted


def test_a_wrong_return_and_a_cancelled_report_leave_no_absence_behind() -> None:
    told = Telling()
    report = told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00"), episode_ref="W1"))
    wrong = told.tell("2 Mar 08:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME, episode_ref="W1"))
    told.tell("2 Mar 11:00", WEST_YORKSHIRE, ReportCancelled(cancels=wrong.id))
    told.tell("3 Mar 08:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME, episode_ref="W1"))
    told.tell("4 Mar 09:00", WEST_YORKSHIRE, ReportCancelled(cancels=report.id, reason=CancelReason.NOT_MISSING))
    assert told.episode.status is EpisodeStatus.CANCELLED


def test_a_late_report_does_not_go_to_a_return_that_was_taken_back() -> None:
    told = Telling()
    told.tell("1 Mar 10:00", WEST_YORKSHIRE, missing(at("1 Mar 10:00")))
    told.tell("1 Mar 11:20", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    wrong = told.tell("1 Mar 12:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("1 Mar 12:10", WEST_YORKSHIRE, ReportCancelled(cancels=wrong.id, reason=CancelReason.ENTERED_IN_ERROR))
    late = told.tell("1 Mar 18:00", BRADFORD, missing(at("1 Mar 11:10")))
    (counted,) = (episode for episode in told.state.episodes if episode.is_counted)
    assert late.id in {report.event for report in counted.reports}


def test_an_answer_to_a_report_that_is_withdrawn_later_is_no_other_absence() -> None:
    told = Telling()
    report = told.tell("1 Mar 20:00", LANCASHIRE, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("2 Mar 22:00", LANCASHIRE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("4 Mar 09:00", LANCASHIRE, ReportCancelled(cancels=report.id, reason=CancelReason.NOT_MISSING))
    assert told.episode.status is EpisodeStatus.CANCELLED


def test_leaving_twenty_minutes_after_a_return_is_a_new_absence() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:50", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("1 Mar 23:30", WEST_YORKSHIRE, missing(at("1 Mar 23:10"), place_kind=PlaceKind.HOME))
    assert [episode.is_open for episode in told.state.episodes] == [False, True]


def test_a_child_seen_at_home_while_missing_must_have_come_back_in_between() -> None:
    told = Telling()
    first = told.tell("1 Mar 20:00", BRADFORD, missing(at("1 Mar 19:00"), person=living_in(BRADFORD)))
    second = told.tell("2 Mar 21:00", WEST_YORKSHIRE, missing(at("2 Mar 18:00"), place_kind=PlaceKind.HOME))
    before, after = told.state.episodes
    assert (before.ended_at, before.ended_before) == (None, at("2 Mar 18:00"))
    assert before.status is EpisodeStatus.RETURNED
    assert before.phases[-1].ended_before == at("2 Mar 18:00")
    (asked,) = before.questions
    assert asked.kind is QuestionKind.RETURN_BETWEEN
    assert asked.events == (first.id, second.id)
    assert after.status is EpisodeStatus.MISSING


def test_a_child_seen_in_the_street_while_missing_has_not_come_back() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", BRADFORD, missing(at("1 Mar 19:00")))
    told.tell("2 Mar 21:00", WEST_YORKSHIRE, missing(at("2 Mar 18:00"), place_kind=PlaceKind.STREET))
    assert told.episode.began_at == at("1 Mar 19:00")


def test_two_returns_without_a_report_between_ask_for_the_missing_one() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("3 Mar 08:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    first, second = told.state.episodes
    assert not first.never_reported
    assert second.never_reported
    assert {question.kind for question in second.questions} == {
        QuestionKind.REPORT_BETWEEN,
        QuestionKind.NEVER_REPORTED,
    }
    late = told.tell("4 Mar 09:00", BRADFORD, missing(at("2 Mar 20:00")))
    _, second = told.state.episodes
    assert [report.event for report in second.reports] == [late.id]
    assert second.began_at == at("2 Mar 20:00")


def test_two_agencies_telling_of_one_return_settle_into_one_end_with_both_claims() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", HOME, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:50", HOME, ChildReturned(to=ReturnedTo.PLACEMENT))
    told.tell("1 Mar 23:30", WEST_YORKSHIRE, ChildReturned(returned_at=at("1 Mar 23:20"), to=ReturnedTo.PLACEMENT))
    episode = told.episode
    assert episode.ended_at == at("1 Mar 22:50")
    assert [each.agency for each in episode.returns] == [HOME, WEST_YORKSHIRE]
    assert [question.kind for question in episode.questions] == [QuestionKind.END_DIFFERS]


def test_a_finding_that_overtakes_its_report_keeps_its_episode() -> None:
    told = Telling()
    told.tell("1 Mar 21:00", WEST_YORKSHIRE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.STREET))
    early = told.episode
    assert early.never_reported
    assert early.status is EpisodeStatus.LOCATED_NOT_RETURNED
    told.tell("1 Mar 21:05", HOME, missing(at("1 Mar 19:00")))
    late = told.episode
    assert late.id == early.id
    assert not late.never_reported
    assert late.began_at == at("1 Mar 19:00")
    assert late.status is EpisodeStatus.LOCATED_NOT_RETURNED


def test_a_risk_assessment_that_overtakes_its_report_waits_for_it() -> None:
    told = Telling()
    assessed = told.tell("1 Mar 21:00", WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    assert [event.id for event in told.state.unplaced] == [assessed.id]
    told.tell("1 Mar 21:05", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))
    assert told.episode.risk.grade is RiskGrade.HIGH
    assert not told.state.unplaced


def test_a_return_dated_next_year_counts_from_its_acceptance() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildReturned(returned_at=at("1 Mar 22:00").replace(year=2027)))
    assert told.episode.ended_at == at("1 Mar 22:00")


def test_a_report_without_last_seen_still_opens_an_absence() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(None))
    assert told.episode.status is EpisodeStatus.MISSING
    assert not told.episode.start_is_known


def test_a_police_claim_of_still_missing_disproves_a_return() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:00", HOME, ChildReturned(to=ReturnedTo.PLACEMENT))
    assert not told.episode.is_open
    told.tell("1 Mar 23:00", WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=at("1 Mar 19:00")))
    assert told.episode.status is EpisodeStatus.MISSING
    assert QuestionKind.RETURN_DISPUTED in {question.kind for question in told.episode.questions}


def test_a_child_lost_again_before_it_was_back_is_missing_again_in_the_same_absence() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))
    told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.POLICE_STATION))
    told.tell("1 Mar 23:00", WEST_YORKSHIRE, missing(at("1 Mar 22:40"), place_kind=PlaceKind.POLICE_STATION))
    assert [phase.kind for phase in told.episode.phases] == [PhaseKind.MISSING, PhaseKind.LOCATED, PhaseKind.MISSING]
    assert told.episode.phases[-1].began_at == at("1 Mar 22:40")


def test_away_turns_into_missing_when_somebody_says_so() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", HOME, missing(at("1 Mar 19:00"), status=ReportedStatus.AWAY))
    assert told.episode.status is EpisodeStatus.AWAY
    told.tell("1 Mar 22:00", WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=at("1 Mar 21:30")))
    assert [(phase.kind, phase.began_at) for phase in told.episode.phases] == [
        (PhaseKind.AWAY, at("1 Mar 19:00")),
        (PhaseKind.MISSING, at("1 Mar 21:30")),
    ]


def test_police_alone_recording_a_child_missing_open_an_absence() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, PoliceResponse(decision=PoliceDecision.RECORDED_MISSING))
    assert told.episode.status is EpisodeStatus.MISSING


@pytest.mark.parametrize("status", [ClaimedStatus.UNEXPLAINED_ABSENCE, ClaimedStatus.NOT_MISSING])
def test_some_claims_open_nothing(status: ClaimedStatus) -> None:
    told = Telling()
    told.tell("1 Mar 09:30", SCHOOL, StatusClaimed(status=status, since=at("1 Mar 09:00")))
    assert told.state.episodes == ()
    assert len(told.state.unplaced) == 1
