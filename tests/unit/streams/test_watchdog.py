"""The watchdog's thread: it ends a worker that hangs, says which kind of hang it was, and leaves alone what gets on."""

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import streams.watchdog
from streams.in_hand import End, InHand
from streams.watchdog import Watchdog

LIMIT = 0.3


class _Ended(BaseException):
    """Stands for the end of the process, in the watchdog's thread."""


@dataclass(slots=True)
class Watched:
    hand: InHand
    broker_answers: bool = True
    ended: threading.Event = field(default_factory=threading.Event)
    by_the_batch: bool | None = None

    async def waits_for_broker(self) -> bool:
        return not self.broker_answers

    def end(self, _why: str, *, by_the_batch: bool) -> None:
        self.by_the_batch = by_the_batch
        self.ended.set()
        raise _Ended

    def dog(self) -> Watchdog:
        dog = Watchdog(limit=LIMIT, hand=self.hand, waits_for_broker=self.waits_for_broker)
        dog.start()
        self.hand.take([(0, 5)])
        dog.busy()
        return dog

    async def notes(self, end: End) -> None:
        async with asyncio.timeout(20 * LIMIT):
            while self.hand.end is not end:  # noqa: ASYNC110 - another thread notes it
                await asyncio.sleep(0.01)

    async def has_ended(self) -> bool:
        return await asyncio.to_thread(self.ended.wait, 20 * LIMIT)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    watched = Watched(InHand(tmp_path / "in-hand", 1))
    monkeypatch.setattr(streams.watchdog, "end_process", watched.end)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    yield watched
    watched.hand.close()


async def test_a_batch_that_awaits_for_ever_is_ended_as_a_hang(watched: Watched) -> None:
    watched.dog()
    assert await watched.has_ended()
    assert (watched.by_the_batch, watched.hand.end) == (True, End.HUNG)


async def test_a_loop_that_is_stuck_is_a_hang_whatever_the_broker_does(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams.watchdog, "_TURN_SECONDS", 0.05)
    watched.broker_answers = False
    watched.dog()
    began = time.monotonic()
    while not watched.ended.wait(0.01):
        assert time.monotonic() - began < 20 * LIMIT
    assert (watched.by_the_batch, watched.hand.end) == (True, End.HUNG)


async def test_a_batch_that_waits_for_the_broker_is_ended_and_not_blamed(watched: Watched) -> None:
    watched.broker_answers = False
    watched.dog()
    assert await watched.has_ended()
    assert (watched.by_the_batch, watched.hand.end) == (False, End.NOT_THE_RECORDS)


async def test_while_a_batch_waits_for_the_broker_a_kill_from_outside_blames_nobody(watched: Watched) -> None:
    watched.broker_answers = False
    dog = watched.dog()
    await watched.notes(End.NOT_THE_RECORDS)
    assert not watched.ended.is_set()
    watched.broker_answers = True
    dog.progressed()
    await watched.notes(End.UNEXPLAINED)
    dog.idle()


async def test_what_gets_on_and_what_is_idle_is_left_alone(watched: Watched) -> None:
    dog = watched.dog()
    for _ in range(20):
        await asyncio.sleep(LIMIT / 10)
        dog.progressed()
    dog.idle()
    await asyncio.sleep(2 * LIMIT)
    assert not watched.ended.is_set()
