"""Level, not edge: what is owed, what changes it, and what must never be told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.ids import AgencyId, EventId
from hub.routing import OwedNotice
from schemas.records import (
    Address,
    AllegedRole,
    Answer,
    Ask,
    AuthorityRole,
    AuthorityRoleKind,
    CancelReason,
    CareStatus,
    ChildFound,
    ChildReturned,
    Condition,
    CorrectionMade,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    FlagKind,
    LastSeen,
    MayBeTold,
    Means,
    MissingAmended,
    MissingReported,
    Notice,
    NoticeKind,
    PlacementChanged,
    PlacementMove,
    PreventionInterviewRecorded,
    Record,
    ReportCancelled,
    ReportedStatus,
    Reporter,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SchoolContact,
    SeenBy,
    ToldByOtherMeans,
    TravelCue,
    Urgency,
)
from tests.unit.entry.told import flag
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    LEEDS,
    LONG_AGO,
    MANCHESTER,
    ROCHDALE,
    RULES,
    SCHOOL,
    TRANSPORT_POLICE,
    WARD,
    WEST_YORKSHIRE,
    Night,
    all_text,
    directory_of,
    fields,
    joined,
    local,
    looked_after,
    missing,
    person,
    placed,
)

SEEN = local("27 Mar 22:40")
STOOD_DOWN = RULES.words["fixed"]["stood_down"]
CLOSED = RULES.words["happened"]["closed_to_you"]
NEIGHBOURS_OF_LANCASHIRE = {"E23000002", "E23000004", "E23000005", "E23000009", "E23000010"}


def reported(**changed: object) -> Night:
    """Lancashire reports the girl from Rochdale missing in Blackpool at 23:10."""
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN, **changed))
    return night


def kinds(notices: list[Notice]) -> dict[str, NoticeKind]:
    """The kind of what each agency's duty desk was told last."""
    return {one.recipient: one.kind for one in notices if one.desk == "duty"}


def test_a_second_report_of_one_absence_is_news_to_nobody() -> None:
    night = reported()
    later = night.hears("27 Mar 23:40", HOME, looked_after(SEEN))
    assert NoticeKind.NEWS not in kinds(later).values()
    assert [one for one in later if one.ask is Ask.ACTION] == []


def test_an_agency_is_not_told_what_it_said_itself() -> None:
    assert Night().hears("27 Mar 23:10", LANCASHIRE, missing(SEEN)) != []
    assert [one.recipient for one in reported().inbox if one.recipient == LANCASHIRE] == []


def test_a_higher_risk_is_told_to_those_who_search_and_is_news_to_the_neighbours() -> None:
    night = reported()
    told = kinds(night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH)))
    assert {agency for agency, kind in told.items() if kind is NoticeKind.NEWS} >= NEIGHBOURS_OF_LANCASHIRE - {
        MANCHESTER
    }
    assert told[MANCHESTER] is NoticeKind.UPDATE
    assert told[ROCHDALE] is NoticeKind.UPDATE


