"""A worker never goes on by yesterday's directory: when nobody reads it any more, the worker ends."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from ssl import create_default_context
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from schemas.codec import SchemaIds
from streams import directory_feed, transport
from streams.directory_feed import DirectoryFeed

Batches = Mapping[Any, Sequence[Any]]


class Topic:
    """The topic as a consumer of it sees it, empty when the worker starts; `then` is what the next poll does."""

    then: Callable[[], Batches] = dict

    def __init__(self, **_: object) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, _: object) -> None: ...

    async def end_offsets(self, places: Sequence[object]) -> dict[object, int]:
        return dict.fromkeys(places, 0)

    async def position(self, _: object) -> int:
        return 0

    async def getmany(self, *_: object, timeout_ms: int) -> Batches:
        del timeout_ms
        await asyncio.sleep(0.01)
        return Topic.then()


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(directory_feed, "AIOKafkaConsumer", Topic)
    monkeypatch.setattr(os, "_exit", found.append)
    return found


@asynccontextmanager
async def followed() -> AsyncIterator[DirectoryFeed]:
    feed = DirectoryFeed("", create_default_context(), bytes(32), SchemaIds.local(), "intake-0")
    await feed.start()
    await asyncio.sleep(0.1)
    try:
        yield feed
    finally:
        await feed.stop()


def refused() -> Batches:
    raise TopicAuthorizationFailedError


async def test_an_error_of_the_reading_ends_the_worker(monkeypatch: pytest.MonkeyPatch, ended: list[int]) -> None:
    async with followed():
        monkeypatch.setattr(Topic, "then", refused)
        await asyncio.sleep(0.4)
    assert ended == [transport.FATAL_EXIT]


async def test_an_error_of_whoever_is_told_of_a_change_ends_the_worker(
    monkeypatch: pytest.MonkeyPatch, ended: list[int]
) -> None:
    def locked() -> None:
        message = "database is locked"
        raise sqlite3.OperationalError(message)

    record = SimpleNamespace(value=b"", key=b"", headers=[], timestamp=0, offset=0)
    async with followed() as feed:
        feed.on_change(locked)
        monkeypatch.setattr(Topic, "then", lambda: {"directory": [record]})
        await asyncio.sleep(0.4)
    assert ended == [transport.FATAL_EXIT]


async def test_a_worker_that_stops_is_not_ended_by_it(ended: list[int]) -> None:
    async with followed():
        pass
    await asyncio.sleep(0)
    assert ended == []
