"""What time makes owed: duties raised and taken back, ladders, the day team, and never a side signal."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest

from hub.deadlines import raised_id
from hub.directory import Directory
from hub.ids import AgencyId, EpisodeId
from hub.routing import unsent
from schemas.records import (
    Acknowledgement,
    Address,
    AllegedRole,
    Answer,
    Ask,
    CancelReason,
    CareStatus,
    ChildFound,
    ChildReturned,
    Condition,
    DeadlineRaised,
    DeadlineStage,
    DisclosedField,
    ExclusionSet,
    ExclusionState,
    Flag,
    FlagKind,
    InterviewOutcome,
    MayBeTold,
    Means,
    Notice,
    NoticeKind,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Record,
    ReportCancelled,
    Reporter,
    ReturnedTo,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    ToldByOtherMeans,
    Urgency,
)
from tests.unit.routing.clocked import OUT_OF_HOURS, ClockedNight, copied, with_rota
from tests.unit.routing.test_nights import _responsible
from tests.unit.routing.world import (
    BLACKPOOL,
    DERBY,
    DERBYSHIRE,
    EVERYBODY,
    FOSTERING,
    HOME,
    LANCASHIRE,
    LEEDS,
    NORFOLK,
    NORFOLK_POLICE,
    REFERENCE,
    ROCHDALE,
    RULES,
    WEST_YORKSHIRE,
    all_text,
    directory_of,
    local,
    looked_after,
    missing,
    person,
    placed,
)

HULL = AgencyId("E06000010")
HUMBERSIDE = AgencyId("E23000012")
SEEN = local("27 Mar 22:40")
ROTA = with_rota(EVERYBODY, ROCHDALE)
DUTY_WITHDRAWN = RULES.words["duty"]["withdrawn"]


def reported(directory: Directory = ROTA, **changed: object) -> ClockedNight:
    """S1 until ten past eleven: a home in Blackpool reports a girl whom Rochdale looks after."""
    night = ClockedNight(directory=directory)
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN, **changed))
    return night


def about(notices: list[Notice], purpose: str) -> list[Notice]:
    """The notices of one purpose."""
    return [one for one in notices if one.purpose == purpose]


# ---- S1: an ordinary night, and an authority that does not open ----


def test_s1_at_2340_the_second_contact_is_tried_and_the_sender_reads_who_has_not_opened() -> None:
    night = reported()
    told = night.until("27 Mar 23:45")
    (contact,) = [one for one in about(told, "ladder") if "Rochdale" in one.what_happened]
    assert (contact.recipient, contact.desk) == (OUT_OF_HOURS, f"duty for {ROCHDALE}")
    assert contact.issued_at == local("27 Mar 23:40")
    rochdale = [one for one in about(told, "silence") if "Rochdale" in one.what_happened]
    assert [(one.recipient, one.what_happened) for one in rochdale] == [(HOME, "Not opened by Rochdale.")]
    assert all(one.fields == () for one in rochdale)


def test_s1_opened_by_the_shared_team_it_is_shown_again_to_the_day_team_on_monday_at_nine() -> None:
    night = reported()
    night.acknowledges("28 Mar 00:05", OUT_OF_HOURS, night.told(OUT_OF_HOURS), Acknowledgement.OPENED)
    night.hears("28 Mar 03:25", LANCASHIRE, ChildReturned(returned_at=local("28 Mar 03:20"), to=ReturnedTo.PLACEMENT))
    told = night.until("30 Mar 10:00")
    (again,) = about(told, "handover")
    assert (again.recipient, again.desk, again.issued_at) == (ROCHDALE, "duty", local("30 Mar 09:00"))
    assert again.kind is NoticeKind.NEWS
    assert "Pennine out of hours" in again.what_happened
    assert again.ask is Ask.ACTION, "the return interview is still to be offered"
    assert again.due_at == local("30 Mar 10:00")


def test_what_the_day_team_has_taken_is_not_shown_to_it_again() -> None:
    night = reported()
    night.acknowledges("28 Mar 00:05", OUT_OF_HOURS, night.told(OUT_OF_HOURS), Acknowledgement.TAKEN)
    night.acknowledges("30 Mar 09:00", ROCHDALE, night.told(ROCHDALE, "duty")[:1], Acknowledgement.TAKEN)
    before = about(night.inbox, "handover")
    assert about(night.until("31 Mar 12:00"), "handover") == []
    assert len(before) == 1, "at nine, before it took it"


def test_taken_at_night_by_those_who_act_for_it_the_ladder_is_over() -> None:
    night = reported()
    night.acknowledges("27 Mar 23:20", OUT_OF_HOURS, night.told(OUT_OF_HOURS), Acknowledgement.TAKEN)
    assert [one for one in night.until("29 Mar 12:00") if "by Rochdale" in one.what_happened] == []


def test_opened_and_not_taken_goes_on_and_says_so() -> None:
    night = reported()
    night.acknowledges("27 Mar 23:20", OUT_OF_HOURS, night.told(OUT_OF_HOURS), Acknowledgement.OPENED)
    told = [one for one in night.until("28 Mar 00:30") if "by Rochdale" in one.what_happened]
    assert {one.what_happened.split(" by Rochdale")[0] for one in told} == {"Opened, and not taken,"}
    assert told[0].issued_at == local("27 Mar 23:50"), "as long again for whoever opened it"


def test_after_the_last_contact_somebody_who_can_be_reached_is_asked_to_telephone() -> None:
    night = reported()
    told = about(night.until("28 Mar 00:15"), "telephone")
    (task,) = [one for one in told if "Rochdale" in one.what_happened]
    assert task.recipient == LANCASHIRE, "not the one that is silent itself"
    assert task.due_at == local("28 Mar 00:25")
    assert "02 night" in task.asked_of_you
    row = night.state.told[task.notice_id].row  # type: ignore[index]
    assert row.means is Means.TELEPHONE


def test_once_somebody_has_rung_nothing_more_climbs() -> None:
    night = reported()
    rang = ToldByOtherMeans(child_ref="C-1", recipient_agency=ROCHDALE, told_at=local("27 Mar 23:30"))
    night.hears("27 Mar 23:31", HOME, rang)
    told = night.until("28 Mar 03:00")
    assert [one for one in told if "by Rochdale" in one.what_happened] == []


def test_a_telephone_task_that_nobody_answers_is_asked_again_at_its_time() -> None:
    night = reported(directory_of(LANCASHIRE, ROCHDALE, HOME))
    told = about(night.until("27 Mar 23:30"), "ladder")
    (again,) = [one for one in told if "telephoned" in one.what_happened]
    assert (again.recipient, again.issued_at) == (ROCHDALE, local("27 Mar 23:25"))
    assert "Blackpool" in again.asked_of_you


@pytest.mark.parametrize(
    "grade, layer, is_rung",
    [
        (RiskGrade.MEDIUM, Acknowledgement.TAKEN, False),
        (RiskGrade.MEDIUM, Acknowledgement.OPENED, True),
        (RiskGrade.LOW, Acknowledgement.OPENED, False),
        (RiskGrade.LOW, Acknowledgement.FETCHED, True),
    ],
)
def test_a_desk_that_has_seen_what_it_was_to_be_telephoned_of_is_not_telephoned(
    grade: RiskGrade, layer: Acknowledgement, *, is_rung: bool
) -> None:
    night = reported(EVERYBODY)
    night.hears("27 Mar 23:11", LANCASHIRE, RiskAssessed(grade=grade, reasoning="as found"))
    while not (task := [one for one in about(night.inbox, "telephone") if "by Rochdale" in one.what_happened]):
        night.until(night.now + timedelta(minutes=1))
    night.acknowledges_at(night.now + timedelta(minutes=1), ROCHDALE, night.told(ROCHDALE, "duty"), layer)
    again = [one for one in night.until(night.now + timedelta(hours=1)) if "telephoned: Rochdale" in one.what_happened]
    assert [(one.recipient, one.purpose) for one in again] == [(task[0].recipient, "ladder")] * is_rung


def test_a_night_team_that_comes_on_duty_is_told_of_a_child_who_is_still_away() -> None:
    night = ClockedNight(directory=ROTA)
    night.hears("27 Mar 11:00", HOME, looked_after(local("27 Mar 10:30")))
    night.acknowledges("27 Mar 11:02", ROCHDALE, night.told(ROCHDALE, "duty"), Acknowledgement.TAKEN)
    night.hears("27 Mar 11:05", LANCASHIRE, looked_after(local("27 Mar 10:30")))
    assert night.told(OUT_OF_HOURS) == []
    told = [one for one in night.until("28 Mar 12:00") if one.recipient == OUT_OF_HOURS]
    assert [(one.kind, one.issued_at) for one in told] == [(NoticeKind.NEWS, local("27 Mar 11:05"))]
    raised = [one for one in night.raised if isinstance(one.body, DeadlineRaised) and ".night-" in one.body.duty]
    assert [one.accepted_at for one in raised] == [local("27 Mar 17:00")]


def test_and_of_nobody_who_was_back_by_then() -> None:
    night = ClockedNight(directory=ROTA)
    night.hears("27 Mar 11:00", HOME, looked_after(local("27 Mar 10:30")))
    night.hears("27 Mar 15:00", LANCASHIRE, ChildReturned(returned_at=local("27 Mar 14:50"), to=ReturnedTo.PLACEMENT))
    assert [
        one for one in night.until("28 Mar 08:00") if one.recipient == OUT_OF_HOURS and one.kind is NoticeKind.NEWS
    ] == []


# ---- by risk, and by day and night ----


@pytest.mark.parametrize(
    "grade,first",
    [(RiskGrade.HIGH, "27 Mar 23:16"), (RiskGrade.MEDIUM, "27 Mar 23:40"), (RiskGrade.LOW, "28 Mar 03:10")],
)
def test_the_next_contact_is_tried_after_the_time_that_the_risk_allows(grade: RiskGrade, first: str) -> None:
    night = reported()
    night.hears("27 Mar 23:11", LANCASHIRE, RiskAssessed(grade=grade, reasoning="as found"))
    night.until("28 Mar 06:00")
    contacts = [one for one in about(night.inbox, "ladder") if "by Rochdale" in one.what_happened]
    expected = local("27 Mar 23:40") if grade is RiskGrade.LOW else local(first)
    assert contacts[0].issued_at == expected, "a lower grade slows the steps after the next"


def test_a_graver_risk_hastens_the_next_step() -> None:
    night = reported()
    night.hears("27 Mar 23:20", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    told = [one for one in night.until("27 Mar 23:30") if one.purpose == "ladder" and "Rochdale" in one.what_happened]
    assert [one.issued_at for one in told] == [local("27 Mar 23:25")]


def test_for_a_low_risk_opening_is_enough() -> None:
    night = reported()
    night.hears("27 Mar 23:11", LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW, reasoning="with friends"))
    night.acknowledges("27 Mar 23:15", ROCHDALE, night.told(ROCHDALE, "duty"), Acknowledgement.OPENED)
    assert [one for one in night.until("28 Mar 08:00") if "by Rochdale" in one.what_happened] == []


def test_information_never_climbs() -> None:
    night = reported()
    night.until("28 Mar 12:00")
    assert [one for one in night.inbox if "by Blackpool" in one.what_happened] == []


def test_nothing_routine_rings_at_night() -> None:
    night = reported()
    night.hears("27 Mar 23:15", LANCASHIRE, ChildReturned(returned_at=local("27 Mar 23:14"), to=ReturnedTo.PLACEMENT))
    at_night = night.until("28 Mar 07:59")
    assert about(at_night, "ladder") + about(at_night, "telephone") + about(at_night, "silence") == []
    by_day = about(night.until("28 Mar 12:30"), "ladder")
    assert [(one.recipient, one.issued_at) for one in by_day] == [(LANCASHIRE, local("28 Mar 12:00"))]


# ---- duties: action to whoever owes, information to those entitled ----


def test_whoever_owes_is_asked_at_each_stage_and_whoever_reported_reads_that_nobody_answered() -> None:
    night = reported()
    told = about(night.until("27 Mar 23:31"), "duty")
    asked = [(one.recipient, one.what_happened.split(":")[0], one.ask) for one in told if one.recipient == LANCASHIRE]
    assert asked == [(LANCASHIRE, stage, Ask.ACTION) for stage in ("Due soon", "Due now", "Overdue")]
    others = {one.recipient: one for one in told if one.recipient != LANCASHIRE}
    assert set(others) == {HOME, ROCHDALE, OUT_OF_HOURS}
    assert {one.ask for one in others.values()} == {Ask.INFORMATION}
    assert "Owed by Lancashire" in others[HOME].what_happened


def test_after_an_outage_only_the_latest_stage_is_told() -> None:
    night = reported()
    told = [
        one for one in about(night.after_an_outage("28 Mar 09:00"), "duty") if "answer the report" in one.what_happened
    ]
    assert {one.what_happened.split(":")[0] for one in told} == {"Overdue"}


def test_what_is_done_is_raised_no_more_and_nothing_is_said_of_it() -> None:
    night = reported()
    night.hears("27 Mar 23:12", LANCASHIRE, looked_after(SEEN))
    assert [one for one in night.until("28 Mar 02:00") if "answer the report" in one.what_happened] == []
    assert all(DUTY_WITHDRAWN not in one.what_happened for one in night.inbox)


def test_of_a_return_that_was_never_one_the_interview_is_withdrawn_from_everyone_who_was_told_of_it() -> None:
    night = reported()
    back = ChildReturned(returned_at=local("27 Mar 23:50"), to=ReturnedTo.PLACEMENT)
    night.hears("28 Mar 00:00", LANCASHIRE, back)
    night.until("31 Mar 10:00")
    wrong = next(one.id for one in night.events if isinstance(one.body, ChildReturned))
    knew = {
        (one.recipient, one.desk) for one in about(night.inbox, "duty") if "hold the independent" in one.what_happened
    }
    assert (ROCHDALE, "duty") in knew
    undone = ReportCancelled(child_ref="C-1", cancels=wrong, reason=CancelReason.ENTERED_IN_ERROR)
    told = [one for one in night.hears("31 Mar 10:01", LANCASHIRE, undone) if one.what_happened == DUTY_WITHDRAWN]
    withdrawn = {
        (one.recipient, one.desk) for one in told if any("return_interview." in name for name in one.withdrawn_fields)
    }
    assert withdrawn == knew
    assert all(one.fields == () and one.kind is NoticeKind.WITHDRAWAL for one in told)


def test_a_cancelled_report_withdraws_the_episode_and_its_duties_in_one_notice_each() -> None:
    night = reported()
    night.until("27 Mar 23:31")
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED)
    told = night.hears("27 Mar 23:35", HOME, cancelled)
    seats = [(one.recipient, one.desk) for one in told]
    assert len(set(seats)) == len(seats)
    later = night.until("29 Mar 12:00")
    assert about(later, "duty") == []


def third_time() -> ClockedNight:
    """S11: a boy of fourteen, at home in Hull, missing for the third time."""
    return copied(_third_time())


@cache
def _third_time() -> ClockedNight:
    boy = person(home=Address(line="2 Sample Road", area_code=HULL), date_of_birth=date(2011, 9, 1))
    plan = {"person": boy, "care_status": (CareStatus.PROTECTION_PLAN,), "authority_roles": _responsible(HULL)}
    night = ClockedNight(directory=EVERYBODY)
    for left, reported_at, back in (
        ("1 May 18:00", "1 May 18:30", "2 May 09:00"),
        ("10 May 18:00", "10 May 18:10", "12 May 09:00"),
        ("14 May 20:00", "14 May 20:10", None),
    ):
        night.hears(reported_at, HUMBERSIDE, missing(local(left), HULL, **plan))
        if back is not None:
            night.hears(
                local(back) + timedelta(minutes=10),
                HUMBERSIDE,
                ChildReturned(returned_at=local(back), to=ReturnedTo.HOME),
            )
        if left.startswith("1 "):
            declined = ReturnInterviewRecorded(outcome=InterviewOutcome.DECLINED_BY_CHILD, held_at=local("3 May 11:00"))
            night.hears("3 May 12:00", HULL, declined)
    return night


def test_s11_the_trigger_is_raised_when_the_third_absence_is_reported() -> None:
    night = third_time()
    told = [one for one in night.inbox if one.issued_at == local("14 May 20:10")]
    assert {"episode.repeats"} <= {
        field.name for one in told if one.desk == "social_worker_team" for field in one.fields
    }
    (asked,) = [one for one in about(told, "duty") if "strategy decision" in one.what_happened]
    assert (asked.recipient, asked.due_at) == (HULL, local("15 May 23:59"))


def test_s11_when_police_cancel_the_first_everyone_told_of_the_trigger_is_told_that_it_is_withdrawn() -> None:
    night = third_time()
    night.hears("15 May 08:10", HUMBERSIDE, ChildReturned(returned_at=local("15 May 08:00"), to=ReturnedTo.HOME))
    night.until("18 May 09:00")
    third = night.inbox[-1].episode_id
    of_third = [one for one in night.inbox if one.episode_id == third]
    knew = {
        (one.recipient, one.desk)
        for one in of_third
        if any(field.name == "episode.repeats" for field in one.fields) or "strategy decision" in one.what_happened
    }
    first = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED)
    told = [one for one in night.hears("18 May 10:00", HUMBERSIDE, first) if one.episode_id == third]
    assert {(one.recipient, one.desk) for one in told} == knew
    named = {name for one in told for name in one.withdrawn_fields}
    assert named == {"episode.repeats", "duty.strategy_decision.due_at", "duty.strategy_decision.stage"}


def test_s11_an_interview_paused_by_the_next_absence_says_when_it_is_due_now() -> None:
    night = third_time()
    night.until("15 May 08:00")
    before = len(night.inbox)
    night.hears("15 May 08:10", HUMBERSIDE, ChildReturned(returned_at=local("15 May 08:00"), to=ReturnedTo.HOME))
    moved = [one for one in night.inbox[before:] if one.what_happened.startswith("The due time has changed")]
    assert moved
    shown = {field.name.rpartition(".")[2]: field.value for field in moved[0].fields}
    assert shown["due_at"] == local("15 May 21:00").isoformat()
    assert shown["raw_due_at"] == local("15 May 09:00").isoformat()


# ---- no side signals ----


HARM = PreventionInterviewRecorded(
    outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER, concerns="sealed words"
)
SET = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, from_when=SEEN, reason="another reason altogether")
DEATH = ChildFound(found_at=local("28 Mar 00:30"), seen_by=SeenBy.POLICE, condition=Condition.DECEASED)
AFTER = (
    RiskAssessed(grade=RiskGrade.HIGH),
    ChildFound(found_at=local("28 Mar 02:30"), seen_by=SeenBy.POLICE),
    ChildReturned(returned_at=local("28 Mar 03:30"), to=ReturnedTo.NEW_PLACEMENT, area_code=LEEDS),
)


@cache
def shut_out(sealed: Record, later: tuple[Record, ...] = ()) -> list[Notice]:
    """What the home receives from one o'clock on, with the clock running for four days."""
    night = reported()
    night.until("28 Mar 00:59")
    before = len(night.told(HOME))
    night.hears("28 Mar 01:00", LANCASHIRE, sealed)
    for hour, body in enumerate(later, start=2):
        night.hears(f"28 Mar {hour:02d}:00", LANCASHIRE, body)
    night.until("1 Apr 12:00")
    return night.told(HOME)[before:]