def test_a_lowered_risk_withdraws_nothing_from_those_who_were_told() -> None:
    night = reported()
    night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    lowered = night.hears("28 Mar 00:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW, reasoning="seen by a friend"))
    assert NoticeKind.WITHDRAWAL not in kinds(lowered).values()
    back = ChildReturned(returned_at=local("28 Mar 03:00"), to=ReturnedTo.PLACEMENT)
    assert set(kinds(night.hears("28 Mar 03:05", LANCASHIRE, back))) >= NEIGHBOURS_OF_LANCASHIRE


def test_a_grade_sent_by_mistake_and_corrected_is_withdrawn_from_the_neighbours() -> None:
    night = reported()
    night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    wrong = next(one.id for one in night.events if isinstance(one.body, RiskAssessed))
    correction = CorrectionMade(corrects=wrong, changes=(FieldChange(field="grade", old="high", new="medium"),))
    told = kinds(night.hears("28 Mar 00:10", LANCASHIRE, correction))
    assert {told[agency] for agency in NEIGHBOURS_OF_LANCASHIRE - {MANCHESTER}} == {NoticeKind.WITHDRAWAL}


def test_a_medium_risk_with_a_station_reaches_neighbours_rail_and_wards() -> None:
    night = Night(directory=EVERYBODY)
    told = kinds(night.hears("27 Mar 23:10", HOME, looked_after(SEEN, travel_cues=(TravelCue.STATION,))))
    assert set(told) >= NEIGHBOURS_OF_LANCASHIRE | {TRANSPORT_POLICE, WARD}


def test_a_child_under_thirteen_whom_nobody_has_graded_is_treated_as_high() -> None:
    young = person(date_of_birth=person().date_of_birth.replace(year=2014))  # type: ignore[union-attr]
    told = kinds(Night().hears("27 Mar 23:10", HOME, looked_after(SEEN, person=young)))
    assert set(told) >= NEIGHBOURS_OF_LANCASHIRE


def test_the_school_is_asked_on_a_school_day_and_never_learns_the_risk() -> None:
    night = Night()
    school = SchoolContact(agency=SCHOOL)
    (asked,) = [
        one for one in night.hears("27 Mar 15:50", HOME, looked_after(SEEN, school=school)) if one.recipient == SCHOOL
    ]
    assert "Was the child in today" in asked.asked_of_you
    assert set(fields(asked)) <= {"episode.status", "episode.police_position", "contact.telephone"}
    told = night.hears("27 Mar 16:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    assert SCHOOL not in kinds(told)


@pytest.mark.parametrize("when", ["28 Mar 11:00", "3 Apr 11:00"])
def test_no_school_is_asked_on_a_saturday_or_a_bank_holiday(when: str) -> None:
    night = Night()
    told = night.hears(when, HOME, looked_after(local(when) - timedelta(hours=1), school=SchoolContact(agency=SCHOOL)))
    assert SCHOOL not in kinds(told)


def test_somebody_who_joins_while_the_child_is_missing_gets_the_news() -> None:
    night = Night(directory=directory_of(LANCASHIRE, MANCHESTER, ROCHDALE, HOME))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    assert night.told(BLACKPOOL) == []
    night.directory = EVERYBODY
    night.settle()
    assert [one.kind for one in night.told(BLACKPOOL)] == [NoticeKind.NEWS]


def test_an_open_search_is_no_news_once_it_is_over() -> None:
    night = Night(directory=directory_of(LANCASHIRE, MANCHESTER, ROCHDALE, HOME))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    night.hears("28 Mar 03:00", LANCASHIRE, ChildReturned(returned_at=local("28 Mar 02:50"), to=ReturnedTo.PLACEMENT))
    night.directory = EVERYBODY
    night.settle()
    assert night.told(WEST_YORKSHIRE) == []


# ---- whoever cannot be reached is telephoned ----


def unconnected() -> Night:
    return Night(directory=directory_of(LANCASHIRE, ROCHDALE, HOME))


def test_whoever_is_not_connected_becomes_an_action_of_the_responsible_authority() -> None:
    night = unconnected()
    (task,) = [one for one in night.hears("27 Mar 23:10", HOME, looked_after(SEEN)) if one.purpose == "telephone"]
    assert (task.recipient, task.ask, task.due_at) == (ROCHDALE, Ask.ACTION, local("27 Mar 23:25"))
    assert "Blackpool" in task.asked_of_you
    assert "Greater Manchester" in task.asked_of_you
    assert task.fields == ()


def test_an_agency_whose_only_key_was_revoked_is_telephoned_too() -> None:
    revoked = joined(BLACKPOOL)
    key = replace(revoked.sealing_keys[0], revoked_at=LONG_AGO)
    night = Night(
        directory=directory_of(LANCASHIRE, MANCHESTER, ROCHDALE, HOME).with_entry(replace(revoked, sealing_keys=(key,)))
    )
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    assert [one.recipient for one in night.inbox if "Blackpool" in one.asked_of_you] == [ROCHDALE]


def test_the_owning_force_telephones_where_the_responsible_authority_cannot_be_reached() -> None:
    night = Night(directory=directory_of(LANCASHIRE, HOME))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    (task,) = [one for one in night.inbox if one.purpose == "telephone"]
    assert task.recipient == LANCASHIRE
    assert "Rochdale" in task.asked_of_you


def test_they_are_rung_again_when_the_child_is_back_and_not_for_every_change() -> None:
    night = unconnected()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    quiet = night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    assert [one for one in quiet if one.purpose == "telephone"] == []
    back = ChildReturned(returned_at=local("28 Mar 02:50"), to=ReturnedTo.PLACEMENT)
    again = night.hears("28 Mar 03:00", LANCASHIRE, back)
    assert [one.recipient for one in again if one.purpose == "telephone"] == [ROCHDALE]


def test_being_told_by_other_means_answers_it_before_it_is_asked() -> None:
    night = unconnected()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    night.events.append(replace(night.events[0], id=EventId("rang"), order=90, sender=ROCHDALE, body=_rang(BLACKPOOL)))
    assert night.owed() == []


def _rang(agency: AgencyId) -> Record:
    return ToldByOtherMeans(child_ref="C-1", recipient_agency=agency, told_at=SEEN)


def test_what_was_told_by_telephone_is_never_shown_as_delivered() -> None:
    night = unconnected()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    rows = [fact.row for fact in night.state.told.values()]
    assert {row.means for row in rows if row.role == "telephone"} == {Means.TELEPHONE}
    assert BLACKPOOL not in {row.recipient for row in rows}


# ---- withdrawal and change ----


def test_a_cancelled_report_is_withdrawn_from_everyone_who_was_told_naming_fields_and_never_values() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    knew = night.seats()
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.ENTERED_IN_ERROR)
    told = night.hears("27 Mar 23:30", HOME, cancelled)
    assert {(one.recipient, one.desk) for one in told} == knew - {(HOME, "duty")}
    assert {one.kind for one in told} == {NoticeKind.WITHDRAWAL}
    assert {one.ask for one in told} == {Ask.ACTION}
    for one in told:
        assert one.fields == ()
        assert "episode.status" in one.withdrawn_fields
        assert one.due_at == local("28 Mar 00:30")
    for value in ("Lark", "Sample Street", "pier", "red coat"):
        assert value not in all_text(told)


def test_a_corrected_place_moves_the_search_to_the_right_force() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, missing(SEEN, LEEDS))
    assert night.told(WEST_YORKSHIRE)
    correction = CorrectionMade(
        child_ref="C-1",
        corrects=night.events[0].id,
        changes=(FieldChange(field="last_seen.area_code", old=LEEDS, new=BLACKPOOL),),
    )
    told = night.hears("27 Mar 23:30", HOME, correction)
    by_agency = {one.recipient: one for one in told if one.recipient in (WEST_YORKSHIRE, LANCASHIRE)}
    assert by_agency[WEST_YORKSHIRE].kind is NoticeKind.WITHDRAWAL
    assert by_agency[LANCASHIRE].kind is NoticeKind.NEWS
    (named,) = [one for one in told if one.recipient == ROCHDALE and one.kind is NoticeKind.WITHDRAWAL]
    assert named.withdrawn_fields == ("last_seen.area_code",)
    (new,) = [one for one in told if one.recipient == ROCHDALE and one.kind is NoticeKind.UPDATE]
    assert fields(new)["last_seen.area_code"] == BLACKPOOL


