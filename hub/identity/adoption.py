"""A report beside the two sides of an adoption break: whether it names both, which of the two it names, or neither.

The two are one person with a former and a new identity, so much is the same by nature: the birthday, often the given
name, sometimes the number. That says nothing of a side. What tells a side is a name, number, reference or address that
agrees with it and not with the other one, each name, number and address by itself. A report that holds what tells each
is withheld from both; one that tells a single side is of it, and the other is not so much as shown; one that tells
neither may be of either, and whoever alone may know of both looks at it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Final

from hub.identity.births import Birth
from hub.identity.claims import ClaimRecord
from hub.identity.comparisons import Levels, Official, Quoted
from hub.identity.explanation import Weighed
from hub.identity.facts import ClaimFacts
from hub.identity.gate import FAMILY_AGREES, GIVEN_AGREES, points_at_one_child
from hub.identity.households import Household
from hub.identity.index import IdentityIndex
from hub.identity.names import Family
from hub.identity.weighing import levels_beside, weigh
from hub.ids import ChildId

_TELLING: Final[Mapping[str, frozenset[Any]]] = {
    "given": GIVEN_AGREES,
    "family": FAMILY_AGREES | {Family.MOVED},
    "identifier": frozenset({Official.SAME}),
    "reference": frozenset({Quoted.QUOTED, Quoted.SHARED}),
    "household": frozenset({Household.ADDRESS, Household.LINE, Household.POSTCODE}),
}
"""The comparisons that can tell one side from the other, and the levels at which they agree."""
_AGAINST: Final = frozenset({Birth.DIFFERENT})


def both_sides_named(facts: ClaimFacts, known: ClaimRecord | None, index: IdentityIndex) -> frozenset[ChildId]:
    """The two children on the sides of a break of which this one report tells each; nothing where it does not.

    One side must be surely meant, by evidence that would link or by the sender's own reference.
    """
    strong = {
        each.child
        for each in weigh(facts, index)[0]
        if points_at_one_child(each.score.levels) or each.score.may_link(index.weights)
    }
    own = None if known is None else known.child
    if own is not None:
        strong.add(own)
    for child in sorted(strong):
        for other in sorted(index.broken_off(child)):
            beside = [
                (_beside(said, child, own, index), _beside(said, other, own, index)) for said in _taken_apart(facts)
            ]
            is_told = child == own or any(_tells(one, two) for one, two in beside)
            if is_told and (other == own or any(_tells(two, one) and two.birth not in _AGAINST for one, two in beside)):
                return frozenset({child, other})
    return frozenset()


def _taken_apart(facts: ClaimFacts) -> Iterator[ClaimFacts]:
    """What a report says, and the same with each of its numbers, of its addresses and of the words that may be a family
    name alone (a part of a double one, a word of another name, a middle name): what is of the one side and what is of
    the other agree together with each, and tell neither.
    """
    yield facts
    words = {word for name in facts.family | facts.other for word in name}
    words |= {word for name in facts.given for word in name[1:]}
    called = frozenset(name[:1] for name in facts.given)
    if len(words) > 1:
        for word in sorted(words):
            yield replace(facts, given=called, family=frozenset({(word,)}), other=frozenset())
    if len(facts.identifiers) > 1:
        for number in sorted(facts.identifiers):
            yield replace(facts, identifiers=frozenset({number}))
    addresses = facts.homes | facts.placements
    if len(addresses) > 1:
        for place in sorted(addresses):
            yield replace(facts, homes=frozenset({place}), placements=frozenset())


def _beside(facts: ClaimFacts, child: ChildId, own: ChildId | None, index: IdentityIndex) -> Levels:
    """How a report compares with a child; with the sender's own child by all but the reference it is filed under."""
    levels = levels_beside(facts, child, index)
    return levels._replace(reference=Quoted.UNKNOWN) if child == own else levels


def without_the_other_side(
    weighed: Sequence[Weighed], index: IdentityIndex
) -> tuple[list[Weighed], frozenset[ChildId]]:
    """The candidates without the sides of breaks that the report does not tell, and those of which it may be either."""
    left_out: set[ChildId] = set()
    either: set[ChildId] = set()
    for one, two in combinations(weighed, 2):
        if not index.are_broken(one.child, two.child):
            continue
        tells_one, tells_two = (
            _tells(one.score.levels, two.score.levels),
            _tells(two.score.levels, one.score.levels),
        )
        if tells_one is tells_two:
            either |= {one.child, two.child}
        else:
            left_out.add(two.child if tells_one else one.child)
    return [each for each in weighed if each.child not in left_out], frozenset(either - left_out)


def _tells(levels: Levels, other: Levels) -> bool:
    """Whether something agrees with the one side and not with the other.

    A quoted reference is of one record, so whoever quotes one of each side tells each.
    """
    return levels.reference is Quoted.QUOTED or any(
        getattr(levels, name) in agrees and getattr(other, name) not in agrees for name, agrees in _TELLING.items()
    )
