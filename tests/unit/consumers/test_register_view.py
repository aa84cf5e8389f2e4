"""What the view of the register shows as current is current, or it says that it is not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from consumers import Connection, ReadingEnded
from consumers.connection import ended
from consumers.directory_view import DirectoryView
from consumers.mailbox_opening import MailboxOpening
from consumers.register_table import RegisterTable
from consumers.register_view import RegisterView
from consumers.tail import Tail
from hub.messages import WireMessage
from schemas.records import Disclosure, EpisodeStatus
from tests.unit.consumers.register import (
    IDS,
    KEYS,
    NEW_WORKER,
    NOW,
    SUBSCRIBER,
    WORKER,
    directory,
    entry,
    episode,
    keys,
)

CONNECTION = Connection(
    bootstrap_servers="127.0.0.1:1", client_id="test", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
)


class Topic:
    """A topic of which so many records are not read yet; `fails` ends the reading."""

    def __init__(self) -> None:
        self.unread = 0
        self.fails = asyncio.Event()

    async def getmany(self, **_: object) -> None:
        await self.fails.wait()
        raise ZeroDivisionError

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(places, 3)

    async def position(self, _: TopicPartition) -> int:
        return 3 - self.unread


@asynccontextmanager
async def followed(tail: Tail, name: str) -> AsyncIterator[Topic]:
    topic: Any = Topic()
    tail._consumer, tail._partitions = topic, [TopicPartition(name, 0)]
    tail._task = asyncio.create_task(tail._follow())
    try:
        yield topic
    finally:
        await ended(tail._task)


class Opened:
    """A view with both its topics."""

    def __init__(self, view: RegisterView, topic: Topic, directory: Topic) -> None:
        self.view = view
        self.topic = topic
        self.directory = directory

    def reads(self, *wires: WireMessage) -> None:
        for wire in wires:
            self.view._take(
                ConsumerRecord(
                    topic=wire.topic, partition=0, offset=0, timestamp=round(NOW.timestamp() * 1000), timestamp_type=0,
                    key=wire.key, value=wire.value, checksum=None, serialized_key_size=0, serialized_value_size=0,
                    headers=tuple(wire.headers),
                )
            )  # fmt: skip


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    known = DirectoryView(CONNECTION, trust_key=bytes(32), ids=IDS)
    known._current = directory(WORKER)
    view = RegisterView(CONNECTION, known, RegisterTable(SUBSCRIBER, KEYS, IDS))
    async with followed(view._tail, "register") as topic, followed(known._tail, "directory") as listed:
        yield Opened(view, topic, listed)


MISSING = episode(status=EpisodeStatus.MISSING, sequence=3)
BACK = episode(episode=MISSING.episode, status=EpisodeStatus.RETURNED, sequence=4)


async def test_what_waits_for_the_directory_is_not_shown_as_live(opened: Opened) -> None:
    opened.reads(keys(MISSING, Disclosure.ROUTING), entry(MISSING))
    assert (await opened.view.freshness()).is_live
    opened.reads(entry(BACK, worker=NEW_WORKER))
    fresh = await opened.view.freshness()
    assert (fresh.is_live, fresh.behind, fresh.waiting, fresh.refused) == (False, 1, 1, 0)
    opened.view._directory._current = directory(WORKER, NEW_WORKER)
    opened.view._retry()
    (line,) = opened.view.lines()
    assert line.sequence == 4
    assert (await opened.view.freshness()).is_live


async def test_what_was_refused_in_the_place_of_what_is_shown_is_not_shown_as_live(opened: Opened) -> None:
    newer = entry(BACK)
    forged = WireMessage(topic=newer.topic, key=newer.key, headers=newer.headers, value=newer.value + b"?")
    opened.reads(entry(MISSING), forged)
    fresh = await opened.view.freshness()
    assert (fresh.is_live, fresh.behind, fresh.waiting, fresh.refused) == (False, 1, 0, 1)
    opened.reads(newer)
    assert (await opened.view.freshness()).is_live


async def test_a_directory_that_was_not_read_to_its_end_is_not_live(opened: Opened) -> None:
    opened.directory.unread = 2
    assert (await opened.view.freshness()).behind == 2
    opened.topic.unread = 1
    assert (await opened.view.freshness()).behind == 3


async def test_nothing_is_shown_where_the_directory_is_not_followed_any_more(opened: Opened) -> None:
    opened.reads(entry(MISSING))
    changes = opened.view.changes()
    assert opened.view.lines()
    opened.directory.fails.set()
    await asyncio.wait({task for task in (opened.view._directory._tail._task,) if task is not None})
    for ask in (opened.view.lines, lambda: opened.view.episode(MISSING.episode)):
        with pytest.raises(ReadingEnded, match="directory"):
            ask()
    for asked in (opened.view.freshness(), anext(changes)):
        with pytest.raises(ReadingEnded, match="directory"):
            await asked
    with pytest.raises(ReadingEnded, match="directory"):
        MailboxOpening(opened.view._directory, KEYS, IDS).check()
