"""The first thing a new user waits for: it shows how far it is, and what pip said where it fails."""

import subprocess
import sys
import venv
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


def environment(folder: Path, python: str) -> "subprocess.CompletedProcess[str]":
    """What `make env` does before it installs anything."""
    command = ["make", "-s", "-C", str(ROOT), "environment", f"VENV={folder}", f"PYTHON={python}"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def test_an_environment_that_was_broken_off_before_pip_was_whole_is_made_anew(tmp_path: Path) -> None:
    """As Ctrl-C in the first seconds leaves it: with files of pip, and not yet what pip knows of itself."""
    venv.create(tmp_path)
    (packages,) = tmp_path.glob("lib/python*/site-packages")
    (packages / "pip").mkdir()
    (packages / "pip" / "__init__.py").write_text("")
    (packages / "pip-1.0.dist-info").mkdir()
    (packages / "pip-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: pip\nVersion: 1.0\n")
    done = environment(tmp_path, sys.executable)
    assert done.returncode == 0, done.stderr
    asked = [str(tmp_path / "bin" / "python"), "-m", "pip", "--version"]
    assert subprocess.run(asked, capture_output=True, check=False, timeout=60).returncode == 0  # noqa: S603


def test_an_environment_that_is_whole_is_left_alone() -> None:
    done = environment(Path(sys.prefix), "false")
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_had_is_named_and_ends_with_pips_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    lock = tmp_path / "lock"
    lock.write_text(f"nothing-of-this-name==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    done = run(lock)
    assert done.returncode == 1
    assert "nothing-of-this-name" in done.stderr
