"""The books, from headers alone: what is lost, doubled, untold or under way is found; what is well is not accused."""

from dataclasses import replace

from deploy.book_entry import Entry
from deploy.ledger import Balance, balance
from hub.ids import derived_id

ROCHDALE, POLICE = "E08000005", "E23000005"
CHILD = "c1"


def entry(topic: str, id_: str, type_: str = "MissingReported", **more: object) -> Entry:
    made = Entry(topic=topic, partition=0, offset=0, at=1_000, id=id_, type=type_, source=ROCHDALE, key=CHILD)
    return replace(made, **more)  # type: ignore[arg-type]


REPORT = entry("accepted", "r1")
EVENT = entry("events", "r1", cause="r1", at=1_020)
TOLD = entry("events", "t1", "Told", cause="r1", told=("n1",), offset=1, at=1_060)
RECEIPT = entry("inbox", derived_id("r1", "receipt"), "Receipt", source="hub", subject="r1", time="accepted at")
NOTICE = entry("inbox", "n1", "Notice", source="hub", cause="r1", at=1_050)


def books(**changed: object) -> Balance:
    whole = {
        "accepted": [REPORT],
        "events": [EVENT, TOLD],
        "inboxes": {ROCHDALE: [RECEIPT], POLICE: [NOTICE]},
        **changed,
    }
    return balance(**whole)  # type: ignore[arg-type]


def test_a_report_on_its_whole_way_is_clean() -> None:
    found = books()
    assert found.is_clean
    assert (found.accepted, found.routed, found.notices) == (1, 1, 1)
    assert found.notice_seconds == (0.05,)


def test_a_report_without_an_event_is_under_way() -> None:
    found = books(events=[])
    assert (found.in_flight, found.in_flight_ids) == (1, ("r1",))
    assert found.adds_up
    assert not found.is_clean


def test_an_event_that_the_register_has_not_worked_off_is_under_way() -> None:
    assert books(handled={0: 0}).in_flight_ids == ("r1",)
    assert books(handled={0: 2}).is_clean


def test_an_event_that_the_register_parked_is_unroutable() -> None:
    parked = entry("quarantine", derived_id("events/0/0", "quarantined"), "Quarantined")
    found = books(quarantined=[parked], handled={0: 1})
    assert (found.unroutable, found.routed) == (1, 0)
    assert found.adds_up


def test_a_report_that_the_hub_parked_is_unroutable() -> None:
    parked = entry("quarantine", derived_id("accepted/0/0", "quarantined"), "Quarantined")
    found = books(events=[], quarantined=[parked])
    assert (found.unroutable, found.in_flight) == (1, 0)
    assert found.adds_up


def test_a_notice_that_was_told_and_is_in_no_inbox_is_lost() -> None:
    found = books(inboxes={ROCHDALE: [RECEIPT], POLICE: []})
    assert (found.lost, found.lost_ids) == (1, ("notice n1",))


def test_a_report_without_its_receipt_is_missing_something() -> None:
    assert books(inboxes={ROCHDALE: [], POLICE: [NOTICE]}).lost_ids == ("receipt for r1",)


def test_what_stands_in_an_inbox_before_the_place_where_reading_began_is_not_lost() -> None:
    at_rest = books(inboxes={ROCHDALE: [], POLICE: []}, delivered_before={"n1", derived_id("r1", "receipt")})
    assert at_rest.is_clean
    assert books(inboxes={ROCHDALE: [], POLICE: []}, delivered_before={"n1"}).lost_ids == ("receipt for r1",)


def test_what_is_older_than_inboxes_keep_is_not_called_lost() -> None:
    assert books(inboxes={ROCHDALE: [], POLICE: []}, kept_since=2_000).lost == 0


def test_a_repeat_under_the_same_id_is_counted_and_is_no_fault() -> None:
    found = books(inboxes={ROCHDALE: [RECEIPT], POLICE: [NOTICE, NOTICE]})
    assert found.is_clean
    assert found.repeats == 1


def test_one_notice_in_two_inboxes_is_doubled() -> None:
    found = books(inboxes={ROCHDALE: [RECEIPT, NOTICE], POLICE: [NOTICE]})
    assert found.visible_duplicates == 1


def test_one_report_as_two_events_is_doubled() -> None:
    found = books(events=[EVENT, replace(EVENT, id="r1-again"), TOLD])
    assert found.duplicate_ids == ("report r1 as 2 events",)


