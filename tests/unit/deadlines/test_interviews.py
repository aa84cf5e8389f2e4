"""The return interview: what closes it, what does not, what pauses it, and times that contradict one another."""

import pytest

from hub.deadlines import Outcome, due_stage, next_change
from hub.ids import AgencyId
from schemas.records import (
    AgreedStatement,
    AttemptOutcome,
    AuthorityRole,
    AuthorityRoleKind,
    CareStatus,
    ChildFound,
    ChildReturned,
    CorrectionMade,
    DeadlineStage,
    FieldChange,
    InterviewOutcome,
    Nature,
    OfferAttempt,
    PlaceKind,
    PushFactor,
    ReportCancelled,
    ReturnedTo,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    SeenBy,
)
from tests.unit.deadlines.owed import duties, local, only
from tests.unit.episode.telling import HULL, HUMBERSIDE, Telling, at, living_in, missing

CARDIFF = AgencyId("W06000015")
SOUTH_WALES = AgencyId("W15000003")
GLASGOW = AgencyId("S12000049")
BACK = "10 Feb 15:00"


def back(to: ReturnedTo = ReturnedTo.HOME, **given: object) -> Telling:
    """A child of Hull, missing on the morning of 10 February and back at three."""
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL), **given))
    told.tell(BACK, HUMBERSIDE, ChildReturned(to=to))
    return told


def recorded(told: Telling, when: str, outcome: InterviewOutcome, held: str | None = None) -> None:
    held_at = None if held is None else at(held)
    told.tell(when, HULL, ReturnInterviewRecorded(outcome=outcome, held_at=held_at))


def offered(told: Telling, when: str, *attempts: tuple[str, AttemptOutcome]) -> None:
    given = tuple(OfferAttempt(at=at(time), outcome=outcome) for time, outcome in attempts)
    told.tell(when, HULL, ReturnInterviewOffered(attempts=given))


def test_an_interview_held_within_72_hours_is_met_even_if_it_is_told_later() -> None:
    told = back()
    recorded(told, "20 Feb 12:00", InterviewOutcome.HELD, "13 Feb 14:00")
    assert only(told, "return_interview").outcome is Outcome.MET


def test_an_interview_held_after_72_hours_is_met_late() -> None:
    told = back()
    recorded(told, "13 Feb 17:00", InterviewOutcome.HELD, "13 Feb 15:10")
    assert only(told, "return_interview").outcome is Outcome.MET_LATE


def test_a_parents_refusal_never_counts_as_the_childs() -> None:
    told = back()
    recorded(told, "11 Feb 12:00", InterviewOutcome.DECLINED_BY_PARENT)
    offered(told, "11 Feb 13:00", ("11 Feb 12:30", AttemptOutcome.DECLINED_BY_PARENT))
    assert only(told, "return_interview").outcome is Outcome.OPEN
    assert not duties(told, "return_interview_offered_again")
    assert only(told, "return_interview_second_attempt").outcome is Outcome.OPEN


def test_no_contact_counts_only_after_two_attempts_at_different_times() -> None:
    told = back()
    offered(told, "11 Feb 10:00", ("11 Feb 09:00", AttemptOutcome.NO_ANSWER))
    recorded(told, "11 Feb 11:00", InterviewOutcome.NO_CONTACT)
    assert only(told, "return_interview").outcome is Outcome.OPEN
    second = only(told, "return_interview_second_attempt")
    assert (second.outcome, local(second.due_at)) == (Outcome.OPEN, "Thu 12 Feb 09:00")
    offered(told, "11 Feb 19:00", ("11 Feb 09:00", AttemptOutcome.NO_ANSWER))
    assert only(told, "return_interview").outcome is Outcome.OPEN
    offered(told, "11 Feb 20:00", ("11 Feb 18:30", AttemptOutcome.NO_ANSWER))
    assert only(told, "return_interview_second_attempt").outcome is Outcome.MET
    assert only(told, "return_interview").outcome is Outcome.OPEN, "no contact was recorded before that attempt"
    recorded(told, "11 Feb 20:10", InterviewOutcome.NO_CONTACT)
    closed = only(told, "return_interview")
    assert (closed.outcome, closed.closed_because) == (Outcome.MET, "no_contact_after_two_attempts")
    assert local(closed.closed_at) == "Wed 11 Feb 20:10"


