"""The way from the outbox to the broker where the disk of the agency gives trouble in between."""

import asyncio
import errno
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from producers import link
from producers.connection import Connection, ended
from producers.outbox import Outbox
from producers.outbox_rows import Changes, Outcome, Seal
from producers.outbox_tables import unwritable
from producers.restore_mark import RestoreMark
from producers.sender import Sender
from tests.unit.producers.outboxes import new_row, opened, seal


class Broker:
    """Takes everything at once, and remembers it; `sent` are the texts of the reports in the order they came."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.connections = 0
        self.client = SimpleNamespace(fetch_all_metadata=lambda: asyncio.sleep(0))

    async def send(self, topic: str, value: bytes, **_: object) -> "asyncio.Future[object]":
        del topic
        self.sent.append(value.split(b" sealed ")[0].decode())
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Connection):
    """A connection to a broker in this process."""

    broker: Broker = field(default_factory=Broker)

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[Any]:
        self.broker.connections += 1
        yield self.broker


@dataclass(slots=True)
class Disk:
    """Where the mark is kept: it fails so many times more."""

    failures: int = 0
    marked: list[int] = field(default_factory=list)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    found, real = Disk(), RestoreMark.raise_to

    def raise_to(mark: RestoreMark, sequence: int) -> None:
        if found.failures:
            found.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        real(mark, sequence)
        found.marked.append(sequence)

    monkeypatch.setattr(RestoreMark, "raise_to", raise_to)
    monkeypatch.setattr(link, "_AGAIN_SECONDS", (0.02,))
    return found


@asynccontextmanager
async def sending(outbox: Outbox, broker: Broker) -> AsyncIterator[Sender]:
    connection = Near(
        bootstrap_servers="", client_id="", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), broker=broker
    )
    sender = Sender(outbox, connection=connection, seal=seal, on_leaving=lambda _: None, on_taken=lambda _: None)
    running = asyncio.create_task(sender.run())
    sender.receipts_are_read.set()
    try:
        async with asyncio.timeout(10):
            while not sender.is_connected:  # noqa: ASYNC110 - nothing tells
                await asyncio.sleep(0.01)
            yield sender
    finally:
        await ended(running)


async def test_what_was_picked_when_its_mark_could_not_be_written_goes_out_before_anything_later(
    tmp_path: Path, disk: Disk
) -> None:
    broker = Broker()
    with opened(tmp_path) as outbox:
        async with sending(outbox, broker) as sender:
            disk.failures = 1
            await sender.put([new_row("a child is missing", priority=90)])
            await sender.put([new_row("a second report", priority=40)])
            await sender.has_settled()
            assert sender.hindrance is None
    assert broker.sent == ["a child is missing", "a second report"]
    assert broker.connections == 2


async def test_while_the_mark_cannot_be_written_nothing_leaves_and_the_hindrance_says_why(
    tmp_path: Path, disk: Disk
) -> None:
    broker = Broker()
    with opened(tmp_path) as outbox:
        async with sending(outbox, broker) as sender:
            disk.failures = 1_000_000
            await sender.put([new_row("picked", priority=50)])
            await asyncio.sleep(0.2)
            for text, priority in (("less urgent", 10), ("a child is missing", 90)):
                await sender.put([new_row(text, priority=priority)])
            await asyncio.sleep(0.2)
            assert broker.sent == []
            assert (outbox.counts().picked, outbox.counts().waiting) == (1, 2)
            assert not sender.is_connected
            assert "Too many open files" in str(sender.hindrance)
            assert "goes out once it can be" in str(sender.hindrance)
            assert broker.connections <= 30, "one look after another, with a pause"
            disk.failures = 0
            await sender.has_settled()
            assert not sender.hindrance
    assert broker.sent == ["picked", "a child is missing", "less urgent"]
    assert disk.marked[0] == 1


async def test_what_was_picked_on_a_broken_disk_goes_out_after_a_restart(tmp_path: Path, disk: Disk) -> None:
    broker = Broker()
    with opened(tmp_path) as outbox:
        async with sending(outbox, broker) as sender:
            disk.failures = 1_000_000
            await sender.put([new_row("a child is missing")])
            await asyncio.sleep(0.1)
    disk.failures = 0
    with opened(tmp_path) as outbox:
        async with sending(outbox, broker) as sender:
            await sender.has_settled()
    assert broker.sent == ["a child is missing"]


async def test_an_outbox_that_cannot_be_written_is_a_hindrance_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, full = Outbox.transact, [True]

    def transact(outbox: Outbox, changes: Changes, seal: Seal | None = None) -> Outcome:
        if full:
            raise unwritable(outbox.path, OSError(errno.ENOSPC, "No space left on device"))
        return at_once(outbox, changes, seal)

    with opened(tmp_path) as outbox:
        outbox.transact(Changes(put=(new_row("a child is missing"),)))
        monkeypatch.setattr(Outbox, "transact", transact)
        broker = Broker()
        async with sending(outbox, broker) as sender:
            await asyncio.sleep(0.2)
            assert "No space left on device" in str(sender.hindrance)
            assert broker.sent == []
            full.clear()
            sender.look_again()
            await sender.has_settled()
            assert not sender.hindrance
    assert broker.sent == ["a child is missing"]
