"""Whether two children share a household: every address one ever had against every address of the other, and phones.

A household is one fact, however many fields it fills: brothers and sisters share all of it. So it is one comparison,
capped by the weights, and worth nothing against a relative.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from hub.identity.facts import Address

_SHORT_FORMS: Final = {
    "street": "st", "str": "st", "road": "rd", "avenue": "ave", "av": "ave", "close": "cl", "lane": "ln",
    "drive": "dr", "court": "ct", "crescent": "cres", "place": "pl", "terrace": "ter", "terr": "ter", "square": "sq",
    "gardens": "gdns", "grove": "gr", "park": "pk", "apartment": "flat", "apt": "flat", "unit": "flat", "fl": "flat",
    "saint": "st", "number": "", "no": "", "mount": "mt", "circuit": "cct", "parade": "pde", "walk": "wk", "rise": "ri",
    "house": "hse", "way": "wy", "green": "grn", "hill": "hl", "view": "vw", "north": "n", "south": "s", "east": "e",
    "west": "w",
}  # fmt: skip
"""Words of an address line in one form (c)."""

_SHORTENED: Final = frozenset(_SHORT_FORMS.values())

_ALIKE: Final = 85.0
_UK_POSTCODE: Final = range(5, 8)
_INWARD: Final = 3


class Household(StrEnum):
    """How well two sets of addresses agree, the best first."""

    ADDRESS = "address"
    LINE = "line"
    POSTCODE = "postcode"
    STREET = "street"
    DISTRICT = "district"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


_RANK: Final = {level: place for place, level in enumerate(Household)}


class Shared(NamedTuple):
    """How well two sets of addresses agree, and the two addresses that agree so well; none where a telephone does."""

    level: Household
    addresses: tuple[Address, ...] = ()


def household_level(
    addresses: Iterable[Address], others: Collection[Address], phones: frozenset[str], other_phones: frozenset[str]
) -> Shared:
    """The best agreement of any address on one side with any on the other; symmetric."""
    best: Shared | None = None
    for one in addresses:
        for other in others:
            level = _level(*((one, other) if one <= other else (other, one)))
            if best is None or _RANK[level] < _RANK[best.level]:
                best = Shared(level, (one, other))
                if level is Household.ADDRESS:
                    return best
    if phones & other_phones and (best is None or _RANK[best.level] > _RANK[Household.POSTCODE]):
        return Shared(Household.POSTCODE)
    return best or Shared(Household.UNKNOWN)


@lru_cache(maxsize=4_096)
def line_words(line: str) -> tuple[str, ...]:
    """The words of a folded address line in one form, numbers as they are."""
    return tuple([short for word in line.split() if (short := _SHORT_FORMS.get(word, word))])


def is_as_written(word: str) -> bool:
    """True for a word of `line_words` that stands so in every line that gives it."""
    return word not in _SHORTENED


def _level(one: Address, other: Address) -> Household:
    lines = _lines_agree(one[0], other[0])
    codes = _postcodes_agree(one[1], other[1])
    if lines == codes == _UNKNOWN:
        return Household.UNKNOWN
    if lines == _SAME_LINE:
        return Household.LINE if codes < _NEAR_CODE else Household.ADDRESS
    if lines == _NEAR_LINE:
        return Household.STREET if codes < _NEAR_CODE else Household.ADDRESS
    if codes == _SAME_CODE:
        return Household.POSTCODE
    return Household.DISTRICT if codes >= _DISTRICT_CODE else Household.DIFFERENT


_UNKNOWN: Final = -1
_OTHER: Final = 0
_NEAR_LINE, _SAME_LINE = 1, 2
_DISTRICT_CODE, _NEAR_CODE, _SAME_CODE = 1, 2, 3


def _lines_agree(one: str, other: str) -> int:
    if not one or not other:
        return _UNKNOWN
    if one == other:
        return _SAME_LINE
    return _fuzzy_lines(one, other)


def _fuzzy_lines(one: str, other: str) -> int:
    first, second = _line(one), _line(other)
    if first.joined == second.joined:
        return _SAME_LINE
    if first.numbers and second.numbers and first.numbers.isdisjoint(second.numbers):
        return _OTHER
    if {*first.words} == {*second.words}:
        return _SAME_LINE
    fewer, more = sorted((_letters(first.words), _letters(second.words)), key=len)
    if not fewer or not more:
        return _OTHER
    if len(fewer) > 1 and set(fewer) <= set(more):
        return _NEAR_LINE
    return _NEAR_LINE if ratio(" ".join(sorted(fewer)), " ".join(sorted(more)), score_cutoff=_ALIKE) else _OTHER


class _Line(NamedTuple):
    """An address line by what tells most of them apart: its words run together, and those that begin with a digit."""

    words: tuple[str, ...]
    joined: str
    numbers: frozenset[str]


@lru_cache(maxsize=64)
def _line(line: str) -> _Line:
    words = line_words(line)
    return _Line(words, "".join(words), frozenset([word for word in words if word[0].isdigit()]))


def _letters(line: tuple[str, ...]) -> list[str]:
    return [word for word in line if not word[0].isdigit()]


def _postcodes_agree(one: str, other: str) -> int:
    if not one or not other:
        return _UNKNOWN
    if one == other:
        return _SAME_CODE
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return _NEAR_CODE
    if len(one) in _UK_POSTCODE and len(other) in _UK_POSTCODE and one[:-_INWARD] == other[:-_INWARD]:
        return _DISTRICT_CODE
    return _OTHER
