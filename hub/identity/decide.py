"""The decision: to which child a claim belongs, why, and which pairs a person should look at.

Rules here, until a probabilistic comparison replaces `decide`:
1. The sender's own reference decides at once within that sender.
2. An official identifier or a quoted reference links where a given name or the date of birth agrees too, and nothing
   that both sides know of the given name contradicts it (a sibling's number on the wrong record happens).
3. Shared evidence without agreement, or evidence that points to two children, is a review, never a link; the report
   is routed at once as its own.
4. What a reviewer decided beats any evidence for ever, in both directions; an adoption break beats everything.
Decisions are numbered per claim; a rebuild replays them and decides nothing again.
"""

from dataclasses import dataclass, replace

from hub.identity.facts import ClaimFacts
from hub.identity.index import ClaimRecord, IdentityIndex
from hub.ids import ChildId, ClaimId, EventId, first_child_id
from schemas.records import ClaimOutcome, LinkDecided, LinkDecision


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


def decide_again(decided: LinkDecided, event: EventId, index: IdentityIndex) -> tuple[Decision, ...]:
    """The new decisions that a reviewer's word makes, the earliest claim first; none if it changes nothing.

    `same` moves the claims of the later child to the child of the earlier claim. `different`, `split` and
    `adoption_break` move back what came from elsewhere (or one claim alone) and bar the pair for ever.
    """
    first, second = index.claim(ClaimId(decided.claim_a)), index.claim(ClaimId(decided.claim_b))
    if first is None or second is None or first.claim == second.claim:
        return ()
    involved = {r.claim: r for child in (first.child, second.child) for r in index.of_child(child)}
    if again := [record for record in involved.values() if record.decided_by == event]:
        return tuple(Decision(record=record, is_taken_now=True) for record in again)
    if decided.decision is LinkDecision.SAME:
        moved, bars = _joined(first, second, index)
    elif decided.decision in {LinkDecision.DIFFERENT, LinkDecision.SPLIT, LinkDecision.ADOPTION_BREAK}:
        moved = _parted(first, second, index)
        bars = {first.claim: first.barred | {second.claim}, second.claim: second.barred | {first.claim}}
    else:
        return ()
    why = f"a reviewer: {decided.decision.value}"
    decisions = [
        replace(
            record, child=child, came_from=record.child, number=record.number + 1, decided_by=event,
            outcome=ClaimOutcome.REVIEWER, why=why, barred=bars.get(record.claim, record.barred),
        )
        for record, child in moved
    ]  # fmt: skip
    stay = [r for r in (first, second) if r.claim not in {d.claim for d in decisions} and bars[r.claim] != r.barred]
    return (
        *(Decision(record=record, is_taken_now=True) for record in decisions),
        *(Decision(record=replace(record, barred=bars[record.claim]), is_taken_now=False) for record in stay),
    )


def _joined(
    first: ClaimRecord, second: ClaimRecord, index: IdentityIndex
) -> tuple[list[tuple[ClaimRecord, ChildId]], dict[ClaimId, frozenset[ClaimId]]]:
    keeper, joining = sorted((first, second), key=lambda record: (record.order, record.claim))
    bars = {keeper.claim: keeper.barred - {joining.claim}, joining.claim: joining.barred - {keeper.claim}}
    if joining.child == keeper.child:
        return [], bars
    return [(record, keeper.child) for record in index.of_child(joining.child)], bars


def _parted(first: ClaimRecord, second: ClaimRecord, index: IdentityIndex) -> list[tuple[ClaimRecord, ChildId]]:
    if first.child != second.child:
        return []
    leaving, staying = (second, first) if second.child != first_child_id(second.claim) else (first, second)
    if leaving.origin not in {staying.origin, leaving.child}:
        return [(r, leaving.origin) for r in index.of_child(leaving.child) if r.origin == leaving.origin]
    return [(leaving, first_child_id(leaving.claim))]


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
