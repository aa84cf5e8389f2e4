"""A record of Kafka as we write and read it, and the steps that every kind of message has in common.

Writing: headers, seal, signature over the sealed bytes. Reading, in this order and no other: bounds, headers, signer,
signature, then what the key is worth; only then may a caller open, and only what opened may be decoded. Which domain,
signer and content type belong to which kind of message is for the modules beside this one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from hub.directory import Directory, KeyStanding
from hub.headers import CONTENT_TYPE, SIGNATURE, Headers, HeadersRefused, RawHeaders, parse
from hub.ids import AgencyId
from hub.refusal import Reason, Refusal, fault
from hub.sealing import OpeningKeys, SealNotOpened, commitment, open_sealed, seal
from hub.signing import Domain, SignedHeaders, Signer, sealing_info, signing_input, verifies
from schemas.codec import SchemaIds, decode
from schemas.errors import HomewardError, UndecodableMessage
from schemas.records import AgencyKind, Finding, FindingKind, Record, SealingKey

SEALED: Final = "application/vnd.homeward.sealed"
AVRO: Final = "application/vnd.confluent.avro"
AT_REST: Final = "application/vnd.homeward.at-rest"
"""Content types: sealed to a recipient; in clear; sealed under a child's key."""

LARGEST_MESSAGE: Final = 128 * 1024
"""Bytes of value and headers together that `inbound` takes."""
_OVERHEAD_PER_HEADER: Final = 8


class MessageTooLarge(HomewardError):
    """A record that does not fit into one message; `size` and `limit` are bytes."""

    def __init__(self, size: int, limit: int) -> None:
        """Keep the parts and say them in one line."""
        self.size = size
        self.limit = limit
        super().__init__(f"the message has {size} bytes, and a topic takes {limit}; shorten the longest text")


