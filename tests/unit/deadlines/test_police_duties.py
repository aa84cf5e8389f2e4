"""What police owe while a child is missing and after: answers, assessments, circulation, the long term."""

from datetime import date, timedelta

import pytest

from hub.deadlines import Outcome
from hub.directory import Directory
from hub.ids import AgencyId
from schemas.records import (
    AgencyKind,
    Answer,
    Arrangement,
    BirthPrecision,
    CancelReason,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    Confidence,
    EnquiryRequested,
    Flag,
    FlagKind,
    MissingAmended,
    NationalComputerState,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    Person,
    PlaceKind,
    PoliceDecision,
    PolicePosition,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Publicity,
    PublicityDecided,
    ReportCancelled,
    ReportedStatus,
    ReturnArranged,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
    StatusClaimed,
)
from tests.unit.deadlines.owed import duties, local, only, open_duties, owed
from tests.unit.episode.telling import (
    HOME,
    HULL,
    HUMBERSIDE,
    WARD,
    WEST_YORKSHIRE,
    Telling,
    at,
    living_in,
    missing,
)
from tests.unit.routing.world import joined

TEN = "10 Feb 10:00"


def reported(by: str = HULL, *, when: str = TEN, **given: object) -> Telling:
    """A child of Hull, missing since nine in the morning of 10 February."""
    told = Telling()
    told.tell(when, by, missing(at("10 Feb 09:00"), person=given.pop("person", living_in(HULL)), **given))  # type: ignore[arg-type]
    return told


def test_nobody_who_is_listed_as_police_owes_what_the_force_itself_owes() -> None:
    posing = joined(AgencyId("moss-y"), kind=AgencyKind.POLICE, force_code=HUMBERSIDE)
    found = owed(reported(HULL).state, directory=Directory.empty().with_entry(posing))
    assert [each.owed_by for each in found if each.duty == "police_answer"] == [(HUMBERSIDE,)]


def test_police_who_report_themselves_owe_no_answer() -> None:
    assert not duties(reported(HUMBERSIDE), "police_answer")
    assert only(reported(HULL), "police_answer").owed_by == (HUMBERSIDE,)


