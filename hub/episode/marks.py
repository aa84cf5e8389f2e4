"""Turns messages into marks on the child's timeline: what can begin, locate or end an absence, and when.

A mark says what a message claims, not what is true of it; `absences` decides from all marks together. Which messages
end a search at once is laws 1 and 2:
- a return ends an absence if police or the responsible authority say so, or the placement for a child standing at
  its own address; anybody else's is only reported, and a text message, a call or hearsay never ends a search;
- a finding locates at once if police or a professional saw the child (APP); otherwise it counts as a sighting.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

from hub.episode.times import asserted_at, happened_at, past, recorded_at
from hub.event import Event
from hub.ids import AgencyId, EventId
from schemas.records import (
    AgencyKind,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    Condition,
    MissingReported,
    PlaceKind,
    PoliceDecision,
    PoliceResponse,
    ReturnedTo,
    SeenBy,
    StatusClaimed,
)


class MarkKind(IntEnum):
    """What a mark does; at one instant they count in this order, so who was last seen on returning has left again."""

    END = 0
    """A return, a settling or a death that ends the absence."""
    START = 1
    """A report: the child was last seen here, or here at the latest."""
    LOCATE = 2
    """Seen safe: the search is over, the return still lies ahead."""
    HINT = 3
    """Something that supposes an absence and neither begins nor ends it."""
    UNEXPLAINED = 4
    """Not in class from here on: no absence by itself, and a claim of the last-seen once a report follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One claim on the timeline.

    `at` is when it puts the child there. A START whose `is_known` is False has no last-seen: the child was away by
    then. `known_from` is since when its sender held the child to be away. `is_home` tells of a child seen at home.
    `is_withdrawn`: its sender took it back; it still holds the place of a cancelled absence.
    """

    kind: MarkKind
    at: datetime
    event: Event
    is_known: bool = True
    known_from: datetime
    is_home: bool = False
    is_death: bool = False
    withdrawn_at: datetime | None = None
    opens: bool = True

    @property
    def is_withdrawn(self) -> bool:
        """True if its sender took it back."""
        return self.withdrawn_at is not None

    @property
    def place_in_time(self) -> tuple[datetime, int, int, str]:
        """Sorts marks by time, kind, and the order accepted."""
        return (self.at, self.kind, self.event.order, self.event.id)


LOCATING: Final = frozenset({SeenBy.POLICE, SeenBy.PROFESSIONAL})
"""Who has to see a child for a finding to locate it at once."""
HEARSAY: Final = frozenset({SeenBy.PHONE_OR_VIDEO, SeenBy.MESSAGE, SeenBy.THIRD_PARTY, SeenBy.NONE})
"""Ways of having seen a child that end nothing, whoever passes them on."""
HOME_KINDS: Final = frozenset({PlaceKind.HOME, PlaceKind.PLACEMENT})
"""Places whose naming as last seen is evidence of having been home."""
_MAY_BE_HOME: Final = frozenset({AgencyKind.PLACEMENT, AgencyKind.PROVIDER, AgencyKind.SCHOOL})
"""Kinds of agency that may run a placement; a school that boards the child, where others say so."""
_TELLS_OF_DEATH: Final = frozenset({AgencyKind.POLICE, AgencyKind.HEALTH})


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence:
    """Whose claim answers a claim of missing: police, these authorities, and homes at their own address.

    `homes` are the agencies that run a placement the child moved to, `providers` those that run any it is said to have;
    `left` says of a home that the child was moved from between which times that is so (None: to this day).
    """

    authorities: frozenset[AgencyId]
    homes: frozenset[AgencyId]
    providers: frozenset[AgencyId] = frozenset()
    left: Mapping[AgencyId, tuple[tuple[datetime, datetime | None], ...]] = field(default_factory=dict)

    def is_competent(self, event: Event) -> bool:
        """True for police and for the responsible authority."""
        kind = event.sender_kind
        return kind is AgencyKind.POLICE or (kind is AgencyKind.AUTHORITY and event.sender in self.authorities)

    def ends(self, event: Event, body: ChildReturned) -> bool:
        """True if this return ends an absence."""
        if body.seen_by in HEARSAY:
            return False
        return self.is_competent(event) or self.is_own_address(event, body)

    def is_own_address(self, event: Event, body: ChildReturned) -> bool:
        """True if a placement says that the child stands at its own address."""
        runs_one = event.sender_kind is AgencyKind.PLACEMENT or event.sender in self.providers | self.homes
        if event.sender_kind not in _MAY_BE_HOME or not runs_one or self.has_left(event.sender, happened_at(event)):
            return False
        return body.to is ReturnedTo.PLACEMENT or (body.to is ReturnedTo.NEW_PLACEMENT and event.sender in self.homes)

    def has_left(self, home: AgencyId, when: datetime) -> bool:
        """True if the child had been moved from this home by then, so that its address is not the child's."""
        return any(since <= when and (until is None or when < until) for since, until in self.left.get(home, ()))

    def gainsays(self, claim: Mark, back: Mark) -> bool:
        """True if a claim of missing contradicts an earlier return; what a home claims, only one to the home."""
        if claim.known_from <= back.at:
            return False
        is_of_home = claim.event.sender_kind is AgencyKind.PLACEMENT and _is_to_its_home(back)
        is_of_home = is_of_home and not self.has_left(claim.event.sender, claim.known_from)
        return is_of_home or self.is_competent(claim.event)