def test_acknowledgements_are_counted_apart() -> None:
    found = books(accepted=[REPORT, entry("accepted", "a1", "Acknowledged")])
    assert (found.accepted, found.acknowledgements) == (1, 1)
    assert found.is_clean


def test_two_receipts_for_one_report_are_doubled() -> None:
    found = books(inboxes={ROCHDALE: [RECEIPT, replace(RECEIPT, id="another")], POLICE: [NOTICE]})
    assert (found.visible_duplicates, found.is_clean) == (1, False)
    assert found.duplicate_ids == ("receipt another, a second one for r1",)


def test_the_same_receipt_again_is_a_repeat() -> None:
    found = books(inboxes={ROCHDALE: [RECEIPT, RECEIPT], POLICE: [NOTICE]})
    assert found.is_clean
    assert found.repeats == 1


def test_the_refusal_of_other_bytes_under_an_accepted_id_is_no_second_receipt() -> None:
    refusal = replace(RECEIPT, id="refusal", time="came at")
    inboxes = {ROCHDALE: [RECEIPT, refusal], POLICE: [NOTICE]}
    kept = entry("quarantine", "q1", "Quarantined", source="hub", time="came at")
    assert books(inboxes=inboxes, quarantined=[kept]).is_clean
    assert books(inboxes=inboxes, quarantined=[replace(kept, time="another time")]).visible_duplicates == 1


def test_a_refusal_from_days_before_the_message_was_accepted_is_no_second_receipt() -> None:
    weeks = 20 * 24 * 3600 * 1000
    early = replace(RECEIPT, id="refusal", at=1_000 - weeks, time="came at")
    assert books(inboxes={ROCHDALE: [early, RECEIPT], POLICE: [NOTICE]}).is_clean


def test_a_receipt_in_another_inbox_as_well_is_doubled() -> None:
    found = books(inboxes={ROCHDALE: [RECEIPT], POLICE: [RECEIPT, NOTICE]})
    assert found.visible_duplicates == 1


def test_three_notices_of_one_cause_of_which_one_is_named_are_doubled_twice() -> None:
    copies = [NOTICE, replace(NOTICE, id="n2"), replace(NOTICE, id="n3")]
    found = books(inboxes={ROCHDALE: [RECEIPT], POLICE: copies}, handled={0: 2})
    assert (found.visible_duplicates, found.is_clean) == (2, False)
    assert "n2" in found.duplicate_ids[0]
    assert "n3" in found.duplicate_ids[1]


def test_a_repeat_of_a_notice_that_no_told_names_is_doubled_once() -> None:
    copy = replace(NOTICE, id="n2")
    found = books(inboxes={ROCHDALE: [RECEIPT], POLICE: [NOTICE, copy, copy]})
    assert (found.visible_duplicates, found.repeats) == (1, 1)


def test_a_notice_before_its_told_is_under_way_while_its_event_is_not_worked_off() -> None:
    found = books(events=[EVENT], handled={0: 0})
    assert (found.visible_duplicates, found.unconfirmed, found.is_clean) == (0, 1, False)


def test_a_notice_that_an_unfinished_event_cannot_have_brought_about_is_doubled() -> None:
    later = entry("events", "r2", offset=2, at=NOTICE.at + 1, cause="r2")
    elsewhere = entry("events", "r3", partition=1, offset=0, at=1_000, cause="r3")
    two = {ROCHDALE: [RECEIPT], POLICE: [NOTICE, replace(NOTICE, id="n2")]}
    assert books(events=[EVENT, TOLD, later], handled={0: 2}, inboxes=two).visible_duplicates == 1
    assert books(events=[EVENT, TOLD, elsewhere], handled={0: 2, 1: 0}, inboxes=two).visible_duplicates == 1


def test_a_notice_of_an_event_that_was_moved_is_under_way_where_its_new_child_is() -> None:
    moved = entry("events", "m1", "Moved", cause="r1", key="c2", partition=1, at=1_030)
    found = books(
        events=[EVENT, moved],
        handled={0: 1, 1: 0},
        inboxes={ROCHDALE: [RECEIPT], POLICE: [NOTICE]},
    )
    assert (found.visible_duplicates, found.unconfirmed) == (0, 1)


