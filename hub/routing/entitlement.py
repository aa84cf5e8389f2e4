"""Whom the rules entitle to be told of an episode, and who must not be told although they are.

From the routing table, the conditions and the roles; it compares nothing with what was told. An excluded agency is
entitled to nothing whatever its role, and neither is one whose only part is that it reported on the word of somebody
excluded; after a death only the rows for what follows a death entitle anybody; a former
placement is closed to; a cancelled episode entitles nobody. Where a person who works for an authority or a force is
excluded, or an agency says that the child is linked to its staff, its named officers read what its other desks would
have read, and these nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.delivery.points import Seat
from hub.delivery.rota import acted_for, acting_desk, acting_teams, is_attended, is_on_duty
from hub.directory import Directory
from hub.entry.view import EpisodeView
from hub.episode.circumstances import is_of_relation
from hub.episode.model import Episode, Exclusion, Report
from hub.ids import AgencyId, EventId
from hub.reference import Reference
from hub.routing.case import Case
from hub.routing.conditions import holds
from hub.routing.recipients import Recipients, desk_of
from hub.routing.rows import RoutingRow, Rules
from hub.routing.vocabulary import DUTY_DESK, NAMED_OFFICERS, ROLES
from schemas.records import AgencyKind, Answer, Disclosure, FlagKind, Person, PlacementChanged, Urgency

AFTER_A_DEATH: Final = "after_a_death"

BOUND_AS_REPORTER: Final = frozenset({"reporting_agency", "school", "health_desk"})
"""Roles that are no duty of an agency's own: they lift nothing of what whoever reported by it may be told."""
_WITH_DUTIES: Final = frozenset({AgencyKind.AUTHORITY, AgencyKind.POLICE})
_STAFF_LINKED: Final = FlagKind.STAFF_LINKED
_ENTITLED: Final = "entitled"
_EXCLUDED_ROLES: Final = {
    "carer": ("placement", "former_placement"),
    "foster_carer": ("placement", "former_placement"),
    "residential_worker": ("placement", "former_placement"),
    "key_worker": ("placement", "former_placement"),
    "support_worker": ("placement", "former_placement"),
    "teacher": ("school",),
    "professional": ("placement", "former_placement", "school"),
    "parent": (),
}
"""Roles of the table that a role in the words of a message shuts out, where it names no agency (c)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    """A row that entitles a seat; `is_current` if it may tell somebody anew, and ask."""

    row: RoutingRow
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """Every seat with the rows that entitle it, and the agencies shut out, each with the event that did it.

    `named` are the agencies of which named officers alone may read, each with the event that made it so. `resting` are
    the desks of those who act for others, in hours in which they do not: they are told nothing new then. `owing` are
    the rows by which a seat may be told of duties that it owes itself, and of nothing else: rows of that kind, and all
    rows where the episode is cancelled, because some duties outlive that.
    """

    seats: Mapping[Seat, tuple[Entitled, ...]]
    excluded: Mapping[AgencyId, EventId]
    closed: frozenset[AgencyId]
    resting: frozenset[Seat]
    named: Mapping[AgencyId, EventId]
    owing: Mapping[Seat, tuple[Entitled, ...]]

    @property
    def barred(self) -> frozenset[AgencyId]:
        """Agencies that may not act for others: they are excluded, or somebody who works there is, and they have no
        named officers for the matters of others.
        """
        return frozenset(self.excluded.keys() | self.named.keys())

    def opened(self, seat: Seat) -> frozenset[Disclosure]:
        """The classes that the rows of a seat open."""
        return frozenset(disclosure for one in self.seats.get(seat, ()) for disclosure in one.row.classes)

    def opened_to_caller(self, seat: Seat) -> frozenset[Disclosure]:
        """The classes within which a desk may hear why it rings others: of a cancelled episode those it read before."""
        before = (one.row for one in self.owing.get(seat, ()) if not one.row.duties_only)
        return self.opened(seat) or frozenset(disclosure for row in before for disclosure in row.classes)

    def desk_of_ower(self, agency: AgencyId, disclosure: Disclosure) -> str | None:
        """The desk at which an agency may be told of a duty of its own of a class: the duty desk, or one that alone may
        know of it; None where none may.
        """
        owing = {
            desk: (*self.seats.get((agency, desk), ()), *self.owing.get((agency, desk), ()))
            for owner, desk in sorted({*self.seats, *self.owing})
            if owner == agency
        }
        desks = sorted(owing, key=lambda desk: (acted_for(desk) is not None, desk != DUTY_DESK))
        return next((desk for desk in desks if any(disclosure in one.row.classes for one in owing[desk])), None)

    def is_shut_out(self, seat: Seat) -> bool:
        """Whether an agency, or the one that its desk acts for, must be told nothing more at this desk."""
        whose = acted_for(seat[1])
        shut = self.excluded.keys() | self.closed
        is_out = seat[0] in shut or (whose is not None and whose[1] in shut)
        return is_out or self.has_no_named_reader(seat) is not None

    def has_no_named_reader(self, seat: Seat) -> EventId | None:
        """What left the matter to the named officers of the agency, where this is another desk of it, or of a team
        that acts for it. A team that acts for others has no named officers for them.
        """
        whose = acted_for(seat[1])
        if whose is None:
            return None if seat[1] == NAMED_OFFICERS else self.named.get(seat[0])
        return self.named.get(seat[0]) or (None if whose[0] == NAMED_OFFICERS else self.named.get(whose[1]))


def entitlements(case: Case, recipients: Recipients, rules: Rules, directory: Directory) -> Entitlements:
    """Who may be told of this episode, and why; teams that act for others as whom they act for, in their hours.

    Asked for again of the same episode and view, by the same rules and directory, it is not worked out again: what was
    told meanwhile is no part of it.
    """
    known = case.state.worked_out_of_said.get(f"{_ENTITLED}/{case.episode.id}")
    by = (case.episode, case.view, recipients.reference, rules, directory)
    if (
        not isinstance(known, _Worked)
        or known.as_of != case.as_of
        or any(one is not other for one, other in zip(known.by, by, strict=True))
    ):
        known = _Worked(by, case.as_of, _entitlements(case, recipients, rules, directory))
        case.state.worked_out_of_said[f"{_ENTITLED}/{case.episode.id}"] = known
    return known.found


@dataclass(frozen=True, slots=True)
class _Worked:
    """The entitlements of an episode, and by what they were worked out."""

    by: tuple[Episode, EpisodeView, Reference, Rules, Directory]
    as_of: datetime
    found: Entitlements


def _entitlements(case: Case, recipients: Recipients, rules: Rules, directory: Directory) -> Entitlements:
    excluded = _excluded(case, recipients, directory)
    closed = recipients.former_placements
    named = _named_readers(case, directory)
    seats: dict[Seat, list[Entitled]] = {}
    owing: dict[Seat, list[Entitled]] = {}
    answers: dict[str, bool] = {}
    deceased = case.episode.deceased
    for row in rules.rows:
        if deceased and row.purpose != AFTER_A_DEATH:
            continue
        if not _all_hold(row.when, case, rules, answers):
            continue
        entitled = Entitled(row=row, is_current=_all_hold(row.while_, case, rules, answers))
        for agency in recipients.of(row.role):
            if agency not in excluded and agency not in closed:
                desk = NAMED_OFFICERS if agency in named else desk_of(row.role)
                into = owing if row.duties_only or case.episode.cancelled is not None else seats
                into.setdefault((agency, desk), []).append(entitled)
    for agency, event in _speaking_for_excluded(case, seats).items():
        excluded.setdefault(agency, event)
        for seat in [seat for seat in seats if seat[0] == agency]:
            del seats[seat]
    resting = _with_acting_teams(seats, case, directory, excluded.keys() | named.keys())
    return Entitlements(
        seats={seat: tuple(rows) for seat, rows in seats.items()},
        owing={seat: tuple(rows) for seat, rows in owing.items()},
        excluded=excluded,
        closed=closed,
        resting=resting,
        named=named,
    )


def acting_at(seat: Seat, when: datetime, directory: Directory) -> tuple[Seat, ...]:
    """The desks of teams that act for a desk at a time, whether they can be reached or not."""
    agency, desk = seat
    teams = acting_teams(directory, agency, desk)
    on_duty = (team.agency for team in teams if is_on_duty(team.row, when))
    return tuple((team, acting_desk(desk, agency)) for team in dict.fromkeys(on_duty))


def shut_out(case: Case, recipients: Recipients) -> frozenset[AgencyId]:
    """Agencies that may read nothing of this episode by whatever way: excluded by name, by role or for somebody who
    works there (a reader of the register has no desks), who have no part but a report on an excluded parent's word, and
    homes that the child has left.
    """
    excluded = case.state.standing_exclusions
    named = frozenset(agency for one in excluded for agency in _agencies(one, case, recipients))
    speaking = {
        report.agency
        for report, _ in _on_the_word_of(excluded, case)
        if not any(report.agency in recipients.of(role) for role in ROLES if role not in BOUND_AS_REPORTER)
    }
    return named | speaking | recipients.former_placements


def _with_acting_teams(
    seats: dict[Seat, list[Entitled]], case: Case, directory: Directory, barred: Collection[AgencyId]
) -> frozenset[Seat]:
    """Add the desks of teams that act for these seats, `barred` ones left out; give those that are off duty now.

    What follows an absence that is over is the day team's: of it they are told anew only what must be seen at once. A
    team that the hub cannot reach has to be rung while nobody is at the desk itself, and rests as long as somebody is.
    """
    resting: dict[Seat, bool] = {}
    for (agency, desk), own in list(seats.items()):
        teams = [team for team in acting_teams(directory, agency, desk) if team.agency not in barred]
        if not teams:
            continue
        rows = [
            replace(one, is_current=one.is_current and (case.episode.is_open or one.row.urgency is Urgency.NOW))
            for one in own
        ]
        is_closed = not is_attended(directory, agency, desk, case.as_of)
        for team in teams:
            seat = (team.agency, acting_desk(desk, agency))
            is_told = is_closed or directory.is_connected(team.agency, case.as_of)
            seats[seat] = rows
            resting[seat] = resting.get(seat, True) and not (is_told and is_on_duty(team.row, case.as_of))
    return frozenset(seat for seat, rests in resting.items() if rests)


def _all_hold(conditions: Iterable[str], case: Case, rules: Rules, answers: dict[str, bool]) -> bool:
    """Whether all of these hold; each is asked once of an episode."""
    for condition in conditions:
        answer = answers.get(condition)
        if answer is None:
            answer = answers[condition] = holds(condition, case, rules)
        if not answer:
            return False
    return True


def _excluded(case: Case, recipients: Recipients, directory: Directory) -> dict[AgencyId, EventId]:
    """Agencies that must not be told, each with the exclusion that came first."""
    shut_out: dict[AgencyId, EventId] = {}
    for exclusion in _standing_exclusions(case):
        if not _is_of_a_person(exclusion, directory):
            for agency in _agencies(exclusion, case, recipients):
                shut_out.setdefault(agency, exclusion.event)
    return shut_out


def _speaking_for_excluded(case: Case, seats: Mapping[Seat, list[Entitled]]) -> dict[AgencyId, EventId]:
    """Agencies that reported on the word of a parent or carer who is excluded, and have no other part in the matter:
    what they are told is told to that person. Each with the exclusion; police and authorities have a part always.
    """
    found: dict[AgencyId, EventId] = {}
    for report, exclusion in _on_the_word_of(_standing_exclusions(case), case):
        rows = [one.row for seat, some in seats.items() if seat[0] == report.agency for one in some]
        if all(row.role in BOUND_AS_REPORTER for row in rows):
            found.setdefault(report.agency, exclusion.event)
    return found


def _on_the_word_of(standing: Iterable[Exclusion], case: Case) -> list[tuple[Report, Exclusion]]:
    """Reports on the word of a parent or carer who is excluded, each with the first exclusion; none of police or of an
    authority, whose own duty it is to know.
    """
    excluded = tuple(standing)
    found: list[tuple[Report, Exclusion]] = []
    for report in case.episode.reports if excluded else ():
        one = next((one for one in excluded if is_of_relation(one, report.relation)), None)
        if one is not None and report.kind not in _WITH_DUTIES:
            found.append((report, one))
    return found


def _named_readers(case: Case, directory: Directory) -> dict[AgencyId, EventId]:
    """Agencies of which named officers alone may read: a person of an authority or a force is excluded, or an agency
    says that the child is linked to its staff (of police not by the flag alone: whoever searches has to know) (c).
    """
    found: dict[AgencyId, EventId] = {}
    said: dict[AgencyId, tuple[Answer, EventId]] = {}
    for exclusion in _standing_exclusions(case):
        if exclusion.agency is not None and _is_of_a_person(exclusion, directory):
            found.setdefault(exclusion.agency, exclusion.event)
    is_said = any(flag.kind is _STAFF_LINKED for flag in case.episode.flags)
    for event in case.state.standing if is_said else ():
        person: Person | None = getattr(event.body, "person", None)
        if person is not None and event.sender_kind is not AgencyKind.POLICE:
            for flag in person.flags:
                if flag.kind is _STAFF_LINKED:
                    said[event.sender] = (flag.value, event.id)
    return found | {agency: event for agency, (value, event) in said.items() if value is Answer.YES}


def _is_of_a_person(exclusion: Exclusion, directory: Directory) -> bool:
    """Whether somebody is meant who works for an authority or a force, and not the whole agency: a person was named, or
    a child has told of harm by one. Nobody else could do what an authority or a force owes the child, the enquiry into
    that very harm included: its named officers do it, until somebody decides that the whole agency is shut out.

    Of a home, a provider or a school that employs the excluded the whole agency is shut out: the cautious reading (c).
    """
    if exclusion.agency is None or not (exclusion.person or exclusion.is_provisional):
        return False
    entry = directory.agency(exclusion.agency)
    return entry is not None and entry.kind in _WITH_DUTIES


def _standing_exclusions(case: Case) -> list[Exclusion]:
    standing = [one for one in case.state.standing_exclusions if one.from_when <= case.as_of]
    return sorted(standing, key=lambda one: (case.order(one.event), one.event))


def _agencies(exclusion: Exclusion, case: Case, recipients: Recipients) -> tuple[AgencyId, ...]:
    """The agencies that an exclusion shuts out. Of a carer whom nobody has named: whoever has or had the child, and
    every home that reported it; not those to whom the child was moved since.
    """
    if exclusion.agency is not None:
        return (exclusion.agency,)
    named = (exclusion.role or "").strip().lower().replace(" ", "_")
    roles = _EXCLUDED_ROLES.get(named, (named,) if named in ROLES else ())
    found = dict.fromkeys(agency for role in roles for agency in recipients.of(role))
    if "placement" in roles:
        found |= dict.fromkeys(report.agency for report in case.episode.reports if report.kind is AgencyKind.PLACEMENT)
        found = {agency: None for agency in found if agency != _moved_to_since(exclusion, case)}
    return tuple(found)


def _moved_to_since(exclusion: Exclusion, case: Case) -> AgencyId | None:
    """Who has the child by a move later than what an exclusion is about."""
    placed = case.episode.placement
    if placed is None or placed.provider is None or placed.since <= exclusion.from_when:
        return None
    moved = case.by_id.get(placed.event)
    return placed.provider if moved is not None and isinstance(moved.body, PlacementChanged) else None
