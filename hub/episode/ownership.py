"""Decides which claims a child owns, and which events belong to another child by now.

Identity decides once, in numbered decisions; the highest-numbered one seen for a claim holds. An event of a claim
that another child owns stays in the set, excluded, and is listed as a departure to be re-sent to the owner; the owner
drops repeats by the original event id, so A to B to A settles whatever arrives when. A claim without a decision in the
set belongs to the child whose log holds its events. What was told travels with the claim that its episode began with.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hub.episode.model import Departure, Ownership
from hub.event import Event
from hub.ids import AgencyId, ChildId, ClaimId, EventId, derived_id, episode_id
from schemas.records import Acknowledged, ClaimAssigned, Told, ToldRow

REPLACES: Final = "j="
"""How a row of `Told` names an episode (by id) that the recipient was told is now part of the one it tells of."""


def distinct(child: ChildId, events: Iterable[Event]) -> tuple[Event, ...]:
    """Every event once, by its original id, in the order accepted; of two copies the one addressed to this child.

    What the clock raised has the order of the newest event that it knew, and comes behind it by its time.
    """
    found: dict[EventId, Event] = {}
    for event in events:
        known = found.get(event.id)
        if known is None or (known is not event and _preference(child, event) < _preference(child, known)):
            found[event.id] = event
    return tuple(sorted(found.values(), key=lambda event: (event.order, event.accepted_at, event.id)))


def _preference(child: ChildId, event: Event) -> tuple[bool, int, str, str]:
    return (event.child != child, event.order, event.accepted_at.isoformat(), event.child)


def ownerships(events: Iterable[Event]) -> dict[ClaimId, Ownership]:
    """Who owns each claim, by the highest-numbered decision of each."""
    found: dict[ClaimId, Ownership] = {}
    for event in events:
        body = event.body
        if isinstance(body, ClaimAssigned):
            known = found.get(ClaimId(body.claim_id))
            if known is None or (known.number, known.event) < (body.number, event.id):
                found[ClaimId(body.claim_id)] = Ownership(
                    claim=ClaimId(body.claim_id),
                    agency=AgencyId(body.agency),
                    child=ChildId(body.to_child),
                    number=body.number,
                    outcome=body.outcome,
                    event=event.id,
                )
    return found


def departed_claims(child: ChildId, claims: Mapping[ClaimId, Ownership]) -> frozenset[ClaimId]:
    """The claims that another child owns."""
    return frozenset(claim for claim, owner in claims.items() if owner.child != child)


def departures(
    events: Sequence[Event], claims: Mapping[ClaimId, Ownership], departed: frozenset[ClaimId]
) -> tuple[Departure, ...]:
    """Every event to re-send to the owner of its claim, decisions last, because they say that nothing is to follow.

    `Told` goes with the claims that the episodes it tells of began with, an acknowledgement with what it acknowledges.
    """
    if not departed:
        return ()
    told = ClaimsTold(events)
    found: dict[EventId, Departure] = {}
    for event in sorted(events, key=_place_on_leaving):
        for claim in told.of(event):
            if claim in departed:
                departure = _departure(event, claim, claims[claim])
                found.setdefault(departure.id, departure)
    return tuple(found.values())


def _place_on_leaving(event: Event) -> int:
    if isinstance(event.body, ClaimAssigned):
        return 2
    return 1 if isinstance(event.body, Acknowledged) else 0


def _departure(event: Event, claim: ClaimId, owner: Ownership) -> Departure:
    return Departure(
        id=EventId(derived_id(event.id, f"moved:{owner.number}", owner.child)),
        event=event,
        claim=claim,
        to_child=owner.child,
        number=owner.number,
    )


def replaced_by(row: ToldRow) -> frozenset[str]:
    """The ids of the episodes that a recipient was told are part of this one now."""
    return frozenset(point.removeprefix(REPLACES) for point in row.points if point.startswith(REPLACES))


class ClaimsTold:
    """The claim that answers for an event; for what was told, the one that the episode told of began with."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._by_event = {event.id: event.claim for event in events if event.claim is not None}
        self._by_episode = {
            str(episode_id(event.id, event.sender)): event.claim for event in events if event.claim is not None
        }
        self._by_notice = {
            row.notice_id: self.of_row(event.body, row)
            for event in events
            if isinstance(event.body, Told)
            for row in event.body.rows
        }

    def of(self, event: Event) -> list[ClaimId]:
        """The claims that an event goes with: its own; of everything told or acknowledged in it; none."""
        body = event.body
        if isinstance(body, Told):
            found = {self._by_notice[row.notice_id] for row in body.rows}
            found |= {self._by_episode.get(episode) for row in body.rows for episode in replaced_by(row)}
        elif isinstance(body, Acknowledged):
            found = {self._by_notice.get(p.notice_id) or self._by_episode.get(p.episode_id) for p in body.pairs}
        else:
            found = {event.claim}
        return sorted(claim for claim in found if claim is not None)

    def of_row(self, told: Told, row: ToldRow) -> ClaimId | None:
        """The claim of one notice; that of its cause where its episode is not known here, or None."""
        return self._by_episode.get(row.episode_id) or self._by_event.get(EventId(told.cause))
