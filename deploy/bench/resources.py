"""Memory and processor time of the hub's processes while the load runs, read from /proc once a second."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

_PAGE_MIB: Final = os.sysconf("SC_PAGE_SIZE") / 2**20
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Resources:
    """Watches processes by name; a name may point to another process after a restart."""

    def __init__(self, pids: Callable[[], Mapping[str, int]]) -> None:
        self._pids = pids
        self.peak_rss_mib: dict[str, float] = {}

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time used so far, by process."""
        used = {}
        for name, pid in self._pids().items():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                used[name] = (int(fields[11]) + int(fields[12])) / _TICKS
        return used

    async def watch(self) -> None:
        """Note the highest resident size of each, until cancelled."""
        while True:
            self._look()
            await asyncio.sleep(1)

    def _look(self) -> None:
        for name, pid in self._pids().items():
            with contextlib.suppress(OSError):
                resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MIB
                self.peak_rss_mib[name] = max(self.peak_rss_mib.get(name, 0.0), resident)
