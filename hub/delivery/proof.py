"""How far every notice got: stored for its recipient, fetched, opened, taken; or told by telephone, which is another
thing. Read from signed facts alone: what `Told` says was sent, acknowledgements, and `ToldByOtherMeans`.

Rules kept here:

1. An acknowledgement counts if its sender is the recipient, or a team that acts for the recipient's desk and is on
   duty when the hub accepts it. Every other one is kept beside the proof, with why it does not count.
2. A team that acts for a desk reads notices of its own; what it acknowledges of them counts for what the desk it acts
   for had been told of the same episode by then.
3. The first acknowledgement of a layer counts; who took it has opened it, and who opened it has fetched it.
4. Whoever was told by telephone was told, and is never shown as delivered. It answers a notice that it names, or all
   that the same agency had been sent of what the sender knew by the time of the call: after an outage, nobody is
   rung for what was told meanwhile.

Times are when the hub accepted each statement (aware UTC). Who should have been told is for `hub.routing`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hub.delivery.points import Seat, climbed_for, rung
from hub.delivery.rota import acted_for, may_answer
from hub.directory import Directory
from hub.episode.model import ChildState, ToldFact
from hub.event import Event
from hub.ids import AgencyId, EpisodeId, EventId, NoticeId
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AgencyMessage,
    Ask,
    Means,
    NoticeKind,
    ToldByOtherMeans,
)

_PROOFS: Final = "proofs"
_CALLS: Final = "calls"
_LAYERS: Final = (Acknowledgement.FETCHED, Acknowledgement.OPENED, Acknowledgement.TAKEN)


class Stage(StrEnum):
    """How far a notice got."""

    STORED = "stored"
    FETCHED = "fetched"
    TOLD_BY_TELEPHONE = "told_by_telephone"
    OPENED = "opened"
    TAKEN = "taken"


class Why(StrEnum):
    """Why an acknowledgement does not count."""

    NOT_THE_RECIPIENT = "its sender is neither the recipient nor acts for it"
    OUT_OF_HOURS = "its sender acts for the recipient in other hours, or for another desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One step that was reached: when, by whom, in which role, and the statement that says so.

    `is_delegated` if somebody said it who acts for the recipient.
    """

    at: datetime
    by: AgencyId
    role: str | None
    event: EventId
    is_delegated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Disregarded:
    """An acknowledgement that does not count, and why."""

    at: datetime
    by: AgencyId
    event: EventId
    layer: Acknowledgement
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How far one notice got. `stored_at` is the accepted time of its cause, from which every aim counts.

    `taken_until` is by when whoever took it means to have acted. `counted` is every acknowledgement that counts, in the
    order accepted; the layers are the first of each.
    """

    notice: NoticeId
    episode: EpisodeId
    recipient: AgencyId
    desk: str
    role: str
    kind: NoticeKind
    ask: Ask
    means: Means
    due_at: datetime | None
    stored_at: datetime
    fetched: Layer | None
    opened: Layer | None
    taken: Layer | None
    taken_until: datetime | None
    told_otherwise: Layer | None
    counted: tuple[tuple[Acknowledgement, Layer], ...]
    disregarded: tuple[Disregarded, ...]

    @property
    def stage(self) -> Stage:
        """The furthest step."""
        if self.taken:
            return Stage.TAKEN
        if self.opened:
            return Stage.OPENED
        if self.told_otherwise:
            return Stage.TOLD_BY_TELEPHONE
        return Stage.FETCHED if self.fetched else Stage.STORED


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody whom the hub cannot reach, and who was asked to telephone it; `answered` once somebody has.

    `unseen` is the notice that its desk had not opened or taken, where that is why; None where it was sent none.
    """

    seat: Seat
    episode: EpisodeId
    task: NoticeId
    asked_of: AgencyId
    asked_at: datetime
    due_at: datetime | None
    answered: Layer | None
    unseen: NoticeId | None = None


