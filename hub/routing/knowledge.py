"""What each desk of each agency knows of an episode by what it was told: read from `Told`, and written into it.

A row of `Told` carries *points*: what the recipient knows from then on. The latest point of a kind counts, so what
was told is a level and not a history, and `hub.routing.owed` only has to compare. Points are the hub's own
book-keeping: they are sealed with the log and never leave it.

| point | meaning |
|---|---|
| `n=3` | the third notice to this desk about this episode (never in a notice: a running number would speak) |
| `r=<row>` | entitled by this row; `q=<row>`: asked by this row |
| `a=<aspect>:<token>` | knows this value of a followed aspect |
| `v=<aspect>:<digests>` | knows these values of its fields; never of the status, and older rows do not say |
| `o=<stand-ins>` | must hold these fields no longer: told so by telephone, a notice says it by its own fields |
| `w=<field>` | the same of one field, as older rows say it |
| `c=<order>` | told of every correction up to this place in the order |
| `j=<episode>` | told that this episode is now part of the one told of |
| `x=<how>` | nothing more to hold: stood down, closed to it, closed because it is no child any more, or withdrawn |
| `@<agency>/<desk> <point>` | the same, of somebody whom this recipient was asked to telephone |
| `d=…`, `f=…`, `u=…` | of a raised duty or a step of a ladder (`hub.delivery.points`): of these nothing is known here |
| `m=…` | of a message of the recipient's own (`hub.routing.unfound`): the same |

Where a row has no room for so many, several stand in one (`hub.delivery.points`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from typing import Final

from hub.delivery.points import ROWS_READ, Seat, heard_by, is_of_the_clock, unpacked
from hub.episode.model import ToldFact
from hub.episode.ownership import REPLACES, replaced_by
from hub.ids import AgencyId, EventId
from hub.routing.case import Case
from schemas.records import Means, NoticeKind, ToldRow

_WORD: Final = re.compile(r"^[a-z_]{1,24}$")
_IN_ONE: Final = 12
"""Digests in one point: with an aspect's name before them they keep within its cap."""
_RUNG_OFF_IN_ONE: Final = 5
"""Names of fields in one point: with the longest seat before them they keep within its cap."""