@pytest.mark.parametrize("sealed,later", [(HARM, ()), (HARM, AFTER), (SET, AFTER), (DEATH, ())])
def test_p1_with_duties_and_ladders_running_an_excluded_recipient_receives_the_same_whatever_is_sealed(
    sealed: Record, later: tuple[Record, ...]
) -> None:
    received, expected = shut_out(sealed, later), shut_out(SET)
    assert len(expected) == 1
    assert [replace(one, notice_id="", cause="") for one in received] == [
        replace(one, notice_id="", cause="") for one in expected
    ]


@cache
def closed_to(sealed: Record) -> list[Notice]:
    """What the council's desks but its named officers', and the team that acts for it, receive from one o'clock on."""
    night = reported()
    night.until("28 Mar 00:59")
    before = len(night.inbox)
    night.hears("28 Mar 01:00", LANCASHIRE, sealed)
    night.hears("28 Mar 02:00", LANCASHIRE, AFTER[0])
    night.until("1 Apr 12:00")
    return [
        replace(one, notice_id="", cause="")
        for one in night.inbox[before:]
        if one.recipient in (ROCHDALE, OUT_OF_HOURS) and one.desk != "named_officers"
    ]


def test_p1_the_desks_of_an_authority_receive_the_same_whoever_it_is_and_whoever_says_so() -> None:
    by_harm = closed_to(replace(HARM, alleged_role=AllegedRole.PROFESSIONAL, alleged_agency=ROCHDALE))
    decided = closed_to(replace(SET, excluded_agency=ROCHDALE, excluded_person="A. Invented"))
    whole = closed_to(replace(SET, excluded_agency=ROCHDALE))
    assert by_harm == decided == whole
    assert {(one.recipient, one.desk) for one in whole} >= {(ROCHDALE, "duty"), (OUT_OF_HOURS, f"duty for {ROCHDALE}")}
    assert {one.what_happened for one in whole} == {RULES.words["fixed"]["stood_down"]}


