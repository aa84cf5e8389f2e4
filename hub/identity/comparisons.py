"""Two profiles compared, field by field: a level for each comparison. Symmetric; unknown is never agreement.

A level is a word of a closed list; what it is worth stands in the weights, not here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from hub.identity.births import Birth, birth_level, is_undated
from hub.identity.facts import Address, ClaimFacts, Reference
from hub.identity.households import Household, Shared, household_level
from hub.identity.names import Family, Given, name_levels
from hub.identity.profile import HOME, Profile, profile_of

_SHORTEST_IDENTIFIER: Final = 6
_ANOTHER_BIRTH: Final = frozenset({Birth.DIFFERENT, Birth.OTHER_YEAR, Birth.FAR_YEAR, Birth.DAY_MONTH})
_NOT_ONE_BIRTH: Final = _ANOTHER_BIRTH | {Birth.SAME_YEAR, Birth.NEAR_YEAR}
_HOMES: Final = frozenset({HOME})
_TOGETHER: Final = 1
_NEAR: Final = 12
"""Quarters of a day between two reports of one absence, and where one comes late (c)."""
_ONE_NAME: Final = frozenset({Given.SAME, Given.VARIANT, Given.SWAPPED})


class Sex(StrEnum):
    """Whether the sexes said agree; records err. A name says the sex already: beside one and the same given name,
    another sex is an error of the record more often than another child.
    """

    SAME = "same"
    NAMED_ALIKE = "named_alike"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


class Official(StrEnum):
    """Whether official identifiers of one kind agree."""

    SAME = "same"
    CLOSE = "close"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


class Quoted(StrEnum):
    """Whether one side quotes the other's reference, or both quote the same one of a third agency."""

    QUOTED = "quoted"
    SHARED = "shared"
    CLOSE = "close"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


class Sender(StrEnum):
    """Whether one agency has two references for them: then it means two children, as a rule."""

    SAME = "same"
    DIFFERENT = "different"


class Reported(StrEnum):
    """Whether they were reported at the same time: several agencies report one absence within hours.

    Brothers, sisters and twins often go missing together: it says nothing against them.
    """

    TOGETHER = "together"
    NEAR = "near"
    UNKNOWN = "unknown"
    APART = "apart"


class Levels(NamedTuple):
    """The level of every comparison."""

    given: Given
    family: Family
    birth: Birth
    sex: Sex
    identifier: Official
    reference: Quoted
    household: Household
    sender: Sender
    reported: Reported


class Compared(NamedTuple):
    """The levels, and the words of the names that agree exactly ("" where none does), for how rare they are.

    `slip` is the pair of given names that a slip of the pen is taken to lie between, if any; `addresses` the two
    addresses that agree best, `times` the two times that are nearest. `at_home` says that both sides know of homes and
    of no placement, `are_dated` that both know a day of birth.
    """

    levels: Levels
    given_word: str
    family_word: str
    slip: tuple[str, str]
    addresses: tuple[Address, ...] = ()
    times: tuple[int, ...] = ()
    at_home: bool = False
    are_dated: bool = False


_ONE_NUMBER: Final = frozenset({Official.SAME, Official.CLOSE})

COMPARISONS: Final = Levels._fields
"""The comparisons, in the order of their levels."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "given": tuple(Given), "family": tuple(Family), "birth": tuple(Birth), "sex": tuple(Sex),
    "identifier": tuple(Official), "reference": tuple(Quoted), "household": tuple(Household), "sender": tuple(Sender),
    "reported": tuple(Reported),
}  # fmt: skip
"""The closed list of levels of every comparison."""


def compared(one: ClaimFacts, other: ClaimFacts) -> Compared:
    """The levels of two claims."""
    return compare(profile_of(one), profile_of(other))


def compare(one: Profile, other: Profile, *, may_be_swapped: bool = True) -> Compared:
    """The levels of two profiles; given and family name in each other's fields only if that may be."""
    shared = _household(one, other)
    reported, times = _reported(one.reported, other.reported)
    names = name_levels(one.given, one.family, other.given, other.family, may_be_swapped=may_be_swapped)
    return Compared(
        Levels(
            given=names.given,
            family=names.family,
            birth=birth_level(one.births, other.births),
            sex=_sexes(one.sexes, other.sexes, names.given),
            identifier=_identifiers(one.identifiers, other.identifiers),
            reference=_references(one, other),
            household=shared.level,
            sender=Sender.DIFFERENT if one.filed_by.isdisjoint(other.filed_by) else Sender.SAME,
            reported=reported,
        ),
        names.given_word,
        names.family_word,
        names.slip,
        shared.addresses,
        times,
        one.stays == other.stays == _HOMES,
        not (is_undated(one.births) or is_undated(other.births)),
    )


