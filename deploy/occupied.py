"""Who holds the folder of an installation: one process at a time, and it says where the hub is that runs there."""

import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final, Self

from schemas.errors import HomewardError

LOCK: Final = "lock"
"""The file that a running hub holds."""
_LOOKED_AT_SECONDS: Final = 0.2
"""Somebody who only looks whether a hub runs holds the lock for less."""


class HomeInUse(HomewardError):
    """Another process runs the hub in this folder."""


class StoppedWhileStarting(HomewardError):
    """Somebody asked the hub to stop before it was up."""

    def __init__(self) -> None:
        super().__init__("stopped while starting; nothing was left running")


class NotRunning(HomewardError):
    """No hub runs in this folder, so a command that talks to it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A hub that runs now, as it says of itself in `running.json`."""

    pid: int
    bootstrap: str
    registry: str
    metrics: Mapping[str, str]
    """Address of the metrics page by worker."""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `Home.announce` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Occupied:
    """The folder of one installation, which one process may hold."""

    folder: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process, and clear the announcement at the end.

        Raises:
            HomeInUse: another process holds it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / LOCK).open("a") as lock:
            deadline = time.monotonic() + _LOOKED_AT_SECONDS
            while not _locked(lock):
                if time.monotonic() >= deadline:
                    message = f"a hub runs in {self.folder} already; stop it with Ctrl-C, or use another folder: --home"
                    raise HomeInUse(message)
                time.sleep(0.01)
            try:
                yield
            finally:
                self._announcement.unlink(missing_ok=True)

    def announce(self, running: Running) -> None:
        """Say where the hub is, for the other commands on this machine."""
        fresh = self._announcement.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(running), indent=2) + "\n")
        fresh.rename(self._announcement)

    def running(self) -> Running:
        """The hub that runs in this folder.

        Raises:
            NotRunning: none does.
        """
        if self._announcement.exists() and self.is_held:
            return Running.from_text(self._announcement.read_text())
        if self.is_held:
            message = f"the hub in {self.folder} is being started or stopped just now; look again in half a minute"
            raise NotRunning(message)
        message = f"no hub runs in {self.folder}; start one: homeward up, or homeward demo"
        raise NotRunning(message)

    def up_since(self) -> datetime:
        """Since when the hub of this folder, which runs, has been ready."""
        return datetime.fromtimestamp(self._announcement.stat().st_mtime, UTC)

    @property
    def _announcement(self) -> Path:
        return self.folder / "running.json"

    @property
    def is_held(self) -> bool:
        """Whether a process holds the folder: a hub that runs, starts or stops in it."""
        if not (self.folder / LOCK).exists():
            return False
        with (self.folder / LOCK).open("a") as lock:
            return not _locked(lock)


def _locked(lock: IO[str]) -> bool:
    """Lock an open file until it is closed, unless another process has it locked."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
