"""Who must not be told: exclusions that were set, and provisional ones that harm disclosed sets at once (P1).

Police or an authority set an exclusion. An interview in which the child tells of harm by a carer, a parent or a
professional excludes that recipient from its acceptance on, before anybody decides: the agency named, or for a carer
whoever ran the placement. It is confirmed by an exclusion set for the same recipient and ends only when one is lifted:
by police, by the responsible authority or by whoever had set it, and from the time that they name. Nobody lifts what
others have set against it, and no agency takes back the word of a child against itself (c).

A start may be decided beforehand, a day ahead and more. One that is nearer holds from its acceptance on (c): an offset
lost in a sender's system, or a clock that is fast, would else open for an hour what somebody shut, while an exclusion
that holds some hours early costs the excluded a word that it hears from whoever shut it out, or once it is lifted.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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

HELD_AT_ONCE_WITHIN: Final = timedelta(days=1)
"""A start so near after the acceptance of an exclusion is none to wait for (c)."""


def exclusions(
    standing: Sequence[Event],
    facts: ChildFacts,
    responsible: Collection[AgencyId],
    sent: Iterable[Event] = (),
) -> tuple[Exclusion, ...]:
    """Every exclusion about this child in the order accepted, lifted ones marked as such.

    `responsible` are the authorities whose word counts as the responsible authority's. `sent` are the events as they
    were sent: what an agency recorded of harm by itself stands there, whatever it has made of it since.
    """
    found: list[Exclusion] = []
    for event in _heeded(standing, sent):
        match event.body:
            case ExclusionSet() as body if event.sender_kind in _MAY_SET:
                _take(found, event, body, responsible)
            case PreventionInterviewRecorded() | ReturnInterviewRecorded() as interview if _excludes(interview):
                found.append(_provisional(event, interview, facts, standing))
            case _:
                pass
    return tuple(found)


def _heeded(standing: Sequence[Event], sent: Iterable[Event]) -> Iterable[Event]:
    """The standing events, and in place of theirs the agencies' own words on harm by themselves as they were sent."""
    own = {event.id: event for event in sent if _is_against_its_sender(event)}
    if not own:
        return standing
    others = (event for event in standing if event.id not in own)
    return sorted((*others, *own.values()), key=lambda event: (event.order, event.id))


def _is_against_its_sender(event: Event) -> bool:
    match event.body:
        case PreventionInterviewRecorded() | ReturnInterviewRecorded() as interview if _excludes(interview):
            is_of_a_home = interview.alleged_agency is None and event.sender_kind is AgencyKind.PLACEMENT
            return is_of_a_home or interview.alleged_agency == event.sender
        case _:
            return False


def _excludes(interview: PreventionInterviewRecorded | ReturnInterviewRecorded) -> bool:
    return interview.harm_disclosed is Answer.YES and interview.alleged_role in _EXCLUDING


def _take(found: list[Exclusion], event: Event, body: ExclusionSet, responsible: Collection[AgencyId]) -> None:
    agency = None if body.excluded_agency is None else AgencyId(body.excluded_agency)
    matching = [
        place
        for place, known in enumerate(found)
        if known.stands_at(event.accepted_at) and _is_same(known, agency, body.excluded_role, body.excluded_person)
    ]
    if body.state is ExclusionState.LIFTED:
        for place in matching:
            if _may_lift(event, found[place], responsible) and _lifts(body, found[place]):
                found[place] = replace(found[place], lifted_by=event.id, lifted_at=body.from_when or event.accepted_at)
        return
    for place in matching:
        if found[place].is_provisional and found[place].confirmed_by is None:
            found[place] = replace(found[place], confirmed_by=event.id)
    found.append(
        Exclusion(
            event=event.id,
            set_by=event.sender,
            agency=agency,
            role=body.excluded_role,
            person=body.excluded_person,
            from_when=_begins(event, body),
            accepted_at=event.accepted_at,
            is_provisional=False,
            confirmed_by=None,
            lifted_by=None,
            lifted_at=None,
            review_by=body.review_by,
        )
    )


def is_held_early(body: ExclusionSet, accepted: datetime, by: timedelta = timedelta()) -> bool:
    """Whether it holds from its acceptance on, although it states a start that is later (`by` more than this)."""
    is_set, start = body.state is not ExclusionState.LIFTED, body.from_when
    return is_set and start is not None and accepted + by < start <= accepted + HELD_AT_ONCE_WITHIN


def _begins(event: Event, body: ExclusionSet) -> datetime:
    """From when an exclusion that is set holds."""
    return event.accepted_at if is_held_early(body, event.accepted_at) else body.from_when or asserted_at(event)


def _is_same(known: Exclusion, agency: AgencyId | None, role: str | None, person: str | None) -> bool:
    """True if both exclude the same agency, or, where none is named, the same role or person."""
    if agency is not None or known.agency is not None:
        return known.agency == agency
    return (role is not None and known.role == role) or (person is not None and known.person == person)


def _may_lift(event: Event, known: Exclusion, responsible: Collection[AgencyId]) -> bool:
    """Whoever is excluded lifts only what it had decided itself: of one of its staff, say."""
    is_its_own = known.set_by == event.sender
    if event.sender == known.agency:
        return is_its_own and not known.is_provisional
    return is_its_own or event.sender_kind is AgencyKind.POLICE or event.sender in responsible


def _lifts(body: ExclusionSet, known: Exclusion) -> bool:
    """A lift that names somebody leaves what was decided of others, or of the whole agency, as it is."""
    return body.excluded_person is None or known.is_provisional or known.person == body.excluded_person


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
        set_by=event.sender,
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
