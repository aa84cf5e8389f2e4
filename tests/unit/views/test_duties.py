"""What is owed: each thing once, the earliest first, and nothing of a child from a notice that nobody has opened."""

from pathlib import Path

from consumers.inbox_memory import InboxMemory, acted_on
from deploy.views.duties import Acted, acted_by_register, owed, together, untaken
from schemas.records import Acknowledgement, Ask, Means, NoticeKind, ToldSummary
from tests.unit.views.lines import LANCASHIRE, ROCHDALE, at, duty, line, notice

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


def test_what_was_withdrawn_since_is_owed_no_more_but_the_withdrawal_itself_is() -> None:
    gone = notice(2, "25 02:00", kind=NoticeKind.WITHDRAWAL, issued_at=at("25 01:00"))
    assert untaken([notice(1, "25 01:00"), gone], {}) == (gone,)


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