def test_a_flag_set_late_withdraws_what_it_protects_by_name() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN, person=person()))
    assert any("person.home.line" in fields(one) for one in night.told(ROCHDALE, "duty"))
    kept = person(flags=(flag(FlagKind.PROTECTED_ADDRESS),))
    told = night.hears("27 Mar 23:30", ROCHDALE, missing(SEEN, person=kept, care_status=(CareStatus.LOOKED_AFTER,)))
    withdrawn = [one for one in told if "person.home.line" in one.withdrawn_fields]
    assert {one.recipient for one in withdrawn} >= {LANCASHIRE, BLACKPOOL}
    assert {one.kind for one in withdrawn} == {NoticeKind.WITHDRAWAL}
    assert "Sample Street" not in all_text(withdrawn)
    officers = [one for one in told if one.desk == "named_officers"]
    assert {one.recipient for one in officers} == {ROCHDALE, LANCASHIRE}
    assert all(fields(one)["person.home.line"] == "1 Sample Street" for one in officers)


def test_a_return_that_is_disproved_leaves_the_child_missing_and_says_so() -> None:
    night = reported()
    night.hears("28 Mar 03:00", LANCASHIRE, ChildReturned(returned_at=local("28 Mar 02:50"), to=ReturnedTo.PLACEMENT))
    wrong = next(one.id for one in night.events if isinstance(one.body, ChildReturned))
    taken_back = ReportCancelled(child_ref="C-1", cancels=wrong, reason=CancelReason.ENTERED_IN_ERROR)
    told = night.hears("28 Mar 03:20", LANCASHIRE, taken_back)
    assert {ROCHDALE, MANCHESTER, BLACKPOOL, HOME} <= set(kinds(told))
    assert all("The child is missing." in one.what_happened for one in told if one.kind is NoticeKind.UPDATE)


