"""Audit leaves: one for each collection, alteration, consultation, disclosure, combination and erasure.

The six are those of the Data Protection Act 2018, section 62. A leaf is a function of its cause, so the same event
gives the same leaf however often it is handled: its id is derived from cause, kind and recipient, and the salt of its
commitment is keyed with the hub's log key. It holds no personal data, so erasing a child breaks no proof: a commitment
without its salt says nothing, and the case is a keyed pseudonym.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from hub.ids import ChildId, derived_id
from schemas.records import AgencyKind, AuditKind, AuditLeaf, LegalRegime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something done with a child's data that the law wants logged.

    `content_digest` is the SHA-256 of what was collected, altered or disclosed; `fields` are names of fields, never
    values, and only the hash of their sorted list enters the leaf.
    """

    kind: AuditKind
    cause: str
    at: datetime
    agency: str
    agency_kind: AgencyKind
    content_digest: bytes
    outcome: str
    child: ChildId | None = None
    recipients: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    purpose: str | None = None
    role: str | None = None
    policy_version: str = ""


def leaf(deed: Deed, log_key: bytes) -> AuditLeaf:
    """The one leaf of a deed."""
    told = tuple(sorted(deed.recipients))
    leaf_id = derived_id(deed.cause, f"leaf:{deed.kind.value}", ",".join(told))
    names = sorted(set(deed.fields))
    return AuditLeaf(
        leaf_id=leaf_id,
        kind=deed.kind,
        at=deed.at,
        agency=deed.agency,
        role=deed.role,
        purpose=deed.purpose,
        regime=regime_of(deed.agency_kind),
        case_pseudonym=case_pseudonym(deed.child, log_key) if deed.child is not None else None,
        field_set_hash=hashlib.sha256("\n".join(names).encode()).digest() if names else b"",
        recipients=told,
        policy_version=deed.policy_version,
        commitment=leaf_commitment(leaf_id, deed.content_digest, log_key),
        outcome=deed.outcome,
    )


def leaf_commitment(leaf_id: str, content_digest: bytes, log_key: bytes) -> bytes:
    """SHA-256 over the leaf's own salt and the digest of its content: binding, and silent without the log key."""
    salt = hmac.new(log_key, b"salt/" + leaf_id.encode(), hashlib.sha256).digest()
    return hashlib.sha256(salt + content_digest).digest()


def case_pseudonym(child: ChildId, log_key: bytes) -> str:
    """The child's name in the audit log: keyed, so that it cannot be found from the child's id without the key."""
    return hmac.new(log_key, b"case/" + child.encode(), hashlib.sha256).hexdigest()[:32]


def regime_of(kind: AgencyKind) -> LegalRegime:
    """Police act under Part 3 of the Act, every other agency under UK GDPR."""
    return LegalRegime.PART3 if kind is AgencyKind.POLICE else LegalRegime.UK_GDPR
