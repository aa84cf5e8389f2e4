"""The tutorial works word for word: its commands are run here, as they stand on the page, in a shell."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "tutorial" / "first-report.md"
BACKGROUND, UNTIL_STOPPED = "run in the background", "end it after a while"
UP_SECONDS, COMMAND_SECONDS = 150, 90


@dataclass(frozen=True)
class Step:
    """One block of commands of the page, and what the comment above it says of how it is run."""

    how: str
    commands: tuple[str, ...]


def steps() -> tuple[Step, ...]:
    blocks = re.findall(r"(?:<!-- (.*?) -->\n)?```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return tuple(Step(how=how, commands=tuple(text.strip().splitlines())) for how, text in blocks)


def environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOMEWARD_HOME": str(home)}


@contextmanager
def in_background(command: str, home: Path, *, ends_with: int = 0) -> Iterator[subprocess.Popen[str]]:
    with (home / "up.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - a command of our own page
            command.split(), env=environment(home), stdout=log, stderr=log, text=True
        )
    try:
        deadline = time.monotonic() + UP_SECONDS
        while "the hub runs" not in (said := (home / "up.log").read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == ends_with, (home / "up.log").read_text()


def run(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a command of our own page
        ["/bin/sh", "-c", command],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


def watched(command: str, home: Path, until: str) -> str:
    """What a command that goes on shows up to this line; then it is ended with Ctrl-C."""
    said = []
    with subprocess.Popen(  # noqa: S603 - a command of our own page
        command.split(), env=environment(home), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if until in line:
                break
        process.send_signal(signal.SIGINT)
        said += process.stdout.readlines()
    assert process.returncode == 0
    return "".join(said)


@pytest.mark.timeout(600)
def test_the_tutorial_works_word_for_word(tmp_path: Path) -> None:
    first, up, *rest = steps()
    assert first.commands[0] == "make env"  # made already: this test runs in it
    assert up.how == BACKGROUND
    shown: dict[str, str] = {}
    with in_background(up.commands[0], tmp_path):
        for step in rest:
            for command in step.commands:
                if step.how == UNTIL_STOPPED:
                    shown[command] = watched(command, tmp_path, "asked of you")
                else:
                    done = run(command, tmp_path)
                    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
                    shown[command] = done.stdout
    said = {" ".join(command.split()[1:3]): text for command, text in shown.items()}
    assert re.search(r"outcome +accepted$", said["report missing"], re.MULTILINE), said["report missing"]
    assert "A notice needs you" in said["inbox list"]
    assert "Ada" not in said["inbox list"]
    assert "Ada" in said["inbox watch"]
    assert "Ada Example" in said["register show"]
