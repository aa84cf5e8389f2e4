"""What a reader of topics says when it cannot go on."""

import asyncio
import ssl
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from consumers import Connection, ReadingEnded
from consumers.tail import Tail


class Refuses:
    """A consumer to whom the broker says one thing."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def getmany(self, **_: Any) -> None:  # noqa: ANN401 - options of the library
        raise self.error


async def ended_by(error: Exception) -> Tail:
    connection = Connection(
        bootstrap_servers="127.0.0.1:1", client_id="test", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    tail = Tail(connection, ("register",), lambda _: None, lambda: None)
    tail._consumer = Refuses(error)
    tail._task = asyncio.create_task(tail._follow())
    await asyncio.wait({tail._task})
    return tail


async def test_whoever_may_not_read_any_more_is_told_that_and_not_to_try_again() -> None:
    tail = await ended_by(TopicAuthorizationFailedError("register"))
    with pytest.raises(ReadingEnded, match="was its grant taken back") as ended:
        tail.check()
    assert ended.value.is_refused


async def test_any_other_end_is_to_be_opened_again() -> None:
    tail = await ended_by(ZeroDivisionError())
    with pytest.raises(ReadingEnded, match="open it again") as ended:
        tail.check()
    assert isinstance(ended.value.__cause__, ZeroDivisionError)
