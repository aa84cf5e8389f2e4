"""What councils, homes and both sides owe round an absence: decisions, disputes, handovers, placements, orders."""

from datetime import timedelta
from typing import Any

import pytest

from hub.deadlines import DeadlineRules, Outcome, packaged_deadline_text
from hub.delivery.rota import acting_desk
from hub.ids import HUB, AgencyId
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AllegedRole,
    Answer,
    Arrangement,
    AuthorityRole,
    AuthorityRoleKind,
    CareStatus,
    CareStatusChanged,
    CareStatusPeriod,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    Condition,
    DisagreementFound,
    DisagreementSide,
    EnquiryRequested,
    EnquiryState,
    ExclusionSet,
    ExclusionState,
    FindingState,
    Flag,
    FlagKind,
    MissingAmended,
    NoticeRef,
    Order,
    OrderKind,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    Person,
    PlaceKind,
    Placement,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReportCancelled,
    ReportedStatus,
    ReturnArranged,
    ReturnedTo,
    SeenBy,
    StatusClaimed,
    StrategyDecision,
    StrategyDecisionRecorded,
    SupportArranged,
    SupportKind,
    Told,
    ToldByOtherMeans,
    ToldRow,
)
from tests.unit.deadlines.owed import duties, local, only, owed
from tests.unit.episode.telling import (
    BLACKPOOL,
    BRADFORD,
    HOME,
    HULL,
    HUMBERSIDE,
    LANCASHIRE,
    LEEDS,
    OLDHAM,
    ROCHDALE,
    WEST_YORKSHIRE,
    Telling,
    at,
    living_in,
    missing,
)
from tests.unit.routing.clocked import OUT_OF_HOURS, with_rota
from tests.unit.routing.world import directory_of

TEN = "10 Feb 10:00"
CARED_FOR = (CareStatus.LOOKED_AFTER,)


def responsible(authority: AgencyId) -> tuple[AuthorityRole, ...]:
    return (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=authority),)


def looked_after(**given: object) -> Telling:
    """A child whom Rochdale looks after in a home in Blackpool, missing since nine on 10 February."""
    told = Telling()
    placed = Placement(kind=PlacementKind.CHILDRENS_HOME, provider_agency=HOME, host_authority=BLACKPOOL)
    report = missing(
        at("10 Feb 09:00"),
        care_status=CARED_FOR,
        placement=placed,
        authority_roles=responsible(ROCHDALE),
        area_code=BLACKPOOL,
        **given,
    )
    told.tell(TEN, HOME, report)
    return told


# ---- away, located ----


def test_the_carer_says_whether_an_away_child_is_still_away_and_an_hour_later_the_authority_finds_out() -> None:
    told = looked_after(status=ReportedStatus.AWAY, expected_by=at("10 Feb 20:00"))
    carer, authority = only(told, "still_away"), only(told, "still_away_authority")
    assert (local(carer.due_at), carer.owed_by) == ("Tue 10 Feb 20:00", (HOME,))
    assert (local(authority.due_at), authority.owed_by) == ("Tue 10 Feb 21:00", (ROCHDALE,))
    told.tell("10 Feb 20:30", HOME, StatusClaimed(status=ClaimedStatus.AWAY, since=at("10 Feb 20:30")))
    assert (only(told, "still_away").outcome, only(told, "still_away_authority").outcome) == (
        Outcome.MET_LATE,
        Outcome.MET,
    )


def test_a_child_that_is_missing_by_now_is_asked_for_by_other_clocks() -> None:
    told = looked_after(status=ReportedStatus.AWAY, expected_by=at("10 Feb 20:00"))
    told.tell("10 Feb 18:00", HOME, MissingAmended(status=ReportedStatus.MISSING))
    assert not duties(told, "still_away")
    assert duties(told, "first_risk_assessment")


