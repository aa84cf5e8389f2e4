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
from hub.headers import Headers, HeadersRefused, parse
from hub.ids import HUB, AgencyId, derived_id
from hub.messages.agency import compose
from hub.messages.wire import (
    AVRO,
    SEALED,
    OpenedMessage,
    Proven,
    WireMessage,
    decoded,
    opened_message,
    opened_value,
    proven,
    proven_refusal,
    refusal,
    standing_faults,
)
from hub.refusal import Reason, Refusal, fault
from hub.sealing import OpeningKeys, commitment, unsalted
from hub.signing import Domain, Signer, signing_input, verifies
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, DirectoryEntry, Record, SealingKey

DIRECTORY: Final = "directory"
TRUST_KEY_ID: Final = "trust"


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
    "AuditBatch": _Output(Domain.AUDIT, sealed=False),
    "Quarantined": _Output(Domain.QUARANTINE, sealed=True),
    "InsightRow": _Output(Domain.INSIGHT, sealed=False),
}
"""Register entries and wraps hold parts that are sealed by themselves; what stands beside those is in clear."""


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
    found = proven(wire, domain=_domain, signer=HUB, directory=directory, when=appended_at)
    if isinstance(found, Refusal):
        return found
    faults = standing_faults(found)
    output = _OUTPUTS[found.headers.type]
    if found.headers.source != HUB:
        faults.append((Reason.UNKNOWN_AGENCY, fault(Reason.UNKNOWN_AGENCY)))
    if found.headers.content_type != (SEALED if output.sealed else AVRO):
        faults.append((Reason.WRONG_CONTENT_TYPE, fault(Reason.WRONG_CONTENT_TYPE)))
    if faults:
        return proven_refusal(found, faults)
    return _opened(wire, found, output, keys, ids)


def _domain(headers: Headers) -> Domain | None:
    output = _OUTPUTS.get(headers.type)
    return None if output is None else output.domain


def _opened(
    wire: WireMessage, found: Proven, output: _Output, keys: OpeningKeys, ids: SchemaIds
) -> OpenedMessage | Refusal:
    plaintext: bytes = wire.value
    if output.sealed:
        opened = opened_value(wire, found.headers, domain=output.domain, keys=keys)
        if isinstance(opened, tuple):
            return proven_refusal(found, [opened])
        plaintext = opened
    elif commitment(plaintext) != found.headers.commitment:
        return proven_refusal(found, [(Reason.COMMITMENT_MISMATCH, fault(Reason.COMMITMENT_MISMATCH))])
    record = decoded(unsalted(plaintext) if output.sealed else plaintext, found.headers, ids)
    if isinstance(record, tuple):
        return proven_refusal(found, [record])
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
        headers = parse(wire.headers)
    except HeadersRefused as refused:
        return Refusal(reason=refused.reason, findings=(refused.finding,))
    digest = sha256(wire.value).digest()
    covered = signing_input(Domain.DIRECTORY, wire.topic, wire.key, headers.signed, headers.content_type, digest)
    if not verifies(trust_key, headers.signature, covered):
        return refusal(Reason.BAD_SIGNATURE, headers, digest)
    found = Proven(
        headers=headers,
        key_standing=KeyStanding.VALID,
        value_digest=digest,
        signing_digest=sha256(covered).digest(),
    )
    if headers.content_type != AVRO:
        return proven_refusal(found, [(Reason.WRONG_CONTENT_TYPE, fault(Reason.WRONG_CONTENT_TYPE))])
    entry = decoded(wire.value, headers, ids)
    if isinstance(entry, tuple):
        return proven_refusal(found, [entry])
    if not isinstance(entry, DirectoryEntry):
        return proven_refusal(found, [(Reason.UNEXPECTED_TYPE, fault(Reason.UNEXPECTED_TYPE))])
    if AgencyId(entry.agency_id).encode() != wire.key:
        return proven_refusal(found, [(Reason.WRONG_RECORD_KEY, fault(Reason.WRONG_RECORD_KEY))])
    return entry
