"""What a worker tells of how far it is behind goes on being told, though one look at it failed."""

import asyncio

import pytest
from structlog.testing import capture_logs

from consumers.connection import ended
from streams import shell
from streams.shell import Shell


async def test_a_look_that_fails_does_not_end_the_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, again = 0, asyncio.Event()

    def look(_: Shell) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise AssertionError
        again.set()

    monkeypatch.setattr(shell, "_MEASURE_SECONDS", 0.01)
    monkeypatch.setattr(Shell, "_measure_once", look)
    with capture_logs() as said:
        measuring = asyncio.create_task(Shell._measure(object.__new__(Shell)))
        async with asyncio.timeout(60):
            await again.wait()
        await ended(measuring)
    assert [one["event"] for one in said] == ["not_measured"]
