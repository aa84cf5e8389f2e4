"""What a row of `Told` says beside its notice, in the hub's own short words (*points*) that never leave the log.

`hub.routing.knowledge` lists them all; these are the ones that delivery reads as well: whom a telephone task asks to
ring (`@<agency>/<desk> …`), which raised duty a notice is about (`d=<deadline>|<stage>|<due>|<duty>`), for which
notice a step of a ladder was taken (`f=<notice>`), how urgent it was (`u=<urgency>`), and for whom somebody reads at a
desk (`<desk> for <agency>`). It decides nothing.

A row holds at most `MOST` points. Where there are more, several stand in one, each on a line of its own, and the seat
of somebody who is rung stands once before them: whoever reads points reads them through `unpacked`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from hub.episode.ownership import REPLACES
from hub.ids import AgencyId, NoticeId
from schemas.records import ToldRow, Urgency

Seat = tuple[AgencyId, str]
"""An agency and one desk of it: whoever reads one line of notices."""

_NOBODY: Final[Seat] = (AgencyId(""), "")

WITHDRAWN: Final = "withdrawn"
"""In place of a stage: what was told of this duty was taken back."""

_ACTING: Final = " for "
_RUNG: Final = "@"
_DUTY: Final = "d="
_FOR: Final = "f="
_URGENCY: Final = "u="
_MILLI: Final = 1000
ROWS_READ: Final = 4_096
"""Rows whose points are kept as they were read: a child is looked at again and again, and its rows stay as they are."""
MOST: Final = 60
"""The cap of `ToldRow.points`."""
LONGEST: Final = 160
"""The cap of one of them."""
_AND: Final = "\n"
_APART: Final = (_DUTY, _FOR, _URGENCY, REPLACES)
"""What always stands by itself, because it is looked for where it stands."""
_SAID: Final = re.compile(r" (?=[a-z]=)")
"""Where the seat of somebody who is rung ends: the desk of a team that acts for another has spaces in it."""


def acting_desk(desk: str, agency: AgencyId) -> str:
    """The desk, at an agency that acts for another, at which it reads what is for the other's desk."""
    return f"{desk}{_ACTING}{agency}"


def acted_for(desk: str) -> tuple[str, AgencyId] | None:
    """The desk and agency that a desk acts for; None for an agency's own desk."""
    own, found, agency = desk.rpartition(_ACTING)
    return (own, AgencyId(agency)) if found else None


def packed(points: Iterable[str]) -> tuple[str, ...]:
    """Points as a row carries them: as they are where there is room, else as many in one as fit, in their order."""
    every = tuple(points)
    if len(every) <= MOST:
        return every
    found: list[str] = []
    whose: str | None = None
    for point in every:
        before, said = _parted(point)
        if said.startswith(_APART):
            found.append(point)
            whose = None
        elif before == whose and len(found[-1]) + len(_AND) + len(said) <= LONGEST:
            found[-1] += _AND + said
        else:
            found.append(point)
            whose = before
    return tuple(found)


def unpacked(points: Iterable[str]) -> Iterator[str]:
    """The points that a row carries, one by one."""
    for point in points:
        if _AND not in point:
            yield point
            continue
        before, said = _parted(point)
        for each in said.split(_AND):
            yield f"{before}{each}"


def _parted(point: str) -> tuple[str, str]:
    """The seat before a point, where somebody else than the recipient is meant, and what it says."""
    said = _SAID.search(point) if point.startswith(_RUNG) else None
    return ("", point) if said is None else (point[: said.end()], point[said.end() :])


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldDuty:
    """That a seat was told of a stage (or of the withdrawal) of a duty, with the due time it was told."""

    deadline: str
    stage: str
    due_at: datetime
    duty: str

    @property
    def point(self) -> str:
        """As a row of `Told` carries it."""
        return f"{_DUTY}{self.deadline}|{self.stage}|{round(self.due_at.timestamp() * _MILLI)}|{self.duty}"


def told_duty(row: ToldRow) -> ToldDuty | None:
    """Which duty a notice was about: its first point says so; None for every other notice."""
    if not is_of_the_clock(row):
        return None
    deadline, stage, due, duty = row.points[0][len(_DUTY) :].split("|", 3)
    return ToldDuty(deadline=deadline, stage=stage, due_at=datetime.fromtimestamp(int(due) / _MILLI, UTC), duty=duty)


def is_of_the_clock(row: ToldRow) -> bool:
    """Whether a notice was owed because time passed: about a duty, or a step of a ladder."""
    return bool(row.points) and row.points[0].startswith(_DUTY)


def telephoned(seat: Seat, points: Iterable[str]) -> tuple[str, ...]:
    """The points of a seat as the row of whoever is asked to telephone it carries them."""
    agency, desk = seat
    return tuple(f"{_RUNG}{agency}/{desk} {point}" for point in points)


def heard(row: ToldRow, point: str) -> tuple[Seat, str]:
    """Of whom a point of a row speaks, and what it says: of the recipient, or of somebody it was asked to ring."""
    return heard_by((AgencyId(row.recipient), row.desk), point)


def heard_by(own: Seat, point: str) -> tuple[Seat, str]:
    """The same, of a row whose recipient is this."""
    if not point.startswith(_RUNG):
        return own, point
    said = _SAID.search(point)
    end = len(point) if said is None else said.start()
    agency, _, desk = point[len(_RUNG) : end].rpartition("/")
    return (AgencyId(agency), desk), point[end + 1 :]


def rung(row: ToldRow) -> tuple[Seat, ...]:
    """Whom a telephone task asks to ring, each once."""
    return _rung(row.points)


@lru_cache(maxsize=ROWS_READ)
def _rung(points: tuple[str, ...]) -> tuple[Seat, ...]:
    return tuple(dict.fromkeys(heard_by(_NOBODY, point)[0] for point in points if point.startswith(_RUNG)))


def step_for(notice: NoticeId) -> str:
    """The point of a step of a ladder: which notice nobody has opened or taken."""
    return f"{_FOR}{notice}"


def climbed_for(row: ToldRow) -> NoticeId | None:
    """The notice for which a step of a ladder was taken; None for every other row."""
    return next((NoticeId(point[len(_FOR) :]) for point in row.points if point.startswith(_FOR)), None)


def urgent(urgency: Urgency) -> str:
    """The point that keeps how urgent a notice was, where no row of the rules says it."""
    return f"{_URGENCY}{urgency}"


def urgency_of(row: ToldRow) -> Urgency | None:
    """How urgent a notice was, where its row says so."""
    return next((Urgency(point[len(_URGENCY) :]) for point in row.points if point.startswith(_URGENCY)), None)