def proofs(state: ChildState, directory: Directory) -> Mapping[NoticeId, Proof]:
    """The proof of every notice that this child's log answers for; asked for again by the same directory, the same."""
    if not state.told:
        return {}
    known = state.worked_out.get(_PROOFS)
    if not isinstance(known, _Worked) or known.directory is not directory:
        said = _Said(state, directory)
        found = {notice: said.proof(notice, fact) for notice, fact in state.told.items() if not fact.has_departed}
        known = state.worked_out[_PROOFS] = _Worked(directory, MappingProxyType(found))
    return known.found


@dataclass(frozen=True, slots=True)
class _Worked:
    """The proofs of a state, and by which directory they were worked out."""

    directory: Directory
    found: Mapping[NoticeId, Proof]


def calls(state: ChildState) -> tuple[Call, ...]:
    """Everybody somebody was asked to telephone, in the order asked; shown as told by telephone once answered."""
    known = state.worked_out.get(_CALLS)
    if not isinstance(known, tuple):
        known = state.worked_out[_CALLS] = _calls(state)
    return known


def _calls(state: ChildState) -> tuple[Call, ...]:
    if not any(fact.row.means is Means.TELEPHONE for fact in state.told.values()):
        return ()
    told = _Calls(state)
    return tuple(
        Call(
            seat=seat,
            episode=told.episode_of(fact),
            task=notice,
            asked_of=AgencyId(fact.row.recipient),
            asked_at=fact.accepted_at,
            due_at=fact.row.due_at,
            answered=told.answer(notice, fact, seat[0], ()),
            unseen=climbed_for(fact.row),
        )
        for notice, fact in state.told.items()
        if fact.row.means is Means.TELEPHONE and not fact.has_departed
        for seat in rung(fact.row)
    )


class _Calls:
    """Who was told by other means, of which episode."""

    def __init__(self, state: ChildState) -> None:
        self._state = state
        self._by_id: dict[EventId, Event] = {}
        self._calls: dict[EpisodeId, list[tuple[Event, ToldByOtherMeans]]] = {
            episode.id: list(episode.of(ToldByOtherMeans)) for episode in state.episodes
        }
        if any(self._calls.values()):
            self._by_id = {event.id: event for event in state.events}

    def episode_of(self, fact: ToldFact) -> EpisodeId:
        """The episode a notice was about, by the id it has now."""
        named = EpisodeId(fact.row.episode_id)
        return self._state.superseded.get(named, named)

    def answer(self, notice: NoticeId, fact: ToldFact, agency: AgencyId, roles: Iterable[str]) -> Layer | None:
        """The first call that told this agency (or one of these roles of it) what the notice says."""
        for event, body in self._calls.get(self.episode_of(fact), ()):
            names_it = notice in body.notices and body.recipient_agency in (None, agency)
            is_told = body.recipient_agency == agency or (
                body.recipient_agency is None and body.recipient_role is not None and body.recipient_role in roles
            )
            at = event.accepted_at if body.told_at is None else min(body.told_at, event.accepted_at)
            if names_it or (is_told and at >= self._known_since(fact)):
                return Layer(at=at, by=event.sender, role=body.by_role, event=event.id, is_delegated=False)
        return None

    def _known_since(self, fact: ToldFact) -> datetime:
        """Since when whoever caused the notice knew what it says: written down, otherwise accepted."""
        cause = self._by_id.get(EventId(fact.cause))
        if cause is None or not isinstance(cause.body, AgencyMessage):
            return fact.accepted_at
        stated = cause.body.recorded_at or cause.body.occurred_at
        return fact.accepted_at if stated is None else min(stated, fact.accepted_at)


@dataclass(slots=True)
class _Progress:
    first: dict[Acknowledgement, Layer] = field(default_factory=dict)
    until: datetime | None = None
    counted: list[tuple[Acknowledgement, Layer]] = field(default_factory=list)
    disregarded: list[Disregarded] = field(default_factory=list)