def test_a_notice_just_written_may_be_under_way_at_no_events_place() -> None:
    just_now = replace(NOTICE, id="n2", at=9_000)
    inboxes = {ROCHDALE: [RECEIPT], POLICE: [NOTICE, just_now]}
    assert books(inboxes=inboxes, handled={0: 2}, fresh_since=8_000).unconfirmed == 1
    assert books(inboxes=inboxes, handled={0: 2}, fresh_since=9_001).visible_duplicates == 1


def test_what_the_hub_says_while_the_inboxes_are_read_names_what_is_in_them() -> None:
    found = books(events=[EVENT], events_since=[TOLD], handled={0: 1}, handled_since={0: 2})
    assert found.is_clean


def test_what_is_told_only_after_the_inboxes_were_read_is_not_called_lost() -> None:
    later = replace(TOLD, id="t2", told=("n9",), offset=2)
    assert books(events_since=[later], handled={0: 2}, handled_since={0: 3}).is_clean


def test_a_notice_sent_again_before_the_inbox_forgets_it_is_named_by_its_first_told() -> None:
    again = replace(NOTICE, at=NOTICE.at + 25 * 24 * 3600 * 1000)
    assert books(inboxes={ROCHDALE: [RECEIPT], POLICE: [NOTICE, again]}, handled={0: 2}).is_clean


SILENT = {"events": [EVENT], "inboxes": {ROCHDALE: [RECEIPT], POLICE: []}}


def test_a_report_of_which_nobody_was_told_is_untold() -> None:
    found = books(**SILENT)
    assert (found.untold, found.untold_ids) == (1, ("r1",))


def test_a_report_that_the_register_has_not_worked_off_is_not_yet_called_untold() -> None:
    assert books(**SILENT, handled={0: 0}).untold == 0


def test_a_second_report_of_a_child_of_whom_somebody_was_told_may_be_no_news() -> None:
    second = [replace(REPORT, id="r2", offset=1), replace(EVENT, id="r2", cause="r2", offset=2)]
    receipt = replace(RECEIPT, id=derived_id("r2", "receipt"), subject="r2")
    found = books(
        accepted=[REPORT, second[0]],
        events=[EVENT, TOLD, second[1]],
        inboxes={ROCHDALE: [RECEIPT, receipt], POLICE: [NOTICE]},
    )
    assert (found.untold, found.is_clean) == (0, True)


def test_a_report_that_was_moved_is_told_of_with_its_new_child() -> None:
    moved = entry("events", "m1", "Moved", cause="r1", key="c2", partition=1)
    there = replace(TOLD, key="c2", partition=1, offset=1)
    assert books(events=[EVENT, moved, there]).untold == 0
    assert books(events=[EVENT, there]).untold == 1


def test_a_report_that_waits_for_a_person_by_itself_is_told_to_nobody_yet() -> None:
    waiting = ("pair", derived_id("pair", "review", "r1"))
    assert books(**SILENT, reviews=[waiting]).untold == 0
    assert books(**SILENT, reviews=[("pair", derived_id("pair", "review", "r2"))]).untold == 1


def test_a_report_that_comes_after_its_own_cancelling_may_concern_nobody() -> None:
    cancelled = entry("events", "x1", "ReportCancelled", cause="x1")
    event = replace(EVENT, offset=1)
    assert books(events=[cancelled, event], inboxes={ROCHDALE: [RECEIPT], POLICE: []}).untold == 0
    assert books(events=[event, replace(cancelled, offset=2)], inboxes={ROCHDALE: [RECEIPT], POLICE: []}).untold == 0


def test_an_absence_that_ends_after_the_register_had_come_past_its_report_is_told_of_or_untold() -> None:
    """What was told of something later on the partition shows by when the register had taken up the report."""
    later = entry("events", "r2", cause="r2", key="c2", offset=1, at=1_030)
    told = entry("events", "t2", "Told", cause="r2", key="c2", offset=2, at=1_100)
    ended = entry("events", "x1", "ChildReturned", cause="x1", offset=3, at=1_200)
    inboxes = {ROCHDALE: [RECEIPT], POLICE: []}
    assert books(events=[EVENT, later, told, ended], inboxes=inboxes).untold_ids == ("r1",)
    assert books(events=[EVENT, later, replace(ended, offset=2, at=1_090), told], inboxes=inboxes).untold == 0
    elsewhere = [replace(each, partition=1) for each in (later, told)]
    assert books(events=[EVENT, *elsewhere, ended], inboxes=inboxes).untold == 0