def test_who_fetches_a_located_child_is_said_by_the_authority_or_asked_of_parents_by_police() -> None:
    told = looked_after()
    told.tell("10 Feb 15:00", LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE))
    collector = only(told, "collector_named")
    assert (local(collector.due_at), collector.owed_by) == ("Tue 10 Feb 16:00", (ROCHDALE,))
    told.tell("10 Feb 16:30", HOME, ReturnArranged(arrangement=Arrangement.ARRANGED))
    assert only(told, "collector_named").outcome is Outcome.MET_LATE
    at_home = Telling()
    at_home.tell(TEN, HULL, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    at_home.tell("10 Feb 15:00", HUMBERSIDE, ChildFound(seen_by=SeenBy.POLICE))
    assert only(at_home, "collector_named_at_home").owed_by == (HUMBERSIDE,)
    assert not duties(at_home, "collector_named")


# ---- told ----


def told_row(told: Telling, notice: str, recipient: AgencyId, desk: str = "duty") -> Told:
    row = ToldRow(
        notice_id=notice, episode_id=told.episode.id, recipient=recipient, desk=desk, role="responsible_authority",
        basis="test", content_digest=b"",
    )  # fmt: skip
    return Told(cause=told.events[0].id, rows=(row,), rules_version="1", directory_version=1)


def test_the_hub_has_told_the_authority_only_when_it_fetched_the_notice() -> None:
    told = looked_after()
    told.tell("10 Feb 10:00", HUB, told_row(told, "n-1", ROCHDALE))
    waiting = only(told, "authority_told")
    assert (waiting.outcome, waiting.owed_by, local(waiting.due_at)) == (Outcome.OPEN, (HUB,), "Tue 10 Feb 10:05")
    pair = NoticeRef(notice_id="n-1", episode_id=told.episode.id)
    told.tell("10 Feb 10:03", ROCHDALE, Acknowledged(pairs=(pair,), layer=Acknowledgement.FETCHED))
    assert (only(told, "authority_told").outcome, local(only(told, "authority_told").closed_at)) == (
        Outcome.MET,
        "Tue 10 Feb 10:03",
    )


@pytest.mark.parametrize("layer", [Acknowledgement.FETCHED, Acknowledgement.OPENED, Acknowledgement.TAKEN])
def test_what_a_team_reads_for_the_authority_counts_in_its_hours_alone(layer: Acknowledgement) -> None:
    directory = with_rota(directory_of(ROCHDALE), ROCHDALE)

    def authority_told(told: Telling) -> tuple[Outcome, str]:
        (found,) = [one for one in owed(told.state, directory=directory) if one.duty == "authority_told"]
        return found.outcome, local(found.closed_at)

    told = looked_after()
    told.tell("10 Feb 10:00", HUB, told_row(told, "n-1", OUT_OF_HOURS, acting_desk("duty", ROCHDALE)))
    said = Acknowledged(pairs=(NoticeRef(notice_id="n-1", episode_id=told.episode.id),), layer=layer)
    told.tell("10 Feb 10:03", OUT_OF_HOURS, said)
    assert authority_told(told) == (Outcome.OPEN, "never")
    told.tell("10 Feb 17:10", BRADFORD, said)
    assert authority_told(told) == (Outcome.OPEN, "never"), "it was not sent this"
    told.tell("10 Feb 17:20", OUT_OF_HOURS, said)
    assert authority_told(told) == (Outcome.MET_LATE, "Tue 10 Feb 17:20")


def test_told_by_telephone_counts_as_told() -> None:
    told = looked_after()
    told.tell("10 Feb 10:20", HOME, ToldByOtherMeans(recipient_agency=ROCHDALE, told_at=at("10 Feb 10:15")))
    assert only(told, "authority_told").outcome is Outcome.MET_LATE


def test_an_authority_that_reported_the_child_itself_needs_no_telling() -> None:
    told = Telling()
    told.tell(TEN, HULL, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    assert not duties(told, "authority_told")


def accepted(told: Telling, when: str, to: AgencyId, by: AgencyId = ROCHDALE) -> None:
    """Another authority accepts the duty of care in writing."""
    body = OwnershipTransferred(
        kind=OwnershipKind.CARE_DUTY, from_agency=by, to_agency=to, step=OwnershipStep.ACCEPTED, in_writing=Answer.YES
    )
    told.tell(when, to, body)


def fetched(told: Telling, when: str, by: AgencyId, notice: str = "n-1") -> None:
    told.tell(when, HUB, told_row(told, notice, by))
    pair = NoticeRef(notice_id=notice, episode_id=told.episode.id)
    told.tell(when, by, Acknowledged(pairs=(pair,), layer=Acknowledgement.FETCHED))


def test_the_authority_that_was_told_in_time_stays_told_when_another_accepts_the_duty() -> None:
    told = looked_after()
    fetched(told, "10 Feb 10:03", ROCHDALE)
    met = only(told, "authority_told")
    accepted(told, "11 Feb 11:00", LEEDS)
    fetched(told, "11 Feb 11:01", LEEDS, "n-2")
    assert only(told, "authority_told") == met


def test_an_authority_that_had_given_the_duty_up_was_not_the_one_to_be_told() -> None:
    told = looked_after()
    accepted(told, "10 Feb 10:01", LEEDS)
    fetched(told, "10 Feb 10:03", ROCHDALE)
    assert only(told, "authority_told").outcome is Outcome.OPEN
    fetched(told, "10 Feb 10:20", LEEDS, "n-2")
    assert only(told, "authority_told").outcome is Outcome.MET_LATE


def test_nobody_is_to_be_told_late_because_the_authority_that_reported_gives_the_duty_up() -> None:
    told = Telling()
    told.tell(TEN, HULL, missing(at("10 Feb 09:00"), person=living_in(HULL)))
    accepted(told, "11 Feb 11:00", LEEDS, by=HULL)
    assert not duties(told, "authority_told")


# ---- who owns what ----


def test_a_dispute_of_responsibility_is_settled_within_four_hours_and_the_host_holds_the_clocks() -> None:
    told = looked_after()
    told.tell("10 Feb 12:00", LANCASHIRE, missing(at("10 Feb 09:00"), authority_roles=responsible(OLDHAM)))
    dispute = only(told, "responsibility_answer")
    assert (local(dispute.due_at), dispute.owed_by) == ("Tue 10 Feb 16:00", (ROCHDALE, OLDHAM))
    told.tell("10 Feb 15:00", LANCASHIRE, ChildReturned(to=ReturnedTo.PLACEMENT))
    assert only(told, "return_interview").owed_by == (BLACKPOOL,)
    told.tell(
        "10 Feb 17:00",
        OLDHAM,
        CareStatusChanged(statuses=(CareStatusPeriod(status=CareStatus.LOOKED_AFTER),), responsible_authority=OLDHAM),
    )
    assert only(told, "responsibility_answer").outcome is Outcome.MET_LATE
    assert only(told, "return_interview").owed_by == (OLDHAM,)


def handover(step: OwnershipStep, to: AgencyId, proposal: str | None = None) -> OwnershipTransferred:
    return OwnershipTransferred(
        kind=OwnershipKind.INVESTIGATION, from_agency=LANCASHIRE, to_agency=to, step=step, proposal=proposal
    )


def test_a_handover_is_answered_within_two_hours_and_goes_up_when_refused_twice() -> None:
    told = looked_after()
    told.tell("10 Feb 10:20", LANCASHIRE, missing(at("10 Feb 09:00")))
    first = told.tell("10 Feb 12:00", LANCASHIRE, handover(OwnershipStep.PROPOSED, WEST_YORKSHIRE))
    asked = only(told, "handover_answer")
    assert (local(asked.due_at), asked.owed_by) == ("Tue 10 Feb 14:00", (WEST_YORKSHIRE,))
    told.tell("10 Feb 13:00", WEST_YORKSHIRE, handover(OwnershipStep.REFUSED, WEST_YORKSHIRE, first.id))
    assert only(told, "handover_answer").outcome is Outcome.MET
    assert not duties(told, "handover_settled")
    second = told.tell("10 Feb 14:00", LANCASHIRE, handover(OwnershipStep.PROPOSED, WEST_YORKSHIRE))
    told.tell("10 Feb 15:00", WEST_YORKSHIRE, handover(OwnershipStep.REFUSED, WEST_YORKSHIRE, second.id))
    settled = only(told, "handover_settled")
    assert (local(settled.due_at), set(settled.owed_by)) == ("Tue 10 Feb 19:00", {LANCASHIRE, WEST_YORKSHIRE})
    assert only(told, "circulated").owed_by == (LANCASHIRE,)


def test_an_enquiry_is_answered_by_the_time_it_asks_for() -> None:
    told = looked_after()
    asked = told.tell(
        "10 Feb 12:00",
        LANCASHIRE,
        EnquiryRequested(state=EnquiryState.ASKED, of_agency=ROCHDALE, by_when=at("10 Feb 18:00"), what="passport?"),
    )
    assert (local(only(told, "enquiry_answer").due_at), only(told, "enquiry_answer").owed_by) == (
        "Tue 10 Feb 18:00",
        (ROCHDALE,),
    )
    told.tell("10 Feb 17:00", ROCHDALE, EnquiryRequested(state=EnquiryState.ANSWERED, answers=asked.id))
    assert only(told, "enquiry_answer").outcome is Outcome.MET


def test_a_difference_is_settled_by_both_sides_within_a_working_day() -> None:
    told = looked_after()
    sides = tuple(DisagreementSide(agency=agency, value="?") for agency in (HOME, LANCASHIRE))

    def found(state: FindingState) -> DisagreementFound:
        return DisagreementFound(
            episode_id=told.episode.id, field="person.sex", sides=sides, since=at("10 Feb 11:00"), state=state
        )

    told.tell("10 Feb 11:00", HUB, found(FindingState.OPEN))
    difference = only(told, "difference_settled")
    assert (local(difference.due_at), difference.owed_by) == ("Wed 11 Feb 23:59", (HOME, LANCASHIRE))
    told.tell("10 Feb 16:00", HUB, found(FindingState.SETTLED))
    assert only(told, "difference_settled").outcome is Outcome.MET


# ---- decisions ----


def harm(told: Telling, when: str) -> None:
    told.tell(
        when,
        LANCASHIRE,
        PreventionInterviewRecorded(
            outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.STRANGER
        ),
    )


def test_a_looked_after_child_missing_for_24_hours_is_owed_a_strategy_decision_and_one_found_before_is_not() -> None:
    told = looked_after()
    decision = only(told, "strategy_decision")
    assert (local(decision.base_at), local(decision.due_at)) == ("Wed 11 Feb 09:00", "Thu 12 Feb 23:59")
    assert decision.soon_at == decision.base_at
    told.tell("11 Feb 08:50", LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE))
    assert not duties(told, "strategy_decision")


def test_one_decision_is_owed_at_a_time_and_a_later_harm_asks_for_another() -> None:
    told = looked_after()
    told.tell("11 Feb 15:00", LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, area_code=BLACKPOOL))
    harm(told, "11 Feb 16:00")
    assert [each.base for each in duties(told, "strategy_decision")] == ["still_missing"]
    told.tell("12 Feb 10:00", BLACKPOOL, StrategyDecisionRecorded(decision=StrategyDecision.NOT_NEEDED))
    assert [each.outcome for each in duties(told, "strategy_decision")] == [Outcome.MET]
    harm(told, "12 Feb 15:00")
    assert [each.outcome for each in duties(told, "strategy_decision")] == [Outcome.MET, Outcome.OPEN]


