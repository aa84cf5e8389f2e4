"""Work that may stand still, such as a download, in threads that nobody has to wait for when the program is to end.

`asyncio.to_thread` and pools of threads are waited for at the end of a program: with a network that stands still that
took two minutes after Ctrl-C (measured). These threads end with the process, in the middle of whatever they do, so the
work must leave nothing half done where it would be taken for whole.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")

Progress = Callable[[str, int, int], None]


async def in_own_thread(work: Callable[[Progress], _Result], progress: Progress) -> _Result:
    """The result of `work(progress)`. Who is cancelled meanwhile goes on at once, and hears no more of its progress."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[_Result] = loop.create_future()

    def on_the_loop(deed: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401 - handed on
        def unless_over() -> None:
            if not result.done():
                deed(*arguments)

        with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            loop.call_soon_threadsafe(unless_over)

    def working() -> None:
        try:
            found = work(lambda step, done, of: on_the_loop(progress, step, done, of))
        except Exception as error:  # noqa: BLE001 - it is for who waits
            on_the_loop(result.set_exception, error)
        else:
            on_the_loop(result.set_result, found)

    _start(working)
    return await result


def each(
    work: Callable[[_Thing], _Result], things: Sequence[_Thing], *, at_once: int
) -> Iterator[tuple[_Thing, _Result]]:
    """What the work makes of each thing, as it is done. The first failure ends it; the others are not waited for."""
    wanted: SimpleQueue[_Thing] = SimpleQueue()
    made: SimpleQueue[tuple[_Thing, _Result | Exception]] = SimpleQueue()
    for thing in things:
        wanted.put(thing)

    def in_turn() -> None:
        with suppress(Empty):
            while True:
                thing = wanted.get_nowait()
                try:
                    made.put((thing, work(thing)))
                except Exception as error:  # noqa: BLE001 - it is for who waits
                    made.put((thing, error))

    for _ in range(min(at_once, len(things))):
        _start(in_turn)
    try:
        for _ in things:
            thing, found = made.get()
            if isinstance(found, Exception):
                raise found
            yield thing, found
    finally:
        with suppress(Empty):
            while True:
                wanted.get_nowait()


def _start(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
