"""Whoever cannot be reached is telephoned: once, of what must not be left to silence, in words that tell no more."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.directory import Directory
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    AllegedRole,
    Answer,
    Ask,
    ChildReturned,
    CorrectionMade,
    DeliveryPreferences,
    FieldChange,
    MayBeTold,
    Notice,
    NoticeKind,
    PreventionInterviewRecorded,
    Reporter,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
)
from tests.searching import examples
from tests.unit.routing.test_level import SOME, nights
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    MANCHESTER,
    ROCHDALE,
    RULES,
    SCHOOL,
    Night,
    all_text,
    directory_of,
    fields,
    joined,
    local,
    looked_after,
)

SEEN = local("27 Mar 22:40")
HARM = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.UNKNOWN)
BACK = ChildReturned(returned_at=local("28 Mar 02:50"), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)


@settings(max_examples=examples(15), deadline=None)
@given(night=nights(), directories=st.lists(st.sampled_from([EVERYBODY, SOME]), min_size=7, max_size=7))
def test_whoever_comes_and_goes_it_settles_at_every_message(night: list[Event], directories: list[Directory]) -> None:
    hub = Night()
    for each, directory in zip(night, directories, strict=False):
        hub.directory = directory
        hub.events.append(each)
        hub.settle()
        unreached = [one for one in hub.inbox if not directory.is_connected(AgencyId(one.recipient), each.accepted_at)]
        assert not [one for one in unreached if one.issued_at == each.accepted_at], "nobody is written to who is away"


def _rings(notices: list[Notice], name: str) -> list[Notice]:
    return [one for one in notices if one.purpose == "telephone" and name in one.asked_of_you]


def _without(agency: AgencyId) -> Night:
    return Night(directory=directory_of(*({LANCASHIRE, MANCHESTER, ROCHDALE, BLACKPOOL, HOME, SCHOOL} - {agency})))


def _connects(night: Night, agency: AgencyId) -> None:
    night.directory = night.directory.with_entry(joined(agency))


def test_what_is_asked_is_telephoned_although_the_status_has_not_changed() -> None:
    night = _without(ROCHDALE)
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    night.hears("28 Mar 03:00", LANCASHIRE, BACK)
    rung = _rings(night.hears("28 Mar 03:30", LANCASHIRE, HARM), "Rochdale")
    assert [(one.recipient, one.urgency) for one in rung] == [(LANCASHIRE, "now")]
    assert _rings(night.hears("28 Mar 04:00", LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW)), "Rochdale") == []


def test_whom_no_duty_row_gives_a_number_for_is_rung_at_the_number_it_asked_for() -> None:
    wish = DeliveryPreferences(telephone="01632 960004")
    night = _without(ROCHDALE)
    night.directory = night.directory.with_entry(joined(ROCHDALE, connected=False, sealing_keys=(), delivery=wish))
    (rung,) = _rings(night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN)), "Rochdale")
    assert "01632 960004" in rung.asked_of_you


def test_what_was_asked_by_telephone_is_asked_in_writing_once_it_is_connected() -> None:
    night = _without(ROCHDALE)
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    assert "take this" in _rings(night.inbox, "Rochdale")[0].asked_of_you
    _connects(night, ROCHDALE)
    told = night.hears("27 Mar 23:40", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    assert [one.ask for one in told if (one.recipient, one.desk) == (ROCHDALE, "duty")] == [Ask.ACTION]


def test_a_withdrawal_is_telephoned_once_by_field_and_told_in_writing_afterwards() -> None:
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN))
    report = night.events[0].id
    night.directory = _without(HOME).directory
    corrected = CorrectionMade(
        corrects=report, changes=(FieldChange(field="last_seen.place", old="near the pier", new="the tram"),)
    )
    (task,) = _rings(night.hears("27 Mar 23:30", LANCASHIRE, corrected), str(HOME))
    assert (task.kind, task.urgency, task.withdrawn_fields) == (NoticeKind.UPDATE, "soon", ())
    assert "to withdraw last_seen.place" in task.asked_of_you
    assert "pier" not in all_text([task])
    assert "tram" not in all_text([task])
    assert _rings(night.hears("27 Mar 23:40", LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW)), str(HOME)) == []
    _connects(night, HOME)
    written = [
        one
        for one in night.hears("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
        if one.recipient == HOME
    ]
    assert [fields(one)["last_seen.place"] for one in written] == ["the tram"]


def test_a_reporter_who_may_only_know_that_the_child_is_safe_is_rung_with_those_words() -> None:
    night = Night()
    report = looked_after(SEEN, placement=None, care_status=(), reporter=Reporter(may_be_told=MayBeTold.SAFE_ONLY))
    night.hears("27 Mar 23:10", SCHOOL, report)
    night.directory = _without(SCHOOL).directory
    (task,) = _rings(night.hears("28 Mar 03:00", LANCASHIRE, BACK), str(SCHOOL))
    assert f"say only: {RULES.words['fixed']['safe_only']}" in task.asked_of_you
    assert _rings(night.hears("28 Mar 04:00", LANCASHIRE, HARM), str(SCHOOL)) == []
