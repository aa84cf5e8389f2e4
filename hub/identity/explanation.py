"""Why a decision fell as it did: every comparison, its level, its bits, the totals, the probability, the runner-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from hub.identity.comparisons import compared
from hub.identity.facts import ClaimFacts
from hub.identity.gate import points_at_one_child
from hub.identity.rarity import Rarities
from hub.identity.score import Line, Score, Surroundings, lines, prior_bits, score
from hub.identity.weights import Weights
from hub.ids import ChildId, ClaimId, first_child_id
from schemas.records import ClaimOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A child that may be the one, its claim that agrees best, and how it was weighed."""

    child: ChildId
    matched: ClaimId
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerUp:
    """The second-best child, and how it stood."""

    child: ChildId
    matched: ClaimId
    bits: float
    kin_bits: float
    probability: float

    @classmethod
    def of(cls, weighed: Weighed) -> Self:
        """The runner-up from its score."""
        scored = weighed.score
        return cls(
            child=weighed.child, matched=weighed.matched, bits=scored.bits, kin_bits=scored.kin_bits,
            probability=scored.probability,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was weighed. `bits` is the total against a stranger, `kin_bits` against a sibling,
    `namesake_bits` against a relative of the same name; `prior_bits` is log2 of
    the number of children. `crowded` counts blocking keys that too many claims share to look through.
    """

    outcome: ClaimOutcome
    child: ChildId | None
    matched: ClaimId | None
    lines: tuple[Line, ...]
    bits: float
    kin_bits: float
    namesake_bits: float
    prior_bits: float
    probability: float
    gate: bool
    runner_up: RunnerUp | None
    candidates: int
    crowded: int
    weights: str


def explanation(
    outcome: ClaimOutcome, candidates: Sequence[Weighed], crowded: int, around: Surroundings
) -> Explanation:
    """Put together what a decision was taken from; the candidates come the likeliest first."""
    best = candidates[0] if candidates else None
    scored = best.score if best else None
    return Explanation(
        outcome=outcome,
        child=best.child if best else None,
        matched=best.matched if best else None,
        lines=lines(scored, around.weights) if scored else (),
        bits=scored.bits if scored else 0.0,
        kin_bits=scored.kin_bits if scored else 0.0,
        namesake_bits=scored.namesake_bits if scored else 0.0,
        prior_bits=prior_bits(around),
        probability=scored.probability if scored else 0.0,
        gate=scored.gate if scored else False,
        runner_up=RunnerUp.of(candidates[1]) if len(candidates) > 1 else None,
        candidates=len(candidates),
        crowded=crowded,
        weights=around.weights.digest,
    )


def explained(one: ClaimFacts, other: ClaimFacts, weights: Weights, children: int) -> Explanation:
    """Two claims weighed alone, as in an index of so many children: for showing one pair to a person."""
    around = Surroundings(weights=weights, children=children, kin=1.0, namesakes=weights.namesakes, rarities=Rarities())
    scored = score(compared(one, other), around)
    outcome = ClaimOutcome.NEW
    if scored.may_link(weights):
        outcome = ClaimOutcome.LINK
    elif scored.probability >= weights.costs.review_from or points_at_one_child(scored.levels):
        outcome = ClaimOutcome.REVIEW
    pair = Weighed(child=first_child_id(other.claim), matched=other.claim, score=scored)
    return explanation(outcome, [pair], 0, around)
