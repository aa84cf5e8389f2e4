"""From what the duties of a search count: the report, assessments, and how long the child has been missing.

A base that is a condition ("still missing after 72 hours") lies at the moment when it would come true, and exists only
while nothing has spoilt it. Of a series the steps are given that have begun by the latest event, and the next one.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines.answers import police_answer
from hub.deadlines.bases_of_care import exploitation
from hub.deadlines.calendars import after
from hub.deadlines.case import Case
from hub.deadlines.model import Base
from hub.deadlines.rows import DeadlineRule
from hub.episode.model import Phase, RiskAssessment
from hub.episode.times import happened_at
from schemas.records import (
    AgencyKind,
    Confidence,
    Nation,
    RiskGrade,
    SightingReported,
)

Bases = Iterable[Base]
_TRUSTED: Final = frozenset({Confidence.CERTAIN, Confidence.PROBABLE})
_LONG: Final = timedelta(days=28)
"""From when a missing child's case is a long-term one."""


def _reported(case: Case, _: DeadlineRule) -> Bases:
    return tuple(Base(event=report.event, at=report.accepted_at) for report in case.reports[:1])


def _reported_missing(case: Case, _: DeadlineRule) -> Bases:
    known = case.known_missing
    return () if known is None else (Base(event=known[1], at=known[0]),)


def _reported_by_others(case: Case, _: DeadlineRule) -> Bases:
    """The first report, unless police made it or had answered before."""
    known = case.known_missing
    if known is None or known[2] is AgencyKind.POLICE:
        return ()
    answered = police_answer(case)
    return () if answered is not None and answered.at < known[0] else (Base(event=known[1], at=known[0]),)


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
    said = exploitation(case)
    at, event = (known[0], known[1]) if said is None or said.at <= known[0] else (said.at, said.event)
    return (Base(event=event, at=at),)


BASES: Final[dict[str, Callable[[Case, DeadlineRule], Bases]]] = {
    "reported": _reported,
    "reported_missing": _reported_missing,
    "reported_by_others": _reported_by_others,
    "risk_assessed": _risk_assessed,
    "still_missing": _still_missing,
    "missing_for_long": _missing_for_long,
    "information_after_long": _information,
    "missing_and_exploited": _exploitation,
}
"""Words for the bases that stand here."""
