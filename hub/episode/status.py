"""What each agency claims the status to be, and the one status of the episode (laws 1 and 2).

Status is claimed by each agency, not owned by whoever reported first. The episode's status is the most worried
competent claim still standing. A claim of missing is answered only by a later claim of police or the responsible
authority, or of the placement for a child standing at its own address; a return that anybody else tells of leaves the
search on as `return_reported`, until one of them says later that the child is missing, or it is located. A death and a
cancellation come before everything; every sealed outcome reads alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from hub.episode.absence import Absence
from hub.episode.ending import tells_of_return
from hub.episode.marks import Competence, Mark, MarkKind
from hub.episode.model import Cancellation, Death, Phase, StatusClaim
from hub.episode.phases import is_away
from hub.episode.times import asserted_at, happened_at
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    EpisodeStatus,
    MissingAmended,
    MissingReported,
    PhaseKind,
    PoliceResponse,
    ReportedStatus,
    SeenBy,
    StatusClaimed,
)

_OF_PHASE: Final[Mapping[PhaseKind, EpisodeStatus]] = {
    PhaseKind.MISSING: EpisodeStatus.MISSING,
    PhaseKind.AWAY: EpisodeStatus.AWAY,
    PhaseKind.LOCATED: EpisodeStatus.LOCATED_NOT_RETURNED,
}
_Claim = tuple[Event, datetime, ClaimedStatus, SeenBy, bool]
_CALM: Final = frozenset({ClaimedStatus.LOCATED, ClaimedStatus.RETURNED, ClaimedStatus.NOT_MISSING})


def status(
    absence: Absence,
    phases: Sequence[Phase],
    standing: Sequence[Event],
    competence: Competence,
    death: Death | None = None,
    cancelled: Cancellation | None = None,
) -> tuple[EpisodeStatus, EventId]:
    """The status of an episode and the event it stands on; `standing` is what bears on it and stands."""
    if death is not None:
        return EpisodeStatus.STOOD_DOWN, death.event
    if cancelled is not None:
        return EpisodeStatus.CANCELLED, cancelled.event
    if absence.cut_by is not None:
        return _ending(absence.cut_by), absence.cut_by.event.id
    last = phases[-1]
    reported = _reported_return(absence, last, standing, competence)
    if reported is not None:
        return EpisodeStatus.RETURN_REPORTED, reported.event.id
    return _OF_PHASE[last.kind], last.event


def _ending(mark: Mark) -> EpisodeStatus:
    match mark.event.body:
        case StatusClaimed(status=ClaimedStatus.NOT_MISSING):
            return EpisodeStatus.NOT_MISSING
        case ChildReturned(settled_elsewhere=True):
            return EpisodeStatus.SETTLED_ELSEWHERE
        case _:
            return EpisodeStatus.RETURNED


def _reported_return(absence: Absence, last: Phase, standing: Sequence[Event], competence: Competence) -> Mark | None:
    """The last return that ends nothing, where nobody said later that the child is missing, or located it."""
    amended = [asserted_at(event) for event in standing if _says_missing(event) and competence.is_competent(event)]
    told = [mark for mark in absence.marks if not mark.is_withdrawn]
    return next(
        (
            back
            for back in reversed(told)
            if back.kind is MarkKind.HINT
            and tells_of_return(back)
            and back.at >= max((last.began_at, *amended))
            and not any(_speaks_after(mark, back, competence) for mark in told)
        ),
        None,
    )


def _says_missing(event: Event) -> bool:
    return isinstance(event.body, MissingAmended) and event.body.status is not None


def _speaks_after(mark: Mark, back: Mark, competence: Competence) -> bool:
    """True if the mark says of a later time than a reported return that the child is missing, or where it is."""
    match mark.kind:
        case MarkKind.START:
            return (mark.is_known and mark.at > back.at) or competence.gainsays(mark, back)
        case MarkKind.LOCATE:
            return mark.at > back.at
        case MarkKind.HINT:
            return isinstance(mark.event.body, PoliceResponse) and mark.at > back.at
        case _:
            return False


def status_claims(
    events: Sequence[Event], marks: Mapping[EventId, Mark], competence: Competence
) -> tuple[StatusClaim, ...]:
    """Everybody's claims of this episode's status, in the order in which they were held; answered ones say by what."""
    raw = sorted(
        (claim for event in events for claim in _claims(event, marks.get(event.id), competence)),
        key=lambda claim: (_held_at(claim, marks.get(claim[0].id)), claim[0].order, claim[0].id),
    )
    found: list[StatusClaim] = []
    calm: EventId | None = None
    worried: EventId | None = None
    for event, since, what, seen_by, is_competent in reversed(raw):
        is_calm = what in _CALM
        found.append(
            StatusClaim(
                event=event.id,
                agency=event.sender,
                kind=event.sender_kind,
                claim=event.claim,
                status=what,
                since=since,
                accepted_at=event.accepted_at,
                seen_by=seen_by,
                is_competent=is_competent,
                answered_by=worried if is_calm else calm,
            )
        )
        if is_competent and is_calm:
            calm = event.id
        elif is_competent:
            worried = event.id
    return tuple(reversed(found))


def _held_at(claim: _Claim, mark: Mark | None) -> datetime:
    """When a claim counts: one that the child has been missing all along answers what was told since."""
    event, since, *_ = claim
    is_all_along = isinstance(event.body, StatusClaimed) and mark is not None and mark.kind is MarkKind.START
    return mark.known_from if mark is not None and is_all_along else since


def _claims(event: Event, mark: Mark | None, competence: Competence) -> Iterator[_Claim]:
    """What one message claims of the status: event, since when, status, who saw the child, whether it is competent."""
    is_competent = competence.is_competent(event)
    match event.body:
        case MissingReported() as body if mark is not None:
            what = ClaimedStatus.AWAY if is_away(body) else ClaimedStatus.MISSING
            yield event, mark.at, what, SeenBy.UNKNOWN, is_competent
        case MissingAmended(status=ReportedStatus() as amended):
            what = ClaimedStatus.AWAY if amended is ReportedStatus.AWAY else ClaimedStatus.MISSING
            yield event, asserted_at(event), what, SeenBy.UNKNOWN, is_competent
        case StatusClaimed() as body if body.status is not ClaimedStatus.UNKNOWN:
            yield event, happened_at(event), body.status, SeenBy.UNKNOWN, is_competent
        case ChildFound() as body if mark is not None:
            yield event, mark.at, ClaimedStatus.LOCATED, body.seen_by, mark.kind is not MarkKind.HINT
        case ChildReturned() as body if mark is not None:
            yield event, mark.at, ClaimedStatus.RETURNED, body.seen_by, mark.kind is MarkKind.END
        case _:
            return
