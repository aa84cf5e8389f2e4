"""How alike two folded words of a name are: the same, another form of the same name, a slip of the pen, or two names.

Other forms come from the table of spellings (`spellings.toml`) and from the table of short forms; both say which words
are attested names. Two attested names one letter apart (Jayden and Hayden) are two names, not a slip: twins are often
called so.
"""

import tomllib
from collections import defaultdict
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from nicknames import NickNamer
from rapidfuzz.distance import OSA, JaroWinkler

from hub.identity.facts import is_initial
from hub.identity.folding import folded, romanised, skeleton

_SHORTEST_FOR_SLIP: Final = 4
_LONG: Final = 8
_SHORTEST_PREFIX: Final = 4
_CLOSE: Final = 0.93
_NOTHING: Final[frozenset[str]] = frozenset()


class Likeness(IntEnum):
    """How alike two words are, the closest last."""

    DIFFERENT = 0
    INITIAL = 1
    NEAR = 2
    NICKNAME = 3
    CLOSE = 4
    VARIANT = 5
    SAME = 6


@cache
def _spellings() -> dict[str, frozenset[str]]:
    """The classes that a spelling stands in."""
    text = resources.files("hub.identity").joinpath("spellings.toml").read_text(encoding="utf-8")
    classes: dict[str, set[str]] = defaultdict(set)
    for row in tomllib.loads(text)["spellings"]["rows"]:
        for word in row["spellings"].split():
            classes[folded(word)].add(row["name"])
    return {word: frozenset(names) for word, names in classes.items()}


@cache
def _attested() -> frozenset[str]:
    text = resources.files("hub.identity").joinpath("attested_names.txt").read_text(encoding="utf-8")
    listed = {folded(word) for line in text.splitlines() if not line.startswith("#") for word in line.split()}
    return frozenset(listed | set(_short_forms()) | set(_spellings()))


@cache
def _short_forms() -> dict[str, frozenset[str]]:
    """Every name of the table of short forms with the names it is another form of, both ways."""
    table: dict[str, set[str]] = defaultdict(set)
    for name, short in NickNamer().nickname_lookup.items():
        for each in short:
            one, other = folded(name), folded(each)
            table[one].add(other)
            table[other].add(one)
    return {name: frozenset(forms) for name, forms in table.items()}


def is_attested(word: str) -> bool:
    """True where a table lists the word as a name."""
    return word in _attested()


@lru_cache(maxsize=65_536)
def likeness(one: str, other: str) -> Likeness:
    """How alike two folded words are; symmetric."""
    if one == other:
        return Likeness.INITIAL if is_initial(one) else Likeness.SAME
    if is_initial(one) or is_initial(other):
        return Likeness.INITIAL if one[0] == other[0] else Likeness.DIFFERENT
    first, second = _spellings().get(one, _NOTHING), _spellings().get(other, _NOTHING)
    if first & second:
        return Likeness.VARIANT
    if other in _short_forms().get(one, _NOTHING):
        return Likeness.NICKNAME
    if (first and second) or (is_attested(one) and is_attested(other)):
        return Likeness.NEAR if _is_slip(one, other) else Likeness.DIFFERENT
    return _sounds_alike(one, other)


def _sounds_alike(one: str, other: str) -> Likeness:
    """Two words of which at least one is in no table."""
    same_sound = romanised(one) == romanised(other)
    if same_sound and min(len(one), len(other)) >= _SHORTEST_FOR_SLIP:
        return Likeness.VARIANT
    shorter, longer = sorted((one, other), key=len)
    if _is_slip(one, other) or (len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter)):
        return Likeness.CLOSE
    return Likeness.NEAR if same_sound or skeleton(one) == skeleton(other) else Likeness.DIFFERENT


def _is_slip(one: str, other: str) -> bool:
    shorter, longer = min(len(one), len(other)), max(len(one), len(other))
    if shorter < _SHORTEST_FOR_SLIP:
        return shorter == longer - 1 == _SHORTEST_FOR_SLIP - 1 and OSA.distance(one, other) == 1
    if OSA.distance(one, other, score_cutoff=2) <= (2 if longer >= _LONG else 1):
        return True
    return JaroWinkler.similarity(one, other, score_cutoff=_CLOSE) >= _CLOSE