class _Said:
    """Everything said of the notices of one child."""

    def __init__(self, state: ChildState, directory: Directory) -> None:
        self._directory = directory
        self._calls = _Calls(state)
        self._said: dict[str, list[tuple[Event, Acknowledged]]] = {}
        for event in state.events:
            if isinstance(event.body, Acknowledged) and event.body.layer in _LAYERS:
                for pair in event.body.pairs:
                    self._said.setdefault(pair.notice_id, []).append((event, event.body))
        self._copies: dict[tuple[EpisodeId, str, AgencyId], list[tuple[NoticeId, ToldFact]]] = {}
        for notice, fact in state.told.items():
            if (whose := acted_for(fact.row.desk)) and notice in self._said:
                self._copies.setdefault((self._calls.episode_of(fact), *whose), []).append((notice, fact))

    def proof(self, notice: NoticeId, fact: ToldFact) -> Proof:
        """How far one notice got."""
        row, recipient = fact.row, AgencyId(fact.row.recipient)
        progress = _Progress()
        for event, body in sorted(self._about(notice, fact), key=lambda said: (said[0].order, said[0].accepted_at)):
            self._count(progress, fact, event, body)
        first = progress.first
        opened = _earlier(first.get(Acknowledgement.OPENED), first.get(Acknowledgement.TAKEN))
        return Proof(
            notice=notice,
            episode=self._calls.episode_of(fact),
            recipient=recipient,
            desk=row.desk,
            role=row.role,
            kind=row.kind,
            ask=row.ask,
            means=row.means,
            due_at=row.due_at,
            stored_at=fact.accepted_at,
            fetched=_earlier(first.get(Acknowledgement.FETCHED), opened),
            opened=opened,
            taken=first.get(Acknowledgement.TAKEN),
            taken_until=progress.until,
            told_otherwise=self._calls.answer(notice, fact, recipient, (row.role, row.desk)),
            counted=tuple(progress.counted),
            disregarded=tuple(progress.disregarded),
        )

    def _about(self, notice: NoticeId, fact: ToldFact) -> Iterator[tuple[Event, Acknowledged]]:
        """What was said of a notice, and of the notices of those who act for its desk, from then on."""
        yield from self._said.get(notice, ())
        whose = (self._calls.episode_of(fact), fact.row.desk, AgencyId(fact.row.recipient))
        for other, copy in self._copies.get(whose, ()):
            is_alike = (copy.row.kind is NoticeKind.WITHDRAWAL) == (fact.row.kind is NoticeKind.WITHDRAWAL)
            if is_alike and copy.accepted_at >= fact.accepted_at:
                yield from (said for said in self._said[other] if said[0].sender == copy.row.recipient)

    def _count(self, progress: _Progress, fact: ToldFact, event: Event, body: Acknowledged) -> None:
        recipient, desk = AgencyId(fact.row.recipient), fact.row.desk
        if not may_answer(self._directory, event.sender, recipient, desk, event.accepted_at):
            acts = event.sender in self._directory.acting_for(recipient)
            progress.disregarded.append(
                Disregarded(
                    at=event.accepted_at,
                    by=event.sender,
                    event=event.id,
                    layer=body.layer,
                    why=Why.OUT_OF_HOURS if acts else Why.NOT_THE_RECIPIENT,
                )
            )
            return
        if body.layer is Acknowledgement.TAKEN and body.layer not in progress.first:
            progress.until = body.by
        layer = Layer(
            at=event.accepted_at,
            by=event.sender,
            role=body.role,
            event=event.id,
            is_delegated=event.sender != recipient,
        )
        progress.counted.append((body.layer, layer))
        progress.first.setdefault(body.layer, layer)


def _earlier(layer: Layer | None, implied_by: Layer | None) -> Layer | None:
    """The first statement of a layer, or of one that implies it."""
    if layer is None or implied_by is None:
        return layer or implied_by
    return layer if layer.at <= implied_by.at else implied_by
