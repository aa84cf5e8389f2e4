"""Decides which claims a child owns, and which events belong to another child by now.

Identity decides once, in numbered decisions; the highest-numbered one seen for a claim holds. An event of a claim
that another child owns stays in the set, excluded, and is listed as a departure to be re-sent to the owner; the owner
drops repeats by the original event id, so A to B to A settles whatever arrives when. A claim without a decision in the
set belongs to the child whose log holds its events. What was told travels with the claim of its cause.
"""

from collections.abc import Iterable, Mapping, Sequence

from hub.episode.model import Departure, Ownership
from hub.event import Event
from hub.ids import AgencyId, ChildId, ClaimId, EventId, derived_id, episode_id
from schemas.records import Acknowledged, ClaimAssigned, Told


def distinct(child: ChildId, events: Iterable[Event]) -> tuple[Event, ...]:
    """Every event once, by its original id, in the order accepted; of two copies the one addressed to this child."""
    found: dict[EventId, Event] = {}
    for event in events:
        known = found.get(event.id)
        if known is None or (known is not event and _preference(child, event) < _preference(child, known)):
            found[event.id] = event
    return tuple(sorted(found.values(), key=lambda event: (event.order, event.id)))


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
    """Every event to re-send to the owner of its claim; `Told` and acknowledgements go with their cause."""
    if not departed:
        return ()
    claim_of_cause = told_claims(events)
    claim_of_notice: dict[str, ClaimId] = {}
    found = []
    for event in events:
        body = event.body
        claim = event.claim
        if isinstance(body, Told):
            claim = claim_of_cause.get(event.id)
            if claim is not None:
                claim_of_notice.update((row.notice_id, claim) for row in body.rows)
        elif isinstance(body, Acknowledged):
            continue
        if claim is not None and claim in departed:
            found.append(_departure(event, claim, claims[claim]))
    for event in events:
        if isinstance(event.body, Acknowledged):
            owners = {claim_of_notice.get(pair.notice_id) for pair in event.body.pairs}
            found.extend(
                _departure(event, claim, claims[claim])
                for claim in sorted(owner for owner in owners if owner in departed and owner is not None)
            )
    return tuple(found)


def _departure(event: Event, claim: ClaimId, owner: Ownership) -> Departure:
    return Departure(
        id=EventId(derived_id(event.id, f"moved:{owner.number}", owner.child)),
        event=event,
        claim=claim,
        to_child=owner.child,
        number=owner.number,
    )


def told_claims(events: Sequence[Event]) -> dict[EventId, ClaimId]:
    """The claim that each `Told` belongs to: its cause's, or that of the event which opened its episode."""
    told = [(event.id, event.body) for event in events if isinstance(event.body, Told)]
    if not told:
        return {}
    by_event = {event.id: event.claim for event in events if event.claim is not None}
    by_episode: dict[str, ClaimId] = {}
    found = {}
    for event_id, body in told:
        claim = by_event.get(EventId(body.cause))
        if claim is None and body.rows:
            if not by_episode:
                by_episode = {episode_id(opener): claim for opener, claim in by_event.items()}
            claim = by_episode.get(body.rows[0].episode_id)
        if claim is not None:
            found[event_id] = claim
    return found
