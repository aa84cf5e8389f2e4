"""Intake: is this message what its sender signed, can it be read, and what did it leave out?

From `inbound` to `accepted`, with a signed receipt to the sender; what cannot be accepted goes to `quarantine`. It
verifies before it opens and opens before it decodes (`hub.messages`), and never refuses a report for what it says.
It does not know children.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from hub.chain import advance, chain_findings
from hub.checks import content_findings
from hub.evidence import Deed, leaf
from hub.ids import AgencyId
from hub.messages import OpenedMessage, Reason, Refusal, Verdict, WireMessage, compose_accepted, open_message
from hub.receipts import accepted_receipt, compose_receipt, rejected_receipt
from hub.refusal import fault
from schemas.codec import SchemaIds
from schemas.records import AgencyMessage, AuditKind, AuditLeaf, Receipt
from streams.arrivals import Arrival, LogReader
from streams.directory_feed import DirectoryFeed
from streams.hub_records import HubRecords
from streams.hub_time_feed import hub_times
from streams.intake_memory import IntakeMemory
from streams.metrics import INTAKE_RESULTS, REPORTING_DELAY, STEP_SECONDS
from streams.outbound import Outbound
from streams.processor import Joining
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.start import run_worker
from streams.worker_app import WorkerApp

_log = structlog.get_logger()
_UNKNOWN_SENDER: Final = frozenset({Reason.UNKNOWN_AGENCY, Reason.UNKNOWN_KEY, Reason.SEAL_NOT_OPENED})
"""Refusals that may only mean that the directory or the keyring moved on a moment ago."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one arrival caused: records to send, and its audit leaf."""

    messages: tuple[WireMessage, ...]
    leaves: tuple[AuditLeaf, ...] = ()


