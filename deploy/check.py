"""`homeward check`: reads the topics from outside the workers and balances the books (`ledger.py` has the rules).

It comes as the principal `ledger`, which may read `accepted`, `events` and the inboxes and holds no key: what it sees
are ids in headers. Only for records that the hub parked it looks, as `operator`, at the ids on `quarantine`.
The order of reading matters: what is told is read before the inboxes, so that nothing can look lost that is on its way,
and what was told meanwhile after them, so that nothing can look doubled that the hub was about to say.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from consumers.connection import connected
from deploy import pki, topics
from deploy.book_entry import Entry
from deploy.home import WORKER_GROUPS, Home
from deploy.ledger import Balance, balance
from deploy.occupied import Running
from hub import headers

PRINCIPAL: Final = "ledger"
OPERATOR: Final = "operator"
REVIEWER: Final = "reviewer"
INBOX: Final = "inbox."
REVIEW: Final = "review"
_KEPT: Final = timedelta(days=30)
_NEARLY: Final = timedelta(hours=1)
_FRESH: Final = timedelta(seconds=15)
"""A worker that is killed between a notice and its `Told`, at no event's place, is back by then and has said so."""
_LOOK_AGAIN_SECONDS: Final = 0.25
_THROUGH_WITHIN_SECONDS: Final = 10.0
_log = structlog.get_logger()

Positions = Mapping[tuple[str, int], int]
"""Offsets by topic and partition, from which to read."""


async def check(home: Home, running: Running, *, since: Positions | None = None) -> Balance:
    """Read everything that is on the topics now (or since these positions), and balance it.

    What looks lost since some position is looked for before it: positions are of one moment, and a hub that runs may
    have written a notice by then and not yet the `Told` that names it.
    """
    since = since or {}
    done = await handled(home, running, "register")
    accepted = await entries_on(home, running, PRINCIPAL, ["accepted"], since)
    events = await entries_on(home, running, PRINCIPAL, ["events"], since)
    mailboxes = await _inboxes(home, running)
    by_agency: dict[str, list[Entry]] = {topic.removeprefix(INBOX): [] for topic in mailboxes}
    fresh_since = datetime.now(UTC) - _FRESH
    for entry in await entries_on(home, running, PRINCIPAL, mailboxes, since):
        by_agency[entry.topic.removeprefix(INBOX)].append(entry)
    done_since = await handled(home, running, "register")
    read = {**since, **{(entry.topic, entry.partition): entry.offset + 1 for entry in events}}
    kept_since = datetime.now(UTC) - _KEPT + _NEARLY
    balanced = partial(
        balance,
        accepted=accepted,
        events=events,
        inboxes=by_agency,
        quarantined=await entries_on(home, running, OPERATOR, ["quarantine"], {}),
        reviews=[(key, id_) for key, id_ in (await _reviews(home, running, {})).items() if id_],
        handled=done,
        events_since=await entries_on(home, running, PRINCIPAL, ["events"], read),
        handled_since=done_since,
        kept_since=int(kept_since.timestamp() * 1000),
        fresh_since=int(fresh_since.timestamp() * 1000),
    )
    found = balanced()
    if found.lost and any(topic in mailboxes for topic, _ in since):
        whole = await entries_on(home, running, PRINCIPAL, mailboxes, {})
        return balanced(delivered_before={entry.id for entry in whole})
    return found


async def waiting(home: Home, running: Running) -> int:
    """Records that a worker has not finished yet, by the groups' positions at the broker."""
    async with _consumer(home, running, OPERATOR) as consumer:
        total = 0
        for worker, (_, topic) in WORKER_GROUPS.items():
            done = await handled(home, running, worker)
            ends = await consumer.end_offsets(_partitions([topic]))
            total += sum(max(0, end - done[part.partition]) for part, end in ends.items())
        return total


async def _come_through(home: Home, running: Running) -> None:
    """Wait until what is on its way now has come through, worker by worker. A hub that works is never at rest: what its
    clock says meanwhile is not waited for.
    """
    async with _consumer(home, running, OPERATOR) as consumer:
        for worker, (_, topic) in WORKER_GROUPS.items():
            ends = await consumer.end_offsets(_partitions([topic]))
            while True:
                done = await handled(home, running, worker)
                if all(done[part.partition] >= end for part, end in ends.items()):
                    break
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def handled(home: Home, running: Running, worker: str) -> dict[int, int]:
    """A worker's position in its topic, by partition: the offset after the last record that it has finished."""
    group, topic = WORKER_GROUPS[worker]
    admin = AIOKafkaAdminClient(
        bootstrap_servers=running.bootstrap,
        security_protocol="SSL",
        ssl_context=pki.ssl_context(home.pki, OPERATOR),
    )
    try:
        await admin.start()
        told = await admin.list_consumer_group_offsets(group, partitions=_partitions([topic]))
        return {part.partition: max(0, position.offset) for part, position in told.items()}
    finally:
        await admin.close()


