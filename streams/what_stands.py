"""What the topics `register` and `register.keys` hold, for a worker that no longer knows what it published.

A register whose disk was lost has the events back from the log, and what it had published stands on the broker. So it
reads there which entry of each episode stands last, and which classes each subscriber was given under which key: by
the ids, which derive from what an entry or a wrap is made of. What stands there as it should be is not written again,
and whoever was given more than it may have now is seen to be (`entries`). It is kept in the store, because a year of
it is too much for the memory, and read anew whenever partitions came.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from hub.ids import EpisodeId, KeyId
from schemas.codec import SchemaIds, decode
from schemas.errors import UndecodableMessage
from schemas.records import KeyWrap
from streams.child_store import ChildStore, Shelf
from streams.settings import WorkerSettings
from streams.stretches import AT_ITS_END_MS

REGISTER: Final = "register"
KEYS: Final = "register.keys"
_PARTITIONS: Final = 8
_WAIT_MS: Final = 500
_A_WRITE: Final = 2_000

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(frozen=True, slots=True)
class StandingWrap:
    """The keys that one subscriber was given: the id of the record, and the classes by name, sorted."""

    id: str
    classes: tuple[str, ...]


class WhatStands:
    """Of one worker. `records` yields what the two topics hold, each topic's partitions in order."""

    def __init__(
        self, store: ChildStore, ids: SchemaIds, records: Callable[[], AsyncIterator[Sequence[Record]]]
    ) -> None:
        self._store = store
        self._ids = ids
        self._records = records
        self._reading: asyncio.Task[bool] | None = None
        self._is_outdated = False
        self._holds_any = any(True for prefix in (Shelf.ENTRY, Shelf.WRAP) for _ in store.entries(prefix))
        """False until something was read, here or by this worker before: then there is nothing to look up."""
        self.taken = 0
        """Records taken so far: says to whoever waits that it gets on."""

    def begin(self) -> asyncio.Task[bool]:
        """Read, unless it was read since partitions came; the task's result is whether any entry stands there."""
        if self._reading is None or (self._is_outdated and self._reading.done()):
            self._is_outdated = False
            self._reading = asyncio.create_task(self._read())
        return self._reading

    def outdated(self) -> None:
        """Partitions went or came: others may have published since."""
        self._is_outdated = True

    def cancel(self) -> None:
        """Read no further."""
        if self._reading is not None:
            self._reading.cancel()

    async def end(self) -> None:
        """Read no further, and return when that is so."""
        self.cancel()
        if self._reading is not None:
            await asyncio.gather(self._reading, return_exceptions=True)

    def entry(self, episode: EpisodeId) -> str | None:
        """The id of the entry of an episode that stands last, or None."""
        value = self._store.value(Shelf.ENTRY + episode.encode())
        return None if value is None else value.decode()

    def wraps(self, key: KeyId) -> Mapping[str, StandingWrap]:
        """What each subscriber was given under this key."""
        if not self._holds_any:
            return {}
        prefix = Shelf.WRAP + key.encode() + b"/"
        return {
            name[len(prefix) :].decode(): StandingWrap(value[0], tuple(value[1:]))
            for name, said in self._store.entries(prefix)
            for value in (said.decode().split(" "),)
        }

    async def _read(self) -> bool:
        for prefix in (Shelf.ENTRY, Shelf.WRAP):
            for count, (name, _) in enumerate(self._store.entries(prefix)):
                self._store.drop(name)
                if count % _A_WRITE == 0:
                    await asyncio.sleep(0)
        self._store.write()
        async for records in self._records():
            self._holds_any = True
            for record in records:
                self._take(record)
                self.taken += 1
            self._store.write()
        return any(True for _ in self._store.entries(Shelf.ENTRY))

    def _take(self, record: Record) -> None:
        prefix = Shelf.ENTRY if record.topic == REGISTER else Shelf.WRAP
        name = prefix + (record.key or b"")
        message_id = next((value for header, value in record.headers if header == "ce_id"), None)
        said = (
            None if record.value is None or message_id is None else self._said(record.topic, message_id, record.value)
        )
        if said is None:
            self._store.drop(name)
        else:
            self._store.keep(name, said)

    def _said(self, topic: str, message_id: bytes, value: bytes) -> bytes | None:
        """What is kept of a record; None of one that does not decode: it stands for nothing."""
        if topic == REGISTER:
            return message_id
        try:
            wrap = decode(value, self._ids, KeyWrap)
        except UndecodableMessage:
            return None
        return b" ".join((message_id, *sorted(each.disclosure.value.encode() for each in wrap.wraps)))


def standing_records(settings: WorkerSettings) -> Callable[[], AsyncIterator[Sequence[Record]]]:
    """Reads both topics as they are on the broker, each partition in its order."""

    async def records() -> AsyncIterator[Sequence[Record]]:
        places = [TopicPartition(topic, number) for topic in (REGISTER, KEYS) for number in range(_PARTITIONS)]
        async with AIOKafkaConsumer(
            bootstrap_servers=settings.bootstrap,
            security_protocol="SSL",
            ssl_context=settings.ssl_context(),
            client_id=f"{settings.instance}-what-stands",
            group_id=None,
            fetch_max_wait_ms=AT_ITS_END_MS,
        ) as consumer:
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for some in (await consumer.getmany(timeout_ms=_WAIT_MS)).values():
                    yield some

    return records
