"""The plan of a run: every message that every agency will send, in order of time. Pure, and the same for the same seed.

Incidents begin by chance at each authority, more in the evening, and fall on few children again and again. Each is
told by whoever would know of it: the force and the responsible authority nearly always, the home that keeps the
child, a school in school hours, a hospital that has the child in a bed.
"""

import heapq
import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from producers.simulator.agencies import SimulatedAgency
from producers.simulator.carers import home_tells, hospital_tells, school_tells
from producers.simulator.council import council_tells
from producers.simulator.incident import Incident, incident_of
from producers.simulator.knowledge import Knowledge, knowledge_of
from producers.simulator.parameters import Parameters, packaged_parameters
from producers.simulator.people import children_of
from producers.simulator.police import police_tell
from producers.simulator.telling import PlannedMessage, Teller
from schemas.records import AgencyKind

__all__ = ["incidents", "plan"]

_TELLS: Final = {
    AgencyKind.POLICE: police_tell,
    AgencyKind.AUTHORITY: council_tells,
    AgencyKind.PLACEMENT: home_tells,
    AgencyKind.SCHOOL: school_tells,
    AgencyKind.HEALTH: hospital_tells,
}


def plan(
    seed: int,
    start: datetime,
    hours: float,
    scale: float,
    agencies: Sequence[SimulatedAgency],
    *,
    parameters: Parameters | None = None,
) -> Iterator[PlannedMessage]:
    """Every message sent from `start` within so many simulated hours, in order of time.

    Args:
        seed: the same seed gives the same country and the same messages.
        start: aware UTC; incidents begin from here on.
        hours: length of the run.
        scale: 1 for as many incidents as in life, 10 for ten times as many.
        agencies: who takes part; `demo_agencies()` for the demonstration.
        parameters: figures other than the packaged ones.
    """
    figures = parameters or packaged_parameters()
    end = start + timedelta(hours=hours)
    waiting: list[tuple[datetime, str, PlannedMessage]] = []
    for incident in incidents(seed, start, hours, scale, agencies, parameters=figures):
        while waiting and waiting[0][0] <= incident.last_seen_at:
            yield heapq.heappop(waiting)[2]
        for message in _told(incident, agencies, seed, figures):
            if message.at < end:
                heapq.heappush(waiting, (message.at, message.id, message))
    while waiting:
        yield heapq.heappop(waiting)[2]


def incidents(
    seed: int,
    start: datetime,
    hours: float,
    scale: float,
    agencies: Sequence[SimulatedAgency],
    *,
    parameters: Parameters | None = None,
) -> Iterator[Incident]:
    """What really happens, in order of when each child was last seen; arguments as for `plan`."""
    figures = parameters or packaged_parameters()
    authorities = [agency for agency in agencies if agency.kind is AgencyKind.AUTHORITY]
    streams = (_of_authority(authority, seed, start, hours, scale, agencies, figures) for authority in authorities)
    return heapq.merge(*streams, key=lambda incident: (incident.last_seen_at, incident.number))


def _of_authority(
    authority: SimulatedAgency,
    seed: int,
    start: datetime,
    hours: float,
    scale: float,
    agencies: Sequence[SimulatedAgency],
    parameters: Parameters,
) -> Iterator[Incident]:
    draw = Random(f"{seed}:incidents:{authority.id}")  # noqa: S311 - nothing secret
    children = children_of(authority, agencies, seed=seed, today=start.date(), parameters=parameters)
    weights = [1.0 / (rank + 1) ** parameters.number("incidents.repeat_skew") for rank in range(len(children))]
    areas = tuple(agency.areas[0] for agency in agencies if agency.kind is AgencyKind.AUTHORITY)
    home_again = dict.fromkeys(range(len(children)), start)
    earlier = dict.fromkeys(range(len(children)), 0)
    for count, at in enumerate(_beginnings(start, hours, scale, draw, parameters)):
        child = draw.choices(children, weights=weights)[0]
        incident = incident_of(
            f"{authority.id}-{count}",
            child,
            at,
            earlier=earlier[child.number],
            authority=authority,
            areas=areas,
            draw=draw,
            parameters=parameters,
        )
        if home_again[child.number] <= at:  # nobody goes missing twice at a time
            home_again[child.number] = incident.returned_at + timedelta(hours=1)
            earlier[child.number] += 1
            yield incident


def _beginnings(
    start: datetime, hours: float, scale: float, draw: Random, parameters: Parameters
) -> Iterator[datetime]:
    """Times at which absences begin: a Poisson process whose rate follows the hour of the day."""
    by_hour = parameters.weights("incidents.hours")
    busiest = max(by_hour)
    per_hour = scale * parameters.number("incidents.per_authority_per_day") * busiest / sum(by_hour)
    at = 0.0
    for _ in itertools.count():
        at += draw.expovariate(per_hour)
        if at >= hours:
            return
        time = start + timedelta(hours=at)
        if draw.random() * busiest < by_hour[time.hour]:
            yield time.replace(microsecond=0)


def _told(
    incident: Incident, agencies: Sequence[SimulatedAgency], seed: int, parameters: Parameters
) -> Iterator[PlannedMessage]:
    """What everybody who would know of it says about one incident."""
    heard: list[Knowledge] = []
    for agency in _who_knows(incident, agencies):
        draw = Random(f"{seed}:{incident.number}:{agency.id}")  # noqa: S311 - nothing secret
        knows = knowledge_of(agency, incident, seed=seed, parameters=parameters)
        teller = Teller(incident, knows, draw, parameters)
        if heard and parameters.happens("disagreement.quotes_other_reference_share", draw):
            teller.quoted = knows.quoting(draw.choice(heard))
        heard.append(knows)
        yield from _TELLS[agency.kind](teller)


def _who_knows(incident: Incident, agencies: Sequence[SimulatedAgency]) -> Iterator[SimulatedAgency]:
    """The agencies that have to do with this child, in the order in which they hear of the absence."""
    home = incident.child.placement_agency
    if home is not None:
        yield home
    yield from _first(agencies, AgencyKind.SCHOOL, incident.child.home_area)
    yield from _first(agencies, AgencyKind.POLICE, incident.area)
    yield from _first(agencies, AgencyKind.AUTHORITY, incident.child.home_area)
    yield from _first(agencies, AgencyKind.HEALTH, incident.found_area)


def _first(agencies: Sequence[SimulatedAgency], kind: AgencyKind, area: str) -> Iterator[SimulatedAgency]:
    return itertools.islice((each for each in agencies if each.kind is kind and area in each.areas), 1)
