"""What identity decides, as it is written: the claim's row, `ClaimAssigned` in each child's log, and the evidence."""

from hub.evidence import Deed, leaf
from hub.identity import Decision, IdentityIndex
from hub.ids import ChildId, assigned_id
from hub.messages import AcceptedMessage, WireMessage
from schemas.records import AgencyKind, AuditKind, AuditLeaf, ClaimAssigned
from streams.arrivals import Arrival
from streams.claim_table import ClaimTable
from streams.event_log import EventWriter, Origin
from streams.secrets import HubSecrets


class Assignments:
    """Writes decisions down. A decision is never taken here, and one written again has the same ids."""

    def __init__(self, secrets: HubSecrets, events: EventWriter, claims: ClaimTable) -> None:
        self._secrets = secrets
        self._events = events
        self._claims = claims

    def keep(self, arrival: Arrival, decision: Decision, index: IdentityIndex) -> None:
        """Keep the claim, in the index and as a row; the row is durable with the next flush of the table.

        Raises:
            ChildErased: the child's key was destroyed.
        """
        self._claims.put(arrival, decision.record, index.put(decision.record))

    def records(self, decision: Decision, message: AcceptedMessage, arrival: Arrival) -> list[WireMessage]:
        """The decision as an event, to the child that the claim belongs to now and to the one that it left."""
        record = decision.record
        assigned = ClaimAssigned(
            claim_id=record.claim,
            agency=record.facts.agency,
            from_child=record.came_from,
            to_child=record.child,
            number=record.number,
            outcome=record.outcome,
            why=record.why,
            matched_claim=record.matched,
        )
        verdict = message.verdict
        origin = Origin(
            accepted_at=verdict.accepted_at,
            inbound_partition=verdict.inbound_partition,
            inbound_offset=verdict.inbound_offset,
            accepted_offset=arrival.offset,
        )
        children = [child for child in (record.child, record.came_from) if child is not None]
        return [
            self._events.own(
                assigned,
                child,
                assigned_id(record.claim, record.number, child),
                origin,
                cause=message.opened.id,
                claim=record.claim,
            )[0]
            for child in children
        ]

    def leaf(self, message: AcceptedMessage, kind: AuditKind, outcome: str, child: ChildId | None = None) -> AuditLeaf:
        """The evidence that this message was combined with a child's history, or dropped."""
        deed = Deed(
            kind=kind,
            cause=message.opened.id,
            at=message.verdict.accepted_at,
            agency=message.opened.sender,
            agency_kind=message.verdict.sender_kind or AgencyKind.UNKNOWN,
            content_digest=message.opened.value_digest,
            outcome=outcome,
            child=child,
        )
        return leaf(deed, self._secrets.log_key)
