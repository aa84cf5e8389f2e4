"""What the fold decided about an episode, in the few values that the view and the register need.

Nothing is decided here a second time: status, start, end, phases, risk and police position are the fold's. This
module says only which of them may be shown as they are, and which agencies have which role in the episode.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from hub.episode.model import ChildState, Episode
from hub.ids import AgencyId, ChildId, EpisodeId, EventId
from hub.reference import packaged_reference
from schemas.records import EpisodeStatus, Nation, Phase, PhaseKind, PolicePosition, RiskGrade

_BACK: Final = frozenset({EpisodeStatus.RETURNED, EpisodeStatus.SETTLED_ELSEWHERE})


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeFacts:
    """What the fold decided about an episode; times are aware UTC.

    `sealed_from` is the place in the total order of the event that sealed the outcome (a death): whatever was said
    of the episode from there on is `restricted`. `is_detained`: it ended in custody, of which others read that the
    child is located. `parties` are the agencies with a role in the episode.
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
    is_detained: bool = False
    risk: RiskGrade | None = None
    basis: Mapping[str, EventId] = field(default_factory=dict)
    """The event that each of these facts stands on: `status`, `police_position`, `began_at`, `ended_at`, `risk`."""
    parties: Mapping[AgencyId, frozenset[str]] = field(default_factory=dict)

    @property
    def is_sealed(self) -> bool:
        """True if the outcome is sealed: all that may be shown is that the search was stood down."""
        return self.sealed_from is not None

    @property
    def shown_status(self) -> EpisodeStatus:
        """The status that everybody may read."""
        return EpisodeStatus.LOCATED_NOT_RETURNED if self.is_detained else self.status


def episode_facts(state: ChildState, episode: Episode) -> EpisodeFacts:
    """The facts of one episode of a child's state."""
    basis = {
        "status": episode.status_event,
        "began_at": episode.start_event,
        "ended_at": episode.end_event,
        "police_position": episode.police.event,
        "risk": episode.risk.event,
    }
    return EpisodeFacts(
        episode=episode.id,
        child=state.child,
        nation=episode.nation,
        status=episode.status,
        police_position=episode.police_position,
        sequence=episode.sequence,
        changed_at=episode.changed_at,
        began_at=episode.began_at,
        ended_at=episode.ended_at,
        phases=tuple(
            Phase(
                kind=phase.kind,
                began_at=phase.began_at,
                ended_at=phase.ended_at,
                ended_before=phase.ended_before,
            )
            for phase in episode.phases
        ),
        sealed_from=_sealed_from(state, episode),
        is_detained=episode.is_detained and episode.status in _BACK,
        risk=episode.risk.grade,
        basis={name: event for name, event in basis.items() if event is not None},
        parties=_parties(episode),
    )


def shown_phases(facts: EpisodeFacts) -> tuple[Phase, ...]:
    """The phases as the register may show them: of a sealed outcome only that a search began, of custody no end."""
    if facts.is_detained and facts.phases:
        *before, last = facts.phases
        if last.kind is PhaseKind.LOCATED:
            return (*before, replace(last, ended_at=None, ended_before=None))
        return (*facts.phases, Phase(kind=PhaseKind.LOCATED, began_at=last.ended_at))
    if not facts.is_sealed:
        return facts.phases
    return (Phase(kind=PhaseKind.MISSING, began_at=facts.began_at),)


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
