"""Whom the rules entitle to be told of an episode, and who must not be told although they are.

From the routing table, the conditions and the roles; it compares nothing with what was told. An excluded agency is
entitled to nothing whatever its role; after a death only the rows for what follows a death entitle anybody; a former
placement is closed to; a cancelled episode entitles nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.episode.model import Exclusion
from hub.ids import AgencyId, EventId
from hub.routing.case import Case
from hub.routing.conditions import holds
from hub.routing.knowledge import Seat
from hub.routing.recipients import Recipients, desk_of
from hub.routing.rows import RoutingRow, Rules
from hub.routing.vocabulary import ROLES

AFTER_A_DEATH: Final = "after_a_death"

_EXCLUDED_ROLES: Final = {
    "carer": ("placement", "former_placement"),
    "foster_carer": ("placement", "former_placement"),
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
    """Every seat with the rows that entitle it, and the agencies shut out, each with the event that did it."""

    seats: Mapping[Seat, tuple[Entitled, ...]]
    excluded: Mapping[AgencyId, EventId]
    closed: frozenset[AgencyId]


def entitlements(case: Case, recipients: Recipients, rules: Rules) -> Entitlements:
    """Who may be told of this episode, and why."""
    excluded = _excluded(case, recipients)
    closed = recipients.former_placements
    seats: dict[Seat, list[Entitled]] = {}
    if case.episode.cancelled is None:
        answers: dict[str, bool] = {}
        for row in rules.rows:
            if case.episode.deceased and row.purpose != AFTER_A_DEATH:
                continue
            if not all(_answer(condition, case, rules, answers) for condition in row.when):
                continue
            is_current = all(_answer(condition, case, rules, answers) for condition in row.while_)
            entitled = Entitled(row=row, is_current=is_current)
            for agency in recipients.of(row.role):
                if agency not in excluded and agency not in closed:
                    seats.setdefault((agency, desk_of(row.role)), []).append(entitled)
    return Entitlements(seats={seat: tuple(rows) for seat, rows in seats.items()}, excluded=excluded, closed=closed)


def _answer(condition: str, case: Case, rules: Rules, answers: dict[str, bool]) -> bool:
    if condition not in answers:
        answers[condition] = holds(condition, case, rules)
    return answers[condition]


def _excluded(case: Case, recipients: Recipients) -> dict[AgencyId, EventId]:
    """Agencies that must not be told, each with the exclusion that came first."""
    shut_out: dict[AgencyId, EventId] = {}
    standing = [one for one in case.state.exclusions if one.lifted_by is None and one.from_when <= case.as_of]
    for exclusion in sorted(standing, key=lambda one: (case.order(one.event), one.event)):
        for agency in _agencies(exclusion, recipients):
            shut_out.setdefault(agency, exclusion.event)
    return shut_out


def _agencies(exclusion: Exclusion, recipients: Recipients) -> tuple[AgencyId, ...]:
    if exclusion.agency is not None:
        return (exclusion.agency,)
    named = (exclusion.role or "").strip().lower().replace(" ", "_")
    roles = _EXCLUDED_ROLES.get(named, (named,) if named in ROLES else ())
    return tuple(agency for role in roles for agency in recipients.of(role))
