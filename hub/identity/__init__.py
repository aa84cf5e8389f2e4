"""Which child does this report concern? A log of numbered decisions about claims, and the index they are taken from.

A claim is what one agency says under one of its references; a child is the set of claims that belong together now.
`decide` is the seam: a function of the facts of a report and of an index of what was said before. It is exercised
without Kafka, and `streams.identity` runs the very same code.
"""

from hub.identity.blocking import blocking_keys
from hub.identity.claims import BrokenRow, ClaimRecord
from hub.identity.columns import column_reference, facts_from_columns
from hub.identity.comparisons import COMPARISONS, LEVELS, Compared, Levels, compared
from hub.identity.decide import Decision, decide
from hub.identity.decide_again import CONTRADICTED, decide_again
from hub.identity.doubts import Review
from hub.identity.explanation import Contender, Explanation, explained
from hub.identity.facts import ClaimFacts, claim_reference, facts_of
from hub.identity.gate import personal_evidence
from hub.identity.identifiers import is_valid_nhs_number, is_valid_upn
from hub.identity.index import IdentityIndex
from hub.identity.score import Line, Score
from hub.identity.weights import BrokenWeights, Costs, Weights, packaged_weights

__all__ = [
    "COMPARISONS",
    "CONTRADICTED",
    "LEVELS",
    "BrokenRow",
    "BrokenWeights",
    "ClaimFacts",
    "ClaimRecord",
    "Compared",
    "Contender",
    "Costs",
    "Decision",
    "Explanation",
    "IdentityIndex",
    "Levels",
    "Line",
    "Review",
    "Score",
    "Weights",
    "blocking_keys",
    "claim_reference",
    "column_reference",
    "compared",
    "decide",
    "decide_again",
    "explained",
    "facts_from_columns",
    "facts_of",
    "is_valid_nhs_number",
    "is_valid_upn",
    "packaged_weights",
    "personal_evidence",
]
