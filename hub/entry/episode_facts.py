"""What the fold decided about an episode, in the few values that the view and the register need.

Nothing is decided here a second time: status, start, end, phases, risk and police position are the fold's. This
module says only which of them may be shown as they are, and which agencies have which role in the episode.

The fold ends an absence when the child is safe, because interviews count from there. A child is back at home, in a
placement or at an agreed safe place. So in hospital, in custody or abroad everybody reads that it is located, and its
end once it comes back from there; of one that adult services have taken on, that the absence has ended.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from hub.episode.marks import LOCATING
from hub.episode.model import ChildState, Episode, Return
from hub.ids import AgencyId, ChildId, EpisodeId, EventId
from hub.reference import packaged_reference
from schemas.records import EpisodeStatus, Nation, Phase, PhaseKind, PolicePosition, ReturnedTo, RiskGrade

_BACK: Final = frozenset({EpisodeStatus.RETURNED, EpisodeStatus.SETTLED_ELSEWHERE})


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeFacts:
    """What the fold decided about an episode; times are aware UTC.

    `sealed_from` is the place in the total order of the event that sealed the outcome (a death): whatever was said
    of the episode from there on is `restricted`. `parties` are the agencies with a role in the episode.
    """

    episode: EpisodeId
    child: ChildId
    nation: Nation
    status: EpisodeStatus
    police_position: PolicePosition
    sequence: int
    changed_at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    phases: tuple[Phase, ...] = ()
    sealed_from: int | None = None
    risk: RiskGrade | None = None
    basis: Mapping[str, EventId] = field(default_factory=dict)
    """The event that each of these facts stands on: `status`, `police_position`, `began_at`, `ended_at`, `risk`."""
    parties: Mapping[AgencyId, frozenset[str]] = field(default_factory=dict)

    @property
    def is_sealed(self) -> bool:
        """True if the outcome is sealed: all that may be shown is that the search was stood down."""
        return self.sealed_from is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How it stands, since when it has ended, by which event, in which phases."""

    status: EpisodeStatus
    event: EventId
    ended_at: datetime | None
    end_event: EventId | None
    phases: tuple[Phase, ...]


def episode_facts(state: ChildState, episode: Episode) -> EpisodeFacts:
    """The facts of one episode of a child's state."""
    outcome = _outcome(state, episode)
    basis = {
        "status": outcome.event,
        "began_at": episode.start_event,
        "ended_at": outcome.end_event,
        "police_position": episode.police.event,
        "risk": episode.risk.event,
    }
    return EpisodeFacts(
        episode=episode.id,
        child=state.child,
        nation=episode.nation,
        status=outcome.status,
        police_position=episode.police_position,
        sequence=episode.sequence,
        changed_at=episode.changed_at,
        began_at=episode.began_at,
        ended_at=outcome.ended_at,
        phases=outcome.phases,
        sealed_from=_sealed_from(state, episode),
        risk=episode.risk.grade,
        basis={name: event for name, event in basis.items() if event is not None},
        parties=_parties(episode),
    )


def shown_phases(facts: EpisodeFacts) -> tuple[Phase, ...]:
    """The phases as the register may show them: of a sealed outcome only that a search began."""
    if not facts.is_sealed:
        return facts.phases
    return (Phase(kind=PhaseKind.MISSING, began_at=facts.began_at),)


def _outcome(state: ChildState, episode: Episode) -> _Outcome:
    phases = tuple(
        Phase(kind=phase.kind, began_at=phase.began_at, ended_at=phase.ended_at, ended_before=phase.ended_before)
        for phase in episode.phases
    )
    as_folded = _Outcome(
        status=episode.status,
        event=episode.status_event,
        ended_at=episode.ended_at,
        end_event=episode.end_event,
        phases=phases,
    )
    if (seen := _seen_elsewhere(episode)) is not None:
        return replace(
            as_folded, status=EpisodeStatus.LOCATED_NOT_RETURNED, phases=_located_until(_cut(phases, seen.at), None)
        )
    if episode.status not in _BACK:
        return as_folded
    where, back = episode.elsewhere, episode.came_from_elsewhere
    if where is not None and not _has_left_again(state, episode):
        return _Outcome(
            status=EpisodeStatus.LOCATED_NOT_RETURNED,
            event=where.event,
            ended_at=None,
            end_event=None,
            phases=_located_until(phases, None),
        )
    if back is not None:
        return _Outcome(
            status=_status_by(back),
            event=back.event,
            ended_at=back.at,
            end_event=back.event,
            phases=_located_until(phases, back.at),
        )
    if where is not None:
        return replace(as_folded, status=EpisodeStatus.CLOSED)
    return as_folded if episode.returned is None else replace(as_folded, status=_status_by(episode.returned))


def _seen_elsewhere(episode: Episode) -> Return | None:
    """What puts a child in hospital by the word of a professional who saw it there, as the ward: it is located, as it
    would be by a finding. Police are asked to confirm it all the same.
    """
    if episode.status is not EpisodeStatus.RETURN_REPORTED:
        return None
    said = next((back for back in episode.returns if back.event == episode.status_event), None)
    is_seen = said is not None and said.seen_by in LOCATING and not episode.brings_back(said)
    return said if is_seen else None


def _cut(phases: tuple[Phase, ...], at: datetime) -> tuple[Phase, ...]:
    """The phases with the last one ended, unless the child was located by then."""
    if not phases or phases[-1].kind is PhaseKind.LOCATED:
        return phases
    return (*phases[:-1], replace(phases[-1], ended_at=at))


def _status_by(back: Return) -> EpisodeStatus:
    if back.settled_elsewhere:
        return EpisodeStatus.SETTLED_ELSEWHERE
    return EpisodeStatus.CLOSED if back.to is ReturnedTo.ADULT_SERVICES else EpisodeStatus.RETURNED


def _has_left_again(state: ChildState, episode: Episode) -> bool:
    """Whether a later absence has begun: then the child has left where it was located."""
    return any(other.is_counted and other.began_at > episode.began_at for other in state.episodes)


def _located_until(phases: tuple[Phase, ...], until: datetime | None) -> tuple[Phase, ...]:
    """The phases of an absence of which the last located one ends later than the fold's, or not yet."""
    if not phases:
        return ()
    *before, last = phases
    if last.kind is PhaseKind.LOCATED:
        return (*before, replace(last, ended_at=until, ended_before=None))
    return (*phases, Phase(kind=PhaseKind.LOCATED, began_at=last.ended_at, ended_at=until))


def _sealed_from(state: ChildState, episode: Episode) -> int | None:
    if episode.death is None:
        return None
    return next((event.order for event in state.events if event.id == episode.death.event), 0)


def _parties(episode: Episode) -> Mapping[AgencyId, frozenset[str]]:
    roles: dict[AgencyId, frozenset[str]] = {}
    for agency, role in _named(episode):
        if agency is not None:
            roles[agency] = roles.get(agency, frozenset()) | {role}
    return roles


def _named(episode: Episode) -> Iterator[tuple[AgencyId | None, str]]:
    authorities, forces = episode.authorities, episode.forces
    yield authorities.responsible, "responsible"
    yield authorities.host, "host"
    yield from ((agency, "plan_holding") for agency in authorities.plan_holding)
    yield from ((agency, "education") for agency in authorities.education)
    yield from ((agency, "former") for agency in authorities.former)
    yield forces.owning, "owning_force"
    yield _force(forces.home_area), "home_force"
    yield _force(forces.placement_area), "placement_force"


def _force(area: str | None) -> AgencyId | None:
    code = packaged_reference().force_of(area)
    return None if code is None else AgencyId(code)