# ---- who must not be told ----


def shut_out(sealed: Record, later: tuple[Record, ...] = (), sender: AgencyId = LANCASHIRE) -> list[Notice]:
    """What the home receives once something sealed from it has been said, and more after it."""
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    before = len(night.told(HOME))
    night.hears("28 Mar 01:00", sender, sealed)
    for hour, body in enumerate(later, start=2):
        night.hears(f"28 Mar {hour:02d}:00", LANCASHIRE, body)
    return night.told(HOME)[before:]


HARM = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER, concerns="sealed words")
NAMED = PreventionInterviewRecorded(
    harm_disclosed=Answer.YES, alleged_role=AllegedRole.PROFESSIONAL, alleged_agency=HOME
)
SET = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, from_when=SEEN, reason="another reason altogether")
BY_ROLE = ExclusionSet(state=ExclusionState.SET, excluded_role="placement", reason="a longer reason " * 20)
DEATH = ChildFound(found_at=local("28 Mar 00:30"), seen_by=SeenBy.POLICE, condition=Condition.DECEASED)
AFTER = (
    RiskAssessed(grade=RiskGrade.HIGH),
    ChildFound(found_at=local("28 Mar 02:30"), seen_by=SeenBy.POLICE),
    ChildReturned(returned_at=local("28 Mar 03:30"), to=ReturnedTo.NEW_PLACEMENT, area_code=LEEDS),
)


@pytest.mark.parametrize(
    "sealed,later", [(HARM, ()), (HARM, AFTER), (NAMED, AFTER[:1]), (SET, AFTER), (BY_ROLE, ()), (DEATH, ())]
)
def test_what_an_excluded_recipient_receives_is_the_same_whatever_the_sealed_reason(
    sealed: Record, later: tuple[Record, ...]
) -> None:
    received = shut_out(sealed, later)
    expected = shut_out(SET)
    assert len(received) == len(expected) == 1
    anonymous = [replace(one, notice_id="", cause="") for one in (*received, *expected)]
    assert anonymous[0] == anonymous[1]
    assert received[0].what_happened == STOOD_DOWN


def test_an_exclusion_before_the_absence_makes_no_sound_at_all() -> None:
    night = Night()
    night.hears("26 Mar 12:00", ROCHDALE, SET)
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    assert night.told(HOME) == []


def test_an_exclusion_that_is_lifted_lets_the_recipient_know_again() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    night.hears("28 Mar 01:00", ROCHDALE, SET)
    lifted = ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=HOME)
    told = night.hears("28 Mar 05:00", ROCHDALE, lifted)
    assert [one.kind for one in told if one.recipient == HOME] == [NoticeKind.UPDATE]


def test_a_placement_that_ended_while_the_child_is_away_reads_that_it_is_closed_and_not_the_return() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    moved = PlacementChanged(
        from_placement=placed(), to_placement=placed(AgencyId("home-hill-top"), LEEDS), move=PlacementMove.PLANNED,
        started_at=local("28 Mar 09:00"),
    )  # fmt: skip
    told = night.hears("28 Mar 10:00", ROCHDALE, moved)
    assert [one.what_happened for one in told if one.recipient == HOME] == [CLOSED]
    back = ChildReturned(returned_at=local("28 Mar 11:00"), to=ReturnedTo.NEW_PLACEMENT, area_code=LEEDS)
    assert HOME not in kinds(night.hears("28 Mar 11:10", LANCASHIRE, back))


