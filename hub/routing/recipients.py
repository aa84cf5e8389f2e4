"""Which agencies a role of the routing table means in one episode: by what is stated, by area, by the directory.

An agency that has not joined is named all the same (by its official code, or by the role itself where only the
directory could say who holds it): that it cannot be reached is for the caller to act on, never a silence. Rules:
the agencies of a protected address never enter an episode by way of that address (the fold leaves its area out, and
a host authority known from there alone is passed over here); a role that nothing is known about
means nobody.
"""

from collections.abc import Callable, Iterable
from typing import Final

from hub.directory import Directory
from hub.episode.forces import MAY_HAND_OVER
from hub.episode.model import AuthorityBasis
from hub.ids import AgencyId
from hub.reference import BRITISH_TRANSPORT_POLICE, Reference
from hub.routing.case import Case
from hub.routing.vocabulary import DESKS, DUTY_DESK
from schemas.records import AgencyKind, Disclosure, OwnershipStep, OwnershipTransferred, ReturnInterviewOffered

_HOST: Final = "placement.host_authority"
_MAY_OFFER: Final = frozenset({AgencyKind.AUTHORITY, AgencyKind.PROVIDER})


class Recipients:
    """Answers for one episode, each role once."""

    def __init__(self, case: Case, directory: Directory, reference: Reference) -> None:
        self._case = case
        self._directory = directory
        self.reference = reference
        self._known: dict[str, tuple[AgencyId, ...]] = {}

    def of(self, role: str) -> tuple[AgencyId, ...]:
        """The agencies that have a role in this episode, without repeats; empty where nobody is known to."""
        if role not in self._known:
            self._known[role] = tuple(dict.fromkeys(agency for agency in _RESOLVERS[role](self) if agency))
        return self._known[role]

    @property
    def former_placements(self) -> frozenset[AgencyId]:
        """Providers whose placement has ended, and who have no other."""
        return frozenset(self.of("former_placement")) - frozenset(self.of("placement"))

    # ---- police ----

    def _last_seen_force(self) -> tuple[AgencyId | None, ...]:
        """The force of the place; where nobody knows the place, whichever force is the likeliest to hold the case."""
        seen = self._force(self._case.episode.forces.last_seen_area)
        return (seen,) if seen is not None else self._owning_force()

    def _home_force(self) -> tuple[AgencyId | None, ...]:
        return (self._force(self._case.episode.forces.home_area),)

    def _placement_force(self) -> tuple[AgencyId | None, ...]:
        return (self._force(self._case.episode.forces.placement_area),)

    def _responsible_force(self) -> tuple[AgencyId | None, ...]:
        return tuple(self._force(authority) for authority in self.of("responsible_authority"))

    def _found_force(self) -> tuple[AgencyId | None, ...]:
        return (self._force(self._case.episode.forces.found_area),)

    def _owning_force(self) -> tuple[AgencyId | None, ...]:
        """The force that holds the case; before any does, the likeliest that the report itself points to."""
        if self._case.episode.forces.owning is not None:
            return (self._case.episode.forces.owning,)
        reporters = (self._force(area) for area in self._reporters_areas())
        seen = self._force(self._case.episode.forces.last_seen_area)
        likely = (
            seen, *self._home_force(), *self._placement_force(), *self._responsible_force(),
            *reporters,
        )  # fmt: skip
        return (next((force for force in likely if force), None),)

    def _neighbours(self) -> tuple[AgencyId | None, ...]:
        seen = self.reference.force_of(self._case.episode.forces.last_seen_area)
        return tuple(self._force(code) for code in sorted(self.reference.neighbours_of(seen))) if seen else ()

    def _transport_police(self) -> tuple[AgencyId | None, ...]:
        return (self._force(BRITISH_TRANSPORT_POLICE),)

    def _force(self, area: str | None) -> AgencyId | None:
        """The force of an area: the agency with its official code, and no other, whatever the directory says of it."""
        code = self.reference.force_of(area)
        return None if code is None else AgencyId(code)

    # ---- authorities ----

    def _responsible(self) -> tuple[AgencyId | None, ...]:
        """The responsible authority, and while that is disputed also the one that holds the clocks.

        Where nobody is known to be responsible, the authority where the child was last seen, as for its duties (c);
        where nobody knows that either, the one whose area whoever reported serves: a report is never told to nobody.
        """
        roles, seen = self._case.episode.authorities, self._case.episode.forces.last_seen_area
        if roles.responsible is None and roles.holder is None:
            areas = self._reporters_areas() if seen is None else (seen,)
            return next(((AgencyId(area),) for area in areas if area in self.reference.authorities), ())
        return (roles.responsible, roles.holder)

    def _reporters_areas(self) -> tuple[str, ...]:
        """The areas of those who reported: an authority's own code, or the one area that an agency serves.

        Not where an address is kept: the agency of a safe address would lead to it.
        """
        if any(known.disclosure is Disclosure.PROTECTED for known in self._case.view.golden):
            return tuple(report.agency for report in self._case.reports)
        entries = ((report.agency, self._directory.agency(report.agency)) for report in self._case.reports)
        return tuple(
            entry.areas[0] if entry is not None and len(entry.areas) == 1 else agency for agency, entry in entries
        )

    def _named_officers(self) -> tuple[AgencyId | None, ...]:
        """Of an authority that is responsible by a claim; that the child was seen or found in its area is none (c)."""
        roles = self._case.episode.authorities
        by_place = {claim.authority for claim in roles.claims if claim.basis is AuthorityBasis.FOUND_AREA}
        by_claim = {claim.authority for claim in roles.claims if claim.basis is not AuthorityBasis.FOUND_AREA}
        named = frozenset({roles.responsible, roles.holder}) - (by_place - by_claim)
        return tuple(agency for agency in self.of("responsible_authority") if agency in named)

    def _host(self) -> tuple[AgencyId | None, ...]:
        host = self._case.episode.authorities.host
        return () if self._case.is_kept(_HOST) or host in self.of("responsible_authority") else (host,)

    def _found_authority(self) -> tuple[AgencyId | None, ...]:
        area = self._case.episode.forces.found_area
        return (AgencyId(area),) if area is not None and area in self.reference.authorities else ()

    def _section_47(self) -> tuple[AgencyId | None, ...]:
        return (self._case.episode.authorities.section_47,)

    def _exploitation_team(self) -> tuple[AgencyId | None, ...]:
        """Teams that are agencies of their own and serve the area; otherwise a desk of the responsible authority."""
        areas = {self._case.episode.forces.last_seen_area, *self.of("responsible_authority")}
        teams = self._holding("exploitation_team", areas)
        return teams or self.of("responsible_authority")

    # ---- everybody else ----

    def _proposing(self) -> tuple[AgencyId | None, ...]:
        said = self._case.episode.of(OwnershipTransferred)
        return tuple(
            event.sender
            for event, body in said
            if body.step is OwnershipStep.PROPOSED and event.sender_kind in MAY_HAND_OVER
        )

    def _placement(self) -> tuple[AgencyId | None, ...]:
        placed = self._case.episode.placement
        if placed is not None and placed.provider is not None:
            return (placed.provider,)
        if placed is not None and self._case.episode.former_placements:
            return ()
        return tuple(report.agency for report in self._case.reports if report.kind is AgencyKind.PLACEMENT)

    def _former_placement(self) -> tuple[AgencyId | None, ...]:
        return tuple(placed.provider for placed in self._case.episode.former_placements)

    def _reporting(self) -> tuple[AgencyId | None, ...]:
        return tuple(report.agency for report in self._case.reports)

    def _health_desks(self) -> tuple[AgencyId | None, ...]:
        area = self._case.episode.forces.last_seen_area
        return tuple(AgencyId(entry.agency_id) for entry in self._directory.serving(area or "", AgencyKind.HEALTH))

    def _provider(self) -> tuple[AgencyId | None, ...]:
        named = provider_named(self._case)
        return () if named is None else (named,)

    def _holding(self, role: str, areas: Iterable[str | None]) -> tuple[AgencyId | None, ...]:
        wanted = frozenset(area for area in areas if area)
        return tuple(
            AgencyId(entry.agency_id) for entry in self._directory.with_role(role) if wanted & frozenset(entry.areas)
        )

    def _national(self, role: str) -> tuple[AgencyId | None, ...]:
        """Whoever the directory says holds a national role; the role itself where nobody does."""
        holders = tuple(AgencyId(entry.agency_id) for entry in self._directory.with_role(role))
        return holders or (AgencyId(role),)


