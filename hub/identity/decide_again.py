"""What a reviewer's word makes of the claims it is about: new numbered decisions, and bars that no score may cross.

Rules here:
1. `same` joins the later child's claims to the child of the earlier claim, and lifts what barred the two children;
   never across an adoption break.
2. `different`, `split` and `adoption_break` move back what came from elsewhere (or one claim alone) and bar the pair
   for ever; an adoption break beats everything, later words of reviewers too.
3. A re-run of the same word finds what it has decided already, returns that again, the same, and decides the rest: a
   process may have died when some of the claims were kept and others not.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from hub.identity.claims import ClaimRecord
from hub.identity.decide import Decision
from hub.identity.index import IdentityIndex
from hub.ids import ChildId, ClaimId, EventId, first_child_id
from schemas.records import ClaimOutcome, LinkDecided, LinkDecision

_PARTING: Final = frozenset({LinkDecision.DIFFERENT, LinkDecision.SPLIT, LinkDecision.ADOPTION_BREAK})


@dataclass(frozen=True, slots=True)
class _Word:
    """What is to become of which claims: those that move, to where; and whom each claim is barred from then."""

    moves: dict[ClaimId, ChildId]
    bars: dict[ClaimId, frozenset[ClaimId]]


def decide_again(decided: LinkDecided, event: EventId, index: IdentityIndex) -> tuple[Decision, ...]:
    """The new decisions that a reviewer's word makes, the earliest claim first; none if it changes nothing.

    A decision that only bars is not numbered, and `is_taken_now` is False.
    """
    first, second = index.claim(ClaimId(decided.claim_a)), index.claim(ClaimId(decided.claim_b))
    if first is None or second is None or first.claim == second.claim:
        return ()
    claims = _involved(first, second, event, index)
    if decided.decision is LinkDecision.SAME:
        if index.are_broken(first.child, second.child):
            return ()
        word = _joined(first, second, claims.values())
    elif decided.decision in _PARTING:
        word = _parted(_before(first, event), _before(second, event), claims.values(), event)
    else:
        return ()
    why = f"a reviewer: {decided.decision.value}"
    breaks: dict[ClaimId, frozenset[ClaimId]] = {}
    if decided.decision is LinkDecision.ADOPTION_BREAK:
        breaks = {first.claim: frozenset({second.claim}), second.claim: frozenset({first.claim})}
    found = []
    for record in sorted(claims.values(), key=lambda each: (each.order, each.claim)):
        barred = word.bars.get(record.claim, record.barred)
        broken = record.broken | breaks.get(record.claim, frozenset())
        if record.decided_by == event:
            found.append(Decision(record=record, is_taken_now=True))
        elif record.claim in word.moves:
            moved = replace(
                record, child=word.moves[record.claim], came_from=record.child, number=record.number + 1,
                decided_by=event, outcome=ClaimOutcome.REVIEWER, why=why, barred=barred,
                broken=broken,
            )  # fmt: skip
            found.append(Decision(record=moved, is_taken_now=True))
        elif record.claim in word.bars:
            found.append(Decision(record=replace(record, barred=barred, broken=broken), is_taken_now=False))
    return tuple(found)


def _involved(
    first: ClaimRecord, second: ClaimRecord, event: EventId, index: IdentityIndex
) -> dict[ClaimId, ClaimRecord]:
    """The claims of both children, and of the child that this very word has begun to take claims from."""
    records = {r.claim: r for child in (first.child, second.child) for r in index.of_child(child)}
    sources = {record.came_from for record in records.values() if record.decided_by == event}
    for child in sources - {None}:
        records |= {r.claim: r for r in index.of_child(child)} if child is not None else {}
    return records


def _before(record: ClaimRecord, event: EventId) -> ClaimRecord:
    """A claim as it was before this word."""
    if record.decided_by != event or record.came_from is None:
        return record
    return replace(record, child=record.came_from)


def _joined(first: ClaimRecord, second: ClaimRecord, claims: Iterable[ClaimRecord]) -> _Word:
    keeper = min(first, second, key=lambda record: (record.order, record.claim))
    everybody = frozenset(record.claim for record in claims)
    return _Word(
        moves={record.claim: keeper.child for record in claims if record.child != keeper.child},
        bars={record.claim: record.barred - everybody for record in claims if record.barred & everybody},
    )


def _parted(first: ClaimRecord, second: ClaimRecord, claims: Iterable[ClaimRecord], event: EventId) -> _Word:
    """`first` and `second` as they were before this word."""
    bars = {first.claim: first.barred | {second.claim}, second.claim: second.barred | {first.claim}}
    if first.child != second.child:
        return _Word(moves={}, bars=bars)
    leaving, staying = (second, first) if second.child != first_child_id(second.claim) else (first, second)
    if leaving.origin in {staying.origin, leaving.child}:
        return _Word(moves={leaving.claim: first_child_id(leaving.claim)}, bars=bars)
    moves = {
        record.claim: leaving.origin
        for record in claims
        if _before(record, event).child == leaving.child and record.origin == leaving.origin
    }
    return _Word(moves=moves, bars=bars)
