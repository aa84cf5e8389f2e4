"""The nights that must come out right, as far as they say who is told what."""

from datetime import timedelta

import pytest

from hub.ids import AgencyId, ChildId
from hub.reference import packaged_reference
from hub.routing.wording import outside_text
from schemas.records import (
    AllegedRole,
    Answer,
    Arrangement,
    Ask,
    AuthorityRole,
    AuthorityRoleKind,
    CareStatus,
    ChildFound,
    ChildReturned,
    Collector,
    Condition,
    ExclusionSet,
    ExclusionState,
    ExternalRef,
    LastSeen,
    MissingAmended,
    MissingReported,
    NoticeKind,
    PlaceKind,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PoliceContact,
    PoliceContactState,
    PolicePosition,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReferenceKind,
    ReturnArranged,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    Urgency,
)
from tests.unit.routing.world import (
    BLACKPOOL,
    BRADFORD,
    CHESHIRE_EAST,
    DERBY,
    DERBYSHIRE,
    EVERYBODY,
    FOSTERING,
    HOME,
    LANCASHIRE,
    LEEDS,
    MANCHESTER,
    NORFOLK,
    NORFOLK_POLICE,
    OLDHAM,
    ROCHDALE,
    RULES,
    SCHOOL,
    STOCKPORT,
    WARD,
    WEST_YORKSHIRE,
    Night,
    all_text,
    fields,
    local,
    looked_after,
    missing,
    person,
    placed,
)

STOOD_DOWN = RULES.words["fixed"]["stood_down"]


def ordinary_night() -> Night:
    """S1: a girl of fifteen, looked after by Rochdale, in a children's home in Blackpool."""
    night = Night()
    seen = local("27 Mar 22:40")
    not_yet = PoliceContact(state=PoliceContactState.NOT_YET)
    night.hears("27 Mar 23:10", HOME, looked_after(seen, police_contact=not_yet))
    rang = PoliceContact(state=PoliceContactState.REPORTED, route="101", log_reference="LC-20260327-1187")
    night.hears("27 Mar 23:18", HOME, MissingAmended(child_ref="C-1", police_contact=rang))
    quoting = (ExternalRef(agency=HOME, kind=ReferenceKind.CHILD, value="C-1"),)
    night.hears("27 Mar 23:31", LANCASHIRE, looked_after(seen, placement=None, external_refs=quoting))
    return night


def test_s1_everybody_out_of_area_is_told_and_no_neighbour() -> None:
    night = ordinary_night()
    night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    assert night.seats() == {
        (LANCASHIRE, "duty"),
        (MANCHESTER, "duty"),
        (ROCHDALE, "duty"),
        (BLACKPOOL, "duty"),
        (HOME, "duty"),
        (ROCHDALE, "reviewing_team"),
    }


def test_s1_police_and_the_responsible_authority_are_asked_and_the_others_informed() -> None:
    night = Night()
    asked = {
        one.recipient: one
        for one in night.hears("27 Mar 23:10", HOME, looked_after(local("27 Mar 22:40")))
        if one.ask is Ask.ACTION
    }
    assert set(asked) == {LANCASHIRE, ROCHDALE}
    assert asked[LANCASHIRE].due_at == local("27 Mar 23:25")


def test_s1_until_police_confirm_everybody_reads_ring() -> None:
    night = Night()
    told = night.hears("27 Mar 23:10", HOME, looked_after(local("27 Mar 22:40")))
    assert {one.police_position for one in told} == {PolicePosition.UNCONFIRMED}
    assert all("ring" in one.what_happened for one in told)


def test_s1_when_police_confirm_the_authorities_and_the_home_are_told_and_nobody_gets_news_again() -> None:
    night = ordinary_night()
    told = {one.recipient: one for one in night.inbox if one.police_position is PolicePosition.CONFIRMED}
    assert {HOME, ROCHDALE, BLACKPOOL} <= set(told)
    assert {one.kind for one in told.values()} == {NoticeKind.UPDATE}


def test_s1_the_reviewing_officers_team_is_informed_and_held_for_the_day() -> None:
    night = ordinary_night()
    (news,) = night.told(ROCHDALE, "reviewing_team")
    assert (news.urgency, news.ask) == (Urgency.HELD_FOR_DAY, Ask.INFORMATION)


