"""Decides what of a child is still on its way here, or only half decided: nothing is said of it until it is whole.

A decision of a reviewer about many claims is written to a child's log as one assignment a claim and, last, the
reviewer's own word; whoever gives a claim up re-sends its own copy of the assignment last of all that it sends. So both
ends are seen in the set itself, whatever comes in between, and however often a process dies on the way.

A message that names both identities of an adoption break is a child of its own in the log, and withheld for good: it is
kept, and nothing of it is ever said to anybody.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hub.episode.model import Ownership
from hub.event import Event
from hub.ids import ChildId, ClaimId, EventId, assigned_id
from schemas.records import ClaimAssigned, ClaimOutcome, LinkDecided

WITHHELD: Final = "withheld: names both identities of an adoption break"
"""How the reason of an assignment begins whose child is nobody's to be told of."""


def awaited_claims(child: ChildId, events: Sequence[Event], claims: Mapping[ClaimId, Ownership]) -> frozenset[ClaimId]:
    """Claims that this child owns and whose events are still on their way from the child that had them before.

    A claim is here in full when the copy that the giver re-sends of every decision known here about it has come.
    """
    if _never_decided_again(claims):
        return frozenset()
    given_up: dict[ClaimId, set[EventId]] = {}
    for event in events:
        body = event.body
        if isinstance(body, ClaimAssigned) and body.from_child is not None:
            claim = ClaimId(body.claim_id)
            if claims[claim].child == child:
                copy = assigned_id(claim, body.number, ChildId(body.from_child))
                given_up.setdefault(claim, set()).add(copy)
    here = {event.id for event in events if isinstance(event.body, ClaimAssigned)}
    return frozenset(claim for claim, copies in given_up.items() if not copies <= here)


def is_half_decided(child: ChildId, events: Sequence[Event], claims: Mapping[ClaimId, Ownership]) -> bool:
    """Whether claims are assigned in this child's log by a reviewer's word that is itself not there yet."""
    if _never_decided_again(claims):
        return False
    assigned = {
        event.order
        for event in events
        if isinstance(event.body, ClaimAssigned)
        and event.body.outcome is ClaimOutcome.REVIEWER
        and event.id == assigned_id(ClaimId(event.body.claim_id), event.body.number, child)
    }
    return not assigned <= {event.order for event in events if isinstance(event.body, LinkDecided)}


def is_withheld(events: Sequence[Event]) -> bool:
    """Whether this child is such a message. It has one claim, so the first of its events that assigns says it."""
    first = next((event.body for event in events if isinstance(event.body, ClaimAssigned)), None)
    return first is not None and first.outcome is ClaimOutcome.REVIEW and first.why.startswith(WITHHELD)


def _never_decided_again(claims: Mapping[ClaimId, Ownership]) -> bool:
    """True for nearly every child: nobody has to look further."""
    return all(owner.number <= 1 for owner in claims.values())
