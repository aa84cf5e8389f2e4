"""The tutorial works word for word: its commands are run here, as they stand on the page, in a shell."""

import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kafka.commands import environment, in_background, run

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "tutorial" / "first-report.md"
BACKGROUND, UNTIL_STOPPED = "run in the background", "end it after a while"


@dataclass(frozen=True)
class Step:
    """One block of commands of the page, and what the comment above it says of how it is run."""

    how: str
    commands: tuple[str, ...]


def steps() -> tuple[Step, ...]:
    blocks = re.findall(r"(?:<!-- (.*?) -->\n)?```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    return tuple(Step(how=how, commands=tuple(text.strip().splitlines())) for how, text in blocks)


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