def provider_named(case: Case) -> AgencyId | None:
    """Who is to hold the return interview: by the word of an authority, or of a provider; nobody else names one."""
    offers = case.episode.of(ReturnInterviewOffered)
    named = [body.provider_agency for event, body in offers if event.sender_kind in _MAY_OFFER and body.provider_agency]
    return AgencyId(named[-1]) if named else None


def desk_of(role: str) -> str:
    """The desk of the recipient that a role means."""
    return DESKS.get(role, DUTY_DESK)


_Resolver = Callable[[Recipients], tuple[AgencyId | None, ...]]


def _desk_of_responsible(recipients: Recipients) -> tuple[AgencyId | None, ...]:
    return recipients.of("responsible_authority")


# The resolvers are the class's own questions; the table below only gives each its role.
# ruff: noqa: SLF001
_RESOLVERS: Final[dict[str, _Resolver]] = {
    "force_where_last_seen": Recipients._last_seen_force,
    "force_of_home": Recipients._home_force,
    "force_of_placement": Recipients._placement_force,
    "force_of_responsible_authority": Recipients._responsible_force,
    "force_where_found": Recipients._found_force,
    "owning_force": Recipients._owning_force,
    "owning_force_named": Recipients._owning_force,
    "force_that_handed_over": lambda recipients: recipients._case.episode.forces.gave,
    "agency_that_asked": Recipients._proposing,
    "neighbouring_forces": Recipients._neighbours,
    "transport_police": Recipients._transport_police,
    "responsible_authority": Recipients._responsible,
    "host_authority": Recipients._host,
    "authority_where_found": Recipients._found_authority,
    "section_47_authority": Recipients._section_47,
    "plan_holding_authority": lambda recipients: recipients._case.episode.authorities.plan_holding,
    "education_authority": lambda recipients: recipients._case.episode.authorities.education,
    "director": _desk_of_responsible,
    "named_officers": Recipients._named_officers,
    "reviewing_team": _desk_of_responsible,
    "social_worker_team": _desk_of_responsible,
    "virtual_school": _desk_of_responsible,
    "exploitation_team": Recipients._exploitation_team,
    "placement": Recipients._placement,
    "former_placement": Recipients._former_placement,
    "reporting_agency": Recipients._reporting,
    "school": lambda recipients: (recipients._case.episode.school,),
    "health_desk": Recipients._health_desks,
    "national_unit": lambda recipients: recipients._national("national_unit"),
    "border_desk": lambda recipients: recipients._national("border_desk"),
    "home_office": lambda recipients: recipients._national("home_office"),
    "interview_provider": Recipients._provider,
    "analyst": lambda _: (),
}