def test_a_decision_from_before_the_trigger_answers_nothing() -> None:
    told = looked_after()
    told.tell("10 Feb 12:00", ROCHDALE, StrategyDecisionRecorded(decision=StrategyDecision.ALREADY_OPEN))
    told.tell("10 Feb 15:00", LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE))
    harm(told, "10 Feb 16:00")
    assert only(told, "strategy_decision").outcome is Outcome.OPEN


def times_missing(*days: str) -> Telling:
    told = Telling()
    for day in days:
        left = at(f"{day} 20:00")
        told.tell(left + timedelta(minutes=5), HUMBERSIDE, missing(left, person=living_in(HULL), care_status=CARED_FOR))
        told.tell(left + timedelta(hours=5), HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    return told


@pytest.mark.parametrize(
    "days, in_days, owed",
    [
        (("1 Feb", "10 Feb", "1 Mar"), 90, True),
        (("1 Feb", "10 Feb", "1 Mar"), 30, True),
        (("1 Feb", "10 Feb", "5 Mar"), 30, False),
        (("1 Feb", "10 Feb", "5 Jun"), 90, False),
        (("1 Feb", "10 Feb"), 90, False),
    ],
)
def test_missing_repeatedly_is_as_often_within_as_many_days_as_is_configured(
    days: tuple[str, ...], in_days: int, *, owed: bool
) -> None:
    rules = DeadlineRules.from_text(packaged_deadline_text().replace("within_days = 90", f"within_days = {in_days}"))
    told = times_missing(*days)
    assert bool(duties(told, "strategy_decision", rules=rules)) is owed
    review = duties(told, "placement_review", rules=rules)
    assert bool(review) is owed
    if owed:
        assert local(review[0].due_at) == "Fri 13 Mar 23:59"


def test_a_fourth_absence_asks_for_another_decision_of_its_own() -> None:
    told = times_missing("1 Feb", "3 Feb", "5 Feb", "7 Feb")
    assert len(duties(told, "strategy_decision")) == 2


def test_exploitation_asks_whether_to_refer_and_support_against_it_answers() -> None:
    flags = (Flag(kind=FlagKind.TRAFFICKING, value=Answer.YES),)
    told = Telling()
    told.tell(TEN, HULL, missing(at("10 Feb 09:00"), person=living_in(HULL, flags=flags)))
    considered = only(told, "exploitation_considered")
    assert (local(considered.due_at), considered.owed_by) == ("Wed 11 Feb 23:59", (HULL,))
    told.tell("11 Feb 12:00", HULL, SupportArranged(kind=SupportKind.EXPLOITATION_SERVICE))
    assert only(told, "exploitation_considered").outcome is Outcome.MET


def test_police_who_fear_exploitation_consider_a_referral_too() -> None:
    told = looked_after()
    feared = Person(flags=(Flag(kind=FlagKind.EXPLOITATION, value=Answer.YES),))
    told.tell("10 Feb 11:00", LANCASHIRE, missing(at("10 Feb 09:00"), person=feared))
    assert only(told, "exploitation_considered").owed_by == (ROCHDALE, LANCASHIRE)


def test_the_hub_sees_that_the_authority_has_the_report_of_a_child_that_is_only_away() -> None:
    told = looked_after(status=ReportedStatus.AWAY)
    waiting = only(told, "authority_told")
    assert (waiting.owed_by, local(waiting.due_at)) == ((HUB,), "Tue 10 Feb 10:05")
    told.tell("10 Feb 12:00", LANCASHIRE, missing(at("10 Feb 09:00")))
    assert only(told, "authority_told") == waiting


def test_serious_harm_is_notified_and_saying_so_to_the_panel_closes_it() -> None:
    told = looked_after()
    told.tell("10 Feb 15:00", LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.INJURED))
    assert not duties(told, "serious_incident_notified")
    harm(told, "10 Feb 16:00")
    incident = only(told, "serious_incident_notified")
    assert (local(incident.due_at), incident.owed_by, incident.disclosure) == (
        "Tue 17 Feb 23:59",
        (ROCHDALE,),
        "restricted",
    )
    told.tell("12 Feb 12:00", ROCHDALE, ToldByOtherMeans(recipient_role="national_panel", told_at=at("12 Feb 11:00")))
    assert only(told, "serious_incident_notified").outcome is Outcome.MET


