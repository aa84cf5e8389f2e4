"""Records of a child's log, and the events that folds read: opened here, and wrapped to be moved to another child."""

from dataclasses import replace

from hub.event import Event
from hub.ids import AgencyId, ChildId, ClaimId, EventId
from hub.messages import body_of
from schemas.codec import SchemaIds, decode, encode
from schemas.records import LoggedEvent, Moved


def opened(logged: LoggedEvent, ids: SchemaIds) -> Event:
    """The event that a record of the log holds; a moved one is the original event, under its original id.

    Raises:
        UndecodableMessage: the record's words do not decode, which for a verified record is a fault of the hub.
    """
    body = body_of(logged.plaintext, ids)
    if isinstance(body, Moved):
        original = opened(decode(body.original, ids, LoggedEvent), ids)
        return replace(original, child=ChildId(logged.child_id))
    return Event(
        id=EventId(logged.event_id),
        child=ChildId(logged.child_id),
        claim=ClaimId(logged.claim_id) if logged.claim_id is not None else None,
        sender=AgencyId(logged.sender),
        sender_kind=logged.sender_kind,
        accepted_at=logged.accepted_at,
        order=logged.accepted_offset,
        body=body,
        findings=logged.findings,
    )


def moved(
    logged: LoggedEvent, to_child: ChildId, number: int, ids: SchemaIds, *, claim: ClaimId | None = None
) -> Moved:
    """The record that takes an event to the child that owns its claim now, by decision `number`.

    What the hub said (`Told`) and acknowledgements belong to no claim themselves and go with the claim of their
    cause, which the departure names: `claim`. An event that came as a move itself is moved on as the original, so
    moves never nest.
    """
    body = body_of(logged.plaintext, ids)
    if isinstance(body, Moved):
        return replace(body, from_child=logged.child_id, to_child=to_child, number=number)
    return Moved(
        original=encode(logged, ids),
        original_event_id=logged.event_id,
        claim_id=logged.claim_id or claim or "",
        from_child=logged.child_id,
        to_child=to_child,
        number=number,
    )
