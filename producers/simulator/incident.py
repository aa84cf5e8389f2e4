"""What really happens when one child goes missing: drawn from the parameters, known to no agency as a whole.

The course is the truth that the simulated agencies then tell in part, late and differently; so a test can compare
what the register came to believe with what happened. Times are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from producers.simulator.agencies import SimulatedAgency
from producers.simulator.parameters import Parameters
from producers.simulator.people import SimulatedChild
from schemas.records import PlaceKind, ReportedStatus, RiskGrade

__all__ = ["Ending", "Incident", "incident_of"]

_SCHOOL_HOURS: Final = range(9, 15)
_SATURDAY: Final = 5


class Ending(StrEnum):
    """How an absence ends."""

    RETURNED_BY_THEMSELVES = "returned_by_themselves"
    FOUND_BY_POLICE = "found_by_police"
    FOUND_BY_CARER = "found_by_carer"
    LOCATED_NOT_RETURNED = "located_not_returned"
    IN_HOSPITAL = "in_hospital"
    WAS_WHERE_EXPECTED = "was_where_expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One absence of one child, as it was."""

    number: str
    """Unique in a run: authority and count."""
    child: SimulatedChild
    last_seen_at: datetime
    noticed_at: datetime
    located_at: datetime
    returned_at: datetime
    """When the child was home; after `located_at` where somebody had to fetch them."""
    status: ReportedStatus
    grade: RiskGrade
    ending: Ending
    found_at: PlaceKind
    area: str
    """GSS code of where the child was last seen."""
    found_area: str
    with_companion: bool
    travel_cue: bool
    harm_disclosed: bool
    seen_at: datetime | None
    """When a member of the public saw the child, if anybody did."""
    earlier: int
    """How many absences the same child had before in this run."""

    @property
    def in_school_hours(self) -> bool:
        """True if the child vanished from school."""
        return self.last_seen_at.hour in _SCHOOL_HOURS and self.last_seen_at.weekday() < _SATURDAY


def incident_of(
    number: str,
    child: SimulatedChild,
    last_seen_at: datetime,
    *,
    earlier: int,
    authority: SimulatedAgency,
    areas: tuple[str, ...],
    draw: Random,
    parameters: Parameters,
) -> Incident:
    """The course of one absence that begins now; `areas` are where a child may be found."""
    noticed_at = last_seen_at + timedelta(minutes=parameters.lognormal("telling.noticed_after_minutes", draw))
    hours = min(
        parameters.number("course.median_hours") * draw.lognormvariate(0.0, parameters.number("course.spread")),
        parameters.number("course.longest_hours"),
    )
    ending = Ending(parameters.one_of("course.ends", draw))
    if ending is Ending.WAS_WHERE_EXPECTED:
        hours = min(hours, 2.0)
    located_at = max(last_seen_at + timedelta(hours=hours), noticed_at + timedelta(minutes=5))
    fetching = 0.0 if ending is Ending.RETURNED_BY_THEMSELVES else draw.uniform(0.3, 3.0)
    found_at = PlaceKind(parameters.one_of("course.found_place", draw))
    is_away = child.is_looked_after and parameters.happens("course.away_share", draw)
    travel_cue = parameters.happens("course.train_cue_share", draw)
    return Incident(
        number=number,
        child=child,
        last_seen_at=last_seen_at,
        noticed_at=noticed_at,
        located_at=located_at,
        returned_at=located_at + timedelta(hours=fetching),
        status=ReportedStatus.AWAY if is_away else ReportedStatus.MISSING,
        grade=RiskGrade(parameters.one_of("course.risk", draw)),
        ending=ending,
        found_at=PlaceKind.HOSPITAL if ending is Ending.IN_HOSPITAL else found_at,
        area=child.usual_area,
        found_area=draw.choice(areas) if travel_cue else authority.areas[0],
        with_companion=parameters.happens("course.companion_share", draw),
        travel_cue=travel_cue,
        harm_disclosed=parameters.happens("course.harm_disclosed_share", draw),
        seen_at=last_seen_at + (located_at - last_seen_at) * draw.random()
        if parameters.happens("course.sighting_share", draw)
        else None,
        earlier=earlier,
    )
