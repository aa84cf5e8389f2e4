"""What closes the duties of police: answers, assessments, circulation, publicity."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from hub.deadlines.answers import police_answer
from hub.deadlines.case import Case
from hub.deadlines.model import Base, Moment, earliest
from hub.deadlines.owers import owers
from hub.episode.holding import UNRECORDED
from hub.episode.times import asserted_at, happened_at, past
from hub.event import Event
from schemas.records import (
    NationalComputerState,
    PoliceDecision,
    PoliceResponse,
    Publicity,
    PublicityDecided,
)


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
    return earliest(
        Moment(at=past(body.circulated_at, event.accepted_at) or asserted_at(event), event=event.id)
        for event, body in case.of(PoliceResponse)
        if body.circulated_at is not None or body.national_computer is NationalComputerState.CIRCULATED
    )


def _circulation_cancelled(case: Case, _: Base) -> Moment | None:
    since = case.missing_again_at
    return earliest(
        moment
        for event, body in case.of(PoliceResponse)
        if body.circulation_cancelled_at is not None or body.national_computer is NationalComputerState.CANCELLED
        for moment in [
            Moment(at=past(body.circulation_cancelled_at, event.accepted_at) or asserted_at(event), event=event.id)
        ]
        if since is None or moment.at >= since
    )


def _police_did_not_record(case: Case, base: Base) -> Moment | None:
    """The force that owes says that it does not treat the child as missing, and no force does.

    Another's answer takes nothing from it: neither from the force that has the case, nor from one that is still to
    answer. Where nobody knows which force that is, any answer counts.
    """
    if case.episode.forces.owning is not None:
        return None
    owing = owers(case, "owning_force", base)
    said = [
        (event, body)
        for event, body in case.of(PoliceResponse)
        if body.decision is not PoliceDecision.UNKNOWN and (not owing or event.sender in owing)
    ]
    last = max(said, key=lambda each: (each[0].order, each[0].id), default=None)
    if last is None or last[1].decision not in UNRECORDED:
        return None
    return Moment(at=asserted_at(last[0]), event=last[0].id)


def _appeal_withdrawn(case: Case, _: Base) -> Moment | None:
    said = case.of(PublicityDecided)
    last = max(said, key=lambda each: (_decided_at(*each), each[0].order), default=None)
    if last is None or (last[1].withdrawn_at is None and last[1].decision is not Publicity.NONE):
        return None
    at = past(last[1].withdrawn_at, last[0].accepted_at) or happened_at(last[0])
    return Moment(at=at, event=last[0].id)


def _decided_at(event: Event, body: PublicityDecided) -> datetime:
    return past(body.withdrawn_at, event.accepted_at) or happened_at(event)


STOPS: Final[dict[str, Callable[[Case, Base], Moment | None]]] = {
    "police_answered": lambda case, _: police_answer(case),
    "risk_assessed": _first_assessment,
    "risk_assessed_again": _assessed_again,
    "reviewed_by_police": _reviewed,
    "circulated": _circulated,
    "circulation_cancelled": _circulation_cancelled,
    "police_did_not_record": _police_did_not_record,
    "appeal_withdrawn": _appeal_withdrawn,
}
"""Words that close what stands here."""
