"""How well dates of birth agree: whole dates, dates with day and month swapped or one digit off, years alone.

1 January stands for an unknown day in many records, above all of unaccompanied children whose year is disputed: it is
worth what its year is worth, and never opens the gate of personal evidence.
"""

from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache
from typing import Final

_WHOLE: Final = 10
"""Characters of a whole date (YYYY-MM-DD); a year alone has four."""

_COUSINS_APART: Final = 3
"""Years within which a child of the same name, day and month is another one as likely as a slip of the year (c)."""


class Birth(StrEnum):
    """How well two sets of dates of birth agree, the best first."""

    SAME = "same"
    SWAPPED = "swapped"
    CLOSE = "close"
    FAR_YEAR = "far_year"
    OTHER_YEAR = "other_year"
    DAY_MONTH = "day_month"
    YEAR_MONTH = "year_month"
    PLACEHOLDER = "placeholder"
    YEAR = "year"
    UNKNOWN = "unknown"
    SAME_YEAR = "same_year"
    NEAR_YEAR = "near_year"
    DIFFERENT = "different"


_RANK: Final = {level: place for place, level in enumerate(Birth)}


def is_placeholder(born: str) -> bool:
    """1 January: the day that stands for an unknown one."""
    return born.endswith("-01-01")


def _is_day(born: str) -> bool:
    return len(born) == _WHOLE and not is_placeholder(born)


def is_undated(births: Collection[str]) -> bool:
    """Whether no day of birth is known: a year alone, 1 January, or nothing."""
    return not any(_is_day(born) for born in births)


def birth_level(births: Collection[str], others: Collection[str]) -> Birth:
    """The best agreement of any date (YYYY-MM-DD) or year (YYYY) on one side with any on the other; symmetric.

    Where both sides know a day, what stands for an unknown one beside it says nothing more.
    """
    known, other_known = [*filter(_is_day, births)], [*filter(_is_day, others)]
    if known and other_known:
        births, others = known, other_known
    best: Birth | None = None
    for one in births:
        for other in others:
            level = _level(one, other)
            if best is None or _RANK[level] < _RANK[best]:
                best = level
    return best or Birth.UNKNOWN


@lru_cache(maxsize=4_096)
def _level(one: str, other: str) -> Birth:
    if len(one) != _WHOLE or len(other) != _WHOLE:
        return _years(one, other, Birth.YEAR)
    if one == other:
        return Birth.PLACEHOLDER if is_placeholder(one) else Birth.SAME
    if is_placeholder(one) or is_placeholder(other):
        return _years(one, other, Birth.YEAR)
    if one[5:] == other[5:]:
        return _another_year(one[:4], other[:4])
    if one[:4] == other[:4]:
        return _same_year(one[5:], other[5:])
    return Birth.DIFFERENT


def _another_year(one: str, other: str) -> Birth:
    """One day and month, two years: a slip of the pen makes any difference, cousins of one name are of near years."""
    if not _is_slip(one, other):
        return Birth.DAY_MONTH
    return Birth.FAR_YEAR if abs(int(one) - int(other)) > _COUSINS_APART else Birth.OTHER_YEAR


def _same_year(one: str, other: str) -> Birth:
    """Two days of one year, as MM-DD."""
    if one[:2] == other[3:] and one[3:] == other[:2]:
        return Birth.SWAPPED
    if _is_slip(one.replace("-", ""), other.replace("-", "")):
        return Birth.CLOSE
    return Birth.YEAR_MONTH if one[:2] == other[:2] else Birth.SAME_YEAR


def _years(one: str, other: str, same: Birth) -> Birth:
    if one[:4] == other[:4]:
        return same
    return Birth.NEAR_YEAR if abs(int(one[:4]) - int(other[:4])) == 1 else Birth.DIFFERENT


def _is_slip(one: str, other: str) -> bool:
    """One digit differs, or two neighbours are exchanged."""
    differing = [place for place, digit in enumerate(one) if digit != other[place]]
    if len(differing) == 1:
        return True
    if len(differing) != 2 or differing[1] - differing[0] != 1:  # noqa: PLR2004 - two places side by side
        return False
    left, right = differing
    return one[left] == other[right] and one[right] == other[left]
