"""Which police forces are in an absence, which areas the others follow from, and handovers between agencies.

Which force has the case is for `holding` to say. A handover needs an acceptance: the giver keeps the clocks until then.
Which forces the home, the last sighting and the placement belong to follows from area codes by reference data, in
routing; the area of a protected address is left out, so that its force never enters by way of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hub.episode.authorities import is_kept_placement
from hub.episode.holding import Holding
from hub.episode.model import Finding, Forces, PlacementState, Report, Return, Transfer
from hub.episode.person import ChildFacts
from hub.episode.times import asserted_at
from hub.event import Event
from hub.ids import AgencyId, EventId
from schemas.records import (
    AgencyKind,
    AgencyMessage,
    Answer,
    OwnershipStep,
    OwnershipTransferred,
)

MAY_HAND_OVER: Final = frozenset({AgencyKind.POLICE, AgencyKind.AUTHORITY})


def forces(
    standing: Sequence[Event],
    held: Holding,
    child: ChildFacts,
    reports: Sequence[Report],
    placement: PlacementState | None,
    found: Finding | None,
    returned: Return | None,
) -> Forces:
    """The forces of an episode as far as said, and the areas from which the others follow."""
    involved = dict.fromkeys(
        event.sender
        for event in standing
        if event.sender_kind is AgencyKind.POLICE and isinstance(event.body, AgencyMessage)
    )
    if held.owner is not None:
        involved.setdefault(held.owner)
    seen = [report for report in reports if report.last_seen_area is not None and not report.is_cancelled]
    last = max(seen, key=lambda report: (report.last_seen_at or report.reported_at, report.event), default=None)
    return Forces(
        owning=held.owner,
        owning_event=held.because,
        gave=held.gave,
        involved=tuple(involved),
        home_area=None if child.home_is_kept else child.home_area,
        last_seen_area=None if last is None else last.last_seen_area,
        placement_area=None if placement is None or is_kept_placement(child, placement) else placement.area_code,
        found_area=None if found is None else found.area_code,
        returned_area=None if returned is None else returned.area_code,
    )


def transfers(standing: Sequence[Event]) -> tuple[Transfer, ...]:
    """Every handover proposed, with its answers; an answer without its proposal stands for itself. Police and
    authorities hand over what is theirs; what anybody else says of it hands over nothing.
    """
    found: dict[EventId, Transfer] = {}
    answers = []
    for event in standing:
        body = event.body
        if isinstance(body, OwnershipTransferred) and event.sender_kind in MAY_HAND_OVER:
            if body.step is OwnershipStep.PROPOSED:
                found[event.id] = _transfer(event, body)
            else:
                answers.append((event, body))
    for event, body in answers:
        proposal = EventId(body.proposal) if body.proposal is not None else _proposal(found, body)
        known = found.get(proposal or event.id)
        transfer = known or _transfer(event, body)
        if body.step is OwnershipStep.ACCEPTED:
            transfer = replace(transfer, accepted_by=event.id, in_writing=body.in_writing is Answer.YES)
        elif body.step is OwnershipStep.REFUSED:
            transfer = replace(transfer, refused_by=(*transfer.refused_by, event.id))
        found[transfer.proposal] = transfer
    return tuple(found.values())


def _proposal(found: dict[EventId, Transfer], body: OwnershipTransferred) -> EventId | None:
    """The last proposal of the same handover."""
    wanted = (body.kind, body.from_agency, body.to_agency)
    return next(
        (
            transfer.proposal
            for transfer in reversed(found.values())
            if (transfer.kind, transfer.from_agency, transfer.to_agency) == wanted
        ),
        None,
    )


def _transfer(event: Event, body: OwnershipTransferred) -> Transfer:
    return Transfer(
        proposal=event.id,
        kind=body.kind,
        from_agency=AgencyId(body.from_agency),
        to_agency=AgencyId(body.to_agency),
        proposed_at=asserted_at(event),
        accepted_by=None,
        refused_by=(),
        in_writing=False,
    )
