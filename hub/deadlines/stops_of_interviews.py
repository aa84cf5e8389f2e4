"""What closes the duties after a return: offers, interviews and what they found.

What answers a return counts from when the absence began, also from before the return; a second attempt, a second offer
and an interview after a decline have to be later than what they follow.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.interviews import (
    attempts,
    child_declined,
    first_with,
    no_contact,
    offered_before,
    prevention_interviews,
    recorded_before,
    return_interviews,
)
from hub.deadlines.model import Base, Moment, earliest
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    InterviewOutcome,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReturnInterviewRecorded,
)

_PREVENTION_DONE: Final = frozenset({PreventionOutcome.HELD, PreventionOutcome.DECLINED})


def _prevention_done(case: Case, _: Base) -> Moment | None:
    """Held, or declined by the child; one that was not possible leaves a child that nobody has seen."""
    return earliest(
        Moment(at=at, event=event.id)
        for event, body, at in prevention_interviews(case)
        if body.outcome in _PREVENTION_DONE
    )


def _prevention_shared(case: Case, base: Base) -> Moment | None:
    """The hub has the record: it is shared from its acceptance on."""
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event, body, _ in prevention_interviews(case)
        if event.id == base.event and body.outcome is PreventionOutcome.HELD
    )


def _offered(case: Case, _: Base) -> Moment | None:
    return next((Moment(at=attempt.at, event=attempt.event) for attempt in attempts(case)), None)


def _offered_again(case: Case, base: Base) -> Moment | None:
    return next((Moment(at=each.at, event=each.event) for each in attempts(case) if each.at > base.at), None)


def _held(case: Case, _: Base) -> Moment | None:
    return first_with(case, InterviewOutcome.HELD)


def _held_later(case: Case, base: Base) -> Moment | None:
    return earliest(
        Moment(at=at, event=event.id)
        for event, body, at in return_interviews(case)
        if body.outcome is InterviewOutcome.HELD and at >= base.at
    )


def _child_declined(case: Case, _: Base) -> Moment | None:
    """The outcome recorded; a refusal to one offer leaves the interview owed until the authority records it."""
    return first_with(case, InterviewOutcome.DECLINED_BY_CHILD)


def _declined_anyhow(case: Case, _: Base) -> Moment | None:
    return child_declined(case)


def _adult_recorded(case: Case, _: Base) -> Moment | None:
    return first_with(case, InterviewOutcome.TURNED_18)


def _no_contact(case: Case, _: Base) -> Moment | None:
    return no_contact(case)


def _findings_given(case: Case, _: Base) -> Moment | None:
    """A record of a held interview says what may be shared: factors, needs or agreed statements."""
    revised = case.child.state.revised_by
    return earliest(
        Moment(at=_given_at(case, event, revised.get(event.id)), event=event.id)
        for event, body, _ in return_interviews(case)
        if body.outcome is InterviewOutcome.HELD and _has_findings(body)
    )


def _has_findings(body: ReturnInterviewRecorded) -> bool:
    return bool(body.push_factors or body.pull_factors or body.support_needs or body.agreed_statements)


def _given_at(case: Case, event: Event, revised_by: EventId | None) -> datetime:
    """When the findings were accepted: with the record, or with the correction that added them."""
    if revised_by is None:
        return event.accepted_at
    sent = next((each for each in case.child.state.events if each.id == event.id), event)
    if isinstance(sent.body, ReturnInterviewRecorded) and _has_findings(sent.body):
        return event.accepted_at
    return case.accepted(revised_by) or event.accepted_at


STOPS: Final[dict[str, Callable[[Case, Base], Moment | None]]] = {
    "prevention_interview_done": _prevention_done,
    "prevention_interview_shared": _prevention_shared,
    "interview_offered": _offered,
    "interview_offered_again": _offered_again,
    "interview_held": _held,
    "interview_held_later": _held_later,
    "interview_declined_by_child": _child_declined,
    "child_declined": _declined_anyhow,
    "adulthood_recorded": _adult_recorded,
    "no_contact_after_two_attempts": _no_contact,
    "findings_given": _findings_given,
}
"""Words that close what stands here."""

TRIED: Final[dict[str, Callable[[Case], bool]]] = {
    "prevention_interview_done": lambda case: bool(prevention_interviews(case)),
    "interview_held": lambda case: bool(return_interviews(case)),
}
"""Of these words, whether somebody recorded that it was tried; asked of a duty that is owed all the same."""

TOO_EARLY: Final[dict[str, Callable[[Case], bool]]] = {
    "prevention_interview_done": lambda case: recorded_before(case, PreventionInterviewRecorded),
    "interview_offered": offered_before,
    "interview_held": lambda case: recorded_before(case, ReturnInterviewRecorded),
}
"""Of these words, whether what is said to be of this absence was done before it began."""