def are_namesakes(one: Profile, other: Profile) -> bool:
    """One given name, and dates of birth that no slip explains, or a slip of the year alone."""
    return not {*one.given}.isdisjoint(other.given) and birth_level(one.births, other.births) in _ANOTHER_BIRTH


def numbers_of_two(one: Profile, other: Profile) -> Official:
    """How the official numbers of two records of one address agree that are of brothers and sisters; unknown where the
    family name is another one, as in a children's home, and where one number, or one a slip away, stands beside one
    birthday, or beside none: that may be one child whose records wait to be joined.
    """
    if {*one.family}.isdisjoint(other.family):
        return Official.UNKNOWN
    numbers = _identifiers(one.identifiers, other.identifiers)
    if numbers in _ONE_NUMBER and birth_level(one.births, other.births) not in _NOT_ONE_BIRTH:
        return Official.UNKNOWN
    return numbers


def _household(one: Profile, other: Profile) -> Shared:
    """A home on one side and a placement on the other are of one child in care as well as of two children."""
    shared = household_level(one.addresses, other.addresses, one.phones, other.phones)
    if shared.level is Household.DIFFERENT and not one.stays & other.stays:
        return Shared(Household.UNKNOWN)
    return shared


def _sexes(one: frozenset[str], other: frozenset[str], given: Given) -> Sex:
    if not one or not other:
        return Sex.UNKNOWN
    if one & other:
        return Sex.SAME
    return Sex.NAMED_ALIKE if given in _ONE_NAME else Sex.DIFFERENT


def _reported(times: tuple[int, ...], others: tuple[int, ...]) -> tuple[Reported, tuple[int, ...]]:
    """How near the nearest two are, and those two."""
    if not times or not others:
        return Reported.UNKNOWN, ()
    if len(times) == len(others) == 1:
        first, last = sorted((*times, *others))
        apart = last - first
    else:
        apart, first, last = min((abs(one - other), *sorted((one, other))) for one in times for other in others)
    level = Reported.TOGETHER if apart <= _TOGETHER else Reported.NEAR if apart <= _NEAR else Reported.APART
    return level, (first, last)


def are_filed_at_once(one: ClaimFacts, other: ClaimFacts) -> bool:
    """Whether one agency reported two claims within the same hours, each under a reference of its own."""
    if one.agency != other.agency or not (one.is_filed and other.is_filed):
        return False
    return _reported(tuple(one.reported), tuple(other.reported))[0] is Reported.TOGETHER


def _identifiers(one: frozenset[str], other: frozenset[str]) -> Official:
    if not one or not other:
        return Official.UNKNOWN
    if not one.isdisjoint(other):
        return Official.SAME
    best = Official.UNKNOWN
    for first in one:
        for second in other:
            kind, _, value = first.rpartition(":")
            other_kind, _, other_value = second.rpartition(":")
            if kind != other_kind:
                continue
            if _one_edit(_unchecked(kind, value), _unchecked(kind, other_value)):
                return Official.CLOSE
            best = Official.DIFFERENT
    return best


def _references(one: Profile, other: Profile) -> Quoted:
    is_own = not one.own.isdisjoint(other.own)
    if not (one.quoted or other.quoted or is_own):
        return Quoted.UNKNOWN
    if is_own or _quotes(one.quoted, other.own) or _quotes(other.quoted, one.own):
        return Quoted.QUOTED
    if one.quoted & other.quoted:
        return Quoted.SHARED
    best = Quoted.UNKNOWN
    for agency, value in one.quoted:
        for other_agency, other_value in other.quoted:
            if agency and agency == other_agency:
                if _one_edit(value, other_value):
                    return Quoted.CLOSE
                best = Quoted.DIFFERENT
    return best


def _quotes(quoted: frozenset[Reference], own: frozenset[Reference]) -> bool:
    return any(value == reference and agency in {"", owner} for agency, value in quoted for owner, reference in own)


def _unchecked(kind: str, value: str) -> str:
    """The value without its check digit, which a slip in the others changes too."""
    return value[:-1] if kind == "nhs" else value[1:] if kind == "upn" else value


def _one_edit(one: str, other: str) -> bool:
    """One slip between two long enough values: a digit, or two neighbours exchanged."""
    if min(len(one), len(other)) < _SHORTEST_IDENTIFIER:
        return False
    return OSA.distance(one, other, score_cutoff=1) <= 1
