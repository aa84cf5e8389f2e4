"""A sender hears at once that its message is about nothing it is known to have said; nobody else hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.episode import fold
from hub.event import Event
from hub.ids import HUB, ChildId, ClaimId, EventId, assigned_id, derived_id, episode_id
from hub.routing import BrokenRules, OwedNotice, rules_from, unsent
from hub.routing.rules import packaged_text
from hub.routing.unfound import PURPOSE, SETTLED
from schemas.records import (
    Ask,
    CancelReason,
    ChildFound,
    ClaimAssigned,
    ClaimOutcome,
    Condition,
    CorrectionMade,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    LinkDecided,
    LinkDecision,
    MissingAmended,
    Notice,
    Record,
    ReportCancelled,
    ReportedStatus,
    SeenBy,
    SightingReported,
    Urgency,
)
from tests.unit.routing.world import (
    CHILD,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    REFERENCE,
    ROCHDALE,
    RULES,
    SCHOOL,
    Night,
    event,
    fields,
    joined,
    local,
    looked_after,
)

SEEN = local("27 Mar 22:40")
NOTHING = derived_id("no message", "has this id")
CHANGES = (FieldChange(field="last_seen.wearing", new="a blue coat"),)


def cancelled(named: str | None = NOTHING, absence: str | None = None) -> ReportCancelled:
    reason = CancelReason.WAS_WHERE_EXPECTED
    return ReportCancelled(child_ref="C-1", episode_ref=absence, cancels=named, reason=reason)


def corrected(named: str = NOTHING) -> CorrectionMade:
    return CorrectionMade(child_ref="C-1", corrects=named, changes=CHANGES)


def reported() -> Night:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    return night


def number(night: Night, place: int) -> EventId:
    """The id that the message of this number will have, or has."""
    return EventId(derived_id(f"{night.child} {place}", "event"))


def of_messages(notices: list[Notice]) -> list[Notice]:
    return [one for one in notices if one.purpose in (PURPOSE, SETTLED)]


@pytest.mark.parametrize(
    "said, words, urgency, within",
    [
        (cancelled(), "nothing was cancelled", Urgency.NOW, timedelta(minutes=30)),
        (cancelled(None, "another absence"), "nothing was cancelled", Urgency.NOW, timedelta(minutes=30)),
        (corrected(), "nothing was corrected", Urgency.SOON, timedelta(hours=4)),
        (MissingAmended(amends=NOTHING, circumstances="x"), "no report of yours was changed", Urgency.SOON,
         timedelta(hours=4)),
    ],
    ids=["cancels a message", "cancels an absence", "corrects", "amends"],
)  # fmt: skip
def test_its_sender_and_nobody_else_is_told_at_once_that_it_is_about_nothing(
    said: Record, words: str, urgency: Urgency, within: timedelta
) -> None:
    night = reported()
    (told,) = night.hears("28 Mar 03:00", HOME, said)
    assert (told.recipient, told.desk, told.ask, told.urgency) == (HOME, "duty", Ask.ACTION, urgency)
    assert words in told.what_happened
    assert told.due_at == local("28 Mar 03:00") + within
    assert fields(told)["message.stands"] == f"MissingReported {night.events[0].id}"
    assert night.state.episodes[0].cancelled is None


def test_changes_of_the_latest_report_where_there_is_none_are_asked_for_again() -> None:
    night = reported()
    night.hears("27 Mar 23:20", SCHOOL, MissingAmended(amends=None, changes=CHANGES))
    (told,) = of_messages(night.inbox)
    assert told.recipient == SCHOOL
    assert "message.stands" not in fields(told)


def test_an_amendment_that_names_no_message_counts_by_itself_and_is_not_asked_for_again() -> None:
    night = reported()
    night.hears("27 Mar 23:20", LANCASHIRE, MissingAmended(status=ReportedStatus.MISSING, circumstances="seen by bus"))
    assert of_messages(night.inbox) == []


def test_it_is_told_under_a_reference_of_the_message_and_not_of_the_absence() -> None:
    night = reported()
    (told,) = night.hears("28 Mar 03:00", HOME, cancelled())
    wrong = night.events[-2]
    assert told.episode_id == episode_id(wrong.id, HOME) != night.state.episodes[0].id
    assert fields(told)["message.id"] == wrong.id
    assert fields(told)["message.named"] == NOTHING


def test_of_a_child_without_any_absence_it_is_told_as_well() -> None:
    night = Night()
    (told,) = night.hears("28 Mar 03:00", HOME, cancelled())
    assert night.state.episodes == ()
    assert "nothing was cancelled" in told.what_happened


def test_that_the_message_is_another_agencys_is_not_said() -> None:
    night = reported()
    night.hears("28 Mar 03:00", LANCASHIRE, cancelled(night.events[0].id))
    (of_another,) = of_messages(night.inbox)
    elsewhere = Night()
    elsewhere.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    elsewhere.hears("28 Mar 03:00", LANCASHIRE, cancelled())
    (of_nothing,) = of_messages(elsewhere.inbox)
    assert (of_another.what_happened, of_another.asked_of_you) == (of_nothing.what_happened, of_nothing.asked_of_you)
    assert night.state.episodes[0].cancelled is None


def test_every_wrong_one_is_answered_and_the_right_one_settles_them_because_nothing_is_left() -> None:
    night = reported()
    for minute in (1, 2, 3):
        night.hears(f"28 Mar 03:0{minute}", HOME, cancelled())
    told = of_messages(night.inbox)
    assert len({one.episode_id for one in told}) == len(told) == 3
    night.hears("28 Mar 03:04", HOME, cancelled(night.events[0].id))
    assert night.state.episodes[0].cancelled is not None
    settled = of_messages(night.inbox)[3:]
    assert [one.purpose for one in settled] == [SETTLED] * 3
    assert {one.what_happened for one in settled} == {RULES.words["own_message"]["nothing_left"]}
    night.hears("2 Apr 20:00", HOME, looked_after(local("2 Apr 18:00")))
    assert len(of_messages(night.inbox)) == 6, "a new report asks nothing about the old ones"


def test_a_right_one_settles_nothing_while_something_else_of_the_sender_stands() -> None:
    night = reported()
    night.hears("28 Mar 01:00", HOME, SightingReported(place="the pier"))
    night.hears("28 Mar 03:00", HOME, cancelled())
    night.hears("28 Mar 03:04", HOME, cancelled(night.events[0].id))
    assert [one.purpose for one in of_messages(night.inbox)] == [PURPOSE], "it may have meant the sighting"


def test_a_correction_is_settled_by_no_other() -> None:
    night = reported()
    night.hears("28 Mar 03:00", HOME, corrected())
    night.hears("28 Mar 03:04", HOME, corrected(night.events[0].id))
    assert [one.purpose for one in of_messages(night.inbox)] == [PURPOSE]


def test_when_the_message_that_was_meant_arrives_nothing_more_is_asked() -> None:
    night = Night()
    night.hears("27 Mar 23:00", HOME, corrected(number(night, 2)))
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    asked, settled = of_messages(night.inbox)
    assert (asked.purpose, settled.purpose) == (PURPOSE, SETTLED)
    assert settled.episode_id == asked.episode_id
    assert settled.ask is Ask.INFORMATION
    assert RULES.words["own_message"]["found"] == settled.what_happened
    assert night.state.unfound == ()


def test_who_takes_its_own_message_back_is_asked_nothing_more_and_is_asked_again_when_that_is_undone() -> None:
    night = reported()
    night.hears("28 Mar 03:00", HOME, cancelled())
    wrong = number(night, 2)
    night.hears("28 Mar 03:05", HOME, cancelled(wrong))
    night.hears("28 Mar 03:10", HOME, cancelled(number(night, 3)))
    assert [(one.purpose, fields(one)["message.id"]) for one in of_messages(night.inbox)] == [
        (PURPOSE, wrong), (SETTLED, wrong), (PURPOSE, wrong),
    ]  # fmt: skip


def test_a_repeat_and_everything_that_comes_later_asks_nothing_again() -> None:
    night = reported()
    night.hears("28 Mar 03:00", HOME, cancelled())
    night.events += [one for one in night.events if one.sender == HOME]
    night.settle()
    night.hears("28 Mar 04:00", LANCASHIRE, looked_after(SEEN))
    assert len(of_messages(night.inbox)) == 1


def test_what_an_excluded_sender_is_told_of_its_message_is_what_any_sender_is_told() -> None:
    sealed = [
        ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME),
        ChildFound(found_at=SEEN, seen_by=SeenBy.POLICE, condition=Condition.DECEASED),
        None,
    ]
    heard = []
    for first in sealed:
        night = reported()
        if first is not None:
            night.hears("28 Mar 02:00", LANCASHIRE, first)
        else:
            next(night.orders)
        night.hears("28 Mar 03:00", HOME, cancelled())
        heard.append([replace(one, rules_version="") for one in of_messages(night.inbox)])
    assert heard[0] == heard[1] == heard[2]
    assert len(heard[0]) == 1


def test_who_cannot_be_reached_is_told_once_it_can_be_and_nobody_is_asked_to_ring_it() -> None:
    night = reported()
    night.directory = EVERYBODY.with_entry(joined(HOME, connected=False, version=2))
    assert night.hears("28 Mar 03:00", HOME, cancelled()) == []
    night.directory = EVERYBODY.with_entry(joined(HOME, version=3))
    night.settle()
    assert [one.recipient for one in of_messages(night.inbox)] == [HOME]


OTHER = ChildId("8a6e0804-2bd0-4672-b79d-d97027f9071b")
"""The child under whose number the home files its cancellation by mistake."""


def assigned(order: int, claim: ClaimId, to: ChildId, number: int, *, came_from: ChildId, copy: bool = False) -> Event:
    """A decision about a claim of the home, as the child that it came to has it, or the copy of whoever gave it up."""
    body = ClaimAssigned(
        claim_id=claim, agency=HOME, from_child=came_from, to_child=to, number=number, outcome=ClaimOutcome.REVIEWER,
        why="a test",
    )  # fmt: skip
    one = event(order, local("28 Mar 04:00"), HUB, body)
    return replace(one, id=assigned_id(claim, number, came_from if copy else to), claim=claim)


def owed_of(events: list[Event]) -> list[OwedNotice]:
    found = unsent(fold(CHILD, events), EVERYBODY, RULES, REFERENCE)
    return [one for some in found.values() for one in some if one.notice.purpose in (PURPOSE, SETTLED)]


def test_joined_with_the_child_that_was_meant_it_is_found_once_all_is_here() -> None:
    claim = ClaimId("claim-2")
    report = event(1, local("27 Mar 23:10"), HOME, looked_after(SEEN))
    wrong = replace(event(2, local("28 Mar 03:00"), HOME, cancelled(report.id)), claim=claim, child=OTHER)
    with_other = Night(child=OTHER, events=[wrong])
    with_other.settle()
    assert [one.purpose for one in with_other.inbox] == [PURPOSE]
    said = [replace(each, child=CHILD) for each in with_other.events]
    word = LinkDecided(decision=LinkDecision.SAME, claim_a="a", claim_b="b")
    joined_now = [report, assigned(3, claim, CHILD, 2, came_from=OTHER)]
    assert owed_of([*joined_now, *said]) == [], "half decided"
    joined_now.append(event(3, local("28 Mar 04:00"), ROCHDALE, word))
    assert owed_of([*joined_now, *said]) == [], "more of it may be on its way"
    here = [*joined_now, *said, assigned(3, claim, CHILD, 2, came_from=OTHER, copy=True)]
    (found,) = owed_of(here)
    assert found.notice.purpose == SETTLED
    assert found.notice.episode_id == with_other.inbox[0].episode_id
    parted = [*here, assigned(4, claim, OTHER, 3, came_from=CHILD)]
    assert owed_of(parted) == [], "the child that it came to answers for it"


def test_no_table_of_rules_leaves_a_sender_in_silence() -> None:
    text = packaged_text("routing.toml")
    row = "[[unfound]]" + text.split("\n[[unfound]]")[1]
    for broken, reason in ((text.replace(row, ""), "must be there"), (text + row.replace(".message", ".2"), "already")):
        with pytest.raises(BrokenRules, match=reason):
            rules_from(broken, packaged_text("disclosure.toml"), packaged_text("words.toml"))
    before = text[: text.index("\n[[unfound]]")]
    assert rules_from(before, packaged_text("disclosure.toml"), packaged_text("words.toml")).unfound == RULES.unfound
