"""Whether a report may be of a twin of the likeliest child: one who is known, or one whom the agency files beside it.

A twin has the birthday, the household and the family name; a number may stand on the wrong twin's record. So where one
is known, a link without a person needs what tells the two apart (`hub.identity.gate.is_told_from`); pieces of one child
in the index are not taken for twins.
"""

from collections.abc import Sequence
from itertools import product
from typing import Final

from hub.identity.comparisons import Levels, Official, Sender, are_filed_at_once
from hub.identity.explanation import Weighed
from hub.identity.facts import ClaimFacts
from hub.identity.gate import ONE_HOUSEHOLD, is_told_by_number, is_told_from, may_be_its_twin
from hub.identity.index import IdentityIndex
from hub.identity.weighing import weighed_against_one_another

AS_LIKELY_AS_NOT: Final = 0.5


def has_a_like_twin(weighed: Sequence[Weighed], index: IdentityIndex) -> bool:
    """Whether the report may be of a known twin of the likeliest child."""
    best, *others = weighed
    seldom = index.misnumbered <= index.weights.costs.twin_at_most
    return any(
        may_be_its_twin(each.score.levels, best.score.levels)
        and not is_told_from(best.score.levels, each.score.levels)
        and not (seldom and is_told_by_number(best.score.levels, each.score.levels))
        and not _are_pieces(best, each, index)
        for each in others
    )


def is_of_two_at_once(best: Weighed, facts: ClaimFacts, index: IdentityIndex) -> bool:
    """Whether one agency has two references for one night: then it means two children, who may be twins."""
    return _may_be_of_two(best.score.levels) and any(
        are_filed_at_once(facts, each.facts) for each in index.latest_of(best.child)
    )


def are_one(best: Weighed, other: Weighed, index: IdentityIndex) -> float:
    """How likely two children of the index are one that stands there in pieces."""
    if index.are_barred(best.child, other.child):
        return 0.0
    return weighed_against_one_another(best.child, other.child, index).probability


def _are_pieces(best: Weighed, other: Weighed, index: IdentityIndex) -> bool:
    """Whether two children of the index are rather one that stands there in pieces: two numbers are of two."""
    if index.are_barred(best.child, other.child):
        return False
    both = weighed_against_one_another(best.child, other.child, index)
    if both.probability < AS_LIKELY_AS_NOT or both.levels.identifier is Official.DIFFERENT:
        return False
    return not _may_be_of_two(both.levels) or not any(
        are_filed_at_once(one.facts, two.facts)
        for one, two in product(index.latest_of(best.child), index.latest_of(other.child))
    )


def _may_be_of_two(levels: Levels) -> bool:
    return levels.sender is Sender.SAME and levels.identifier is not Official.SAME and levels.household in ONE_HOUSEHOLD
