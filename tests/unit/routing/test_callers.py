"""What a call tells whoever is asked to make it: no more than the caller may read, whatever it is about."""

import pytest

from hub.deadlines import packaged_deadline_rules
from hub.delivery.rota import acting_desk
from hub.delivery.rules import packaged_delivery_rules
from hub.directory import Directory
from hub.ids import AgencyId
from hub.routing.vocabulary import DESKS, NAMED_OFFICERS
from schemas.records import (
    AgencyKind,
    AllegedRole,
    Answer,
    CancelReason,
    ChildFound,
    ChildReturned,
    CorrectionMade,
    Disclosure,
    FieldChange,
    FlagKind,
    Notice,
    PreventionInterviewRecorded,
    ReportCancelled,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    TravelCue,
)
from tests.unit.routing.clocked import OUT_OF_HOURS, ClockedNight, day_row, night_rows
from tests.unit.routing.owing import STORIES, Telling, flagged
from tests.unit.routing.world import (
    HOME,
    LANCASHIRE,
    MANCHESTER,
    ROCHDALE,
    RULES,
    SCHOOL,
    directory_of,
    joined,
    local,
    looked_after,
    missing,
    person,
)

SEEN = local("27 Mar 22:40")
HARM = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.STRANGER)
OPEN_TO = {
    HOME: {Disclosure.ROUTING, Disclosure.IDENTITY, Disclosure.DESCRIPTION, Disclosure.CIRCUMSTANCES},
    SCHOOL: {Disclosure.ROUTING},
}
"""What a home and a school may read."""


def closed_words(caller: AgencyId) -> set[str]:
    """Every sentence of duties and of rows, and every name of a role, that the caller may not read."""
    opened = OPEN_TO[caller]
    kind = AgencyKind.PLACEMENT if caller == HOME else AgencyKind.SCHOOL
    open_rows = [row for row in RULES.rows if row.classes <= opened]
    asks = {row.words for row in RULES.rows} - {row.words for row in open_rows} - {"none"}
    named = {row.role for row in RULES.rows if not packaged_delivery_rules().may_read_of(row.role, kind)}
    return {
        *(row.says for row in packaged_deadline_rules().rows if row.disclosure not in opened),
        *(RULES.words["ask"][key].rstrip(".") for key in asks),
        *(role.replace("_", " ") for role in named),
        *(desk.replace("_", " ") for role, desk in DESKS.items() if role in named or desk == NAMED_OFFICERS),
    }


def calls(notices: list[Notice], caller: AgencyId = HOME) -> list[str]:
    """What telephone tasks ask and say, but for the words of duties that their caller may read."""
    known = [row.says for row in packaged_deadline_rules().rows if row.disclosure in OPEN_TO[caller]]
    found = [f"{one.what_happened} {one.asked_of_you}" for one in notices if "telephone" in one.asked_of_you]
    for says in known:
        found = [text.replace(says, "") for text in found]
    return found


HOME_ALONE = Telling(directory_of(HOME))
"""Nobody but the home can be reached."""


@pytest.mark.parametrize("name", STORIES)
def test_a_home_that_rings_everybody_else_reads_no_words_beyond_what_it_may_read(name: str) -> None:
    told = calls(HOME_ALONE.night_of(STORIES[name]).told(HOME))
    assert [(word, text) for word in closed_words(HOME) for text in told if word in text] == []


def test_a_school_that_rings_everybody_else_reads_of_no_team_no_border_and_no_decision() -> None:
    night = ClockedNight(directory=directory_of(SCHOOL))
    girl = person(flags=(*flagged(FlagKind.EXPLOITATION), *flagged(FlagKind.PROTECTION_PLAN)))
    night.hears("4 Mar 15:30", SCHOOL, missing(local("4 Mar 12:00"), ROCHDALE))
    night.hears("4 Mar 15:45", MANCHESTER, missing(
        local("4 Mar 12:00"), ROCHDALE, person=girl, travel_cues=(TravelCue.ABROAD,)
    ))  # fmt: skip
    night.hears("4 Mar 16:00", MANCHESTER, RiskAssessed(grade=RiskGrade.HIGH))
    night.hears("4 Mar 18:00", MANCHESTER, ChildFound(seen_by=SeenBy.POLICE, area_code=ROCHDALE))
    night.hears("4 Mar 18:30", MANCHESTER, HARM)
    night.until("9 Mar 12:00")
    told = calls(night.told(SCHOOL), SCHOOL)
    assert any("Rochdale" in text for text in told), "the authority is rung all the same"
    assert [(word, text) for word in {*closed_words(SCHOOL), "border"} for text in told if word in text] == []


