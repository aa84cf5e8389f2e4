"""The decision: to which child a claim belongs, why, and which pairs a person should look at.

Rules here, until a probabilistic comparison replaces `decide`:
1. The sender's own reference decides at once within that sender.
2. An official identifier or a quoted reference links where a given name or the date of birth agrees too, and nothing
   that both sides know of the given name contradicts it (a sibling's number on the wrong record happens).
3. Shared evidence without agreement, or evidence that points to two children, is a review, never a link; the report
   is routed at once as its own.
4. What a reviewer decided (`hub.identity.decide_again`) beats any evidence for ever, in both directions.
Decisions are numbered per claim; a rebuild replays them and decides nothing again.
"""

from dataclasses import dataclass

from hub.identity.facts import ClaimFacts
from hub.identity.index import ClaimRecord, IdentityIndex
from hub.ids import ChildId, ClaimId, EventId, first_child_id
from schemas.records import ClaimOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Two claims that a person should compare: what points to one child, and what does not."""

    claim_a: ClaimId
    claim_b: ClaimId
    child_a: ChildId
    child_b: ChildId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A claim as it stands decided; whether its decision was taken because of this very event; pairs to look at.

    `is_taken_now` is True also when the same event is handled again: its decision is then written again, the same.
    """

    record: ClaimRecord
    is_taken_now: bool
    reviews: tuple[Review, ...] = ()


def decide(facts: ClaimFacts, event: EventId, order: int, index: IdentityIndex) -> Decision:
    """Decide about the claim of one report. Deterministic; the caller puts `record` into the index."""
    known = index.claim(facts.claim)
    if known is not None:
        taken_now = known.decided_by == event
        doubtful = taken_now and known.outcome is ClaimOutcome.REVIEW
        reviews = _reviews(known, facts, index, known.why) if doubtful else ()
        return Decision(record=known.with_facts(facts), is_taken_now=taken_now, reviews=reviews)
    candidates = [record for record in index.candidates(facts) if not _barred(facts, record, index)]
    agreeing = [record for record in candidates if _agree(facts, record.facts)]
    children = list(dict.fromkeys(record.child for record in agreeing))
    own = first_child_id(facts.claim)
    child, outcome, why, matched = own, ClaimOutcome.FIRST, "nothing known points to another child", None
    if len(children) == 1:
        child, outcome, why = children[0], ClaimOutcome.LINK, _link_reason(facts, agreeing[0])
        matched = agreeing[0].claim
    elif candidates:
        outcome, why = ClaimOutcome.REVIEW, _doubt(children)
    record = ClaimRecord(
        facts=facts, child=child, origin=child, order=order, number=1, decided_by=event, came_from=None,
        outcome=outcome, why=why, matched=matched,
    )  # fmt: skip
    reviews = _reviews(record, facts, index, why) if outcome is ClaimOutcome.REVIEW else ()
    return Decision(record=record, is_taken_now=True, reviews=reviews)


def _reviews(record: ClaimRecord, facts: ClaimFacts, index: IdentityIndex, why: str) -> tuple[Review, ...]:
    return tuple(
        Review(claim_a=record.claim, claim_b=other.claim, child_a=record.child, child_b=other.child, why=why)
        for other in index.candidates(facts)
        if other.child != record.child and not _barred(facts, other, index)
    )


def _agree(one: ClaimFacts, other: ClaimFacts) -> bool:
    same_given = bool(one.given_names & other.given_names)
    contradicted = bool(one.given_names) and bool(other.given_names) and not same_given
    same_birth = bool(one.births & other.births)
    return same_given or (same_birth and not contradicted)


def _barred(facts: ClaimFacts, candidate: ClaimRecord, index: IdentityIndex) -> bool:
    return any(facts.claim in record.barred for record in index.of_child(candidate.child))


def _link_reason(facts: ClaimFacts, match: ClaimRecord) -> str:
    kind = "an official identifier" if facts.identifiers & match.facts.identifiers else "a quoted reference"
    also = "a given name" if facts.given_names & match.facts.given_names else "the date of birth"
    return f"{kind} agrees, and {also}"


def _doubt(children: list[ChildId]) -> str:
    if len(children) > 1:
        return "evidence points to more than one child"
    return "an identifier or reference agrees, name and date of birth do not"
