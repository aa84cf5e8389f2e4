"""Which unit tests are long: `make unit` leaves them out, `make pure` and `make test` run them all.

`unit/long.txt` names the functions, a line each. `python -m tests.long_ones` writes them anew: it runs the unit tests
in one process, as `make unit` would search, and again without the long ones that it found, until it finds none. A test
may be short only because one before it worked out what both need.
"""

import sys
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

LIST: Final = Path(__file__).parent / "unit" / "long.txt"
LONG_SECONDS: Final = 0.02
"""A function whose case takes so much of a processor, in the mean, is long: what is left takes seconds."""


def long_ones() -> frozenset[str]:
    """The functions, each as pytest names it without its cases."""
    return frozenset(line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))


def function_of(node: str) -> str:
    """The function of a test, without the case."""
    return node.partition("[")[0]


class Stopwatch:
    """A plugin of pytest that adds up the processor time of each function, which a busy machine makes little longer."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Set-up, call and tear-down alike."""
        began = time.process_time()
        try:
            return (yield)
        finally:
            self.seconds[function_of(item.nodeid)] += time.process_time() - began  # type: ignore[assignment] # of seconds
            self.cases[function_of(item.nodeid)] += 1

    def longer_than(self, seconds: float) -> frozenset[str]:
        """The functions of which a case took so long in the mean."""
        return frozenset(name for name, cases in self.cases.items() if self.seconds[name] >= seconds * cases)


def write(names: frozenset[str]) -> None:
    """The list, in order of the alphabet."""
    lines = "".join(f"{name}\n" for name in sorted(names))
    LIST.write_text(f"# written by: python -m tests.long_ones\n{lines}", encoding="utf-8")


def main() -> int:
    """Measure and write; the exit status of the tests."""
    found: frozenset[str] = frozenset()
    long_from = LONG_SECONDS
    while True:
        write(found)
        watch = Stopwatch()
        quick = ["-m", "not long", "--timeout-method", "signal", "--hypothesis-profile", "quick"]
        status = pytest.main(["tests/unit", "-q", *quick], plugins=[watch])
        more = watch.longer_than(long_from)
        if status or not more:
            return int(status)
        found |= more
        long_from = 2 * LONG_SECONDS  # what a first run found short by so little is not looked for in the next ones
        sys.stdout.write(f"{len(found)} long ones: {LIST}\n")


if __name__ == "__main__":
    sys.exit(main())
