"""East Asian names: given names of two syllables, and family names that stand first."""

import re
from typing import Final

from rapidfuzz.distance import OSA

from hub.identity.facts import Words, is_initial

_SYLLABLE: Final = re.compile(
    r"(?:zh|ch|sh|ng|ts|ph|th|tr|kh|nh|[bpmfdtnlgkhjqxzcsryw])?"
    r"(?:[iu]?(?:ao|ang|eng|ong|ung|ai|ei|oi|ui|an|en|in|un|on|am|im|um|em|au|ou|iu|eu|at|it|ut|ot|ak|ik|uk|ok|ap|ip|uc|oc|ac|a|e|o)"
    r"|ing|inh|ich|anh|i|u|ia|uy|sz)"
)
_SYLLABLES: Final = 2
_MOST_SLIPS: Final = 2
"""Names in syllables of Chinese and Vietnamese, as they are written in Latin letters (c)."""

_FAMILY_NAMES: Final = frozenset(
    {
        "nguyen", "tran", "pham", "huynh", "dang", "bui", "ngo", "truong", "wang", "zhang", "liu", "chen", "yang",
        "huang", "zhao", "zhou", "xu", "zhu", "gao", "luo", "zheng", "liang", "tang", "xie", "chan", "wong", "cheung",
        "lau", "leung", "tse", "tsang", "yip", "yeung", "kwok", "kwan", "fung", "chow",
    }
)  # fmt: skip
"""Family names of Vietnam and China that are hardly given names as well (c)."""


def in_order(given: tuple[Words, ...], family: tuple[Words, ...]) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """Given and family name of one record; exchanged where the given name is a family name and the family name none:
    Tang, Sze is Sze of the Tangs, and so is not her sister Tang, Swu.
    """
    if len(given) != 1 or len(family) != 1 or len(given[0]) != 1:
        return given, family
    is_swapped = given[0][0] in _FAMILY_NAMES and _FAMILY_NAMES.isdisjoint(family[0])
    return (family, given) if is_swapped else (given, family)


def is_slip_in_a_syllable(one: Words, other: Words) -> bool:
    """Two names of as many syllables that differ in one of them by a slip that leaves none: Zi Hao and Zee Hao, and not
    Zi Hao and Zi Han, who are two.
    """
    if len(one) != len(other) or len(one) < _SYLLABLES:
        return False
    differing = [(first, second) for first, second in zip(one, other, strict=True) if first != second]
    if len(differing) != 1:
        return False
    first, second = differing[0]
    if is_initial(first) or is_initial(second):
        return False
    if (_SYLLABLE.fullmatch(first) is None) == (_SYLLABLE.fullmatch(second) is None):
        return False
    return OSA.distance(first, second, score_cutoff=_MOST_SLIPS) <= (1 if len(first) == len(second) else _MOST_SLIPS)


def is_called_by_last(short: Words, long: Words) -> bool:
    """Yat for Long Yat or LongYat: the last syllable of an East Asian name of two is what a child is called by."""
    if len(short) != 1 or not long[-1].endswith(short[0]):
        return False
    if len(long) == 1:
        long = (long[0].removesuffix(short[0]), short[0])
    if len(long) != _SYLLABLES or long[1] != short[0]:
        return False
    return _SYLLABLE.fullmatch(short[0]) is not None and _SYLLABLE.fullmatch(long[0]) is not None
