"""What was sent is concluded while more comes: in order, one round at a time, and never lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from hub.ids import ChildId
from streams.rounds import WORTH_A_ROUND, Rounds


@dataclass
class Hand:
    child: ChildId


class Broker:
    """Concludes when the test says that it may."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.asked: list[list[str]] = []
        self.answers = asyncio.Event()
        self.rounds = Rounds(self._conclude, self.news)

    async def _conclude(self, hands: Sequence[Hand]) -> None:
        self.asked.append([hand.child for hand in hands])
        await self.answers.wait()
        self.answers.clear()
        if any(hand.child == "broken" for hand in hands):
            raise ConnectionError

    def add(self, *children: str) -> None:
        self.rounds.add([Hand(ChildId(child)) for child in children])

    async def answer(self) -> None:
        self.news.clear()
        self.answers.set()
        await self.news.wait()


async def test_what_comes_while_a_round_goes_waits_for_the_next() -> None:
    broker = Broker()
    broker.add("ada")
    broker.rounds.go_on(others_first=False)
    broker.add("ben", "cleo")
    broker.rounds.go_on(others_first=False)
    await asyncio.sleep(0)
    assert broker.asked == [["ada"]]
    assert broker.rounds.children == {"ada", "ben", "cleo"}
    await broker.answer()
    broker.rounds.go_on(others_first=False)
    assert broker.rounds.children == {"ben", "cleo"}
    await broker.answer()
    broker.rounds.go_on(others_first=False)
    assert broker.asked == [["ada"], ["ben", "cleo"]]
    assert not broker.rounds.children


async def test_a_small_round_lets_others_go_first() -> None:
    broker = Broker()
    broker.add(*(f"child {number}" for number in range(WORTH_A_ROUND - 1)))
    broker.rounds.go_on(others_first=True)
    await asyncio.sleep(0)
    assert not broker.asked
    broker.add("the last")
    broker.rounds.go_on(others_first=True)
    await asyncio.sleep(0)
    assert [len(asked) for asked in broker.asked] == [WORTH_A_ROUND]
    await broker.rounds.end()


async def test_what_a_round_raises_is_raised() -> None:
    broker = Broker()
    broker.add("broken")
    broker.rounds.go_on(others_first=False)
    await asyncio.sleep(0)
    await broker.answer()
    with pytest.raises(ConnectionError):
        broker.rounds.go_on(others_first=False)


async def test_nothing_runs_behind_an_error() -> None:
    before = asyncio.all_tasks()
    broker = Broker()
    broker.add("ada")
    broker.rounds.go_on(others_first=False)
    await asyncio.sleep(0)
    await broker.rounds.end()
    assert asyncio.all_tasks() == before
