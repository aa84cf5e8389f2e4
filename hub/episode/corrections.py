"""What each agency still says: its messages with its own corrections and amendments applied, the withdrawn marked.

Nothing is edited: a correction is an event like any other, and this computes what stands once all of them are read,
whatever order they came in. A correction, an amendment or a cancellation touches only messages of its own sender;
one that aims at another agency's message changes nothing here (entry shows it as a disagreement). Several apply in
the order accepted. A withdrawn correction corrects nothing; a withdrawn cancellation withdraws nothing. One that is
about nothing known changes nothing either, and is listed, so that its sender can be told (`hub.routing.unfound`).

An amendment adds facts: the parts it gives replace those of the report, apart from `status`, which is a new claim
from the time of the amendment on (away, and by now missing), not a better word for the old one.
"""

from bisect import bisect_left
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.episode.field_changes import with_changes
from hub.event import Event
from hub.ids import AgencyId, ClaimId, EventId
from schemas.records import CorrectionMade, MissingAmended, MissingReported, Record, ReportCancelled, StatusClaimed

_AMENDED_PARTS: Final = (
    "person",
    "last_seen",
    "circumstances",
    "expected_by",
    "placement",
    "police_contact",
    "reporter",
    "family_contact",
    "carer_form",
)
"""Parts of a report that an amendment replaces where it gives them."""

REVISING: Final = (CorrectionMade, MissingAmended, ReportCancelled)
"""What is about an earlier message of its own sender."""

