"""The children that a report may be about, each weighed as what its sources say together.

Candidates come from the blocking keys. Before anything is compared loosely, two facts must agree exactly, or an
identifier or a reference; or, where the report knows no day of birth, two names in their sound and one fact exactly:
that keeps a decision quick where many children share a block.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from hub.identity.births import is_undated
from hub.identity.blocking import keys_of, name_keys
from hub.identity.comparisons import Compared, Levels, compare
from hub.identity.explanation import Weighed
from hub.identity.facts import ClaimFacts, Words
from hub.identity.households import is_as_written, line_words
from hub.identity.index import ENOUGH_KEYS, Candidate, IdentityIndex
from hub.identity.names import Given
from hub.identity.profile import Profile, profile_of, union
from hub.identity.score import Score, score
from hub.ids import ChildId, ClaimId

_ENOUGH = 2


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
    whole = compare(profile, union(claims))
    if whole.levels.given is not Given.SWAPPED or len(claims) == 1:
        return whole
    if any(compare(profile, said).levels.given is Given.SWAPPED for said in claims):
        return whole
    return compare(profile, union(claims), may_be_swapped=False)


@lru_cache(maxsize=64)
def _may_agree(pieces: frozenset[str]) -> Callable[[str, bool], bool]:
    """Whether a row may agree exactly in enough, told from its text alone: what does not even stand in it does not.
    Two names that sound alike count as one fact.
    """
    always, sought = 0, []
    for piece in pieces:
        if piece.startswith("!"):
            sought.append((piece[1:], _ENOUGH))
        elif not piece.startswith("@"):
            sought.append((piece, 1))
        elif as_written := [word for word in piece[1:].split(" ") if is_as_written(word)]:
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


def _closest(pieces: frozenset[str], candidate: Candidate) -> ClaimId | None:
    """The claim that agrees exactly in most, the first of them; None where no claim agrees in enough."""
    most, closest = (-1 if candidate.keys >= ENOUGH_KEYS else _ENOUGH - 1 - candidate.is_named), None
    for claim, said in candidate.claims:
        if (agreeing := _agreeing(pieces, said)) > most:
            most, closest = agreeing, claim
    return closest


def _agreeing(pieces: frozenset[str], said: Profile) -> int:
    """How many facts agree exactly; an identifier or a reference counts as two."""
    return sum(_ENOUGH if piece.startswith("!") else 1 for piece in pieces & _pieces(said))


@lru_cache(maxsize=4_096)
def _pieces(profile: Profile) -> frozenset[str]:
    """The facts of a profile that may agree exactly: an address gives its postcode and every two
    neighbouring words of its line.
    """
    return frozenset(
        [
            *(f"!{identifier}" for identifier in profile.identifiers),
            *(f"!{value}" for _, value in profile.own | profile.quoted),
            *profile.births,
            *_name_pieces(profile.given),
            *_name_pieces(profile.family),
            *(postcode for _, postcode in profile.addresses if postcode),
            *(f"@{one} {other}" for line, _ in profile.addresses for one, other in pairwise(line_words(line))),
        ]
    )


def _name_pieces(names: tuple[Words, ...]) -> list[str]:
    return [word for name in names for word in name]
