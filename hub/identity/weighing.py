"""The children that a report may be about, each weighed as what its sources say together.

Candidates come from the blocking keys. Before anything is compared loosely, two facts must agree exactly, or an
identifier or a reference; or, where the report knows no day of birth, two names in their sound and one fact exactly:
that keeps a decision quick where many children share a block.
"""

from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

from hub.identity.births import is_undated
from hub.identity.blocking import keys_of, name_keys
from hub.identity.comparisons import Compared, Levels, compare
from hub.identity.explanation import Weighed
from hub.identity.facts import ClaimFacts
from hub.identity.households import is_as_written, line_words
from hub.identity.index import ENOUGH_KEYS, Candidate, IdentityIndex
from hub.identity.names import Given
from hub.identity.profile import Profile, profile_of, union
from hub.identity.score import Score, score
from hub.ids import ChildId, ClaimId

_ENOUGH = 2


class _Pieces(NamedTuple):
    """The facts of a report that may agree exactly: `numbers` are identifiers and references, each of which counts as
    two; `words` days of birth, names and postcodes; `lines` every two neighbouring words of an address line.
    """

    numbers: frozenset[str]
    words: frozenset[str]
    lines: frozenset[tuple[str, str]]


def weigh(facts: ClaimFacts, index: IdentityIndex) -> tuple[list[Weighed], int]:
    """The candidates, the likeliest first, and how many blocks were too crowded to look through."""
    profile = profile_of(facts)
    pieces = _pieces(profile)
    named = name_keys(profile) if is_undated(profile.births) else ()
    found, crowded = index.candidates(keys_of(profile), facts.claim, _may_agree(pieces), named)
    barred = index.barred_children(facts.claim)
    around = index.surroundings
    weighed = []
    for each in found:
        if each.child in barred or (matched := _closest(pieces, each)) is None:
            continue
        scored = score(_compared(profile, [said for _, said in each.claims]), around)
        weighed.append(Weighed(child=each.child, matched=matched, score=scored))
    return sorted(weighed, key=lambda each: (-each.score.odds, each.child)), crowded


def levels_beside(facts: ClaimFacts, child: ChildId, index: IdentityIndex) -> Levels:
    """How a report compares with all that is said of one child, whether or not they share a blocking key."""
    return _compared(profile_of(facts), index.said_of(child)).levels


def weighed_against_one_another(child: ChildId, other: ChildId, index: IdentityIndex) -> Score:
    """Two children of the index, each as what its sources say together."""
    one, two = (union(index.said_of(each)) for each in (child, other))
    return score(compare(one, two), index.surroundings)


def weighed_as_one(facts: ClaimFacts, child: ChildId, other: ChildId, index: IdentityIndex) -> Score:
    """A report against two children of the index as if they were one."""
    both = union([*index.said_of(child), *index.said_of(other)])
    return score(compare(profile_of(facts), both), index.surroundings)


def _compared(profile: Profile, claims: Sequence[Profile]) -> Compared:
    """A report against all that is said of a child. Names count as swapped only beside a claim that has them so: the
    names of several claims together cross by chance where one claim was swapped, or a father's name stands in some.
    """
    if len(claims) == 1:
        return compare(profile, claims[0])
    whole = compare(profile, union(claims))
    if whole.levels.given is not Given.SWAPPED:
        return whole
    if any(compare(profile, said).levels.given is Given.SWAPPED for said in claims):
        return whole
    return compare(profile, union(claims), may_be_swapped=False)


def _may_agree(pieces: _Pieces) -> Callable[[str, bool], bool]:
    """Whether a row may agree exactly in enough, told from its text alone: what does not even stand in it does not.
    Two names that sound alike count as one fact.
    """
    always = 0
    sought = [*((number, _ENOUGH) for number in pieces.numbers), *((word, 1) for word in pieces.words)]
    for neighbours in pieces.lines:
        if as_written := [word for word in neighbours if is_as_written(word)]:
            sought.append((max(as_written, key=len), 1))
        else:
            always += 1

    def may_agree(row: str, is_named: bool) -> bool:  # noqa: FBT001 - called for every row that shares a key
        agreeing = always + is_named
        for text, facts in sought:
            if text in row:
                agreeing += facts
                if agreeing >= _ENOUGH:
                    return True
        return agreeing >= _ENOUGH

    return may_agree


def _closest(pieces: _Pieces, candidate: Candidate) -> ClaimId | None:
    """The claim that agrees exactly in most, the first of them; None where no claim agrees in enough."""
    is_found_often = candidate.keys >= ENOUGH_KEYS
    if is_found_often and len(candidate.claims) == 1:
        return candidate.claims[0][0]
    most, closest = (-1 if is_found_often else _ENOUGH - 1 - candidate.is_named), None
    for claim, said in candidate.claims:
        if (agreeing := _agreeing(pieces, said)) > most:
            most, closest = agreeing, claim
    return closest


def _agreeing(pieces: _Pieces, said: Profile) -> int:
    """How many facts agree exactly; an identifier or a reference counts as two."""
    numbers = pieces.numbers.intersection(_numbers(said))
    words = pieces.words.intersection(_words(said))
    lines = pieces.lines.intersection(_neighbours(said)) if pieces.lines else ()
    return _ENOUGH * len(numbers) + len(words) + len(lines)


def _pieces(profile: Profile) -> _Pieces:
    return _Pieces(
        numbers=frozenset(_numbers(profile)),
        words=frozenset(filter(None, _words(profile))),
        lines=frozenset(_neighbours(profile)),
    )


def _numbers(profile: Profile) -> list[str]:
    return [*profile.identifiers, *[value for _, value in (*profile.own, *profile.quoted)]]


def _words(profile: Profile) -> list[str]:
    codes = [postcode for _, postcode in profile.addresses]
    return [*chain(profile.births, *profile.given, *profile.family, codes)]


def _neighbours(profile: Profile) -> list[tuple[str, str]]:
    return [neighbours for line, _ in profile.addresses for neighbours in pairwise(line_words(line))]
