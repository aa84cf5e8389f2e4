"""What the hub puts out: receipts, notices, statements, register entries, wraps, and directory entries.

One table says, by record type, under which domain it is signed and whether it is sealed. Everything but a directory
entry is signed by a worker's key, which the hub's own entry lists; a directory entry by the trust key, which no
worker holds and every reader is given out of band.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from hub.directory import Directory, KeyStanding
from hub.headers import Headers
from hub.ids import HUB, derived_id
from hub.messages.agency import compose
from hub.messages.wire import (
    AVRO,
    SEALED,
    Fault,
    OpenedMessage,
    Proven,
    Refused,
    WireMessage,
    answered,
    broken_rules,
    committed,
    decoded,
    opened_message,
    opened_value,
    parsed,
    proven,
    proven_by,
    unproven,
)
from hub.refusal import Reason, Refusal
from hub.sealing import OpeningKeys, unsalted
from hub.signing import Domain, Signer
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, DirectoryEntry, Record, SealingKey

DIRECTORY: Final = "directory"


@dataclass(frozen=True, slots=True)
class _Output:
    domain: Domain
    sealed: bool


_OUTPUTS: Final[Mapping[str, _Output]] = {
    "Receipt": _Output(Domain.RECEIPT, sealed=True),
    "Notice": _Output(Domain.NOTICE, sealed=True),
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
) -> WireMessage:
    """One output of the hub, sealed where its type is sealed, signed by a worker.

    `salt` (16 bytes, where sealed) comes from `sealing.derived_salt`, so that a re-run says the same.

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
        previous=None,
        subject=subject,
        domain=output.domain,
        topic=topic,
        key=key,
        cause=cause,
    )


def open_from_hub(
    wire: WireMessage, directory: Directory, keys: OpeningKeys, ids: SchemaIds, appended_at: datetime
) -> OpenedMessage | Refusal:
    """What the hub put out, verified, opened and decoded; or why not.

    `appended_at` is the broker's append time: a worker's key must have been valid then.
    """
    try:
        headers = parsed(wire)
        output = _OUTPUTS.get(headers.type)
        if output is None:
            raise unproven(Reason.UNEXPECTED_TYPE, headers, sha256(wire.value).digest())
        found = proven(wire, headers, domain=output.domain, signer=HUB, directory=directory, when=appended_at)
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
            plaintext = opened_value(wire, headers, domain=output.domain, keys=keys)
            record, _ = decoded(unsalted(plaintext), headers, ids)
        else:
            plaintext = committed(wire.value, headers)
            record, _ = decoded(plaintext, headers, ids)
    except Fault as broken:
        raise answered(found, [broken]) from None
    return opened_message(wire, found, sender_kind=AgencyKind.HUB, record=record, plaintext=plaintext)


def compose_directory_entry(entry: DirectoryEntry, trust_key: Signer, ids: SchemaIds, time: datetime) -> WireMessage:
    """A directory entry, signed by the trust key, keyed by agency; its id derives from agency and version."""
    return compose(
        entry,
        ids=ids,
        message_id=derived_id(entry.agency_id, "directory", str(entry.version)),
        sender=HUB,
        time=time,
        signer=trust_key,
        seal_to=None,
        salt=None,
        sequence=None,
        previous=None,
        domain=Domain.DIRECTORY,
        topic=DIRECTORY,
        key=entry.agency_id.encode(),
    )


def open_directory_entry(wire: WireMessage, trust_key: bytes, ids: SchemaIds) -> DirectoryEntry | Refusal:
    """The entry, if the trust key (32 bytes, public) signed it for this record key; otherwise why not."""
    try:
        headers = parsed(wire)
        found = proven_by(trust_key, wire, headers, domain=Domain.DIRECTORY, standing=KeyStanding.VALID)
        try:
            return _entry(wire, headers, ids)
        except Fault as broken:
            raise answered(found, [broken]) from None
    except Refused as refused:
        return refused.refusal


def _entry(wire: WireMessage, headers: Headers, ids: SchemaIds) -> DirectoryEntry:
    if headers.content_type != AVRO:
        raise Fault(Reason.WRONG_CONTENT_TYPE)
    entry, _ = decoded(committed(wire.value, headers), headers, ids)
    if not isinstance(entry, DirectoryEntry):
        raise Fault(Reason.UNEXPECTED_TYPE)
    if entry.agency_id.encode() != wire.key:
        raise Fault(Reason.WRONG_RECORD_KEY)
    return entry
