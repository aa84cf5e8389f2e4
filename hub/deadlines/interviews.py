"""What was said of the interviews after a return: offers, what became of them, and what the child told.

Read once for bases, stops and conditions alike. An interview counts for an absence that had begun by then (one held
before the return is kept); of what its sender says to be of an absence that began later, nothing answers that one: it
is kept, and flagged. Where the child went missing again within the absence, what lies before that belongs to the
earlier part and answers nothing any more. A parent's refusal is never the child's, and no attempt without contact.
`no_contact` counts only when two attempts, an hour apart or more, which reached nobody, came before it (c).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.model import Moment
from hub.episode.times import happened_at, past
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    Answer,
    AttemptOutcome,
    InterviewOutcome,
    PreventionInterviewRecorded,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
)

ATTEMPTS_BEFORE_NO_CONTACT: Final = 2
"""At different times (c)."""
APART: Final = timedelta(hours=1)
"""So far apart two times are different ones: who tries twice in a minute has tried once (c)."""
_REACHED_NOBODY: Final = frozenset({AttemptOutcome.NO_ANSWER, AttemptOutcome.UNKNOWN})
"""Whoever declined or accepted was spoken to; of an attempt without an outcome that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One offer of a return interview."""

    at: datetime
    event: EventId
    outcome: AttemptOutcome


def attempts(case: Case) -> list[Attempt]:
    """Every offer that counts, in the order of time; one that gives no attempt of its own counts as one."""
    found = [attempt for attempt in _every_attempt(case) if _counts(case, attempt.at)]
    return sorted(found, key=lambda attempt: (attempt.at, attempt.event))


def _every_attempt(case: Case) -> Iterator[Attempt]:
    return (attempt for event, body in case.of(ReturnInterviewOffered) for attempt in _attempts(event, body))


def _counts(case: Case, at: datetime) -> bool:
    """Whether what was done at a time may answer the return of this absence."""
    since = case.missing_again_at
    return case.episode.has_begun_by(at) and (since is None or at >= since)


def offered_before(case: Case) -> bool:
    """Whether an offer is said to be of this absence and was made before it began."""
    return not all(case.episode.has_begun_by(attempt.at) for attempt in _every_attempt(case))


def recorded_before(case: Case, record: type[PreventionInterviewRecorded | ReturnInterviewRecorded]) -> bool:
    """The same of an interview."""
    return not all(case.episode.has_begun_by(happened_at(event)) for event, _ in case.of(record))


def _attempts(event: Event, body: ReturnInterviewOffered) -> Iterator[Attempt]:
    offered_at = happened_at(event)
    if not body.attempts:
        yield Attempt(at=offered_at, event=event.id, outcome=AttemptOutcome.UNKNOWN)
    for each in body.attempts:
        at = past(each.at, event.accepted_at) or offered_at
        yield Attempt(at=at, event=event.id, outcome=each.outcome)


def prevention_interviews(case: Case) -> list[tuple[Event, PreventionInterviewRecorded, datetime]]:
    """Every prevention interview recorded that counts, with its time, in the order of time."""
    found = [(event, body, happened_at(event)) for event, body in case.of(PreventionInterviewRecorded)]
    return sorted((each for each in found if _counts(case, each[2])), key=lambda each: (each[2], each[0].order))


def return_interviews(case: Case) -> list[tuple[Event, ReturnInterviewRecorded, datetime]]:
    """Every outcome of a return interview that counts, with its time, in the order of time."""
    found = [(event, body, happened_at(event)) for event, body in case.of(ReturnInterviewRecorded)]
    return sorted((each for each in found if _counts(case, each[2])), key=lambda each: (each[2], each[0].order))


def first_with(case: Case, outcome: InterviewOutcome) -> Moment | None:
    """When a return interview first had this outcome."""
    return next(
        (Moment(at=at, event=event.id) for event, body, at in return_interviews(case) if body.outcome is outcome),
        None,
    )


def child_declined(case: Case) -> Moment | None:
    """When the child itself declined: an outcome, or an offer's. A parent's refusal is not one."""
    found = [
        Moment(at=attempt.at, event=attempt.event)
        for attempt in attempts(case)
        if attempt.outcome is AttemptOutcome.DECLINED_BY_CHILD
    ]
    declined = first_with(case, InterviewOutcome.DECLINED_BY_CHILD)
    if declined is not None:
        found.append(declined)
    return min(found, key=lambda moment: (moment.at, moment.event), default=None)


def no_contact(case: Case) -> Moment | None:
    """When `no_contact` was first recorded after the attempts it takes; an attempt later makes none of it good."""
    tried = _different_times(attempt.at for attempt in attempts(case) if attempt.outcome in _REACHED_NOBODY)
    return next(
        (
            Moment(at=at, event=event.id)
            for event, body, at in return_interviews(case)
            if body.outcome is InterviewOutcome.NO_CONTACT
            and sum(each <= at for each in tried) >= ATTEMPTS_BEFORE_NO_CONTACT
        ),
        None,
    )


def _different_times(times: Iterable[datetime]) -> list[datetime]:
    """The times that lie apart from the one before, of times in order."""
    found: list[datetime] = []
    for at in times:
        if not found or at - found[-1] >= APART:
            found.append(at)
    return found


def harm(case: Case) -> list[Moment]:
    """Every interview in which the child told of harm, in the order of time."""
    interviews: list[Event] = [
        *(event for event, body in case.of(PreventionInterviewRecorded) if body.harm_disclosed is Answer.YES),
        *(event for event, body in case.of(ReturnInterviewRecorded) if body.harm_disclosed is Answer.YES),
    ]
    found = [Moment(at=happened_at(event), event=event.id) for event in interviews]
    return sorted(found, key=lambda moment: (moment.at, moment.event))
