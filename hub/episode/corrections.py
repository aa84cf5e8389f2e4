"""What each agency still says: its messages with its own corrections and amendments applied, the withdrawn marked.

Nothing is edited: a correction is an event like any other, and this computes what stands once all of them are read,
whatever order they came in. A correction, an amendment or a cancellation touches only messages of its own sender;
one that aims at another agency's message changes nothing here (entry shows it as a disagreement). Several apply in
the order accepted. A withdrawn correction corrects nothing; a withdrawn cancellation withdraws nothing.

An amendment adds facts: the parts it gives replace those of the report, apart from `status`, which is a new claim
from the time of the amendment on (away, and by now missing), not a better word for the old one.
"""

from bisect import bisect_left
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

_REVISING: Final = (CorrectionMade, MissingAmended, ReportCancelled)
_Source = tuple[AgencyId, ClaimId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """The events with corrections applied, in the order accepted.

    `withdrawn` maps a withdrawn event to the cancellation that withdrew it; `revised_by` maps an event to the last
    correction or amendment applied to it; `aims` maps a correction, amendment or cancellation to what it is about.
    """

    events: tuple[Event, ...]
    withdrawn: Mapping[EventId, Event]
    revised_by: Mapping[EventId, EventId]
    aims: Mapping[EventId, EventId]

    @property
    def standing(self) -> tuple[Event, ...]:
        """What its senders still say."""
        if not self.withdrawn:
            return self.events
        return tuple(event for event in self.events if event.id not in self.withdrawn)


def standing(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events that stand, with their sender's corrections applied, in the order accepted."""
    distinct = {event.id: event for event in events}
    return revised(sorted(distinct.values(), key=lambda event: (event.order, event.id))).standing


def revised(events: Sequence[Event]) -> Revised:
    """Apply every correction, amendment and cancellation to distinct events given in the order accepted."""
    if not any(isinstance(event.body, _REVISING) for event in events):
        return Revised(events=tuple(events), withdrawn={}, revised_by={}, aims={})
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
    bodies = {event: _body(known.by_id[event], revisions, frozenset()) for event in revisions}
    return Revised(
        events=tuple(replace(event, body=bodies[event.id]) if event.id in bodies else event for event in events),
        withdrawn=withdrawn,
        revised_by={event: applied[-1].id for event, applied in revisions.items()},
        aims=aims,
    )


def _body(event: Event, revisions: Mapping[EventId, Sequence[Event]], within: frozenset[EventId]) -> Record:
    """The body with its revisions applied, each of them revised itself before; a ring of them stops at itself."""
    body = event.body
    if event.id in within:
        return body
    for revision in revisions.get(event.id, ()):
        revising = _body(revision, revisions, within | {event.id})
        if isinstance(revising, MissingAmended) and isinstance(body, MissingReported):
            given = {part: value for part in _AMENDED_PARTS if (value := getattr(revising, part)) is not None}
            body = replace(body, **given)
        if isinstance(revising, (MissingAmended, CorrectionMade)):
            body = with_changes(body, revising.changes)
    return body


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
    against: dict[EventId, list[EventId]] = {}
    for cancellation, aimed_at in targets.items():
        for target in aimed_at:
            against.setdefault(target, []).append(cancellation)

    def stands(cancellation: EventId, within: frozenset[EventId]) -> bool:
        return cancellation in within or not any(
            stands(other, within | {cancellation}) for other in against.get(cancellation, ())
        )

    found: dict[EventId, Event] = {}
    for event in events:
        if event.id in targets and stands(event.id, frozenset()):
            for target in targets[event.id]:
                found.setdefault(target, event)
    return found


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
