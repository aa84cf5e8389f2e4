"""P15: what is sealed late is withdrawn from everyone who holds it, and it is known who had opened it."""

from dataclasses import replace

from hub.delivery import taken_back
from schemas.records import (
    Acknowledgement,
    CancelReason,
    CareStatus,
    CorrectionMade,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    FlagKind,
    Notice,
    NoticeKind,
    ReportCancelled,
)
from tests.unit.entry.told import flag
from tests.unit.routing.clocked import ClockedNight
from tests.unit.routing.world import (
    BLACKPOOL,
    HOME,
    LANCASHIRE,
    LEEDS,
    MANCHESTER,
    ROCHDALE,
    RULES,
    WEST_YORKSHIRE,
    all_text,
    local,
    looked_after,
    missing,
    person,
)

SEEN = local("27 Mar 22:40")
LINE = "person.home.line"


def holding(night: ClockedNight, field: str) -> set[tuple[str, str]]:
    """Every desk that was told a field."""
    return {(one.recipient, one.desk) for one in night.inbox if field in {each.name for each in one.fields}}


def seats(notices: list[Notice]) -> set[tuple[str, str]]:
    return {(one.recipient, one.desk) for one in notices}


def reported() -> ClockedNight:
    night = ClockedNight()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    return night


def test_an_address_that_is_protected_late_is_withdrawn_from_exactly_those_who_hold_it_and_may_not() -> None:
    night = reported()
    held = holding(night, LINE)
    night.acknowledges("27 Mar 23:20", BLACKPOOL, night.told(BLACKPOOL), Acknowledgement.OPENED, "duty manager")
    kept = missing(
        SEEN, person=person(flags=(flag(FlagKind.PROTECTED_ADDRESS),)), care_status=(CareStatus.LOOKED_AFTER,)
    )
    told = night.hears("28 Mar 00:10", ROCHDALE, kept)
    assert seats([one for one in told if LINE in one.withdrawn_fields]) == held
    of_line = [one for one in taken_back(night.state, night.directory) if LINE in one.fields]
    assert {one.seat for one in of_line} == held
    opened = {one.seat: [(layer.by, layer.role) for layer in one.opened] for one in of_line}
    assert opened[BLACKPOOL, "duty"] == [(BLACKPOOL, "duty manager")]
    assert opened[MANCHESTER, "duty"] == []


def test_what_is_opened_after_it_was_taken_back_was_not_opened_before() -> None:
    night = reported()
    first = night.told(BLACKPOOL)
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.ENTERED_IN_ERROR)
    night.hears("27 Mar 23:30", HOME, cancelled)
    night.acknowledges("27 Mar 23:50", BLACKPOOL, first, Acknowledgement.OPENED)
    (one,) = [one for one in taken_back(night.state, night.directory) if one.seat == (BLACKPOOL, "duty")]
    assert one.opened == ()
    assert one.told_by[0].opened is not None


def test_of_an_exclusion_set_late_it_is_known_what_the_excluded_had_opened_and_it_is_told_nothing_of_that() -> None:
    night = ClockedNight()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    night.acknowledges("27 Mar 23:20", HOME, night.told(HOME), Acknowledgement.OPENED, "shift leader")
    excluded = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, from_when=SEEN)
    told = night.hears("28 Mar 01:00", ROCHDALE, excluded)
    assert [one.what_happened for one in told if one.recipient == HOME] == [RULES.words["fixed"]["stood_down"]]
    assert seats(told) == {(HOME, "duty")}, "and nobody else hears a sound"
    (one,) = taken_back(night.state, night.directory)
    assert one.seat == (HOME, "duty")
    assert "person.given_names" in one.fields
    assert [layer.role for layer in one.opened] == ["shift leader"]


def test_a_corrected_place_is_told_to_those_who_hold_the_wrong_one_and_whose_duty_starts_and_nobody_else() -> None:
    night = ClockedNight()
    night.hears("27 Mar 23:10", HOME, missing(SEEN, LEEDS))
    held = holding(night, "last_seen.area_code")
    changes = (FieldChange(field="last_seen.area_code", old=LEEDS, new=BLACKPOOL),)
    told = night.hears("27 Mar 23:30", HOME, CorrectionMade(corrects=night.events[0].id, changes=changes))
    withdrawn = seats([one for one in told if one.kind is NoticeKind.WITHDRAWAL])
    assert withdrawn == held - {(HOME, "duty")}
    assert (WEST_YORKSHIRE, "duty") in withdrawn
    assert seats(told) - held == {(LANCASHIRE, "duty")}, "whose duty starts"
    assert all(one.fields == () for one in told if one.kind is NoticeKind.WITHDRAWAL)


def test_a_report_whose_sender_is_put_right_moves_its_ladders_with_it() -> None:
    night = ClockedNight()
    night.hears("27 Mar 23:10", HOME, missing(SEEN, LEEDS))
    changes = (FieldChange(field="last_seen.area_code", old=LEEDS, new=BLACKPOOL),)
    night.hears("27 Mar 23:12", HOME, CorrectionMade(corrects=night.events[0].id, changes=changes))
    later = night.until("28 Mar 02:00")
    asked = [one for one in later if one.purpose == "ladder" and "answer" in one.asked_of_you]
    assert all(one.recipient != WEST_YORKSHIRE for one in asked)
    contacts = {one.recipient for one in later if one.purpose == "ladder" and "Lancashire" in one.what_happened}
    assert contacts == {LANCASHIRE}


def test_no_value_of_the_child_stands_in_what_is_known_of_withdrawals() -> None:
    night = reported()
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.ENTERED_IN_ERROR)
    told = night.hears("27 Mar 23:30", HOME, cancelled)
    for text in (all_text(told), repr(replace(taken_back(night.state, night.directory)[0]))):
        assert not any(value in text for value in ("Lark", "Sample Street", "pier", "red coat"))
