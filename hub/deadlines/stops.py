"""What closes a duty: each word finds the moment at which it did, or says that it has not.

The same words stand under `stops_when` (then the duty is met) and `withdrawn_when` (then it is owed no longer). A
moment is when the thing happened, never later than the acceptance of the message that tells of it. What answers a
return (interviews, offers) counts whatever its time, also from before the return; what answers a question asked at
some time counts from then on. A death, a cancellation, a child that was not missing and an eighteenth birthday close
what a rule does not say it outlives.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from hub.deadlines import stops_of_care as care
from hub.deadlines.case import Case
from hub.deadlines.interviews import (
    attempts,
    child_declined,
    first_with,
    no_contact,
    prevention_interviews,
    return_interviews,
)
from hub.deadlines.model import Base, Moment
from hub.episode.times import asserted_at, happened_at, past
from hub.event import Event
from hub.ids import EventId
from schemas.records import (
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    InterviewOutcome,
    MissingAmended,
    MissingReported,
    NationalComputerState,
    PhaseKind,
    PoliceDecision,
    PoliceResponse,
    PreventionOutcome,
    Publicity,
    PublicityDecided,
    ReturnArranged,
    ReturnInterviewRecorded,
    StatusClaimed,
    StrategyDecision,
    StrategyDecisionRecorded,
)

ENDINGS: Final = ("deceased", "not_missing", "cancelled", "turned_18", "adult")
"""What ends every duty whose row does not list it under `even_if`; `adult` keeps one from beginning."""

_UNRECORDED: Final = frozenset({PoliceDecision.NOT_RECORDED, PoliceDecision.CONCERN_ONLY})
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


# ---- police ----


def _police_message(case: Case, _: Base) -> Moment | None:
    police = case.episode.police
    if police.confirmed_at is None or police.event is None:
        return None
    return Moment(at=police.confirmed_at, event=police.event)


def _first_assessment(case: Case, _: Base) -> Moment | None:
    first = next(iter(case.episode.risk.assessments), None)
    return None if first is None else Moment(at=first.at, event=first.event)


def _assessed_again(case: Case, base: Base) -> Moment | None:
    """The next assessment of police after the one that the review counts from."""
    said = case.episode.risk.assessments
    place = next((place for place, each in enumerate(said) if each.event == base.event), None)
    later = said[place + 1 :] if place is not None else [each for each in said if each.at > base.at]
    return next((Moment(at=each.at, event=each.event) for each in later), None)


def _reviewed(case: Case, base: Base) -> Moment | None:
    """A police assessment in the second half of the step, or later (c)."""
    due = base.stated or base.at
    since = base.at + (due - base.at) / 2
    return next(
        (Moment(at=each.at, event=each.event) for each in case.episode.risk.assessments if each.at >= since), None
    )


def _circulated(case: Case, _: Base) -> Moment | None:
    return _first(
        Moment(at=past(body.circulated_at, event.accepted_at) or asserted_at(event), event=event.id)
        for event, body in case.of(PoliceResponse)
        if body.circulated_at is not None or body.national_computer is NationalComputerState.CIRCULATED
    )


def _circulation_cancelled(case: Case, _: Base) -> Moment | None:
    since = case.missing_again_at
    return _first(
        moment
        for event, body in case.of(PoliceResponse)
        if body.circulation_cancelled_at is not None or body.national_computer is NationalComputerState.CANCELLED
        for moment in [
            Moment(at=past(body.circulation_cancelled_at, event.accepted_at) or asserted_at(event), event=event.id)
        ]
        if since is None or moment.at >= since
    )


def _police_did_not_record(case: Case, _: Base) -> Moment | None:
    """Police said that they do not treat the child as missing; a later record of theirs takes it back."""
    police = case.episode.police
    if police.decision not in _UNRECORDED or police.decision_event is None or police.decided_at is None:
        return None
    return Moment(at=police.decided_at, event=police.decision_event)


def _appeal_withdrawn(case: Case, _: Base) -> Moment | None:
    said = case.of(PublicityDecided)
    last = max(said, key=lambda each: (_decided_at(*each), each[0].order), default=None)
    if last is None or (last[1].withdrawn_at is None and last[1].decision is not Publicity.NONE):
        return None
    at = past(last[1].withdrawn_at, last[0].accepted_at) or happened_at(last[0])
    return Moment(at=at, event=last[0].id)


def _decided_at(event: Event, body: PublicityDecided) -> datetime:
    return past(body.withdrawn_at, event.accepted_at) or happened_at(event)


# ---- the absence itself ----


def _found_or_back(case: Case, base: Base) -> Moment | None:
    """Located after the base, or the absence over."""
    located = next(
        (
            Moment(at=phase.began_at, event=phase.event)
            for phase in case.episode.phases
            if phase.kind is PhaseKind.LOCATED and phase.began_at >= base.at
        ),
        None,
    )
    return located or _absence_over(case, base)


def _absence_over(case: Case, _: Base) -> Moment | None:
    end = case.episode.end_event
    return None if case.over_at is None or end is None else Moment(at=case.over_at, event=end)


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
    return _first(Moment(at=event.accepted_at, event=event.id) for event in found if event.accepted_at >= base.at)


def _return_arranged(case: Case, base: Base) -> Moment | None:
    """Somebody says who fetches the child, or why nobody can; from a little before the finding was told on."""
    return _first(
        Moment(at=asserted_at(event), event=event.id)
        for event, _ in case.of(ReturnArranged)
        if asserted_at(event) >= base.at
    )


# ---- interviews ----


def _prevention_recorded(case: Case, _: Base) -> Moment | None:
    return _first(Moment(at=at, event=event.id) for event, _, at in prevention_interviews(case))


def _prevention_shared(case: Case, base: Base) -> Moment | None:
    """The hub has the record: it is shared from its acceptance on."""
    return _first(
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
    return _first(
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
    return _first(
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


def _strategy_decided(case: Case, base: Base) -> Moment | None:
    """A decision from the trigger on; one from before answers what was known then."""
    return _first(
        Moment(at=happened_at(event), event=event.id)
        for event, body in case.of(StrategyDecisionRecorded)
        if body.decision is not StrategyDecision.UNKNOWN and happened_at(event) >= base.at
    )


def _first(moments: Iterable[Moment]) -> Moment | None:
    return min(moments, key=lambda moment: (moment.at, moment.event), default=None)


STOPS: Final[dict[str, _Stop]] = {
    "police_message": _police_message,
    "risk_assessed": _first_assessment,
    "risk_assessed_again": _assessed_again,
    "reviewed_by_police": _reviewed,
    "circulated": _circulated,
    "circulation_cancelled": _circulation_cancelled,
    "police_did_not_record": _police_did_not_record,
    "appeal_withdrawn": _appeal_withdrawn,
    "found_or_back": _found_or_back,
    "absence_over": _absence_over,
    "left_again": _left_again,
    "missing_by_now": _missing_by_now,
    "status_said": _status_said,
    "return_arranged": _return_arranged,
    "prevention_interview_recorded": _prevention_recorded,
    "prevention_interview_shared": _prevention_shared,
    "interview_offered": _offered,
    "interview_offered_again": _offered_again,
    "interview_held": _held,
    "interview_held_later": _held_later,
    "interview_declined_by_child": _child_declined,
    "child_declined": _declined_anyhow,
    "no_contact_after_two_attempts": _no_contact,
    "adulthood_recorded": _adult_recorded,
    "findings_given": _findings_given,
    "strategy_decided": _strategy_decided,
    **care.STOPS,
}
"""Every word that closes a duty; what each means is said in `hub.deadlines.vocabulary`."""
