"""Many connections opened at once and closed at once: one by one, closing forty publishers took half a minute."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

_Key = TypeVar("_Key")
_Opened = TypeVar("_Opened")


@asynccontextmanager
async def together(
    contexts: Mapping[_Key, AbstractAsyncContextManager[_Opened]],
) -> AsyncIterator[dict[_Key, _Opened]]:
    """What these contexts give, by the same keys; each is entered and left in a task of its own.

    Raises:
        ExceptionGroup: what one of them failed with while opening or closing; the others are left.
    """
    opened: dict[_Key, asyncio.Future[_Opened]] = {key: asyncio.get_running_loop().create_future() for key in contexts}
    leave = asyncio.Event()

    async def stay(key: _Key, context: AbstractAsyncContextManager[_Opened]) -> None:
        async with context as value:
            opened[key].set_result(value)
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        for key, context in contexts.items():
            tasks.create_task(stay(key, context), name=f"open {key}")
        try:
            yield {key: await future for key, future in opened.items()}
        finally:
            leave.set()
