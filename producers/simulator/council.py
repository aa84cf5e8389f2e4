"""How a council tells an absence: late, from its own records, and then what it owes: decision and return interview."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from producers.simulator.incident import Ending
from producers.simulator.telling import PlannedMessage, Teller
from schemas.records import (
    Answer,
    AttemptOutcome,
    CancelReason,
    InterviewerRelation,
    InterviewOutcome,
    MissingAmended,
    OfferAttempt,
    OfferMeans,
    Placement,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PoliceContact,
    PoliceContactState,
    PullFactor,
    PushFactor,
    Relation,
    ReportCancelled,
    Reporter,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    SeenBy,
    StrategyDecision,
    StrategyDecisionRecorded,
)

__all__ = ["council_tells", "interview"]

_REPEAT: Final = 2
"""Absences before this one from which a strategy decision is owed: three in 90 days."""
_WITHIN_HOURS: Final = 72.0


def council_tells(teller: Teller) -> Iterator[PlannedMessage]:
    """Everything that the responsible authority sends about one absence, in order."""
    incident, parameters, draw = teller.incident, teller.parameters, teller.draw
    written_at = incident.noticed_at + teller.minutes("telling.council_records_after_minutes")
    home_at = max(incident.returned_at + teller.minutes("telling.council_records_after_minutes"), written_at)
    if parameters.happens("telling.council_reports_share", draw):
        first = teller.missing(
            written_at,
            reporter=Reporter(relation=Relation.CARER if incident.child.is_looked_after else Relation.PARENT),
            police_contact=PoliceContact(state=PoliceContactState.REPORTED, at=incident.noticed_at, route="telephone"),
        )
        yield first
        if parameters.happens("telling.amended_share", draw):
            yield _amended(teller, first, written_at + timedelta(hours=1))
        if (correction := teller.corrected(first, written_at + timedelta(hours=5))) is not None:
            yield correction
        if incident.ending is Ending.WAS_WHERE_EXPECTED:
            cancelled = ReportCancelled(
                **teller.head(home_at, home_at), cancels=first.id, reason=CancelReason.WAS_WHERE_EXPECTED
            )
            yield teller.message(home_at, cancelled)
            return
        yield teller.returned(home_at, SeenBy.PROFESSIONAL)
    if incident.earlier >= _REPEAT or incident.harm_disclosed:
        yield _decision(teller, home_at + timedelta(hours=draw.uniform(2, 20)))
    yield from _return_interview(teller)
    yield from _moved(teller, home_at)


def _amended(teller: Teller, first: PlannedMessage, at: datetime) -> PlannedMessage:
    amended = MissingAmended(
        **teller.head(at, at),
        amends=first.id,
        reason="The carer has rung again.",
        circumstances="A friend has had a message: they may be on the way to the town centre.",
    )
    return teller.message(at, amended)


def _decision(teller: Teller, at: datetime) -> PlannedMessage:
    decided = StrategyDecisionRecorded(
        **teller.head(at, at),
        decision=StrategyDecision.HELD if teller.draw.random() < 0.6 else StrategyDecision.NOT_NEEDED,  # noqa: PLR2004 - assumed
        reason="Repeated absences reviewed with police and the placement.",
        decider_role="team manager",
        decided_at=at,
        duty_authority=teller.knows.agency.id,
        other_accepted=Answer.UNKNOWN,
    )
    return teller.message(at, decided)


def _moved(teller: Teller, after: datetime) -> Iterator[PlannedMessage]:
    """Some looked-after children are placed elsewhere soon after: told to the hub as the placement begins."""
    child, parameters, draw = teller.incident.child, teller.parameters, teller.draw
    if not child.is_looked_after or not parameters.happens("placements.moved_after_return_share", draw):
        return
    at = after + teller.hours("placements.moved_after_hours")
    is_emergency = parameters.happens("placements.emergency_share", draw)
    moved = PlacementChanged(
        **teller.head(at, at),
        from_placement=Placement(kind=child.placement, host_authority=child.usual_area),
        to_placement=Placement(kind=PlacementKind.FOSTER, name="Sample carers", host_authority=teller.knows.agency.id),
        move=PlacementMove.EMERGENCY if is_emergency else PlacementMove.PLANNED,
        started_at=at,
        host_authority=teller.knows.agency.id,
        reason="A place that suits the child better.",
    )
    yield teller.message(at, moved)


def _return_interview(teller: Teller) -> Iterator[PlannedMessage]:
    """Offers and interviews, as unevenly as published: each authority has a share of its own; some never come."""
    parameters, draw = teller.parameters, teller.draw
    habit = Random(f"{teller.knows.agency.id}:offers")  # noqa: S311 - nothing secret
    share = habit.gauss(
        parameters.number("interviews.offered_share"), parameters.number("interviews.offered_share_spread")
    )
    if draw.random() > min(max(share, 0.15), 0.98):
        return
    offered_at = teller.incident.returned_at + teller.hours("interviews.offer_after_hours")
    outcome = _outcome(teller)
    attempt = OfferAttempt(
        at=offered_at,
        means=OfferMeans.TELEPHONE,
        by_role="return interview worker",
        outcome=_ATTEMPTS.get(outcome, AttemptOutcome.NO_ANSWER),
    )
    yield teller.message(offered_at, ReturnInterviewOffered(**teller.head(offered_at, offered_at), attempts=(attempt,)))
    if outcome is InterviewOutcome.UNKNOWN:
        return
    in_time = parameters.happens("interviews.within_72_hours_share", draw)
    hours = draw.uniform(18, _WITHIN_HOURS) if in_time else draw.uniform(_WITHIN_HOURS, 2 * _WITHIN_HOURS)
    at = max(teller.incident.returned_at + timedelta(hours=hours), offered_at + timedelta(hours=1))
    yield teller.message(at, interview(teller, at, outcome))


def interview(teller: Teller, at: datetime, outcome: InterviewOutcome) -> ReturnInterviewRecorded:
    """The record of a return interview, held or not."""
    draw, was_held = teller.draw, outcome is InterviewOutcome.HELD
    is_independent = teller.parameters.happens("interviews.independent_share", draw)
    return ReturnInterviewRecorded(
        **teller.head(at, at),
        outcome=outcome,
        held_at=at if was_held else None,
        interviewer_relation=(
            InterviewerRelation.INDEPENDENT_PROVIDER if is_independent else InterviewerRelation.SOCIAL_WORKER
        ),
        not_independent_because=None if is_independent else "No independent worker was free.",
        push_factors=(draw.choice((PushFactor.CONFLICT_AT_HOME, PushFactor.RESTRICTIONS, PushFactor.BOREDOM)),)
        if was_held
        else (),
        pull_factors=(draw.choice((PullFactor.FRIENDS, PullFactor.FAMILY, PullFactor.PARTNER)),) if was_held else (),
        harm_disclosed=Answer.NO if was_held else Answer.NOT_KNOWN,
    )


_ATTEMPTS: Final = {
    InterviewOutcome.HELD: AttemptOutcome.ACCEPTED,
    InterviewOutcome.DECLINED_BY_CHILD: AttemptOutcome.DECLINED_BY_CHILD,
    InterviewOutcome.DECLINED_BY_PARENT: AttemptOutcome.DECLINED_BY_PARENT,
}


def _outcome(teller: Teller) -> InterviewOutcome:
    """What becomes of an offer; `unknown` where nothing is ever recorded."""
    parameters, draw = teller.parameters, teller.draw
    if parameters.happens("interviews.completed_share", draw):
        return InterviewOutcome.HELD
    if parameters.happens("interviews.declined_by_child_share", draw):
        return InterviewOutcome.DECLINED_BY_CHILD
    if parameters.happens("interviews.no_contact_share", draw):
        return InterviewOutcome.UNKNOWN
    return InterviewOutcome.DECLINED_BY_PARENT
