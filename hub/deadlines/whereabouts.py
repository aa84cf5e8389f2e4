"""Where a child is after an absence, as far as it keeps an interview from being held: detained, in hospital, abroad.

Read from everything that stands of the child: a return or an outcome of an interview says that it is there; the next
message that puts it anywhere else, or tells of it being spoken to, ends that. What nobody has ended lasts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.deadlines.model import Pause
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    ChildReturned,
    ClaimedStatus,
    InterviewOutcome,
    PlacementChanged,
    PlacementKind,
    ReturnedTo,
    ReturnInterviewRecorded,
    StatusClaimed,
)

_Place = tuple[datetime, int, EventId, str]
_ELSEWHERE: Final = ""
_OF_RETURN: Final = {
    ReturnedTo.HOSPITAL: "in_hospital",
    ReturnedTo.CUSTODY_OR_SECURE: "detained",
    ReturnedTo.ABROAD: "abroad",
}
_OF_OUTCOME: Final = {
    InterviewOutcome.HELD: _ELSEWHERE,
    InterviewOutcome.DECLINED_BY_CHILD: _ELSEWHERE,
    InterviewOutcome.DETAINED: "detained",
    InterviewOutcome.IN_HOSPITAL: "in_hospital",
    InterviewOutcome.ABROAD: "abroad",
    InterviewOutcome.CHILD_MISSING_AGAIN: "missing_again",
}

_OF_PLACEMENT: Final = {
    PlacementKind.HOSPITAL: "in_hospital",
    PlacementKind.SECURE: "detained",
    PlacementKind.REMAND: None,
}
"""Whoever is detained and remanded stays so. A remand alone may be to a family: it says nothing of where the child is,
for a pause that nobody ends would let the interview be forgotten (c)."""


def stretches(standing: Sequence[Event]) -> dict[str, list[Pause]]:
    """The stretches in which the child could not be seen, by reason, each in the order of time."""
    places = sorted(place for event in standing if (place := _place(event)) is not None)
    found: dict[str, list[Pause]] = {}
    at_present: tuple[datetime, EventId, str] | None = None
    for at, _, event, where in places:
        if at_present is not None and where != at_present[2]:
            _add(found, at_present, at)
            at_present = None
        if at_present is None and where != _ELSEWHERE:
            at_present = (at, event, where)
    if at_present is not None:
        _add(found, at_present, None)
    return found


def _add(found: dict[str, list[Pause]], place: tuple[datetime, EventId, str], ended: datetime | None) -> None:
    began, event, why = place
    found.setdefault(why, []).append(Pause(began=began, ended=ended, why=why, event=event))


def _place(event: Event) -> _Place | None:
    """What a message says of where the child is; None where it says nothing of it."""
    where = _where(event)
    return None if where is None else (happened_at(event), event.order, event.id, where)


def _where(event: Event) -> str | None:
    match event.body:
        case ChildReturned(to=to):
            return _OF_RETURN.get(to, _ELSEWHERE)
        case ReturnInterviewRecorded(outcome=outcome):
            return _OF_OUTCOME.get(outcome)
        case PlacementChanged(to_placement=placed) if placed is not None:
            return _OF_PLACEMENT.get(placed.kind, _ELSEWHERE)
        case StatusClaimed(status=ClaimedStatus.RETURNED):
            return _ELSEWHERE
        case _:
            return None
