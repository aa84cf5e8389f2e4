"""The hub without a broker: messages in the order accepted, through the very functions that the workers run.

accept (checks) -> decide (identity) -> fold -> owed -> told, for one message after the other; what the clock raises
between them comes from `hub.scenario.clock`. Nothing is simulated but the transport: no signatures, no seals, an order
that counts up. Every claim decided, event kept and notice sent stays readable afterwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from hub.checks import content_findings
from hub.deadlines import Deadline, deadlines, next_change, raised_id, to_raise
from hub.directory import Directory
from hub.entry.view import EpisodeView, view
from hub.episode import fold
from hub.episode.arrivals import WITHHELD
from hub.episode.model import ChildState
from hub.episode.told import with_told
from hub.event import Event
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
from hub.identity.reviews import reserved_for
from hub.ids import HUB, AgencyId, ChildId, ClaimId, EpisodeId, EventId, claim_id, derived_id, first_child_id
from hub.reference import Reference
from hub.routing import OwedNotice, ladder_deadlines, told, turning_points, unsent
from hub.rulebook import Rulebook
from schemas.records import (
    Acknowledged,
    AgencyKind,
    AgencyMessage,
    ClaimAssigned,
    ClaimOutcome,
    DeadlineRaised,
    DirectoryEntry,
    Finding,
    LinkDecided,
    NoticeRef,
)

SECRET: Final = b"a scenario has no secret: its claims are opaque all the same"
_SAYS_NOTHING_NEW: Final = (Acknowledged, DeadlineRaised)
"""What no field of an episode is read from, so that its view stays as it is."""
_ROUNDS: Final = 20
"""Moves between children, and what is owed of one, settle within a few rounds; more would be a ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A notice that was sent: when, and about which child of the hub's."""

    at: datetime
    child: ChildId
    owed: OwedNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What became of one message: the claim it was made under, the child it was filed under, what intake found."""

    claim: ClaimId
    child: ChildId
    decision: Decision | None
    findings: tuple[Finding, ...]


def claim_of(sender: AgencyId, message: AgencyMessage, message_id: EventId) -> ClaimId:
    """The claim that a message is made under."""
    return claim_id(SECRET, sender, claim_reference(message, message_id))


@dataclass
class SimulatedHub:
    """The state of a hub in memory. `directory` may be replaced between two messages (`look_again` then)."""

    directory: Directory
    rulebook: Rulebook
    reference: Reference
    sent: list[Sent] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    withheld: list[ClaimId] = field(default_factory=list)
    """Claims of messages that were put before a named role alone, and told to nobody."""
    _index: IdentityIndex = field(default_factory=IdentityIndex)
    _logs: dict[ChildId, dict[EventId, Event]] = field(default_factory=dict)
    _states: dict[ChildId, ChildState] = field(default_factory=dict)
    _views: dict[ChildId, dict[EpisodeId, EpisodeView]] = field(default_factory=dict)
    _deadlines: dict[ChildId, tuple[Deadline, ...]] = field(default_factory=dict)
    _wakes: dict[ChildId, datetime | None] = field(default_factory=dict)
    _now: datetime | None = None
    _order: int = 0

    @property
    def children(self) -> tuple[ChildId, ...]:
        """Every child that some event was filed under."""
        return tuple(self._logs)

    def state(self, child: ChildId) -> ChildState:
        """What the hub knows of a child now."""
        if child not in self._states:
            self._states[child] = fold(child, self._logs.get(child, {}).values())
        return self._states[child]

    def owner(self, claim: ClaimId) -> ChildId | None:
        """The child that a claim belongs to now."""
        record = self._index.claim(claim)
        return record.child if record else None

    def hear(
        self, at: datetime, sender: AgencyId, message: AgencyMessage, message_id: EventId, meant: ChildId | None = None
    ) -> Heard:
        """An agency's message is accepted, and everything that follows from it happens.

        `meant` is the child that whoever wrote the scenario means, where a claim heard for the first time is filed
        there whatever the comparison of records says; None leaves it to the comparison.
        """
        self._now = at
        entry = self._entry(sender)
        findings = content_findings(message, entry, at)
        claim = claim_of(sender, message, message_id)
        self._order += 1
        event = Event(
            id=message_id, child=ChildId(""), claim=claim, sender=sender, sender_kind=entry.kind, accepted_at=at,
            order=self._order, body=message, findings=findings,
        )  # fmt: skip
        if isinstance(message, LinkDecided):
            children = self._reviewed(event, message)
            self._settle(children)
            return Heard(claim=claim, child=children[0], decision=None, findings=findings)
        facts = facts_of(claim, sender, entry.kind, message)
        decision = self._withheld(decide(facts, message_id, self._order, self._index))
        decision = self._as_meant(decision, meant)
        self._index.put(decision.record)
        self.reviews += decision.reviews
        self.withheld += [decision.record.claim] if decision.withheld else []
        claim, child = decision.record.claim, decision.record.child
        touched = self._assign(decision, event) if decision.is_taken_now else []
        self._keep(replace(event, child=child, claim=claim))
        self._settle([child, *touched])
        return Heard(claim=claim, child=child, decision=decision, findings=findings)

    def acknowledge(self, at: datetime, said: Iterable[tuple[AgencyId, Acknowledged, EventId]]) -> None:
        """Recipients say how far notices came, all at one moment; split by child, as identity does."""
        self._now = at
        touched: dict[ChildId, None] = {}
        for sender, record, message_id in said:
            self._order += 1
            for child, pairs in self._by_child(record).items():
                touched[child] = None
                self._keep(
                    Event(
                        id=EventId(derived_id(message_id, "part", child)), child=child, claim=None, sender=sender,
                        sender_kind=self._entry(sender).kind, accepted_at=at, order=self._order,
                        body=replace(record, pairs=tuple(pairs)),
                    )
                )  # fmt: skip
        self._settle(touched)

    def _by_child(self, record: Acknowledged) -> dict[ChildId, list[NoticeRef]]:
        children = {episode: child for child in self._logs for episode in self._episode_ids(child)}
        found: dict[ChildId, list[NoticeRef]] = {}
        for pair in record.pairs:
            if (child := children.get(EpisodeId(pair.episode_id))) is not None:
                found.setdefault(child, []).append(pair)
        return found

    def _episode_ids(self, child: ChildId) -> Iterator[EpisodeId]:
        state = self.state(child)
        yield from (EpisodeId(fact.row.episode_id) for fact in state.told.values() if not fact.has_departed)
        yield from state.superseded
        yield from (episode.id for episode in state.episodes)

    def deadlines(self, child: ChildId) -> tuple[Deadline, ...]:
        """Every duty about a child, every open step of a ladder, what time will change: from what the hub knows now."""
        if child not in self._deadlines:
            state = self.state(child)
            owed = deadlines(state, self.rulebook.deadlines, self.directory, self.reference)
            steps = ladder_deadlines(
                state, self.directory, self.rulebook.routing, self.reference,
                delivery_rules=self.rulebook.delivery, views=self._views_of(state),
            )  # fmt: skip
            self._deadlines[child] = (*owed, *steps, *turning_points(state, self.rulebook.routing))
        return self._deadlines[child]

    def _views_of(self, state: ChildState) -> dict[EpisodeId, EpisodeView]:
        if state.child not in self._views:
            self._views[state.child] = {episode.id: view(state, episode) for episode in state.episodes}
        return self._views[state.child]

    def wakes_at(self) -> datetime | None:
        """When the clock has something to raise next; None if never, as things stand."""
        return min((when for child in self._logs if (when := self._wakes_at(child)) is not None), default=None)

    def tick(self, now: datetime) -> None:
        """The clock raises what is true by now and was not raised yet, until that makes nothing else due."""
        self._now = now
        for child in list(self._logs):
            for _ in range(_ROUNDS):
                to_say = to_raise(self.state(child), self.deadlines(child), now)
                for record in to_say:
                    self._raise(child, record, now)
                if not to_say:
                    break
                self._settle([child])
            self._wakes.pop(child, None)

    def _raise(self, child: ChildId, record: DeadlineRaised, now: datetime) -> None:
        """The hub says of a child what the clock raised; its order is that of the newest event known."""
        newest = max(event.order for event in self._logs[child].values())
        identity = raised_id(EpisodeId(record.episode_id), record.duty, record.due_at, record.stage)
        self._keep(
            Event(
                id=identity, child=child, claim=None, sender=HUB, sender_kind=AgencyKind.HUB, accepted_at=now,
                order=newest, body=record,
            )
        )  # fmt: skip

    def _wakes_at(self, child: ChildId) -> datetime | None:
        if child not in self._wakes:
            after = self._now or datetime.min.replace(tzinfo=UTC)
            changes = (next_change(deadline, after) for deadline in self.deadlines(child))
            self._wakes[child] = min((when for when in changes if when is not None), default=None)
        return self._wakes[child]

    def look_again(self, at: datetime) -> None:
        """Every child is looked at again, as after a change of the directory."""
        self._now = at
        self._deadlines.clear()
        self._wakes.clear()
        self._settle(list(self._logs))

    def _entry(self, agency: AgencyId) -> DirectoryEntry:
        entry = self.directory.agency(agency)
        if entry is None:
            message = f"{agency} is not in the directory of the scenario"
            raise LookupError(message)
        return entry

    def _keep(self, event: Event) -> None:
        self._logs.setdefault(event.child, {})[event.id] = event
        for known in (self._states, self._deadlines, self._wakes):
            known.pop(event.child, None)
        if not isinstance(event.body, _SAYS_NOTHING_NEW):
            self._views.pop(event.child, None)

    def _withheld(self, decision: Decision) -> Decision:
        """As identity writes it down: a message that names both identities of an adoption break reaches nobody."""
        if not decision.withheld:
            return decision
        reserved = reserved_for(decision.withheld, self._index)
        return replace(decision, record=replace(decision.record, why=f"{WITHHELD}; for {reserved or HUB}"))

    def _as_meant(self, decision: Decision, meant: ChildId | None) -> Decision:
        """The decision as whoever wrote the scenario means it, for a claim that is decided now."""
        record = decision.record
        if meant is None or not decision.is_taken_now or decision.withheld:
            return decision
        if record.child != meant:
            is_own = meant == first_child_id(record.claim)
            outcome = ClaimOutcome.FIRST if is_own else ClaimOutcome.LINK  # no word of a reviewer that is to come
            record = replace(record, child=meant, origin=meant, outcome=outcome, why="as the scenario says")
        return replace(decision, record=record, reviews=())

    def _assign(self, decision: Decision, cause: Event) -> list[ChildId]:
        """The decision as an event, to the child that the claim belongs to now and to the one it left."""
        record = decision.record
        assigned = _assignment(record)
        children = [child for child in (record.child, record.came_from) if child is not None]
        for child in children:
            event_id = EventId(derived_id(f"{record.claim}/{record.number}", "assigned", child))
            self._keep(
                replace(
                    cause, id=event_id, child=child, claim=record.claim, sender=HUB, sender_kind=AgencyKind.HUB,
                    body=assigned, findings=(),
                )
            )  # fmt: skip
        return children

    def _reviewed(self, event: Event, decided: LinkDecided) -> list[ChildId]:
        """A reviewer's word, to both children's logs, and the decisions that it makes."""
        pair = [self._index.claim(ClaimId(name)) for name in (decided.claim_a, decided.claim_b)]
        children = list(dict.fromkeys(record.child for record in pair if record is not None))
        children = children or [first_child_id(event.claim or ClaimId(""))]
        decisions = [each for each in decide_again(decided, event.id, self._index) if not each.reviews]
        children = list(dict.fromkeys([*children, *(decision.record.child for decision in decisions)]))
        for child in children:
            self._keep(replace(event, child=child))
        touched = [*children]
        for decision in decisions:
            self._index.put(decision.record)
            if decision.is_taken_now:
                touched += self._assign(decision, event)
        return list(dict.fromkeys(touched))

    def _settle(self, children: Iterable[ChildId]) -> None:
        """Bring children up to date: send what is owed, say so, move on what belongs elsewhere."""
        waiting = list(dict.fromkeys(children))
        for _ in range(_ROUNDS):
            touched: list[ChildId] = []
            for child in waiting:
                self._send_owed(child)
                touched += self._move_on(child)
            if not touched:
                return
            waiting = list(dict.fromkeys(touched))

    def _move_on(self, child: ChildId) -> Iterator[ChildId]:
        for departure in self.state(child).departures:
            if departure.event.id not in self._logs.get(departure.to_child, {}):
                self._keep(replace(departure.event, child=departure.to_child))
                yield departure.to_child

    def _send_owed(self, child: ChildId) -> None:
        """Send what is owed, and what is owed once that is told, until nothing is: as a worker does."""
        for _ in range(_ROUNDS):
            if not self._send_unsent(child):
                return

    def _send_unsent(self, child: ChildId) -> bool:
        """Send what is owed as things stand; whether anything was."""
        state = self.state(child)
        owing = unsent(
            state, self.directory, self.rulebook.routing, self.reference,
            deadline_rules=self.rulebook.deadlines, delivery_rules=self.rulebook.delivery, views=self._views_of(state),
        )  # fmt: skip
        by_id = {event.id: event for event in state.events} if owing else {}
        said: list[Event] = []
        for cause, owed in owing.items():
            event = by_id[EventId(cause)]
            at = self._now or event.accepted_at
            self.sent += [Sent(at=at, child=child, owed=one) for one in owed]
            said += [
                replace(
                    event, id=EventId(derived_id(event.id, "told", repr([row.notice_id for row in record.rows]))),
                    claim=None, child=child, sender=HUB, sender_kind=AgencyKind.HUB, body=record, findings=(),
                )
                for record in told(cause, owed, self.rulebook.routing, self.directory)
            ]  # fmt: skip
        if said:
            self._note_told(child, state, said)
        return bool(said)

    def _note_told(self, child: ChildId, state: ChildState, said: Iterable[Event]) -> None:
        """Who was told, in the child's log; nothing else of its state follows from that (`with_told`)."""
        new = {event.id: event for event in said}
        self._logs[child].update(new)
        self._states[child] = with_told(state, new.values())
        self._deadlines.pop(child, None)
        self._wakes.pop(child, None)


def _assignment(record: ClaimRecord) -> ClaimAssigned:
    return ClaimAssigned(
        claim_id=record.claim,
        agency=record.facts.agency,
        from_child=record.came_from,
        to_child=record.child,
        number=record.number,
        outcome=record.outcome,
        why=record.why,
        matched_claim=record.matched,
    )
