"""What closes a duty: each word finds the moment at which it did, or says that it has not.

The same words stand under `stops_when` (then the duty is met) and `withdrawn_when` (then it is owed no longer). A
moment is when the thing happened, never later than the acceptance of the message that tells of it. What answers a
return (interviews, offers) counts whatever its time, also from before the return; what answers a question asked at
some time counts from then on. A death, a cancellation, a child that was not missing and an eighteenth birthday close
what a rule does not say it outlives.
"""

from collections.abc import Callable
from datetime import UTC
from typing import Final

from hub.deadlines import stops_of_care, stops_of_interviews, stops_of_police
from hub.deadlines.case import Case
from hub.deadlines.model import Base, Moment, earliest
from hub.episode.holding import INVESTIGATION
from hub.episode.times import asserted_at
from schemas.records import (
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    MissingAmended,
    MissingReported,
    PhaseKind,
    ReturnArranged,
    StatusClaimed,
)

ENDINGS: Final = ("deceased", "not_missing", "cancelled", "turned_18", "adult")
"""What ends every duty whose row does not list it under `even_if`; `adult` keeps one from beginning."""

_SAYS_NOTHING: Final = frozenset({ClaimedStatus.UNEXPLAINED_ABSENCE, ClaimedStatus.UNKNOWN})
_Stop = Callable[[Case, Base], Moment | None]


def ending(case: Case, word: str) -> Moment | None:
    """When one of `ENDINGS` came about, whatever the duty; None if it has not."""
    return _ENDINGS[word](case)


def _deceased(case: Case) -> Moment | None:
    dead = case.child.dead
    death = None if dead is None else dead.death
    return None if death is None else Moment(at=death.at, event=death.event)


def _cancelled(case: Case) -> Moment | None:
    cancelled = case.episode.cancelled
    return None if cancelled is None else Moment(at=cancelled.accepted_at, event=cancelled.event)


def _not_missing(case: Case) -> Moment | None:
    """Said by police or the responsible authority, which ends the absence without a return."""
    episode = case.episode
    if not case.ended_as_not_missing or episode.end_event is None or case.over_at is None:
        return None
    return Moment(at=case.over_at, event=episode.end_event)


def _turned_18(case: Case) -> Moment | None:
    """The birthday, once anything about the child was accepted on or after it; the last report says how old it is."""
    adult, as_of = case.child.adult_from, case.child.as_of
    if adult is None or as_of is None or as_of < adult:
        return None
    return Moment(at=adult.astimezone(UTC), event=case.episode.anchor)


_ENDINGS: Final[dict[str, Callable[[Case], Moment | None]]] = {
    "deceased": _deceased,
    "not_missing": _not_missing,
    "cancelled": _cancelled,
    "turned_18": _turned_18,
}


# ---- the absence itself ----


def _found_or_back(case: Case, base: Base) -> Moment | None:
    """Located after the base, or before it and still so then; or the absence over."""
    located = next(
        (
            Moment(at=phase.began_at, event=phase.event)
            for phase in case.episode.phases
            if phase.kind is PhaseKind.LOCATED and (phase.ended_at is None or phase.ended_at > base.at)
        ),
        None,
    )
    return located or _absence_over(case, base)


def _absence_over(case: Case, _: Base) -> Moment | None:
    end = case.episode.end_event
    return None if case.over_at is None or end is None else Moment(at=case.over_at, event=end)


def _search_handed_over(case: Case, base: Base) -> Moment | None:
    """The absence was over after its case was proposed to another force. What is proposed later needs an answer (who
    sees the child), and so does whatever else is proposed: a duty to the child outlives the absence.
    """
    over = _absence_over(case, base)
    is_of_the_case = not base.about or base.about in INVESTIGATION
    return over if over is not None and is_of_the_case and base.at < over.at else None


def _left_again(case: Case, base: Base) -> Moment | None:
    """Missing again within the absence, after it was located."""
    return next((Moment(at=p.began_at, event=p.event) for p in case.missing[1:] if p.began_at > base.at), None)


def _missing_by_now(case: Case, _: Base) -> Moment | None:
    """A child that was away is missing by now: other clocks take over."""
    return next((Moment(at=phase.began_at, event=phase.event) for phase in case.missing[:1]), None)


def _status_said(case: Case, base: Base) -> Moment | None:
    """Anybody says, at that time or later, where the child is or that it is still away."""
    said = (MissingReported, ChildFound, ChildReturned)
    found = [event for kind in said for event, _ in case.of(kind)]
    found.extend(event for event, body in case.of(StatusClaimed) if body.status not in _SAYS_NOTHING)
    found.extend(event for event, body in case.of(MissingAmended) if body.status is not None)
    return earliest(Moment(at=event.accepted_at, event=event.id) for event in found if event.accepted_at >= base.at)


def _return_arranged(case: Case, base: Base) -> Moment | None:
    """Somebody says who fetches the child, or why nobody can; from a little before the finding was told on."""
    return earliest(
        Moment(at=asserted_at(event), event=event.id)
        for event, _ in case.of(ReturnArranged)
        if asserted_at(event) >= base.at
    )


def _strategy_decided(case: Case, base: Base) -> Moment | None:
    """A decision about the child from the trigger on, also one that lies in another absence; one from before answers
    what was known then.
    """
    return next((moment for moment in case.child.strategy_decisions if moment.at >= base.at), None)


STOPS: Final[dict[str, _Stop]] = {
    "found_or_back": _found_or_back,
    "absence_over": _absence_over,
    "search_handed_over": _search_handed_over,
    "left_again": _left_again,
    "missing_by_now": _missing_by_now,
    "status_said": _status_said,
    "return_arranged": _return_arranged,
    "strategy_decided": _strategy_decided,
    **stops_of_police.STOPS,
    **stops_of_interviews.STOPS,
    **stops_of_care.STOPS,
}
"""Every word that closes a duty; what each means is said in `hub.deadlines.vocabulary`."""
