"""Who has nothing to say at the end leaves at once; a member of a group says so first."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer

from consumers import connection
from consumers.connection import connected
from producers import connection as of_producers


class Slow(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """Its broker closes the connection when it is told to."""

    def __init__(self, group: str | None) -> None:
        super().__init__(bootstrap_servers="127.0.0.1:1", group_id=group)
        self.closes = asyncio.Event()
        self.is_closed = False

    async def start(self) -> None:
        """Nothing is there to be reached."""

    async def stop(self) -> None:
        await self.closes.wait()
        await super().stop()
        self.is_closed = True


@pytest.fixture
async def reader() -> AsyncIterator[Slow]:
    made = Slow(None)
    yield made
    made.closes.set()


async def until_let_go(held: "set[asyncio.Task[None]]") -> None:
    await asyncio.wait(set(held), timeout=5)
    await asyncio.sleep(0)
    assert not held


async def test_a_reader_does_not_wait_for_the_broker_to_close_its_connection(reader: Slow) -> None:
    async with connected(reader):
        pass
    assert not reader.is_closed
    assert connection._hanging_up, "else nobody would hold its task"
    reader.closes.set()
    await until_let_go(connection._hanging_up)
    assert reader.is_closed


async def test_so_does_a_reader_of_producers(reader: Slow) -> None:
    await of_producers._hung_up(reader)
    assert not reader.is_closed
    reader.closes.set()
    await until_let_go(of_producers._hanging_up)
    assert reader.is_closed


async def test_a_member_of_a_group_has_left_it_when_it_is_stopped() -> None:
    member = Slow("inbox.E08000005")
    asyncio.get_running_loop().call_later(0.1, member.closes.set)
    async with connected(member):
        pass
    assert member.is_closed
