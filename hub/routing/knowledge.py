"""What each desk of each agency knows of an episode by what it was told: read from `Told`, and written into it.

A row of `Told` carries *points*: what the recipient knows from then on. The latest point of a kind counts, so what
was told is a level and not a history, and `hub.routing.owed` only has to compare. Points are the hub's own
book-keeping: they are sealed with the log and never leave it.

| point | meaning |
|---|---|
| `n=3` | the third notice to this desk about this episode (never in a notice: a running number would speak) |
| `r=<row>` | entitled by this row; `q=<row>`: asked by this row |
| `a=<aspect>:<token>` | knows this value of a followed aspect |
| `c=<event>` | told of this correction |
| `x=<how>` | nothing more to hold: stood down, closed to it, or withdrawn |
| `@<agency>/<desk> <point>` | the same, of somebody whom this recipient was asked to telephone |
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from hub.episode.model import ToldFact
from hub.ids import AgencyId
from hub.routing.case import Case
from schemas.records import NoticeKind

Seat = tuple[AgencyId, str]
"""An agency and one desk of it: whoever reads one line of notices."""

_WORD: Final = re.compile(r"^[a-z_]{1,24}$")

STOOD_DOWN: Final = "stood_down"
CLOSED: Final = "closed"
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What one seat was told of one episode, as it stands after the last notice.

    `told` counts all notices, `written` those in its own inbox; the others reached it by somebody's telephone.
    """

    told: int = 0
    written: int = 0
    rows: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    aspects: Mapping[str, str] = field(default_factory=dict)
    corrections: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    ended: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it was told something that it still may go by."""
        return self.told > 0 and self.ended is None


NOTHING: Final = Knowledge()


def knowledge(case: Case) -> dict[Seat, Knowledge]:
    """What every seat that was ever told of this episode, under any of its ids, knows of it."""
    ids = {case.episode.id, *case.episode.aliases}
    facts = [fact for fact in case.state.told.values() if fact.row.episode_id in ids]
    heard: dict[Seat, list[tuple[int, int, str, ToldFact, tuple[str, ...], bool]]] = {}
    for fact in facts:
        for seat, points, by_telephone in _seats(fact):
            number = next((int(point[2:]) for point in points if point.startswith("n=")), 0)
            place = (number, case.order(fact.cause), fact.row.notice_id)  # type: ignore[arg-type]  # deadline: -1
            heard.setdefault(seat, []).append((*place, fact, points, by_telephone))
    return {seat: _known(sorted(told, key=lambda one: one[:3])) for seat, told in heard.items()}


def telephoned(seat: Seat, points: Iterable[str]) -> tuple[str, ...]:
    """The points of a seat as the row of whoever is asked to telephone it carries them."""
    agency, desk = seat
    return tuple(f"@{agency}/{desk} {point}" for point in points)


def token(values: Iterable[tuple[str, str]]) -> str:
    """A short stand-in for the values of an aspect, equal for equal values; one word of a vocabulary as it is."""
    known = sorted(values)
    if len(known) == 1 and _WORD.match(known[0][1]):
        return known[0][1]
    said = "\0".join(f"{name}\1{value}" for name, value in known)
    return sha256(said.encode()).hexdigest()[:16] if said else ""


def _seats(fact: ToldFact) -> Iterable[tuple[Seat, tuple[str, ...], bool]]:
    own = tuple(point for point in fact.row.points if not point.startswith("@"))
    if own:
        yield (AgencyId(fact.row.recipient), fact.row.desk), own, False
    others: dict[Seat, list[str]] = {}
    for point in fact.row.points:
        if point.startswith("@"):
            whom, _, said = point[1:].partition(" ")
            agency, _, desk = whom.rpartition("/")
            others.setdefault((AgencyId(agency), desk), []).append(said)
    for seat, points in others.items():
        yield seat, tuple(points), True


def _known(told: list[tuple[int, int, str, ToldFact, tuple[str, ...], bool]]) -> Knowledge:
    rows: set[str] = set()
    asked: set[str] = set()
    aspects: dict[str, str] = {}
    corrections: set[str] = set()
    fields: set[str] = set()
    ended: str | None = None
    for _, _, _, fact, points, by_telephone in told:
        ended = None
        for point in points:
            kind, _, said = point.partition("=")
            match kind:
                case "r":
                    rows.add(said)
                case "q":
                    asked.add(said)
                case "a":
                    aspect, _, value = said.partition(":")
                    aspects[aspect] = value
                case "c":
                    corrections.add(said)
                case "x":
                    ended = said
        if by_telephone:
            continue
        fields = (
            fields - set(fact.row.fields) if fact.row.kind is NoticeKind.WITHDRAWAL else fields | set(fact.row.fields)
        )
    if ended is not None:
        rows, asked, aspects, fields = set(), set(), {}, set()
    return Knowledge(
        told=max(told[-1][0], len(told)),
        written=sum(not by_telephone for *_, by_telephone in told),
        rows=frozenset(rows),
        asked=frozenset(asked),
        aspects=aspects,
        corrections=frozenset(corrections),
        fields=frozenset(fields),
        ended=ended,
    )