def test_a_return_elsewhere_never_carries_the_new_address_to_those_who_may_not_have_it() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    new = Address(line="9 Hidden Row", postcode="LS1 1AA", area_code=LEEDS)
    back = ChildReturned(
        returned_at=local("28 Mar 11:00"), to=ReturnedTo.NEW_PLACEMENT, address=new, area_code=LEEDS,
        circumstances="taken to 9 Hidden Row",
    )  # fmt: skip
    night.hears("28 Mar 11:10", LANCASHIRE, back)
    assert "Hidden Row" not in all_text([one for one in night.inbox if one.desk != "named_officers"])
    assert LEEDS not in all_text(night.told(HOME))


def safe_only(may: MayBeTold) -> Night:
    night = Night()
    told = looked_after(SEEN, placement=None, care_status=(), reporter=Reporter(may_be_told=may))
    night.hears("27 Mar 23:10", SCHOOL, told)
    night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    night.hears(
        "28 Mar 02:00", LANCASHIRE, ChildFound(found_at=local("28 Mar 01:50"), seen_by=SeenBy.POLICE, area_code=LEEDS)
    )
    night.hears("28 Mar 03:00", LANCASHIRE, ChildReturned(returned_at=local("28 Mar 02:50"), to=ReturnedTo.HOME))
    return night


def test_a_reporter_who_may_only_know_that_the_child_is_safe_reads_those_words_and_nothing_else() -> None:
    (notice,) = safe_only(MayBeTold.SAFE_ONLY).told(SCHOOL)
    assert notice.what_happened == "safe and well, not missing"
    assert (notice.fields, notice.asked_of_you, notice.due_at) == ((), "", None)


def test_a_reporter_who_may_be_told_nothing_is_told_nothing() -> None:
    assert safe_only(MayBeTold.NOTHING).told(SCHOOL) == []


@pytest.mark.parametrize("may", [MayBeTold.SAFE_ONLY, MayBeTold.NOTHING])
def test_a_school_that_reports_and_may_know_only_that_is_not_asked_as_the_child_s_school_either(may: MayBeTold) -> None:
    night = Night()
    bound = looked_after(
        local("27 Mar 15:00"), placement=None, care_status=(), reporter=Reporter(may_be_told=may),
        school=SchoolContact(agency=SCHOOL),
    )  # fmt: skip
    night.hears("27 Mar 15:50", SCHOOL, bound)
    assert night.told(SCHOOL) == []
    night.hears("27 Mar 18:00", LANCASHIRE, ChildReturned(returned_at=local("27 Mar 17:50"), to=ReturnedTo.HOME))
    words = [one.what_happened for one in night.told(SCHOOL)]
    assert words == (["safe and well, not missing"] if may is MayBeTold.SAFE_ONLY else [])


@pytest.mark.parametrize("authority,is_asked", [("E08000005", True), ("W06000015", False), ("S12000036", False)])
def test_a_return_interview_is_asked_of_no_other_nation_s_authority(authority: str, is_asked: bool) -> None:  # noqa: FBT001
    night = Night()
    responsible = (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=authority),)
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN, person=person(home=None), authority_roles=responsible))
    back = ChildReturned(returned_at=local("28 Mar 02:50"), to=ReturnedTo.PLACEMENT)
    told = night.hears("28 Mar 03:00", LANCASHIRE, back)
    asked = {one.recipient for one in told if "return interview" in one.asked_of_you}
    assert asked == ({authority} if is_asked else set())


def test_nobody_reads_safe_and_well_of_a_child_who_is_in_hospital() -> None:
    night = Night()
    told = looked_after(SEEN, placement=None, care_status=(), reporter=Reporter(may_be_told=MayBeTold.SAFE_ONLY))
    night.hears("27 Mar 23:10", SCHOOL, told)
    hurt = ChildFound(found_at=local("28 Mar 01:50"), seen_by=SeenBy.POLICE, condition=Condition.IN_HOSPITAL)
    night.hears("28 Mar 02:00", LANCASHIRE, hurt)
    assert night.told(SCHOOL) == []


