"""Installs what a lock pins, and shows how far it is: the first thing that a new user waits for, a minute or more.

Run as a file, before anything of ours is installed: `python -P deploy/installing.py requirements-dev.lock`. So it needs
the standard library alone. pip does the work and checks every digest; here its words are counted, and while it unpacks,
the packages that are there.
"""

import re
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path
from typing import Final

_PIP: Final = (
    sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes",
    "--progress-bar", "off", "--no-color",
)  # fmt: skip
_FETCHED: Final = re.compile(r"(?:Collecting|Requirement already satisfied:) ")
_UNPACKING: Final = "Installing collected packages"
_LINE_EVERY_SECONDS: Final = 10.0
"""Where nobody looks at a terminal, a line so often."""


class Progress:
    """How many of how many, with a rate and the time left; one line that is written over, or a line now and then."""

    def __init__(self) -> None:
        self._said_at = 0.0
        self._step = ""
        self._done = 0
        self._began = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    def show(self, step: str, done: int, of: int) -> None:
        """So many are through this step by now."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._began, self._said_at, self._done = step, now, 0.0, 0
        is_time = now - self._said_at >= _LINE_EVERY_SECONDS or (done == of and self._done < of)
        if not (self._is_terminal or is_time):
            return
        self._said_at, self._done = now, done
        said = f"      {step} {done} of {of}"
        if 0 < done < of and (rate := done / max(now - self._began, 0.1)):
            said += f", {rate:.1f} a second, about {(of - done) / rate:.0f} s left"
        sys.stderr.write(f"\r{said:<70}" if self._is_terminal else f"{said}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._is_terminal:
            sys.stderr.write("\n")


def pinned(lock: Path) -> int:
    """How many packages a lock pins; some are for other machines alone."""
    return sum("==" in line and line[:1].isalnum() for line in lock.read_text("utf-8").splitlines())


def install(lock: Path) -> int:
    """Install it; returns pip's exit status, and shows pip's own words where that is not 0."""
    progress, of = Progress(), pinned(lock)
    said: list[str] = []
    unpacking: threading.Thread | None = None
    with subprocess.Popen((*_PIP, "-r", str(lock)), stdout=subprocess.PIPE, text=True) as pip:  # noqa: S603 - our own
        fetched = 0
        assert pip.stdout is not None  # noqa: S101 - it was asked for
        for line in pip.stdout:
            said.append(line)
            if _FETCHED.match(line):
                fetched += 1
                progress.show("fetched", fetched, of)
            elif line.startswith(_UNPACKING):
                wanted = line.partition(":")[2].count(",") + 1
                unpacking = threading.Thread(target=_unpacking, args=(pip, wanted, progress))
                unpacking.start()
    if unpacking is not None:
        unpacking.join()
    progress.end()
    if pip.returncode:
        sys.stderr.writelines(said[-20:])
    return pip.returncode


def _unpacking(pip: "subprocess.Popen[str]", wanted: int, progress: Progress) -> None:
    """Show how many of these are there, until pip has ended."""
    folder = Path(sysconfig.get_path("purelib"))
    before = sum(1 for _ in folder.glob("*.dist-info"))
    while pip.poll() is None:
        there = sum(1 for _ in folder.glob("*.dist-info")) - before
        progress.show("unpacked", min(max(there, 0), wanted), wanted)
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(install(Path(sys.argv[1])))
