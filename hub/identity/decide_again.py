"""What a reviewer's word makes of the claims it is about: new numbered decisions, and bars that no score may cross.

Rules here:
1. `same` joins the later child's claims to the child of the earlier claim, and lifts what barred the pair; never across
   an adoption break, and never over another word that the two children are two: what was said of another pair of them
   stands until somebody says `same` of that pair, which is put before a person again.
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
from hub.identity.doubts import Review
from hub.identity.index import IdentityIndex
from hub.ids import ChildId, ClaimId, EventId, first_child_id
from schemas.records import ClaimOutcome, LinkDecided, LinkDecision

CONTRADICTED: Final = "a reviewer said that these two are two children, and another word now says that they are one"
_PARTING: Final = frozenset({LinkDecision.DIFFERENT, LinkDecision.SPLIT, LinkDecision.ADOPTION_BREAK})


@dataclass(frozen=True, slots=True)
class _Word:
    """What is to become of which claims: those that move, to where; and whom each claim is barred from then."""

    moves: dict[ClaimId, ChildId]
    bars: dict[ClaimId, frozenset[ClaimId]]


def decide_again(decided: LinkDecided, event: EventId, index: IdentityIndex) -> tuple[Decision, ...]:
    """The new decisions that a reviewer's word makes, the earliest claim first; none if it changes nothing.

    A decision that only bars is not numbered, and `is_taken_now` is False. Where the word contradicts an earlier one of
    another pair, the one decision changes nothing and holds that pair as a review.
    """
    first, second = index.claim(ClaimId(decided.claim_a)), index.claim(ClaimId(decided.claim_b))
    if first is None or second is None or first.claim == second.claim:
        return ()
    claims = _involved(first, second, event, index)
    is_broken = index.are_broken(first.child, second.child)
    if decided.decision is LinkDecision.SAME and not is_broken:
        if (said := _said_to_be_two(first, second, claims.values(), event)) is not None:
            return (said,)
        word = _joined(first, second, claims.values())
    elif decided.decision in _PARTING:
        word = _parted(_before(first, event), _before(second, event), claims.values(), event)
    else:
        return ()
    why = f"a reviewer: {decided.decision.value}"
    breaks: dict[ClaimId, frozenset[ClaimId]] = {}
    if decided.decision is LinkDecision.ADOPTION_BREAK:
        breaks = {first.claim: frozenset({second.claim}), second.claim: frozenset({first.claim})}
    found = (
        _taken(record, word, event, why, record.broken | breaks.get(record.claim, frozenset()))
        for record in sorted(claims.values(), key=lambda each: (each.order, each.claim))
    )
    return tuple(decision for decision in found if decision is not None)


def _taken(record: ClaimRecord, word: _Word, event: EventId, why: str, broken: frozenset[ClaimId]) -> Decision | None:
    """What becomes of one claim; None where nothing does."""
    barred = word.bars.get(record.claim, record.barred)
    if record.decided_by == event:
        return Decision(record=record, is_taken_now=True)
    if record.claim in word.moves:
        moved = replace(
            record, child=word.moves[record.claim], came_from=record.child, number=record.number + 1,
            decided_by=event, outcome=ClaimOutcome.REVIEWER, why=why, barred=barred,
            broken=broken,
        )  # fmt: skip
        return Decision(record=moved, is_taken_now=True)
    if record.claim in word.bars:
        return Decision(record=replace(record, barred=barred, broken=broken), is_taken_now=False)
    return None


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


def _said_to_be_two(
    first: ClaimRecord, second: ClaimRecord, claims: Iterable[ClaimRecord], event: EventId
) -> Decision | None:
    """The earliest other pair of the two children of which a reviewer said that it is two."""
    before = {record.claim: _before(record, event) for record in claims}
    barred = [
        (one, before[claim])
        for one in before.values()
        for claim in one.barred & before.keys()
        if before[claim].child != one.child and {one.claim, claim} != {first.claim, second.claim}
    ]
    if not barred:
        return None
    one, other = min(barred, key=lambda pair: [(each.order, each.claim) for each in pair])
    review = Review(
        claim_a=one.claim, claim_b=other.claim, child_a=one.child, child_b=other.child, why=CONTRADICTED
    )  # fmt: skip
    return Decision(record=one, is_taken_now=False, reviews=(review,))


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
