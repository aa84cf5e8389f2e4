"""What a reviewer's word makes of the claims it is about: new numbered decisions, and bars that no score may cross.

Rules here:
1. `same` joins the later child's claims to the child of the earlier claim.
2. `different`, `split` and `adoption_break` move back what came from elsewhere (or one claim alone) and bar the pair
   for ever; an adoption break beats everything.
3. A re-run of the same word finds its decisions taken and returns them again, the same.
"""

from dataclasses import replace

from hub.identity.decide import Decision
from hub.identity.index import ClaimRecord, IdentityIndex
from hub.ids import ChildId, ClaimId, EventId, first_child_id
from schemas.records import ClaimOutcome, LinkDecided, LinkDecision


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