STATUS: Final = "status"
"""The aspect that everybody follows."""
STOOD_DOWN: Final = "stood_down"
CLOSED: Final = "closed"
OF_AGE: Final = "of_age"
WITHDRAWN: Final = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """That a row has asked something: the place of the last notice that did, and the statuses told after it.

    `is_spoken` if the desk was asked by somebody's telephone, and not in its own inbox.
    """

    at: int
    is_spoken: bool = False
    statuses_since: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What one seat was told of one episode, as it stands after the last notice.

    `told` counts all notices, `written` those in its own inbox; the others reached it by somebody's telephone. Of
    corrections it was told up to the place `corrections` in the total order. `references` are the ids of episodes under
    which it was told and not yet that they are replaced, each with the fields that it holds under it; `is_replaced`: it
    was told that this very one is, and this one stands by itself again. Of each aspect `since` is the place of the
    notice that told it last, and `values` are the digests of its fields as that notice told them. `rung_off` are
    fields, by the stand-ins of their names, that were withdrawn by somebody's telephone, and of which nothing was
    written since; `taken_back` those withdrawn in its own inbox, since anything but a withdrawal was written.
    """

    told: int = 0
    written: int = 0
    rows: frozenset[str] = frozenset()
    asked: Mapping[str, Asked] = field(default_factory=dict)
    aspects: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    since: Mapping[str, int] = field(default_factory=dict)
    corrections: int = -1
    fields: frozenset[str] = frozenset()
    ended: str | None = None
    rung_off: frozenset[str] = frozenset()
    taken_back: frozenset[str] = frozenset()
    references: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_replaced: bool = False

    @property
    def holds(self) -> bool:
        """Whether it was told something that it still may go by."""
        return self.told > 0 and self.ended is None

    def is_due_in_writing(self, names: Iterable[str]) -> bool:
        """Whether any of these fields was withdrawn by telephone, so that how it stands is written now."""
        return bool(self.rung_off) and any(stand_in(name) in self.rung_off for name in names)


NOTHING: Final = Knowledge()


def knowledge(case: Case) -> dict[Seat, Knowledge]:
    """What every seat that was ever told of this episode, under any of its ids, knows of it."""
    ids = {case.episode.id, *case.episode.aliases}
    by_seat: dict[Seat, list[tuple[int, int, str, _Heard]]] = {}
    for fact in case.state.told.values():
        row = fact.row
        is_here = row.episode_id in ids
        if is_of_the_clock(row) or not (is_here or case.episode.id in replaced_by(row)):
            continue
        at, is_written = _place(case, fact), row.means is not Means.TELEPHONE
        for seat, points in _heard_by((AgencyId(row.recipient), row.desk), row.points, is_written=is_written):
            one = _Heard(points=points, row=row, is_written=is_written, at=at, is_here=is_here)
            by_seat.setdefault(seat, []).append((points.number, at, row.notice_id, one))
    return {seat: _known([one for *_, one in sorted(told, key=lambda one: one[:3])]) for seat, told in by_seat.items()}


def token(values: Iterable[tuple[str, str]]) -> str:
    """A short stand-in for the values of an aspect, equal for equal values; one word of a vocabulary as it is."""
    known = sorted(values)
    if len(known) == 1 and _WORD.match(known[0][1]):
        return known[0][1]
    said = "\0".join(f"{name}\1{value}" for name, value in known)
    return sha256(said.encode()).hexdigest()[:16] if said else ""


def digest(name: str, value: str) -> str:
    """A short stand-in for the value of one field of an aspect."""
    return sha256(f"{name}\1{value}".encode()).hexdigest()[:8]


@lru_cache(maxsize=ROWS_READ)
def stand_in(name: str) -> str:
    """A short stand-in for the name of a field: a name may be longer than a point."""
    return sha256(name.encode()).hexdigest()[:8]


def digests(name: str, values: Sequence[str]) -> Iterator[str]:
    """The points that say which values of its fields an aspect had."""
    for start in range(0, len(values), _IN_ONE):
        yield f"v={name}:{','.join(values[start : start + _IN_ONE])}"


def rung_off(names: Sequence[str]) -> Iterator[str]:
    """The points that say which fields somebody was told by telephone to hold no longer."""
    for start in range(0, len(names), _RUNG_OFF_IN_ONE):
        yield f"o={','.join(map(stand_in, names[start : start + _RUNG_OFF_IN_ONE]))}"


def _place(case: Case, fact: ToldFact) -> int:
    """The place of a notice in the total order: its cause's, or its own where the cause is another child's."""
    return max(case.order(EventId(fact.cause)), case.order(fact.event) if fact.cause not in case.by_id else -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """What the points of one notice say to one seat, in the order in which they stand there.

    `number` is the notice's place among those to this seat; `corrections` is -1 where it tells of none.
    """

    number: int
    rows: tuple[str, ...]
    asked: tuple[str, ...]
    aspects: Mapping[str, str]
    values: Mapping[str, frozenset[str]]
    """Of every aspect the digests of its fields; empty where the notice does not say."""
    withdrawn: frozenset[str]
    """By the stand-ins of their names."""
    corrections: int
    ended: str | None
    replaced: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What one seat heard by one notice: its own, or by the telephone of whoever got it."""

    points: _Points
    row: ToldRow
    is_written: bool
    at: int
    is_here: bool
    """False for what was told of another episode: that this one had become part of it."""


@lru_cache(maxsize=ROWS_READ)
def _heard_by(own: Seat, points: tuple[str, ...], *, is_written: bool) -> tuple[tuple[Seat, _Points], ...]:
    """What each seat hears by these points of a row whose recipient is this."""
    found: dict[Seat, list[str]] = {}
    for point in unpacked(points):
        seat, said = heard_by(own, point)
        if is_written or seat != own:
            found.setdefault(seat, []).append(said)
    return tuple((seat, _read(some)) for seat, some in found.items())


