"""How late the clock is: a million children with something ahead of them, and some whose time comes now.

The index of who is due is filled before the hub starts, with invented names of children whose time is weeks away; it is
the register's own index, in its own store. Then reports go in whose duty falls due a little later (72 hours after the
child was last seen), and the broker's append time of what the clock raised is held against the due time.
"""

import asyncio
import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy import pki
from deploy.bench.agencies import LANCASHIRE, report
from deploy.bench.judge import spread
from deploy.bench.load import message_id
from deploy.bench.run import Bench
from deploy.home import Home
from deploy.provision import ADMINISTRATOR
from hub.deadlines import raised_id
from hub.ids import ChildId, EventId, episode_id
from schemas.records import DeadlineStage
from streams.child_store import ChildStore
from streams.due_index import DueIndex
from streams.event_batches import EVENT_PARTITIONS

_DUTY: Final = "national_unit_told"
_AFTER: Final = timedelta(hours=72)
_A_WRITE: Final = 5_000
_AHEAD: Final = 12.0
"""Seconds between sending a report and its duty falling due: the report must be through by then."""
_PATIENCE: Final = 30.0


def children_folder(home: Home) -> Path:
    """Where the register of this hub keeps its store."""
    return home.worker("register") / "state" / "homeward-register" / "children"


def fill(home: Home, pending: int, seed: int) -> float:
    """List so many children in the register's index, between one and ninety days ahead; seconds that it took."""
    chance = random.Random(seed)  # noqa: S311 - invented names and times
    began, now = time.monotonic(), datetime.now(UTC)
    store = ChildStore(children_folder(home))
    index = DueIndex(store)
    for number in range(pending):
        child = ChildId(str(UUID(int=chance.getrandbits(128), version=5)))
        ahead = timedelta(seconds=chance.uniform(86_400, 90 * 86_400))
        index.put(number % EVENT_PARTITIONS, child, now + ahead)
        if number % _A_WRITE == 0:
            index.write()
    store.close()
    return time.monotonic() - began


@dataclass(slots=True, kw_only=True)
class Watch:
    """Reads `events` as the broker has it: when each event was appended, by its id."""

    bench: Bench

    async def until(self, wanted: set[str], begin: dict[TopicPartition, int]) -> dict[str, datetime]:
        """The append time of each of these events; of those that never come, none."""
        found: dict[str, datetime] = {}
        deadline = time.monotonic() + _PATIENCE
        async with _consumer(self.bench) as consumer:
            consumer.assign(list(begin))
            for place, offset in begin.items():
                consumer.seek(place, offset)
            while wanted - set(found) and time.monotonic() < deadline:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        event = next((value.decode() for name, value in record.headers if name == "ce_id"), "")
                        if event in wanted:
                            found.setdefault(event, datetime.fromtimestamp(record.timestamp / 1000, UTC))
        return found


def _consumer(bench: Bench) -> AIOKafkaConsumer:
    tls = pki.ssl_context(bench.hub.home.pki, ADMINISTRATOR)
    return AIOKafkaConsumer(bootstrap_servers=bench.hub.broker.bootstrap, security_protocol="SSL", ssl_context=tls)


async def due_to_raised(bench: Bench, count: int, per_second: float) -> dict[str, Any]:
    """Offer so many reports whose duties fall due one after another, at this rate; how late each was raised."""
    places = [TopicPartition("events", number) for number in range(EVENT_PARTITIONS)]
    async with _consumer(bench) as consumer:
        begin = await consumer.end_offsets(places)
    agency = bench.agencies[LANCASHIRE]
    due: dict[str, datetime] = {}
    waiting = []
    for number in range(count):
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        reference = f"due-{now.timestamp()}-{number}"
        record = report(reference, now, random.Random(reference))  # noqa: S311 - invented names
        when = now + timedelta(seconds=_AHEAD)
        seen = None if record.last_seen is None else replace(record.last_seen, at=when - _AFTER)
        wire = agency.message(replace(record, occurred_at=when - _AFTER, last_seen=seen), bench.known, bench.hub.ids)
        waiting.append(await bench.producer.send(wire.topic, wire.value, key=wire.key, headers=list(wire.headers)))
        episode = episode_id(EventId(message_id(wire)), agency.agency)
        due[raised_id(episode, _DUTY, when, DeadlineStage.DUE)] = when
        await asyncio.sleep(1 / per_second)
    await asyncio.gather(*waiting)
    await asyncio.sleep(_AHEAD)
    raised = await Watch(bench=bench).until(set(due), begin)
    late = sorted((raised[event] - when).total_seconds() for event, when in due.items() if event in raised)
    early = sum(each < 0 for each in late)
    return {"raised": len(late), "not_raised": len(due) - len(late), "early": early, **spread(late)}
