"""Which offsets made this worker fail, counted in a local file so that the count outlives the process.

A batch that failed is tried again record by record; the record that fails a third time is parked by the shell and the
work goes on behind it. The file holds topics, partitions, offsets and counts, nothing of the records.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from faust.types import TP

PARKED_AT: Final = 3


class CrashLedger:
    """Counts of failures by topic, partition and offset."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._counts: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def count(self, tp: TP, offset: int) -> int:
        """How often a batch with this record failed."""
        return self._counts.get(_name(tp, offset), 0)

    def must_be_parked(self, tp: TP, offset: int) -> bool:
        """True once this record failed so often that trying again would only stop the others."""
        return self.count(tp, offset) >= PARKED_AT

    def add(self, places: Iterable[tuple[TP, int]]) -> None:
        """Count one more failure of each, on the disk before this returns."""
        for tp, offset in places:
            self._counts[_name(tp, offset)] = self.count(tp, offset) + 1
        self._write()

    def clear(self, tp: TP, offset: int) -> None:
        """Forget a record that was handled or parked."""
        if self._counts.pop(_name(tp, offset), None) is not None:
            self._write()

    def _write(self) -> None:
        draft = self._file.with_suffix(".new")
        with draft.open("w") as out:
            json.dump(self._counts, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self._file)


def _name(tp: TP, offset: int) -> str:
    return f"{tp.topic}/{tp.partition}/{offset}"