def test_s1_found_and_returned_are_told_to_everyone_who_was_told() -> None:
    night = ordinary_night()
    everyone = night.seats()
    found = ChildFound(found_at=local("28 Mar 02:10"), seen_by=SeenBy.POLICE, place_kind=PlaceKind.STREET)
    told = {(one.recipient, one.desk) for one in night.hears("28 Mar 02:15", LANCASHIRE, found)}
    assert told == everyone - {(LANCASHIRE, "duty")}, "the force that found her knows"
    arranged = ReturnArranged(
        arrangement=Arrangement.ARRANGED, collector=Collector.POLICE, expected_at=local("28 Mar 03:30")
    )
    night.hears("28 Mar 02:40", HOME, arranged)
    back = ChildReturned(returned_at=local("28 Mar 03:25"), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.PROFESSIONAL)
    returned = night.hears("28 Mar 03:25", HOME, back)
    assert {(one.recipient, one.desk) for one in returned} == everyone - {(HOME, "duty")}
    asked = {one.recipient: one.asked_of_you for one in returned if one.ask is Ask.ACTION}
    assert set(asked) == {LANCASHIRE, ROCHDALE}
    assert "prevention interview" in asked[LANCASHIRE]
    assert "72 hours" in asked[ROCHDALE]


def test_s3_a_council_report_on_monday_pages_nobody() -> None:
    night = Night()
    boy = person(date_of_birth=None)
    night.hears("14 Mar 20:35", WEST_YORKSHIRE, missing(local("14 Mar 17:00"), BRADFORD, person=boy))
    night.hears("14 Mar 21:10", BRADFORD, missing(local("14 Mar 17:30"), BRADFORD, person=boy))
    back = ChildReturned(returned_at=local("14 Mar 22:50"), to=ReturnedTo.HOME, seen_by=SeenBy.POLICE)
    night.hears("14 Mar 23:05", WEST_YORKSHIRE, back)
    before = len(night.inbox)
    night.hears("16 Mar 09:30", BRADFORD, missing(local("14 Mar 17:15"), BRADFORD, person=boy))
    later = night.inbox[before:]
    assert [one for one in later if one.kind is NoticeKind.NEWS or one.ask is Ask.ACTION] == []


def two_girls() -> tuple[Night, Night]:
    """S4: L, looked after by Oldham, and M, looked after by Cheshire East, leave one home in Stockport together."""
    nights: list[Night] = []
    for name, authority in (("L-girl", OLDHAM), ("M-girl", CHESHIRE_EAST)):
        companion = "M-girl-CE-12" if authority == OLDHAM else "L-girl-OL-77"
        night = Night(child=ChildId(f"0f6e0804-2bd0-4672-b79d-d97027f9{len(nights):04d}"))
        night.hears(
            "4 Feb 19:30",
            HOME,
            missing(
                local("4 Feb 19:00"),
                STOCKPORT,
                person=person(given_names=name, home=None),
                care_status=(CareStatus.LOOKED_AFTER,),
                placement=placed(host=STOCKPORT),
                authority_roles=_responsible(authority),
                incident_ref="SK-0204",
                companions=(companion,),
            ),
        )
        nights.append(night)
    return nights[0], nights[1]


def _responsible(authority: AgencyId) -> tuple[AuthorityRole, ...]:
    return (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=authority),)


def test_s4_each_authority_is_told_of_its_own_child_and_of_one_companion() -> None:
    of_l, of_m = two_girls()
    assert of_l.told(OLDHAM)
    assert of_m.told(CHESHIRE_EAST)
    assert not of_l.told(CHESHIRE_EAST)
    assert not of_m.told(OLDHAM)
    assert fields(of_l.told(OLDHAM, "duty")[0])["companions.number"] == "1"
    assert "M-girl" not in all_text(of_l.inbox)
    assert "L-girl" not in all_text(of_m.inbox)


def test_s4_the_home_reads_located_not_returning_and_neither_hospital_nor_harm() -> None:
    of_l, _ = two_girls()
    found = ChildFound(
        found_at=local("5 Feb 04:05"), seen_by=SeenBy.POLICE, area_code=LEEDS, place="St James's",
        place_kind=PlaceKind.HOSPITAL, health_setting="accident department", injuries="bruises",
    )  # fmt: skip
    night_told = of_l.hears("5 Feb 04:10", WEST_YORKSHIRE, found)
    assert LEEDS in {one.recipient for one in night_told}, "told where found"
    harm = PreventionInterviewRecorded(
        outcome=PreventionOutcome.HELD,
        harm_disclosed=Answer.YES,
        alleged_role=AllegedRole.STRANGER,
        concerns="harmed in Leeds",
    )
    strategy = of_l.hears("5 Feb 05:00", WEST_YORKSHIRE, harm)
    assert any("strategy decision" in one.asked_of_you for one in strategy if one.recipient == LEEDS)
    cannot = ReturnArranged(arrangement=Arrangement.NOT_POSSIBLE, why_not="see the authority")
    of_l.hears("5 Feb 07:30", OLDHAM, cannot)
    home = of_l.told(HOME)
    assert any("located, and is not returning for now" in one.what_happened for one in home)
    for word in ("St James", "hospital", "accident", "bruises", "harm"):
        assert word not in all_text(home)


