"""A program that sends, and dies at one line of the sending side: run as a process of its own.

    python -m tests.kafka.producers.dying <profile> <share of its lines after which it dies>

It prints `kept` and the id of every report that `send` said was durable.
"""

import asyncio
import os
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Final

from producers import Publisher, link, outbox, picking, publisher, receipts, sender
from schemas.records import ChildReturned, MissingReported

KILLED: Final = 137
LINES: Final = 2_400
"""About as many lines of the sending side as the reports below take; the last line of the program dies in any case."""
MODULES: Final = frozenset(str(module.__file__) for module in (link, outbox, picking, publisher, receipts, sender))


def die_after(lines: int) -> None:
    """End this process, as a kill would, before the line that follows so many others; in whichever thread."""
    passed = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401 - the shape sys.settrace asks for
        nonlocal passed
        if frame.f_code.co_filename not in MODULES:
            return None
        if event == "line":
            passed += 1
            if passed == lines:
                os._exit(KILLED)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)


async def live(profile: str) -> None:
    async with Publisher.open(Path(profile)) as opened:
        for number in range(12):
            record = MissingReported() if number % 3 else ChildReturned()
            sent = await opened.send(record)
            sys.stdout.write(f"kept {sent.message_id}\n")
            sys.stdout.flush()
        await opened.answered(20)
    os._exit(KILLED)


if __name__ == "__main__":
    die_after(int(float(sys.argv[2]) * LINES))
    asyncio.run(live(sys.argv[1]))
