"""Acknowledgements at identity: one message of many notices, split by the child that each notice was about.

They pass by look-up: each carries pairs of notice id and episode id as the hub gave them, and the keyring knows whose
child an episode is. Nothing is decided.
"""

from collections import defaultdict

from hub.ids import ChildId, EpisodeId, EventId, derived_id
from hub.messages import AcceptedMessage, WireMessage
from schemas.records import Acknowledged, Acknowledgement, NoticeRef
from streams.arrivals import Arrival
from streams.event_log import EventWriter
from streams.keyring import ChildErased, Keyring
from streams.metrics import ERASED


def says_fetched(message: AcceptedMessage) -> bool:
    """Whether it says only that mailboxes were fetched."""
    record = message.opened.record
    return isinstance(record, Acknowledged) and record.layer is Acknowledgement.FETCHED


def by_child(
    arrival: Arrival, message: AcceptedMessage, record: Acknowledged, keyring: Keyring, events: EventWriter
) -> list[WireMessage]:
    """The events of one acknowledgement, for the log of each child; what only says fetched goes many to a record.

    A notice of an episode that nobody knows, or of an erased child, is of no event.
    """
    notices: dict[ChildId, list[NoticeRef]] = defaultdict(list)
    for pair in record.pairs:
        child = keyring.child_of(EpisodeId(pair.episode_id))
        if child is not None:
            notices[child].append(pair)
    parts = []
    for child, pairs in notices.items():
        part = Acknowledged(
            pairs=tuple(pairs), layer=record.layer, role=record.role, by=record.by, occurred_at=record.occurred_at
        )
        event_id = EventId(derived_id(message.opened.id, "acknowledged", child))
        if _has_key(keyring, child):
            parts.append(events.acknowledged(part, message, child, event_id, arrival.offset))
    cause = message.opened.id
    if says_fetched(message):
        return events.together(parts, cause=cause, time=message.verdict.accepted_at)
    return [events.alone(part, cause=cause) for part in parts]


def _has_key(keyring: Keyring, child: ChildId) -> bool:
    try:
        keyring.key_for(child)
    except ChildErased:
        ERASED.inc()
        return False
    return True
