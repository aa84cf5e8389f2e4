"""How police tell an absence: the call, their answer, the grade, what the public saw, the finding, the interview."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from producers.simulator.incident import Ending, Incident
from producers.simulator.telling import BY_ENDING, PlannedMessage, Teller
from schemas.records import (
    AllegedRole,
    Answer,
    CancelReason,
    ChildFound,
    Condition,
    Confidence,
    FlagKind,
    NationalComputerState,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Relation,
    ReportCancelled,
    Reporter,
    RiskAssessed,
    RiskFactor,
    RiskGrade,
    SeenBy,
    SightingReported,
    SightingSource,
)

__all__ = ["police_tell"]

_REVIEWS: Final = {RiskGrade.HIGH: 2, RiskGrade.MEDIUM: 6, RiskGrade.LOW: 12}
"""Hours to the next review of a grade (the rule's default); 24 for the rest."""
_FACTORS: Final = {
    FlagKind.EXPLOITATION: RiskFactor.EXPLOITATION,
    FlagKind.SELF_HARM: RiskFactor.SELF_HARM,
    FlagKind.MEDICATION: RiskFactor.MEDICATION,
}
_GAP: Final = timedelta(minutes=4)


def police_tell(teller: Teller) -> Iterator[PlannedMessage]:
    """Everything that the force sends about one absence, in order."""
    incident, parameters, draw = teller.incident, teller.parameters, teller.draw
    called_at = incident.noticed_at + teller.minutes("telling.police_records_after_minutes")
    if not parameters.happens("telling.police_reports_share", draw):
        return
    if parameters.happens("telling.police_not_recorded_share", draw):
        yield _response(teller, called_at, PoliceDecision.NOT_RECORDED)
        return
    by = Reporter(relation=Relation.RESIDENTIAL_WORKER if incident.child.is_looked_after else Relation.PARENT)
    first = teller.missing(called_at, reporter=by, police_contact=None)
    yield first
    yield _response(teller, called_at + _GAP, PoliceDecision.RECORDED_MISSING)
    yield from _grades(teller, called_at + teller.minutes("telling.grade_after_minutes"))
    if parameters.happens("telling.cancelled_by_mistake_share", draw):
        yield _cancelled(teller, called_at + 10 * _GAP, first, CancelReason.DUPLICATE)
        return
    if incident.seen_at is not None and incident.seen_at > called_at:
        yield _sighting(teller, incident.seen_at + 3 * _GAP, incident.seen_at)
    if (correction := teller.corrected(first, called_at + timedelta(hours=3))) is not None:
        yield correction
    told_at = max(incident.located_at, called_at) + 3 * _GAP
    if incident.ending is Ending.WAS_WHERE_EXPECTED:
        yield _cancelled(teller, told_at, first, CancelReason.WAS_WHERE_EXPECTED)
        return
    if incident.ending is not Ending.RETURNED_BY_THEMSELVES:
        yield _found(teller, told_at)
    home_at = max(incident.returned_at + 4 * _GAP, told_at + _GAP)
    yield teller.returned(home_at, SeenBy.POLICE)
    if not parameters.happens("telling.prevention_interview_never_share", draw):
        yield _interview(teller, home_at + teller.hours("telling.prevention_interview_after_hours"))


def _response(teller: Teller, at: datetime, decision: PoliceDecision) -> PlannedMessage:
    is_recorded = decision is PoliceDecision.RECORDED_MISSING
    return teller.message(
        at,
        PoliceResponse(
            **teller.head(at, at),
            person=teller.knows.person,
            decision=decision,
            reason=None if is_recorded else "Whereabouts known; no risk identified by the control room.",
            reference=teller.knows.episode_ref,
            owning_unit="Missing persons unit",
            national_computer=NationalComputerState.CIRCULATED if is_recorded else NationalComputerState.NOT_CIRCULATED,
            circulated_at=at if is_recorded else None,
        ),
    )


def _grades(teller: Teller, at: datetime) -> Iterator[PlannedMessage]:
    """The first grade, and one review where the absence lasts that long."""
    grade = teller.incident.grade
    yield _graded(teller, at, grade)
    review_at = at + timedelta(hours=_REVIEWS.get(grade, 24))
    if review_at < teller.incident.located_at:
        raised = {RiskGrade.LOW: RiskGrade.MEDIUM, RiskGrade.MEDIUM: RiskGrade.HIGH}.get(grade, grade)
        yield _graded(teller, review_at, raised if teller.draw.random() < 0.35 else grade)  # noqa: PLR2004 - assumed


def _graded(teller: Teller, at: datetime, grade: RiskGrade) -> PlannedMessage:
    factors = [_FACTORS[flag] for flag in teller.incident.child.flags if flag in _FACTORS]
    if teller.incident.earlier:
        factors.append(RiskFactor.REPEAT_MISSING)
    return teller.message(
        at,
        RiskAssessed(
            **teller.head(at, at),
            grade=grade,
            scheme="app",
            factors=tuple(factors) or (RiskFactor.AGE,),
            review_due=at + timedelta(hours=_REVIEWS.get(grade, 24)),
            assessor_role="duty inspector",
        ),
    )


def _sighting(teller: Teller, at: datetime, seen_at: datetime) -> PlannedMessage:
    return teller.message(
        at,
        SightingReported(
            **teller.head(seen_at, at),
            seen_at=seen_at,
            place="outside a shop",
            area_code=teller.incident.found_area,
            confidence=Confidence.POSSIBLE,
            source=SightingSource.MEMBER_OF_PUBLIC,
        ),
    )


def _found(teller: Teller, at: datetime) -> PlannedMessage:
    incident = teller.incident
    return teller.message(
        at,
        ChildFound(
            **teller.head(incident.located_at, at),
            found_at=incident.located_at,
            place_kind=incident.found_at,
            area_code=incident.found_area,
            seen_by=BY_ENDING[incident.ending][0],
            condition=Condition.IN_HOSPITAL if incident.ending is Ending.IN_HOSPITAL else Condition.WELL,
            safe_for_now=Answer.YES,
        ),
    )


def _cancelled(teller: Teller, at: datetime, first: PlannedMessage, reason: CancelReason) -> PlannedMessage:
    return teller.message(at, ReportCancelled(**teller.head(at, at), cancels=first.id, reason=reason))


def _interview(teller: Teller, at: datetime) -> PlannedMessage:
    was_held = teller.parameters.happens("telling.prevention_interview_held_share", teller.draw)
    harm = was_held and teller.incident.harm_disclosed
    return teller.message(
        at,
        PreventionInterviewRecorded(
            **teller.head(at, at),
            outcome=PreventionOutcome.HELD if was_held else PreventionOutcome.DECLINED,
            held_at=at if was_held else None,
            by_role="response officer",
            harm_disclosed=Answer.YES if harm else Answer.NO if was_held else Answer.NOT_KNOWN,
            alleged_role=_alleged(teller.incident) if harm else AllegedRole.UNKNOWN,
            concerns="Disclosed harm; strategy discussion requested." if harm else None,
        ),
    )


def _alleged(incident: Incident) -> AllegedRole:
    return AllegedRole.CARER if incident.child.is_looked_after else AllegedRole.OTHER_ADULT
