"""Which children a person should look at beside a report, and in what words: nothing is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.identity.claims import ClaimRecord
from hub.identity.explanation import Weighed
from hub.identity.gate import is_named_better, points_at_one_child
from hub.identity.index import IdentityIndex
from hub.identity.twins import AS_LIKELY_AS_NOT, are_one
from hub.ids import ChildId, ClaimId

_MOST_REVIEWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Two claims that a person should compare: what points to one child, and what does not."""

    claim_a: ClaimId
    claim_b: ClaimId
    child_a: ChildId
    child_b: ChildId
    why: str


def doubtful_among(weighed: Sequence[Weighed], index: IdentityIndex) -> list[Weighed]:
    """The children that a person should look at, if none is linked."""
    doubtful = [each for each in weighed if is_doubtful(each, index)]
    return [*doubtful, *(each for each in better_named(weighed, index) if each not in doubtful)] if doubtful else []


def better_named(weighed: Sequence[Weighed], index: IdentityIndex) -> list[Weighed]:
    """Rule 4: other children whose given name the report says rather than that of the likeliest one."""
    best, *others = weighed
    return [
        each
        for each in others
        if is_named_better(each.score.levels, best.score.levels) and are_one(best, each, index) < AS_LIKELY_AS_NOT
    ]


def is_doubtful(weighed: Weighed, index: IdentityIndex) -> bool:
    """Whether looking at it costs less than missing it, or an identifier or a reference agrees. Namesakes born in other
    years, of whom nothing else agrees, are so seldom one child that it does not; but years without a day are disputed.
    """
    if points_at_one_child(weighed.score.levels):
        return True
    return weighed.score.probability >= index.weights.costs.review_from and not weighed.score.is_namesake


def pairs_with(record: ClaimRecord, doubtful: Sequence[Weighed], why: str) -> tuple[Review, ...]:
    """The pairs of a claim with these children, the likeliest few."""
    return tuple(
        Review(claim_a=record.claim, claim_b=each.matched, child_a=record.child, child_b=each.child, why=why)
        for each in doubtful[:_MOST_REVIEWS]
        if each.child != record.child
    )


def doubt_in_words(doubtful: Sequence[Weighed], index: IdentityIndex) -> str:
    """Why a person should look."""
    strong = [each for each in doubtful if each.score.may_link(index.weights) or points_at_one_child(each.score.levels)]
    if len(strong) > 1:
        return "evidence points to more than one child"
    if any(is_named_better(each.score.levels, doubtful[0].score.levels) for each in doubtful[1:]):
        return "another child of that birthday or household has the given name"
    if points_at_one_child(doubtful[0].score.levels) and not doubtful[0].score.gate:
        return "an identifier or reference agrees, name and date of birth do not"
    return "much agrees, not enough to link without a person"
