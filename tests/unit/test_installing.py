"""The first thing a new user waits for: it shows how far it is, and what pip said where it fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy import installing

ROOT = Path(__file__).parents[2]


def run(lock: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", str(ROOT / "deploy" / "installing.py"), str(lock)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own


def of_our_own(name: str) -> str:
    """What our lock pins of one package that is installed already, so that nothing is fetched."""
    lines = (ROOT / "requirements-dev.lock").read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].rstrip().endswith("\\"))
    return "".join(lines[first : last + 1])


def test_what_is_pinned_is_counted(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(f"# a lock\n{of_our_own('typer')}{of_our_own('rich')}    # via typer==1\n")
    assert installing.pinned(lock) == 2


def test_it_says_how_many_of_how_many_and_ends_well(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text(of_our_own("typer"))
    done = run(lock)
    assert done.returncode == 0, done.stderr
    assert "fetched 1 of 1" in done.stderr
    assert not done.stdout


def test_what_cannot_be_had_is_named_and_ends_with_pips_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    lock = tmp_path / "lock"
    lock.write_text(f"nothing-of-this-name==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    done = run(lock)
    assert done.returncode == 1
    assert "nothing-of-this-name" in done.stderr