@dataclass(frozen=True, slots=True, kw_only=True)
class WireMessage:
    """One record as it goes to Kafka or came from it."""

    topic: str
    key: bytes
    headers: RawHeaders
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedMessage:
    """A message that was verified, opened and decoded.

    `plaintext` is what was sealed (16 bytes of salt, then the framed record), or the framed record where nothing
    was sealed; `commitment` its SHA-256; `signing_digest` the SHA-256 of the signing input, which the next message
    of this signing key names as its `previous`; `value_digest` the SHA-256 of the value as sent. `findings` are of
    reading only; those of the content are for `checks`.
    """

    id: str
    type: str
    sender: AgencyId
    sender_kind: AgencyKind
    key_id: str
    record: Record = field(repr=False)
    plaintext: bytes = field(repr=False)
    commitment: bytes
    sequence: int | None
    previous: bytes | None
    signing_digest: bytes
    value_digest: bytes
    headers: Headers
    topic: str
    key: bytes
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Headers whose signature verified under a key that the directory ever bound to the signer."""

    headers: Headers
    key_standing: KeyStanding
    value_digest: bytes
    signing_digest: bytes


def signed_message(  # noqa: PLR0913 - the parts of a record of Kafka, each once
    *,
    domain: Domain,
    topic: str,
    key: bytes,
    attributes: SignedHeaders,
    content_type: str,
    value: bytes,
    signer: Signer,
) -> WireMessage:
    """A record with its signature. `value` is what is sent, sealed or not."""
    covered = signing_input(domain, topic, key, attributes, content_type, sha256(value).digest())
    signature = signer.sign(covered).hex()
    headers = (*attributes, (CONTENT_TYPE, content_type.encode()), (SIGNATURE, signature.encode()))
    return WireMessage(topic=topic, key=key, headers=headers, value=value)


def sealed_to(
    recipient: SealingKey, plaintext: bytes, *, domain: Domain, topic: str, key: bytes, attributes: SignedHeaders
) -> bytes:
    """The plaintext, sealed to the recipient and bound to its headers."""
    info = sealing_info(domain, topic, key, attributes, SEALED)
    return seal(plaintext, recipient.public_key, info, recipient.suite)


def proven(
    wire: WireMessage,
    *,
    domain: Callable[[Headers], Domain | None],
    signer: AgencyId | None,
    directory: Directory,
    when: datetime,
) -> Proven | Refusal:
    """The headers, if the signature verifies under a key ever bound to the signer (None: to the source named).

    `domain` says which kind of statement the headers make; None where a type is not expected here.
    """
    if len(wire.value) > 2 * LARGEST_MESSAGE:
        return Refusal(reason=Reason.VALUE_TOO_LARGE, findings=(fault(Reason.VALUE_TOO_LARGE),))
    try:
        headers = parse(wire.headers)
    except HeadersRefused as refused:
        return Refusal(reason=refused.reason, findings=(refused.finding,))
    agency = AgencyId(headers.source) if signer is None else signer
    value_digest = sha256(wire.value).digest()
    if (kind := domain(headers)) is None:
        return refusal(Reason.UNEXPECTED_TYPE, headers, value_digest)
    if directory.agency(agency) is None:
        return refusal(Reason.UNKNOWN_AGENCY, headers, value_digest)
    if (key := directory.signing_key(agency, headers.key_id)) is None:
        return refusal(Reason.UNKNOWN_KEY, headers, value_digest)
    covered = signing_input(kind, wire.topic, wire.key, headers.signed, headers.content_type, value_digest)
    if not verifies(key.public_key, headers.signature, covered):
        return refusal(Reason.BAD_SIGNATURE, headers, value_digest)
    return Proven(
        headers=headers,
        key_standing=directory.key_at(agency, headers.key_id, when),
        value_digest=value_digest,
        signing_digest=sha256(covered).digest(),
    )


_STANDING: Final = {
    KeyStanding.NOT_YET_VALID: Reason.KEY_NOT_YET_VALID,
    KeyStanding.EXPIRED: Reason.KEY_EXPIRED,
    KeyStanding.REVOKED: Reason.KEY_REVOKED,
    KeyStanding.UNKNOWN: Reason.UNKNOWN_KEY,
}


def standing_faults(found: Proven) -> list[tuple[Reason, Finding]]:
    """What is wrong with the key that signed, at the time asked for; empty if it is valid."""
    reason = _STANDING.get(found.key_standing)
    return [] if reason is None else [(reason, fault(reason))]


def refusal(reason: Reason, headers: Headers, value_digest: bytes, findings: tuple[Finding, ...] = ()) -> Refusal:
    """A refusal of a message whose headers could be read and whose sender is not proven."""
    return Refusal(
        reason=reason,
        findings=findings or (fault(reason),),
        claimed_agency=AgencyId(headers.source),
        message_id=headers.id,
        record_type=headers.type,
        value_digest=value_digest,
    )


def proven_refusal(found: Proven, faults: list[tuple[Reason, Finding]]) -> Refusal:
    """A refusal of a message whose sender is proven: it is owed an answer with every fault found."""
    return Refusal(
        reason=faults[0][0],
        findings=tuple(finding for _, finding in faults),
        answerable=True,
        claimed_agency=AgencyId(found.headers.source),
        message_id=found.headers.id,
        record_type=found.headers.type,
        value_digest=found.value_digest,
        signing_digest=found.signing_digest,
    )


def opened_value(
    wire: WireMessage, headers: Headers, *, domain: Domain, keys: OpeningKeys
) -> bytes | tuple[Reason, Finding]:
    """What was sealed, if it opens and is what the headers commit to; otherwise the fault."""
    try:
        info = sealing_info(domain, wire.topic, wire.key, headers.signed, headers.content_type)
        plaintext = open_sealed(wire.value, keys, info)
    except SealNotOpened:
        return Reason.SEAL_NOT_OPENED, fault(Reason.SEAL_NOT_OPENED)
    if commitment(plaintext) != headers.commitment:
        return Reason.COMMITMENT_MISMATCH, fault(Reason.COMMITMENT_MISMATCH)
    return plaintext


def decoded(framed: bytes, headers: Headers, ids: SchemaIds) -> Record | tuple[Reason, Finding]:
    """The record that the headers announce; otherwise the fault, with where it lies and what was expected."""
    try:
        record = decode(framed, ids)
    except UndecodableMessage as error:
        finding = Finding(
            field=error.where[:200],
            rule=f"expected {error.expected}"[:400],
            remedy=error.remedy[:400],
            kind=FindingKind.FAULT,
        )
        return Reason.UNDECODABLE, finding
    if record.SCHEMA_NAME != headers.type:
        return Reason.TYPE_MISMATCH, fault(Reason.TYPE_MISMATCH)
    return record


def opened_message(
    wire: WireMessage, found: Proven, *, sender_kind: AgencyKind, record: Record, plaintext: bytes
) -> OpenedMessage:
    """The opened message, from its proven headers and what was in it."""
    headers = found.headers
    return OpenedMessage(
        id=headers.id,
        type=headers.type,
        sender=AgencyId(headers.source),
        sender_kind=sender_kind,
        key_id=headers.key_id,
        record=record,
        plaintext=plaintext,
        commitment=headers.commitment,
        sequence=headers.sequence,
        previous=headers.previous,
        signing_digest=found.signing_digest,
        value_digest=found.value_digest,
        headers=headers,
        topic=wire.topic,
        key=wire.key,
    )


def chain_link(wire: WireMessage, domain: Domain = Domain.MESSAGE) -> bytes:
    """SHA-256 of a message's signing input: `previous` of the next message under the same signing key (32 bytes)."""
    headers = parse(wire.headers)
    covered = signing_input(
        domain, wire.topic, wire.key, headers.signed, headers.content_type, sha256(wire.value).digest()
    )
    return sha256(covered).digest()


def size_on_topic(wire: WireMessage) -> int:
    """Bytes of a record as the broker counts them, a little more rather than less."""
    headers = sum(len(name) + len(value or b"") + _OVERHEAD_PER_HEADER for name, value in wire.headers)
    return len(wire.key) + len(wire.value) + headers + 100
