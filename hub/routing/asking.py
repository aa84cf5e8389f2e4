"""What a desk is asked now: what a row asks and it was not asked yet, or was asked of something that has passed since.

What a row asks rests on how things stood: on a return, on a child that was located and not fetched, on a report that no
police had answered. Where the desk has since been told, or has said itself, that they stand otherwise, or where what
had answered the asking was withdrawn, and the row asks again now, the desk is asked again; so is whoever is asked while
an absence goes on, if the child was located and is missing again, and whoever decided on harm, if the child tells of
harm anew. A second message that says the same asks nothing.

What was asked is read from `Told` by row and place in the order: rows that older versions wrote say as much, and nobody
is asked again because of an upgrade, unless what the asking rested on has passed.
"""

from functools import cached_property
from typing import Final

from hub.delivery.points import Seat
from hub.delivery.rota import acted_for
from hub.episode.facts import StatusClaim
from hub.episode.holding import answers
from hub.episode.model import OPEN
from hub.event import Event
from hub.routing.case import Case
from hub.routing.conditions import decisions_on_harm
from hub.routing.entitlement import Entitled
from hub.routing.knowledge import Asked, Knowledge
from hub.routing.rows import RoutingRow
from hub.routing.said import Said
from hub.routing.vocabulary import DUTY_DESK
from schemas.records import (
    AgencyMessage,
    Ask,
    EpisodeStatus,
    PreventionInterviewRecorded,
    ReturnInterviewRecorded,
    StrategyDecisionRecorded,
)

_EVERY: Final = frozenset(EpisodeStatus)
_NOT_FOUND: Final = frozenset({EpisodeStatus.MISSING, EpisodeStatus.AWAY, EpisodeStatus.UNKNOWN})
_HOLDS_IN: Final = {
    "open": OPEN,
    "not_located": _NOT_FOUND | {EpisodeStatus.RETURN_REPORTED},
    "located": _EVERY - _NOT_FOUND,
    "not_returned": frozenset({EpisodeStatus.LOCATED_NOT_RETURNED}),
    "return_to_confirm": frozenset({EpisodeStatus.RETURN_REPORTED, EpisodeStatus.RETURNED}),
    "ended": _EVERY - OPEN,
}
"""The statuses of an episode in which a condition of the table may hold; every other condition may in any."""
_ANSWERED_BY: Final[dict[str, type[AgencyMessage]]] = {
    "police_unconfirmed": AgencyMessage,
    "prevention_interview_owed": PreventionInterviewRecorded,
    "return_interview_owed": ReturnInterviewRecorded,
    "strategy_decision_owed": StrategyDecisionRecorded,
    "decision_on_harm_owed": StrategyDecisionRecorded,
}
"""What ends a condition while it stands; of the first, any answer of a force."""
_ON_HARM: Final = "decision_on_harm_owed"
"""What may be owed anew after it was done: the child tells of more."""


class Asking:
    """What the rows of one episode ask of its desks."""

    def __init__(self, case: Case, said: Said) -> None:
        self._case = case
        self._said = said

    def asks(
        self, entitled: Entitled, seat: Seat, knows: Knowledge, status: str, *, has_reported: bool, is_reached: bool
    ) -> bool:
        """Whether a row asks a desk something now. `status` is the status that the desk may see.

        What it was asked by somebody's telephone it is asked in writing once it can be reached.
        """
        row = entitled.row
        if row.ask is not Ask.ACTION or not entitled.is_current or (has_reported and row.unless_it_reported):
            return False
        asked = knows.asked.get(row.id)
        return asked is None or (asked.is_spoken and is_reached) or self._has_passed(row, seat, asked, status)

    def _has_passed(self, row: RoutingRow, seat: Seat, asked: Asked, status: str) -> bool:
        """Whether, after a desk was asked, it learned that what the row rests on was not so, or no longer."""
        conditions = (*row.when, *row.while_)
        holds = _EVERY.intersection(*(_HOLDS_IN.get(condition, _EVERY) for condition in conditions))
        if holds < _EVERY and self._case.episode.status in _NOT_FOUND:
            holds -= {EpisodeStatus.LOCATED_NOT_RETURNED}
        told = {word for word in asked.statuses_since if word != status and word in _EVERY}
        if told - holds or any(self._said.meant(claim).isdisjoint(holds) for claim in self._own(seat, asked)):
            return True
        if _ON_HARM in conditions and any(event.order > asked.at for event in decisions_on_harm(self._case)):
            return True
        return any(
            isinstance(event.body, answer)
            and (answer is not AgencyMessage or answers(event))
            and event.order > asked.at
            for answer in (_ANSWERED_BY[condition] for condition in conditions if condition in _ANSWERED_BY)
            for event in self._withdrawn
        )

    def _own(self, seat: Seat, asked: Asked) -> tuple[StatusClaim, ...]:
        """What the desk's agency has claimed of the status since it was asked, and which was overtaken since."""
        if DUTY_DESK not in (seat[1], (acted_for(seat[1]) or ("",))[0]):
            return ()
        return tuple(
            claim
            for claim in self._said.claims(seat[0])
            if claim.is_competent
            and asked.at < self._case.order(claim.event) < self._said.stands_on_status(self._case.episode.status)
            and (claim.answered_by is None or self._case.order(claim.answered_by) > self._case.order(claim.event))
        )

    @cached_property
    def _withdrawn(self) -> tuple[Event, ...]:
        """What was said of the episode and is said no longer."""
        stand, of_it = {event.id for event in self._case.episode.standing}, frozenset(self._case.episode.events)
        return tuple(event for event in self._case.state.events if event.id in of_it and event.id not in stand)