def running_from_the_carer(alleged: AllegedRole = AllegedRole.CARER) -> Night:
    """S7: a girl of thirteen, Derby, placed with a foster carer of an agency."""
    night = Night()
    girl = person(date_of_birth=None, home=None)
    night.hears(
        "3 May 16:00",
        FOSTERING,
        missing(
            local("3 May 15:30"),
            DERBY,
            person=girl,
            care_status=(CareStatus.LOOKED_AFTER,),
            placement=placed(FOSTERING, DERBY, kind=PlacementKind.FOSTER),
            authority_roles=_responsible(DERBY),
        ),
    )
    found = ChildFound(found_at=local("3 May 21:30"), seen_by=SeenBy.POLICE, area_code=DERBY)
    night.hears("3 May 21:30", DERBYSHIRE, found)
    night.hears(
        "3 May 21:45",
        DERBYSHIRE,
        PreventionInterviewRecorded(outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=alleged),
    )
    return night


def test_s7_the_fostering_agency_reads_one_neutral_sentence_and_then_nothing() -> None:
    night = running_from_the_carer()
    before = len(night.told(FOSTERING)) - 1
    shut_out = ExclusionSet(
        state=ExclusionState.SET, excluded_agency=FOSTERING, from_when=local("3 May 21:45"), reason="sealed",
        decider_role="team manager",
    )  # fmt: skip
    night.hears("3 May 22:10", DERBY, shut_out)
    somewhere = placed(AgencyId("home-new"), DERBY)
    moved = PlacementChanged(
        from_placement=placed(FOSTERING, DERBY), to_placement=somewhere, move=PlacementMove.EMERGENCY,
        started_at=local("3 May 22:00"),
    )  # fmt: skip
    night.hears("3 May 22:15", DERBY, moved)
    back = ChildReturned(returned_at=local("3 May 23:10"), to=ReturnedTo.NEW_PLACEMENT, area_code=DERBY)
    night.hears("3 May 23:10", DERBYSHIRE, back)
    assert [one.what_happened for one in night.told(FOSTERING)[before:]] == [STOOD_DOWN]
    assert night.told(FOSTERING)[before:][0].fields == ()
    assert {DERBYSHIRE, DERBY} <= {one.recipient for one in night.inbox}
    assert night.told(DERBY, "reviewing_team")


def test_s7_an_action_reaches_the_authority_the_moment_harm_is_disclosed() -> None:
    night = running_from_the_carer()
    assert any("strategy decision" in one.asked_of_you for one in night.told(DERBY))


def test_s12_a_death_is_told_to_named_roles_only_and_everybody_else_reads_stood_down() -> None:
    night = Night()
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
    knew = night.seats()
    assert len({agency for agency, _ in knew} & set(packaged_reference().forces)) > 1, "the neighbours were told"
    death = ChildFound(found_at=local("4 Nov 06:00"), seen_by=SeenBy.POLICE, condition=Condition.DECEASED)
    sealed = night.hears("4 Nov 06:20", NORFOLK_POLICE, death)
    assert {one.what_happened for one in sealed} == {STOOD_DOWN}
    assert {(one.recipient, one.desk) for one in sealed} == knew - {(NORFOLK_POLICE, "duty")}
    assert {one.ask for one in sealed} == {Ask.INFORMATION}
    informed = ChildFound(
        found_at=local("4 Nov 06:00"), seen_by=SeenBy.POLICE, condition=Condition.DECEASED,
        family_informed_at=local("4 Nov 09:10"),
    )  # fmt: skip
    after = night.hears("4 Nov 09:10", NORFOLK_POLICE, informed)
    assert {(one.recipient, one.desk) for one in after} == {(NORFOLK, "director")}
    assert "deceased" in all_text(after)
    others = [one for one in night.inbox if one.desk != "director" and one.recipient != NORFOLK_POLICE]
    assert "deceased" not in all_text(others)


@pytest.mark.parametrize("never", [SCHOOL, WARD])
def test_a_school_and_a_health_desk_that_were_not_told_of_the_absence_are_told_of_no_end(never: AgencyId) -> None:
    night = ordinary_night()
    assert night.told(never) == []


def test_outside_the_opened_page_the_text_is_fixed() -> None:
    night = ordinary_night()
    for one in night.inbox:
        text = outside_text(one, RULES)
        assert text.startswith(f"A notice needs you: {one.reference}")
        assert not [value for value in fields(one).values() if len(value) > 3 and value in text]


def test_a_child_nobody_has_an_address_for_is_still_told_to_police() -> None:
    night = Night()
    bare = MissingReported(child_ref="C-9", last_seen=LastSeen(not_known=True))
    told = night.hears("27 Mar 23:10", ROCHDALE, bare)
    assert MANCHESTER in {one.recipient for one in told}


def test_time_and_directory_do_not_run_on(  # a second look, hours later, owes nothing
) -> None:
    night = ordinary_night()
    again = Night(directory=EVERYBODY, events=list(night.events))
    assert again.owed() == []
    assert night.inbox[-1].issued_at <= local("27 Mar 23:31") + timedelta(0)
