"""The conditions that rows of the routing table combine: each a named question about one episode.

Those a row lists under `when` look at all that still stands, whenever it was said: a grade that was high counts after
it is lowered, one that was sent by mistake and corrected does not. Those meant for `while` look at this moment. The
vocabulary and its sentences are in `hub.routing.vocabulary`.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.episode.circumstances import is_exploited, is_flagged, is_looked_after
from hub.episode.repeats import repeat_count
from hub.episode.times import happened_at
from hub.event import Event
from hub.routing.case import Case
from hub.routing.recipients import provider_named
from hub.routing.rows import Rules
from hub.routing.school_days import school_asked_from
from schemas.records import (
    Answer,
    CareStatus,
    ChildFound,
    Condition,
    EpisodeStatus,
    FlagKind,
    Nature,
    PhaseKind,
    PlaceKind,
    PolicePosition,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReturnInterviewRecorded,
    RiskGrade,
    StrategyDecision,
    StrategyDecisionRecorded,
    TravelCue,
)

_LONDON: Final = ZoneInfo("Europe/London")
_OTHER_NATIONS: Final = re.compile(r"^[WSN]\d{8}$")
"""Codes of authorities of Wales, Scotland and Northern Ireland."""
_YES: Final = Answer.YES
_YOUNG: Final = 13
A_CHILD: Final = "is_a_child"
_ADULT: Final = 18
_GRAVE_FLAGS: Final = frozenset({FlagKind.EXPLOITATION, FlagKind.TRAFFICKING, FlagKind.MEDICATION, FlagKind.SELF_HARM})


def holds(condition: str, case: Case, rules: Rules) -> bool:
    """Whether a condition of the vocabulary holds for an episode."""
    return _CONDITIONS[condition](case, rules)


def _reported_missing(case: Case, _: Rules) -> bool:
    return case.episode.was_missing or case.episode.never_reported


def _reported_away(case: Case, _: Rules) -> bool:
    return any(phase.kind is PhaseKind.AWAY for phase in case.episode.phases)


def _located(case: Case, _: Rules) -> bool:
    return case.episode.found is not None or case.episode.returned is not None


def _ended(case: Case, _: Rules) -> bool:
    return not case.episode.is_open and (case.episode.returned is not None or case.episode.end_event is not None)


def _looked_after(case: Case, _: Rules) -> bool:
    return is_looked_after(case.episode)


def _out_of_area(case: Case, _: Rules) -> bool:
    roles = case.episode.authorities
    return roles.host is not None and roles.responsible is not None and roles.host != roles.responsible


def _high_risk(case: Case, rules: Rules) -> bool:
    was_high = any(one.grade in (RiskGrade.HIGH, RiskGrade.UNKNOWN) for one in case.episode.risk.assessments)
    is_grave = _is_young(case) or is_flagged(case.episode, _GRAVE_FLAGS)
    return _high_now(case, rules) or was_high or (is_grave and _began_ungraded(case))


def _high_now(case: Case, _: Rules) -> bool:
    return case.episode.risk.treated_as is RiskGrade.HIGH


def _medium_risk(case: Case, rules: Rules) -> bool:
    was_medium = any(one.grade is RiskGrade.MEDIUM for one in case.episode.risk.assessments)
    return _medium_now(case, rules) or was_medium or _began_ungraded(case)


def _medium_now(case: Case, _: Rules) -> bool:
    return case.episode.risk.treated_as is RiskGrade.MEDIUM


def _began_ungraded(case: Case) -> bool:
    """Whether the hub knew of the absence before it knew a grade."""
    graded = min((one.accepted_at for one in case.episode.risk.assessments), default=None)
    return any(graded is None or report.accepted_at < graded for report in case.reports)


def _travel_cue(case: Case, _: Rules) -> bool:
    return _has_cue(case, frozenset(TravelCue) - {TravelCue.UNKNOWN}) or _last_seen_at_transport(case)


def _rail_likely(case: Case, _: Rules) -> bool:
    return _has_cue(case, frozenset({TravelCue.STATION, TravelCue.TICKET})) or _last_seen_at_transport(case)


def _travel_abroad_feared(case: Case, _: Rules) -> bool:
    is_taken = case.episode.nature in (Nature.TAKEN_BY_FAMILY, Nature.TAKEN_BY_OTHER)
    return is_taken or _has_cue(case, frozenset({TravelCue.ABROAD}))


def _has_cue(case: Case, wanted: frozenset[TravelCue]) -> bool:
    return not wanted.isdisjoint(case.episode.travel_cues)


def _last_seen_at_transport(case: Case) -> bool:
    return any(report.last_seen_place_kind is PlaceKind.TRANSPORT_HUB for report in case.reports)


def _exploitation(case: Case, _: Rules) -> bool:
    return is_exploited(case.episode)


def _protection_plan(case: Case, _: Rules) -> bool:
    has_plan = any(care.status is CareStatus.PROTECTION_PLAN for care in case.episode.care)
    return has_plan or is_flagged(case.episode, (FlagKind.PROTECTION_PLAN,))


def _missing_repeatedly(case: Case, rules: Rules) -> bool:
    return case.episode.is_counted and repeats(case, rules) >= rules.repeat.count


def repeats(case: Case, rules: Rules) -> int:
    """How many absences of the child, this one included, began within the window of the rules."""
    return repeat_count(case.state, case.episode, rules.repeat.within)


def _protected_address(case: Case, _: Rules) -> bool:
    """A flag that has expired protects all the same, so whoever alone may hold the address goes on holding it."""
    return case.view.keeps_an_address


def _unaccompanied(case: Case, _: Rules) -> bool:
    return is_flagged(case.episode, (FlagKind.UNACCOMPANIED,))


def _school_day(case: Case, rules: Rules) -> bool:
    """Once it holds it goes on holding, so that nothing is withdrawn because a day is over."""
    asked_from = school_asked_from(case.episode, rules)
    return asked_from is not None and asked_from <= case.as_of


def _harm_disclosed(case: Case, _: Rules) -> bool:
    return bool(told_of_harm(case))


def told_of_harm(case: Case) -> list[datetime]:
    """When the child told of harm, in the order of time."""
    told = [event for event, body in case.episode.of(PreventionInterviewRecorded) if body.harm_disclosed is _YES]
    told += [event for event, body in case.episode.of(ReturnInterviewRecorded) if body.harm_disclosed is _YES]
    return sorted(happened_at(event) for event in told)


def decisions_on_harm(case: Case) -> list[Event]:
    """The strategy decisions made after the child told of harm: one from before answers what was known then."""
    told = told_of_harm(case)
    return decisions_since(case, told[0]) if told else []


def decisions_since(case: Case, since: datetime) -> list[Event]:
    """The strategy decisions about the child from a time on, as the duty counts them: whichever absence they lie in."""
    return [
        event
        for event in case.state.standing
        if isinstance(event.body, StrategyDecisionRecorded)
        and event.body.decision is not StrategyDecision.UNKNOWN
        and happened_at(event) >= since
    ]


def _strategy_decision_owed(case: Case, _: Rules) -> bool:
    """None is recorded since the absence was reported; one from before did not know of it."""
    since = min((report.accepted_at for report in case.reports), default=None)
    anchor = case.by_id.get(case.episode.anchor)
    since = since or (anchor.accepted_at if anchor is not None else case.episode.began_at)
    return _was_a_child(case, since) and not decisions_since(case, since)


def _decision_on_harm_owed(case: Case, _: Rules) -> bool:
    """What the child tells anew is decided anew, as the duty of the deadlines is owed anew."""
    told = told_of_harm(case)
    is_owed = bool(told) and _was_a_child(case, told[-1])
    return is_owed and all(happened_at(event) < told[-1] for event in decisions_on_harm(case))


def _seriously_harmed(case: Case, rules: Rules) -> bool:
    """As the duty to notify a serious incident counts it."""
    is_injured = any(body.condition is Condition.INJURED for _, body in case.episode.of(ChildFound))
    return is_injured and _harm_disclosed(case, rules)


def _return_interview_owed(case: Case, _: Rules) -> bool:
    """The duty is one of England's authorities, wherever the child is; Wales and Scotland have their own (c). None is
    owed to whoever was of age when the absence ended.
    """
    responsible = case.episode.authorities.responsible
    is_english = responsible is None or not _OTHER_NATIONS.match(responsible)
    ended = case.episode.ended_at or case.episode.ended_before or case.as_of
    recorded = (event for event, _ in case.episode.of(ReturnInterviewRecorded))
    is_recorded = any(case.episode.has_begun_by(happened_at(event)) for event in recorded)
    return is_english and _was_a_child(case, ended) and not is_recorded


def _interview_provider_named(case: Case, _: Rules) -> bool:
    return provider_named(case) is not None


def _deceased(case: Case, _: Rules) -> bool:
    return case.episode.deceased


def _family_informed(case: Case, _: Rules) -> bool:
    death = case.episode.death
    return death is not None and death.family_informed_event is not None


def _is_young(case: Case) -> bool:
    return _is_under(_YOUNG, case.state.born, case.episode.began_at.date())


def is_a_child(case: Case, _: Rules) -> bool:
    """On the local day of the latest event; a child whose birthday nobody gives is a child."""
    return _was_a_child(case, case.as_of)


def _was_a_child(case: Case, when: datetime) -> bool:
    """On the local day of a time."""
    born = case.state.born
    return born is None or _is_under(_ADULT, born, when.astimezone(_LONDON).date())


def _is_under(years: int, born: date | None, day: date) -> bool:
    return born is not None and day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < years


def _not(question: Callable[[Case, Rules], bool]) -> Callable[[Case, Rules], bool]:
    return lambda case, rules: not question(case, rules)


def _return_to_confirm(case: Case, _: Rules) -> bool:
    """Somebody says so who cannot close the absence; or the placement did, and police have not seen the child since."""
    back = case.episode.returned
    by_placement = back is not None and back.needs_police and not _police_saw(case)
    return case.episode.status is EpisodeStatus.RETURN_REPORTED or by_placement


def _police_saw(case: Case) -> bool:
    """Whether the prevention interview was held, or declined by the child: one not possible leaves it owed."""
    done = {PreventionOutcome.HELD, PreventionOutcome.DECLINED}
    recorded = case.episode.of(PreventionInterviewRecorded)
    return any(body.outcome in done and case.episode.has_begun_by(happened_at(event)) for event, body in recorded)


def _prevention_interview_owed(case: Case, _: Rules) -> bool:
    """As the duty counts it: of a child that was not missing none is owed."""
    return case.episode.status is not EpisodeStatus.NOT_MISSING and not _police_saw(case)


def _status_is(status: EpisodeStatus) -> Callable[[Case, Rules], bool]:
    return lambda case, _: case.episode.status is status


_CONDITIONS: Final[dict[str, Callable[[Case, Rules], bool]]] = {
    "reported_missing": _reported_missing,
    "reported_away": _reported_away,
    "open": lambda case, _: case.episode.is_open,
    "located": _located,
    "not_located": _not(_located),
    "not_returned": _status_is(EpisodeStatus.LOCATED_NOT_RETURNED),
    "ended": _ended,
    "detained": lambda case, _: case.episode.is_detained,
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
    "missing_repeatedly": _missing_repeatedly,
    "protected_address": _protected_address,
    "unaccompanied": _unaccompanied,
    "school_day": _school_day,
    "harm_disclosed": _harm_disclosed,
    "seriously_harmed": _seriously_harmed,
    "return_interview_recorded": lambda case, _: bool(case.episode.of(ReturnInterviewRecorded)),
    "interview_provider_named": _interview_provider_named,
    "prevention_interview_owed": _prevention_interview_owed,
    "return_interview_owed": _return_interview_owed,
    "decision_on_harm_owed": _decision_on_harm_owed,
    "strategy_decision_owed": _strategy_decision_owed,
    "not_with_family": lambda case, _: case.episode.nature is not Nature.WITH_FAMILY,
    "deceased": _deceased,
    A_CHILD: is_a_child,
    "not_deceased": _not(_deceased),
    "family_informed": _family_informed,
}
