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

__all__ = ["council_tells"]

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


def _return_interview(teller: Teller) -> Iterator[PlannedMessage]:
    """Offers and interviews, as unevenly as published: each authority has a share of its own."""
    parameters, draw = teller.parameters, teller.draw
    habit = Random(f"{teller.knows.agency.id}:offers")  # noqa: S311 - nothing secret
    share = habit.gauss(
        parameters.number("interviews.offered_share"), parameters.number("interviews.offered_share_spread")
    )
    if draw.random() > min(max(share, 0.15), 0.98):
        return
    offered_at = teller.incident.returned_at + teller.hours("interviews.offer_after_hours")
    is_done = parameters.happens("interviews.completed_share", draw)
    attempt = OfferAttempt(
        at=offered_at,
        means=OfferMeans.TELEPHONE,
        by_role="return interview worker",
        outcome=AttemptOutcome.ACCEPTED if is_done else AttemptOutcome.DECLINED_BY_CHILD,
    )
    yield teller.message(offered_at, ReturnInterviewOffered(**teller.head(offered_at, offered_at), attempts=(attempt,)))
    in_time = parameters.happens("interviews.within_72_hours_share", draw)
    hours = draw.uniform(18, _WITHIN_HOURS) if in_time else draw.uniform(_WITHIN_HOURS, 2 * _WITHIN_HOURS)
    at = max(teller.incident.returned_at + timedelta(hours=hours), offered_at + timedelta(hours=1))
    is_independent = parameters.happens("interviews.independent_share", draw)
    yield teller.message(
        at,
        ReturnInterviewRecorded(
            **teller.head(at, at),
            outcome=InterviewOutcome.HELD if is_done else InterviewOutcome.DECLINED_BY_CHILD,
            held_at=at if is_done else None,
            interviewer_relation=(
                InterviewerRelation.INDEPENDENT_PROVIDER if is_independent else InterviewerRelation.SOCIAL_WORKER
            ),
            not_independent_because=None if is_independent else "No independent worker was free.",
            push_factors=(draw.choice((PushFactor.CONFLICT_AT_HOME, PushFactor.RESTRICTIONS, PushFactor.BOREDOM)),)
            if is_done
            else (),
            pull_factors=(draw.choice((PullFactor.FRIENDS, PullFactor.FAMILY, PullFactor.PARTNER)),) if is_done else (),
            harm_disclosed=Answer.NO if is_done else Answer.NOT_KNOWN,
        ),
    )
