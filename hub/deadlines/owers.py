"""Who owes a duty: the agencies that a role of the rules means in one absence.

The giver keeps what it owes until another has accepted; while responsibility is disputed the authority where the child
lives or was found holds every clock. The fold decides both. Where nobody is known to have the role, the likeliest is
named (c), by area; what is still empty then is shown as owed by nobody, never left out.
"""

from collections.abc import Callable, Iterable
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.model import Base
from hub.ids import HUB, AgencyId
from schemas.records import AgencyKind


def owers(case: Case, role: str, base: Base) -> tuple[AgencyId, ...]:
    """The agencies that have a role in this absence, without repeats; empty where nobody is known to."""
    return tuple(dict.fromkeys(agency for agency in OWERS[role](case, base) if agency))


_Agencies = Iterable[AgencyId | None]
SECTION_47: Final = "section_47_authority"
"""The one duty of these that passes to another by its word alone, and keeps its due time."""


def _hub(_: Case, __: Base) -> _Agencies:
    return (HUB,)


def _owning_force(case: Case, _: Base) -> _Agencies:
    """The force that holds the case; before any does, the likeliest by where the child was seen, lives or is placed."""
    owning = case.episode.forces.owning
    return (owning if owning is not None else likely_force(case),)


def likely_force(case: Case) -> AgencyId | None:
    """The force that a report asks, before any has answered: where the child was seen, lives or is placed."""
    forces = case.episode.forces
    areas = (
        forces.last_seen_area,
        forces.home_area,
        forces.placement_area,
        case.episode.authorities.responsible,
        *case.reporters_areas,
    )
    return next((force for area in areas if (force := _force(case, area)) is not None), None)


def _force(case: Case, area: str | None) -> AgencyId | None:
    """The force of an area: the agency with its official code, and no other, whatever the directory says of it."""
    code = case.child.reference.force_of(area)
    return None if code is None else AgencyId(code)


def _responsible(case: Case, _: Base) -> _Agencies:
    """Who holds the authority's clocks; nobody being named, the authority where the child was last seen, or of the area
    that whoever reported serves (c).
    """
    roles = case.episode.authorities
    holder = roles.holder or roles.responsible or roles.section_47
    if holder is None:
        seen = case.episode.forces.last_seen_area
        areas = case.reporters_areas if seen is None else (seen,)
        holder = next((AgencyId(area) for area in areas if area in case.child.reference.authorities), None)
    return (holder,)


def _placing(case: Case, base: Base) -> _Agencies:
    """Who is responsible, else the authority that stated the move; never the host, which is the one to be told."""
    roles, said = case.episode.authorities, case.event(base.event)
    mover = said.sender if said is not None and said.sender_kind is AgencyKind.AUTHORITY else None
    likely = (roles.holder, roles.responsible, mover, *_responsible(case, base))
    return (next((agency for agency in likely if agency is not None and agency not in base.agencies), None),)


def _first_responders(case: Case, base: Base) -> _Agencies:
    """The responsible authority, and the force that said so: either may refer."""
    said = case.event(base.event)
    force = said.sender if said is not None and said.sender_kind is AgencyKind.POLICE else None
    return (*_responsible(case, base), force)


def _section_47(case: Case, base: Base) -> _Agencies:
    return (case.episode.authorities.section_47 or next(iter(_responsible(case, base)), None),)


def _carer(case: Case, base: Base) -> _Agencies:
    """The home or provider; without one the authority."""
    placed = case.episode.placement
    homes = [report.agency for report in case.reports if report.kind is AgencyKind.PLACEMENT]
    carer = placed.provider if placed is not None and placed.provider is not None else next(iter(homes), None)
    return (carer,) if carer is not None else _responsible(case, base)


def _named(_: Case, base: Base) -> _Agencies:
    return base.agencies


def _named_or_both(case: Case, base: Base) -> _Agencies:
    """Both sides; where only one is known, police and authority together."""
    several = len(base.agencies) > 1
    return base.agencies if several else (*base.agencies, *_owning_force(case, base), *_responsible(case, base))


OWERS: Final[dict[str, Callable[[Case, Base], _Agencies]]] = {
    "hub": _hub,
    "owning_force": _owning_force,
    "responsible_authority": _responsible,
    "placing_authority": _placing,
    "first_responders": _first_responders,
    SECTION_47: _section_47,
    "carer": _carer,
    "disputing_authorities": _named,
    "asked_agency": _named,
    "both_sides": _named_or_both,
    "forces_in_handover": _named,
    "holder_of_order": _named,
    "setter": _named,
}
"""Every role that may owe a duty; what each means is said in `hub.deadlines.vocabulary`."""
