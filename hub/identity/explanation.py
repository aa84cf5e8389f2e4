"""Why a decision fell as it did: every comparison, its level, its bits, the totals, the probability, the runner-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hub.identity.comparisons import compared
from hub.identity.facts import ClaimFacts
from hub.identity.gate import points_at_one_child
from hub.identity.rarity import Rarities
from hub.identity.score import Line, Score, Surroundings, lines, prior_bits, score
from hub.identity.weights import Weights
from hub.ids import ChildId, ClaimId, first_child_id
from schemas.records import ClaimOutcome


class Weighed(NamedTuple):
    """A child that may be the one, its claim that agrees best, and how it was weighed."""

    child: ChildId
    matched: ClaimId
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One child that was weighed, its claim that agreed best, and how it stood by these weights."""

    child: ChildId
    matched: ClaimId
    score: Score
    by: Weights

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every comparison; the bits of the lines make the totals of the score."""
        return lines(self.score, self.by)

    @property
    def probability(self) -> float:
        """That it is the child."""
        return self.score.probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was weighed, the likeliest first, and by which weights. `prior_bits` is log2 of how many children there are;
    `gate` whether there is personal evidence for the likeliest. `crowded` counts blocking keys that are shared by too
    many claims to look through.
    """

    outcome: ClaimOutcome
    weighed: tuple[Weighed, ...]
    by: Weights
    prior_bits: float
    gate: bool
    crowded: int

    @property
    def weights(self) -> str:
        """The digest of the weights."""
        return self.by.digest

    @property
    def link_from(self) -> float:
        """From this probability on a child is linked without a person."""
        return self.by.costs.link_from

    @property
    def review_from(self) -> float:
        """From this probability on a person is asked."""
        return self.by.costs.review_from

    @property
    def contenders(self) -> tuple[Contender, ...]:
        """The children that came into question, the likeliest first."""
        return tuple(map(self._contender, self.weighed))

    @property
    def best(self) -> Contender | None:
        """The likeliest child; None where nobody was weighed."""
        return self._contender(self.weighed[0]) if self.weighed else None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The comparisons with the likeliest child."""
        return self.best.lines if self.best else ()

    @property
    def probability(self) -> float:
        """That it is the likeliest child; 0 where nobody was weighed."""
        return self.best.probability if self.best else 0.0

    def beside(self, claim: ClaimId) -> Contender | None:
        """How the child stood whose claim this is; None where it was not weighed."""
        return next((self._contender(each) for each in self.weighed if each.matched == claim), None)

    def _contender(self, weighed: Weighed) -> Contender:
        return Contender(child=weighed.child, matched=weighed.matched, score=weighed.score, by=self.by)


def explanation(
    outcome: ClaimOutcome, candidates: Sequence[Weighed], crowded: int, around: Surroundings
) -> Explanation:
    """Put together what a decision was taken from; the candidates come the likeliest first."""
    return Explanation(
        outcome=outcome,
        weighed=tuple(candidates),
        by=around.weights,
        prior_bits=prior_bits(around),
        gate=candidates[0].score.gate if candidates else False,
        crowded=crowded,
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
