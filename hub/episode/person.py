"""What is stated of the child beyond any one absence: flags, care, home area, placements, birth, school.

Every agency's latest statement counts, and of several the most worried, or the best placed to know: nothing is
averaged, and `not known` is never shown as `no`. The register's view of the person is made elsewhere (entry); this is
only what routing, clocks and the laws need.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from hub.episode.facts import covers
from hub.episode.model import CareState, FlagState, PlacementState
from hub.episode.times import happened_at, past
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    AgencyKind,
    Answer,
    BirthPrecision,
    CareStatusChanged,
    Flag,
    FlagKind,
    MissingReported,
    Person,
    Placement,
    PlacementChanged,
    PlacementKind,
)

BEST_PLACED: Final[Mapping[AgencyKind, int]] = {
    kind: place
    for place, kind in enumerate(
        (
            AgencyKind.AUTHORITY,
            AgencyKind.PLACEMENT,
            AgencyKind.PROVIDER,
            AgencyKind.POLICE,
            AgencyKind.HEALTH,
            AgencyKind.SCHOOL,
            AgencyKind.NATIONAL,
            AgencyKind.HUB,
            AgencyKind.UNKNOWN,
        )
    )
}
"""Who knows best where a child lives: the authority decides it, the home is checked against it."""
_HOMES: Final = frozenset({AgencyKind.PLACEMENT, AgencyKind.PROVIDER})
_WORRY: Final = {Answer.YES: 3, Answer.NO: 2, Answer.NOT_KNOWN: 1, Answer.UNKNOWN: 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementSaid:
    """One statement of where the child is placed. `moves`: it tells of a move; otherwise a report mentions it."""

    state: PlacementState
    kind: AgencyKind
    moves: bool
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFacts:
    """What all standing events together say of the child.

    `home_is_kept` if anybody says that the address of the home is protected, `address_is_kept` if that any address
    of the child is; `as_of` is the latest acceptance among them. `care` is every standing that is stated, whenever it
    holds, with the place of its statement in the order accepted.
    """

    flags: tuple[FlagState, ...]
    care: tuple[tuple[int, CareState], ...]
    home_area: str | None
    home_is_kept: bool
    address_is_kept: bool
    placements: tuple[PlacementSaid, ...]
    born: date | None
    school: AgencyId | None
    as_of: datetime | None


def child_facts(standing: Sequence[Event]) -> ChildFacts:
    """Read the facts from standing events in the order accepted."""
    reading = _Reading()
    for event in standing:
        reading.take(event)
    as_of = reading.as_of
    address_is_kept = _is_flagged(reading.flags, FlagKind.PROTECTED_ADDRESS)
    return ChildFacts(
        flags=_most_worried(reading.flags),
        care=(
            *((order, state) for order, states in reading.care.values() for state in states),
            *reading.reported_care_that_counts(),
        ),
        home_area=min(reading.homes.values())[1] if reading.homes else None,
        home_is_kept=reading.has_protected_home or address_is_kept,
        address_is_kept=address_is_kept,
        placements=tuple(reading.placements),
        born=reading.born,
        school=reading.school,
        as_of=as_of,
    )


class _Reading:
    """What has been read so far, each agency's latest statement replacing its earlier one."""

    def __init__(self) -> None:
        self.flags: dict[tuple[FlagKind, AgencyId], FlagState] = {}
        self.care: dict[AgencyId, tuple[int, tuple[CareState, ...]]] = {}
        self.reported_care: dict[AgencyId, tuple[int, tuple[CareState, ...]]] = {}
        self.homes: dict[AgencyId, tuple[int, str]] = {}
        self.has_protected_home = False
        self.placements: list[PlacementSaid] = []
        self.born: date | None = None
        self.school: AgencyId | None = None
        self.as_of: datetime | None = None

    def take(self, event: Event) -> None:
        """Read one event."""
        if self.as_of is None or event.accepted_at > self.as_of:
            self.as_of = event.accepted_at
        match event.body:
            case MissingReported() as body:
                self._take_report(event, body)
            case CareStatusChanged() as body:
                self.care[event.sender] = event.order, _care_of_change(event, body)
            case PlacementChanged() as body:
                self.placements.append(_placement_of_move(event, body))
            case _:
                pass
        person: Person | None = getattr(event.body, "person", None)
        if person is not None:
            self._take_person(event, person)

    def reported_care_that_counts(self) -> Iterator[tuple[int, CareState]]:
        """A report's list counts until its sender sends the set with dates."""
        return (
            (order, state)
            for agency, (order, states) in self.reported_care.items()
            if agency not in self.care
            for state in states
        )

    def _take_report(self, event: Event, body: MissingReported) -> None:
        if body.school is not None and body.school.agency is not None:
            self.school = AgencyId(body.school.agency)
        if body.care_status:
            self.reported_care[event.sender] = event.order, _care_of_report(event, body)
        placement = _placement_of_report(event, body)
        if placement is not None:
            self.placements.append(placement)

    def _take_person(self, event: Event, person: Person) -> None:
        for flag in person.flags:
            self._take_flag(event, flag)
        self.has_protected_home = self.has_protected_home or (person.home is not None and person.home.protected)
        if person.home is not None and person.home.area_code is not None:
            self.homes[event.sender] = (BEST_PLACED[event.sender_kind], person.home.area_code)
        self.born = _youngest(self.born, person)

    def _take_flag(self, event: Event, flag: Flag) -> None:
        """A flag that its setter only states again was set when it was first stated; its review may be a new one."""
        known = self.flags.get((flag.kind, event.sender))
        is_the_same = known is not None and known.value is flag.value
        stated = past(flag.set_at, event.accepted_at)
        first = stated or happened_at(event)
        self.flags[flag.kind, event.sender] = FlagState(
            kind=flag.kind,
            value=flag.value,
            basis=flag.basis,
            set_by=event.sender,
            set_at=min(first, known.set_at) if known is not None and is_the_same else first,
            review_by=flag.review_by,
            event=known.event if known is not None and is_the_same else event.id,
        )


