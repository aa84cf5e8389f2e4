"""Records of the log open to the events that folds read, moved ones to the original."""

from dataclasses import replace

from hub.episode import fold
from hub.event import Event
from hub.ids import HUB
from hub.log import moved, opened
from schemas.codec import SchemaIds, encode
from schemas.records import LoggedEvent, Moved, Record
from tests.unit.episode.telling import CHILD, OTHER_CHILD, WEST_YORKSHIRE, Telling, at, claim_of, missing

IDS = SchemaIds.local()


def _logged(event: Event, body: Record | None = None) -> LoggedEvent:
    return LoggedEvent(
        event_id=event.id,
        record_type=event.body.SCHEMA_NAME,
        child_id=event.child,
        claim_id=event.claim,
        sender=event.sender,
        sender_kind=event.sender_kind,
        signature=bytes(64),
        value_digest=bytes(32),
        topic="inbound",
        key=event.sender,
        plaintext=bytes(16) + encode(body or event.body, IDS),
        accepted_at=event.accepted_at,
        inbound_partition=0,
        inbound_offset=event.order,
        accepted_offset=event.order,
    )


def _report() -> Event:
    return Telling().tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00")))


def test_an_event_opens_as_it_was_logged() -> None:
    event = _report()
    assert opened(_logged(event), IDS) == event


def test_a_moved_event_opens_as_the_original_at_its_new_child_however_often_it_moved() -> None:
    event = _report()
    record = moved(_logged(event), OTHER_CHILD, 2, IDS)
    there = replace(_logged(event, record), child_id=OTHER_CHILD, event_id="0a4f2c1e-0000-5000-8000-0000000000aa")
    arrived = opened(there, IDS)
    assert arrived == replace(event, child=OTHER_CHILD)
    back = moved(there, CHILD, 3, IDS)
    assert (back.original, back.from_child, back.to_child) == (record.original, OTHER_CHILD, CHILD)
    returned = opened(replace(there, child_id=CHILD, plaintext=bytes(16) + encode(back, IDS)), IDS)
    assert fold(CHILD, [returned, event]) == fold(CHILD, [event])


def test_what_the_hub_said_moves_with_the_claim_that_the_departure_names() -> None:
    said = replace(_report(), sender=HUB, claim=None)
    record = moved(_logged(said), OTHER_CHILD, 2, IDS, claim=claim_of(WEST_YORKSHIRE))
    assert isinstance(record, Moved)
    assert record.claim_id == claim_of(WEST_YORKSHIRE)
