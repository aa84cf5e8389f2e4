"""A record of Kafka as we write and read it, and the steps that every kind of message has in common.

Writing: headers, seal, signature over the sealed bytes. Reading, in this order and no other: bounds, headers, signer,
signature, then what the key is worth; only then may a caller open, and only what opened may be decoded. Which domain,
signer and content type belong to which kind of message is for the modules beside this one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeAlias

from hub.directory import Directory, KeyStanding, standing_of
from hub.headers import CONTENT_TYPE, SIGNATURE, Headers, HeadersRefused, RawHeaders, parse
from hub.ids import AgencyId
from hub.refusal import Reason, Refusal, fault
from hub.sealing import OpeningKeys, SealNotOpened, commitment, open_sealed, seal, unsalted
from hub.signing import (
    Domain,
    SignedHeaders,
    Signer,
    context_of,
    covered_with,
    sealing_info_in,
    signing_input,
    verifies,
)
from schemas.codec import BrokenField, SchemaIds, decode_tolerantly
from schemas.errors import Done, HomewardError, UndecodableMessage
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


Voucher: TypeAlias = tuple[str, bytes]
"""The key id of a message that was proven, and the link that it names as its `previous`."""


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
    context: bytes = field(repr=False)
    """Everything that the sender signed but the value: the seal is bound to it."""


class Refused(Exception):
    """Ends the reading of one message. Never leaves this package: opening returns the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class Fault(Exception):
    """One thing that is wrong with a message whose sender is proven. Never leaves this package."""

    def __init__(self, reason: Reason, finding: Finding | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.finding = finding or fault(reason)


def signed_message(
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
    context = context_of(domain, topic, key, attributes, content_type)
    covered = covered_with(context, sha256(value).digest())
    return signed_over(
        covered, topic=topic, key=key, attributes=attributes, content_type=content_type, value=value, signer=signer
    )


def signed_over(
    covered: bytes,
    *,
    topic: str,
    key: bytes,
    attributes: SignedHeaders,
    content_type: str,
    value: bytes,
    signer: Signer,
) -> WireMessage:
    """The same where the caller has the bytes that the signature covers (`signing.covered_with`)."""
    signature = signer.sign(covered).hex()
    headers = (*attributes, (CONTENT_TYPE, content_type.encode()), (SIGNATURE, signature.encode()))
    return WireMessage(topic=topic, key=key, headers=headers, value=value)


def sealed_to(
    recipient: SealingKey, plaintext: bytes, *, domain: Domain, topic: str, key: bytes, attributes: SignedHeaders
) -> bytes:
    """The plaintext, sealed to the recipient and bound to its headers."""
    return sealed_in(context_of(domain, topic, key, attributes, SEALED), recipient, plaintext)


def sealed_in(context: bytes, recipient: SealingKey, plaintext: bytes) -> bytes:
    """The same where the caller has what the seal is bound to (`signing.context_of`)."""
    return seal(plaintext, recipient.public_key, sealing_info_in(context), recipient.suite)


def parsed(wire: WireMessage) -> Headers:
    """The headers. Raises Refused where they, or the value's size, break a bound or the grammar."""
    if len(wire.value) > 2 * LARGEST_MESSAGE:
        raise Refused(Refusal(reason=Reason.VALUE_TOO_LARGE, findings=(fault(Reason.VALUE_TOO_LARGE),)))
    try:
        return parse(wire.headers)
    except HeadersRefused as refused:
        raise Refused(Refusal(reason=refused.reason, findings=(refused.finding,))) from None


def proven(
    wire: WireMessage,
    headers: Headers,
    *,
    domain: Domain,
    signer: AgencyId,
    directory: Directory,
    when: datetime,
    vouched: Collection[Voucher] = (),
) -> Proven:
    """The headers, if the signature verifies under a key ever bound to the signer. Raises Refused.

    `vouched` are messages whose signature need not be asked for: one of the same key, that was proven, names them.
    """
    key = directory.signing_key(signer, headers.key_id)
    if key is None:
        reason = Reason.UNKNOWN_AGENCY if directory.agency(signer) is None else Reason.UNKNOWN_KEY
        raise unproven(reason, headers, sha256(wire.value).digest())
    standing = standing_of(key, when)
    return proven_by(key.public_key, wire, headers, domain=domain, standing=standing, vouched=vouched)


def proven_by(
    public_key: bytes,
    wire: WireMessage,
    headers: Headers,
    *,
    domain: Domain,
    standing: KeyStanding,
    vouched: Collection[Voucher] = (),
) -> Proven:
    """The headers, if the signature verifies under this key (32 bytes), or need not be asked for. Raises Refused."""
    value_digest = sha256(wire.value).digest()
    context = context_of(domain, wire.topic, wire.key, headers.signed, headers.content_type)
    covered = covered_with(context, value_digest)
    link = sha256(covered).digest()
    if (headers.key_id, link) not in vouched and not verifies(public_key, headers.signature, covered):
        raise unproven(Reason.BAD_SIGNATURE, headers, value_digest)
    return Proven(
        headers=headers,
        key_standing=standing,
        value_digest=value_digest,
        signing_digest=link,
        context=context,
    )


_STANDING: Final = {
    KeyStanding.NOT_YET_VALID: Reason.KEY_NOT_YET_VALID,
    KeyStanding.EXPIRED: Reason.KEY_EXPIRED,
    KeyStanding.REVOKED: Reason.KEY_REVOKED,
    KeyStanding.UNKNOWN: Reason.UNKNOWN_KEY,
}


def broken_rules(found: Proven, rules: Iterable[tuple[Reason, bool]]) -> list[Fault]:
    """What is wrong with the key that signed, then every rule of the kind of message that does not hold."""
    broken = [_STANDING[found.key_standing]] if found.key_standing in _STANDING else []
    broken += [reason for reason, holds in rules if not holds]
    return [Fault(reason) for reason in broken]


def unproven(reason: Reason, headers: Headers, value_digest: bytes, finding: Finding | None = None) -> Refused:
    """The refusal of a message whose headers could be read and whose sender is not proven."""
    return Refused(
        Refusal(
            reason=reason,
            findings=(finding or fault(reason),),
            claimed_agency=AgencyId(headers.source),
            message_id=headers.id,
            record_type=headers.type,
            value_digest=value_digest,
            unknown_headers=headers.unknown,
        )
    )


def answered(found: Proven, faults: Iterable[Fault]) -> Refused:
    """The refusal of a message whose sender is proven: it is owed an answer with every fault found."""
    listed = list(faults)
    return Refused(
        Refusal(
            reason=listed[0].reason,
            findings=tuple(each.finding for each in listed),
            answerable=True,
            claimed_agency=AgencyId(found.headers.source),
            message_id=found.headers.id,
            record_type=found.headers.type,
            value_digest=found.value_digest,
            signing_digest=found.signing_digest,
            key_id=found.headers.key_id,
            sequence=found.headers.sequence,
            previous=found.headers.previous,
            unknown_headers=found.headers.unknown,
        )
    )


def opened_value(wire: WireMessage, found: Proven, keys: OpeningKeys) -> bytes:
    """What was sealed. Raises Fault where it does not open, or is not what the headers commit to."""
    try:
        plaintext = open_sealed(wire.value, keys, sealing_info_in(found.context))
    except SealNotOpened:
        raise Fault(Reason.SEAL_NOT_OPENED) from None
    return committed(plaintext, found.headers)


def committed(plaintext: bytes, headers: Headers) -> bytes:
    """The same bytes, if the headers commit to them. Raises Fault otherwise."""
    if commitment(plaintext) != headers.commitment:
        raise Fault(Reason.COMMITMENT_MISMATCH)
    return plaintext


def decoded(
    framed: bytes, headers: Headers, ids: SchemaIds, *, is_proven: bool = False
) -> tuple[Record, tuple[Finding, ...]]:
    """The record that the headers announce, and what could not be kept of it. Raises Fault where it is none.

    A field over its cap, or with a value that cannot be, is no ground for a refusal: it is cut or left out, and
    asked for again. Same bytes, same record, whoever reads them. `is_proven` says that a signature of the hub's over
    these very bytes was verified: it wrote them itself, or read them as strictly as this would.
    """
    try:
        record, broken = decode_tolerantly(framed, ids, is_proven=is_proven)
    except UndecodableMessage as error:
        finding = fault(
            Reason.UNDECODABLE, field=error.where[:200], rule=f"expected {error.expected}"[:400], remedy=error.remedy
        )
        raise Fault(Reason.UNDECODABLE, finding) from None
    if headers.type != record.SCHEMA_NAME:
        raise Fault(Reason.TYPE_MISMATCH)
    return record, tuple(_gap(field) for field in broken)


_REMEDIES: Final = {
    Done.CUT: "what goes beyond is not passed on; send the rest in another message",
    Done.SHORTENED: "a short form made from it stands for it; the same reference always gives the same one",
    Done.LEFT_OUT: "treated as not known until then; send a CorrectionMade when you can",
}


def _gap(broken: BrokenField) -> Finding:
    return Finding(
        field=broken.where[:200],
        rule=f"expected {broken.expected}"[:400],
        remedy=_REMEDIES[broken.done],
        kind=FindingKind.GAP,
    )


def body_of(plaintext: bytes, ids: SchemaIds) -> Record:
    """The record inside what was sealed once (16 bytes of salt, then the framed record), read as at intake.

    Raises:
        UndecodableMessage: it is none; what intake accepted never is.
    """
    return decode_tolerantly(unsalted(plaintext), ids, is_proven=True)[0]


def opened_message(
    wire: WireMessage,
    found: Proven,
    *,
    sender_kind: AgencyKind,
    record: Record,
    plaintext: bytes,
    findings: tuple[Finding, ...] = (),
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
        findings=findings,
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