# ---- placements and orders ----


def move(when: str, **given: Any) -> PlacementChanged:  # noqa: ANN401 - any field of the message
    placed = Placement(kind=PlacementKind.FOSTER, host_authority=LEEDS)
    return PlacementChanged(to_placement=placed, started_at=at(when), **given)


def test_the_host_is_told_before_a_planned_placement_and_within_five_working_days_of_an_emergency() -> None:
    told = looked_after()
    told.tell("10 Feb 12:00", ROCHDALE, move("10 Feb 18:00", move=PlacementMove.PLANNED))
    planned = only(told, "host_told")
    assert (local(planned.due_at), planned.owed_by, planned.about) == ("Tue 10 Feb 18:00", (ROCHDALE,), LEEDS)
    assert local(only(told, "host_police_told").due_at) == "Wed 11 Feb 18:00"
    told.tell("10 Feb 13:00", HUB, told_row(told, "n-2", LEEDS))
    assert only(told, "host_told").outcome is Outcome.MET
    hurried = looked_after()
    hurried.tell("10 Feb 20:00", ROCHDALE, move("10 Feb 18:00", move=PlacementMove.EMERGENCY))
    assert local(only(hurried, "host_told_emergency").due_at) == "Tue 17 Feb 23:59"
    assert not duties(hurried, "host_told")


