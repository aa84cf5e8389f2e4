"""Who has nothing to say at the end hangs up; a member of a group says so first."""

import asyncio
from types import SimpleNamespace

from aiokafka import AIOKafkaConsumer

from consumers.connection import connected
from producers.connection import _hung_up


class Slow(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """Its broker does not close the connection before it is told to, or has nobody to talk to."""

    def __init__(self, group: str | None) -> None:
        super().__init__(bootstrap_servers="127.0.0.1:1", group_id=group)
        self.ends = asyncio.Event()
        self.is_aborted = self.has_stopped = False
        line = SimpleNamespace(abort=self._abort)
        self._client._conns = {
            1: SimpleNamespace(_writer=SimpleNamespace(transport=line)),
            2: SimpleNamespace(_writer=None),
        }

    def _abort(self) -> None:
        self.is_aborted = True
        self.ends.set()

    async def start(self) -> None:
        """Nothing is there to be reached."""

    async def stop(self) -> None:
        await self.ends.wait()
        self._closed = self.has_stopped = True


async def test_a_reader_does_not_wait_for_the_broker_to_close_its_connection() -> None:
    async with asyncio.timeout(2), connected(Slow(None)) as reader:
        pass
    assert (reader.is_aborted, reader.has_stopped) == (True, True)


async def test_nor_does_a_reader_of_producers() -> None:
    reader = Slow(None)
    async with asyncio.timeout(2):
        await _hung_up(reader)
    assert (reader.is_aborted, reader.has_stopped) == (True, True)


async def test_a_member_of_a_group_has_left_it_before_its_connection_ends() -> None:
    member = Slow("inbox.E08000005")
    asyncio.get_running_loop().call_later(0.1, member.ends.set)
    async with connected(member):
        pass
    assert (member.is_aborted, member.has_stopped) == (False, True)
