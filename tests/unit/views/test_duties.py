"""What is owed: each thing once, the earliest first, and nothing of a child from a notice that nobody has opened."""

from dataclasses import replace
from pathlib import Path

from consumers.inbox_memory import InboxMemory, acted_on
from deploy.views.duties import Acted, acted_by_register, owed, together, untaken
from hub.routing.raised import PURPOSE as DUTY
from hub.routing.wording import WITHDRAW, WITHDRAW_ALL
from schemas.records import (
    Acknowledgement,
    Ask,
    DisclosedField,
    Disclosure,
    Means,
    Notice,
    NoticeKind,
    ToldSummary,
)
from tests.unit.scenario.nights import played
from tests.unit.views.lines import LANCASHIRE, ROCHDALE, at, duty, line, notice

THIRD_TIME = """
scenario: The third absence is the second
agencies:
  Hull: {is: Kingston upon Hull, answers: never}
  Humberside Police: {connected: no}
repeats: 3 in 30 days
children:
  boy: {age: 14, home: Hull}
messages:
  - {at: Fri 1 May 18:10, from: Hull, as: first, missing: {last_seen: {at: 18:00, area: Hull}}}
  - {at: Sat 2 May 09:00, from: Hull, returned: {to: home, seen_by: professional}}
  - {at: Sun 10 May 18:10, from: Hull, missing: {last_seen: {at: 18:00, area: Hull}}}
  - {at: Tue 12 May 09:00, from: Hull, returned: {to: home, seen_by: professional}}
  - {at: Thu 14 May 20:10, from: Hull, missing: {last_seen: {at: 20:00, area: Hull}}}
  - {at: Thu 14 May 21:00, from: Hull, cancelled: {cancels: first, reason: was_where_expected}}
expect:
  - {at: Thu 14 May 22:00, episode: 3, register: {status: missing}}
"""

OPENED = Acted(layer=Acknowledgement.OPENED)
TAKEN = Acted(layer=Acknowledgement.TAKEN)


def test_an_agency_owes_what_names_it_and_is_not_met() -> None:
    lines = [
        line(
            duties=(
                duty("return_interview", "27 03:25"),
                duty("return_interview_offered", "25 03:25", met="25 02:00"),
                duty("prevention_interview", "25 03:25", by=LANCASHIRE),
            )
        )
    ]
    (one,) = owed(lines, (), {}, ROCHDALE)
    assert (one.duty, one.child, one.due_at) == ("return_interview", "Nate Exampleton", at("27 03:25"))
    assert "interview" in one.what


def test_the_earliest_due_comes_first_whether_the_register_or_a_notice_says_so() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25"),))]
    found = owed(lines, [notice(1, "24 23:30"), notice(2, "28 09:00")], {}, ROCHDALE)
    assert [one.due_at for one in found] == [at("24 23:30"), at("27 03:25"), at("28 09:00")]


def test_a_notice_about_a_duty_of_the_register_is_the_same_thing_once() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25"),))]
    (one,) = owed(lines, [notice(1, "27 03:25")], {}, ROCHDALE)
    assert one.duty == "return_interview"
    assert one.notice == notice(1, None).notice_id


def test_a_notice_about_a_duty_that_is_met_is_owed_no_more() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25", met="26 19:00"),))]
    assert owed(lines, [notice(1, "27 03:25")], {}, ROCHDALE) == ()


def test_a_notice_that_somebody_took_is_owed_no_more_and_one_that_was_opened_is() -> None:
    one, other = notice(1, "25 01:00"), notice(2, "25 02:00")
    found = owed((), [one, other], {one.notice_id: TAKEN, other.notice_id: OPENED}, ROCHDALE)
    assert [each.notice for each in found] == [other.notice_id]
    assert untaken([one, other], {one.notice_id: TAKEN}) == (other,)


def test_a_notice_that_nobody_opened_shows_its_reference_and_its_due_time_alone() -> None:
    (one,) = owed([line()], [notice(1, "25 01:00")], {}, ROCHDALE)
    assert (one.child, one.what) == ("", "a notice needs you")
    (opened,) = owed([line()], [notice(1, "25 01:00")], {notice(1, None).notice_id: OPENED}, ROCHDALE)
    assert (opened.child, opened.what) == ("Nate Exampleton", "Please take this: say which role has it.")