def test_the_team_on_duty_is_told_what_the_clock_raises_for_the_closed_desk_and_not_what_waits_for_the_day() -> None:
    night = reported()
    night.until("28 Mar 03:09")
    of_team = [one.what_happened for one in about(night.told(OUT_OF_HOURS), "duty")]
    assert of_team == [one.what_happened for one in about(night.told(ROCHDALE, "duty"), "duty")] != []
    back = ChildReturned(returned_at=local("28 Mar 03:00"), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)
    night.hears("28 Mar 03:10", LANCASHIRE, back)
    night.until("30 Mar 08:59")
    assert [one.what_happened for one in about(night.told(OUT_OF_HOURS), "duty")] == of_team
    assert about(night.told(ROCHDALE, "duty"), "duty")


def test_p4_a_sender_that_may_know_only_that_the_child_is_safe_reads_nothing_of_duties_and_ladders() -> None:
    night = reported(reporter=Reporter(may_be_told=MayBeTold.SAFE_ONLY), placement=None, care_status=())
    night.until("28 Mar 12:00")
    assert night.told(HOME) == []


def test_p4_the_silence_of_a_team_whose_part_gives_a_flag_away_is_told_to_nobody() -> None:
    night = third_time()
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED)
    night.hears("14 May 21:00", HUMBERSIDE, cancelled)
    night.until("16 May 12:00")
    withdrawn = [one for one in night.inbox if one.desk == "social_worker_team" and one.ask is Ask.ACTION]
    assert withdrawn, "its withdrawal asks and climbs"
    senders = [one for one in about(night.inbox, "silence") if one.issued_at > local("14 May 21:00")]
    assert all("social" not in one.what_happened for one in senders)