class Intake:
    """The processor of `inbound`."""

    name = "homeward-intake"
    topic = "inbound"
    partitions = 8
    writes: tuple[str, ...] = ("accepted", "quarantine", "audit")

    def __init__(self, settings: WorkerSettings, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._settings = settings
        self._secrets = secrets
        self._ids = ids
        self._directory = DirectoryFeed(
            settings.bootstrap, settings.ssl_context(), secrets.trust_key, ids, settings.instance
        )
        self._records = HubRecords(secrets, ids, self._directory)

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Read the directory, declare the table of answered ids."""
        del reader
        self._outbound = Outbound(app)
        self._memory = IntakeMemory(app, self.partitions, self._secrets.state_key, self._ids)
        self._directory.on_change(self._secrets.refresh_opening_keys)
        times = hub_times(self._settings, self._secrets.trust_key, self._ids)
        _, self._times = await asyncio.gather(self._directory.start(), times)

    async def recovered(self) -> None:
        """Nothing to do: the table is all the state there is."""

    def position(self, partition: int) -> int | None:
        """The group's committed offset decides."""
        del partition
        return None

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """Nothing is prepared."""

    def changed_hands(self, partitions: frozenset[int]) -> None:
        """Nothing is kept by partition outside the table."""

    async def stop(self) -> None:
        """Stop following the directory."""
        await self._directory.stop()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Answer each message; return when receipts, accepted and quarantined records and the table are durable."""
        del more_follow, joining
        answers = [await self._answer(arrival) for arrival in arrivals]
        leaves = self._records.leaves(leaf for answer in answers for leaf in answer.leaves)
        messages = [message for answer in answers for message in answer.messages]
        await asyncio.gather(self._outbound.all([*messages, *leaves]), self._memory.flush(self._outbound))
        now = time.time()
        for arrival in arrivals:
            STEP_SECONDS.labels("intake").observe(now - arrival.appended_at.timestamp())

    async def park(self, arrival: Arrival, *, more_follow: bool) -> None:
        """Keep a record that intake failed on, sealed to the operators."""
        del more_follow
        await self._outbound.all([self._records.parked(arrival)])

    async def _answer(self, arrival: Arrival) -> _Answer:
        wire = WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)
        opened = self._open(wire, arrival)
        if isinstance(opened, Refusal) and opened.reason in _UNKNOWN_SENDER:
            await self._directory.refresh()
            self._secrets.refresh_opening_keys()
            opened = self._open(wire, arrival)
        if isinstance(opened, Refusal):
            return self._refuse(arrival, opened)
        known = self._memory.answered(arrival, opened.id)
        if known is None or known.is_of(arrival):
            return self._accept(arrival, wire, opened, known.receipt if known else None)
        if known.digest == opened.signing_digest:
            INTAKE_RESULTS.labels("duplicate", "").inc()
            return _Answer(self._receipt(opened.sender, known.receipt, arrival.appended_at))
        return self._equivocated(arrival, opened)

    def _open(self, wire: WireMessage, arrival: Arrival) -> OpenedMessage | Refusal:
        return open_message(
            wire, self._directory.current, self._secrets.opening_keys, self._ids, accepted_at=arrival.appended_at
        )

    def _accept(self, arrival: Arrival, wire: WireMessage, opened: OpenedMessage, first: Receipt | None) -> _Answer:
        """Pass a verified message on, with a receipt. After a crash `first` is the receipt of the first run."""
        receipt = first or self._new_receipt(arrival, opened)
        self._memory.remember(arrival, opened.id, opened.signing_digest, receipt)
        verdict = Verdict(
            outcome=receipt.outcome,
            findings=receipt.findings,
            accepted_at=self._accepted_at(arrival),
            inbound_partition=arrival.partition,
            inbound_offset=arrival.offset,
            sender_kind=opened.sender_kind,
        )
        INTAKE_RESULTS.labels(receipt.outcome.value, "").inc()
        messages = [compose_accepted(wire, verdict, self._secrets.worker)]
        if isinstance(opened.record, AgencyMessage):  # an acknowledgement gets no receipt
            messages += self._receipt(opened.sender, receipt, arrival.appended_at)
            if opened.record.occurred_at is not None:
                delay = (self._accepted_at(arrival) - opened.record.occurred_at).total_seconds()
                REPORTING_DELAY.labels(opened.sender_kind.value).observe(max(delay, 0.0))
        return _Answer(tuple(messages), (self._leaf(arrival, opened, receipt.outcome.value),))

    def _new_receipt(self, arrival: Arrival, opened: OpenedMessage) -> Receipt:
        chain = f"{opened.sender}/{opened.key_id}"
        step = advance(self._memory.chain(arrival, chain), opened)
        self._memory.extend_chain(arrival, chain, step.position)
        sender = self._directory.current.agency(opened.sender)
        content = content_findings(opened.record, sender, self._accepted_at(arrival)) if sender is not None else ()
        findings = (*opened.findings, *content, *chain_findings(step.step))
        return accepted_receipt(opened, findings, self._accepted_at(arrival))

    def _accepted_at(self, arrival: Arrival) -> datetime:
        """The broker's append time, in hub time; keys are judged by the append time itself."""
        return self._times.hub_time(arrival.appended_at)

    def _equivocated(self, arrival: Arrival, opened: OpenedMessage) -> _Answer:
        """The id was used before for other bytes: the first stands, the second is kept apart, operators are alarmed."""
        _log.error("equivocation", agency=opened.sender, key_id=opened.key_id)
        refusal = Refusal(
            reason=Reason.EQUIVOCATION,
            findings=(fault(Reason.EQUIVOCATION),),
            answerable=True,
            claimed_agency=opened.sender,
            message_id=opened.id,
            record_type=opened.type,
            value_digest=opened.value_digest,
            signing_digest=opened.signing_digest,
        )
        return self._refuse(arrival, refusal)

    def _refuse(self, arrival: Arrival, refusal: Refusal) -> _Answer:
        """Keep the bytes for the operators; answer only a sender who is proven."""
        INTAKE_RESULTS.labels("rejected", refusal.reason.value).inc()
        kept = self._records.quarantined(arrival, refusal.findings, refusal.claimed_agency)
        receipt = rejected_receipt(refusal)
        if receipt is None or refusal.claimed_agency is None:
            return _Answer((kept,))
        return _Answer((kept, *self._receipt(refusal.claimed_agency, receipt, arrival.appended_at)))

    def _receipt(self, agency: AgencyId, receipt: Receipt, at: datetime) -> tuple[WireMessage, ...]:
        """The receipt as a record of the agency's inbox; none if the agency has no valid key to seal it to."""
        key = self._directory.current.sealing_key(agency, at)
        if key is None:
            _log.warning("no_key_for_receipt", agency=agency)
            return ()
        message = compose_receipt(
            receipt,
            agency,
            time=receipt.accepted_at or at,
            seal_to=key,
            salt_secret=self._secrets.log_key,
            worker=self._secrets.worker,
            ids=self._ids,
        )
        return (message,)

    def _leaf(self, arrival: Arrival, opened: OpenedMessage, outcome: str) -> AuditLeaf:
        deed = Deed(
            kind=AuditKind.COLLECTION,
            cause=opened.id,
            at=arrival.appended_at,
            agency=opened.sender,
            agency_kind=opened.sender_kind,
            content_digest=opened.value_digest,
            outcome=outcome,
        )
        return leaf(deed, self._secrets.log_key)


if __name__ == "__main__":
    run_worker(Intake.name, Intake)
