"""Leaves of the audit log: that something was collected, altered, disclosed, combined or erased, never what.

A leaf says when, by whom, for what purpose, under which law and with what outcome, and commits to the message it is
about. Its id derives from its cause, so the same fact gives the same leaf however often it is handled. The commitment
is salted with a key of the log, so that destroying a child's record leaves nothing that could be guessed back, and
breaks no proof. Case pseudonyms are keyed the same way. The tree over the leaves is another module's.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from hub.ids import AgencyId, ChildId, derived_id
from hub.messages import WireMessage, WorkerKey, compose_from_hub
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, AuditBatch, AuditKind, AuditLeaf, LegalRegime

AUDIT: Final = "audit"
POLICY_VERSION: Final = "1"
_REGIMES: Final = {AgencyKind.POLICE: LegalRegime.PART3, AgencyKind.UNKNOWN: LegalRegime.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that was done with a record, as the log has to show it (Data Protection Act 2018, section 62).

    `cause` is the event, message or deadline it stems from; `subject` the bytes committed to (a message's
    commitment, a notice's content digest); `fields` the names of the fields concerned, never their values.
    """

    kind: AuditKind
    cause: str
    at: datetime
    agency: AgencyId
    agency_kind: AgencyKind
    subject: bytes
    outcome: str
    child: ChildId | None = None
    role: str | None = None
    purpose: str | None = None
    fields: tuple[str, ...] = ()
    recipients: tuple[AgencyId, ...] = ()
    policy_version: str = POLICY_VERSION


def leaf_id(kind: AuditKind, cause: str, recipients: Iterable[AgencyId] = ()) -> str:
    """The id of a leaf: the same cause, kind and recipients always give the same leaf."""
    return derived_id(cause, f"leaf:{kind.value}", ",".join(sorted(recipients)))


def leaf(act: Act, log_key: bytes) -> AuditLeaf:
    """The leaf of an act. `log_key` (32 bytes) salts the commitment and keys the pseudonym of the child."""
    name = leaf_id(act.kind, act.cause, act.recipients)
    salt = hmac.new(log_key, f"salt:{name}".encode(), sha256).digest()
    return AuditLeaf(
        leaf_id=name,
        kind=act.kind,
        at=act.at,
        agency=act.agency,
        role=act.role,
        purpose=act.purpose,
        regime=_REGIMES.get(act.agency_kind, LegalRegime.UK_GDPR),
        case_pseudonym=None if act.child is None else pseudonym(act.child, log_key),
        field_set_hash=sha256("\n".join(sorted(act.fields)).encode()).digest(),
        recipients=tuple(sorted(act.recipients)),
        policy_version=act.policy_version,
        commitment=sha256(salt + act.subject).digest(),
        outcome=act.outcome,
    )


def opens(found: AuditLeaf, subject: bytes, log_key: bytes) -> bool:
    """True if a leaf commits to this subject: what the log's keeper shows when a leaf is questioned."""
    salt = hmac.new(log_key, f"salt:{found.leaf_id}".encode(), sha256).digest()
    return hmac.compare_digest(found.commitment, sha256(salt + subject).digest())


def pseudonym(child: ChildId, log_key: bytes) -> str:
    """The name of a child in the log (32 hex digits): one for all its leaves, and meaningless without the key."""
    return hmac.new(log_key, f"child:{child}".encode(), sha256).hexdigest()[:32]


def leaf_batch(leaves: tuple[AuditLeaf, ...], worker: WorkerKey, ids: SchemaIds) -> WireMessage:
    """Leaves on their way to `audit`, as one record (at least one, at most 500 leaves).

    Which leaves travel together is chance, so a reader goes by the ids of the leaves and keeps the first of each.
    """
    names = ",".join(each.leaf_id for each in leaves)
    return compose_from_hub(
        AuditBatch(leaves=leaves),
        topic=AUDIT,
        key=leaves[0].leaf_id.encode(),
        message_id=derived_id(sha256(names.encode()).hexdigest(), "audit batch"),
        time=max(each.at for each in leaves),
        worker=worker,
        ids=ids,
    )