def care_on(facts: ChildFacts, day: date | None) -> tuple[CareState, ...]:
    """The standings that hold on a day; all where no day is known. One that a report gives without dates holds no more
    where an authority has said later that it was over by then, or not yet begun.
    """
    if day is None:
        return tuple(state for _, state in facts.care)
    dated = [(order, state) for order, state in facts.care if state.authority is not None]
    over = {
        state.status: max(order for order, other in dated if other.status is state.status)
        for _, state in dated
        if not any(other.status is state.status and _holds(other, day) for _, other in dated)
    }
    return tuple(
        state
        for order, state in facts.care
        if _holds(state, day) and (state.authority is not None or order > over.get(state.status, -1))
    )


def _holds(state: CareState, day: date) -> bool:
    return covers(state.from_date, state.until_date, day)


def placement_of(
    facts: ChildFacts, began_at: datetime, ended_at: datetime | None, reports: Sequence[Event]
) -> tuple[PlacementState | None, tuple[PlacementState, ...]]:
    """The placement of a child in an absence as it is by its end, and those it left in the course of it."""
    if not facts.placements:
        return None, ()
    mine = {event.id for event in reports}
    until = ended_at or facts.as_of or began_at
    told = sorted((said for said in facts.placements if said.moves), key=lambda said: (said.state.since, said.order))
    moves = [said for said in told if not _takes_back(said, facts.placements)]
    before = [said for said in moves if said.state.since <= began_at]
    candidates = [said for said in facts.placements if not said.moves and said.state.event in mine] + before[-1:]
    states: list[PlacementState] = []
    if candidates:
        states.append(min(candidates, key=lambda said: (BEST_PLACED[said.kind], -said.order)).state)
    states.extend(said.state for said in moves if began_at < said.state.since <= until)
    if not states:
        return None, ()
    current = states[-1]
    former = tuple(state for state in states[:-1] if state.provider is None or state.provider != current.provider)
    return current, former


def homes_left(facts: ChildFacts) -> dict[AgencyId, tuple[tuple[datetime, datetime | None], ...]]:
    """Of every home that had the child and was told of a move from it: between which times the child lived elsewhere.

    A move to a placement of which nobody says who runs it counts as one from whoever had the child before, as it does
    where a home is told that the matter is closed to it.
    """
    told = sorted((said for said in facts.placements if said.moves), key=lambda said: (said.state.since, said.order))
    moves = [said for said in told if not _takes_back(said, facts.placements)]
    found: dict[AgencyId, list[tuple[datetime, datetime | None]]] = {}
    homes = dict.fromkeys(said.state.provider for said in facts.placements if said.state.provider is not None)
    for home in homes if moves else ():
        first = min(said.state.since for said in facts.placements if said.state.provider == home)
        since: datetime | None = None
        for move in moves:
            if move.state.provider == home:
                if since is not None:
                    found.setdefault(home, []).append((since, move.state.since))
                since = None
            elif since is None and first < move.state.since:
                since = move.state.since
        if since is not None:
            found.setdefault(home, []).append((since, None))
    return {home: tuple(stretches) for home, stretches in found.items()}


