"""The three workers, unchanged but for a fault that a signal sets off: the next send raises."""

import signal
from typing import Any

from streams.outbound import Outbound


class RaisedOnPurpose(RuntimeError):
    """What the benchmark makes a worker raise in the middle of its work."""


def raise_on_signal() -> None:
    """After SIGUSR1 the next batch of sends raises, once, before anything of it is sent."""
    wanted: list[bool] = []
    unharmed = Outbound.all

    async def harmed(self: Outbound, messages: Any) -> Any:  # noqa: ANN401 - stands in for Outbound.all
        if wanted:
            wanted.clear()
            raise RaisedOnPurpose
        return await unharmed(self, messages)

    Outbound.all = harmed  # type: ignore[method-assign]  # the whole purpose of this module
    signal.signal(signal.SIGUSR1, lambda *_: wanted.append(True))
