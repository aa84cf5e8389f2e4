"""The register built anew from the log: how fast, whether it is the same, and whether anybody is told anything again.

The log is the one that the benchmark's own reports have made, each child from report to return. The register's disk is
taken away while it is down; when it comes back it reads the log from its beginning. Twice: once as it happens, where
the entries stand on the broker, and the register writes those that it finds to be other than they should; and once with
every entry deleted on the broker too, so that it has to write all of them. The same register: of every episode the very
record stands there last that stood there before, byte for byte. Nothing sent again: no mailbox gets a notice whose id
stood there before. What a clock raises meanwhile is new, and counted apart. A report that is sent when the disk has
just been lost shows how long reports wait. The yardstick is a plain consumer that
reads the same log.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final
from urllib.request import urlopen
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy import pki
from deploy.bench.agencies import AGENCIES
from deploy.bench.clock import children_folder
from deploy.bench.run import Bench
from deploy.provision import ADMINISTRATOR
from streams.event_batches import EVENT_PARTITIONS

EPISODES_A_YEAR: Final = 330_000
EVENTS_A_YEAR: Final = 3_000_000
_REGISTER_PARTITIONS: Final = 8
_LOOK_SECONDS: Final = 0.5
_LONGEST: Final = 1_800.0
_POSITION: Final = re.compile(r'homeward_position\{partition="(\d+)",topic="events"\} ([0-9.e+]+)')
_BEHIND: Final = re.compile(r'homeward_children_behind\{partition="\d+"\} ([0-9.e+]+)')


async def replay(bench: Bench, *, is_emptied: bool = False) -> dict[str, Any]:
    """Take the register's disk away, wait until it has read the log again, and compare.

    `is_emptied`: every entry is deleted on the broker as well.
    """
    before, told = await _register(bench), Counter(notice for notice, _ in await _notices(bench))
    events, bare = await _bare(bench)
    ends = await _ends(bench)
    worker = bench.hub.supervisor.child("register")
    folder = children_folder(bench.hub.home)
    ends_of_register: Counter[int] = Counter()
    for entry in before.values():
        ends_of_register[entry.partition] = max(ends_of_register[entry.partition], entry.offset)
    if is_emptied:
        await _delete(bench, before)
    began = time.monotonic()
    await worker.kill()
    folder.rename(folder.with_name(f"lost-{uuid4().hex}"))
    report = await bench.one_report()
    reported = asyncio.create_task(_first_notice(bench, report, began))
    while not await asyncio.to_thread(_has_read, bench.hub.running.metrics["register"], ends):
        if time.monotonic() - began > _LONGEST:
            break
        await asyncio.sleep(_LOOK_SECONDS)
    seconds = time.monotonic() - began
    after, notices = await _register(bench), await _notices(bench)
    told_since = Counter(notice for notice, cause in notices if cause != report.encode())
    again = sum(told_since[notice] - count for notice, count in told.items())
    rate = events / seconds
    return {
        "events": events,
        "episodes": len(before),
        "seconds": round(seconds, 1),
        "seconds_until_a_report_was_told": round(await reported, 1),
        "events_per_second": round(rate),
        "bare_consume_per_second": round(events / bare),
        "ratio_to_bare_consume": round(seconds / bare, 1),
        "a_year_of_events_in_minutes": round(EVENTS_A_YEAR / rate / 60, 1),
        "a_year_of_episodes_in_minutes": round(EPISODES_A_YEAR * seconds / len(before) / 60, 1),
        "entries_written": sum(entry.offset > ends_of_register[entry.partition] for entry in after.values()),
        "entries_that_differ": sum(
            episode not in after or after[episode].value != entry.value for episode, entry in before.items()
        )
        + max(len(after.keys() - before.keys()) - 1, 0),  # one is of the report that came meanwhile
        "notices_sent_again": again,
        "notices_of_clocks_meanwhile": sum(told_since.values()) - sum(told.values()) - again,
    }


async def _delete(bench: Bench, episodes: Iterable[bytes]) -> None:
    """Delete the entries of these episodes, as a compacted topic is told to."""
    tls = pki.ssl_context(bench.hub.home.pki, ADMINISTRATOR)
    async with AIOKafkaProducer(
        bootstrap_servers=bench.hub.broker.bootstrap, security_protocol="SSL", ssl_context=tls
    ) as producer:
        await asyncio.gather(*[await producer.send("register", key=episode, value=None) for episode in episodes])


def _consumer(bench: Bench) -> AIOKafkaConsumer:
    tls = pki.ssl_context(bench.hub.home.pki, ADMINISTRATOR)
    return AIOKafkaConsumer(bootstrap_servers=bench.hub.broker.bootstrap, security_protocol="SSL", ssl_context=tls)


def _places(topic: str, partitions: int) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(partitions)]


async def _read(bench: Bench, places: Iterable[TopicPartition]) -> list[Any]:
    """Every record of these partitions as they are now."""
    places = list(places)
    found: list[Any] = []
    async with _consumer(bench) as consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        waiting = {place for place in places if ends[place]}
        while waiting:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found.extend(records)
            waiting = {place for place in waiting if await consumer.position(place) < ends[place]}
    return found


async def _register(bench: Bench) -> dict[bytes, Any]:
    """The newest record of every episode."""
    return {record.key: record for record in await _read(bench, _places("register", _REGISTER_PARTITIONS))}


async def _notices(bench: Bench) -> list[tuple[bytes, bytes]]:
    """Every notice that stands in a mailbox, as often as it does, with what caused it."""
    records = await _read(bench, (TopicPartition(f"inbox.{agency}", 0) for agency in AGENCIES))
    headers = (dict(record.headers) for record in records)
    return [(given["ce_id"], given["ce_cause"]) for given in headers if given["ce_type"] == b"Notice"]


async def _first_notice(bench: Bench, report: str, began: float) -> float:
    """Seconds until anybody was told of a report that was sent when the disk had just been lost."""
    places = [TopicPartition(f"inbox.{agency}", 0) for agency in AGENCIES]
    async with _consumer(bench) as consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while time.monotonic() - began < _LONGEST:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                headers = (dict(record.headers) for record in records)
                if any((given["ce_type"], given.get("ce_cause")) == (b"Notice", report.encode()) for given in headers):
                    return time.monotonic() - began
    return _LONGEST


async def _bare(bench: Bench) -> tuple[int, float]:
    """How many records `events` holds, and how long a plain consumer takes over them."""
    began = time.monotonic()
    count = len(await _read(bench, _places("events", EVENT_PARTITIONS)))
    return count, time.monotonic() - began


async def _ends(bench: Bench) -> dict[int, int]:
    async with _consumer(bench) as consumer:
        ends = await consumer.end_offsets(_places("events", EVENT_PARTITIONS))
    return {place.partition: end for place, end in ends.items() if end}


def _has_read(metrics: str, ends: dict[int, int]) -> bool:
    """Whether the worker holds everything up to these ends and has looked at every child, by its own metrics page."""
    try:
        with urlopen(metrics, timeout=2) as page:  # noqa: S310 - the loopback address of our own worker
            text = page.read().decode()
    except OSError:
        return False
    handled = {int(partition): int(float(offset)) for partition, offset in _POSITION.findall(text)}
    if any(float(children) for children in _BEHIND.findall(text)):
        return False
    return all(handled.get(partition, 0) >= end for partition, end in ends.items())
