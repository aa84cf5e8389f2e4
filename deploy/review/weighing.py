"""Weighs two records that stand in the register, as the hub would weigh two reports, by what a grant opens of them.

For a pair that no queue explains: why were these two taken for one child, or why not? The weights are those in force;
what the grant does not open is not known here, so the hub, which knows all, may have had more to go by.
"""

from collections.abc import Iterable
from dataclasses import replace

from consumers import RegisterLine
from deploy.reconcile.register import COLUMNS
from hub.identity import ClaimFacts, explained, facts_from_columns, packaged_weights
from hub.identity.reviews import probability_of, words_of
from hub.ids import ClaimId
from schemas.records import ReviewItem


def weighed(item: ReviewItem, lines: Iterable[RegisterLine]) -> ReviewItem:
    """The pair with its probability and the weight of every comparison in words; no value is among them."""
    said: dict[str, dict[str, str]] = {item.claim_a: {}, item.claim_b: {}}
    children: set[str] = set()
    for line in lines:
        children.add(line.child or line.episode)
        for claim in line.claims:
            columns = said.get(claim.claim_id or "")
            if columns is not None and (column := COLUMNS.get(claim.field)) is not None:
                columns[column] = claim.value
    one, other = (
        _facts(claim, {**said[claim], "sender": agency or ""})
        for claim, agency in ((item.claim_a, item.agency_a), (item.claim_b, item.agency_b))
    )
    explanation = explained(one, other, packaged_weights(), len(children))
    matched = ClaimId(item.claim_b)
    return replace(item, probability=probability_of(explanation, matched), comparisons=words_of(explanation, matched))


def _facts(claim: str, columns: dict[str, str]) -> ClaimFacts:
    return facts_from_columns(ClaimId(claim), columns)
