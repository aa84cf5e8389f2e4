"""The facts of one or several claims as they are compared: plain tuples, made once and read very often."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from hub.identity.facts import Address, ClaimFacts, Reference, Words
from hub.identity.syllables import in_order
from hub.identity.words import is_attested

HOME: Final = "home"
PLACEMENT: Final = "placement"
_KINDS: Final = {
    (False, False): frozenset[str](),
    (True, False): frozenset({HOME}),
    (False, True): frozenset({PLACEMENT}),
    (True, True): frozenset({HOME, PLACEMENT}),
}


class Profile(NamedTuple):
    """What is compared. Every field may be empty; births are YYYY-MM-DD or YYYY.

    `stays` says whether the addresses are of homes (`HOME`), of placements (`PLACEMENT`) or of both. `filed_by` are the
    agencies that have a reference of their own for the child; `reported` the times of their latest reports, in
    quarters of a day.
    """

    given: tuple[Words, ...]
    family: tuple[Words, ...]
    births: tuple[str, ...]
    sexes: frozenset[str]
    identifiers: frozenset[str]
    own: frozenset[Reference]
    quoted: frozenset[Reference]
    addresses: tuple[Address, ...]
    stays: frozenset[str]
    phones: frozenset[str]
    filed_by: frozenset[str]
    reported: tuple[int, ...]


def profile_of(facts: ClaimFacts) -> Profile:
    """The profile of one claim; other names stand beside the given ones."""
    given, family = in_order(tuple(sorted(facts.given | facts.other)), tuple(sorted(facts.family)))
    return Profile(
        given=given,
        family=family,
        births=(
            *sorted(day.isoformat() for day in facts.births),
            *(f"{year:04d}" for year in sorted(facts.birth_years)),
        ),
        sexes=facts.sexes,
        identifiers=facts.identifiers,
        own=facts.own_references,
        quoted=facts.quoted_references,
        addresses=tuple(sorted(facts.homes | facts.placements)),
        stays=kinds_of_stay(facts.homes, facts.placements),
        phones=facts.phones,
        filed_by=frozenset({str(facts.agency)}) if facts.is_filed else frozenset(),
        reported=tuple(sorted(facts.reported)),
    )


def kinds_of_stay(homes: Collection[Address], placements: Collection[Address]) -> frozenset[str]:
    """Which kinds of address are known."""
    return _KINDS[bool(homes), bool(placements)]


def union(profiles: Iterable[Profile]) -> Profile:
    """What several claims say together."""
    every = list(profiles)
    if len(every) == 1:
        return every[0]
    given, family = _names_of(every)
    return Profile(
        given=given,
        family=family,
        births=tuple(sorted({born for each in every for born in each.births})),
        sexes=frozenset().union(*(each.sexes for each in every)),
        identifiers=frozenset().union(*(each.identifiers for each in every)),
        own=frozenset().union(*(each.own for each in every)),
        quoted=frozenset().union(*(each.quoted for each in every)),
        addresses=tuple(sorted({place for each in every for place in each.addresses})),
        stays=frozenset().union(*(each.stays for each in every)),
        phones=frozenset().union(*(each.phones for each in every)),
        filed_by=frozenset().union(*(each.filed_by for each in every)),
        reported=tuple(sorted({time for each in every for time in each.reported})),
    )


def _is_exchanged(given: Iterable[Words], family: Iterable[Words]) -> bool:
    """True where the tables know the family name as a name and no word of the given one: Smith, Lucas."""
    return all(is_attested(word) for name in family for word in name) and not any(
        is_attested(word) for name in given for word in name
    )


def _names_of(every: Sequence[Profile]) -> tuple[tuple[Words, ...], tuple[Words, ...]]:
    """The given and the family names of several claims. Where one claim has two names in each other's fields, what most
    claims say is believed; where as many say either, that the one is the given name that alone is known as a name.
    """
    given = {name for each in every for name in each.given}
    family = {name for each in every for name in each.family}
    if given.isdisjoint(family):
        return tuple(sorted(given)), tuple(sorted(family))
    said = Counter((each.given, each.family) for each in every)
    right = [
        names
        for names, times in said.items()
        if names[0] == names[1]
        or times > said[names[::-1]]
        or (times == said[names[::-1]] and not _is_exchanged(*names))
    ]
    return (
        tuple(sorted({name for one, _ in right for name in one})),
        tuple(sorted({name for _, other in right for name in other})),
    )
