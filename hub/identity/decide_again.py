"""What a reviewer's word makes of the claims it is about: new numbered decisions, and bars that no score may cross.

Rules here:
1. `same` joins the later child's claims to the child of the earlier claim, and lifts what barred the pair; never across
   an adoption break, and never over another word that the two children are two: what was said of another pair of them
   stands until somebody says `same` of that pair, which is put before a person again.
2. `different`, `split` and `adoption_break` undo the word that brought one of the two to the other, for all that it
   brought; or move back what began elsewhere, or one claim alone. They bar the pair for ever, and put nobody together
   who is barred; an adoption break beats everything, later words of reviewers too.
3. A re-run of the same word finds what it has decided already, returns that again, the same, and decides the rest: a
   process may have died when some of the claims were kept and others not.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from hub.identity.claims import ClaimRecord
from hub.identity.decide import Decision
from hub.identity.doubts import Review
from hub.identity.index import IdentityIndex
from hub.ids import ChildId, ClaimId, EventId, derived_id, first_child_id
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
        word = _parted(first, second, claims.values(), event, index)
    else:
        return ()
    why = _why(decided.decision)
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


def _parted(
    first: ClaimRecord, second: ClaimRecord, claims: Collection[ClaimRecord], event: EventId, index: IdentityIndex
) -> _Word:
    """Who leaves, with whom, and to where: back to where it came from, with whatever else came from there.

    A record that came from nowhere else goes alone. None is ever put to a record that it is barred from. Where a
    process died in the middle of it, those that went say where the others go: any of them may have been kept.
    """
    before = {record.claim: _before(record, event) for record in claims}
    one, other = before[first.claim], before[second.claim]
    bars = {one.claim: one.barred | {other.claim}, other.claim: other.barred | {one.claim}}
    if one.child != other.child:
        return _Word(moves={}, bars=bars)
    gone = next((record for record in (first, second) if record.decided_by == event), None)
    if gone is None:
        leaving, staying = _who_leaves(one, other)
        to = _back_to(leaving, staying)
        to = to if _may_join(leaving, to, index) else _apart(leaving, event, index)
    else:
        leaving, staying, to = gone, other if gone.claim == one.claim else one, gone.child
    moves = {leaving.claim: to}
    for record in before.values():
        if record.child == one.child and record.claim not in {leaving.claim, staying.claim} and _is_from(record, to):
            moves[record.claim] = to if _may_join(record, to, index) else _apart(record, event, index)
    return _Word(moves=moves, bars=bars)


def _who_leaves(one: ClaimRecord, other: ClaimRecord) -> tuple[ClaimRecord, ClaimRecord]:
    """Of two records of one child: the one that goes, and the one that stays; the same in either order.

    The record that the child began with stays; else the one that no word of a person brought; else the earlier one.
    """
    in_order = sorted((one, other), key=lambda record: (record.order, record.claim))
    stays = min(in_order, key=lambda record: (not _is_first_of(record), _was_brought(record)))
    return (other, one) if stays is one else (one, other)


def _is_first_of(record: ClaimRecord) -> bool:
    return record.child == first_child_id(record.claim)


def _was_brought(record: ClaimRecord) -> bool:
    """Whether it is where it is because a person said `same`."""
    return record.why == _why(LinkDecision.SAME) and record.came_from is not None


def _back_to(leaving: ClaimRecord, staying: ClaimRecord) -> ChildId:
    """The child that a record, and not the other one, came from by a person's word, or began with; else its own."""
    brought_from = [leaving.came_from] if _was_brought(leaving) else []
    for child in (*brought_from, leaving.origin):
        if child is not None and child != leaving.child and not _is_from(staying, child):
            return child
    return first_child_id(leaving.claim)


def _is_from(record: ClaimRecord, child: ChildId) -> bool:
    """Whether a record began with a child, or a person's word brought it from there."""
    return record.origin == child or (_was_brought(record) and record.came_from == child)


def _may_join(record: ClaimRecord, child: ChildId, index: IdentityIndex) -> bool:
    """Whether nobody of a child is barred from a record."""
    return not any(
        other.claim in record.barred or record.claim in other.barred
        for other in index.of_child(child)
        if other.claim != record.claim
    )


def _apart(record: ClaimRecord, event: EventId, index: IdentityIndex) -> ChildId:
    """A child for a record alone: the one it would have begun, unless somebody is there that it is barred from."""
    own = first_child_id(record.claim)
    return own if _may_join(record, own, index) else ChildId(derived_id(record.claim, "child", event))


def _why(decision: LinkDecision) -> str:
    return f"a reviewer: {decision.value}"
