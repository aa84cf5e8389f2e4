"""How well dates of birth agree: whole dates, dates with day and month swapped or one digit off, years alone.

1 January stands for an unknown day in many records, above all of unaccompanied children whose year is disputed: it is
worth what its year is worth, and never opens the gate of personal evidence. Two days some weeks apart are no brother's
or sister's, who are born most of a year apart, and no twin's: beside one name and address a month has slipped there,
or a date was put over from another calendar.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Final

_WHOLE: Final = 10
"""Characters of a whole date (YYYY-MM-DD); a year alone has four."""

_COUSINS_APART: Final = 3
"""Years within which a child of the same name, day and month is another one as likely as a slip of the year (c)."""


_WEEKS_APART: Final = 45
"""Days by which a month that slipped, or a calendar whose months begin elsewhere, moves a date of birth (c)."""


class Birth(StrEnum):
    """How well two sets of dates of birth agree, the best first."""

    SAME = "same"
    SWAPPED = "swapped"
    CLOSE = "close"
    FAR_YEAR = "far_year"
    OTHER_YEAR = "other_year"
    DAY_MONTH = "day_month"
    WEEKS = "weeks"
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
    if len(births) == len(others) == 1:
        return _level(*births, *others)
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


def _level(one: str, other: str) -> Birth:
    if one == other and len(one) == _WHOLE:
        return Birth.PLACEHOLDER if is_placeholder(one) else Birth.SAME
    if not (_is_day(one) and _is_day(other)):
        return _years(one, other, Birth.YEAR)
    if one[5:] == other[5:]:
        return _another_year(one[:4], other[:4])
    return _slipped(one, other) or _other_day(one, other)


def _other_day(one: str, other: str) -> Birth:
    """Two days that no slip of the pen explains."""
    if abs((date.fromisoformat(one) - date.fromisoformat(other)).days) <= _WEEKS_APART:
        return Birth.WEEKS
    return Birth.SAME_YEAR if one[:4] == other[:4] else Birth.DIFFERENT


def _another_year(one: str, other: str) -> Birth:
    """One day and month, two years: a slip of the pen makes any difference, cousins of one name are of near years."""
    if not _is_slip(one, other):
        return Birth.DAY_MONTH
    return Birth.FAR_YEAR if abs(int(one) - int(other)) > _COUSINS_APART else Birth.OTHER_YEAR


def _slipped(one: str, other: str) -> Birth | None:
    """Two days of one year that a slip of the pen explains."""
    if one[:4] != other[:4]:
        return None
    if one[5:7] == other[8:] and one[8:] == other[5:7]:
        return Birth.SWAPPED
    return Birth.CLOSE if _is_slip(one[5:].replace("-", ""), other[5:].replace("-", "")) else None


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
