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

from hub.directory import Directory, KeyStanding, standing_of
from hub.headers import LONGEST_LIST, VERDICT, VERDICT_KEY_ID, VERDICT_SIGNATURE, Headers
from hub.ids import HUB
from hub.messages.agency import INBOUND
from hub.messages.wire import (
    Fault,
    OpenedMessage,
    Proven,
    Refused,
    WireMessage,
    decoded,
    opened_message,
    opened_value,
    parsed,
    unproven,
)
from hub.refusal import Reason, Refusal
from hub.sealing import OpeningKeys, unsalted
from hub.signing import Domain, Signer, context_of, covered_with, length_prefixed, verifies
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


def compose_accepted(wire: WireMessage, opened: OpenedMessage, verdict: Verdict, worker: Signer) -> WireMessage:
    """The same key, value and headers (those that are not ours left out), with the verdict and its signature.

    `opened` is what `wire` was opened as.
    """
    headers, content = opened.headers, _written(verdict)
    signature = worker.sign(_verdict_input(wire.key, headers, opened.signing_digest, content, worker.key_id))
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
        headers = parsed(wire)
        found, verdict = _confirmed(wire, headers, directory)
        inbound = WireMessage(topic=INBOUND, key=wire.key, headers=wire.headers, value=wire.value)
        try:
            plaintext = opened_value(inbound, found, keys)
            record, findings = decoded(unsalted(plaintext), headers, ids, is_proven=True)
        except Fault as broken:
            raise unproven(broken.reason, headers, found.value_digest, broken.finding) from None
    except Refused as refused:
        return refused.refusal
    opened = opened_message(
        inbound, found, sender_kind=verdict.sender_kind, record=record, plaintext=plaintext, findings=findings
    )
    return AcceptedMessage(opened=opened, verdict=verdict)


def _confirmed(wire: WireMessage, headers: Headers, directory: Directory) -> tuple[Proven, Verdict]:
    """The digests of the agency's message and the verdict on it, once the worker's signature binds the two."""
    value_digest = sha256(wire.value).digest()
    stated = headers.verdict
    if stated is None:
        raise unproven(Reason.VERDICT_MISSING, headers, value_digest)
    context = context_of(Domain.MESSAGE, INBOUND, wire.key, headers.signed, headers.content_type)
    original = sha256(covered_with(context, value_digest)).digest()
    key = directory.signing_key(HUB, stated.key_id)
    covered = _verdict_input(wire.key, headers, original, stated.content, stated.key_id)
    if key is None or not verifies(key.public_key, stated.signature, covered):
        raise unproven(Reason.VERDICT_NOT_GENUINE, headers, value_digest)
    verdict = _read(stated.content)
    standing = standing_of(key, verdict.accepted_at)
    if standing is not KeyStanding.VALID:
        raise unproven(Reason.VERDICT_NOT_GENUINE, headers, value_digest)
    found = Proven(
        headers=headers, key_standing=standing, value_digest=value_digest, signing_digest=original, context=context
    )
    return found, verdict


def _verdict_input(key: bytes, headers: Headers, original: bytes, content: bytes, key_id: str) -> bytes:
    return length_prefixed(
        Domain.VERDICT.encode(), ACCEPTED.encode(), key, original, headers.signature, key_id.encode(), content
    )


def _written(verdict: Verdict) -> bytes:
    """The verdict as canonical JSON; should it outgrow its header, the last findings stay with the receipt alone."""
    findings = [[each.field, each.rule, each.remedy, each.kind.value] for each in verdict.findings]
    content = _json(verdict, findings)
    while len(content) > LONGEST_LIST:
        findings = findings[: len(findings) // 2]
        content = _json(verdict, findings)
    return content


def _json(verdict: Verdict, findings: list[list[str]]) -> bytes:
    content = {
        "accepted_at": (verdict.accepted_at - _EPOCH) // _MILLISECOND,
        "findings": findings,
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
