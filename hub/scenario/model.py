"""A scenario as it was read: who is there, what is said when, what is expected when. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from hub.directory import Directory
from hub.ids import AgencyId, EventId
from hub.scenario.agencies import Agencies
from hub.scenario.document import Table
from hub.scenario.moments import Clock
from hub.scenario.scene import Check
from schemas.records import Acknowledgement, AgencyMessage


class Filing(StrEnum):
    """How a message finds its child."""

    AS_TOLD = "as_told"
    """As the file says: the comparison of records runs, and is overruled where it decides otherwise."""
    MATCHED = "matched"
    """As the comparison of records decides, as in the running hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioChild:
    """A child of the file. `given` are the fields that every report of it carries unless the message says otherwise."""

    name: str
    line: int
    person: Mapping[str, Any]
    given: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[AgencyId, str] = field(default_factory=dict)
    born: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of an agency about one child of the file."""

    line: int
    at: datetime
    sender: AgencyId
    child: str
    message: AgencyMessage
    id: EventId
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledges:
    """An agency says how far notices came: those in its inbox, or in that of the agency it acts for.

    `which` is `all` (everything of that child so far), `news`, `actions` or `latest`.
    """

    line: int
    at: datetime
    sender: AgencyId
    whose: AgencyId
    child: str | None
    layer: Acknowledgement
    which: str
    desk: str | None = None
    role: str | None = None
    by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connects:
    """An agency is connected, or cut off, from now on."""

    line: int
    at: datetime
    agency: AgencyId
    is_connected: bool


Step: TypeAlias = Said | Acknowledges | Connects


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must hold at one moment. `why` is the sentence of the file that it stands for."""

    line: int
    at: datetime
    checks: tuple[Check, ...]
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One file, read. `answers` is how soon agencies open and take what they are sent; None where they stay silent."""

    file: str
    title: str
    about: str
    clock: Clock
    filing: Filing
    agencies: Agencies
    directory: Directory
    children: Mapping[str, ScenarioChild]
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    settings: "Settings"
    document: Table

    @property
    def ends_at(self) -> datetime:
        """The last moment that the file speaks of."""
        moments = [step.at for step in self.steps] + [expected.at for expected in self.expectations]
        return max(moments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Local defaults that the file changes, and who answers how soon.

    `answers` maps an agency to the minutes after which it opens and takes what it is sent (None: never); the key `""`
    is everybody else. `repeats` is (count, days) of the local rule of repeat episodes, None for that of the tables.
    """

    answers: Mapping[AgencyId | str, int | None] = field(default_factory=dict)
    repeats: tuple[int, int] | None = None