def test_a_field_that_the_caller_may_not_read_is_not_named_to_it_when_it_is_withdrawn() -> None:
    night = ClockedNight(directory=directory_of(HOME, ROCHDALE))
    told = looked_after(SEEN, person=person(flags=flagged(FlagKind.EXPLOITATION)))
    night.hears("27 Mar 23:10", LANCASHIRE, told)
    report = night.events[0].id
    night.hears("27 Mar 23:15", HOME, looked_after(SEEN))
    night.directory = directory_of(HOME).with_entry(joined(ROCHDALE, connected=False))
    change = FieldChange(field="person.flags.exploitation.value", old="yes", new="no")
    night.hears("27 Mar 23:30", LANCASHIRE, CorrectionMade(corrects=report, changes=(change,)))
    (text,) = [text for text in calls(night.told(HOME)) if "withdraw" in text]
    assert "what else it was told" in text
    assert "exploitation" not in text


def test_the_council_that_answers_for_a_child_rings_a_national_desk_and_takes_back_what_it_rang() -> None:
    night = ClockedNight(directory=directory_of(HOME, ROCHDALE, LANCASHIRE))
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(SEEN, travel_cues=(TravelCue.ABROAD,)))
    assert any("the national border desk" in text for text in calls(night.told(ROCHDALE)))
    before = len(night.told(ROCHDALE))
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED)
    night.hears("27 Mar 23:50", LANCASHIRE, cancelled)
    assert any(
        "the national border desk" in text for text in calls([*night.told(ROCHDALE)[before:], *night.told(LANCASHIRE)])
    )


# ---- a team that acts for a closed desk ----


def without_key(*councils: AgencyId) -> Directory:
    """Closed councils, and a team that acts for them and cannot be reached."""
    directory = directory_of(LANCASHIRE, MANCHESTER, HOME)
    for council in councils:
        directory = directory.with_entry(joined(council, duty=(day_row(),)))
    team = joined(OUT_OF_HOURS, kind=AgencyKind.AUTHORITY, duty=night_rows(*councils), connected=False)
    return directory.with_entry(team)


def rings_of(notices: list[Notice]) -> list[tuple[str, str]]:
    """Who is asked to ring the team, and how urgently, of what no ladder has climbed to."""
    news = [one for one in notices if not one.what_happened.startswith(("Not opened", "Opened"))]
    return [(one.recipient, str(one.urgency)) for one in news if str(OUT_OF_HOURS) in one.asked_of_you]


def test_a_team_that_cannot_be_reached_is_rung_at_once_by_somebody_who_is_there_and_once() -> None:
    night = ClockedNight(directory=without_key(ROCHDALE))
    told = night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    assert rings_of([one for one in told if one.purpose == "telephone"]) == [(LANCASHIRE, "now")]
    assert [one for one in told if (one.recipient, one.desk) == (ROCHDALE, "duty")], "its own inbox has it as well"
    again = night.hears("27 Mar 23:20", LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW))
    assert rings_of(again) == []


def test_by_day_when_the_council_is_there_itself_no_team_is_rung() -> None:
    night = ClockedNight(directory=without_key(ROCHDALE))
    assert rings_of(night.hears("27 Mar 11:10", HOME, looked_after(local("27 Mar 10:40")))) == []
    back = ChildReturned(returned_at=local("27 Mar 12:00"), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)
    night.hears("27 Mar 12:10", LANCASHIRE, back)
    assert rings_of(night.until("30 Mar 08:00")) == []


def test_once_it_has_a_key_again_the_team_reads_what_it_was_told_by_telephone() -> None:
    night = ClockedNight(directory=without_key(ROCHDALE))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    team = joined(OUT_OF_HOURS, kind=AgencyKind.AUTHORITY, duty=night_rows(ROCHDALE), version=2)
    night.directory = night.directory.with_entry(team)
    night.hears("27 Mar 23:40", LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW))
    assert [one.desk for one in night.told(OUT_OF_HOURS)][:1] == [acting_desk("duty", ROCHDALE)]
