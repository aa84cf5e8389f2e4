"""Whom a raised stage of a duty is told to: whoever owes it, those whom the table informs, and who acts for them now.

Whoever owes a duty is asked at its duty desk, or at the desk that alone may know of it; of a duty that rests on its own
word, such as the fear of a force that only saw the child, it may always know. Others are informed where they are
entitled to the episode, some row of theirs opens the class of the duty, and they know of the absence. What a cancelled
absence leaves to be done is told to whoever owes it, at the desk that might read of it before. What they are told, and
whether they were told it already, is for `hub.routing.raised`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hub.deadlines import Deadline, Raised
from hub.delivery.points import Seat
from hub.ids import AgencyId
from hub.routing.recipients import desk_of
from hub.routing.rows import RaiseRow
from hub.routing.setting import Setting
from hub.routing.vocabulary import DUTY_DESK, NAMED_OFFICERS, OWED_BY
from schemas.records import Ask, MayBeTold, Urgency

BOTH_SIDES: Final = "both_sides"
_PARTIES: Final = frozenset(
    {
        "asked_agency", BOTH_SIDES, "disputing_authorities", "forces_in_handover", "holder_of_order",
        "placing_authority", "setter",
    }
)  # fmt: skip
"""Roles that an agency has by what it said, or was asked, itself: its duty is no news to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One desk that a raised stage is told to, and how."""

    seat: Seat
    ask: Ask
    urgency: Urgency
    row: str


class Audiences:
    """Whom the raised duties of one episode are told to."""

    def __init__(self, setting: Setting) -> None:
        self._case = setting.case
        self._entitled = setting.entitled
        self._recipients = setting.recipients
        self._knows = setting.knows
        self._rules = setting.rules
        self._reached = setting.reached
        self._acting = setting.acting

    def of(self, raised: Raised) -> Iterator[Audience]:
        """Every desk that a stage is told to: one line each, whoever owes it first."""
        found: dict[Seat, Audience] = {}
        for row in self._rules.raises:
            if raised.deadline.duty not in row.duties or raised.stage not in row.stages:
                continue
            for seat, ask in self._with_acting(row, raised):
                if seat not in found and not self._entitled.is_shut_out(seat):
                    found[seat] = Audience(seat=seat, ask=ask, urgency=row.urgency, row=row.id)
        yield from found.values()

    def _with_acting(self, row: RaiseRow, raised: Raised) -> Iterator[tuple[Seat, Ask]]:
        """Whoever the row means, and the teams that act for them now. Of what came to be due before it came on duty a
        team is told where something is asked. One that cannot be reached is rung of what must be seen at once, while
        nobody is at the desk itself.
        """
        is_for_the_night = row.urgency is Urgency.NOW or (self._case.episode.is_open and row.urgency is Urgency.SOON)
        for seat, ask in self._seats(row, raised.deadline):
            yield seat, ask
            if not is_for_the_night or self._entitled.is_shut_out(seat):
                continue
            then = self._acting(seat, raised.accepted_at)
            for team in self._acting(seat, self._case.as_of):
                if ask is not Ask.ACTION and team not in then:
                    continue
                is_awake = team in self._entitled.seats and team not in self._entitled.resting
                is_rung = row.urgency is Urgency.NOW and is_awake
                if self._reached(team[0]) or is_rung:
                    yield team, ask

    def _seats(self, row: RaiseRow, duty: Deadline) -> Iterator[tuple[Seat, Ask]]:
        for role in row.to:
            if role == OWED_BY:
                for agency in duty.owed_by:
                    seat = self._seat_of_ower(agency, duty)
                    if seat is not None:
                        yield seat, duty.ask
            else:
                for agency in self._recipients.of(role):
                    seat = (agency, NAMED_OFFICERS if agency in self._entitled.named else desk_of(role))
                    if duty.disclosure in self._entitled.opened(seat) and self._may_read(seat):
                        yield seat, Ask.INFORMATION

    def _seat_of_ower(self, agency: AgencyId, duty: Deadline) -> Seat | None:
        """The desk that is asked; None where none may know of it."""
        desk = self._entitled.desk_of_ower(agency, duty.disclosure)
        if desk is not None:
            return agency, desk
        said = self._case.by_id.get(duty.base_event)
        is_by_its_own_word = said is not None and said.sender == agency
        is_party = (duty.owed_by_role in _PARTIES or is_by_its_own_word) and not self._case.episode.deceased
        named = NAMED_OFFICERS if agency in self._entitled.named else DUTY_DESK
        return (agency, named) if is_party else None

    def _may_read(self, seat: Seat) -> bool:
        """Whether somebody who is only informed was told of the absence, or reported it and may be told of it."""
        knows = self._knows.get(seat)
        if knows is not None and knows.holds:
            return True
        has_reported = seat[1] == DUTY_DESK and seat[0] in self._case.reporters
        return has_reported and self._case.may_be_told(seat[0]) is MayBeTold.FULL
