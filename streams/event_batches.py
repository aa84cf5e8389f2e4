"""Many small events of many children in few records: the acknowledgements that a mailbox was fetched.

One message of an agency says of up to 500 notices that it fetched them. As one record a child that would be most of
what stands on `events`; so they go together, one record a partition, each event sealed under its own child's key
exactly as it would be alone. A worker keeps them as they are and opens them when it next has the child in hand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Final, TypeAlias

from hub.directory import Directory
from hub.headers import RawHeaders
from hub.ids import ChildId, EventId, derived_id
from hub.messages import OpenedMessage, Refusal, Voucher, WireMessage, compose_from_hub, event_link, open_from_hub
from hub.messages.events import EVENTS
from hub.records_at_rest import event_context, seal_at_rest
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds, encode
from schemas.records import BatchedEvent, EventBatch, LoggedEvent
from streams.partitions import place_of
from streams.secrets import HubSecrets

if TYPE_CHECKING:  # what reads the log from outside needs no Faust
    from streams.arrivals import Arrival

EVENT_PARTITIONS: Final = 8
BATCH: Final = EventBatch.SCHEMA_NAME.encode()
"""`ce_type` of a record that holds several events."""

Batched: TypeAlias = tuple[tuple[ChildId, EventId, bytes], ...]
"""The events of one record: whose each is, its id, and its bytes as they stand sealed under the child's key."""

_EVENTS_A_RECORD: Final = 100
"""Of about half a KiB each."""
_NO_KEYS: Final = OpeningKeys.of({})


def is_batch(arrival: "Arrival") -> bool:
    """Whether a record of `events` holds several."""
    return is_batched(arrival.headers)


def is_batched(headers: RawHeaders) -> bool:
    """The same, of the headers of a record."""
    return ("ce_type", BATCH) in headers


def event_batches(
    events: Iterable[LoggedEvent],
    *,
    cause: str,
    time: datetime,
    secrets: HubSecrets,
    ids: SchemaIds,
    links: dict[int, bytes],
) -> list[WireMessage]:
    """These events in as few records as may be, each on the partition of its child; the same events, the same ids.

    `links` are those of what was written before, by partition, and are those of these records afterwards.

    Raises:
        ChildErased: the key of one of the children was destroyed.
    """
    by_partition: dict[int, list[BatchedEvent]] = defaultdict(list)
    for event in events:
        child, event_id = ChildId(event.child_id), EventId(event.event_id)
        sealed = seal_at_rest(
            encode(event, ids), secrets.keyring.key_for(child), event_context(EVENTS, child, event_id)
        )
        by_partition[event_partition(child)].append(BatchedEvent(child_id=child, event_id=event_id, sealed=sealed))
    made: list[WireMessage] = []
    for partition, together in by_partition.items():
        for start in range(0, len(together), _EVENTS_A_RECORD):
            wire = compose_from_hub(
                EventBatch(events=tuple(together[start : start + _EVENTS_A_RECORD])),
                topic=EVENTS,
                key=_key_on(partition),
                message_id=derived_id(cause, "event batch", f"{partition}/{start}"),
                time=time,
                worker=secrets.worker,
                ids=ids,
                cause=cause,
                previous=links.get(partition),
            )
            links[partition] = event_link(wire)
            made.append(wire)
    return made


def open_batch(
    wire: WireMessage, directory: Directory, ids: SchemaIds, appended_at: datetime, vouched: Collection[Voucher] = ()
) -> OpenedMessage | Refusal:
    """A record of several events, if a worker of the hub signed it; otherwise why not."""
    return open_from_hub(wire, directory, _NO_KEYS, ids, appended_at, vouched=vouched)


def batched(opened: OpenedMessage) -> Batched:
    """The events that a record holds."""
    if not isinstance(opened.record, EventBatch):
        return ()
    return tuple((ChildId(each.child_id), EventId(each.event_id), each.sealed) for each in opened.record.events)


def event_partition(child: ChildId) -> int:
    """The partition of `events` that a child is on."""
    return _partition(child.encode())


def _partition(key: bytes) -> int:
    """Where every Kafka client puts a record of this key."""
    return place_of(key, EVENT_PARTITIONS)


@cache
def _key_on(partition: int) -> bytes:
    """A key that is no child's, and that belongs on this partition."""
    return next(key for number in count() if _partition(key := f"batch/{number}".encode()) == partition)