def _is_to_its_home(back: Mark) -> bool:
    """Whether a return puts the child where a home can see that it is not."""
    body = back.event.body
    return not isinstance(body, ChildReturned) or body.to in {ReturnedTo.PLACEMENT, ReturnedTo.UNKNOWN}


def is_death(event: Event) -> bool:
    """True if the event says the child was found dead, by police or health or seen by one of them."""
    body = event.body
    return (
        isinstance(body, (ChildFound, ChildReturned))
        and body.condition is Condition.DECEASED
        and (event.sender_kind in _TELLS_OF_DEATH or body.seen_by in LOCATING)
    )


def marks(events: Iterable[Event], withdrawn: Mapping[EventId, Event], competence: Competence) -> list[Mark]:
    """The marks of all events that can shape an absence, in the order of time."""
    found = [
        mark
        for event in events
        if event.body.SCHEMA_NAME in _SHAPING
        and (mark := _mark(event, competence, withdrawn.get(event.id))) is not None
    ]
    found.sort(key=lambda mark: mark.place_in_time)
    return found


_SHAPING: Final = frozenset(
    record.SCHEMA_NAME for record in (MissingReported, StatusClaimed, PoliceResponse, ChildFound, ChildReturned)
)


def _mark(event: Event, competence: Competence, withdrawal: Event | None) -> Mark | None:
    withdrawn_at = None if withdrawal is None else withdrawal.accepted_at
    match event.body:
        case MissingReported() as body:
            return _of_report(event, body, withdrawn_at)
        case ChildFound() as body:
            kind = MarkKind.LOCATE if body.seen_by in LOCATING else MarkKind.HINT
            is_home = body.place_kind in HOME_KINDS
        case ChildReturned() as body:
            kind = MarkKind.END if competence.ends(event, body) else MarkKind.HINT
            is_home = True
        case StatusClaimed() as body:
            return _of_claim(event, body, competence, withdrawn_at)
        case PoliceResponse(decision=PoliceDecision.RECORDED_MISSING):
            kind, is_home = MarkKind.HINT, False
        case _:
            return None
    dead = is_death(event)
    at = happened_at(event)
    return Mark(
        kind=MarkKind.END if dead else kind,
        at=at,
        event=event,
        known_from=at,
        is_home=is_home,
        is_death=dead,
        withdrawn_at=withdrawn_at,
    )


def _of_report(event: Event, body: MissingReported, withdrawn_at: datetime | None) -> Mark:
    seen = body.last_seen
    stated = None if seen is None or seen.not_known else past(seen.at, event.accepted_at)
    return Mark(
        kind=MarkKind.START,
        at=happened_at(event) if stated is None else stated,
        event=event,
        is_known=stated is not None,
        known_from=recorded_at(event),
        is_home=seen is not None and stated is not None and seen.place_kind in HOME_KINDS,
        withdrawn_at=withdrawn_at,
    )


_STATUS_MARKS: Final[Mapping[ClaimedStatus, MarkKind]] = {
    ClaimedStatus.MISSING: MarkKind.START,
    ClaimedStatus.AWAY: MarkKind.START,
    ClaimedStatus.LOCATED: MarkKind.LOCATE,
    ClaimedStatus.RETURNED: MarkKind.END,
    ClaimedStatus.NOT_MISSING: MarkKind.END,
    ClaimedStatus.UNEXPLAINED_ABSENCE: MarkKind.UNEXPLAINED,
}
"""What a claimed status does; one that locates or ends, if police or the responsible authority claim it. From anybody
else, that a child is back is a return reported.
"""


def _of_claim(event: Event, body: StatusClaimed, competence: Competence, withdrawn_at: datetime | None) -> Mark | None:
    kind = _STATUS_MARKS.get(body.status)
    if kind is None:
        return None
    is_hint = kind in {MarkKind.END, MarkKind.LOCATE} and not competence.is_competent(event)
    if is_hint and body.status is not ClaimedStatus.RETURNED:
        return None
    kind = MarkKind.HINT if is_hint else kind
    return Mark(
        kind=kind,
        at=happened_at(event),
        event=event,
        is_known=body.since is not None,
        known_from=_claimed_at(event, body) if kind is MarkKind.START else happened_at(event),
        withdrawn_at=withdrawn_at,
        opens=not is_hint and body.status not in {ClaimedStatus.NOT_MISSING, ClaimedStatus.UNEXPLAINED_ABSENCE},
    )


def _claimed_at(event: Event, body: StatusClaimed) -> datetime:
    """When its sender held it to be so; a claim whose only time is since when it is so was held when it was written."""
    return recorded_at(event) if body.occurred_at == body.since else asserted_at(event)