def test_a_duty_is_never_told_to_somebody_whose_rows_do_not_open_its_class() -> None:
    night = reported()
    night.hears("28 Mar 03:25", LANCASHIRE, ChildReturned(returned_at=local("28 Mar 03:20"), to=ReturnedTo.PLACEMENT))
    night.until("1 Apr 12:00")
    told = [(one.recipient, field) for one in about(night.inbox, "duty") for field in one.fields]
    assert {str(field.disclosure) for agency, field in told if agency == HOME} <= {"routing", "circumstances"}
    assert BLACKPOOL not in {agency for agency, _ in told}, "a host authority has no duty here"


def test_s7_the_excluded_agency_hears_of_no_duty_and_no_silence_and_the_new_home_is_never_named_to_it() -> None:
    night = ClockedNight(directory=EVERYBODY)
    girl = person(date_of_birth=None, home=None)
    night.hears(
        "3 May 16:00",
        FOSTERING,
        missing(
            local("3 May 15:30"), DERBY, person=girl, care_status=(CareStatus.LOOKED_AFTER,),
            placement=placed(FOSTERING, DERBY, kind=PlacementKind.FOSTER), authority_roles=_responsible(DERBY),
        ),
    )  # fmt: skip
    night.hears(
        "3 May 21:30", DERBYSHIRE, ChildFound(found_at=local("3 May 21:30"), seen_by=SeenBy.POLICE, area_code=DERBY)
    )
    before = len(night.told(FOSTERING))
    night.hears("3 May 21:45", DERBYSHIRE, HARM)
    moved = PlacementChanged(
        from_placement=placed(FOSTERING, DERBY), to_placement=placed(AgencyId("home-new"), DERBY),
        move=PlacementMove.EMERGENCY, started_at=local("3 May 22:00"),
    )  # fmt: skip
    night.hears("3 May 22:00", DERBY, moved)
    night.hears("3 May 23:10", DERBYSHIRE, ChildReturned(returned_at=local("3 May 23:10"), to=ReturnedTo.NEW_PLACEMENT))
    night.until("8 May 12:00")
    assert [one.what_happened for one in night.told(FOSTERING)[before:]] == [RULES.words["fixed"]["stood_down"]]
    assert "home-new" not in all_text(night.told(FOSTERING))
    due = {one.due_at for one in about(night.told(DERBY, "duty"), "duty") if "strategy decision" in one.what_happened}
    assert due == {local("5 May 23:59")}, "Monday is a bank holiday"


