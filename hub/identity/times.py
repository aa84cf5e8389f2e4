"""How many claims were reported when: what bounds the evidence that two reports were made within the same hours.

Times are quarters of a day, counted from 1970 in UTC. Of every claim those are counted that are kept of it, so that an
index built anew counts the same.
"""

from collections.abc import Iterable
from typing import Final

_EXPECTED: Final = 4.0
"""So many more claims than are counted are taken to be of the same hours: a young index knows few others (c)."""


class Times:
    """Claims by the times that they were reported at."""

    __slots__ = ("_claims", "_counts")

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._claims = 0

    def change(self, known: Iterable[int], now: Iterable[int]) -> None:
        """A claim of these times, if any, has those now."""
        before, after = frozenset(known), frozenset(now)
        self._claims += bool(after) - bool(before)
        for time in before ^ after:
            self._counts[time] = self._counts.get(time, 0) + (1 if time in after else -1)

    def share(self, times: Iterable[int]) -> float:
        """The share of the claims that were reported at one of these times or beside it; 1 at most."""
        around = {near for time in times for near in (time - 1, time, time + 1)}
        found = sum(self._counts.get(time, 0) for time in around)
        return min(1.0, (found + _EXPECTED) / (self._claims + _EXPECTED))