def _takes_back(said: PlacementSaid, everything: Sequence[PlacementSaid]) -> bool:
    """Whether a home that an authority has moved the child from says that the child was moved back to it: the authority
    decides where a child lives, and a home that was left would open to itself what is closed to it.
    """
    home, at = said.state.provider, (said.state.since, said.order)
    if said.kind not in _HOMES or home is None or home != said.state.agency:
        return False
    decided = [other for other in everything if other.moves and other.kind is AgencyKind.AUTHORITY]
    before = [other for other in decided if (other.state.since, other.order) <= at]
    last = max(before, key=lambda other: (other.state.since, other.order), default=None)
    if last is None or last.state.provider == home:
        return False
    return any(other.state.provider == home and other.order < last.order for other in everything)


def _is_flagged(flags: Mapping[tuple[FlagKind, AgencyId], FlagState], wanted: FlagKind) -> bool:
    return any(kind is wanted and state.value is Answer.YES for (kind, _), state in flags.items())


def _most_worried(flags: Mapping[tuple[FlagKind, AgencyId], FlagState]) -> tuple[FlagState, ...]:
    """One state a kind: the most worried answer; of equal ones the one that holds longest, then the one set first."""
    found: dict[FlagKind, FlagState] = {}
    for (kind, _), state in flags.items():
        known = found.get(kind)
        if known is None or _standing(state) > _standing(known):
            found[kind] = state
    return tuple(found[kind] for kind in sorted(found))


def _standing(state: FlagState) -> tuple[int, bool, float, float, str]:
    review = state.review_by
    holds = 0.0 if review is None else review.timestamp()
    return (_WORRY[state.value], review is None, holds, -state.set_at.timestamp(), state.event)


def _youngest(known: date | None, person: Person) -> date | None:
    """The latest date of birth that anybody gives: a child is treated as the youngest it may be."""
    stated = person.date_of_birth
    if stated is None:
        return known
    if person.birth_precision is BirthPrecision.YEAR:
        stated = stated.replace(month=12, day=31)
    return stated if known is None else max(known, stated)


def _care_of_change(event: Event, body: CareStatusChanged) -> tuple[CareState, ...]:
    return tuple(
        CareState(
            status=period.status,
            authority=AgencyId(period.authority or event.sender),
            from_date=period.from_date,
            until_date=period.until_date,
            event=event.id,
            agency=event.sender,
        )
        for period in body.statuses
    )


def _care_of_report(event: Event, body: MissingReported) -> tuple[CareState, ...]:
    return tuple(
        CareState(status=status, authority=None, from_date=None, until_date=None, event=event.id, agency=event.sender)
        for status in body.care_status
    )


def _placement_of_report(event: Event, body: MissingReported) -> PlacementSaid | None:
    runs_it = event.sender_kind in _HOMES
    if body.placement is None and not runs_it:
        return None
    placement = body.placement or Placement()
    state = _state(event, placement, happened_at(event), placement.host_authority)
    address = body.person.placement_address if body.person is not None else None
    if address is not None and state.area_code is None:
        state = replace(state, area_code=address.area_code)
    if state.provider is None and runs_it:
        state = replace(state, provider=event.sender)
    return PlacementSaid(state=state, kind=event.sender_kind, moves=False, order=event.order)


def _placement_of_move(event: Event, body: PlacementChanged) -> PlacementSaid:
    placement = body.to_placement or Placement(kind=PlacementKind.NONE if body.ended_at else PlacementKind.UNKNOWN)
    host = body.host_authority or placement.host_authority
    state = _state(event, placement, happened_at(event), host)
    return PlacementSaid(state=state, kind=event.sender_kind, moves=True, order=event.order)


def _state(event: Event, placement: Placement, since: datetime, host: str | None) -> PlacementState:
    address = placement.address
    area = (address.area_code if address is not None else None) or host
    return PlacementState(
        kind=placement.kind,
        provider=None if placement.provider_agency is None else AgencyId(placement.provider_agency),
        name=placement.name,
        host_authority=None if (host or area) is None else AgencyId(host or area or ""),
        area_code=area,
        address=address,
        since=since,
        event=event.id,
        agency=event.sender,
    )
