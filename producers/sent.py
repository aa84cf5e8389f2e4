"""What a caller holds after `send`: where the message is durable, and the hub's answer when it comes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from producers.errors import NoReceiptYet, PublisherClosed, PublisherError, Rejected, findings_table
from producers.installation import Installation
from schemas.records import Finding, Receipt, ReceiptOutcome

__all__ = ["Durable", "Sent", "SentReceipt"]

Durable = Literal["outbox", "broker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReceipt:
    """The hub's signed answer, verified. `str()` of it is fit to show to a person."""

    record: Receipt
    installation: Installation

    @property
    def message_id(self) -> str:
        """Id of the message that is answered."""
        return self.record.message_id

    @property
    def outcome(self) -> ReceiptOutcome:
        """Accepted, accepted with gaps, duplicate or rejected."""
        return self.record.outcome

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every gap, flag and fault that the hub found."""
        return self.record.findings

    @property
    def accepted_at(self) -> datetime | None:
        """The broker's append time of the message; None if it was rejected."""
        return self.record.accepted_at

    @property
    def is_accepted(self) -> bool:
        """True unless the hub refused it: a duplicate was accepted the first time."""
        return self.record.outcome is not ReceiptOutcome.REJECTED

    def raise_if_rejected(self) -> None:
        """Raise Rejected, with every reason, if the hub refused; otherwise do nothing."""
        if not self.is_accepted:
            raise self._rejected()

    def _rejected(self) -> Rejected:
        return Rejected(
            record_type=self.record.message_type,
            message_id=self.record.message_id,
            agency=self.installation.agency,
            agency_name=self.installation.agency_name,
            key_id=self.installation.signer.key_id,
            findings=self.findings,
        )

    def __str__(self) -> str:
        """The answer in words: one line, then a line for each finding."""
        if not self.is_accepted:
            return str(self._rejected())
        words = self.record.outcome.value.replace("_", " ")
        head = f"{words}: {self.record.message_type} {self.record.message_id} "
        head += f"from {self.installation.agency} ({self.installation.agency_name})"
        if not self.findings:
            return head
        return "\n".join((head, *findings_table(self.findings), "send a CorrectionMade for these fields when you can."))


class Sent:
    """One message that was sent. It cannot be lost any more, whatever becomes of this object."""

    def __init__(
        self,
        *,
        message_id: str,
        record_type: str,
        is_answered: bool,
        left_out: Sequence[Finding] = (),
        hindrance: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Made by `Publisher.send`; `hindrance` says what on this side keeps it from the hub."""
        loop = asyncio.get_running_loop()
        self.message_id = message_id
        self.record_type = record_type
        self.left_out = tuple(left_out)
        """What could not be sent as it was given, field by field: the rule, and what was done and is to be done."""
        self._hindrance = hindrance
        self._is_answered = is_answered
        self._at_broker: asyncio.Future[None] = loop.create_future()
        self._receipt: asyncio.Future[SentReceipt] = loop.create_future()

    @property
    def durable_at(self) -> Durable:
        """Where it is safe now: in this agency's outbox, or at the hub's broker."""
        return "broker" if self._at_broker.done() and self._at_broker.exception() is None else "outbox"

    async def at_broker(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as `receipt`
        """Return once the broker has it; not within `timeout` seconds, and it goes on all the same.

        Raises:
            TimeoutError: not within that time.
            PublisherClosed: as `receipt`.
        """
        async with asyncio.timeout(timeout):
            await asyncio.shield(self._at_broker)

    async def receipt(self, timeout: float | None = None) -> SentReceipt:  # noqa: ASYNC109 - the shape users expect
        """The hub's answer, waited for at most `timeout` seconds (None: as long as it takes).

        Raises:
            NoReceiptYet: not within that time; the message is safe, and this may be called again.
            PublisherClosed: the publisher's block has ended, and the answer had not come; the message is safe.
            PublisherError: an acknowledgement, which the hub does not answer.
        """
        if not self._is_answered:
            message = f"{self.record_type} gets no receipt: wait for at_broker() instead"
            raise PublisherError(message)
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.shield(self._receipt)
        except TimeoutError:
            raise NoReceiptYet(
                record_type=self.record_type,
                message_id=self.message_id,
                seconds=timeout or 0.0,
                durable_at=self.durable_at,
                hindrance=self._hindrance(),
            ) from None

    def note_at_broker(self) -> None:
        """The broker has confirmed it (for the publisher)."""
        if not self._at_broker.done():
            self._at_broker.set_result(None)

    def note_receipt(self, receipt: SentReceipt) -> None:
        """The hub has answered it (for the publisher)."""
        self.note_at_broker()
        if not self._receipt.done():
            self._receipt.set_result(receipt)

    def note_closed(self) -> None:
        """No answer comes to this object any more (for the publisher)."""
        waiting: asyncio.Future[Any]
        for waiting in (self._at_broker, self._receipt):
            if not waiting.done():
                waiting.set_exception(PublisherClosed())
                waiting.exception()  # looked at: not everybody waits for it