def withdrawal(number: int, *fields: str, purpose: str = WITHDRAW, ask: Ask = Ask.ACTION) -> Notice:
    """What takes back these fields at one in the morning."""
    return notice(
        number, "25 02:00", kind=NoticeKind.WITHDRAWAL, issued_at=at("25 01:00"), withdrawn_fields=fields,
        purpose=purpose, ask=ask,
    )  # fmt: skip


def of_duty(number: int, name: str, due: str) -> Notice:
    """What asks that a duty be done."""
    field = DisclosedField(name=f"duty.{name}.due_at", disclosure=Disclosure.SAFEGUARDING, value="…")
    return notice(number, due, purpose=DUTY, fields=(field,))


def test_once_everything_is_withdrawn_nothing_told_before_is_owed_but_the_withdrawal_itself_is() -> None:
    gone = withdrawal(2, "episode.status", purpose=WITHDRAW_ALL)
    later = notice(3, "25 03:00", issued_at=at("25 02:00"))
    assert untaken([notice(1, "25 01:00"), gone, later], {}) == (gone, later)


def test_a_withdrawal_of_some_fields_takes_nothing_back_that_was_asked() -> None:
    ring = notice(1, "25 01:15", purpose="telephone", asked_of_you="Please telephone these: Humberside Police.")
    decide, part = of_duty(2, "strategy_decision", "25 23:59"), withdrawal(3, "episode.repeats")
    assert untaken([ring, decide, part], {}) == (ring, decide, part)


def test_a_withdrawal_of_one_duty_takes_back_that_duty_alone() -> None:
    ring = notice(1, "25 01:15", purpose="telephone", asked_of_you="Please telephone these: Humberside Police.")
    decide, look = of_duty(2, "strategy_decision", "25 23:59"), of_duty(3, "placement_review", "25 23:59")
    gone = withdrawal(4, "duty.strategy_decision.due_at", "duty.strategy_decision.stage", ask=Ask.INFORMATION)
    assert untaken([ring, decide, look, gone], {}) == (ring, look)
    elsewhere = notice(5, "25 01:00", purpose="duty", desk="named_officers", fields=decide.fields)
    assert untaken([elsewhere, gone], {}) == (elsewhere,)


def test_when_the_third_absence_turns_out_to_be_the_second_the_telephone_task_stays_and_the_decision_goes() -> None:
    """S11's rule, by the hub's own notices: the first absence is cancelled before anybody has done anything."""
    hub = played(THIRD_TIME).hub
    to_hull = [sent.owed.notice for sent in hub.sent if sent.owed.recipient == "E06000010"]
    third = to_hull[-1].episode_id
    before = [each for each in to_hull if each.episode_id == third and each.kind is not NoticeKind.WITHDRAWAL]
    taken_back = [each for each in to_hull if each.episode_id == third and each.kind is NoticeKind.WITHDRAWAL]
    assert {name for each in taken_back for name in each.withdrawn_fields} == {
        "episode.repeats", "duty.strategy_decision.due_at", "duty.strategy_decision.stage",
    }  # fmt: skip
    asked = [each for each in before if each.ask is Ask.ACTION and each.desk == "duty"]
    assert {each.purpose for each in asked} >= {"telephone", "duty"}
    left = [each for each in untaken(to_hull, {}) if each in asked]
    assert left == [each for each in asked if each.purpose != "duty"]


def test_information_asks_for_nothing() -> None:
    assert owed((), [notice(1, "25 01:00", ask=Ask.INFORMATION)], {}, ROCHDALE) == ()


def test_a_pause_never_hides_the_raw_due_time() -> None:
    (one,) = owed([line(duties=(duty("return_interview", "27 15:00", raw="27 03:25"),))], (), {}, ROCHDALE)
    assert one.was_paused
    assert one.as_mapping(at("27 10:00"))["raw_due_at"] == at("27 03:25")


