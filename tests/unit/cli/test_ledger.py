"""The books, from headers alone: what is lost, doubled or under way is found; what is well is not accused."""

from dataclasses import replace

from deploy.ledger import Balance, Entry, balance
from hub.ids import derived_id

ROCHDALE, POLICE = "E08000005", "E23000005"


def entry(topic: str, id_: str, type_: str = "MissingReported", **more: object) -> Entry:
    made = Entry(topic=topic, partition=0, offset=0, at=1_000, id=id_, type=type_, source=ROCHDALE)
    return replace(made, **more)  # type: ignore[arg-type]


REPORT = entry("accepted", "r1")
EVENT = entry("events", "r1", cause="r1", at=1_020)
TOLD = entry("events", "t1", "Told", cause="r1", told=("n1",))
RECEIPT = entry("inbox", derived_id("r1", "receipt"), "Receipt", source="hub")
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
    assert books(handled={0: 1}).is_clean


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
