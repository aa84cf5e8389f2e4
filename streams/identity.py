"""Identity: which child does this message concern?

From `accepted` to `events`, keyed by child: it takes the facts of each message, lets `hub.identity` decide, numbers
the decision, and writes decision and message to the child's log, sealed under the child's key. One partition, because
a decision needs the whole index; the index is in memory and every claim is one sealed row of a table. A re-run decides
nothing twice: a claim that is known keeps its child, and the records written again have the same ids.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import structlog
from aiokafka.structs import RecordMetadata

from hub.episode.arrivals import WITHHELD
from hub.identity import (
    Decision,
    IdentityIndex,
    claim_reference,
    decide,
    facts_of,
)
from hub.identity.reviews import reserved_for
from hub.ids import (
    HUB,
    ChildId,
    ClaimId,
    EventId,
    claim_id,
    first_child_id,
)
from hub.messages import AcceptedMessage, Refusal, WireMessage, open_accepted
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import (
    Acknowledged,
    AgencyMessage,
    AuditKind,
    AuditLeaf,
    LinkDecided,
)
from streams.acknowledged import by_child, says_fetched
from streams.arrivals import Arrival, LogReader
from streams.assignments import Assignments
from streams.claim_table import ClaimTable
from streams.directory_feed import DirectoryFeed
from streams.event_log import EventWriter
from streams.hub_records import HubRecords
from streams.keyring import ChildErased
from streams.metrics import ERASED, IDENTITY_DECISIONS, STEP_SECONDS
from streams.outbound import Outbound, acknowledged
from streams.processor import Joining
from streams.review_queue import TOPIC as PAIRS
from streams.review_queue import ReviewQueue
from streams.reviewers import Reviewers
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.start import run_worker
from streams.worker_app import WorkerApp

_CLAIMS_A_STEP: Final = 1_000
_TURNS_TO_SEND: Final = 2
"""Turns of the loop in which the producer takes up what it was given, and sends it."""
_DROPPED: Final = "a late event of an erased child was dropped"
_log = structlog.get_logger()


class NotGenuine(HomewardError):
    """A record on `accepted` was not written by a worker of the hub, or does not open."""


class Identity:
    """The processor of `accepted`."""

    name = "homeward-identity"
    topic = "accepted"
    partitions = 1
    writes: tuple[str, ...] = ("events", "review", "audit", "quarantine")

    def __init__(self, settings: WorkerSettings, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._secrets = secrets
        self._ids = ids
        self._index: IdentityIndex | None = None
        self._hands = 0
        """How often the partition came or went."""
        self._directory = DirectoryFeed(
            settings.bootstrap, settings.ssl_context(), secrets.trust_key, ids, settings.instance
        )
        self._events = EventWriter(secrets, ids)
        self._records = HubRecords(secrets, ids, self._directory)
        self._queue = ReviewQueue(secrets, ids)

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Read the directory, declare the table of claims."""
        del reader
        self.write_to(Outbound(app), ClaimTable(app, self._secrets), partial(app.progressed, absolves=False))
        self._directory.on_change(self._secrets.refresh_opening_keys)
        await self._directory.start()

    def write_to(self, outbound: Outbound, claims: ClaimTable, progressed: Callable[[], None]) -> None:
        """Where its records and its claims go, and whom it tells that a long piece of work gets on."""
        self._outbound, self._claims, self._progressed = outbound, claims, progressed
        self._assignments = Assignments(self._secrets, self._events, claims)
        self._reviewers = Reviewers(self._secrets.keyring, self._events, self._assignments, self._queue)

    async def recovered(self) -> None:
        """Build the index before the first message needs it."""
        await self._built_index()

    def position(self, partition: int) -> int | None:
        """The group's committed offset decides."""
        del partition
        return None

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """Nothing is prepared."""

    def changed_hands(self, partitions: frozenset[int], here: frozenset[int]) -> None:
        """The index is built anew from the table before the next decision: another instance may have decided since."""
        del here
        if partitions:
            self._index = None
            self._hands += 1

    def caught_up(self, partition: int) -> None:
        """Nothing is counted by partition."""

    async def stop(self) -> None:
        """Stop following the directory."""
        await self._directory.stop()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Decide, in order; return when decisions, events, review items and claims are durable.

        What says only that mailboxes were fetched comes last: one message is of up to 500 notices, and a report that
        stands behind it need not wait for them.
        """
        del more_follow, joining
        index = await self._built_index()
        accepted = [(arrival, self._opened(arrival)) for arrival in arrivals]
        self._secrets.keyring.ensure(self._new_children(accepted, index))
        leaves: list[AuditLeaf] = []
        sending: list[asyncio.Future[RecordMetadata]] = []
        raised: list[asyncio.Future[RecordMetadata]] = []
        for is_last in (False, True):
            messages: list[WireMessage] = []
            for arrival, message in accepted:
                if says_fetched(message) is not is_last:
                    continue
                try:
                    messages += self._passed_on(arrival, message, index, leaves)
                except ChildErased:
                    ERASED.inc()
                    leaves.append(self._assignments.leaf(message, AuditKind.ERASURE, _DROPPED))
            begun = await self._outbound.begin(messages)
            raised += [sent for sent, message in zip(begun, messages, strict=True) if message.topic == PAIRS]
            sending += begun
            for _ in range(_TURNS_TO_SEND):
                await asyncio.sleep(0)
        sending += await self._outbound.begin(self._records.leaves(leaves))
        await acknowledged(raised)  # a claim that is kept with what a further report said raises no pair again
        await self._claims.flush(self._outbound)  # sends before it waits: all of it goes together
        await acknowledged(sending)
        await self._queue.flush(self._outbound)
        now, took = time.time(), STEP_SECONDS.labels("identity")
        for _, message in accepted:
            took.observe(now - message.verdict.accepted_at.timestamp())

    async def park(self, arrival: Arrival, *, more_follow: bool) -> None:
        """Keep a record that identity failed on, sealed to the operators."""
        del more_follow
        await self._outbound.all([self._records.parked(arrival)])

    async def _built_index(self) -> IdentityIndex:
        """Every claim of the table. A hundred thousand take some ten seconds, so it says that it gets on."""
        while self._index is None:
            began, hands = time.monotonic(), self._hands
            index = IdentityIndex()
            for number, claim in enumerate(self._claims.all(), start=1):
                index.put(claim)
                if number % _CLAIMS_A_STEP == 0:
                    self._progressed()
                    await asyncio.sleep(0)
            _log.info("index_built", claims=len(index), seconds=round(time.monotonic() - began, 2))
            if hands == self._hands:
                self._index = index
                gc.freeze()  # it stays: a look through it for garbage would hold a decision up for 100 ms and more
        return self._index

    def _opened(self, arrival: Arrival) -> AcceptedMessage:
        wire = WireMessage(topic=arrival.topic, key=arrival.key, headers=arrival.headers, value=arrival.value)
        opened = open_accepted(wire, self._directory.current, self._secrets.opening_keys, self._ids)
        if isinstance(opened, Refusal):
            message = f"accepted, offset {arrival.offset}: {opened.reason}; was it written past intake?"
            raise NotGenuine(message)
        return opened

    def _claim(self, message: AcceptedMessage) -> ClaimId | None:
        record = message.opened.record
        if not isinstance(record, AgencyMessage):
            return None
        reference = claim_reference(record, message.opened.id)
        return claim_id(self._secrets.claim_secret, message.opened.sender, reference)

    def _new_children(self, accepted: Iterable[tuple[Arrival, AcceptedMessage]], index: IdentityIndex) -> list[ChildId]:
        """Children that may begin with this batch, so that all their keys are made in one transaction."""
        reports = [message for _, message in accepted if not isinstance(message.opened.record, LinkDecided)]
        claims = [claim for message in reports if (claim := self._claim(message)) is not None]
        return [first_child_id(claim) for claim in claims if index.claim(claim) is None]

    def _passed_on(
        self, arrival: Arrival, message: AcceptedMessage, index: IdentityIndex, leaves: list[AuditLeaf]
    ) -> list[WireMessage]:
        record = message.opened.record
        if isinstance(record, Acknowledged):
            return by_child(arrival, message, record, self._secrets.keyring, self._events)
        claim = self._claim(message)
        if claim is None or not isinstance(record, AgencyMessage):
            message_text = f"accepted, offset {arrival.offset}: {message.opened.type} is no message of an agency"
            raise NotGenuine(message_text)
        if isinstance(record, LinkDecided):
            said, evidence = self._reviewers.said(arrival, message, record, claim, index, self._directory.current)
            leaves += evidence
            return said
        facts = facts_of(claim, message.opened.sender, message.verdict.sender_kind, record)
        decision = decide(facts, EventId(message.opened.id), arrival.offset, index)
        reserved = reserved_for(decision.withheld, index)
        if decision.withheld:
            decision = replace(decision, record=replace(decision.record, why=f"{WITHHELD}; for {reserved or HUB}"))
        assigned = self._assignments.records(decision, message, arrival) if decision.is_taken_now else []
        event = self._events.stated(message, decision.record.child, decision.record.claim, arrival.offset)
        self._keep(arrival, decision, index)
        pairs = self._queue.items(decision, message, index)
        if not decision.is_taken_now:
            return [event, *pairs]
        outcome = decision.record.outcome.value
        IDENTITY_DECISIONS.labels(outcome).inc()
        leaves.append(self._assignments.leaf(message, AuditKind.COMBINATION, outcome, decision.record.child))
        return [
            *assigned,
            event,
            *pairs,
            *([self._queue.withheld(decision.record, reserved, message)] if decision.withheld else []),
        ]

    def _keep(self, arrival: Arrival, decision: Decision, index: IdentityIndex) -> None:
        """Keep a claim; one decided by this very event is written again, for its row may have died with a process."""
        if decision.is_taken_now or decision.record != index.claim(decision.record.claim):
            self._assignments.keep(arrival, decision, index)


if __name__ == "__main__":
    run_worker(Identity.name, Identity)
