"""Identity: which child does this message concern?

From `accepted` to `events`, keyed by child: it takes the facts of each message, lets `hub.identity` decide, numbers
the decision, and writes decision and message to the child's log, sealed under the child's key. One partition, because
a decision needs the whole index; the index is in memory and every claim is one sealed row of a table. A re-run decides
nothing twice: a claim that is known keeps its child, and the records written again have the same ids.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import structlog
from aiokafka.structs import RecordMetadata

from hub.episode.arrivals import WITHHELD
from hub.evidence import Deed, leaf
from hub.identity import (
    ClaimRecord,
    Decision,
    IdentityIndex,
    Review,
    claim_reference,
    decide,
    decide_again,
    facts_of,
)
from hub.identity.reviews import may_decide, reserved_for, settled_pairs
from hub.ids import (
    HUB,
    AgencyId,
    ChildId,
    ClaimId,
    EpisodeId,
    EventId,
    assigned_id,
    claim_id,
    derived_id,
    first_child_id,
)
from hub.messages import AcceptedMessage, Refusal, WireMessage, open_accepted
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AgencyKind,
    AgencyMessage,
    AuditKind,
    AuditLeaf,
    ClaimAssigned,
    LinkDecided,
    NoticeRef,
)
from streams.arrivals import Arrival, LogReader
from streams.claim_table import ClaimTable
from streams.directory_feed import DirectoryFeed
from streams.event_log import EventWriter, Origin
from streams.hub_records import HubRecords
from streams.keyring import ChildErased
from streams.metrics import ERASED, IDENTITY_DECISIONS, STEP_SECONDS
from streams.outbound import Outbound
from streams.review_queue import ReviewQueue
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.shell import Joining, WorkerApp
from streams.start import run_worker

_TURNS_TO_SEND: Final = 2
"""Turns of the loop in which the producer takes up what it was given, and sends it."""
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
        self._directory = DirectoryFeed(
            settings.bootstrap, settings.ssl_context(), secrets.trust_key, ids, settings.instance
        )
        self._events = EventWriter(secrets, ids)
        self._records = HubRecords(secrets, ids, self._directory)
        self._queue = ReviewQueue(secrets, ids)

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Read the directory, declare the table of claims."""
        del reader
        self._outbound = Outbound(app)
        self._claims = ClaimTable(app, self._secrets)
        self._directory.on_change(self._secrets.refresh_opening_keys)
        await self._directory.start()

    async def recovered(self) -> None:
        """Build the index before the first message needs it."""
        self._built_index()

    def position(self, partition: int) -> int | None:
        """The group's committed offset decides."""
        del partition
        return None

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """Nothing is prepared."""

    def changed_hands(self, partitions: frozenset[int]) -> None:
        """The index is built anew from the table before the next decision: another instance may have decided since."""
        if partitions:
            self._index = None

    async def stop(self) -> None:
        """Stop following the directory."""
        await self._directory.stop()

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Decide, in order; return when decisions, events, review items and claims are durable.

        What says only that mailboxes were fetched comes last: one message is of up to 500 notices, and a report that
        stands behind it need not wait for them.
        """
        del more_follow, joining
        index = self._built_index()
        accepted = [(arrival, self._opened(arrival)) for arrival in arrivals]
        self._secrets.keyring.ensure(self._new_children(accepted, index))
        leaves: list[AuditLeaf] = []
        sending: list[asyncio.Future[RecordMetadata]] = []
        for is_last in (False, True):
            messages: list[WireMessage] = []
            for arrival, message in accepted:
                if _says_fetched(message) is not is_last:
                    continue
                try:
                    messages += self._passed_on(arrival, message, index, leaves)
                except ChildErased:
                    ERASED.inc()
                    leaves.append(self._leaf(message, AuditKind.ERASURE, "a late event of an erased child was dropped"))
            sending += await self._outbound.begin(messages)
            for _ in range(_TURNS_TO_SEND):
                await asyncio.sleep(0)
        sending += await self._outbound.begin(self._records.leaves(leaves))
        await asyncio.gather(asyncio.gather(*sending), self._claims.flush(self._outbound))
        await self._queue.flush(self._outbound)
        now = time.time()
        for _, message in accepted:
            STEP_SECONDS.labels("identity").observe(now - message.verdict.accepted_at.timestamp())

    async def park(self, arrival: Arrival) -> None:
        """Keep a record that identity failed on, sealed to the operators."""
        await self._outbound.all([self._records.parked(arrival)])

    def _built_index(self) -> IdentityIndex:
        if self._index is None:
            began = time.monotonic()
            self._index = IdentityIndex(self._claims.all())
            _log.info("index_built", claims=len(self._index), seconds=round(time.monotonic() - began, 2))
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
            return self._acknowledgement(arrival, message, record)
        claim = self._claim(message)
        if claim is None or not isinstance(record, AgencyMessage):
            message_text = f"accepted, offset {arrival.offset}: {message.opened.type} is no message of an agency"
            raise NotGenuine(message_text)
        if isinstance(record, LinkDecided):
            return self._reviewed(arrival, message, record, claim, index, leaves)
        facts = facts_of(claim, message.opened.sender, message.verdict.sender_kind, record)
        decision = decide(facts, EventId(message.opened.id), arrival.offset, index)
        reserved = reserved_for(decision.withheld, index)
        if decision.withheld:
            decision = replace(decision, record=replace(decision.record, why=f"{WITHHELD}; for {reserved or HUB}"))
        assigned = self._assignments(decision, message, arrival) if decision.is_taken_now else []
        event = self._events.stated(message, decision.record.child, decision.record.claim, arrival.offset)
        self._keep(arrival, decision, index)
        if not decision.is_taken_now:
            return [event]
        outcome = decision.record.outcome.value
        IDENTITY_DECISIONS.labels(outcome).inc()
        leaves.append(self._leaf(message, AuditKind.COMBINATION, outcome, decision.record.child))
        return [
            *assigned,
            event,
            *(self._queue.item(review, _agencies(review, index), decision, message) for review in decision.reviews),
            *([self._queue.withheld(decision.record, reserved, message)] if decision.withheld else []),
        ]

    def _keep(self, arrival: Arrival, decision: Decision, index: IdentityIndex) -> None:
        """Keep a claim; one decided by this very event is written again, for its row may have died with a process."""
        if decision.is_taken_now or decision.record != index.claim(decision.record.claim):
            index.put(decision.record)
            self._claims.put(arrival, decision.record)

    def _assignments(self, decision: Decision, message: AcceptedMessage, arrival: Arrival) -> list[WireMessage]:
        """The decision as an event, to the child that the claim belongs to now and to the one that it left."""
        record = decision.record
        assigned = ClaimAssigned(
            claim_id=record.claim,
            agency=record.facts.agency,
            from_child=record.came_from,
            to_child=record.child,
            number=record.number,
            outcome=record.outcome,
            why=record.why,
            matched_claim=record.matched,
        )
        origin = self._origin(message, arrival)
        children = [child for child in (record.child, record.came_from) if child is not None]
        return [
            self._events.own(
                assigned,
                child,
                assigned_id(record.claim, record.number, child),
                origin,
                cause=message.opened.id,
                claim=record.claim,
            )[0]
            for child in children
        ]

    def _reviewed(
        self,
        arrival: Arrival,
        message: AcceptedMessage,
        decided: LinkDecided,
        claim: ClaimId,
        index: IdentityIndex,
        leaves: list[AuditLeaf],
    ) -> list[WireMessage]:
        """A reviewer's word: the event goes to both children's logs, and what it decides is numbered anew."""
        event = EventId(message.opened.id)
        pair = [index.claim(ClaimId(name)) for name in (decided.claim_a, decided.claim_b)]
        records = [record for record in pair if record is not None]
        children = _children_before(records, event) or {first_child_id(claim): None}
        messages: list[WireMessage] = []
        if self._may_review(message, decided, records):
            withheld = any(record.why.startswith(WITHHELD) for record in records)  # looked at, and joined with nobody
            decisions = () if withheld else decide_again(decided, event, index)
            children |= dict.fromkeys(decision.record.child for decision in decisions)
            self._secrets.keyring.ensure(children)
            for child in children:
                self._secrets.keyring.key_for(child)  # an erased child takes part in nothing
            for decision in decisions:
                messages += self._decided_again(arrival, message, decided, decision, index, leaves)
            self._queue.settle(settled_pairs(ClaimId(decided.claim_a), ClaimId(decided.claim_b), index))
        else:
            _log.warning("review_not_permitted", agency=message.opened.sender)
        # The word itself comes last: a child's log that has it has every assignment that it made there.
        return [*messages, *(self._events.stated(message, child, claim, arrival.offset) for child in children)]

    def _decided_again(
        self,
        arrival: Arrival,
        message: AcceptedMessage,
        decided: LinkDecided,
        decision: Decision,
        index: IdentityIndex,
        leaves: list[AuditLeaf],
    ) -> list[WireMessage]:
        index.put(decision.record)
        self._claims.put(arrival, decision.record)
        if not decision.is_taken_now:
            return []
        IDENTITY_DECISIONS.labels(decision.record.outcome.value).inc()
        leaves.append(self._leaf(message, AuditKind.COMBINATION, decided.decision.value, decision.record.child))
        return self._assignments(decision, message, arrival)

    def _may_review(self, message: AcceptedMessage, decided: LinkDecided, records: list[ClaimRecord]) -> bool:
        """By the rule of `hub.identity.reviews`; a withheld message is for a named role of one authority alone."""
        sender = message.opened.sender
        withheld = [record for record in records if record.why.startswith(WITHHELD)]
        if withheld:
            return bool(decided.decided_by_role) and all(each.why.endswith(f"; for {sender}") for each in withheld)
        entry = self._directory.current.agency(sender)
        roles = () if entry is None else entry.roles
        return may_decide(sender, roles, decided.decision, [record.facts.agency for record in records])

    def _acknowledgement(self, arrival: Arrival, message: AcceptedMessage, record: Acknowledged) -> list[WireMessage]:
        """An acknowledgement of many notices, split by the child that each notice was about."""
        by_child: dict[ChildId, list[NoticeRef]] = defaultdict(list)
        for pair in record.pairs:
            child = self._secrets.keyring.child_of(EpisodeId(pair.episode_id))
            if child is not None:
                by_child[child].append(pair)
        parts = []
        for child, pairs in by_child.items():
            part = Acknowledged(
                pairs=tuple(pairs), layer=record.layer, role=record.role, by=record.by, occurred_at=record.occurred_at
            )
            event_id = EventId(derived_id(message.opened.id, "acknowledged", child))
            if self._has_key(child):
                parts.append(self._events.acknowledged(part, message, child, event_id, arrival.offset))
        cause = message.opened.id
        if _says_fetched(message):
            return self._events.together(parts, cause=cause, time=message.verdict.accepted_at)
        return [self._events.alone(part, cause=cause) for part in parts]

    def _has_key(self, child: ChildId) -> bool:
        try:
            self._secrets.keyring.key_for(child)
        except ChildErased:
            ERASED.inc()
            return False
        return True

    def _leaf(self, message: AcceptedMessage, kind: AuditKind, outcome: str, child: ChildId | None = None) -> AuditLeaf:
        deed = Deed(
            kind=kind,
            cause=message.opened.id,
            at=message.verdict.accepted_at,
            agency=message.opened.sender,
            agency_kind=message.verdict.sender_kind or AgencyKind.UNKNOWN,
            content_digest=message.opened.value_digest,
            outcome=outcome,
            child=child,
        )
        return leaf(deed, self._secrets.log_key)

    @staticmethod
    def _origin(message: AcceptedMessage, arrival: Arrival) -> Origin:
        verdict = message.verdict
        return Origin(
            accepted_at=verdict.accepted_at,
            inbound_partition=verdict.inbound_partition,
            inbound_offset=verdict.inbound_offset,
            accepted_offset=arrival.offset,
        )


def _says_fetched(message: AcceptedMessage) -> bool:
    record = message.opened.record
    return isinstance(record, Acknowledged) and record.layer is Acknowledgement.FETCHED


def _agencies(review: Review, index: IdentityIndex) -> tuple[AgencyId | None, AgencyId | None]:
    """Whose claims the two of a pair are."""
    one, other = index.claim(review.claim_a), index.claim(review.claim_b)
    return one.facts.agency if one is not None else None, other.facts.agency if other is not None else None


def _children_before(records: Iterable[ClaimRecord], event: EventId) -> dict[ChildId, None]:
    """The children that these claims belonged to before this event decided about them."""
    return dict.fromkeys(
        record.came_from if record.decided_by == event and record.came_from is not None else record.child
        for record in records
    )


if __name__ == "__main__":
    run_worker(Identity.name, Identity)