def test_police_who_knew_of_the_absence_before_it_was_reported_owe_no_answer() -> None:
    told = Telling()
    told.tell(TEN, HUMBERSIDE, ChildFound(seen_by=SeenBy.THIRD_PARTY))
    told.tell("10 Feb 11:00", HULL, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    assert not duties(told, "police_answer")


NO_ANSWERS = {
    "sees a child": SightingReported(confidence=Confidence.PROBABLE),
    "asks": EnquiryRequested(what="has she a travel pass?", of_agency=HULL),
    "will not take the case": OwnershipTransferred(
        kind=OwnershipKind.CASE, from_agency=WEST_YORKSHIRE, to_agency=HUMBERSIDE, step=OwnershipStep.REFUSED
    ),
    "publishes nothing": PublicityDecided(decision=Publicity.NONE),
}
ANSWERS = {
    "records": PoliceResponse(decision=PoliceDecision.RECORDED_MISSING),
    "does not record": PoliceResponse(decision=PoliceDecision.NOT_RECORDED),
    "is concerned": PoliceResponse(decision=PoliceDecision.CONCERN_ONLY),
    "grades": RiskAssessed(grade=RiskGrade.MEDIUM),
    "claims": StatusClaimed(status=ClaimedStatus.MISSING),
    "finds": ChildFound(seen_by=SeenBy.POLICE),
}


@pytest.mark.parametrize("what", NO_ANSWERS)
def test_what_says_nothing_of_the_case_answers_no_report(what: str) -> None:
    told = reported()
    told.tell("10 Feb 10:10", HUMBERSIDE, NO_ANSWERS[what])
    assert only(told, "police_answer").outcome is Outcome.OPEN
    assert told.episode.police_position is PolicePosition.UNCONFIRMED


@pytest.mark.parametrize("what", ANSWERS)
def test_a_record_a_denial_and_a_status_answer_it(what: str) -> None:
    told = reported()
    told.tell("10 Feb 10:10", HUMBERSIDE, ANSWERS[what])
    answer = only(told, "police_answer")
    assert (answer.outcome, answer.closed_because) == (Outcome.MET, "police_answered")
    assert told.episode.police_position is PolicePosition.CONFIRMED


def test_another_force_answers_by_taking_the_case_and_not_by_denying_it() -> None:
    told = reported()
    told.tell("10 Feb 10:05", WEST_YORKSHIRE, ANSWERS["does not record"])
    assert only(told, "police_answer").owed_by == (HUMBERSIDE,)
    assert only(told, "police_answer").outcome is Outcome.OPEN
    told.tell("10 Feb 10:10", WEST_YORKSHIRE, ANSWERS["records"])
    assert only(told, "police_answer").owed_by == (WEST_YORKSHIRE,)
    assert local(only(told, "police_answer").closed_at) == "Tue 10 Feb 10:10"
    told.tell("10 Feb 12:00", WEST_YORKSHIRE, ANSWERS["does not record"])
    again = only(told, "police_answer")
    assert (again.owed_by, again.outcome) == ((HUMBERSIDE,), Outcome.OPEN), "nobody has the case, and it was asked"


def test_a_child_that_is_only_away_is_no_case_for_police_until_it_is_missing() -> None:
    told = reported(HOME, status=ReportedStatus.AWAY)
    assert not duties(told, "police_answer")
    assert not duties(told, "first_risk_assessment")
    told.tell("10 Feb 13:00", HOME, MissingAmended(status=ReportedStatus.MISSING))
    assert only(told, "police_answer").base_at == at("10 Feb 13:00")


@pytest.mark.parametrize(
    "grade, hours",
    [
        (RiskGrade.HIGH, 2), (RiskGrade.MEDIUM, 6), (RiskGrade.LOW, 12), (RiskGrade.VERY_LOW, 12),
        (RiskGrade.NO_APPARENT, 24), (RiskGrade.UNKNOWN, 2), (RiskGrade.UNGRADED, 6),
    ],
)  # fmt: skip
def test_the_review_of_the_risk_is_due_by_its_grade(grade: RiskGrade, hours: int) -> None:
    told = reported()
    told.tell("10 Feb 10:30", HUMBERSIDE, RiskAssessed(grade=grade))
    review = only(told, "risk_review")
    assert review.due_at - review.base_at == timedelta(hours=hours)


def test_each_assessment_closes_the_review_before_it_and_begins_the_next() -> None:
    told = reported()
    told.tell("10 Feb 10:30", HUMBERSIDE, RiskAssessed(grade=RiskGrade.HIGH))
    told.tell("10 Feb 13:00", HUMBERSIDE, RiskAssessed(grade=RiskGrade.MEDIUM, reasoning="phone answered"))
    first, second = duties(told, "risk_review")
    assert (first.outcome, local(first.due_at)) == (Outcome.MET_LATE, "Tue 10 Feb 12:30")
    assert (second.outcome, local(second.due_at)) == (Outcome.OPEN, "Tue 10 Feb 19:00")


def test_a_grade_lowered_without_a_reason_is_reviewed_as_the_one_it_would_replace() -> None:
    told = reported()
    told.tell("10 Feb 10:30", HUMBERSIDE, RiskAssessed(grade=RiskGrade.HIGH))
    told.tell("10 Feb 11:00", HUMBERSIDE, RiskAssessed(grade=RiskGrade.LOW))
    assert local(duties(told, "risk_review")[1].due_at) == "Tue 10 Feb 13:00"


def test_a_review_that_police_set_earlier_counts_and_one_set_later_does_not() -> None:
    told = reported()
    told.tell("10 Feb 10:30", HUMBERSIDE, RiskAssessed(grade=RiskGrade.MEDIUM, review_due=at("10 Feb 12:00")))
    told.tell("10 Feb 11:30", HUMBERSIDE, RiskAssessed(grade=RiskGrade.MEDIUM, review_due=at("12 Feb 12:00")))
    first, second = duties(told, "risk_review")
    assert (local(first.due_at), local(second.due_at)) == ("Tue 10 Feb 12:00", "Tue 10 Feb 17:30")


def test_a_child_missing_again_in_the_same_absence_is_reviewed_again() -> None:
    told = reported()
    told.tell("10 Feb 10:30", HUMBERSIDE, RiskAssessed(grade=RiskGrade.MEDIUM))
    told.tell("10 Feb 12:00", HUMBERSIDE, ChildFound(seen_by=SeenBy.POLICE))
    told.tell("10 Feb 14:10", HUMBERSIDE, missing(at("10 Feb 14:00")))
    first, again = duties(told, "risk_review")
    assert first.outcome is Outcome.WITHDRAWN
    assert (again.outcome, local(again.due_at)) == (Outcome.OPEN, "Tue 10 Feb 20:00")


def test_police_who_do_not_record_the_child_as_missing_owe_neither_assessment_nor_circulation() -> None:
    told = reported(WARD)
    told.tell("10 Feb 10:20", HUMBERSIDE, PoliceResponse(decision=PoliceDecision.NOT_RECORDED))
    assert only(told, "police_answer").outcome is Outcome.MET_LATE
    assert only(told, "first_risk_assessment").closed_because == "police_did_not_record"
    assert only(told, "circulated").outcome is Outcome.WITHDRAWN
    assert told.episode.is_open


@pytest.mark.parametrize("decision", [PoliceDecision.NOT_RECORDED, PoliceDecision.CONCERN_ONLY])
def test_what_another_force_answers_stops_no_clock_of_the_force_that_searches(decision: PoliceDecision) -> None:
    told = reported(WARD)
    told.tell("10 Feb 10:20", HUMBERSIDE, RiskAssessed(grade=RiskGrade.HIGH))
    told.tell("10 Feb 10:40", WEST_YORKSHIRE, PoliceResponse(decision=decision))
    for duty in ("risk_review", "circulated"):
        assert (only(told, duty).owed_by, only(told, duty).outcome) == ((HUMBERSIDE,), Outcome.OPEN)


def test_what_another_force_answers_stops_no_clock_of_the_force_that_has_still_to_answer() -> None:
    told = reported(WARD)
    told.tell("10 Feb 10:20", WEST_YORKSHIRE, PoliceResponse(decision=PoliceDecision.NOT_RECORDED))
    assert only(told, "first_risk_assessment").owed_by == (HUMBERSIDE,)
    assert only(told, "first_risk_assessment").outcome is Outcome.OPEN
    told.tell("10 Feb 10:40", HUMBERSIDE, PoliceResponse(decision=PoliceDecision.NOT_RECORDED))
    assert only(told, "first_risk_assessment").outcome is Outcome.WITHDRAWN
    told.tell("10 Feb 10:50", WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    assert (only(told, "circulated").owed_by, only(told, "circulated").outcome) == ((WEST_YORKSHIRE,), Outcome.OPEN)


def test_where_nobody_knows_whose_the_child_is_any_answer_of_police_counts() -> None:
    told = Telling()
    told.tell(TEN, WARD, missing(at("10 Feb 09:00")))
    assert only(told, "circulated").owed_by == ()
    told.tell("10 Feb 10:20", WEST_YORKSHIRE, PoliceResponse(decision=PoliceDecision.NOT_RECORDED))
    assert only(told, "circulated").outcome is Outcome.WITHDRAWN


def circulated() -> Telling:
    told = reported()
    told.tell(
        "10 Feb 10:40",
        HUMBERSIDE,
        PoliceResponse(
            decision=PoliceDecision.RECORDED_MISSING,
            national_computer=NationalComputerState.CIRCULATED,
            circulated_at=at("10 Feb 10:35"),
        ),
    )
    return told


def test_a_circulated_child_is_taken_off_within_an_hour_of_its_return() -> None:
    told = circulated()
    assert (only(told, "circulated").outcome, local(only(told, "circulated").closed_at)) == (
        Outcome.MET,
        "Tue 10 Feb 10:35",
    )
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    taken_off = only(told, "circulation_cancelled")
    assert (taken_off.outcome, local(taken_off.due_at)) == (Outcome.OPEN, "Tue 10 Feb 16:00")
    told.tell("10 Feb 15:30", HUMBERSIDE, PoliceResponse(national_computer=NationalComputerState.CANCELLED))
    assert only(told, "circulation_cancelled").outcome is Outcome.MET


def test_a_report_withdrawn_or_wrong_leaves_nobody_on_the_national_computer() -> None:
    told = circulated()
    told.tell("10 Feb 12:00", HULL, ReportCancelled(cancels=told.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED))
    assert only(told, "circulation_cancelled").outcome is Outcome.OPEN
    told = circulated()
    told.tell("10 Feb 12:00", HUMBERSIDE, StatusClaimed(status=ClaimedStatus.NOT_MISSING, since=at("10 Feb 11:50")))
    assert open_duties(owed(told.state)) >= {"circulation_cancelled"}
    assert not duties(told, "return_interview")
    assert only(told, "first_risk_assessment").outcome is Outcome.WITHDRAWN


def test_an_appeal_comes_down_within_an_hour_of_the_child_being_found() -> None:
    told = reported()
    told.tell("10 Feb 12:00", HUMBERSIDE, PublicityDecided(decision=Publicity.APPEAL))
    assert not duties(told, "appeal_taken_down")
    told.tell("10 Feb 14:00", HUMBERSIDE, ChildFound(seen_by=SeenBy.POLICE))
    assert local(only(told, "appeal_taken_down").due_at) == "Tue 10 Feb 15:00"
    told.tell("10 Feb 14:20", HUMBERSIDE, PublicityDecided(withdrawn_at=at("10 Feb 14:15")))
    assert only(told, "appeal_taken_down").outcome is Outcome.MET


def test_the_national_unit_is_told_of_a_child_still_missing_after_72_hours_and_of_no_other() -> None:
    told = reported()
    unit = only(told, "national_unit_told")
    assert (local(unit.base_at), unit.due_at, unit.soon_at) == ("Fri 13 Feb 09:00", unit.base_at, unit.base_at)
    told.tell("12 Feb 09:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    assert not duties(told, "national_unit_told")


def test_the_national_unit_is_told_at_once_where_exploitation_is_feared() -> None:
    told = reported(person=living_in(HULL, flags=(Flag(kind=FlagKind.EXPLOITATION, value=Answer.YES),)))
    at_once = only(told, "national_unit_told_at_once")
    assert (local(at_once.due_at), at_once.owed_by) == ("Tue 10 Feb 11:00", (HUMBERSIDE,))


def test_a_case_is_reviewed_at_28_days_then_3_6_and_12_months_then_every_year() -> None:
    told = reported()
    assert [local(each.due_at) for each in duties(told, "long_term_review")] == ["Tue 10 Mar 10:00"]
    told.tell("9 Mar 12:00", HUMBERSIDE, RiskAssessed(grade=RiskGrade.MEDIUM))
    (first,) = duties(told, "long_term_review")
    assert first.outcome is Outcome.MET
    told.tell("10 Dec 12:00", HULL, SightingReported())
    shown = [(local(each.due_at), each.outcome.value) for each in duties(told, "long_term_review")]
    assert shown == [
        ("Tue 10 Mar 10:00", "met"),
        ("Sun 10 May 10:00", "open"),
        ("Mon 10 Aug 10:00", "open"),
        ("Wed 10 Feb 10:00", "open"),
    ]
    told.tell(at("10 Dec 12:00") + timedelta(days=800), HULL, SightingReported())
    years = [each.due_at.year for each in duties(told, "long_term_review")]
    assert years == [2026, 2026, 2026, 2027, 2028, 2029, 2030][: len(years)]
    assert years[-1] == 2030


def test_an_early_assessment_is_no_long_term_review() -> None:
    told = reported()
    told.tell("12 Feb 12:00", HUMBERSIDE, RiskAssessed(grade=RiskGrade.MEDIUM))
    assert only(told, "long_term_review").outcome is Outcome.OPEN


def test_a_probable_sighting_after_28_days_asks_for_a_review_at_once() -> None:
    told = reported()
    told.tell("20 Feb 12:00", HULL, SightingReported(confidence=Confidence.PROBABLE))
    told.tell("20 Mar 12:00", HULL, SightingReported(confidence=Confidence.PROBABLE))
    told.tell("20 Mar 13:00", HULL, SightingReported(confidence=Confidence.DOUBTFUL))
    review = only(told, "review_on_information")
    assert local(review.due_at) == "Fri 20 Mar 16:00"
    told.tell("20 Mar 15:00", HUMBERSIDE, RiskAssessed(grade=RiskGrade.HIGH))
    assert only(told, "review_on_information").outcome is Outcome.MET


def test_the_prevention_interview_is_due_within_four_hours_of_a_high_risk_return() -> None:
    told = reported()
    told.tell("10 Feb 10:30", HUMBERSIDE, RiskAssessed(grade=RiskGrade.HIGH))
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    assert local(only(told, "prevention_interview").due_at) == "Tue 10 Feb 19:00"
    told.tell(
        "10 Feb 22:30",
        HUMBERSIDE,
        PreventionInterviewRecorded(outcome=PreventionOutcome.HELD, held_at=at("10 Feb 18:00")),
    )
    assert only(told, "prevention_interview").outcome is Outcome.MET
    assert only(told, "prevention_interview_shared").outcome is Outcome.MET
    assert only(told, "return_interview").outcome is Outcome.OPEN


@pytest.mark.parametrize("outcome", [PreventionOutcome.NOT_POSSIBLE, PreventionOutcome.UNKNOWN])
def test_a_prevention_interview_that_was_not_possible_leaves_the_child_to_be_seen(outcome: PreventionOutcome) -> None:
    told = reported()
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    assert only(told, "prevention_interview").oddities == ()
    told.tell("10 Feb 16:00", HUMBERSIDE, PreventionInterviewRecorded(outcome=outcome))
    tried = only(told, "prevention_interview")
    assert (tried.outcome, tried.oddities, local(tried.due_at)) == (Outcome.OPEN, ("tried",), "Wed 11 Feb 15:00")
    seen = told.tell("11 Feb 17:00", HUMBERSIDE, PreventionInterviewRecorded(outcome=PreventionOutcome.HELD))
    late = only(told, "prevention_interview")
    assert (late.outcome, late.closed_by, late.oddities) == (Outcome.MET_LATE, seen.id, ())


def test_a_child_may_decline_the_prevention_interview() -> None:
    told = reported()
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("10 Feb 16:00", HUMBERSIDE, PreventionInterviewRecorded(outcome=PreventionOutcome.DECLINED))
    assert only(told, "prevention_interview").outcome is Outcome.MET


def test_an_interview_shared_two_days_later_was_shared_late() -> None:
    told = reported()
    told.tell("10 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    told.tell(
        "12 Feb 20:00",
        HUMBERSIDE,
        PreventionInterviewRecorded(outcome=PreventionOutcome.HELD, held_at=at("10 Feb 18:00")),
    )
    assert only(told, "prevention_interview").outcome is Outcome.MET
    assert only(told, "prevention_interview_shared").outcome is Outcome.MET_LATE


def test_a_child_that_will_not_come_back_is_seen_from_when_it_was_located() -> None:
    told = reported()
    told.tell("10 Feb 14:00", HUMBERSIDE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.FAMILY_ADDRESS))
    assert not duties(told, "prevention_interview")
    told.tell("10 Feb 15:00", HUMBERSIDE, ReturnArranged(arrangement=Arrangement.NOT_POSSIBLE))
    assert local(only(told, "prevention_interview").due_at) == "Wed 11 Feb 14:00"
    told.tell("12 Feb 10:00", HULL, ChildReturned(to=ReturnedTo.AGREED_OTHER_ADDRESS, settled_elsewhere=True))
    assert local(only(told, "prevention_interview").due_at) == "Wed 11 Feb 14:00"
    assert local(only(told, "return_interview").due_at) == "Sun 15 Feb 10:00"


def test_police_duties_go_on_at_eighteen_and_those_to_a_child_do_not_begin_any_more() -> None:
    person = Person(home=living_in(HULL).home, date_of_birth=date(2008, 2, 12), birth_precision=BirthPrecision.DAY)
    told = reported(person=person)
    told.tell("13 Feb 12:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    assert only(told, "prevention_interview").outcome is Outcome.OPEN
    assert not duties(told, "return_interview")
    assert not duties(told, "return_interview_offered")


def test_an_interview_owed_before_the_birthday_stays_owed_until_the_authority_says_that_it_passed() -> None:
    person = Person(home=living_in(HULL).home, date_of_birth=date(2008, 2, 12), birth_precision=BirthPrecision.DAY)
    told = reported(person=person)
    told.tell("11 Feb 12:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("13 Feb 12:00", HUMBERSIDE, SightingReported())
    assert only(told, "return_interview").outcome is Outcome.OPEN
    offered = only(told, "return_interview_offered")
    assert (offered.outcome, offered.closed_because) == (Outcome.WITHDRAWN, "turned_18")
