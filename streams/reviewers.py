"""A reviewer's word at identity: what it decides, whether this reviewer may decide it, and the records of it."""

from collections.abc import Iterable, Sequence

import structlog

from hub.directory import Directory
from hub.episode.arrivals import WITHHELD
from hub.identity import ClaimRecord, Decision, IdentityIndex, decide_again
from hub.identity.reviews import may_decide, reserved_for, settled_pairs
from hub.ids import ChildId, ClaimId, EventId, first_child_id
from hub.messages import AcceptedMessage, WireMessage
from schemas.records import AuditKind, AuditLeaf, LinkDecided
from streams.arrivals import Arrival
from streams.assignments import Assignments
from streams.event_log import EventWriter
from streams.keyring import Keyring
from streams.metrics import IDENTITY_DECISIONS
from streams.review_queue import ReviewQueue

_log = structlog.get_logger()


class Reviewers:
    """Takes `LinkDecided`: it beats any score for ever, and goes to the log of every child that it touches."""

    def __init__(self, keyring: Keyring, events: EventWriter, assignments: Assignments, queue: ReviewQueue) -> None:
        self._keyring = keyring
        self._events = events
        self._assignments = assignments
        self._queue = queue

    def said(
        self,
        arrival: Arrival,
        message: AcceptedMessage,
        decided: LinkDecided,
        claim: ClaimId,
        index: IdentityIndex,
        directory: Directory,
    ) -> tuple[list[WireMessage], list[AuditLeaf]]:
        """Records and evidence of one word: what it decides is numbered anew, and the word goes to both children.

        Raises:
            ChildErased: a child that it is about was erased; an erased child takes part in nothing.
        """
        event = EventId(message.opened.id)
        pair = [index.claim(ClaimId(name)) for name in (decided.claim_a, decided.claim_b)]
        records = [record for record in pair if record is not None]
        children = _children_before(records, event) or {first_child_id(claim): None}
        messages: list[WireMessage] = []
        leaves: list[AuditLeaf] = []
        if _may_say(message, decided, records, directory, index):
            withheld = any(record.why.startswith(WITHHELD) for record in records)  # looked at, and joined with nobody
            decisions = () if withheld else decide_again(decided, event, index)
            children |= dict.fromkeys(decision.record.child for decision in decisions)
            self._keyring.ensure(children)
            for child in children:
                self._keyring.key_for(child)
            for decision in decisions:
                if decision.reviews:
                    messages += self._queue.items(decision, message, index)
                    continue
                self._assignments.keep(arrival, decision, index)
                if decision.is_taken_now:
                    messages += self._assignments.records(decision, message, arrival)
                    leaves.append(self._combined(message, decided, decision))
            one, other = ClaimId(decided.claim_a), ClaimId(decided.claim_b)
            if not any(
                decision.reviews for decision in decisions
            ):  # else the pair waits on, with the one it depends on
                self._queue.settle(settled_pairs(one, other, index))
        else:
            _log.warning("review_not_permitted", agency=message.opened.sender)
        # The word itself comes last: a child's log that has it has every assignment that it made there.
        said = [self._events.stated(message, child, claim, arrival.offset) for child in children]
        return [*messages, *said], leaves

    def _combined(self, message: AcceptedMessage, decided: LinkDecided, decision: Decision) -> AuditLeaf:
        IDENTITY_DECISIONS.labels(decision.record.outcome.value).inc()
        return self._assignments.leaf(message, AuditKind.COMBINATION, decided.decision.value, decision.record.child)


def _may_say(
    message: AcceptedMessage,
    decided: LinkDecided,
    records: Sequence[ClaimRecord],
    directory: Directory,
    index: IdentityIndex,
) -> bool:
    """By the rule of `hub.identity.reviews`; a withheld message is for a named role of one authority alone, and that
    one may also say which side of a break a report is of.
    """
    sender = message.opened.sender
    withheld = [record for record in records if record.why.startswith(WITHHELD)]
    if withheld:
        return bool(decided.decided_by_role) and all(each.why.endswith(f"; for {sender}") for each in withheld)
    sides = {side for record in records if (off := index.broken_off(record.child)) for side in (record.child, *off)}
    if sides and decided.decided_by_role and reserved_for(sides, index) == sender:
        return True
    entry = directory.agency(sender)
    roles = () if entry is None else entry.roles
    return may_decide(sender, roles, decided.decision, [record.facts.agency for record in records])


def _children_before(records: Iterable[ClaimRecord], event: EventId) -> dict[ChildId, None]:
    """The children that these claims belonged to before this event decided about them."""
    return dict.fromkeys(
        record.came_from if record.decided_by == event and record.came_from is not None else record.child
        for record in records
    )
