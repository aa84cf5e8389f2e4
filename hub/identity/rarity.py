"""How rare a name is, and how much that may count: a fixed table first, what the index holds only slowly, with a cap.

That two records agree on a rare name says more than that they agree on Mohammed. The table (`common_names.toml`) gives
the share of children with a common name; a name it does not list counts as rare as an ordinary one. What was seen in
the index moves these shares only as it grows past the weight the table was given.
"""

import math
import tomllib
from functools import cache
from importlib import resources
from typing import Final

from hub.identity.facts import is_initial
from hub.identity.profile import Profile

_ORDINARY: Final = {"given": 0.0015, "family": 0.0008}
"""The share of children with a name of middling frequency (c): it neither adds nor takes."""

_TABLE_WEIGHT: Final = 1000
"""So many names must be in the index before what it holds counts as much as the table (c)."""

_NO_SLIP: Final = 3


@cache
def _table() -> dict[str, dict[str, float]]:
    text = resources.files("hub.identity").joinpath("common_names.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return {kind: {word: float(share) for word, share in tables[kind].items()} for kind in _ORDINARY}


class Rarities:
    """Shares of given and family names, learned slowly from what is put in."""

    __slots__ = ("_counts", "_totals")

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {"given": {}, "family": {}}
        self._totals = {"given": 0, "family": 0}

    def add(self, profile: Profile) -> None:
        """Count the names of one claim."""
        for kind, names in (("given", profile.given), ("family", profile.family)):
            counts = self._counts[kind]
            for name in names:
                for word in name:
                    if not is_initial(word):
                        counts[word] = counts.get(word, 0) + 1
                        self._totals[kind] += 1

    def is_common(self, word: str) -> bool:
        """True where so many claims give this name that it is no slip of the pen."""
        return self._counts["given"].get(word, 0) >= _NO_SLIP

    def bits(self, kind: str, word: str) -> float:
        """Bits that an agreement on this word adds, or takes if it is common; the weights limit both."""
        ordinary = _ORDINARY[kind]
        expected = _table()[kind].get(word, ordinary)
        seen = self._counts[kind].get(word, 0)
        share = (expected * _TABLE_WEIGHT + seen) / (_TABLE_WEIGHT + self._totals[kind])
        return math.log2(ordinary / share)