def test_two_attempts_that_are_told_later_than_no_contact_still_came_before_it() -> None:
    told = back()
    recorded(told, "11 Feb 20:00", InterviewOutcome.NO_CONTACT)
    offered(told, "12 Feb 09:00", ("11 Feb 09:00", AttemptOutcome.NO_ANSWER), ("11 Feb 18:30", AttemptOutcome.UNKNOWN))
    assert local(only(told, "return_interview").closed_at) == "Wed 11 Feb 20:00"


@pytest.mark.parametrize(
    "answer", [AttemptOutcome.DECLINED_BY_PARENT, AttemptOutcome.DECLINED_BY_CHILD, AttemptOutcome.ACCEPTED]
)
def test_whoever_answered_was_reached_and_so_no_contact_closes_nothing(answer: AttemptOutcome) -> None:
    told = back()
    offered(told, "11 Feb 10:00", ("11 Feb 09:00", answer), ("11 Feb 09:30", AttemptOutcome.NO_ANSWER))
    offered(told, "12 Feb 10:00", ("12 Feb 09:00", answer))
    recorded(told, "12 Feb 11:00", InterviewOutcome.NO_CONTACT)
    assert only(told, "return_interview").outcome is Outcome.OPEN


def test_an_offer_meets_the_duty_to_offer_and_not_the_duty_to_hold() -> None:
    told = back()
    offered(told, "10 Feb 18:00", ("10 Feb 17:00", AttemptOutcome.ACCEPTED))
    assert (only(told, "return_interview_offered").outcome, only(told, "return_interview").outcome) == (
        Outcome.MET,
        Outcome.OPEN,
    )


def test_a_child_that_turned_eighteen_closes_the_interview_when_that_is_recorded() -> None:
    told = back()
    recorded(told, "11 Feb 12:00", InterviewOutcome.TURNED_18)
    assert only(told, "return_interview").closed_because == "adulthood_recorded"


