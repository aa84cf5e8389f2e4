"""Three children whose nights show what clocks and ladders do, at the head of a demonstration of any length.

Chance alone would show them too, but not within a minute: an interview is late only three days after a return.

1. A return of three days ago that is told only now: its return interview falls due two hours later, and is late.
2. A high risk by the railway: forces and a national unit that take no part in the demonstration must be telephoned.
3. The same child's responsible authority is slow to open, like everybody at times: the ladder climbs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from producers.simulator.agencies import SimulatedAgency
from producers.simulator.council import interview
from producers.simulator.incident import Ending, Incident
from producers.simulator.knowledge import knowledge_of
from producers.simulator.parameters import Parameters, packaged_parameters
from producers.simulator.people import SimulatedChild, children_of
from producers.simulator.police import police_tell
from producers.simulator.telling import PlannedMessage, Teller
from schemas.records import (
    AgencyKind,
    FlagKind,
    InterviewOutcome,
    PlaceKind,
    PlacementKind,
    ReportedStatus,
    RiskGrade,
    SeenBy,
)

__all__ = ["showcase"]

ROCHDALE: Final = "E08000005"
RETURNED_BEFORE: Final = timedelta(hours=70)
"""Two hours of the return interview's seventy-two are left when the hub hears of the return."""
INTERVIEW_AFTER: Final = timedelta(hours=8)
_MISSING_FOR: Final = timedelta(hours=9)


def showcase(
    seed: int, start: datetime, agencies: Sequence[SimulatedAgency], *, parameters: Parameters | None = None
) -> Iterator[PlannedMessage]:
    """Their messages, in order of time, from `start` on; nothing where the agencies they need take no part."""
    figures = parameters or packaged_parameters()
    authority = next((each for each in agencies if each.id == ROCHDALE), None)
    force = next((each for each in agencies if each.kind is AgencyKind.POLICE and ROCHDALE in each.areas), None)
    if authority is None or force is None:
        return
    children = children_of(authority, agencies, seed=seed, today=start.date(), parameters=figures)
    at_home = [child for child in children if not child.is_looked_after]
    told = [
        *_told_late(seed, start, at_home[-1], authority, figures),
        *_high_risk(seed, start, at_home[-2], force, figures),
    ]
    yield from sorted(told, key=lambda message: message.at)


def _told_late(
    seed: int, start: datetime, child: SimulatedChild, authority: SimulatedAgency, figures: Parameters
) -> Iterator[PlannedMessage]:
    """The authority writes Saturday's absence down on Tuesday, and holds the interview too late."""
    returned_at = (start - RETURNED_BEFORE).replace(second=0, microsecond=0)
    incident = _incident(f"{authority.id}-9001", child, returned_at - _MISSING_FOR, returned_at, RiskGrade.MEDIUM)
    teller = _teller(seed, incident, authority, figures)
    yield teller.missing(start, reporter=None, police_contact=None)
    yield teller.returned(start + timedelta(minutes=4), SeenBy.PROFESSIONAL)
    at = start + INTERVIEW_AFTER
    yield teller.message(at, interview(teller, at, InterviewOutcome.HELD))


def _high_risk(
    seed: int, start: datetime, child: SimulatedChild, force: SimulatedAgency, figures: Parameters
) -> Iterator[PlannedMessage]:
    """Police grade it high and know of a ticket bought: neighbours and railway police must know, some by telephone."""
    flagged = replace(child, flags=(FlagKind.EXPLOITATION,), placement=PlacementKind.NONE, placement_agency=None)
    seen_at = start - timedelta(minutes=40)
    incident = _incident(
        f"{child.home_area}-9002", flagged, seen_at, start + timedelta(hours=20), RiskGrade.HIGH, by_train=True
    )
    reporting = replace(figures, values={**figures.values, **_ALWAYS})
    yield from (message for message in police_tell(_teller(seed, incident, force, reporting)) if message.at >= start)


_ALWAYS: Final = {
    "telling.police_reports_share": 1.0,
    "telling.police_not_recorded_share": 0.0,
    "telling.cancelled_by_mistake_share": 0.0,
    "telling.police_records_after_minutes": {"median": 6.0, "spread": 0.0},
    "telling.grade_after_minutes": {"median": 5.0, "spread": 0.0},
}
"""So that this child is reported, graded and not taken back again in every run."""


def _teller(seed: int, incident: Incident, agency: SimulatedAgency, figures: Parameters) -> Teller:
    knows = knowledge_of(agency, incident, seed=seed, parameters=figures)
    draw = Random(f"{seed}:{incident.number}:{agency.id}")  # noqa: S311 - nothing secret
    return Teller(incident, knows, draw, figures)


def _incident(
    number: str,
    child: SimulatedChild,
    seen_at: datetime,
    returned_at: datetime,
    grade: RiskGrade,
    *,
    by_train: bool = False,
) -> Incident:
    return Incident(
        number=number,
        child=child,
        last_seen_at=seen_at,
        noticed_at=seen_at + timedelta(minutes=35),
        located_at=returned_at,
        returned_at=returned_at,
        status=ReportedStatus.MISSING,
        grade=grade,
        ending=Ending.RETURNED_BY_THEMSELVES,
        found_at=PlaceKind.STREET,
        area=child.home_area,
        found_area=child.home_area,
        with_companion=False,
        travel_cue=by_train,
        harm_disclosed=False,
        seen_at=None,
        earlier=0,
    )
