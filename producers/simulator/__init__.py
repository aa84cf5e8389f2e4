"""A synthetic country: children, homes and agencies, and what each of them would send.

`plan` gives every message of a run, purely and reproducibly; `play` sends them through publishers at a chosen speed.
"""

from producers.simulator.agencies import SimulatedAgency, demo_agencies
from producers.simulator.incident import Ending, Incident
from producers.simulator.parameters import Parameters, packaged_parameters
from producers.simulator.planning import incidents, plan
from producers.simulator.playing import Progress, play
from producers.simulator.reading import Reader, Reading
from producers.simulator.showcase import showcase
from producers.simulator.telling import PlannedMessage

__all__ = [
    "Ending",
    "Incident",
    "Parameters",
    "PlannedMessage",
    "Progress",
    "Reader",
    "Reading",
    "SimulatedAgency",
    "demo_agencies",
    "incidents",
    "packaged_parameters",
    "plan",
    "play",
    "showcase",
]