def test_what_is_left_turns_into_how_late_it_is() -> None:
    (one,) = owed([line(duties=(duty("return_interview", "27 03:00"),))], (), {}, ROCHDALE)
    assert (one.left(at("27 00:50")), one.is_late(at("27 00:50"))) == ("in 2 h 10 min", False)
    assert (one.left(at("27 03:35")), one.is_late(at("27 03:35"))) == ("35 min late", True)


def test_the_register_knows_what_another_program_of_the_agency_did() -> None:
    told = ToldSummary(
        recipient=ROCHDALE,
        desk="duty",
        kind=NoticeKind.NEWS,
        told_at=at("24 23:00"),
        means=Means.HUB,
        layer=Acknowledgement.TAKEN,
    )
    found = acted_by_register([line(told=(told,))], [notice(1, "25 01:00")], ROCHDALE)
    assert {id_: one.layer for id_, one in found.items()} == {notice(1, None).notice_id: Acknowledgement.TAKEN}
    ring = notice(2, "24 23:15", kind=NoticeKind.UPDATE, purpose="telephone")
    found = acted_by_register([line(told=(told,))], [notice(1, "25 01:00"), ring], ROCHDALE)
    assert list(found) == [notice(1, None).notice_id], "the task to ring somebody is another thing of the same moment"
    other = notice(2, "24 23:15", purpose="telephone")
    both = [notice(1, "25 01:00"), other]
    assert acted_by_register([line(told=(told,))], both, ROCHDALE) == {}
    assert acted_by_register([line(told=(told, replace(told, layer=None)))], both, ROCHDALE) == {}
    assert set(acted_by_register([line(told=(told, told))], both, ROCHDALE)) == {each.notice_id for each in both}


def test_the_inbox_remembers_what_was_opened_and_taken_after_it_was_sent(tmp_path: Path) -> None:
    file = tmp_path / "inbox.sqlite"
    assert acted_on(file) == {}
    with InboxMemory(file) as memory:
        for layer in (Acknowledgement.FETCHED, Acknowledgement.OPENED, Acknowledgement.TAKEN):
            memory.owe([notice(1, None)], layer, at("25 00:05"), role="edt", by=None)
        while (next_owed := memory.next_owed(fetched=False)) is not None:
            memory.settle(next_owed)
        assert acted_on(file) == {notice(1, None).notice_id: (Acknowledgement.TAKEN, "edt")}


def test_unopened_notices_of_one_reference_and_due_time_are_shown_as_one_row_with_how_many() -> None:
    lines = [line(duties=(duty("return_interview", "27 03:25"),))]
    notices = [notice(1, "24 23:30"), notice(2, "24 23:30"), notice(3, "24 23:45"), notice(4, "24 23:30")]
    rows = owed(lines, notices, {notice(4, "24 23:30").notice_id: OPENED}, ROCHDALE)
    assert len(rows) == 5
    counts = [(one.due_at, count) for one, count in together(rows)]
    assert sorted(counts) == [(at("24 23:30"), 1), (at("24 23:30"), 2), (at("24 23:45"), 1), (at("27 03:25"), 1)]


def test_while_it_acts_for_others_a_team_is_shown_what_they_owe() -> None:
    team = "edt-pennine"
    lines = [line(duties=(duty("collector_named", "25 02:00"), duty("circulated", "25 01:00", by=LANCASHIRE)))]
    assert owed(lines, (), {}, team) == ()
    (one,) = owed(lines, (), {}, team, (ROCHDALE,))
    assert (one.duty, one.acts_for, one.is_late(at("25 02:30"))) == ("collector_named", ROCHDALE, True)
    told = notice(1, "25 02:00", recipient=team, desk=f"duty for {ROCHDALE}")
    (one,) = owed(lines, [told], {}, team, (ROCHDALE,))
    assert (one.notice, one.acts_for) == (told.notice_id, ROCHDALE)
    met = [line(duties=(duty("collector_named", "25 02:00", met="25 01:30"),))]
    assert owed(met, [told], {}, team, (ROCHDALE,)) == ()
