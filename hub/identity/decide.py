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
    """A claim as decided, the child it left (None for a new claim or no change), and why, without values."""

    record: ClaimRecord
    outcome: ClaimOutcome
    why: str
    from_child: ChildId | None = None
    matched_claim: ClaimId | None = None
    probability: float | None = None
    reviews: tuple[Review, ...] = ()

    @property
    def is_new_claim(self) -> bool:
        """True if this decision is the claim's first."""
        return self.record.number == 1


def decide(facts: ClaimFacts, event: EventId, order: int, index: IdentityIndex) -> Decision:
    """Decide about the claim of one report. Deterministic; the caller puts `record` into the index."""
    known = index.claim(facts.claim)
    if known is not None:
        first_again = known.first_event == event
        return Decision(
            record=known.with_facts(facts),
            outcome=ClaimOutcome.OWN_REFERENCE,
            why="the first report of this claim, handled again" if first_again else "the sender's own reference",
        )
    candidates = index.candidates(facts)
    agreeing = [record for record in candidates if _agree(facts, record.facts) and not _barred(facts, record, index)]
    children = list(dict.fromkeys(record.child for record in agreeing))
    own = first_child_id(facts.claim)
    if len(children) == 1:
        why = _link_reason(facts, agreeing[0])
        return _first(facts, children[0], event, order, ClaimOutcome.LINK, why, agreeing[0])
    doubtful = [record for record in candidates if not _barred(facts, record, index)]
    reviews = tuple(
        Review(claim_a=facts.claim, claim_b=record.claim, child_a=own, child_b=record.child, why=_doubt(children))
        for record in doubtful
    )
    outcome = ClaimOutcome.REVIEW if reviews else ClaimOutcome.FIRST
    why = _doubt(children) if reviews else "nothing known points to another child"
    return replace(_first(facts, own, event, order, outcome, why, None), reviews=reviews)


def decide_again(decided: LinkDecided, index: IdentityIndex) -> tuple[Decision, ...]:
    """The new decisions that a reviewer's word makes, the earliest claim first; none if it changes nothing.

    `same` moves the claims of the later child to the child of the earlier claim. `different`, `split` and
    `adoption_break` move back what came from elsewhere (or claim b alone) and bar the pair for ever.
    """
    first, second = index.claim(ClaimId(decided.claim_a)), index.claim(ClaimId(decided.claim_b))
    if first is None or second is None or first.claim == second.claim:
        return ()
    if decided.decision is LinkDecision.SAME:
        return _joined(first, second, index)
    if decided.decision in {LinkDecision.DIFFERENT, LinkDecision.SPLIT, LinkDecision.ADOPTION_BREAK}:
        return _parted(first, second, decided.decision, index)
    return ()


def _joined(first: ClaimRecord, second: ClaimRecord, index: IdentityIndex) -> tuple[Decision, ...]:
    keeper, joining = sorted((first, second), key=lambda record: (record.order, record.claim))
    freed = {keeper.claim: keeper.barred - {joining.claim}, joining.claim: joining.barred - {keeper.claim}}
    moving = index.of_child(joining.child) if joining.child != keeper.child else []
    decisions = [_moved(record, keeper.child, "a reviewer: the same child", keeper.claim) for record in moving]
    if not decisions and keeper.barred == freed[keeper.claim]:
        return ()
    return _with_bars([*decisions, *_unmoved([keeper, joining], decisions)], freed)


def _parted(
    first: ClaimRecord, second: ClaimRecord, decision: LinkDecision, index: IdentityIndex
) -> tuple[Decision, ...]:
    barred = {first.claim: first.barred | {second.claim}, second.claim: second.barred | {first.claim}}
    why = f"a reviewer: {decision.value}"
    decisions: list[Decision] = []
    if first.child == second.child:
        shared = index.of_child(first.child)
        leaving, staying = (second, first) if second.child != first_child_id(second.claim) else (first, second)
        if leaving.origin not in {staying.origin, leaving.child}:
            decisions = [_moved(r, leaving.origin, why, None) for r in shared if r.origin == leaving.origin]
        else:
            decisions = [_moved(leaving, first_child_id(leaving.claim), why, None)]
    return _with_bars([*decisions, *_unmoved([first, second], decisions)], barred)


def _moved(record: ClaimRecord, child: ChildId, why: str, matched: ClaimId | None) -> Decision:
    moved = replace(record, child=child, number=record.number + 1)
    return Decision(
        record=moved, outcome=ClaimOutcome.REVIEWER, why=why, from_child=record.child, matched_claim=matched
    )


def _unmoved(records: list[ClaimRecord], decisions: list[Decision]) -> list[Decision]:
    """Claims whose bars change while they stay with their child: kept in the index, no new number."""
    moved = {decision.record.claim for decision in decisions}
    return [
        Decision(record=record, outcome=ClaimOutcome.REVIEWER, why="stays with its child")
        for record in records
        if record.claim not in moved
    ]


def _with_bars(decisions: list[Decision], bars: dict[ClaimId, frozenset[ClaimId]]) -> tuple[Decision, ...]:
    return tuple(
        replace(d, record=replace(d.record, barred=bars.get(d.record.claim, d.record.barred))) for d in decisions
    )


def _first(
    facts: ClaimFacts, child: ChildId, event: EventId, order: int, outcome: ClaimOutcome, why: str,
    matched: ClaimRecord | None,
) -> Decision:  # fmt: skip
    record = ClaimRecord(facts=facts, child=child, origin=child, number=1, first_event=event, order=order)
    return Decision(record=record, outcome=outcome, why=why, matched_claim=matched.claim if matched else None)


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
