"""Which child does this report concern? A log of numbered decisions about claims, and the index they are taken from.

A claim is what one agency says under one of its references; a child is the set of claims that belong together now.
`decide` is the seam: a function of the facts of a report and of an index of what was said before. It is exercised
without Kafka, and `streams.identity` runs the very same code.
"""

from hub.identity.decide import Decision, Review, decide
from hub.identity.decide_again import decide_again
from hub.identity.facts import ClaimFacts, claim_reference, facts_of
from hub.identity.identifiers import is_valid_nhs_number, is_valid_upn
from hub.identity.index import ClaimRecord, IdentityIndex

__all__ = [
    "ClaimFacts",
    "ClaimRecord",
    "Decision",
    "IdentityIndex",
    "Review",
    "claim_reference",
    "decide",
    "decide_again",
    "facts_of",
    "is_valid_nhs_number",
    "is_valid_upn",
]
