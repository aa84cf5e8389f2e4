"""Whoever ends a task ends it, also where the Kafka client loses a cancellation on the way."""

import asyncio
from types import ModuleType

import pytest

from consumers import connection as reading
from producers import connection as sending

MODULES = [reading, sending]


async def stubborn(times: int) -> None:
    """Goes on over so many cancellations, as `asyncio.wait_for` of Python 3.11 may."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if times == 0:
                raise
            times -= 1


async def failing() -> None:
    await asyncio.sleep(0)
    raise ValueError


@pytest.mark.parametrize("module", MODULES)
async def test_a_task_that_loses_a_cancellation_is_cancelled_again(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CANCEL_AGAIN_SECONDS", 0.02)
    task, plain, failed = (asyncio.create_task(each) for each in (stubborn(1), stubborn(0), failing()))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(60):
        await module.ended(task, plain, failed)
    assert task.cancelled()
    assert plain.cancelled()
    assert isinstance(failed.exception(), ValueError)


@pytest.mark.parametrize("module", MODULES)
async def test_nothing_to_end_is_ended(module: ModuleType) -> None:
    await module.ended()