def _read(points: Iterable[str]) -> _Points:
    said: dict[str, list[str]] = {}
    for point in points:
        kind, _, what = point.partition("=")
        said.setdefault(kind, []).append(what)
    aspects = dict(aspect.split(":", 1) for aspect in said.get("a", ()))
    values: dict[str, set[str]] = {}
    for name, _, some in (aspect.partition(":") for aspect in said.get("v", ())):
        values.setdefault(name, set()).update(filter(None, some.split(",")))
    return _Points(
        number=int(said.get("n", ("0",))[0]),
        rows=tuple(said.get("r", ())),
        asked=tuple(said.get("q", ())),
        aspects=aspects,
        values={name: frozenset(values.get(name, ())) for name in aspects},
        withdrawn=frozenset(
            (*map(stand_in, said.get("w", ())), *(o for some in said.get("o", ()) for o in some.split(",")))
        ),
        corrections=max((int(order) for order in said.get("c", ())), default=-1),
        ended=next(iter(said.get("x", ())), None),
        replaced=frozenset(said.get(REPLACES[0], ())),
    )


def _known(heard: Iterable[_Heard]) -> Knowledge:
    """What is left of all that a seat heard, in order; after an ending, nothing of what came before it."""
    told = written = 0
    is_replaced = False
    left = _Left()
    for one in heard:
        said = one.points
        if not one.is_here:
            is_replaced = told > 0
            told = max(told, said.number)
            continue
        if said.ended or left.ended:
            left = _Left()
        left.take(one)
        told, written, is_replaced = max(told + 1, said.number), written + one.is_written, False
    return Knowledge(
        told=told,
        written=written,
        rows=frozenset(left.rows),
        asked=left.asked,
        aspects=left.aspects,
        values=left.values,
        since=left.since,
        corrections=left.corrections,
        fields=frozenset(chain.from_iterable(left.references.values())),
        ended=left.ended,
        rung_off=frozenset(left.rung_off),
        taken_back=frozenset(left.taken_back),
        references={episode: frozenset(fields) for episode, fields in left.references.items()},
        is_replaced=is_replaced,
    )


@dataclass(slots=True)
class _Left:
    """What a seat knows since the last ending, while its notices are read in order; as `Knowledge`."""

    rows: set[str] = field(default_factory=set)
    asked: dict[str, Asked] = field(default_factory=dict)
    aspects: dict[str, str] = field(default_factory=dict)
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    corrections: int = -1
    ended: str | None = None
    rung_off: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    references: dict[str, set[str]] = field(default_factory=dict)

    def take(self, one: _Heard) -> None:
        """Add what was heard by one notice."""
        said = one.points
        if self.asked and (status := said.aspects.get(STATUS)):
            for row, asked in self.asked.items():
                self.asked[row] = replace(asked, statuses_since=asked.statuses_since | {status})
        for row in said.asked:
            self.asked[row] = Asked(at=one.at, is_spoken=not one.is_written)
        self.rows.update(said.rows)
        self.aspects.update(said.aspects)
        self.values.update(said.values)
        self.since.update(dict.fromkeys(said.aspects, one.at))
        self.corrections = max(self.corrections, said.corrections)
        fields = one.row.fields if one.is_written else ()
        here = self.references.setdefault(one.row.episode_id, set())
        if one.row.kind is NoticeKind.WITHDRAWAL:
            self._withdraw(here, fields)
            self.taken_back.update(fields)
        else:
            here.update(fields)
            if one.is_written:
                self.taken_back.clear()
        if said.withdrawn:
            for held in self.references.values():
                held.difference_update([name for name in held if stand_in(name) in said.withdrawn])
            self.rung_off |= said.withdrawn
        if self.rung_off:
            self.rung_off.difference_update(map(stand_in, fields))
        self.ended = said.ended
        for episode in said.replaced - {one.row.episode_id}:
            here.update(self.references.pop(episode, ()))

    def _withdraw(self, here: set[str], fields: Iterable[str]) -> None:
        """Hold these no longer under this reference; what was told under others only, under none."""
        for name in fields:
            for held in [here] if name in here else list(self.references.values()):
                held.discard(name)