def test_s12_after_a_death_not_a_word_of_any_duty_or_silence_but_the_notification_of_the_director() -> None:
    night = ClockedNight(directory=EVERYBODY)
    boy = person(home=None)
    night.hears(
        "3 Nov 21:00",
        HOME,
        missing(
            local("3 Nov 20:00"), NORFOLK, person=boy, care_status=(CareStatus.LOOKED_AFTER,),
            placement=placed(host=NORFOLK), authority_roles=_responsible(NORFOLK),
        ),
    )  # fmt: skip
    night.hears("3 Nov 21:30", NORFOLK_POLICE, RiskAssessed(grade=RiskGrade.HIGH))
    night.until("4 Nov 06:19")
    assert about(night.inbox, "duty"), "until then the clocks ran"
    death = ChildFound(found_at=local("4 Nov 06:00"), seen_by=SeenBy.POLICE, condition=Condition.DECEASED)
    sealed = night.hears("4 Nov 06:20", NORFOLK_POLICE, death)
    assert {one.what_happened for one in sealed} == {RULES.words["fixed"]["stood_down"]}
    assert night.until("4 Nov 09:09") == []
    night.hears("4 Nov 09:10", NORFOLK_POLICE, replace(death, family_informed_at=local("4 Nov 09:10")))
    later = night.until("20 Nov 12:00")
    assert {(one.recipient, one.desk) for one in about(later, "duty")} == {(NORFOLK, "director")}
    assert {one.due_at for one in about(later, "duty")} == {local("11 Nov 23:59")}
    assert {one.recipient for one in later} <= {NORFOLK, NORFOLK_POLICE}
    assert {one.desk for one in later if one.recipient == NORFOLK} == {"director"}


