"""The fold: the state of a child as a pure function of the set of its events.

Any order, any repetition, any subset now and the rest later: the same set gives the same state. No clock, no memory of
what came before, nothing edited. The steps, each in the module of its name: drop repeats by original id (`ownership`),
leave out what belongs to another child (`ownership`), apply corrections and cancellations (`corrections`), read what
is said of the child (`person`, `authorities`), cut the timeline into absences (`marks`, `absences`), find what bears
on which (`bearing`), put each episode together (`episodes`) and number it (`numbering`), list who was told (`told`).
"""

from collections.abc import Iterable, Sequence

from hub.episode.absence import Absence
from hub.episode.absences import absences
from hub.episode.arrivals import awaited_claims, is_half_decided, is_withheld
from hub.episode.authorities import authority_facts, responsible_authorities
from hub.episode.bearing import Bearing
from hub.episode.corrections import Revised, revised
from hub.episode.episodes import Setting, episode
from hub.episode.exclusions import exclusions
from hub.episode.marks import Competence, marks
from hub.episode.model import ChildState
from hub.episode.numbering import Numbering, last_touched
from hub.episode.ownership import departed_claims, departures, distinct, ownerships
from hub.episode.person import ChildFacts, child_facts, homes_left
from hub.episode.told import told_facts
from hub.event import Event
from hub.ids import AgencyId, ChildId, EventId
from schemas.records import Acknowledged, Acknowledgement, LinkDecided, LinkDecision, PlacementChanged

__all__ = ["fold", "leaves_register_as_it_is"]


def fold(child: ChildId, events: Iterable[Event]) -> ChildState:
    """Everything that the set of a child's events says. Events may come in any order and any number of times."""
    everything = distinct(child, events)
    claims = ownerships(everything)
    departed = departed_claims(child, claims)
    owned = tuple(e for e in everything if e.claim not in departed) if departed else everything
    revision = revised(owned)
    standing = revision.standing
    facts = child_facts(standing)
    who = authority_facts(standing, facts)
    competence = Competence(
        authorities=responsible_authorities(who, facts), homes=_homes(facts, standing), providers=_providers(facts),
        left=homes_left(facts),
    )  # fmt: skip
    found = absences(marks(revision.events, revision.withdrawn, competence), competence)
    setting = Setting(
        child=child,
        revised=revision,
        facts=facts,
        authorities=who,
        competence=competence,
        numbering=Numbering(everything),
    )
    bearing, unplaced = _bearing(found, revision)
    touched = last_touched(found, bearing, everything, departed, revision)
    episodes = tuple(episode(absence, bearing[place], touched[place], setting) for place, absence in enumerate(found))
    return ChildState(
        child=child,
        claims=claims,
        episodes=episodes,
        told=told_facts(everything, departed),
        exclusions=exclusions(standing, facts, competence.authorities, owned),
        departures=departures(everything, claims, departed),
        awaited=awaited_claims(child, everything, claims),
        is_half_decided=is_half_decided(child, everything, claims),
        is_withheld=is_withheld(everything),
        superseded={alias: each.id for each in episodes for alias in each.aliases},
        events=everything,
        standing=standing,
        unplaced=unplaced,
        revised_by=revision.revised_by,
        unfound=revision.unfound,
        adoption_break=_adoption_break(standing),
        born=facts.born,
    )


def leaves_register_as_it_is(event: Event) -> bool:
    """True if an event can change neither an entry nor what is owed: `fetched` tells the ladder alone."""
    return isinstance(event.body, Acknowledged) and event.body.layer is Acknowledgement.FETCHED


def _homes(facts: ChildFacts, standing: Iterable[Event]) -> frozenset[AgencyId]:
    """The agencies that run a placement the child moved to."""
    if not facts.placements:
        return frozenset()
    return frozenset(
        said.state.provider for said in facts.placements if said.moves and said.state.provider is not None
    ) | frozenset(
        event.sender
        for event in standing
        if isinstance(event.body, PlacementChanged)
        and event.body.to_placement is not None
        and event.body.to_placement.provider_agency == event.sender
    )


def _providers(facts: ChildFacts) -> frozenset[AgencyId]:
    """The agencies that run any placement that somebody states, save one that only says so of itself."""
    return frozenset(
        said.state.provider
        for said in facts.placements
        if said.state.provider is not None and (said.moves or said.state.provider != said.state.agency)
    )


def _bearing(found: Sequence[Absence], revision: Revised) -> tuple[list[list[Event]], tuple[Event, ...]]:
    """The events that bear on each absence, in the order accepted, and those that bear on none."""
    search = Bearing(found, revision)
    bearing: list[list[Event]] = [[] for _ in found]
    unplaced = []
    for event in revision.events:
        places = search.of(event)
        for place in places:
            bearing[place].append(event)
        if not places and event.id not in revision.withdrawn:
            unplaced.append(event)
    return bearing, tuple(unplaced)


def _adoption_break(standing: Iterable[Event]) -> EventId | None:
    """The first decision that this child's identities must never be joined."""
    return next(
        (
            event.id
            for event in standing
            if isinstance(event.body, LinkDecided) and event.body.decision is LinkDecision.ADOPTION_BREAK
        ),
        None,
    )
