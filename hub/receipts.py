"""The hub's answer to one message: what became of it, with every finding, and nothing of who was told.

A receipt is a function of the message and of when it was accepted, and its id derives from the message's, so a
message that comes twice is answered with the very same receipt: the caller keeps the accepted time of the first. A
refusal is answered only where the sender is proven; its receipt has an id of its own, because the message may be
signed again and then be accepted under the same id.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from hub.ids import AgencyId, derived_id
from hub.messages import OpenedMessage, Refusal, WireMessage, WorkerKey, compose_from_hub
from hub.sealing import derived_salt
from schemas.codec import SchemaIds
from schemas.records import Finding, FindingKind, Receipt, ReceiptOutcome, SealingKey

_MOST_FINDINGS: Final = 100


def outcome_of(findings: Iterable[Finding]) -> ReceiptOutcome:
    """Accepted with gaps if anything is asked for; flags alone leave a message simply accepted."""
    has_gaps = any(finding.kind is FindingKind.GAP for finding in findings)
    return ReceiptOutcome.ACCEPTED_WITH_GAPS if has_gaps else ReceiptOutcome.ACCEPTED


def accepted_receipt(opened: OpenedMessage, findings: tuple[Finding, ...], accepted_at: datetime) -> Receipt:
    """The receipt of an accepted message. For a repeat, with the accepted time and findings of the first."""
    return Receipt(
        message_id=opened.id,
        message_type=opened.type,
        outcome=outcome_of(findings),
        findings=findings[:_MOST_FINDINGS],
        accepted_at=accepted_at,
        value_digest=opened.value_digest,
    )


def rejected_receipt(refusal: Refusal) -> Receipt | None:
    """The receipt of a refused message, or None where no answer is owed because the sender is not proven."""
    if not refusal.answerable or refusal.message_id is None or refusal.value_digest is None:
        return None
    return Receipt(
        message_id=refusal.message_id,
        message_type=refusal.record_type or "unknown",
        outcome=ReceiptOutcome.REJECTED,
        findings=refusal.findings[:_MOST_FINDINGS],
        value_digest=refusal.value_digest,
    )


def receipt_id(receipt: Receipt) -> str:
    """The id of a receipt: of the message if it was accepted; of these very bytes if they were refused."""
    if receipt.outcome is ReceiptOutcome.REJECTED:
        return derived_id(receipt.message_id, "rejection", receipt.value_digest.hex())
    return derived_id(receipt.message_id, "receipt")


def compose_receipt(
    receipt: Receipt,
    recipient: AgencyId,
    *,
    time: datetime,
    seal_to: SealingKey,
    salt_secret: bytes,
    worker: WorkerKey,
    ids: SchemaIds,
) -> WireMessage:
    """The receipt on its way to `inbox.<agency>`, keyed by the message it answers.

    `time` is the broker's append time of the message; `salt_secret` is shared by all workers, so that a re-run says
    the same; `seal_to` is the agency's current key, also where the message was signed under an old one.
    """
    receipt_name = receipt_id(receipt)
    return compose_from_hub(
        receipt,
        topic=f"inbox.{recipient}",
        key=receipt.message_id.encode(),
        message_id=receipt_name,
        time=time,
        worker=worker,
        ids=ids,
        seal_to=seal_to,
        salt=derived_salt(salt_secret, receipt_name, recipient),
        subject=receipt.message_id,
    )
