"""What the hub's workers put out: receipts, notices, statements, register entries and wraps.

One table says, by record type, under which domain it is signed and whether it is sealed. All of it is signed by a
worker's key, which the hub's own directory entry lists; what the trust key signs is in `by_trust`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from hub.directory import Directory
from hub.ids import HUB
from hub.messages.agency import compose
from hub.messages.wire import (
    AVRO,
    SEALED,
    Fault,
    OpenedMessage,
    Proven,
    Refused,
    Voucher,
    WireMessage,
    answered,
    broken_rules,
    committed,
    decoded,
    opened_message,
    opened_value,
    parsed,
    proven,
    unproven,
)
from hub.refusal import Reason, Refusal
from hub.sealing import OpeningKeys, unsalted
from hub.signing import Domain, Signer
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, Record, SealingKey


@dataclass(frozen=True, slots=True)
class _Output:
    domain: Domain
    sealed: bool


_OUTPUTS: Final[Mapping[str, _Output]] = {
    "Receipt": _Output(Domain.RECEIPT, sealed=True),
    "Notice": _Output(Domain.NOTICE, sealed=True),
    "DeskAlert": _Output(Domain.ALERT, sealed=True),
    "MailboxStatement": _Output(Domain.STATEMENT, sealed=False),
    "RegisterEntry": _Output(Domain.REGISTER, sealed=False),
    "KeyWrap": _Output(Domain.REGISTER, sealed=False),
    "ReviewItem": _Output(Domain.REVIEW, sealed=False),
    "EventBatch": _Output(Domain.EVENT, sealed=False),
    "AuditBatch": _Output(Domain.AUDIT, sealed=False),
    "Quarantined": _Output(Domain.QUARANTINE, sealed=True),
    "InsightRow": _Output(Domain.INSIGHT, sealed=False),
}
"""Register entries, wraps and batches of events hold parts sealed by themselves; what stands beside is in clear."""


def compose_from_hub(  # noqa: PLR0913 - one argument a header
    record: Record,
    *,
    topic: str,
    key: bytes,
    message_id: str,
    time: datetime,
    worker: Signer,
    ids: SchemaIds,
    seal_to: SealingKey | None = None,
    salt: bytes | None = None,
    subject: str | None = None,
    cause: str | None = None,
    previous: bytes | None = None,
) -> WireMessage:
    """One output of the hub, sealed where its type is sealed, signed by a worker.

    `salt` (16 bytes, where sealed) comes from `sealing.derived_salt`, so that a re-run says the same. `previous`: of a
    batch of events, the `event_link` of what the worker wrote before it to the same partition.

    Raises:
        ValueError: the type is none that the hub puts out this way, or a sealed type has no recipient.
        UnencodableRecord, MessageTooLarge, HeadersRefused: as `compose`.
    """
    output = _OUTPUTS.get(record.SCHEMA_NAME)
    if output is None or output.sealed != (seal_to is not None):
        message = f"{record.SCHEMA_NAME} is not put out this way: see the table of outputs for type and sealing"
        raise ValueError(message)
    return compose(
        record,
        ids=ids,
        message_id=message_id,
        sender=HUB,
        time=time,
        signer=worker,
        seal_to=seal_to,
        salt=salt,
        sequence=None,
        previous=previous,
        subject=subject,
        domain=output.domain,
        topic=topic,
        key=key,
        cause=cause,
    )


def open_from_hub(
    wire: WireMessage,
    directory: Directory,
    keys: OpeningKeys,
    ids: SchemaIds,
    appended_at: datetime,
    *,
    vouched: Collection[Voucher] = (),
) -> OpenedMessage | Refusal:
    """What the hub put out, verified, opened and decoded; or why not.

    `appended_at` is the broker's append time: a worker's key must have been valid then. `vouched`: as `verified_event`.
    """
    try:
        headers = parsed(wire)
        output = _OUTPUTS.get(headers.type)
        if output is None:
            raise unproven(Reason.UNEXPECTED_TYPE, headers, sha256(wire.value).digest())
        found = proven(
            wire, headers, domain=output.domain, signer=HUB, directory=directory, when=appended_at, vouched=vouched
        )
        content_type = SEALED if output.sealed else AVRO
        faults = broken_rules(
            found,
            (
                (Reason.UNKNOWN_AGENCY, headers.source == HUB),
                (Reason.WRONG_CONTENT_TYPE, headers.content_type == content_type),
            ),
        )
        if faults:
            raise answered(found, faults)
        return _opened(wire, found, output, keys, ids)
    except Refused as refused:
        return refused.refusal


def _opened(wire: WireMessage, found: Proven, output: _Output, keys: OpeningKeys, ids: SchemaIds) -> OpenedMessage:
    headers = found.headers
    try:
        if output.sealed:
            plaintext = opened_value(wire, found, keys)
            record, _ = decoded(unsalted(plaintext), headers, ids, is_proven=True)
        else:
            plaintext = committed(wire.value, headers)
            record, _ = decoded(plaintext, headers, ids, is_proven=True)
    except Fault as broken:
        raise answered(found, [broken]) from None
    return opened_message(wire, found, sender_kind=AgencyKind.HUB, record=record, plaintext=plaintext)