def test_the_agencies_of_a_protected_address_never_enter_by_way_of_it() -> None:
    refuge = AgencyId("E06000015")
    kept = person(
        home=replace(person().home, area_code=refuge, protected=True),  # type: ignore[type-var]
        flags=(flag(FlagKind.PROTECTED_ADDRESS),),
    )
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, missing(SEEN, person=kept))
    assert refuge not in kinds(night.inbox)
    assert "E23000018" not in kinds(night.inbox)


def test_away_is_told_to_authority_and_placement_and_not_to_police_until_it_turns_missing() -> None:
    night = Night()
    told = night.hears("27 Mar 23:10", ROCHDALE, looked_after(SEEN, status=ReportedStatus.AWAY))
    assert {agency for agency in kinds(told) if agency.startswith("E23")} == set()
    assert HOME in kinds(told)
    turned = night.hears("28 Mar 01:00", ROCHDALE, MissingAmended(child_ref="C-1", status=ReportedStatus.MISSING))
    assert {LANCASHIRE, MANCHESTER} <= set(kinds(turned))


def test_a_child_found_before_anybody_reported_is_told_to_those_with_a_duty() -> None:
    found = ChildFound(
        child_ref="C-1", person=person(), found_at=local("28 Mar 01:50"), seen_by=SeenBy.POLICE, area_code=LEEDS
    )
    told = kinds(Night().hears("28 Mar 02:00", WEST_YORKSHIRE, found))
    assert {ROCHDALE, LEEDS} <= set(told)


def test_at_eighteen_those_who_look_after_children_only_are_closed_to_and_police_go_on() -> None:
    night = Night()
    nearly = person(date_of_birth=local("28 Mar 00:00").date().replace(year=2008))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN, person=nearly))
    assert night.told(ROCHDALE, "reviewing_team")
    told = night.hears("29 Mar 10:00", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    (closed,) = [one for one in told if one.desk == "reviewing_team"]
    assert (closed.kind, closed.ask, closed.urgency) == (NoticeKind.UPDATE, Ask.INFORMATION, Urgency.HELD_FOR_DAY)
    assert closed.what_happened == RULES.words["happened"]["closed_of_age"]
    assert not closed.fields
    assert kinds(told)[MANCHESTER] is NoticeKind.UPDATE


def test_whoever_another_row_entitles_by_then_is_kept_informed() -> None:
    night = Night()
    night.hears("27 Mar 23:10", HOME, missing(SEEN, LEEDS))
    found = ChildFound(found_at=local("28 Mar 01:00"), seen_by=SeenBy.POLICE, area_code=LEEDS)
    night.hears("28 Mar 01:10", LANCASHIRE, found)
    corrects = CorrectionMade(
        corrects=night.events[0].id, changes=(FieldChange(field="last_seen.area_code", old=LEEDS, new=BLACKPOOL),)
    )
    night.hears("28 Mar 01:30", HOME, corrects)
    back = ChildReturned(returned_at=local("28 Mar 03:00"), to=ReturnedTo.PLACEMENT)
    assert kinds(night.hears("28 Mar 03:10", LANCASHIRE, back))[WEST_YORKSHIRE] is NoticeKind.UPDATE


def test_ids_are_the_same_for_the_same_state_and_differ_for_every_notice() -> None:
    one, other = Night(), Night()
    ids = [
        [notice.notice_id for notice in night.hears("27 Mar 23:10", HOME, looked_after(SEEN))] for night in (one, other)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


def test_every_row_of_told_says_by_which_rule_and_which_fields() -> None:
    night = reported()
    for fact in night.state.told.values():
        assert fact.row.basis
        assert len(fact.row.basis) <= 300
        assert len(fact.row.points) <= 60
        assert all(len(point) <= 160 for point in fact.row.points)
        assert len(fact.row.content_digest) == 32


def test_owed_notices_show_what_they_are() -> None:
    night = Night()
    night.events.append(reported().events[0])
    owed = night.owed()
    assert all(isinstance(one, OwedNotice) for one in owed)
    assert {one.cause for one in owed} == {night.events[0].id}


def test_a_report_that_names_nobody_s_area_is_owed_to_the_reporters_own_force() -> None:
    night = Night()
    told = night.hears("27 Mar 23:10", ROCHDALE, MissingReported(child_ref="C-2", last_seen=LastSeen(not_known=True)))
    assert set(kinds(told)) == {MANCHESTER}
