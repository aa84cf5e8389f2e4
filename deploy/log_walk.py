"""Walks the log of record (`events`) from outside the workers, and gives every child's events as they were accepted.

On the hub's own machine only: it opens what it reads with the keyring. It writes nothing, takes part in no group and
makes no key; an erased child stays erased. Partition by partition, because a child is on one partition alone: so never
more than one part of the country is open at a time.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.partitioner import murmur2

from deploy import pki
from deploy.directory import read_directory
from deploy.home import Home
from deploy.occupied import Running
from deploy.runtime import Progress
from hub.directory import Directory
from hub.event import Event
from hub.ids import ChildId, EventId
from hub.log import opened
from hub.messages import Refusal, WireMessage, open_event, open_from_hub, stored_event
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds
from schemas.records import EventBatch
from streams.event_batches import BATCH, EVENT_PARTITIONS
from streams.keyring import Keyring
from streams.settings import secret_bytes

PRINCIPAL: Final = "register"
EVENTS: Final = "events"
_NO_KEYS: Final = OpeningKeys.of({})

_log = structlog.get_logger()

ChildEvents = dict[ChildId, dict[EventId, Event]]
"""Events by child and id; a moved event under the id of its move."""


async def walk(
    home: Home, running: Running, *, progress: Progress, until: datetime | None = None, child: ChildId | None = None
) -> AsyncIterator[ChildEvents]:
    """The events of every child, a partition at a time; or of one child alone.

    Args:
        home: the folder of the hub of this machine.
        running: that hub, as it runs.
        progress: told how many records of how many were read.
        until: only events that the hub had accepted by then (hub time); None for all.
        child: read only the partition of this child, and give this child alone.

    Raises:
        DirectoryDamaged: the directory was not signed by this installation's trust key.
    """
    ids = home.schema_ids()
    directory = await read_directory(home, running.bootstrap, ids)
    keyring = Keyring(home.keyring, secret_bytes(home.secrets / "keyring_master_key"))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=running.bootstrap,
        security_protocol="SSL",
        ssl_context=pki.ssl_context(home.pki, PRINCIPAL),
        enable_auto_commit=False,
        group_id=None,
    )
    try:
        await consumer.start()
        numbers = range(EVENT_PARTITIONS) if child is None else [_partition_of(child)]
        partitions = [TopicPartition(EVENTS, number) for number in numbers]
        ends = await consumer.end_offsets(partitions)
        begins = await consumer.beginning_offsets(partitions)
        total, done = sum(ends.values()) - sum(begins.values()), 0
        for partition in partitions:
            reading = _Reading(keyring, directory, ids, until, child)
            consumer.assign([partition])
            consumer.seek(partition, begins[partition])
            while await consumer.position(partition) < ends[partition]:
                for record in (await consumer.getmany(partition, timeout_ms=1000)).get(partition, []):
                    reading.take(record)
                    done += 1
                progress("walking the log", min(done, total), total)  # more may come while this is read
            yield reading.children
    finally:
        await consumer.stop()
        keyring.close()


class _Reading:
    """One partition being read."""

    def __init__(
        self, keyring: Keyring, directory: Directory, ids: SchemaIds, until: datetime | None, child: ChildId | None
    ) -> None:
        self.children: ChildEvents = {}
        self._keyring = keyring
        self._directory = directory
        self._ids = ids
        self._until = until
        self._child = child

    def take(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        """One record: an event, or several together. What does not verify or open is passed over, and said."""
        if record.value is None:
            return
        wire = WireMessage(topic=EVENTS, key=record.key or b"", headers=list(record.headers), value=record.value)
        appended_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        if dict(wire.headers).get("ce_type") == BATCH:
            self._take_batch(wire, appended_at)
            return
        child = ChildId(wire.key.decode())
        key = self._key(child)
        if key is None:
            return
        logged = open_event(wire, key, self._directory, self._ids, appended_at)
        if isinstance(logged, Refusal):
            _log.warning("log_record_refused", reason=logged.reason.value, offset=record.offset)
            return
        self._keep(child, EventId(logged.event_id), opened(logged, self._ids))

    def _take_batch(self, wire: WireMessage, appended_at: datetime) -> None:
        batch = open_from_hub(wire, self._directory, _NO_KEYS, self._ids, appended_at)
        if isinstance(batch, Refusal) or not isinstance(batch.record, EventBatch):
            _log.warning("log_record_refused", reason="no batch of the hub's")
            return
        for each in batch.record.events:
            child, event = ChildId(each.child_id), EventId(each.event_id)
            key = self._key(child)
            if key is not None:
                self._keep(child, event, opened(stored_event(each.sealed, child, event, key, self._ids), self._ids))

    def _key(self, child: ChildId) -> bytes | None:
        return None if self._child not in {None, child} else self._keyring.known_key(child)

    def _keep(self, child: ChildId, id_: EventId, event: Event) -> None:
        if self._until is not None and event.accepted_at > self._until:
            return
        known = self.children.setdefault(child, {})
        if id_ not in known or event.order <= known[id_].order:
            known[id_] = event


def _partition_of(child: ChildId) -> int:
    """Where every Kafka client puts a record of this key."""
    return int((murmur2(child.encode()) & 0x7FFFFFFF) % EVENT_PARTITIONS)
