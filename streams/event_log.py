"""Events as they are written to a child's log: an agency's message as it was accepted, or the hub's own word.

One place where a `LoggedEvent` is made, sealed under the child's key and signed. What the hub says itself (a decision,
a move, who was told) has an id derived from its cause and a salt derived from that id, so a re-run writes the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.ids import HUB, ChildId, ClaimId, EventId
from hub.messages import AcceptedMessage, WireMessage, compose_linked_event
from hub.messages.events import EVENTS
from hub.sealing import derived_salt, salted
from schemas.codec import SchemaIds, encode
from schemas.records import Acknowledged, AgencyKind, Header, LoggedEvent, Record
from streams.event_batches import event_batches, event_partition
from streams.secrets import HubSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an event of the hub's comes from: when its cause was accepted, and its cause's place in the order."""

    accepted_at: datetime
    inbound_partition: int
    inbound_offset: int
    accepted_offset: int


class EventWriter:
    """Makes records of `events`."""

    def __init__(self, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._secrets = secrets
        self._ids = ids
        self._links: dict[int, bytes] = {}
        """Of each partition the link of what was written to it last: the next record vouches for that one."""

    def stated(self, message: AcceptedMessage, child: ChildId, claim: ClaimId, order: int) -> WireMessage:
        """An agency's message, in the log of the child that it concerns.

        Raises:
            ChildErased: the child's key was destroyed.
        """
        opened, verdict = message.opened, message.verdict
        event = LoggedEvent(
            event_id=opened.id,
            record_type=opened.type,
            child_id=child,
            claim_id=claim,
            sender=opened.sender,
            sender_kind=verdict.sender_kind,
            headers=tuple(Header(name=name, value=value) for name, value in opened.headers.kept()),
            signature=opened.headers.signature,
            value_digest=opened.value_digest,
            topic=opened.topic,
            key=opened.key.decode(),
            plaintext=opened.plaintext,
            accepted_at=verdict.accepted_at,
            inbound_partition=verdict.inbound_partition,
            inbound_offset=verdict.inbound_offset,
            accepted_offset=order,
            findings=verdict.findings,
        )
        return self._sealed(event, child, cause=opened.id)

    def acknowledged(
        self, part: Acknowledged, message: AcceptedMessage, child: ChildId, event_id: EventId, order: int
    ) -> LoggedEvent:
        """The part of an acknowledgement that is about one child; the signature inside is that of the whole."""
        opened, verdict = message.opened, message.verdict
        return LoggedEvent(
            event_id=event_id,
            record_type=opened.type,
            child_id=child,
            sender=opened.sender,
            sender_kind=verdict.sender_kind,
            signature=opened.headers.signature,
            value_digest=opened.value_digest,
            topic=opened.topic,
            key=opened.key.decode(),
            plaintext=salted(encode(part, self._ids), derived_salt(self._secrets.log_key, event_id, child)),
            accepted_at=verdict.accepted_at,
            inbound_partition=verdict.inbound_partition,
            inbound_offset=verdict.inbound_offset,
            accepted_offset=order,
        )

    def alone(self, event: LoggedEvent, *, cause: str) -> WireMessage:
        """An event as a record of its own.

        Raises:
            ChildErased: the child's key was destroyed.
        """
        return self._sealed(event, ChildId(event.child_id), cause=cause)

    def together(self, events: Iterable[LoggedEvent], *, cause: str, time: datetime) -> list[WireMessage]:
        """Events that change neither the register nor who is owed what, in few records.

        Raises:
            ChildErased: the key of one of the children was destroyed.
        """
        return event_batches(events, cause=cause, time=time, secrets=self._secrets, ids=self._ids, links=self._links)

    def own(
        self,
        body: Record,
        child: ChildId,
        event_id: EventId,
        origin: Origin,
        *,
        cause: str,
        claim: ClaimId | None = None,
        told: tuple[str, ...] = (),
    ) -> tuple[WireMessage, LoggedEvent]:
        """Something the hub says, in a child's log; the record, and the event that it holds.

        Raises:
            ChildErased: the child's key was destroyed.
        """
        event = LoggedEvent(
            event_id=event_id,
            record_type=body.SCHEMA_NAME,
            child_id=child,
            claim_id=claim,
            sender=HUB,
            sender_kind=AgencyKind.HUB,
            signature=b"",
            value_digest=b"",
            topic=EVENTS,
            key=child,
            plaintext=salted(encode(body, self._ids), derived_salt(self._secrets.log_key, event_id, child)),
            accepted_at=origin.accepted_at,
            inbound_partition=origin.inbound_partition,
            inbound_offset=origin.inbound_offset,
            accepted_offset=origin.accepted_offset,
        )
        return self._sealed(event, child, cause=cause, told=told), event

    def _sealed(self, event: LoggedEvent, child: ChildId, *, cause: str, told: tuple[str, ...] = ()) -> WireMessage:
        key, partition = self._secrets.keyring.key_for(child), event_partition(child)
        previous = self._links.get(partition)
        wire, self._links[partition] = compose_linked_event(
            event, key, self._secrets.worker, self._ids, cause=cause, told=told, previous=previous
        )
        return wire
