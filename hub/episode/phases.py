"""Cuts an absence into phases: missing (`M`), away (`A`), located and not yet back (law 5).

The 903 return wants rows of M and A, and a child may be missing, located, unwilling to return and missing again in
one absence. Rules:
- at one moment the most worried claim counts; a report that does not say which is missing;
- away turns into missing by anybody's claim, missing into away only by police or the responsible authority;
- police or a professional seeing the child locates it at once; a parent's or carer's word does once police or the
  responsible authority confirm it; everything weaker is a sighting and changes nothing (law 2);
- a located child is missing again by a last-seen after it was located, or once police or the responsible authority say
  later that it has been missing all along.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.episode.absence import Absence
from hub.episode.marks import Competence, Mark, MarkKind
from hub.episode.model import Phase
from hub.episode.times import asserted_at
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    ChildFound,
    ClaimedStatus,
    MissingAmended,
    MissingReported,
    PhaseKind,
    ReportedStatus,
    SeenBy,
    StatusClaimed,
)

_WORRY: Final = {PhaseKind.AWAY: 0, PhaseKind.MISSING: 1, PhaseKind.LOCATED: 2}
"""At one instant away, missing and located count in this order, the later ones replacing the earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One claim that can begin a phase. `restarts`: it tells of the child leaving again; `calms`: M may become A."""

    at: datetime
    kind: PhaseKind
    event: Event
    restarts: bool = False
    calms: bool = False


def phases(absence: Absence, amendments: Sequence[Event], competence: Competence) -> tuple[Phase, ...]:
    """The phases of an absence in order, the last one open while the absence is.

    `amendments` are the standing amendments that bear on it.
    """
    began = absence.began_at
    if began is None or absence.start is None:
        return ()
    confirmations = [
        mark
        for mark in absence.marks
        if mark.kind in {MarkKind.LOCATE, MarkKind.END}
        and not mark.is_withdrawn
        and competence.is_competent(mark.event)
    ]
    steps = [
        step
        for mark in absence.marks
        if not mark.is_withdrawn or absence.is_withdrawn
        for step in _of_mark(mark, competence, confirmations)
    ]
    steps.extend(_of_amendments(amendments, competence))
    steps.sort(key=lambda step: (max(step.at, began), _WORRY[step.kind], step.event.order, step.event.id))
    over = absence.closed_at
    steps = [step for step in steps if over is None or max(step.at, began) <= over]
    found: list[Phase] = []
    if not steps or steps[0].kind is PhaseKind.LOCATED or steps[0].at > began:
        is_away_so_far = absence.start.kind is MarkKind.UNEXPLAINED and steps and steps[0].kind is PhaseKind.AWAY
        kind = PhaseKind.AWAY if is_away_so_far else PhaseKind.MISSING
        found.append(Phase(kind=kind, began_at=began, event=absence.start.event.id))
    for step in steps:
        at = max(step.at, began)
        if not found or _turns(found[-1], step, at):
            _append(found, Phase(kind=step.kind, began_at=at, event=step.event.id))
    if over is not None and absence.cut_by is not None:
        ended_by = absence.cut_by.event.id
        found[-1] = replace(found[-1], ended_at=absence.ended_at, ended_before=absence.ended_before, ended_by=ended_by)
    return tuple(found)


def _append(found: list[Phase], phase: Phase) -> None:
    """Add a phase; the one before ends, and is dropped where it has no length and does not stand for the start."""
    if found:
        last = found.pop()
        is_first_unknown = phase.kind is PhaseKind.LOCATED
        if last.began_at < phase.began_at or is_first_unknown:
            found.append(replace(last, ended_at=phase.began_at, ended_by=phase.event))
    if found and found[-1].kind is phase.kind:
        phase = replace(found.pop(), ended_at=None, ended_by=None)
    found.append(phase)


def _turns(current: Phase, step: _Step, at: datetime) -> bool:
    """True if the step begins another phase than the current one."""
    match current.kind, step.kind:
        case (PhaseKind.AWAY, PhaseKind.MISSING | PhaseKind.LOCATED) | (PhaseKind.MISSING, PhaseKind.LOCATED):
            return True
        case PhaseKind.MISSING, PhaseKind.AWAY:
            return step.calms
        case PhaseKind.LOCATED, PhaseKind.MISSING | PhaseKind.AWAY:
            return step.restarts and at > current.began_at
        case _:
            return False


def _of_mark(mark: Mark, competence: Competence, confirmations: Sequence[Mark]) -> tuple[_Step, ...]:
    body = mark.event.body
    if mark.kind is MarkKind.LOCATE:
        return (_Step(at=mark.at, kind=PhaseKind.LOCATED, event=mark.event),)
    if mark.kind is MarkKind.START:
        is_competent_claim = isinstance(body, StatusClaimed) and competence.is_competent(mark.event)
        said = _Step(
            at=mark.at,
            kind=PhaseKind.AWAY if is_away(body) else PhaseKind.MISSING,
            event=mark.event,
            restarts=mark.is_known or is_competent_claim,
            calms=is_competent_claim,
        )
        return (said, replace(said, at=mark.known_from)) if is_competent_claim else (said,)
    if isinstance(body, ChildFound) and confirmed_by(mark, confirmations) is not None:
        return (_Step(at=mark.at, kind=PhaseKind.LOCATED, event=mark.event),)
    if mark.kind is MarkKind.HINT and body.SCHEMA_NAME == "PoliceResponse":
        return (_Step(at=mark.at, kind=PhaseKind.MISSING, event=mark.event),)
    return ()


def _of_amendments(amendments: Sequence[Event], competence: Competence) -> list[_Step]:
    return [
        _Step(
            at=asserted_at(event),
            kind=PhaseKind.AWAY if event.body.status is ReportedStatus.AWAY else PhaseKind.MISSING,
            event=event,
            calms=competence.is_competent(event),
        )
        for event in amendments
        if isinstance(event.body, MissingAmended) and event.body.status is not None
    ]


def is_away(body: object) -> bool:
    """True if a report claims `A` and not `M`."""
    match body:
        case MissingReported(status=ReportedStatus.AWAY) | StatusClaimed(status=ClaimedStatus.AWAY):
            return True
        case _:
            return False


def confirmed_by(mark: Mark, confirmations: Sequence[Mark]) -> EventId | None:
    """The claim of police or the responsible authority that confirms a parent's or carer's word, if there is one."""
    body = mark.event.body
    if mark.kind is not MarkKind.HINT or not isinstance(body, ChildFound) or body.seen_by is not SeenBy.PARENT_OR_CARER:
        return None
    return next(
        (other.event.id for other in confirmations if other.at >= mark.at and other.event.id != mark.event.id), None
    )
