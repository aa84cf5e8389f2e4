"""From what a duty counts: each word names the facts of an absence that begin it, one base for every one of them.

A past event counts from when it happened, never from later than its acceptance. What lies ahead by nature counts as it
is stated. A base that is a condition ("still missing after 72 hours") lies at the moment when it would come true, and
exists only while nothing has spoilt it. The bases of placements, orders, handovers and the like stand in
`bases_of_care`.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines import bases_of_care as care
from hub.deadlines.calendars import after
from hub.deadlines.case import Case
from hub.deadlines.interviews import attempts, child_declined, harm, prevention_interviews, return_interviews
from hub.deadlines.model import Base, Oddity
from hub.deadlines.rows import DeadlineRule
from hub.episode.model import Phase, QuestionKind, RiskAssessment
from hub.episode.times import asserted_at, happened_at
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    AgencyKind,
    Arrangement,
    AttemptOutcome,
    ChildReturned,
    Confidence,
    InterviewOutcome,
    Nation,
    PhaseKind,
    PolicePosition,
    PreventionOutcome,
    ReturnArranged,
    RiskGrade,
    SightingReported,
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


# ---- reports ----


def _reported_missing(case: Case, _: DeadlineRule) -> Bases:
    known = case.known_missing
    return () if known is None else (Base(event=known[1], at=known[0]),)


def _reported_by_others(case: Case, _: DeadlineRule) -> Bases:
    """The first report, unless police made it or had sent something about the absence before."""
    known = case.known_missing
    if known is None or known[2] is AgencyKind.POLICE:
        return ()
    police = case.episode.police
    is_known = police.position is PolicePosition.CONFIRMED and police.confirmed_at is not None
    if is_known and police.confirmed_at is not None and police.confirmed_at < known[0]:
        return ()
    return (Base(event=known[1], at=known[0]),)


# ---- while missing ----


def _risk_assessed(case: Case, _: DeadlineRule) -> Iterator[Base]:
    """Each police assessment made while the child was missing, and each time it went missing again."""
    risk = case.episode.risk
    held: RiskAssessment | None = None
    for each in risk.assessments:
        if each.event not in risk.lowered_without_reason:
            held = each
        if held is not None and _is_missing_at(case, each.at):
            yield Base(event=each.event, at=each.at, grade=_treated(case, held.grade), stated=each.review_due)
    for phase in case.missing[1:]:
        yield Base(event=phase.event, at=phase.began_at, grade=risk.treated_as)


def _treated(case: Case, grade: RiskGrade) -> RiskGrade:
    if grade is RiskGrade.UNGRADED:
        risk = case.episode.risk
        return risk.treated_as if risk.grade is RiskGrade.UNGRADED else RiskGrade.MEDIUM
    return RiskGrade.HIGH if grade is RiskGrade.UNKNOWN else grade


def _is_missing_at(case: Case, when: datetime) -> bool:
    """Whether the child was missing at a time; before the absence began counts as its beginning."""
    at = max(when, case.episode.began_at)
    return any(phase.began_at <= at and not _is_over(phase, at) for phase in case.missing)


def _is_over(phase: Phase, by: datetime) -> bool:
    over = phase.ended_at or phase.ended_before
    return over is not None and over <= by


def _still_missing(case: Case, rule: DeadlineRule) -> Iterator[Base]:
    """When the child has been missing for so long since it was last known safe, if it is not found before."""
    for phase in case.missing:
        at = phase.began_at + rule.after
        if not _is_over(phase, at):
            yield Base(event=phase.event, at=at)


def _missing_for_long(case: Case, rule: DeadlineRule) -> Iterator[Base]:
    """The steps of a series since the report: all that have begun by the latest event, and the next one.

    A step begins when the one before was due; `stated` is when it is due itself. One that the child was found before
    is not owed.
    """
    known = case.known_missing
    as_of = case.child.as_of
    if known is None or as_of is None or not case.missing:
        return
    since = known[0]
    for due, name in _steps(known[0], rule):
        if _is_missing_at(case, due):
            yield Base(event=known[1], at=since, about=name, stated=due)
        if due > as_of:
            return
        since = due


def _steps(start: datetime, rule: DeadlineRule) -> Iterator[tuple[datetime, str]]:
    for period in rule.series:
        yield after(start, period, Nation.UNKNOWN, start.time()), str(period)
    every = rule.then_every
    last = rule.series[-1] if rule.series else None
    if every is None or last is None:
        return
    start = after(start, last, Nation.UNKNOWN, start.time())
    number = 0
    while True:
        number += 1
        start = after(start, every, Nation.UNKNOWN, start.time())
        yield start, f"{last} and {number} x {every}"


def _information(case: Case, _: DeadlineRule) -> Iterator[Base]:
    """Information of weight about a child that has been missing for long."""
    known = case.known_missing
    if known is None:
        return
    for event, body in case.of(SightingReported):
        at = happened_at(event)
        if body.confidence in _TRUSTED and at >= known[0] + _LONG and _is_missing_at(case, at):
            yield Base(event=event.id, at=at)


def _exploitation(case: Case, _: DeadlineRule) -> Bases:
    """When the hub knew both that the child is missing and that it is feared to be exploited."""
    known = case.known_missing
    if known is None or not case.exploited:
        return ()
    said = care.exploitation(case)
    at, event = (known[0], known[1]) if said is None or said.at <= known[0] else (said.at, said.event)
    return (Base(event=event, at=at),)


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
    """The time by which a child that is away was expected."""
    expected, away = case.episode.expected_by, [p for p in case.episode.phases if p.kind is PhaseKind.AWAY]
    return (Base(event=away[-1].event, at=expected),) if expected is not None and away else ()


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
    "reported_missing": _reported_missing,
    "reported_by_others": _reported_by_others,
    "risk_assessed": _risk_assessed,
    "still_missing": _still_missing,
    "missing_for_long": _missing_for_long,
    "information_after_long": _information,
    "missing_and_exploited": _exploitation,
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
    **care.BASES,
}
"""Every word for a base; what each means is said in `hub.deadlines.vocabulary`."""