def test_the_home_and_the_authority_tell_of_one_move() -> None:
    told = looked_after()
    told.tell("10 Feb 12:00", HOME, move("10 Feb 18:30"))
    told.tell("10 Feb 12:30", ROCHDALE, move("10 Feb 18:00", host_notified_at=at("10 Feb 11:00")))
    assert only(told, "host_told").outcome is Outcome.MET


def test_a_placement_in_the_authoritys_own_area_tells_nobody() -> None:
    told = looked_after()
    own = Placement(kind=PlacementKind.FOSTER, host_authority=ROCHDALE)
    told.tell("10 Feb 12:00", ROCHDALE, PlacementChanged(to_placement=own, started_at=at("10 Feb 18:00")))
    assert not duties(told, "host_told")


@pytest.mark.parametrize("days, is_owed", [(1, True), (13, True), (15, False)])
def test_a_move_shortly_before_an_absence_is_owed_to_the_host_in_it(days: int, *, is_owed: bool) -> None:
    moved = at("10 Feb 18:00") - timedelta(days=days)
    told = Telling()
    told.tell("1 Jan 10:00", ROCHDALE, missing(at("1 Jan 09:00")))
    told.tell("1 Jan 12:00", LANCASHIRE, ChildReturned(to=ReturnedTo.PLACEMENT))
    placed = Placement(kind=PlacementKind.FOSTER, host_authority=LEEDS)
    told.tell(moved, ROCHDALE, PlacementChanged(to_placement=placed, started_at=moved, move=PlacementMove.EMERGENCY))
    assert not duties(told, "host_told_emergency")
    told.tell("10 Feb 19:00", HOME, missing(at("10 Feb 18:00")))
    owed_for = [each.episode for each in duties(told, "host_told_emergency")]
    assert owed_for == ([told.state.episodes[1].id] if is_owed else [])