_LONGEST_RING: Final = 32
"""So far back a ring of corrections is followed for each of them: nobody makes one but by a fault, or to do harm."""
_Source = tuple[AgencyId, ClaimId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """The events with corrections applied, in the order accepted.

    `withdrawn` maps a withdrawn event to the cancellation that withdrew it; `revised_by` maps an event to the last
    correction or amendment applied to it; `aims` maps a correction, amendment or cancellation to what it is about.
    `unfound` are those of them that stand and are about nothing that their sender is known to have said of this child.
    """

    events: tuple[Event, ...]
    withdrawn: Mapping[EventId, Event]
    revised_by: Mapping[EventId, EventId]
    aims: Mapping[EventId, EventId]
    unfound: tuple[Event, ...]

    @property
    def standing(self) -> tuple[Event, ...]:
        """What its senders still say."""
        if not self.withdrawn:
            return self.events
        return tuple(event for event in self.events if event.id not in self.withdrawn)


def named_by(body: Record) -> str | None:
    """The id of the message that it cancels, corrects or amends; None where it means all of an absence, or the latest
    report, or is about no other message.
    """
    match body:
        case ReportCancelled(cancels=named) | CorrectionMade(corrects=named) | MissingAmended(amends=named):
            return named
        case _:
            return None


def standing(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events that stand, with their sender's corrections applied, in the order accepted."""
    distinct = {event.id: event for event in events}
    return revised(sorted(distinct.values(), key=lambda event: (event.order, event.id))).standing


def revised(events: Sequence[Event]) -> Revised:
    """Apply every correction, amendment and cancellation to distinct events given in the order accepted."""
    if not any(isinstance(event.body, REVISING) for event in events):
        return Revised(events=tuple(events), withdrawn={}, revised_by={}, aims={}, unfound=())
    known = _Known(events)
    targets = {
        event.id: _targets_of_cancellation(event, event.body, known)
        for event in events
        if isinstance(event.body, ReportCancelled)
    }
    withdrawn = _withdrawn(events, targets)
    aims = {event: aimed_at[0] for event, aimed_at in targets.items() if aimed_at}
    revisions: dict[EventId, list[Event]] = {}
    for event in events:
        target = _target_of_revision(event, known)
        if target is None:
            continue
        aims[event.id] = target.id
        if event.id not in withdrawn:
            revisions.setdefault(target.id, []).append(event)
    bodies = _bodies(known.by_id, revisions)
    return Revised(
        events=tuple(replace(event, body=bodies[event.id]) if event.id in bodies else event for event in events),
        withdrawn=withdrawn,
        revised_by={event: applied[-1].id for event, applied in revisions.items()},
        aims=aims,
        unfound=tuple(
            event
            for event in events
            if event.id not in aims and event.id not in withdrawn and _must_be_about_another(event.body)
        ),
    )


def _bodies(by_id: Mapping[EventId, Event], revisions: Mapping[EventId, Sequence[Event]]) -> dict[EventId, Record]:
    """Every body with its revisions applied, each of them revised itself before; a ring of them stops at itself.

    In a long ring what is further back than `_LONGEST_RING` counts as it was said, not as it was revised.
    """
    found: dict[EventId, Record] = {}

    def body(event: EventId, known: Mapping[EventId, Record]) -> Record:
        some = revisions.get(event, ())
        return _applied(by_id[event].body, (known.get(revision.id, revision.body) for revision in some))

    in_turn, rings = _by_what_names_it({revision.id: target for target, some in revisions.items() for revision in some})
    for event in in_turn:
        found[event] = body(event, found)
    for ring in rings:
        of_ring: dict[EventId, Record] = {}
        for place, event in enumerate(ring):
            first, *others = (ring[place - step] for step in range(min(len(ring), _LONGEST_RING), 0, -1))
            within = {first: by_id[first].body}
            for other in (*others, event):
                within[other] = body(other, ChainMap(within, found))
            of_ring[event] = within[event]
        found.update(of_ring)
    return {event: found[event] for event in revisions}


def _applied(body: Record, revisions: Iterable[Record]) -> Record:
    for revising in revisions:
        if isinstance(revising, MissingAmended) and isinstance(body, MissingReported):
            given = {part: value for part in _AMENDED_PARTS if (value := getattr(revising, part)) is not None}
            body = replace(body, **given)
        if isinstance(revising, (MissingAmended, CorrectionMade)):
            body = with_changes(body, revising.changes)
    return body


def _by_what_names_it(names: Mapping[EventId, EventId]) -> tuple[list[EventId], list[list[EventId]]]:
    """All that names or is named, each after whatever names it; and the rings, each in the order of naming.

    Each names one other, so from each of them one way leads on: to one that names none, or into a ring. A chain may be
    as long as it likes, so this walks it and does not call itself.
    """
    left = Counter(names.values())
    in_turn = [event for event in names if event not in left]
    for event in in_turn:
        named = names.get(event)
        if named is not None:
            left[named] -= 1
            if not left[named]:
                in_turn.append(named)
    seen = set(in_turn)
    rings: list[list[EventId]] = []
    for event in names:
        ring: list[EventId] = []
        while event not in seen:
            seen.add(event)
            ring.append(event)
            event = names[event]  # noqa: PLW2901 - on to the next of the ring
        if ring:
            rings.append(ring)
    return in_turn, rings


class _Known:
    """All events by id, and by sender and claim: what it said, and its reports among that."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.by_id: dict[EventId, Event] = {}
        self.said: dict[_Source, list[Event]] = {}
        self.reports: dict[_Source, list[Event]] = {}
        for event in events:
            self.by_id[event.id] = event
            if not isinstance(event.body, ReportCancelled):
                self.said.setdefault((event.sender, event.claim), []).append(event)
            if isinstance(event.body, (MissingReported, StatusClaimed)):
                self.reports.setdefault((event.sender, event.claim), []).append(event)

    def own(self, event: Event, named: str | None) -> Event | None:
        """The message named, if the sender of the event said it and it is another one than the event itself."""
        target = self.by_id.get(EventId(named or ""))
        if target is None or target.sender != event.sender or target.id == event.id:
            return None
        return target

    def latest_report(self, event: Event) -> Event | None:
        """The sender's last report on this child before the event; its first one after, where that was overtaken."""
        reports = self.reports.get((event.sender, event.claim), [])
        place = bisect_left(reports, (event.order, event.id), key=_place)
        if place > 0:
            return reports[place - 1]
        return next((report for report in reports[place:] if report.id != event.id), None)


def _must_be_about_another(body: Record) -> bool:
    """Whether it says nothing by itself. What an amendment adds counts as its sender's word all the same; only where it
    names a message, or changes single fields of one, is it lost without that.
    """
    is_by_itself = isinstance(body, MissingAmended) and body.amends is None and not body.changes
    return isinstance(body, REVISING) and not is_by_itself


def _target_of_revision(event: Event, known: _Known) -> Event | None:
    match event.body:
        case CorrectionMade(corrects=named):
            return known.own(event, named)
        case MissingAmended(amends=None):
            return known.latest_report(event)
        case MissingAmended(amends=named):
            return known.own(event, named)
        case _:
            return None


def _place(event: Event) -> tuple[int, EventId]:
    return event.order, event.id


def _withdrawn(events: Sequence[Event], targets: Mapping[EventId, Sequence[EventId]]) -> dict[EventId, Event]:
    """Every withdrawn event with the first cancellation that withdraws it and stands itself."""
    standing = _standing(targets)
    found: dict[EventId, Event] = {}
    for event in events:
        if event.id in standing:
            for target in targets[event.id]:
                found.setdefault(target, event)
    return found


def _standing(targets: Mapping[EventId, Sequence[EventId]]) -> frozenset[EventId]:
    """The cancellations that no other one withdraws that stands itself; a ring of them stops at itself.

    A cancellation withdraws at most one other: only one that names a single message can name a cancellation.
    """
    names = {event: target for event, aimed_at in targets.items() for target in aimed_at if target in targets}
    in_turn, rings = _by_what_names_it(names)
    standing = set(targets)
    for event in in_turn:
        if event in standing and event in names:
            standing.discard(names[event])
    for ring in rings:
        withdrawn = next((place for place, event in enumerate(ring) if event not in standing), None)
        if withdrawn is None:
            if len(ring) % 2:
                standing.difference_update(ring)
            continue
        for event in (*ring[withdrawn:], *ring[:withdrawn])[:-1]:
            if event in standing:
                standing.discard(names[event])
    return frozenset(standing)


def _targets_of_cancellation(event: Event, body: ReportCancelled, known: _Known) -> tuple[EventId, ...]:
    """What one cancellation withdraws: one message, or all its sender said of one absence.

    Of one absence is what bears the same reference of the sender; without one, all from its latest report on.
    """
    if body.cancels is not None:
        target = known.own(event, body.cancels)
        return () if target is None else (target.id,)
    said = known.said.get((event.sender, event.claim), [])
    reference = body.episode_ref
    if reference is None:
        first = known.latest_report(event)
        if first is None:
            return ()
        reference = _reference(first.body)
        if reference is None:
            until = max(event.order, first.order)
            return tuple(other.id for other in said if first.order <= other.order <= until)
    return tuple(other.id for other in said if _reference(other.body) == reference)


def _reference(body: Record) -> str | None:
    return getattr(body, "episode_ref", None)
