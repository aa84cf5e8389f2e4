"""The first seconds of a demonstration that is taken up again: its clock keeps real pace until its agencies are there.

How long that takes nobody knows beforehand, and a clock has to be set before the workers start. So each start notes
what it took, and the next one allows for it.
"""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.bringup import Progress
from deploy.home import Home
from hub.hub_time import HubTimes

_LONGEST_SECONDS: Final = 15.0
_ALLOWANCE: Final = 1.2
"""A start takes now longer and now shorter than the one before."""
_NOTED: Final = "connected"
"""A file with the seconds that it took, at the last start, from setting the clock until all agencies were there."""


def needed(home: Home) -> timedelta:
    """How long the clock is to keep real pace at this start: as long as the last one took, and a little."""
    try:
        took = float((home.folder / _NOTED).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        took = 0.0
    return timedelta(seconds=min(took * _ALLOWANCE, _LONGEST_SECONDS))


def connected(home: Home, seconds: float) -> None:
    """Note that all agencies were there so many seconds after the clock was set."""
    (home.folder / _NOTED).write_text(f"{seconds:.1f}", encoding="utf-8")


async def is_over(times: HubTimes, progress: Progress, stop: asyncio.Event) -> None:
    """Wait until the clock runs at its pace, or until `stop`."""
    seconds = (times.stretches[-1].real_origin - datetime.now(UTC)).total_seconds()
    if seconds > 0:
        progress("the day begins", 0, 0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
