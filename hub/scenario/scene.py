"""What an expectation can look at: the hub as it stands at one moment of a scenario, and how a difference is said.

A check is made when the file is read, so that a word nobody knows is refused before anything is played; it is run when
its moment has come. It looks at what the hub would show, and changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from hub.episode.model import ChildState, Episode
from hub.ids import EpisodeId, EventId
from hub.scenario.agencies import Agencies
from hub.scenario.document import Table
from hub.scenario.moments import Clock
from hub.scenario.simulated import Heard, Sent, SimulatedHub
from schemas.records import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as expected: at which line, at what moment, what, and what is instead."""

    line: int
    at: datetime
    what: str
    expected: str
    found: str

    def words(self, clock: Clock) -> str:
        """The difference as one sentence."""
        return f"{clock.words(self.at)}: {self.what}: expected {self.expected}, but {self.found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a check is about: a child of the file, one of its absences (from 1; None: the only one), since when."""

    child: str | None
    episode: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The hub at one moment, with the words of the file for who is who.

    `claims` are the claims made about each child of the file; `heard` what became of each message by its id.
    """

    at: datetime
    hub: SimulatedHub
    clock: Clock
    agencies: Agencies
    names: tuple[str, ...]
    states_of: Callable[[str], tuple[ChildState, ...]]
    heard: Mapping[EventId, Heard]
    labels: Mapping[str, EventId]
    ran_again: Callable[[object], "Scene"]

    def states(self, aim: Aim) -> tuple[ChildState, ...]:
        """What the hub holds of the child meant; of every child of the file, if none is meant."""
        names = self.names if aim.child is None else (aim.child,)
        found: dict[str, ChildState] = {}
        for name in names:
            found.update((state.child, state) for state in self.states_of(name))
        return tuple(found.values())

    def episodes(self, aim: Aim) -> tuple[tuple[ChildState, Episode], ...]:
        """The absences of the child meant, by when they began."""
        found = [(state, episode) for state in self.states(aim) for episode in state.episodes]
        return tuple(sorted(found, key=lambda pair: (pair[1].began_at, pair[1].id)))

    def meant(self, aim: Aim) -> tuple[ChildState, Episode] | str:
        """The one absence meant, or words for why that is none."""
        found = self.episodes(aim)
        if aim.episode is None:
            if len(found) == 1:
                return found[0]
            return f"{_there_are(len(found))}: say which (`episode: 1`)" if found else _there_are(0)
        if not 1 <= aim.episode <= len(found):
            return _there_are(len(found))
        return found[aim.episode - 1]

    def notices(self, aim: Aim) -> list[tuple[Sent, Notice]]:
        """Everything sent about what is meant, by this moment, in the order sent."""
        states = self.states(aim)
        wanted = None
        if aim.episode is not None and not isinstance(meant := self.meant(aim), str):
            wanted = {meant[1].id, *meant[1].aliases}
        return [
            (sent, sent.owed.notice)
            for sent in self.hub.sent
            if any(is_about(sent, state) for state in states)
            and (aim.since is None or sent.at >= aim.since)
            and (wanted is None or sent.owed.notice.episode_id in wanted)
        ]


def is_about(sent: Sent, state: ChildState) -> bool:
    """Whether a notice was sent about a child: as that, or as one that is part of it since."""
    return sent.child == state.child or EpisodeId(sent.owed.notice.episode_id) in state.superseded


Found: TypeAlias = Iterable[Difference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation of the file: where it stands, and the question that answers whether it holds.

    `retold` makes of the file the other telling that the question plays, if it plays one.
    """

    line: int
    run: Callable[[Scene], Found]
    retold: Callable[[Table], Table] | None = None


def _there_are(number: int) -> str:
    return {0: "there is no absence", 1: "there is 1 absence"}.get(number, f"there are {number} absences")
