"""How great the risk is held to be, and as what it is treated while nobody has graded it.

Police's latest grade sets the grade (APP); it is never lowered without a reason, so a lower one that gives none is
kept as a claim and the higher one stands. An authority's or placement's grade is a view; one above police's raises a
challenge. `ungraded` is treated as medium, as high for a child under 13 or flagged for exploitation, medication or
self-harm (c), unless the flag had expired when the absence began; a grade this version does not know counts as high.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from hub.episode.model import FlagState, Risk, RiskAssessment
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import EventId
from schemas.records import AgencyKind, Answer, FlagKind, RiskAssessed, RiskGrade

_RANK: Final[Mapping[RiskGrade, int]] = {
    RiskGrade.UNGRADED: 0,
    RiskGrade.NO_APPARENT: 1,
    RiskGrade.VERY_LOW: 2,
    RiskGrade.LOW: 3,
    RiskGrade.MEDIUM: 4,
    RiskGrade.HIGH: 5,
    RiskGrade.UNKNOWN: 5,
}
_FLAGS_TREATED_AS_HIGH: Final = frozenset({FlagKind.EXPLOITATION, FlagKind.MEDICATION, FlagKind.SELF_HARM})
_TREATED_AS_HIGH_UNDER: Final = 13


def risk(
    standing: Sequence[Event], opened_by: EventId, began_at: datetime, born: date | None, flags: Sequence[FlagState]
) -> Risk:
    """The risk of an episode from its standing events in the order accepted."""
    told = sorted(
        (_assessment(event, event.body) for event in standing if isinstance(event.body, RiskAssessed)),
        key=lambda assessment: assessment.at,
    )
    assessments = tuple(each for each in told if each.kind is AgencyKind.POLICE)
    views = tuple(each for each in told if each.kind is not AgencyKind.POLICE)
    holds: RiskAssessment | None = None
    lowered = []
    for each in assessments:
        if holds is not None and _RANK[each.grade] < _RANK[holds.grade] and not each.reasoning_given:
            lowered.append(each.event)
        else:
            holds = each
    grade = RiskGrade.UNGRADED if holds is None else holds.grade
    treated_as, because = _treated_as(grade, opened_by if holds is None else holds.event, began_at, born, flags)
    ungraded_as, _ = _treated_as(RiskGrade.UNGRADED, opened_by, began_at, born, flags)
    latest_views = {view.agency: view for view in views}
    return Risk(
        grade=grade,
        treated_as=treated_as,
        ungraded_as=ungraded_as,
        event=because,
        agency=None if holds is None else holds.agency,
        assessed_at=None if holds is None else holds.at,
        factors=() if holds is None else holds.factors,
        review_due=None if holds is None else holds.review_due,
        assessments=assessments,
        views=views,
        challenged_by=tuple(
            view.event
            for view in latest_views.values()
            if _RANK[view.grade] > _RANK[treated_as if holds is None else grade]
        ),
        lowered_without_reason=tuple(lowered),
    )


def _assessment(event: Event, body: RiskAssessed) -> RiskAssessment:
    return RiskAssessment(
        event=event.id,
        agency=event.sender,
        kind=event.sender_kind,
        grade=body.grade,
        at=happened_at(event),
        accepted_at=event.accepted_at,
        factors=body.factors,
        reasoning_given=bool(body.reasoning),
        review_due=body.review_due,
    )


def _treated_as(
    grade: RiskGrade, because: EventId, began_at: datetime, born: date | None, flags: Sequence[FlagState]
) -> tuple[RiskGrade, EventId]:
    """The grade that everybody acts on, and the event it stands on."""
    if grade is RiskGrade.UNKNOWN:
        return RiskGrade.HIGH, because
    if grade is not RiskGrade.UNGRADED:
        return grade, because
    if born is not None and _is_under(_TREATED_AS_HIGH_UNDER, born, began_at.date()):
        return RiskGrade.HIGH, because
    standing = (flag for flag in flags if flag.value is Answer.YES and not flag.has_expired_by(began_at))
    flagged = next((flag for flag in standing if flag.kind in _FLAGS_TREATED_AS_HIGH), None)
    if flagged is not None:
        return RiskGrade.HIGH, flagged.event
    return RiskGrade.MEDIUM, because


def _is_under(years: int, born: date, on: date) -> bool:
    return (on.year - born.year - ((on.month, on.day) < (born.month, born.day))) < years
