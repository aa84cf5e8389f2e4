"""A connection ends as it should, however the Kafka client ends."""

import asyncio
import gc

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from consumers.connection import connected, stopped
from deploy.broker import HOST
from deploy.ports import free_port


class Client:
    """A Kafka client that stops as it is told to."""

    def __init__(self, error: BaseException | None = None, seconds: float = 0.0) -> None:
        self.error = error
        self.seconds = seconds
        self.is_stopped = False

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        await asyncio.sleep(self.seconds)
        self.is_stopped = True
        if self.error is not None:
            raise self.error


async def test_a_cancellation_that_the_client_lets_out_is_not_ours() -> None:
    """As aiokafka does over a broker that has died: its own cancelled task is awaited, and nobody catches that."""

    async def fails() -> None:
        async with connected(Client(asyncio.CancelledError())):
            message = "what happened"
            raise ValueError(message)

    with pytest.raises(ValueError, match="what happened"):
        await fails()


async def test_a_cancellation_of_our_own_ends_us() -> None:
    client = Client(seconds=0.2)
    stopping = asyncio.create_task(stopped(client))
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping


async def test_a_client_that_does_not_stop_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.connection._STOP_SECONDS", 0.05)
    async with asyncio.timeout(5):
        await stopped(Client(seconds=600))


async def test_a_broker_that_is_away_is_no_error_of_stopping_and_anything_else_is() -> None:
    await stopped(Client(KafkaTimeoutError()))
    with pytest.raises(KeyError):
        await stopped(Client(KeyError("a fault of the program")))


async def test_a_client_that_did_not_start_is_closed_so_that_nothing_complains_of_it() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context["message"]))
    with pytest.raises(KafkaConnectionError):
        async with connected(AIOKafkaConsumer(bootstrap_servers=f"{HOST}:{free_port()}")):
            pass
    gc.collect()
    assert complaints == []
