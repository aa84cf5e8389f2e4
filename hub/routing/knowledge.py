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
| `w=<field>` | must hold this field no longer: told so by telephone, a notice says it by its own fields |
| `c=<order>` | told of every correction up to this place in the order |
| `j=<episode>` | told that this episode is now part of the one told of |
| `x=<how>` | nothing more to hold: stood down, closed to it, or withdrawn |
| `@<agency>/<desk> <point>` | the same, of somebody whom this recipient was asked to telephone |
| `d=…`, `f=…`, `u=…` | of a raised duty or a step of a ladder (`hub.delivery.points`): of these nothing is known here |
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from hub.delivery.points import Seat, heard, is_of_the_clock
from hub.episode.model import ToldFact
from hub.episode.ownership import REPLACES, replaced_by
from hub.ids import EventId
from hub.routing.case import Case
from schemas.records import Means, NoticeKind

_WORD: Final = re.compile(r"^[a-z_]{1,24}$")

STATUS: Final = "status"
"""The aspect that everybody follows."""
STOOD_DOWN: Final = "stood_down"
CLOSED: Final = "closed"
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
    which it was told and not yet that they are replaced; `is_replaced`: it was told that this very one is, and this
    one stands by itself again. Of each aspect `since` is the place of the notice that told it last, and `values` are
    the digests of its fields as that notice told them. `rung_off` are fields that were withdrawn by
    somebody's telephone, and of which nothing was written since.
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
    references: frozenset[str] = frozenset()
    is_replaced: bool = False

    @property
    def holds(self) -> bool:
        """Whether it was told something that it still may go by."""
        return self.told > 0 and self.ended is None


NOTHING: Final = Knowledge()


def knowledge(case: Case) -> dict[Seat, Knowledge]:
    """What every seat that was ever told of this episode, under any of its ids, knows of it."""
    ids = {case.episode.id, *case.episode.aliases}
    by_seat: dict[Seat, list[tuple[int, int, str, _Heard]]] = {}
    for fact in case.state.told.values():
        if fact.row.episode_id in ids or case.episode.id in replaced_by(fact.row):
            for one in _heard(fact, at=_place(case, fact), is_here=fact.row.episode_id in ids):
                by_seat.setdefault(one.seat, []).append((one.number, one.at, fact.row.notice_id, one))
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


def _place(case: Case, fact: ToldFact) -> int:
    """The place of a notice in the total order: its cause's, or its own where the cause is another child's."""
    return max(case.order(EventId(fact.cause)), case.order(fact.event) if fact.cause not in case.by_id else -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What one seat heard by one notice: its own, or by the telephone of whoever got it."""

    seat: Seat
    points: tuple[str, ...]
    fields: frozenset[str]
    is_withdrawal: bool
    is_written: bool
    episode: str
    at: int
    is_here: bool
    """False for what was told of another episode: that this one had become part of it."""

    @property
    def number(self) -> int:
        """Its place among the notices to this seat."""
        return next((int(point[2:]) for point in self.points if point.startswith("n=")), 0)


def _heard(fact: ToldFact, *, at: int, is_here: bool) -> Iterator[_Heard]:
    row = fact.row
    if is_of_the_clock(row):
        return
    is_written = row.means is not Means.TELEPHONE
    points: dict[Seat, list[str]] = {}
    for point in row.points:
        seat, said = heard(row, point)
        if is_written or seat != (row.recipient, row.desk):
            points.setdefault(seat, []).append(said)
    for seat, some in points.items():
        yield _Heard(
            seat=seat,
            points=tuple(some),
            fields=frozenset(row.fields) if is_written else frozenset(),
            is_withdrawal=row.kind is NoticeKind.WITHDRAWAL,
            is_written=is_written,
            episode=row.episode_id,
            at=at,
            is_here=is_here,
        )


def _known(told: list[_Heard]) -> Knowledge:
    """What is left of all that a seat heard, in order; after an ending, nothing of what came before it."""
    knows = NOTHING
    for one in told:
        if not one.is_here:
            knows = replace(knows, told=max(knows.told, one.number), is_replaced=knows.told > 0)
            continue
        said: dict[str, set[str]] = {}
        for point in one.points:
            kind, _, what = point.partition("=")
            said.setdefault(kind, set()).add(what)
        before = replace(NOTHING, told=knows.told, written=knows.written) if said.get("x") or knows.ended else knows
        rung_off = frozenset(said.get("w", ()))
        aspects = dict(aspect.split(":", 1) for aspect in said.get("a", ()))
        values = dict(aspect.split(":", 1) for aspect in said.get("v", ()))
        knows = Knowledge(
            told=max(knows.told + 1, one.number),
            written=knows.written + one.is_written,
            rows=before.rows | said.get("r", set()),
            asked={
                **_heard_since(before.asked, aspects),
                **dict.fromkeys(said.get("q", ()), Asked(at=one.at, is_spoken=not one.is_written)),
            },
            aspects={**before.aspects, **aspects},
            values={
                **before.values,
                **{name: frozenset(filter(None, values.get(name, "").split(","))) for name in aspects},
            },
            since={**before.since, **dict.fromkeys(aspects, one.at)},
            corrections=max(before.corrections, *(int(order) for order in said.get("c", ())), -1),
            fields=(before.fields - one.fields if one.is_withdrawal else before.fields | one.fields) - rung_off,
            rung_off=(before.rung_off | rung_off) - one.fields,
            ended=next(iter(said.get("x", ())), None),
            references=(before.references | {one.episode}) - said.get(REPLACES[0], set()),
        )
    return knows


def _heard_since(asked: Mapping[str, Asked], aspects: Mapping[str, str]) -> dict[str, Asked]:
    """What was asked before a notice that told these aspects."""
    status = aspects.get(STATUS)
    return {
        row: replace(one, statuses_since=one.statuses_since | {status}) if status else one for row, one in asked.items()
    }
