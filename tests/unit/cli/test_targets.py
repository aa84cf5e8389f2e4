"""No command writes over what it reads, and a place that cannot be written is said before the work begins."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.linkage.columns import COLUMNS

RECORDS = ",".join(COLUMNS) + "\nr1,a,police,,,C1,,Testa,Sample,2011-02-03,,,,,,,\n"
TRUTH = "record_id,child_id\nr1,c1\n"


def said(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(application(), ["linkage", *map(str, arguments)])
    return done.exit_code, " ".join(done.stderr.split())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    records, truth = tmp_path / "r.csv", tmp_path / "t.csv"
    records.write_text(RECORDS)
    truth.write_text(TRUTH)
    return records, truth


@pytest.mark.parametrize("over", [0, 1])
def test_assignments_are_never_written_over_what_is_read(files: tuple[Path, Path], over: int) -> None:
    records, truth = files
    status, message = said("evaluate", "--records", records, "--truth", truth, "--assignments", files[over])
    assert (status, "--assignments would be written over" in message) == (1, True)
    assert (records.read_text(), truth.read_text()) == (RECORDS, TRUTH)


def test_another_name_of_the_same_file_is_the_same_file(files: tuple[Path, Path], tmp_path: Path) -> None:
    records, _ = files
    (tmp_path / "link.csv").symlink_to(records)
    os.link(records, tmp_path / "hard.csv")
    for name in ("link.csv", "hard.csv", "./r.csv"):
        status, message = said("evaluate", "--records", records, "--assignments", tmp_path / name)
        assert (status, "would be written over --records" in message) == (1, True)
    assert records.read_text() == RECORDS


def test_reports_and_truth_are_two_files(tmp_path: Path) -> None:
    status, message = said("generate", "--children", "1", "--records", tmp_path / "x", "--truth", tmp_path / "x")
    assert (status, "--records and --truth are one file" in message) == (1, True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("place, why", [("nowhere/x.csv", "there is no folder"), (".", "it is a folder")])
def test_a_place_that_cannot_be_written_is_said_with_why(files: tuple[Path, Path], place: str, why: str) -> None:
    records, _ = files
    target = records.parent / place
    status, message = said("evaluate", "--records", records, "--assignments", target)
    assert (status, "--assignments:" in message, why in message) == (1, True, True)
    status, message = said("train", "--out", target)
    assert (status, "--out:" in message, why in message) == (1, True, True)
