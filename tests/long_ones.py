"""Which unit tests are long: `make unit` leaves them out, `make pure` and `make test` run them all.

`unit/long.txt` names the functions, a line each. `python -m tests.long_ones` runs every unit test in one process, as
`make unit` would search, and writes the names anew; a machine that is busy beside makes them more.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

LIST: Final = Path(__file__).parent / "unit" / "long.txt"
LONG_SECONDS: Final = 0.05
"""A function that takes so long with all its cases is long: what is left takes seconds."""


def long_ones() -> frozenset[str]:
    """The functions, each as pytest names it without its cases."""
    return frozenset(line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def function_of(node: str) -> str:
    """The function of a test, without the case."""
    return node.partition("[")[0]


class Stopwatch:
    """A plugin of pytest that adds up what each function takes."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Set-up, call and tear-down alike."""
        self.seconds[function_of(report.nodeid)] += report.duration  # type: ignore[assignment] # of seconds


def main() -> int:
    """Measure and write; the exit status of the tests."""
    watch = Stopwatch()
    status = pytest.main(
        ["tests/unit", "-q", "--timeout-method", "signal", "--hypothesis-profile", "quick"], plugins=[watch]
    )
    found = sorted(name for name, seconds in watch.seconds.items() if seconds >= LONG_SECONDS)
    LIST.write_text("# written by: python -m tests.long_ones\n" + "".join(f"{name}\n" for name in found))
    sys.stdout.write(f"{len(found)} long ones of {len(watch.seconds)}: {LIST}\n")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
