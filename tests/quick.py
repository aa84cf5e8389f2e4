"""The short unit tests, as `make unit` runs them: the files dealt out to as many runs of pytest as there are cores.

A run for each core reads its own files alone, and reports to nobody while it works: beside tests of a few milliseconds,
reading every file in every process and telling of each test took most of the time.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_UNIT: Final = Path(__file__).parent / "unit"
_MOST_RUNS: Final = 8
_NOTHING_CHOSEN: Final = 5
"""What pytest ends with where no test of these files was asked for."""
_OPTIONS: Final = ("-q", "-m", "not long", "--timeout-method", "signal", "--hypothesis-profile", "quick")


def dealt(files: Iterable[Path], runs: int) -> list[list[Path]]:
    """The files in so many heaps of about one length, the longest dealt first."""
    heaps: list[list[Path]] = [[] for _ in range(runs)]
    lengths = [0] * runs
    for length, file in sorted(((file.stat().st_size, file) for file in files), reverse=True):
        least = lengths.index(min(lengths))
        heaps[least].append(file)
        lengths[least] += length
    return [sorted(heap) for heap in heaps if heap]


def main() -> int:
    """Run them all, show what each said, the one that failed last; 0 if none failed and any test was run."""
    heaps = dealt(_UNIT.rglob("test_*.py"), min(os.cpu_count() or 1, _MOST_RUNS))
    command = (sys.executable, "-P", "-m", "pytest", *_OPTIONS, *sys.argv[1:])
    running = [
        subprocess.Popen(  # noqa: S603 - our own
            (*command, *map(str, heap)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for heap in heaps
    ]
    try:
        said = [(process.communicate()[0], process.returncode) for process in running]
    except KeyboardInterrupt:
        for process in running:
            process.wait()
        return 130
    for words, _ in sorted(said, key=lambda each: each[1] not in {0, _NOTHING_CHOSEN}):
        sys.stdout.write(words.decode(errors="replace"))
    statuses = {status for _, status in said}
    failed = statuses - {0, _NOTHING_CHOSEN}
    return max(failed) if failed else min(statuses)


if __name__ == "__main__":
    sys.exit(main())
