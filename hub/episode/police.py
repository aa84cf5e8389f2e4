"""Whether police know of an absence, and how they hold it (law 3).

A report to the hub is no call to the police. The position is unconfirmed until a force has answered: said how it holds
the child, or where the child is. That somebody of another force saw a child, or asks something, is no answer, and what
others say of having rung (`police_contact`) stays on their reports and confirms nothing. Of several forces' latest
answers the one that records most counts: that one does not record the child takes nothing from one that does, be it
by an answer or by its own report, claim or grade (`holding`). Reference and unit are those of the force that has the
case, where it gives them.
"""

from collections.abc import Sequence
from typing import Final

from hub.episode.holding import UNRECORDED, Holding, answers
from hub.episode.model import PoliceStanding
from hub.episode.times import asserted_at, past
from hub.event import Event
from schemas.records import (
    NationalComputerState,
    PoliceDecision,
    PolicePosition,
    PoliceResponse,
)

_HELD: Final = {
    PoliceDecision.NOT_RECORDED: 0,
    PoliceDecision.CONCERN_ONLY: 1,
    PoliceDecision.RECORDED_NO_APPARENT_RISK: 2,
    PoliceDecision.RECORDED_MISSING: 3,
}


def police_standing(standing: Sequence[Event], held: Holding) -> PoliceStanding:
    """The police position of an episode from its standing events in the order accepted, and who holds the case."""
    messages = [event for event in standing if answers(event)]
    first = messages[0] if messages else None
    responses = [(event, event.body) for event in messages if isinstance(event.body, PoliceResponse)]
    is_held = bool(held.since)
    said = {e.sender: (e, b) for e, b in responses if b.decision is not PoliceDecision.UNKNOWN}
    counted = [(e, b) for e, b in said.values() if not (is_held and b.decision in UNRECORDED)]
    decided = max(counted, key=lambda one: (_HELD[one[1].decision], one[0].order, one[0].id), default=None)
    of_owner = [b for e, b in responses if e.sender == held.owner]
    others = [b for e, b in responses if e.sender != held.owner and not (is_held and b.decision in UNRECORDED)]
    named = [*others, *of_owner]
    computer = [b.national_computer for _, b in responses if b.national_computer is not NationalComputerState.UNKNOWN]
    circulated = [past(b.circulated_at, e.accepted_at) for e, b in responses if b.circulated_at is not None]
    taken_off = [
        past(b.circulation_cancelled_at, e.accepted_at) for e, b in responses if b.circulation_cancelled_at is not None
    ]
    return PoliceStanding(
        position=PolicePosition.UNCONFIRMED if first is None else PolicePosition.CONFIRMED,
        confirmed_at=None if first is None else first.accepted_at,
        event=None if first is None else first.id,
        agency=None if first is None else first.sender,
        decision=PoliceDecision.UNKNOWN if decided is None else decided[1].decision,
        decided_at=None if decided is None else asserted_at(decided[0]),
        decision_event=None if decided is None else decided[0].id,
        reference=next((b.reference for b in reversed(named) if b.reference), None),
        owning_unit=next((b.owning_unit for b in reversed(named) if b.owning_unit), None),
        national_computer=computer[-1] if computer else NationalComputerState.UNKNOWN,
        circulated_at=circulated[-1] if circulated else None,
        circulation_cancelled_at=taken_off[-1] if taken_off else None,
    )