async def settled(home: Home, running: Running, *, seconds: float, since: Positions | None = None) -> Balance:
    """The balance once what was on its way has come through; or, when the time is over, as it is then."""
    deadline = time.monotonic() + seconds
    try:
        async with asyncio.timeout(min(seconds, _THROUGH_WITHIN_SECONDS)):
            await _come_through(home, running)
    except TimeoutError:
        _log.info("workers_are_behind", waited_seconds=min(seconds, _THROUGH_WITHIN_SECONDS))
    found = await check(home, running, since=since)
    while not found.is_settled and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        found = await check(home, running, since=since)
    return found


async def positions(home: Home, running: Running) -> dict[tuple[str, int], int]:
    """Where every topic that a check reads ends now: what `since` takes to judge only what comes after.

    A hub that runs writes meanwhile, so what follows is asked first: a notice that is judged has its `Told` among what
    is judged, and a report its event and its receipt.
    """
    found: dict[tuple[str, int], int] = {}
    async with _consumer(home, running, PRINCIPAL) as consumer:
        in_order = [_partitions(names) for names in (["events"], await _inboxes(home, running), ["accepted"])]
        whole = list(chain.from_iterable(in_order))
        consumer.assign(whole)  # all at once: of topics that it does not know it would learn one in 0.1 s
        consumer.pause(*whole)
        for partitions in in_order:
            ends = await consumer.end_offsets(partitions)
            found |= {(part.topic, part.partition): end for part, end in ends.items()}
    return found


async def in_review(home: Home, running: Running, *, since: Positions | None = None) -> int:
    """Decisions about who is who that wait for a person, of those raised since these positions if they are given."""
    return sum(bool(id_) for id_ in (await _reviews(home, running, since or {})).values())


async def review_positions(home: Home, running: Running) -> Positions:
    """Where `review` ends now, for `in_review`."""
    async with _consumer(home, running, REVIEWER) as consumer:
        ends = await consumer.end_offsets(_partitions([REVIEW]))
    return {(part.topic, part.partition): end for part, end in ends.items()}


async def _reviews(home: Home, running: Running, since: Positions) -> dict[str, str]:
    """The id of the record that raised each pair, by the pair; empty where it waits no more."""
    raised: dict[str, str] = {}
    async with _consumer(home, running, REVIEWER) as consumer:
        async for record in _records(consumer, [REVIEW], since):
            entry = _entry(record)
            raised[entry.key] = "" if record.value is None else entry.id
    return raised


async def newest_stamp(home: Home, running: Running) -> datetime:
    """The latest append time of any record accepted; long ago where there is none."""
    stamps = [entry.at for entry in (await entries_on(home, running, PRINCIPAL, ["accepted"], {}))[-1:]]
    return datetime.fromtimestamp(max(stamps, default=0) / 1000, UTC)


def _consumer(home: Home, running: Running, principal: str) -> AbstractAsyncContextManager[AIOKafkaConsumer]:
    return connected(
        AIOKafkaConsumer(
            bootstrap_servers=running.bootstrap,
            security_protocol="SSL",
            ssl_context=pki.ssl_context(home.pki, principal),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            group_id=None,
        )
    )


async def _inboxes(home: Home, running: Running) -> list[str]:
    async with _consumer(home, running, PRINCIPAL) as consumer:
        return sorted(topic for topic in await consumer.topics() if topic.startswith(INBOX))


def _partitions(names: Sequence[str]) -> list[TopicPartition]:
    """Every partition of these topics, as the table says."""
    known = {topic.name: topic.partitions for topic in topics.hub_topics()}
    return [TopicPartition(name, number) for name in names for number in range(known.get(name, 1))]


async def entries_on(
    home: Home, running: Running, principal: str, names: Sequence[str], since: Positions
) -> list[Entry]:
    """Every record that is on these topics now, as its headers show it."""
    async with _consumer(home, running, principal) as consumer:
        return [_entry(record) async for record in _records(consumer, names, since)]


async def _records(
    consumer: AIOKafkaConsumer, names: Sequence[str], since: Positions
) -> AsyncIterator["ConsumerRecord[bytes, bytes]"]:
    """Every record that is on these topics now."""
    partitions = _partitions(names)
    if not partitions:
        return
    consumer.assign(partitions)
    for part in partitions:
        if (first := since.get((part.topic, part.partition))) is not None:
            consumer.seek(part, first)
    ends = await consumer.end_offsets(partitions)
    behind = {part for part in partitions if await consumer.position(part) < ends[part]}
    while behind:
        for records in (await consumer.getmany(*behind, timeout_ms=1000)).values():
            for record in records:
                yield record
        behind = {part for part in behind if await consumer.position(part) < ends[part]}


def _entry(record: "ConsumerRecord[bytes, bytes]") -> Entry:
    said = {name: (value or b"").decode(errors="replace") for name, value in record.headers if name.startswith("ce_")}
    return Entry(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        at=record.timestamp,
        id=said.get(headers.ID, ""),
        type=said.get(headers.TYPE, ""),
        source=said.get(headers.SOURCE, ""),
        key=(record.key or b"").decode(errors="replace"),
        time=said.get(headers.TIME, ""),
        cause=said.get(headers.CAUSE, ""),
        subject=said.get(headers.SUBJECT, ""),
        told=tuple(filter(None, said.get(headers.TOLD, "").split(","))),
    )
