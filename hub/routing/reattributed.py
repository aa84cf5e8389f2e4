"""What seats were told of two children as if they were one, and have to withdraw once a reviewer has parted them.

While a claim stood with the wrong child, its fields may have been shown as that child's, and that child's as its own.
After the split, the child that is left names the fields that the claim had said; the child that the claim came to
names whatever was told of its episodes meanwhile, because it does not know what the other had said. Fields only, never
values; it counts even where the agency had said better itself before. Who was told of other fields holds nothing wrong.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from hub.delivery.points import Seat, heard
from hub.entry.golden import golden_rules
from hub.entry.statements import statements
from hub.ids import ClaimId, EventId
from hub.routing.case import Case
from schemas.records import ClaimAssigned, LinkDecided, LinkDecision, NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """Where a claim wrongly stood from one decision to another (places in the total order), and what it had said.

    `names` None: all that was told of the episode meanwhile.
    """

    came: int
    left: int
    names: frozenset[str] | None


def reattributed(case: Case) -> dict[Seat, Mapping[int, frozenset[str]]]:
    """By seat and by the order of the decision that parted two children: the fields told before it of both as one."""
    if all(owner.number <= 1 for owner in case.state.claims.values()):
        return {}
    stays = list(_stays(case))
    ids = {case.episode.id, *case.episode.aliases}
    found: defaultdict[Seat, dict[int, frozenset[str]]] = defaultdict(dict)
    for fact in case.state.told.values() if stays else ():
        row, at = fact.row, case.order(EventId(fact.cause))
        if row.episode_id not in ids or row.kind is NoticeKind.WITHDRAWAL:
            continue
        for stay in stays:
            told = frozenset(row.fields)
            wrong = told if stay.names is None else told & stay.names
            if wrong and stay.came <= at < stay.left:
                by_order = found[heard(row, "")[0]]
                by_order[stay.left] = by_order.get(stay.left, frozenset()) | wrong
    return dict(found)


def _stays(case: Case) -> Iterator[_Stay]:
    """The times that a claim of this child was with another, or one of another child here, until they were parted."""
    child = case.state.child
    here = {event.claim for event in case.episode.standing}
    for claim, decided in _decisions(case).items():
        for (came, before), (left, after) in pairwise(decided):
            if before == child != after and _is_parting(case, left):
                yield _Stay(came=came, left=left, names=_names(case, claim, left))
            elif before != child == after and claim in here and _is_parting(case, left):
                yield _Stay(came=came, left=left, names=None)


def _decisions(case: Case) -> dict[ClaimId, list[tuple[int, str]]]:
    """By claim, in the order of their numbers: the place of each decision, and the child that it gave the claim to."""
    numbered = {
        (event.body.claim_id, event.body.number, event.order, event.body.to_child)
        for event in case.state.events
        if isinstance(event.body, ClaimAssigned)
    }
    found: defaultdict[ClaimId, list[tuple[int, str]]] = defaultdict(list)
    for claim, _, order, to_child in sorted(numbered):
        found[ClaimId(claim)].append((order, to_child))
    return found


def _is_parting(case: Case, order: int) -> bool:
    """Whether the reviewer's word at this place parted what had been one; joined, nothing was told wrongly before."""
    return any(
        isinstance(event.body, LinkDecided) and event.body.decision is not LinkDecision.SAME
        for event in case.state.events
        if event.order == order
    )


def _names(case: Case, claim: ClaimId, left: int) -> frozenset[str]:
    """The names of the fields that a claim had said anything of before it left."""
    said = [event for event in case.state.events if event.claim == claim and event.order < left]
    return frozenset(statement.field for statement in statements(said, golden_rules().subjects))
