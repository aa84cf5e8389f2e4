"""An agency's message on `inbound`: composed at the agency, opened at intake.

A message is refused for its signature, its size or bytes that are no record, never for its content. What is refused
carries every fault that could be found, and whether an answer is owed.
"""

from datetime import datetime
from hashlib import sha256
from typing import Final

from hub.directory import Directory
from hub.headers import attributes
from hub.ids import HUB, AgencyId, is_minted_by_hub
from hub.messages.wire import (
    AVRO,
    LARGEST_MESSAGE,
    SEALED,
    Fault,
    MessageTooLarge,
    OpenedMessage,
    Proven,
    Refused,
    WireMessage,
    answered,
    broken_rules,
    decoded,
    opened_message,
    opened_value,
    parsed,
    proven,
    sealed_in,
    signed_over,
    size_on_topic,
)
from hub.refusal import Reason, Refusal
from hub.sealing import OpeningKeys, commitment, salted, unsalted
from hub.signing import Domain, Signer, context_of, covered_with
from schemas.codec import SchemaIds, encode
from schemas.records import Acknowledged, AgencyKind, AgencyMessage, Record, SealingKey

INBOUND: Final = "inbound"


def compose(  # noqa: PLR0913 - one argument a header, none with a safe default
    record: Record,
    *,
    ids: SchemaIds,
    message_id: str,
    sender: AgencyId,
    time: datetime,
    signer: Signer,
    seal_to: SealingKey | None,
    salt: bytes | None,
    sequence: int | None,
    previous: bytes | None,
    subject: str | None = None,
    domain: Domain = Domain.MESSAGE,
    topic: str = INBOUND,
    key: bytes | None = None,
    cause: str | None = None,
    told: tuple[str, ...] = (),
) -> WireMessage:
    """One message, sealed and signed. The same arguments give the same plaintext and chain link, sealed anew.

    Args:
        record: what is said.
        ids: schema ids, pinned at start.
        message_id: a UUID; version 7 for an agency's own messages.
        sender: the agency that says it; also the record key, unless `key` is given.
        time: when the message was made (aware).
        signer: the installation's key id and private key.
        seal_to: the recipient's sealing key from the directory; None sends in clear (never an agency's message).
        salt: 16 random bytes if sealed; drawn by the caller, so that a stored message stays what it was.
        sequence: 1 for the first message under this signing key, then one more each.
        previous: `chain_link` of the message before; `signing.CHAIN_START` for the first.
        subject: never anything that points at a child; headers are in clear.
        domain: kind of statement.
        topic: where it goes.
        key: record key.
        cause: of a hub output, the event or deadline that it stems from.
        told: of a `Told` event, the ids of its notices.

    Raises:
        UnencodableRecord: a field breaks its cap, range or type.
        MessageTooLarge: it does not fit into one message.
        HeadersRefused: an argument does not follow a header's grammar.
    """
    framed = encode(record, ids)
    plaintext = framed if seal_to is None else salted(framed, salt or b"")
    record_key = sender.encode() if key is None else key
    named = attributes(
        message_id=message_id,
        record_type=record.SCHEMA_NAME,
        source=sender,
        time=time,
        key_id=signer.key_id,
        commitment=commitment(plaintext),
        subject=subject,
        sequence=sequence,
        previous=previous,
        cause=cause,
        told=told,
    )
    content_type = AVRO if seal_to is None else SEALED
    context = context_of(domain, topic, record_key, named, content_type)
    value = plaintext if seal_to is None else sealed_in(context, seal_to, plaintext)
    wire = signed_over(
        covered_with(context, sha256(value).digest()),
        topic=topic,
        key=record_key,
        attributes=named,
        content_type=content_type,
        value=value,
        signer=signer,
    )
    limit = LARGEST_MESSAGE if domain is Domain.MESSAGE else 2 * LARGEST_MESSAGE
    if (size := size_on_topic(wire)) > limit:
        raise MessageTooLarge(size, limit)
    return wire


def open_message(
    wire: WireMessage, directory: Directory, keys: OpeningKeys, ids: SchemaIds, accepted_at: datetime
) -> OpenedMessage | Refusal:
    """What an agency sent, verified, opened and decoded; or why not. `accepted_at` is the broker's append time."""
    try:
        headers = parsed(wire)
        sender = AgencyId(headers.source)
        found = proven(wire, headers, domain=Domain.MESSAGE, signer=sender, directory=directory, when=accepted_at)
        faults = broken_rules(
            found,
            (
                (Reason.AGENCY_NOT_APPROVED, sender != HUB and directory.is_member(sender, accepted_at)),
                (Reason.WRONG_RECORD_KEY, wire.key == sender.encode()),
                (Reason.WRONG_CONTENT_TYPE, headers.content_type == SEALED),
                (Reason.VALUE_TOO_LARGE, len(wire.value) <= LARGEST_MESSAGE),
                (Reason.CHAIN_MISSING, headers.sequence is not None and headers.previous is not None),
                (Reason.ID_OF_THE_HUB, not is_minted_by_hub(headers.id)),
            ),
        )
        return _read(wire, found, faults, directory.kind(sender), keys, ids)
    except Refused as refused:
        return refused.refusal


def _read(
    wire: WireMessage, found: Proven, faults: list[Fault], kind: AgencyKind, keys: OpeningKeys, ids: SchemaIds
) -> OpenedMessage:
    """The opened message; every fault is looked for, so that the sender need not send once for each."""
    try:
        plaintext = opened_value(wire, found, keys)
        record, findings = decoded(unsalted(plaintext), found.headers, ids)
        _check_is_of_an_agency(record)
    except Fault as broken:
        raise answered(found, [*faults, broken]) from None
    if faults:
        raise answered(found, faults)
    return opened_message(wire, found, sender_kind=kind, record=record, plaintext=plaintext, findings=findings)


def _check_is_of_an_agency(record: Record) -> None:
    if not isinstance(record, AgencyMessage | Acknowledged):
        raise Fault(Reason.UNEXPECTED_TYPE)
