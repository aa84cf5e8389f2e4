"""A word of the hub to an agency's duty desk that is about messages and names no child.

A message of the agency was refused, so nobody heard what it says; or messages in its name did not verify, so somebody
may be speaking as it. The words are fixed: nothing of a message stands in them but its id, its type and what is wrong.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from hub.failed_verification import Tally
from hub.ids import AgencyId, derived_id
from hub.messages import Refusal, WireMessage, WorkerKey, compose_from_hub
from hub.sealing import derived_salt
from schemas.codec import SchemaIds
from schemas.records import Acknowledged, AlertKind, DeskAlert, SealingKey

DESK: Final = "duty_desk"
_MOST_FINDINGS: Final = 100
_REFUSED: Final = "The hub refused a message of this agency: nobody was told what it says."
_SEND_AGAIN: Final = (
    "If it is about a child, tell whoever must know by telephone now, the police first. What is wrong stands below and "
    "with the program that sent it: put it right and send it again."
)
_IN_YOUR_NAME: Final = (
    "in the name of this agency failed verification: the hub kept apart what they say, and told nobody."
)
_FIND_OUT: Final = (
    "If a program of yours was given a new key, or sends through something that changes messages, mend it and send "
    "again. If not, somebody may be using your name: ring the hub's operators."
)


def refusal_alert(refusal: Refusal, at: datetime) -> DeskAlert | None:
    """What the desk of a proven sender is told of a refusal; `at` is when the message came.

    None where the sender is not proven, and for an acknowledgement, which is about no child.
    """
    agency, message, digest = refusal.claimed_agency, refusal.message_id, refusal.value_digest
    if not refusal.answerable or agency is None or message is None or digest is None:
        return None
    if refusal.record_type == Acknowledged.SCHEMA_NAME:
        return None
    return DeskAlert(
        alert_id=derived_id(message, "refusal alert", digest.hex()),
        kind=AlertKind.MESSAGE_REFUSED,
        recipient=agency,
        desk=DESK,
        count=1,
        message_id=message,
        message_type=refusal.record_type,
        what_happened=_REFUSED,
        asked_of_you=_SEND_AGAIN,
        findings=refusal.findings[:_MOST_FINDINGS],
        since=at,
        issued_at=at,
    )


def verification_alert(
    agency: AgencyId, partition: int, tally: Tally, hub_time: Callable[[datetime], datetime] = lambda at: at
) -> DeskAlert:
    """What the desk is told of messages in its agency's name that did not verify: one a minute and partition."""
    messages = "1 message" if tally.count == 1 else f"{tally.count} messages"
    return DeskAlert(
        alert_id=derived_id(f"{agency}/{tally.minute}", "failed verification", str(partition)),
        kind=AlertKind.FAILED_VERIFICATION,
        recipient=agency,
        desk=DESK,
        count=tally.count,
        what_happened=f"{messages} {_IN_YOUR_NAME}",
        asked_of_you=_FIND_OUT,
        since=hub_time(tally.since),
        issued_at=hub_time(tally.at),
    )


def compose_alert(
    alert: DeskAlert, *, seal_to: SealingKey, salt_secret: bytes, worker: WorkerKey, ids: SchemaIds
) -> WireMessage:
    """The alert on its way to `inbox.<agency>`, keyed by the agency: no program waits for it by a message's id."""
    return compose_from_hub(
        alert,
        topic=f"inbox.{alert.recipient}",
        key=alert.recipient.encode(),
        message_id=alert.alert_id,
        time=alert.issued_at,
        worker=worker,
        ids=ids,
        seal_to=seal_to,
        salt=derived_salt(salt_secret, alert.alert_id, AgencyId(alert.recipient)),
    )