def test_a_host_never_owes_it_to_be_told_itself() -> None:
    nobody = Telling()
    report = nobody.tell("10 Feb 10:00", LANCASHIRE, missing(at("10 Feb 09:00"), person=living_in(ROCHDALE)))
    nobody.tell("10 Feb 12:00", ROCHDALE, move("10 Feb 18:00", move=PlacementMove.PLANNED))
    nobody.tell("10 Feb 13:00", LANCASHIRE, ReportCancelled(cancels=report.id))
    assert only(nobody, "host_told").owed_by == (ROCHDALE,)
    disputed = looked_after()
    disputed.tell("10 Feb 12:00", LANCASHIRE, missing(at("10 Feb 09:00"), authority_roles=responsible(OLDHAM)))
    disputed.tell("10 Feb 13:00", OLDHAM, move("10 Feb 12:30", move=PlacementMove.EMERGENCY))
    assert only(disputed, "host_told_emergency").owed_by == (OLDHAM,)


def test_the_host_is_told_of_the_end_within_ten_working_days() -> None:
    told = looked_after()
    left = Placement(kind=PlacementKind.CHILDRENS_HOME, host_authority=BLACKPOOL)
    told.tell("10 Feb 20:00", ROCHDALE, PlacementChanged(from_placement=left, ended_at=at("10 Feb 18:00")))
    ended = only(told, "host_told_of_end")
    assert (local(ended.due_at), ended.about) == ("Tue 24 Feb 23:59", BLACKPOOL)
    told.tell("12 Feb 12:00", ROCHDALE, ToldByOtherMeans(recipient_agency=BLACKPOOL))
    assert only(told, "host_told_of_end").outcome is Outcome.MET


def test_a_call_to_the_host_about_something_else_before_is_no_notice_of_the_move() -> None:
    told = looked_after()
    told.tell("10 Feb 11:00", HOME, ToldByOtherMeans(recipient_agency=LEEDS, told_at=at("10 Feb 10:30")))
    told.tell("10 Feb 12:00", ROCHDALE, move("10 Feb 18:00"))
    assert only(told, "host_told").outcome is Outcome.OPEN
    told.tell("10 Feb 14:00", ROCHDALE, ToldByOtherMeans(recipient_agency=LEEDS, told_at=at("10 Feb 13:30")))
    assert only(told, "host_told").outcome is Outcome.MET


