"""Whether the child was found dead, and whether the family knows (law 7).

The finding of police or health, or of somebody who saw the child with them, counts; anybody else's word stays a claim
and the search goes on. The death is sealed until the owning force records that the family was informed, on the finding
or in a later amendment; until an owner is known, any force may.
"""

from collections.abc import Sequence
from datetime import datetime

from hub.episode.absence import Absence
from hub.episode.model import Death
from hub.episode.times import past
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import AgencyKind, ChildFound, MissingAmended


def death(absence: Absence, standing: Sequence[Event], owning_force: AgencyId | None) -> Death | None:
    """The death of the child in this absence; None if nobody competent says so."""
    told = [mark for mark in absence.marks if mark.is_death and not mark.is_withdrawn]
    if not told:
        return None
    first = min(told, key=lambda mark: (mark.event.order, mark.event.id))
    informed = next(
        (
            (event, when)
            for event in standing
            if event.sender_kind is AgencyKind.POLICE
            and owning_force in {None, event.sender}
            and (when := _family_informed_at(event)) is not None
        ),
        None,
    )
    return Death(
        event=first.event.id,
        agency=first.event.sender,
        at=first.at,
        accepted_at=first.event.accepted_at,
        family_informed_at=None if informed is None else informed[1],
        family_informed_event=None if informed is None else informed[0].id,
    )


def _family_informed_at(event: Event) -> datetime | None:
    match event.body:
        case ChildFound(family_informed_at=when) | MissingAmended(family_informed_at=when):
            return past(when, event.accepted_at)
        case _:
            return None
