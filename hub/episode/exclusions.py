"""Who must not be told: exclusions that were set, and provisional ones that harm disclosed sets at once (P1).

Police or an authority set and lift an exclusion. An interview in which the child tells of harm by a carer, a parent or
a professional excludes that recipient from its acceptance on, before anybody decides: the agency named, or for a carer
whoever ran the placement. It is confirmed by an exclusion set for the same recipient and ends only when one is lifted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from hub.episode.model import Exclusion
from hub.episode.person import ChildFacts, placement_of
from hub.episode.times import asserted_at
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    AgencyKind,
    AllegedRole,
    Answer,
    ExclusionSet,
    ExclusionState,
    PreventionInterviewRecorded,
    ReturnInterviewRecorded,
)

_EXCLUDING: Final = frozenset({AllegedRole.CARER, AllegedRole.PARENT, AllegedRole.PROFESSIONAL})
_MAY_SET: Final = frozenset({AgencyKind.POLICE, AgencyKind.AUTHORITY})


def exclusions(standing: Sequence[Event], facts: ChildFacts) -> tuple[Exclusion, ...]:
    """Every exclusion about this child in the order accepted, lifted ones marked as such."""
    found: list[Exclusion] = []
    for event in standing:
        match event.body:
            case ExclusionSet() as body if event.sender_kind in _MAY_SET:
                _take(found, event, body)
            case PreventionInterviewRecorded() | ReturnInterviewRecorded() as interview:
                if interview.harm_disclosed is Answer.YES and interview.alleged_role in _EXCLUDING:
                    found.append(_provisional(event, interview, facts, standing))
            case _:
                pass
    return tuple(found)


def _take(found: list[Exclusion], event: Event, body: ExclusionSet) -> None:
    agency = None if body.excluded_agency is None else AgencyId(body.excluded_agency)
    matching = [
        place
        for place, known in enumerate(found)
        if known.lifted_by is None and _is_same(known, agency, body.excluded_role, body.excluded_person)
    ]
    if body.state is ExclusionState.LIFTED:
        for place in matching:
            found[place] = replace(found[place], lifted_by=event.id, lifted_at=body.from_when or event.accepted_at)
        return
    for place in matching:
        if found[place].is_provisional and found[place].confirmed_by is None:
            found[place] = replace(found[place], confirmed_by=event.id)
    found.append(
        Exclusion(
            event=event.id,
            agency=agency,
            role=body.excluded_role,
            person=body.excluded_person,
            from_when=body.from_when or asserted_at(event),
            accepted_at=event.accepted_at,
            is_provisional=False,
            confirmed_by=None,
            lifted_by=None,
            lifted_at=None,
            review_by=body.review_by,
        )
    )


def _is_same(known: Exclusion, agency: AgencyId | None, role: str | None, person: str | None) -> bool:
    """True if both exclude the same agency, or, where none is named, the same role or person."""
    if agency is not None or known.agency is not None:
        return known.agency == agency
    return (role is not None and known.role == role) or (person is not None and known.person == person)


def _provisional(
    event: Event,
    interview: PreventionInterviewRecorded | ReturnInterviewRecorded,
    facts: ChildFacts,
    standing: Iterable[Event],
) -> Exclusion:
    agency = None if interview.alleged_agency is None else AgencyId(interview.alleged_agency)
    when = asserted_at(event)
    if agency is None and interview.alleged_role is AllegedRole.CARER:
        told = [other for other in standing if other.accepted_at <= event.accepted_at]
        placement, _ = placement_of(facts, when, when, told)
        agency = None if placement is None else placement.provider
    return Exclusion(
        event=event.id,
        agency=agency,
        role=interview.alleged_role.value,
        person=None,
        from_when=event.accepted_at,
        accepted_at=event.accepted_at,
        is_provisional=True,
        confirmed_by=None,
        lifted_by=None,
        lifted_at=None,
        review_by=None,
    )
