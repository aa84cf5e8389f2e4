"""How long a hub runs: until somebody stops it, or until a part that everything needs does not come back."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from consumers.connection import ended
from deploy.bringup import Hub
from deploy.occupied import StoppedWhileStarting

_Result = TypeVar("_Result")


@asynccontextmanager
async def running_until(hub: Hub, stop: asyncio.Event) -> AsyncIterator[Hub]:
    """The hub, running; when `stop` is set while it is still starting, what had started is stopped again.

    Raises:
        StoppedWhileStarting: `stop` was set before the hub was up.
        ServerGivenUp: whatever failed within, it failed because the broker or the registry is away for good.
    """
    starting = asyncio.create_task(hub.__aenter__(), name="start the hub")
    stopping = asyncio.create_task(stop.wait(), name="asked to stop")
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
        await starting
    except asyncio.CancelledError:
        if stop.is_set():
            raise StoppedWhileStarting from None
        raise
    finally:
        stopping.cancel()
    try:
        yield hub
    except Exception:
        if hub.supervisor.lost is not None:
            raise hub.supervisor.lost from None
        raise
    finally:
        await hub.__aexit__(None, None, None)


async def unless_given_up(hub: Hub, work: Coroutine[Any, Any, _Result]) -> _Result:
    """Do the work, which is broken off where the hub cannot go on: without a broker it might wait for ever.

    Raises:
        ServerGivenUp: the broker or the registry ended, and did not come back.
    """
    working = asyncio.create_task(work)
    losing = asyncio.create_task(hub.supervisor.given_up())
    try:
        await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
        return await (working if working.done() else losing)
    finally:
        await ended(working, losing)
