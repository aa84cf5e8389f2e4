"""From what a duty counts: each word names the facts of an absence that begin it, one base for every one of them.

A past event counts from when it happened, never from later than its acceptance. What lies ahead by nature counts as it
is stated. A base that is a condition ("still missing after 72 hours") lies at the moment when it would come true, and
exists only while nothing has spoilt it. What stands in the modules of the same room is gathered
here.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Final

from hub.deadlines import bases_of_care, bases_while_missing, differences, disputes, placements
from hub.deadlines.case import Case
from hub.deadlines.interviews import attempts, child_declined, harm, prevention_interviews, return_interviews
from hub.deadlines.model import Base, Oddity
from hub.deadlines.rows import DeadlineRule
from hub.episode.model import QuestionKind
from hub.episode.times import asserted_at
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    Arrangement,
    AttemptOutcome,
    ChildReturned,
    Confidence,
    InterviewOutcome,
    PhaseKind,
    PreventionOutcome,
    ReturnArranged,
)

Bases = Iterable[Base]
_SEVERAL: Final = frozenset({QuestionKind.END_DIFFERS, QuestionKind.REPORT_BETWEEN, QuestionKind.RETURN_DISPUTED})
_UNANSWERED: Final = frozenset({AttemptOutcome.NO_ANSWER, AttemptOutcome.DECLINED_BY_PARENT})
_TRUSTED: Final = frozenset({Confidence.CERTAIN, Confidence.PROBABLE})
_LONG: Final = timedelta(days=28)
"""From when a missing child's case is a long-term one."""


def bases(case: Case, rule: DeadlineRule) -> Bases:
    """Everything that begins this duty in this absence."""
    return BASES[rule.base](case, rule)


# ---- located and back ----


def _located(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for phase in case.episode.phases:
        if phase.kind is PhaseKind.LOCATED:
            yield Base(event=phase.event, at=phase.began_at)


def _returned(case: Case, _: DeadlineRule) -> Bases:
    """The return, the decision to live elsewhere, or the latest moment at which an unseen return can have been."""
    episode = case.episode
    back = episode.returned
    if back is not None:
        return (Base(event=back.event, at=back.at, oddities=_oddities(case, back.event)),)
    if episode.ended_before is not None and episode.end_event is not None:
        return (Base(event=episode.end_event, at=episode.ended_before, oddities=frozenset({Oddity.ENDED_UNSEEN})),)
    return ()


def _oddities(case: Case, event: EventId) -> frozenset[Oddity]:
    found = {Oddity.SEVERAL_RETURNS for question in case.episode.questions if question.kind in _SEVERAL}
    said = case.event(event)
    if said is not None and _is_stated_ahead(said):
        found.add(Oddity.STATED_AHEAD)
    return frozenset(found)


def _is_stated_ahead(event: Event) -> bool:
    body = event.body
    stated = body.returned_at if isinstance(body, ChildReturned) else None
    return stated is not None and stated > event.accepted_at


def _returned_or_staying(case: Case, rule: DeadlineRule) -> Bases:
    """The return; of a child that will not come back, when it was located."""
    back = case.episode.returned
    located = [phase for phase in case.episode.phases if phase.kind is PhaseKind.LOCATED]
    if located and (back.settled_elsewhere if back is not None else _cannot_return(case)):
        return (Base(event=located[-1].event, at=located[-1].began_at),)
    return _returned(case, rule)


def _cannot_return(case: Case) -> bool:
    arranged = max(case.of(ReturnArranged), key=lambda each: (asserted_at(each[0]), each[0].order), default=None)
    return arranged is not None and arranged[1].arrangement is Arrangement.NOT_POSSIBLE and case.over_at is None


def _over(case: Case, _: DeadlineRule) -> Bases:
    """When the absence was over, however it ended; when its last report was withdrawn, if that came first."""
    episode = case.episode
    found = []
    if case.over_at is not None and episode.end_event is not None:
        found.append(Base(event=episode.end_event, at=case.over_at))
    if episode.cancelled is not None:
        found.append(Base(event=episode.cancelled.event, at=episode.cancelled.accepted_at))
    return sorted(found, key=lambda base: base.at)[:1]


def _found(case: Case, rule: DeadlineRule) -> Bases:
    """When the search was over: located, back, or the report withdrawn."""
    located = list(_located(case, rule))
    return sorted((*located[-1:], *_over(case, rule)), key=lambda base: base.at)[:1]


def _expected(case: Case, _: DeadlineRule) -> Bases:
    """The time by which a child that is away was expected; known since the hub heard that it is away."""
    expected, away = case.episode.expected_by, [p for p in case.episode.phases if p.kind is PhaseKind.AWAY]
    if expected is None or not away:
        return ()
    return (Base(event=away[-1].event, at=expected, said_at=case.accepted(away[-1].event)),)


# ---- interviews ----


def _prevention_held(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body, at in prevention_interviews(case):
        if body.outcome is PreventionOutcome.HELD:
            yield Base(event=event.id, at=at)


def _interview_held(case: Case, _: DeadlineRule) -> Bases:
    """The first return interview held; a second record of it begins nothing."""
    held = next((e for e in return_interviews(case) if e[1].outcome is InterviewOutcome.HELD), None)
    return () if held is None else (Base(event=held[0].id, at=held[2]),)


def _child_declined(case: Case, _: DeadlineRule) -> Bases:
    declined = child_declined(case)
    return () if declined is None else (Base(event=declined.event, at=declined.at),)


def _first_attempt(case: Case, _: DeadlineRule) -> Bases:
    """The first offer, if nobody answered it or a parent refused."""
    first = next(iter(attempts(case)), None)
    return () if first is None or first.outcome not in _UNANSWERED else (Base(event=first.event, at=first.at),)


def _harm(case: Case, _: DeadlineRule) -> Bases:
    return tuple(Base(event=moment.event, at=moment.at) for moment in harm(case))


def _repeat(case: Case, rule: DeadlineRule) -> Bases:
    """This absence, if with it the child has been missing as often as the rule says."""
    episode = case.episode
    if not (episode.is_counted and episode.was_missing):
        return ()
    if case.child.times_missing(episode.began_at, rule.repeat.within) < rule.repeat.count:
        return ()
    known = case.known_missing
    if known is None:
        accepted = case.accepted(episode.anchor)
        return () if accepted is None else (Base(event=episode.anchor, at=accepted),)
    return (Base(event=known[1], at=known[0]),)


BASES: Final[dict[str, Callable[[Case, DeadlineRule], Bases]]] = {
    "located": _located,
    "returned": _returned,
    "returned_or_staying": _returned_or_staying,
    "absence_over": _over,
    "search_over": _found,
    "expected_by": _expected,
    "prevention_interview_held": _prevention_held,
    "return_interview_held": _interview_held,
    "child_declined": _child_declined,
    "first_attempt_failed": _first_attempt,
    "harm_disclosed": _harm,
    "repeat_trigger": _repeat,
    **bases_while_missing.BASES,
    **placements.BASES,
    **differences.BASES,
    **disputes.BASES,
    **bases_of_care.BASES,
}
"""Every word for a base; what each means is said in `hub.deadlines.vocabulary`."""
