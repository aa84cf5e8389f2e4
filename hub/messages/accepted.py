"""A message on `accepted`: the agency's own bytes and headers, and beside them intake's signed verdict.

The verdict names the digest of the agency's signing input and its signature, so it belongs to this message and no
other; who trusts a worker of the hub need not verify the agency's signature a second time. It is canonical JSON in
one header: small, readable to an auditor, and not a record that travels by itself.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from hub.directory import Directory, KeyStanding
from hub.headers import (
    VERDICT,
    VERDICT_KEY_ID,
    VERDICT_SIGNATURE,
    Headers,
    HeadersRefused,
    parse,
    verdict_headers,
)
from hub.ids import HUB
from hub.messages.agency import INBOUND
from hub.messages.wire import (
    OpenedMessage,
    Proven,
    WireMessage,
    decoded,
    opened_message,
    opened_value,
    refusal,
)
from hub.refusal import Reason, Refusal
from hub.sealing import OpeningKeys, unsalted
from hub.signing import Domain, Signer, length_prefixed, signing_input, verifies
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, Finding, FindingKind, ReceiptOutcome

ACCEPTED: Final = "accepted"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What intake decided about one message, and where on `inbound` it stood.

    `accepted_at` is the broker's append time there (aware UTC, to the millisecond).
    """

    outcome: ReceiptOutcome
    findings: tuple[Finding, ...]
    accepted_at: datetime
    inbound_partition: int
    inbound_offset: int
    sender_kind: AgencyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMessage:
    """An opened message with the verdict under which it was accepted."""

    opened: OpenedMessage
    verdict: Verdict


def compose_accepted(wire: WireMessage, verdict: Verdict, worker: Signer) -> WireMessage:
    """The same key, value and headers (those that are not ours left out), with the verdict and its signature."""
    headers = parse(wire.headers)
    content = _written(verdict)
    signature = worker.sign(_verdict_input(wire, headers, content, worker.key_id))
    added = (
        (VERDICT, content),
        (VERDICT_KEY_ID, worker.key_id.encode()),
        (VERDICT_SIGNATURE, signature.hex().encode()),
    )
    return WireMessage(topic=ACCEPTED, key=wire.key, headers=(*headers.kept(), *added), value=wire.value)


def open_accepted(
    wire: WireMessage, directory: Directory, keys: OpeningKeys, ids: SchemaIds
) -> AcceptedMessage | Refusal:
    """The message and its verdict, if a worker of the hub signed it; otherwise why not."""
    try:
        headers = parse(wire.headers)
        stated = verdict_headers(wire.headers)
    except HeadersRefused as refused:
        return Refusal(reason=refused.reason, findings=(refused.finding,))
    digest = sha256(wire.value).digest()
    if stated is None:
        return refusal(Reason.VERDICT_MISSING, headers, digest)
    content, key_id, signature = stated
    key = directory.signing_key(HUB, key_id)
    if key is None or not verifies(key.public_key, signature, _verdict_input(wire, headers, content, key_id)):
        return refusal(Reason.VERDICT_NOT_GENUINE, headers, digest)
    verdict = _read(content)
    if directory.key_at(HUB, key_id, verdict.accepted_at) is not KeyStanding.VALID:
        return refusal(Reason.VERDICT_NOT_GENUINE, headers, digest)
    plaintext = opened_value(_as_inbound(wire), headers, domain=Domain.MESSAGE, keys=keys)
    if isinstance(plaintext, tuple):
        return refusal(plaintext[0], headers, digest, (plaintext[1],))
    record = decoded(unsalted(plaintext), headers, ids)
    if isinstance(record, tuple):
        return refusal(record[0], headers, digest, (record[1],))
    found = Proven(
        headers=headers,
        key_standing=KeyStanding.VALID,
        value_digest=digest,
        signing_digest=_original_digest(wire, headers),
    )
    opened = opened_message(
        _as_inbound(wire), found, sender_kind=verdict.sender_kind, record=record, plaintext=plaintext
    )
    return AcceptedMessage(opened=opened, verdict=verdict)


def _as_inbound(wire: WireMessage) -> WireMessage:
    return WireMessage(topic=INBOUND, key=wire.key, headers=wire.headers, value=wire.value)


def _original_digest(wire: WireMessage, headers: Headers) -> bytes:
    value_digest = sha256(wire.value).digest()
    covered = signing_input(Domain.MESSAGE, INBOUND, wire.key, headers.signed, headers.content_type, value_digest)
    return sha256(covered).digest()


def _verdict_input(wire: WireMessage, headers: Headers, content: bytes, key_id: str) -> bytes:
    return length_prefixed(
        Domain.VERDICT.encode(),
        ACCEPTED.encode(),
        wire.key,
        _original_digest(wire, headers),
        headers.signature,
        key_id.encode(),
        content,
    )


def _written(verdict: Verdict) -> bytes:
    content = {
        "accepted_at": (verdict.accepted_at - _EPOCH) // _MILLISECOND,
        "findings": [[each.field, each.rule, each.remedy, each.kind.value] for each in verdict.findings],
        "inbound_offset": verdict.inbound_offset,
        "inbound_partition": verdict.inbound_partition,
        "outcome": verdict.outcome.value,
        "sender_kind": verdict.sender_kind.value,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _read(content: bytes) -> Verdict:
    """A verdict from the bytes that a worker signed: they are ours, so they are trusted to be whole."""
    stated = json.loads(content)
    return Verdict(
        outcome=ReceiptOutcome(stated["outcome"]),
        findings=tuple(
            Finding(field=field, rule=rule, remedy=remedy, kind=FindingKind(kind))
            for field, rule, remedy, kind in stated["findings"]
        ),
        accepted_at=_EPOCH + stated["accepted_at"] * _MILLISECOND,
        inbound_partition=stated["inbound_partition"],
        inbound_offset=stated["inbound_offset"],
        sender_kind=AgencyKind(stated["sender_kind"]),
    )
