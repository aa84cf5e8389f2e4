"""Nights that must come out right, as far as their due times are concerned."""

from datetime import timedelta

from hub.deadlines import Outcome, due_stage, still_true, to_raise
from hub.episode import fold
from hub.ids import HUB
from schemas.records import (
    AllegedRole,
    Answer,
    AuthorityRole,
    AuthorityRoleKind,
    CancelReason,
    CareStatus,
    ChildFound,
    ChildReturned,
    Condition,
    DeadlineStage,
    InterviewOutcome,
    MissingAmended,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    PlaceKind,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReportCancelled,
    ReturnedTo,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    SeenBy,
    StrategyDecision,
    StrategyDecisionRecorded,
)
from tests.unit.deadlines.owed import duties, local, only, open_duties, owed
from tests.unit.episode.telling import (
    BRADFORD,
    DERBY,
    HOME,
    HULL,
    HUMBERSIDE,
    LANCASHIRE,
    LEEDS,
    NORFOLK,
    NORFOLK_POLICE,
    OLDHAM,
    ROCHDALE,
    WEST_YORKSHIRE,
    Telling,
    at,
    missing,
)
from tests.unit.episode.test_nights import (
    found_dead,
    ordinary_night,
    running_from_the_carer,
    third_time,
    three_reports,
)


def test_after_an_ordinary_night_the_clocks_count_elapsed_hours_over_the_change_to_summer_time() -> None:
    told = ordinary_night()
    answer = only(told, "police_answer")
    assert (local(answer.due_at), local(answer.closed_at)) == ("Fri 27 Mar 23:25", "Fri 27 Mar 23:31")
    assert answer.outcome is Outcome.MET_LATE
    assert answer.owed_by == (LANCASHIRE,)
    assert local(only(told, "prevention_interview").due_at) == "Sun 29 Mar 04:25"
    assert local(only(told, "return_interview_offered").due_at) == "Sun 29 Mar 04:25"
    interview = only(told, "return_interview")
    assert local(interview.due_at) == "Tue 31 Mar 04:25"
    assert interview.owed_by == (ROCHDALE,)
    assert open_duties(owed(told.state)) >= {"prevention_interview", "return_interview_offered", "return_interview"}


def test_the_collector_is_named_in_time_and_the_first_assessment_is_made_in_time() -> None:
    told = ordinary_night()
    assert only(told, "collector_named").outcome is Outcome.MET
    assert only(told, "first_risk_assessment").outcome is Outcome.MET
    review = only(told, "risk_review")
    assert review.due_at - review.base_at == timedelta(hours=6)
    assert (review.outcome, review.closed_because) == (Outcome.WITHDRAWN, "found_or_back")


def test_the_first_of_two_interviews_stands_still_while_the_boy_is_missing_again() -> None:
    told = three_reports()
    first, second = duties(told, "return_interview")
    assert (local(first.raw_due_at), local(first.due_at)) == ("Tue 17 Mar 22:50", "Wed 18 Mar 06:40")
    assert [(local(pause.began), local(pause.ended), pause.why) for pause in first.pauses] == [
        ("Sat 14 Mar 23:10", "Sun 15 Mar 07:00", "missing_again")
    ]
    assert local(second.due_at) == local(second.raw_due_at) == "Wed 18 Mar 07:00"


def test_one_interview_that_covers_both_absences_closes_both() -> None:
    told = three_reports()
    covered = tuple(episode.id for episode in told.state.episodes)
    held = told.tell(
        "17 Mar 19:00", BRADFORD, ReturnInterviewRecorded(outcome=InterviewOutcome.HELD, covers_episodes=covered)
    )
    for interview in duties(told, "return_interview"):
        assert (interview.outcome, interview.closed_by) == (Outcome.MET, held.id)
        assert (local(interview.closed_at), interview.closed_because) == ("Tue 17 Mar 19:00", "interview_held")


def in_hospital_in_leeds() -> Telling:
    told = Telling()
    told.tell(
        "4 Feb 19:30",
        HOME,
        missing(
            at("4 Feb 18:50"),
            incident_ref="I-7",
            care_status=(CareStatus.LOOKED_AFTER,),
            authority_roles=(AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=OLDHAM),),
        ),
    )
    told.tell(
        "5 Feb 04:10",
        WEST_YORKSHIRE,
        ChildFound(
            seen_by=SeenBy.POLICE, place_kind=PlaceKind.HOSPITAL, area_code=LEEDS, condition=Condition.IN_HOSPITAL
        ),
    )
    told.tell(
        "5 Feb 05:00",
        WEST_YORKSHIRE,
        PreventionInterviewRecorded(
            outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.OTHER_ADULT
        ),
    )
    return told


def test_the_authority_where_she_was_found_holds_the_strategy_decision_until_another_accepts_in_writing() -> None:
    told = in_hospital_in_leeds()
    decision = only(told, "strategy_decision")
    assert (decision.owed_by, local(decision.due_at)) == ((LEEDS,), "Fri 6 Feb 23:59")
    told.tell(
        "5 Feb 13:00",
        OLDHAM,
        OwnershipTransferred(
            kind=OwnershipKind.SECTION_47,
            step=OwnershipStep.ACCEPTED,
            from_agency=LEEDS,
            to_agency=OLDHAM,
            in_writing=Answer.YES,
        ),
    )
    handed_over = only(told, "strategy_decision")
    assert (handed_over.owed_by, handed_over.due_at) == ((OLDHAM,), decision.due_at)
    assert handed_over.id == decision.id