def test_an_emergency_placement_that_is_dated_ahead_counts_from_when_it_was_told() -> None:
    told = looked_after()
    told.tell("10 Feb 12:00", ROCHDALE, move("20 Feb 18:00", move=PlacementMove.EMERGENCY))
    assert local(only(told, "host_told_emergency").due_at) == "Tue 17 Feb 23:59"


def test_an_unexplained_absence_at_school_does_not_say_whether_the_child_is_still_away() -> None:
    told = looked_after(status=ReportedStatus.AWAY, expected_by=at("10 Feb 12:00"))
    told.tell("10 Feb 12:30", BRADFORD, StatusClaimed(status=ClaimedStatus.UNEXPLAINED_ABSENCE))
    assert only(told, "still_away").outcome is Outcome.OPEN


def test_police_protection_ends_when_it_says_and_its_holder_decides_what_follows() -> None:
    order = Order(kind=OrderKind.POLICE_PROTECTION, until=at("13 Feb 02:00"), holder=LANCASHIRE)
    told = looked_after(orders=(order,))
    ends = only(told, "order_ends")
    assert (local(ends.due_at), ends.owed_by, ends.about) == ("Fri 13 Feb 02:00", (LANCASHIRE,), "police_protection")
    told.tell("12 Feb 12:00", ROCHDALE, StrategyDecisionRecorded(decision=StrategyDecision.HELD))
    assert only(told, "order_ends").outcome is Outcome.MET


def test_a_flag_is_reviewed_by_its_date_and_stating_it_anew_moves_the_date() -> None:
    flag = Flag(kind=FlagKind.SELF_HARM, value=Answer.YES, review_by=at("20 Feb 12:00"))
    told = Telling()
    told.tell(TEN, HULL, missing(at("10 Feb 09:00"), person=living_in(HULL, flags=(flag,))))
    review = only(told, "flag_review")
    assert (local(review.due_at), review.owed_by, review.about) == ("Fri 20 Feb 12:00", (HULL,), "self_harm")
    again = Flag(kind=FlagKind.SELF_HARM, value=Answer.YES, review_by=at("20 Mar 12:00"))
    told.tell("19 Feb 12:00", HULL, StatusClaimed(status=ClaimedStatus.MISSING, person=living_in(HULL, flags=(again,))))
    assert local(only(told, "flag_review").due_at) == "Fri 20 Mar 12:00"


def test_an_exclusion_is_reviewed_by_whoever_set_it() -> None:
    told = looked_after()
    told.tell(
        "10 Feb 12:00",
        ROCHDALE,
        ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, review_by=at("20 Feb 12:00")),
    )
    review = only(told, "exclusion_review")
    assert (local(review.due_at), review.owed_by, review.disclosure) == ("Fri 20 Feb 12:00", (ROCHDALE,), "restricted")
    told.tell(
        "21 Feb 12:00",
        ROCHDALE,
        ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=HOME),
    )
    assert not duties(told, "exclusion_review")


def test_what_is_stated_of_the_child_is_owed_in_its_latest_absence_alone() -> None:
    flag = Flag(kind=FlagKind.SELF_HARM, value=Answer.YES, review_by=at("20 Mar 12:00"))
    told = times_missing("1 Feb", "3 Feb")
    told.tell("4 Feb 12:00", BRADFORD, StatusClaimed(status=ClaimedStatus.UNEXPLAINED_ABSENCE,
                                                     person=living_in(HULL, flags=(flag,))))  # fmt: skip
    assert [each.episode for each in duties(told, "flag_review")] == [told.state.episodes[-1].id]


def test_a_child_nobody_knows_anything_of_still_has_its_duties_owed_by_nobody_or_the_likeliest() -> None:
    told = Telling()
    told.tell(TEN, HOME, missing(None))
    assert only(told, "police_answer").owed_by == ()
    seen = Telling()
    seen.tell(TEN, HOME, missing(at("10 Feb 09:00"), area_code=LEEDS, place_kind=PlaceKind.STREET))
    assert only(seen, "police_answer").owed_by == (WEST_YORKSHIRE,)
