"""The conditions that rows of the routing table combine: each a named question about one episode.

Those a row lists under `when` look at all that still stands, whenever it was said: a grade that was high counts after
it is lowered, one that was sent by mistake and corrected does not. Those meant for `while` look at this moment. Every
answer names the event it stands on where there is one, because that event is the cause of what is then sent. The
vocabulary and its sentences are in `hub.routing.vocabulary`.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from hub.ids import EventId
from hub.routing.case import Case
from hub.routing.rules import Rules
from schemas.records import (
    Answer,
    CareStatus,
    EpisodeStatus,
    FlagKind,
    Nature,
    PhaseKind,
    PlaceKind,
    PlacementKind,
    PolicePosition,
    PreventionInterviewRecorded,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    RiskFactor,
    RiskGrade,
    StrategyDecisionRecorded,
    TravelCue,
)

Holding = EventId | bool
"""False, or True, or (true because of) an event."""

_LONDON: Final = ZoneInfo("Europe/London")
_SUBDIVISIONS: Final = {"wales": "WLS", "scotland": "SCT", "northern_ireland": "NIR"}
_YES: Final = Answer.YES
_SATURDAY: Final = 5
_EVENING: Final = 18
"""The local hour from which no school is asked any more (c)."""
_YOUNG: Final = 13
_GRAVE_FLAGS: Final = frozenset({FlagKind.EXPLOITATION, FlagKind.TRAFFICKING, FlagKind.MEDICATION, FlagKind.SELF_HARM})
_EXPLOITED: Final = frozenset({RiskFactor.EXPLOITATION, RiskFactor.TRAFFICKING, RiskFactor.CRIMINAL_EXPLOITATION})
_IN_CARE: Final = frozenset(
    {
        PlacementKind.FOSTER,
        PlacementKind.CHILDRENS_HOME,
        PlacementKind.SECURE,
        PlacementKind.SUPPORTED_ACCOMMODATION,
        PlacementKind.REMAND,
    }
)
"""Kinds of placement that only a looked-after child is in (c)."""


def holds(condition: str, case: Case, rules: Rules) -> Holding:
    """Whether a condition of the vocabulary holds for an episode, and on which event it stands."""
    return _CONDITIONS[condition](case, rules)


def _reported_missing(case: Case, _: Rules) -> Holding:
    phase = next((phase for phase in case.episode.phases if phase.kind is PhaseKind.MISSING), None)
    if phase is not None:
        return phase.event
    return case.episode.anchor if case.episode.never_reported else False


def _reported_away(case: Case, _: Rules) -> Holding:
    return next((phase.event for phase in case.episode.phases if phase.kind is PhaseKind.AWAY), False)


def _located(case: Case, _: Rules) -> Holding:
    found = case.episode.found or case.episode.returned
    return found.event if found else False


def _ended(case: Case, _: Rules) -> Holding:
    if case.episode.returned is not None:
        return case.episode.returned.event
    return case.episode.end_event or False if not case.episode.is_open else False


def _return_to_confirm(case: Case, _: Rules) -> Holding:
    if case.episode.status is not EpisodeStatus.RETURN_REPORTED:
        return False
    return case.episode.returns[-1].event if case.episode.returns else True


def _looked_after(case: Case, _: Rules) -> Holding:
    for care in case.episode.care:
        is_over = care.until_date is not None and care.until_date < case.episode.began_at.date()
        if care.status is CareStatus.LOOKED_AFTER and not is_over:
            return care.event
    placed = case.episode.placement
    return placed.event if placed is not None and placed.kind in _IN_CARE else False


def _out_of_area(case: Case, _: Rules) -> Holding:
    roles, placed = case.episode.authorities, case.episode.placement
    if roles.host is None or roles.responsible is None or roles.host == roles.responsible:
        return False
    return (placed.event if placed is not None else roles.responsible_event) or True


def _high_risk(case: Case, _: Rules) -> Holding:
    if held := _high_now(case, _):
        return held
    risk = case.episode.risk
    graded = [one for one in risk.assessments if one.grade in (RiskGrade.HIGH, RiskGrade.UNKNOWN)]
    if graded:
        return graded[0].event
    first = risk.assessments[0].accepted_at if risk.assessments else None
    began_ungraded = any(first is not None and report.accepted_at < first for report in case.reports)
    return case.episode.anchor if began_ungraded and (_is_young(case) or _is_gravely_flagged(case)) else False


def _high_now(case: Case, _: Rules) -> Holding:
    return case.episode.risk.event if case.episode.risk.treated_as is RiskGrade.HIGH else False


def _medium_risk(case: Case, _: Rules) -> Holding:
    if held := _medium_now(case, _):
        return held
    risk = case.episode.risk
    if graded := [one for one in risk.assessments if one.grade is RiskGrade.MEDIUM]:
        return graded[0].event
    first = risk.assessments[0].accepted_at if risk.assessments else None
    return case.episode.anchor if any(first is not None and one.accepted_at < first for one in case.reports) else False


def _medium_now(case: Case, _: Rules) -> Holding:
    return case.episode.risk.event if case.episode.risk.treated_as is RiskGrade.MEDIUM else False


def _travel_cue(case: Case, _: Rules) -> Holding:
    return _cue(case, frozenset(TravelCue) - {TravelCue.UNKNOWN}) or _last_seen_at_transport(case)


def _rail_likely(case: Case, _: Rules) -> Holding:
    return _cue(case, frozenset({TravelCue.STATION, TravelCue.TICKET})) or _last_seen_at_transport(case)


def _travel_abroad_feared(case: Case, _: Rules) -> Holding:
    taken = case.episode.nature in (Nature.TAKEN_BY_FAMILY, Nature.TAKEN_BY_OTHER)
    return _cue(case, frozenset({TravelCue.ABROAD})) or (_standing_on(case, "nature") if taken else False)


def _cue(case: Case, wanted: frozenset[TravelCue]) -> Holding:
    return _standing_on(case, "travel_cues") if wanted & frozenset(case.episode.travel_cues) else False


def _last_seen_at_transport(case: Case) -> Holding:
    at_hub = (report.event for report in case.reports if report.last_seen_place_kind is PlaceKind.TRANSPORT_HUB)
    return next(at_hub, False)


def _exploitation(case: Case, _: Rules) -> Holding:
    risk = case.episode.risk
    if flagged := _flag(case, (FlagKind.EXPLOITATION, FlagKind.TRAFFICKING)):
        return flagged
    factored = (one.event for one in risk.assessments if _EXPLOITED & frozenset(one.factors))
    return next(factored, False)


def _protection_plan(case: Case, _: Rules) -> Holding:
    plans = (care.event for care in case.episode.care if care.status is CareStatus.PROTECTION_PLAN)
    return next(plans, False) or _flag(case, (FlagKind.PROTECTION_PLAN,))


def _protected_address(case: Case, _: Rules) -> Holding:
    marked = any(known.name.endswith(".protected") for known in case.view.golden)
    return _flag(case, (FlagKind.PROTECTED_ADDRESS,)) or marked


def _unaccompanied(case: Case, _: Rules) -> Holding:
    return _flag(case, (FlagKind.UNACCOMPANIED,))


def _school_day(case: Case, rules: Rules) -> Holding:
    """On the local day on which the first report was accepted, before the evening: "was the child in today?"."""
    if not case.reports or case.episode.school is None:
        return False
    first = min(case.reports, key=lambda report: report.accepted_at)
    accepted = first.accepted_at.astimezone(_LONDON)
    if accepted.hour >= _EVENING:
        return False
    day = accepted.date()
    is_closed = any(start <= day.isoformat() <= end for start, end in rules.school_closed)
    is_holiday = day in _bank_holidays(_SUBDIVISIONS.get(case.episode.nation, "ENG"), day.year)
    return first.event if day.weekday() < _SATURDAY and not is_closed and not is_holiday else False


def _harm_disclosed(case: Case, _: Rules) -> Holding:
    police = (event.id for event, body in case.episode.of(PreventionInterviewRecorded) if body.harm_disclosed is _YES)
    later = (event.id for event, body in case.episode.of(ReturnInterviewRecorded) if body.harm_disclosed is _YES)
    return next(police, False) or next(later, False)


def _interview_provider_named(case: Case, _: Rules) -> Holding:
    named = (event.id for event, body in case.episode.of(ReturnInterviewOffered) if body.provider_agency)
    return next(named, False)


def _strategy_decision_owed(case: Case, _: Rules) -> Holding:
    return not case.episode.of(StrategyDecisionRecorded)


def _deceased(case: Case, _: Rules) -> Holding:
    return case.episode.death.event if case.episode.death else False


def _family_informed(case: Case, _: Rules) -> Holding:
    death = case.episode.death
    return death.family_informed_event or False if death else False


def _flag(case: Case, kinds: Iterable[FlagKind]) -> Holding:
    """A flag answered yes; one whose review lay before the absence began has expired and routes nothing."""
    wanted = frozenset(kinds)
    for flag in case.episode.flags:
        has_expired = flag.review_by is not None and flag.review_by < case.episode.began_at
        if flag.kind in wanted and flag.value is _YES and not has_expired:
            return flag.event
    return False


def _is_young(case: Case) -> bool:
    born, day = case.state.born, case.episode.began_at.date()
    if born is None:
        return False
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < _YOUNG


def _is_gravely_flagged(case: Case) -> bool:
    return bool(_flag(case, _GRAVE_FLAGS))


def _standing_on(case: Case, field: str) -> Holding:
    known = case.view.known(field)
    return (known.event if known else None) or True


@cache
def _bank_holidays(subdivision: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv=subdivision, years=year))


def _not(question: Callable[[Case, Rules], Holding]) -> Callable[[Case, Rules], Holding]:
    return lambda case, rules: not question(case, rules)


def _status_is(status: EpisodeStatus) -> Callable[[Case, Rules], Holding]:
    return lambda case, _: case.episode.status is status


_CONDITIONS: Final[dict[str, Callable[[Case, Rules], Holding]]] = {
    "reported_missing": _reported_missing,
    "reported_away": _reported_away,
    "open": lambda case, _: case.episode.is_open,
    "located": _located,
    "not_located": _not(_located),
    "not_returned": _status_is(EpisodeStatus.LOCATED_NOT_RETURNED),
    "ended": _ended,
    "return_to_confirm": _return_to_confirm,
    "police_unconfirmed": lambda case, _: case.episode.police_position is not PolicePosition.CONFIRMED,
    "looked_after": _looked_after,
    "out_of_area": _out_of_area,
    "high_risk": _high_risk,
    "high_now": _high_now,
    "medium_risk": _medium_risk,
    "medium_now": _medium_now,
    "travel_cue": _travel_cue,
    "rail_likely": _rail_likely,
    "travel_abroad_feared": _travel_abroad_feared,
    "exploitation": _exploitation,
    "protection_plan": _protection_plan,
    "protected_address": _protected_address,
    "unaccompanied": _unaccompanied,
    "school_day": _school_day,
    "harm_disclosed": _harm_disclosed,
    "interview_provider_named": _interview_provider_named,
    "prevention_interview_owed": lambda case, _: not case.episode.of(PreventionInterviewRecorded),
    "return_interview_owed": lambda case, _: not case.episode.of(ReturnInterviewRecorded),
    "strategy_decision_owed": _strategy_decision_owed,
    "not_with_family": lambda case, _: case.episode.nature is not Nature.WITH_FAMILY,
    "was_missing": lambda case, _: case.episode.was_missing or case.episode.never_reported,
    "deceased": _deceased,
    "not_deceased": _not(_deceased),
    "family_informed": _family_informed,
}