def test_the_interview_of_a_girl_in_hospital_counts_from_her_return_to_a_new_placement() -> None:
    told = in_hospital_in_leeds()
    assert not duties(told, "return_interview")
    told.tell("6 Feb 15:00", OLDHAM, ChildReturned(returned_at=at("6 Feb 15:00"), to=ReturnedTo.NEW_PLACEMENT))
    interview = only(told, "return_interview")
    assert (local(interview.due_at), interview.owed_by) == ("Mon 9 Feb 15:00", (OLDHAM,))
    prevention = only(told, "prevention_interview")
    assert prevention.outcome is Outcome.MET
    assert "closed_before_base" in prevention.oddities


def test_a_bank_holiday_moves_the_strategy_decision_to_tuesday() -> None:
    told = running_from_the_carer()
    decision = only(told, "strategy_decision")
    assert (local(decision.due_at), decision.owed_by) == ("Tue 5 May 23:59", (DERBY,))
    assert local(only(told, "return_interview").due_at) == "Wed 6 May 23:10"


def test_the_third_absence_in_a_month_raises_a_strategy_decision_at_once() -> None:
    told = third_time()
    state = told.as_of("14 May 20:10")
    decision = only(state, "strategy_decision")
    assert (local(decision.base_at), local(decision.due_at)) == ("Thu 14 May 20:10", "Fri 15 May 23:59")
    assert decision.owed_by == (HULL,)
    assert due_stage(decision, at("14 May 20:10")) is DeadlineStage.SOON


def test_the_second_interview_stands_still_through_the_third_absence_and_shows_both_times() -> None:
    told = third_time()
    missing_again = only(told.as_of("14 May 20:10"), "return_interview", episode=1)
    assert missing_again.paused_since == at("14 May 20:00")
    second = only(told, "return_interview", episode=1)
    assert (local(second.raw_due_at), local(second.due_at)) == ("Fri 15 May 09:00", "Fri 15 May 21:00")
    _, two, three = told.state.episodes
    told.tell(
        "15 May 17:00",
        HULL,
        ReturnInterviewRecorded(outcome=InterviewOutcome.HELD, covers_episodes=(two.id, three.id)),
    )
    outcomes = [each.outcome for each in duties(told, "return_interview")]
    assert outcomes == [Outcome.OPEN, Outcome.MET, Outcome.MET]


def test_a_decline_by_the_child_closes_the_interview_and_is_told_apart_from_one_held() -> None:
    told = third_time()
    told.tell(
        "2 May 12:00",
        HULL,
        ReturnInterviewRecorded(outcome=InterviewOutcome.DECLINED_BY_CHILD, held_at=at("2 May 12:00")),
    )
    declined = only(told, "return_interview", episode=0)
    assert (declined.outcome, declined.closed_because) == (Outcome.MET, "interview_declined_by_child")
    assert only(told, "return_interview_offered_again", episode=0).outcome is Outcome.OPEN
    told.tell("3 May 12:00", HULL, ReturnInterviewOffered(occurred_at=at("3 May 12:00")))
    assert only(told, "return_interview_offered_again", episode=0).outcome is Outcome.MET


def test_the_trigger_is_withdrawn_when_the_first_absence_is_cancelled_and_a_meeting_held_stays_on_record() -> None:
    told = third_time()
    raise_all(told, "14 May 20:10")
    assert "strategy_decision" in {each.deadline.duty for each in still_true(told.state, owed(told.state))}
    held = told.tell("15 May 14:00", HULL, StrategyDecisionRecorded(decision=StrategyDecision.HELD))
    told.tell(
        "18 May 10:00",
        HUMBERSIDE,
        ReportCancelled(cancels=told.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED),
    )
    assert not duties(told, "strategy_decision")
    assert "strategy_decision" not in {each.deadline.duty for each in still_true(told.state, owed(told.state))}
    assert held.id in told.state.episodes[2].events
    assert {each.outcome for each in owed(told.state) if each.episode == told.state.episodes[0].id} == {
        Outcome.WITHDRAWN
    }


def raise_all(told: Telling, when: str) -> None:
    """The clock looks once, as of a time."""
    state = told.as_of(when)
    for raised in to_raise(state, owed(state), at(when)):
        told.tell(when, HUB, raised)


def test_a_death_stops_every_clock_without_a_word_and_leaves_only_the_serious_incident() -> None:
    told = found_dead()
    told.tell("4 Nov 09:15", NORFOLK_POLICE, MissingAmended(family_informed_at=at("4 Nov 09:10")))
    found = owed(told.state)
    assert open_duties(found) == {"serious_incident_notified"}
    incident = only(told, "serious_incident_notified")
    assert (local(incident.due_at), incident.owed_by) == ("Wed 11 Nov 23:59", (NORFOLK,))
    began_after = [each.duty for each in found if each.base_at >= at("4 Nov 06:20")]
    assert began_after == ["serious_incident_notified"]
    raised = to_raise(told.state, found, at("30 Nov 12:00"))
    assert {each.duty for each in raised} == {"serious_incident_notified"}


def test_a_death_in_a_later_absence_ends_the_interview_that_an_earlier_one_owed() -> None:
    told = Telling()
    told.tell("1 Nov 20:00", NORFOLK_POLICE, missing(at("1 Nov 19:00")))
    told.tell("2 Nov 08:00", NORFOLK_POLICE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("3 Nov 21:05", NORFOLK_POLICE, missing(at("3 Nov 19:00"), place_kind=PlaceKind.HOME))
    told.tell("4 Nov 06:20", NORFOLK_POLICE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.DECEASED))
    interview = only(fold(told.child, told.events), "return_interview", episode=0)
    assert (interview.outcome, interview.closed_because) == (Outcome.WITHDRAWN, "deceased")
