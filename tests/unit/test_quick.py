"""`make unit` runs every file of the unit tests, each once, on all cores about as long."""

from pathlib import Path

import pytest

from tests.quick import dealt

UNIT = Path(__file__).parent


@pytest.mark.parametrize("runs", [1, 2, 3, 8])
def test_every_file_is_dealt_once_and_the_heaps_are_about_as_long(runs: int) -> None:
    files = sorted(UNIT.rglob("test_*.py"))
    heaps = dealt(files, runs)
    assert sorted(file for heap in heaps for file in heap) == files
    lengths = [sum(file.stat().st_size for file in heap) for heap in heaps]
    assert max(lengths) - min(lengths) <= max(file.stat().st_size for file in files)


def test_more_runs_than_files_are_as_many_as_the_files() -> None:
    files = sorted(UNIT.glob("test_q*.py"))
    assert len(dealt(files, 8)) == len(files)
