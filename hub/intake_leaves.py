"""What the audit log says of a message at intake: that it was collected, or that its id was used again."""

from datetime import datetime
from typing import Final

from hub.evidence import Deed, leaf
from hub.messages import OpenedMessage
from schemas.records import AuditKind, AuditLeaf, ReceiptOutcome

EQUIVOCATION: Final = "id used again for other bytes"


def collection_leaf(opened: OpenedMessage, at: datetime, outcome: ReceiptOutcome, log_key: bytes) -> AuditLeaf:
    """That a message was taken in."""
    return leaf(_deed(opened, at, AuditKind.COLLECTION, cause=opened.id, outcome=outcome.value), log_key)


def equivocation_leaf(opened: OpenedMessage, at: datetime, log_key: bytes) -> AuditLeaf:
    """That other bytes came under the id of a message that was taken in before: the flag on the first."""
    cause = f"{opened.id}/{opened.value_digest.hex()}"
    return leaf(_deed(opened, at, AuditKind.ALTERATION, cause=cause, outcome=EQUIVOCATION), log_key)


def _deed(opened: OpenedMessage, at: datetime, kind: AuditKind, *, cause: str, outcome: str) -> Deed:
    return Deed(
        kind=kind,
        cause=cause,
        at=at,
        agency=opened.sender,
        agency_kind=opened.sender_kind,
        content_digest=opened.value_digest,
        outcome=outcome,
    )