def test_an_excluded_authority_s_out_of_hours_team_reads_what_the_authority_reads() -> None:
    night = reported()
    assert night.told(OUT_OF_HOURS)
    gone = replace(SET, excluded_agency=ROCHDALE)
    told = night.hears("28 Mar 01:00", LANCASHIRE, gone)
    stood_down = RULES.words["fixed"]["stood_down"]
    assert [one.what_happened for one in told if one.recipient == OUT_OF_HOURS] == [stood_down]
    later = night.until("30 Mar 12:00")
    assert [one for one in later if one.recipient in (OUT_OF_HOURS, ROCHDALE)] == []


# ---- a level ----


def test_the_same_raises_owe_the_same_notices_under_the_same_ids() -> None:
    one, other = reported(), reported()
    one.until("28 Mar 02:00")
    other.until("28 Mar 02:00")
    assert [each.notice_id for each in one.inbox] == [each.notice_id for each in other.inbox]
    assert len({each.notice_id for each in one.inbox}) == len(one.inbox)


def test_a_raise_heard_twice_or_out_of_date_owes_nothing() -> None:
    night = reported()
    night.until("27 Mar 23:26")
    night.events += night.raised
    assert night.owed() == []
    night.hears("27 Mar 23:27", LANCASHIRE, looked_after(SEEN))
    stale = replace(
        night.raised[0],
        id=raised_id(EpisodeId(night.inbox[0].episode_id), "police_answer", local("27 Mar 22:00"), DeadlineStage.DUE),
        body=DeadlineRaised(
            episode_id=night.inbox[0].episode_id, duty="police_answer", stage=DeadlineStage.DUE,
            due_at=local("27 Mar 22:00"), raw_due_at=local("27 Mar 22:00"),
        ),
    )  # fmt: skip
    night.events.append(stale)
    assert night.owed() == []


