"""Intake: is this message what its sender signed, can it be read, and what did it leave out?

From `inbound` to `accepted`, with a signed receipt to the sender; what cannot be accepted goes to `quarantine`. It
verifies before it opens and opens before it decodes (`hub.messages`), and never refuses a report for what it says.
It does not know children.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from hub.checks import content_findings, lies_ahead
from hub.ids import AgencyId
from hub.intake_leaves import collection_leaf, equivocation_leaf
from hub.messages import OpenedMessage, Reason, Refusal, Verdict, WireMessage, compose_accepted, open_message
from hub.receipts import accepted_receipt, compose_receipt, rejected_receipt
from hub.refusal import fault
from schemas.codec import SchemaIds
from schemas.records import AgencyMessage, AuditLeaf, Receipt, ReceiptOutcome
from streams.arrivals import Arrival, LogReader
from streams.chains import Chains
from streams.desk_alerts import DeskAlerts
from streams.directory_feed import DirectoryFeed
from streams.endings import end_when_failed
from streams.hub_records import HubRecords
from streams.hub_time_feed import hub_times
from streams.intake_memory import Answered, IntakeMemory
from streams.metrics import CLOCKS_AHEAD, INTAKE_RESULTS, REPORTING_DELAY, STEP_SECONDS, UNKNOWN_HEADERS
from streams.outbound import Outbound
from streams.processor import Joining
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.start import run_worker
from streams.worker_app import WorkerApp

_log = structlog.get_logger()
_UNKNOWN_SENDER: Final = frozenset({Reason.UNKNOWN_AGENCY, Reason.UNKNOWN_KEY, Reason.SEAL_NOT_OPENED})
"""Refusals that may only mean that the directory or the keyring moved on a moment ago."""
_REJECTED: Final = ReceiptOutcome.REJECTED.value


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
        for reason in Reason:  # an alarm on a first refusal needs the nought before it
            INTAKE_RESULTS.labels(_REJECTED, reason.value)
        self._outbound = Outbound(app)
        self._memory = IntakeMemory(app, self.partitions, self._secrets.state_key, self._ids)
        self._chains = Chains(self._memory, self.partitions)
        self._directory.on_change(self._secrets.refresh_opening_keys)
        times = hub_times(self._settings, self._secrets.trust_key, self._ids)
        _, self._times = await asyncio.gather(self._directory.start(), times)
        self._alerts = DeskAlerts(self._secrets, self._ids, self._directory, self._memory, self._times)

    async def recovered(self) -> None:
        """Begin to look for gaps that stay: the table is all the state there is."""
        self._watching = asyncio.create_task(self._chains.watch(), name="watch the chains")
        self._watching.add_done_callback(end_when_failed)

    def position(self, partition: int) -> int | None:
        """The group's committed offset decides."""
        del partition
        return None

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """Nothing is prepared."""

    def changed_hands(self, partitions: frozenset[int], here: frozenset[int]) -> None:
        """Nothing is kept by partition outside the table."""

    def caught_up(self, partition: int) -> None:
        """Nothing is counted by partition."""

    async def stop(self) -> None:
        """Stop following the directory and watching the chains."""
        self._watching.remove_done_callback(end_when_failed)
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._directory.stop()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Answer each message; return when receipts, accepted and quarantined records and the table are durable."""
        del more_follow, joining
        answers = [await self._answer(arrival) for arrival in arrivals]
        leaves = self._records.leaves(leaf for answer in answers for leaf in answer.leaves)
        messages = [message for answer in answers for message in answer.messages]
        alerts = self._alerts.of_failures()
        await asyncio.gather(self._outbound.all([*messages, *leaves]), self._memory.flush(self._outbound))
        await self._outbound.all(alerts)
        now, took = time.time(), STEP_SECONDS.labels("intake")
        for arrival in arrivals:
            took.observe(now - arrival.appended_at.timestamp())

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
            UNKNOWN_HEADERS.inc(opened.unknown_headers)
            return self._refuse(arrival, opened)
        UNKNOWN_HEADERS.inc(opened.headers.unknown)
        known = self._memory.answered(arrival, opened.id)
        if known is None or known.is_of(arrival):
            return self._accept(arrival, wire, opened, known.receipt if known else None)
        if known.digest == opened.signing_digest:
            INTAKE_RESULTS.labels("duplicate", "").inc()
            return _Answer(self._receipt(opened.sender, known.receipt, arrival.appended_at))
        return self._equivocated(arrival, opened, known)

    def _open(self, wire: WireMessage, arrival: Arrival) -> OpenedMessage | Refusal:
        return open_message(
            wire, self._directory.current, self._secrets.opening_keys, self._ids, accepted_at=arrival.appended_at
        )

    def _accept(self, arrival: Arrival, wire: WireMessage, opened: OpenedMessage, first: Receipt | None) -> _Answer:
        """Pass a verified message on, with a receipt. After a crash `first` is the receipt of the first run."""
        if first is not None:
            self._chains.keep_again(arrival, f"{opened.sender}/{opened.key_id}")
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
        messages = [compose_accepted(wire, opened, verdict, self._secrets.worker)]
        if isinstance(opened.record, AgencyMessage):  # an acknowledgement gets no receipt
            messages += self._receipt(opened.sender, receipt, arrival.appended_at)
            if opened.record.occurred_at is not None:
                delay = (self._accepted_at(arrival) - opened.record.occurred_at).total_seconds()
                REPORTING_DELAY.labels(opened.sender_kind.value).observe(max(delay, 0.0))
        leaf = collection_leaf(opened, arrival.appended_at, receipt.outcome, self._secrets.log_key)
        return _Answer(tuple(messages), (leaf,))

    def _new_receipt(self, arrival: Arrival, opened: OpenedMessage) -> Receipt:
        in_chain = self._chains.take(arrival, f"{opened.sender}/{opened.key_id}", opened)
        sender = self._directory.current.agency(opened.sender)
        content = content_findings(opened.record, sender, self._accepted_at(arrival)) if sender is not None else ()
        if any(map(lies_ahead, content)):
            _log.warning("clock_ahead", agency=opened.sender, key_id=opened.key_id, offset=arrival.offset)
            CLOCKS_AHEAD.labels(opened.sender_kind.value).inc()
        findings = (*opened.findings, *content, *in_chain)
        return accepted_receipt(opened, findings, self._accepted_at(arrival))

    def _accepted_at(self, arrival: Arrival) -> datetime:
        """The broker's append time, in hub time; keys are judged by the append time itself."""
        return self._times.hub_time(arrival.appended_at)

    def _equivocated(self, arrival: Arrival, opened: OpenedMessage, first: Answered) -> _Answer:
        """The id was used before for other bytes: the first stands, the second is kept apart, operators are alarmed.

        The first is flagged where operators and auditors look: in what is kept of the second, and by a leaf.
        """
        _log.error(
            "equivocation", agency=opened.sender, key_id=opened.key_id, partition=arrival.partition,
            offset=arrival.offset, first_partition=first.partition, first_offset=first.offset,
        )  # fmt: skip
        refusal = Refusal(
            reason=Reason.EQUIVOCATION,
            findings=(fault(Reason.EQUIVOCATION),),
            answerable=True,
            claimed_agency=opened.sender,
            message_id=opened.id,
            record_type=opened.type,
            value_digest=opened.value_digest,
            signing_digest=opened.signing_digest,
            key_id=opened.key_id,
            sequence=opened.sequence,
            previous=opened.previous,
        )
        answer = self._refuse(arrival, refusal, first_at=(first.partition, first.offset))
        return replace(answer, leaves=(equivocation_leaf(opened, arrival.appended_at, self._secrets.log_key),))

    def _refuse(self, arrival: Arrival, refusal: Refusal, *, first_at: tuple[int, int] | None = None) -> _Answer:
        """Keep the bytes for the operators, alarm them, and answer a sender who is proven: its program and its desk."""
        INTAKE_RESULTS.labels(_REJECTED, refusal.reason.value).inc()
        _log.warning(
            "message_refused", reason=refusal.reason.value, partition=arrival.partition, offset=arrival.offset,
            agency=refusal.claimed_agency if refusal.answerable else None,
        )  # fmt: skip
        if refusal.answerable:
            self._chains.take(arrival, f"{refusal.claimed_agency}/{refusal.key_id}", refusal)
        kept = self._records.quarantined(arrival, refusal, first_at=first_at)
        alerts = self._alerts.of_refusal(refusal, arrival)
        receipt = rejected_receipt(refusal)
        if receipt is None or refusal.claimed_agency is None:
            return _Answer((kept, *alerts))
        return _Answer((kept, *alerts, *self._receipt(refusal.claimed_agency, receipt, arrival.appended_at)))

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


if __name__ == "__main__":
    run_worker(Intake.name, Intake)
