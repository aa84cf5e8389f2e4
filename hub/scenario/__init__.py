"""Scenarios: nights that people write down, played through the hub's own code on simulated time.

`read_scenario` takes the text of a file, `play` plays it, `timeline` and `owed_lines` say what came of it. Nothing here
does any input or output: `homeward scenario` reads the files and prints.
"""

from hub.rulebook import Rulebook, packaged_rulebook, rulebook_from
from hub.scenario.model import Expectation, Scenario
from hub.scenario.playing import Missed, Played, play
from hub.scenario.reading import read_scenario
from hub.scenario.refusal import ScenarioRefused
from hub.scenario.timeline import Line, What, owed_lines, register_lines, timeline

__all__ = [
    "Expectation",
    "Line",
    "Missed",
    "Played",
    "Rulebook",
    "Scenario",
    "ScenarioRefused",
    "What",
    "owed_lines",
    "packaged_rulebook",
    "play",
    "read_scenario",
    "register_lines",
    "rulebook_from",
    "timeline",
]
