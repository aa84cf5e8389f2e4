"""An event of a child's log on `events`: sealed under the child's key, signed by the worker that wrote it.

Inside stands the whole statement (`LoggedEvent`): the agency's headers, signature and words, or the hub's own. The
headers outside say only what `ledger` may know: id, type, source, cause, and for a `Told` the notices it stands for.
"""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from typing import Final

from hub.directory import Directory
from hub.headers import COMMITMENT, CONTENT_TYPE, KEY_ID, attributes
from hub.ids import HUB, AgencyId, ChildId, EventId
from hub.messages.wire import (
    AT_REST,
    LARGEST_MESSAGE,
    Fault,
    MessageTooLarge,
    Proven,
    Refused,
    Voucher,
    WireMessage,
    answered,
    broken_rules,
    parsed,
    proven,
    signed_over,
    size_on_topic,
)
from hub.records_at_rest import RecordNotOpened, event_context, open_at_rest, seal_at_rest
from hub.refusal import Reason, Refusal
from hub.sealing import commitment
from hub.signing import Domain, Signer, signing_input, verifies
from schemas.codec import SchemaIds, decode, encode
from schemas.errors import UndecodableMessage
from schemas.records import LoggedEvent

EVENTS: Final = "events"


def compose_event(
    event: LoggedEvent,
    child_key: bytes,
    worker: Signer,
    ids: SchemaIds,
    *,
    cause: str | None = None,
    told: tuple[str, ...] = (),
    previous: bytes | None = None,
) -> WireMessage:
    """The event, sealed under its child's key (32 bytes) and signed; the same arguments give the same bytes.

    `previous`: the `event_link` of what the worker wrote before it to the same partition.

    Raises:
        UnencodableRecord, MessageTooLarge, HeadersRefused: as `compose`.
    """
    wire, _ = compose_linked_event(event, child_key, worker, ids, cause=cause, told=told, previous=previous)
    return wire


def compose_linked_event(
    event: LoggedEvent,
    child_key: bytes,
    worker: Signer,
    ids: SchemaIds,
    *,
    cause: str | None = None,
    told: tuple[str, ...] = (),
    previous: bytes | None = None,
) -> tuple[WireMessage, bytes]:
    """The same, and its `event_link`."""
    plaintext = encode(event, ids)
    context = event_context(EVENTS, ChildId(event.child_id), EventId(event.event_id))
    named = attributes(
        message_id=event.event_id,
        record_type=event.record_type,
        source=event.sender,
        time=event.accepted_at,
        key_id=worker.key_id,
        commitment=commitment(plaintext),
        cause=cause,
        told=told,
        previous=previous,
    )
    key, value = event.child_id.encode(), seal_at_rest(plaintext, child_key, context)
    covered = signing_input(Domain.EVENT, EVENTS, key, named, AT_REST, sha256(value).digest())
    wire = signed_over(
        covered, topic=EVENTS, key=key, attributes=named, content_type=AT_REST, value=value, signer=worker
    )
    if (size := size_on_topic(wire)) > 2 * LARGEST_MESSAGE:
        raise MessageTooLarge(size, 2 * LARGEST_MESSAGE)
    return wire, sha256(covered).digest()


def open_event(
    wire: WireMessage, child_key: bytes, directory: Directory, ids: SchemaIds, appended_at: datetime
) -> LoggedEvent | Refusal:
    """The event, if a worker of the hub signed it and it belongs to the child that keys it; otherwise why not."""
    try:
        return _opened(wire, _proven(wire, directory, appended_at), child_key, ids)
    except Refused as refused:
        return refused.refusal


def verified_event(
    wire: WireMessage, directory: Directory, appended_at: datetime, vouched: Collection[Voucher] = ()
) -> Proven | Refusal:
    """What a worker of the hub signed, or why it is no such event. What it says is not opened.

    The seal binds it to its child and its id, so `stored_event` opens it later under the right ones alone. `vouched`
    are what records that were verified before name as their `previous`: the same worker, with the same key, signed
    these too, and their signatures are not asked for. Everything else is, what the key was worth at the time included.
    """
    try:
        return _proven(wire, directory, appended_at, vouched)
    except Refused as refused:
        return refused.refusal


def event_link(wire: WireMessage) -> bytes:
    """What the next record that a worker writes to the same partition names as its `previous` (32 bytes).

    Of a record that this hub composed itself: the SHA-256 of what its signature covers, as `chain_link` of any other.
    """
    signed = [(name, value or b"") for name, value in wire.headers if name.startswith("ce_")]
    content_type = next((value or b"" for name, value in wire.headers if name == CONTENT_TYPE), b"").decode()
    digest = sha256(wire.value).digest()
    return sha256(signing_input(Domain.EVENT, wire.topic, wire.key, signed, content_type, digest)).digest()


def _proven(
    wire: WireMessage, directory: Directory, appended_at: datetime, vouched: Collection[Voucher] = ()
) -> Proven:
    headers = parsed(wire)
    found = proven(
        wire, headers, domain=Domain.EVENT, signer=HUB, directory=directory, when=appended_at, vouched=vouched
    )
    if faults := broken_rules(found, [(Reason.WRONG_CONTENT_TYPE, headers.content_type == AT_REST)]):
        raise answered(found, faults)
    return found


def _opened(wire: WireMessage, found: Proven, child_key: bytes, ids: SchemaIds) -> LoggedEvent:
    headers = found.headers
    child = ChildId(wire.key.decode("ascii", "replace"))
    try:
        event = stored_event(wire.value, child, EventId(headers.id), child_key, ids)
    except RecordNotOpened:
        raise answered(found, [Fault(Reason.SEAL_NOT_OPENED)]) from None
    except UndecodableMessage:
        raise answered(found, [Fault(Reason.UNDECODABLE)]) from None
    if (event.event_id, event.record_type, event.child_id) != (headers.id, headers.type, child):
        raise answered(found, [Fault(Reason.TYPE_MISMATCH)])
    return event


def stored_event(value: bytes, child: ChildId, event: EventId, child_key: bytes, ids: SchemaIds) -> LoggedEvent:
    """An event from the sealed bytes that a worker kept of it after verifying it once.

    Raises:
        RecordNotOpened: another child's key, another place, or changed bytes.
        UndecodableMessage: what opened is no event.
    """
    plaintext = open_at_rest(value, child_key, event_context(EVENTS, child, event))
    return decode(plaintext, ids, LoggedEvent, is_ours=True)


def statement_verifies(event: LoggedEvent, directory: Directory) -> bool:
    """True if the agency's own signature, kept inside the event, still verifies over what it said.

    For auditors: the value as sent is gone, its digest is kept, and the commitment ties the words to it. A key that
    has expired or was revoked since still verifies what it signed.
    """
    headers = {header.name: header.value for header in event.headers}
    signed = [(name, value) for name, value in headers.items() if name.startswith("ce_")]
    key = directory.signing_key(AgencyId(event.sender), headers.get(KEY_ID, b"").decode("ascii", "replace"))
    content_type = headers.get(CONTENT_TYPE, b"").decode("ascii", "replace")
    covered = signing_input(Domain.MESSAGE, event.topic, event.key.encode(), signed, content_type, event.value_digest)
    return (
        key is not None
        and headers.get(COMMITMENT) == commitment(event.plaintext).hex().encode()
        and verifies(key.public_key, event.signature, covered)
    )