def test_the_cause_of_what_is_told_is_the_event_by_which_it_was_raised() -> None:
    night = reported()
    night.until("27 Mar 23:26")
    causes = {each.id for each in night.raised}
    assert {one.cause for one in about(night.inbox, "duty")} <= causes
    ordinary = {one.cause for one in night.inbox if one.purpose not in ("duty", "ladder", "silence", "telephone")}
    assert not ordinary & causes


def test_a_duty_owed_by_somebody_who_cannot_be_reached_is_telephoned() -> None:
    night = reported(directory_of(ROCHDALE, HOME, WEST_YORKSHIRE))
    told = about(night.until("27 Mar 23:31"), "telephone")
    (first, *_) = [one for one in told if "answer the report" in one.asked_of_you]
    assert first.recipient == ROCHDALE
    assert "Lancashire" in first.asked_of_you
    again = unsent(night.state, night.directory, RULES, REFERENCE)
    assert again == {}


def test_a_handover_notice_carries_what_the_desk_may_read_and_the_urgency_of_day() -> None:
    night = reported()
    night.acknowledges("28 Mar 00:05", OUT_OF_HOURS, night.told(OUT_OF_HOURS), Acknowledgement.OPENED)
    (again,) = about(night.until("30 Mar 09:30"), "handover")
    first = night.told(ROCHDALE, "duty")[0]
    known: dict[str, DisclosedField] = {field.name: field for field in first.fields}
    assert set(known) <= {field.name for field in again.fields}
    assert again.urgency is Urgency.SOON


def test_whoever_first_reads_of_an_absence_when_a_duty_is_overdue_hears_of_the_duty_as_well() -> None:
    """The word of the duty is owed only after the news: it is asked again what is owed, and nothing waits."""
    night = ClockedNight(directory=EVERYBODY)
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    night.until("28 Mar 01:30")
    linked = person(flags=(Flag(kind=FlagKind.STAFF_LINKED, value=Answer.YES),))
    told = night.hears("28 Mar 01:31", ROCHDALE, looked_after(SEEN, person=linked))
    desks = {one.desk for one in told if one.kind is NoticeKind.NEWS}
    assert {one.desk for one in told if one.purpose == "duty"} & desks
    assert not night.owed()
