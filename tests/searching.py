"""How long Hypothesis searches: everything in a full run, a share of it in a quick one.

`make test`, which continuous integration runs, is the full run; `make unit` is the quick one, for whoever changes
something and wants to know soon.
"""

import os
from collections.abc import Sequence
from typing import Final, TypeVar
from zlib import crc32

from hypothesis import settings

FULL: Final = 100
"""Examples of a law that asks for no number of its own."""
QUICK: Final = 30

T = TypeVar("T")

# Two busy cores would fail an example for its time alone, so no example has a deadline.
settings.register_profile("homeward", deadline=None, max_examples=FULL)
settings.register_profile("repeatable", deadline=None, max_examples=FULL, derandomize=True)
settings.register_profile("quick", deadline=None, max_examples=QUICK)


def load_profile() -> None:
    """Search repeatably where `CI` is set, so that a change is judged by what it changes; elsewhere anew each run.

    `--hypothesis-profile=quick` on the command line comes after it.
    """
    settings.load_profile("repeatable" if os.environ.get("CI") else "homeward")


def examples(full: int) -> int:
    """How many examples a law gets that asks for `full` of them."""
    return max(1, full * min(settings().max_examples, FULL) // FULL)


def share(everything: Sequence[T], of: str) -> Sequence[T]:
    """What is gone through of a list: all of it, or in a quick run a share, for one name the same each time."""
    step = max(1, FULL // settings().max_examples)
    return everything[min(crc32(of.encode()) % step, max(0, len(everything) - 1)) :: step]