@pytest.mark.parametrize(
    "to, why",
    [
        (ReturnedTo.HOSPITAL, "in_hospital"),
        (ReturnedTo.CUSTODY_OR_SECURE, "detained"),
        (ReturnedTo.ABROAD, "abroad"),
    ],
)
def test_a_child_that_cannot_be_seen_stops_the_clock_and_both_times_are_shown(to: ReturnedTo, why: str) -> None:
    told = back(to)
    standing = only(told, "return_interview")
    assert (standing.paused_since, standing.pauses[0].why) == (at(BACK), why)
    assert due_stage(standing, at("28 Feb 12:00")) is None
    assert next_change(standing, at(BACK)) is None
    told.tell("12 Feb 15:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    running = only(told, "return_interview")
    assert (local(running.raw_due_at), local(running.due_at)) == ("Fri 13 Feb 15:00", "Sun 15 Feb 15:00")


@pytest.mark.parametrize("outcome", [InterviewOutcome.DETAINED, InterviewOutcome.IN_HOSPITAL, InterviewOutcome.ABROAD])
def test_an_outcome_that_says_where_the_child_is_pauses_from_then_until_it_is_spoken_to(
    outcome: InterviewOutcome,
) -> None:
    told = back()
    recorded(told, "11 Feb 15:30", outcome, "11 Feb 15:00")
    assert only(told, "return_interview").paused_since == at("11 Feb 15:00")
    recorded(told, "14 Feb 15:00", InterviewOutcome.HELD, "14 Feb 15:00")
    closed = only(told, "return_interview")
    assert (local(closed.due_at), closed.outcome) == ("Mon 16 Feb 15:00", Outcome.MET)


def test_an_outcome_of_missing_again_pauses_until_the_report_of_it_is_there() -> None:
    told = back()
    recorded(told, "11 Feb 15:30", InterviewOutcome.CHILD_MISSING_AGAIN, "11 Feb 15:00")
    assert only(told, "return_interview").paused_since == at("11 Feb 15:00")
    told.tell("11 Feb 16:00", HUMBERSIDE, missing(at("11 Feb 14:00"), place_kind=PlaceKind.HOME))
    assert only(told, "return_interview", episode=0).paused_since == at("11 Feb 14:00")
    told.tell("12 Feb 14:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    again = only(told, "return_interview", episode=0)
    assert (again.paused_since, local(again.due_at)) == (None, "Sat 14 Feb 15:00")


def test_a_clock_that_was_due_before_the_child_left_again_does_not_stand_still() -> None:
    told = back()
    told.tell("14 Feb 16:00", HUMBERSIDE, missing(at("14 Feb 15:00"), place_kind=PlaceKind.HOME))
    first = only(told, "return_interview", episode=0)
    assert (first.pauses, due_stage(first, at("14 Feb 16:00"))) == ((), DeadlineStage.OVERDUE)


def test_an_interview_before_the_return_is_kept_flagged_and_closes_the_clock() -> None:
    told = back()
    recorded(told, "11 Feb 12:00", InterviewOutcome.HELD, "10 Feb 11:00")
    closed = only(told, "return_interview")
    assert (closed.outcome, closed.oddities) == (Outcome.MET, ("closed_before_base",))


def test_an_interview_from_before_the_child_left_again_in_the_same_absence_closes_nothing() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell("10 Feb 12:00", HUMBERSIDE, ChildFound(seen_by=SeenBy.POLICE))
    recorded(told, "10 Feb 13:00", InterviewOutcome.HELD)
    told.tell("10 Feb 14:10", HUMBERSIDE, missing(at("10 Feb 14:00")))
    told.tell("10 Feb 20:00", HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    assert only(told, "return_interview").outcome is Outcome.OPEN


def test_a_return_dated_next_year_postpones_nothing() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell(BACK, HUMBERSIDE, ChildReturned(returned_at=at("10 Dec 15:00"), to=ReturnedTo.HOME))
    interview = only(told, "return_interview")
    assert (local(interview.due_at), interview.oddities) == ("Fri 13 Feb 15:00", ("stated_ahead",))


def test_two_returns_of_one_absence_are_kept_and_flagged() -> None:
    told = back()
    told.tell("10 Feb 18:00", HULL, ChildReturned(returned_at=at("10 Feb 14:00"), to=ReturnedTo.HOME))
    (interview,) = duties(told, "return_interview")
    assert "several_returns" in interview.oddities
    assert interview.outcome is Outcome.OPEN


def test_a_return_before_the_absence_ends_nothing_and_loses_nothing() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell("10 Feb 11:00", HUMBERSIDE, ChildReturned(returned_at=at("10 Feb 08:00"), to=ReturnedTo.HOME))
    assert any(episode.is_open for episode in told.state.episodes)
    assert {each.outcome for each in duties(told, "circulated")} == {Outcome.OPEN}


def test_a_return_that_turns_out_wrong_takes_its_clocks_with_it_and_opens_those_it_closed() -> None:
    told = back()
    assert only(told, "circulated").outcome is Outcome.WITHDRAWN
    told.tell("10 Feb 17:00", HUMBERSIDE, ReportCancelled(cancels=told.events[1].id))
    assert not duties(told, "return_interview")
    assert only(told, "circulated").outcome is Outcome.OPEN


def test_a_corrected_return_moves_the_clock_and_keeps_its_identity() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    said = told.tell(BACK, HUMBERSIDE, ChildReturned(returned_at=at("10 Feb 15:00"), to=ReturnedTo.HOME))
    before = only(told, "return_interview")
    change = FieldChange(field="returned_at", old="2026-02-10T15:00:00Z", new="2026-02-10T13:00:00Z")
    told.tell("10 Feb 18:00", HUMBERSIDE, CorrectionMade(corrects=said.id, changes=(change,)))
    after = only(told, "return_interview")
    assert (local(before.due_at), local(after.due_at)) == ("Fri 13 Feb 15:00", "Fri 13 Feb 13:00")
    assert before.id == after.id


def test_a_return_that_nobody_saw_counts_from_the_latest_moment_at_which_it_can_have_been() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    told.tell("12 Feb 10:00", HUMBERSIDE, missing(at("12 Feb 09:00"), place_kind=PlaceKind.HOME))
    first = only(told, "return_interview", episode=0)
    assert (local(first.base_at), first.oddities) == ("Thu 12 Feb 09:00", ("ended_unseen",))
    assert first.paused_since == at("12 Feb 09:00")


def test_a_whole_family_away_together_is_owed_no_return_interview() -> None:
    assert not duties(back(nature=Nature.WITH_FAMILY), "return_interview")


def test_findings_are_shared_within_three_working_days_of_the_interview() -> None:
    told = back()
    recorded(told, "12 Feb 12:00", InterviewOutcome.HELD)
    shared = only(told, "findings_shared")
    assert (shared.outcome, local(shared.due_at)) == (Outcome.OPEN, "Tue 17 Feb 23:59")
    told.tell(
        "16 Feb 12:00",
        HULL,
        ReturnInterviewRecorded(
            outcome=InterviewOutcome.HELD,
            held_at=at("12 Feb 12:00"),
            push_factors=(PushFactor.SCHOOL,),
            agreed_statements=(AgreedStatement(text="school is hard"),),
        ),
    )
    assert only(told, "findings_shared").outcome is Outcome.MET


def responsible(authority: str) -> tuple[AuthorityRole, ...]:
    return (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=authority),)


@pytest.mark.parametrize(
    "authority, area, police, duty",
    [
        (HULL, CARDIFF, SOUTH_WALES, "return_interview"),  # an English child in Wales
        (CARDIFF, HULL, HUMBERSIDE, None),  # a Welsh child in England
        (GLASGOW, HULL, HUMBERSIDE, "return_discussion"),
    ],
)
def test_the_interview_is_owed_by_the_law_of_whoever_owes_it(
    authority: str, area: str, police: str, duty: str | None
) -> None:
    told = Telling()
    report = missing(
        at("10 Feb 09:00"),
        area_code=area,
        care_status=(CareStatus.LOOKED_AFTER,),
        authority_roles=responsible(authority),
    )
    told.tell("10 Feb 10:00", HUMBERSIDE, report)
    told.tell(BACK, HUMBERSIDE, ChildReturned(to=ReturnedTo.PLACEMENT))
    found = {name: duties(told, name) for name in ("return_interview", "return_discussion")}
    assert [name for name, some in found.items() if some] == ([] if duty is None else [duty])
    assert police
    if duty is not None:
        assert found[duty][0].owed_by == (authority,)
        assert local(found[duty][0].due_at) == "Fri 13 Feb 15:00"


def test_an_interview_from_before_the_absence_began_closes_nothing_of_it_and_is_flagged() -> None:
    told = back()
    recorded(told, "11 Feb 12:00", InterviewOutcome.HELD, "9 Feb 11:00")
    offered(told, "11 Feb 12:00", ("9 Feb 10:00", AttemptOutcome.ACCEPTED))
    for name in ("return_interview", "return_interview_offered"):
        owed = only(told, name)
        assert (owed.outcome, owed.oddities) == (Outcome.OPEN, ("before_absence",))


def test_where_nobody_knows_when_the_absence_began_an_interview_is_not_before_it() -> None:
    told = Telling()
    told.tell("10 Feb 10:00", HUMBERSIDE, missing(None, person=living_in(HULL)))
    told.tell(BACK, HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    recorded(told, "11 Feb 12:00", InterviewOutcome.HELD, "10 Feb 09:00")
    assert only(told, "return_interview").outcome is Outcome.MET
