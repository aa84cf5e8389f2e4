"""One event of a child's log, opened: who said what, when the hub accepted it, and its place in the order.

The value that every fold takes. It says nothing of Kafka, keys or signatures; `hub.log` makes it from the
record of the log and back.
"""

from dataclasses import dataclass, field
from datetime import datetime

from hub.ids import AgencyId, ChildId, ClaimId, EventId
from schemas.records import AgencyKind, Finding, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A message about one child, or a decision of the hub about that child.

    `accepted_at` is the broker's append time of the record on `inbound` (aware UTC); of an event that the
    hub itself wrote it is the accepted time of its cause. `order` is the offset on `accepted`, a total order
    stamped by identity. Two events with the same `id` are the same event.
    """

    id: EventId
    child: ChildId
    claim: ClaimId | None
    sender: AgencyId
    sender_kind: AgencyKind
    accepted_at: datetime
    order: int
    body: Record
    findings: tuple[Finding, ...] = ()
    worked_out: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was worked out of this event alone, so that it is worked out once; no part of what the event says."""
