"""Sets each row of an extract beside the register: only theirs, only ours, both (with what differs), possibly the same.

A row belongs to the absence of its child whose time overlaps it and whose start is nearest; where it says missing or
away, to the nearest stretch of that kind. Days are compared as days. Every row has exactly one outcome, and every
absence of the register in the extract's time is either met or listed as only ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from deploy.reconcile.extract import ExtractRow, Moment
from deploy.reconcile.register import Likeness, OurAbsence, OurRegister
from hub.identity import facts_from_columns
from hub.ids import ClaimId
from schemas.records import PhaseKind

_NEAR: Final = timedelta(hours=12)
"""How far apart two intervals may lie and still be one absence told differently (c)."""
_FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)


class Found(StrEnum):
    """What became of a row, or of an absence of ours."""

    SAME = "same"
    DIFFERS = "differs"
    ONLY_THEIRS = "only_theirs"
    ONLY_OURS = "only_ours"
    POSSIBLY_SAME = "possibly_same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One field that the two say differently. `apart` is the signed difference in minutes (theirs - ours) of times."""

    name: str
    theirs: str
    ours: str
    apart: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One line of the result. `line` is the row's in the extract; None for what only we have."""

    found: Found
    line: int | None
    child_ref: str
    episode: str | None
    child: str | None
    differing: tuple[Differing, ...] = ()
    note: str = ""
    row: ExtractRow | None = None
    ours: OurAbsence | None = None


@dataclass(slots=True)
class Comparison:
    """Compares rows as they come; what is only ours is known at the end."""

    register: OurRegister
    tolerance: timedelta
    _met: set[str] = field(default_factory=set)
    _refs_of: dict[str, set[str]] = field(default_factory=dict)
    _first: datetime | None = None
    _last: datetime | None = None

    def row(self, row: ExtractRow) -> Outcome:
        """The outcome of one row."""
        self._first = row.began.at if self._first is None else min(self._first, row.began.at)
        latest = (row.ended or row.began).last
        self._last = latest if self._last is None else max(self._last, latest)
        likely = self.register.likely(row.facts)
        certain = next((one for one in likely if one.is_certain), None)
        if certain is None:
            return _without_a_child(row, likely)
        if row.child_ref:
            self._refs_of.setdefault(certain.child, set()).add(row.child_ref)
        ours = _nearest(row, self.register.absences.get(certain.child, ()))
        if ours is None:
            return Outcome(
                found=Found.ONLY_THEIRS, line=row.line, child_ref=row.child_ref, episode=None, child=certain.child,
                note="the child is known, this absence is not", row=row,
            )  # fmt: skip
        self._met.add(ours.episode)
        differing = tuple(_differences(row, ours, self.tolerance))
        return Outcome(
            found=Found.DIFFERS if differing else Found.SAME,
            line=row.line,
            child_ref=row.child_ref,
            episode=ours.episode,
            child=certain.child,
            differing=differing,
            note="" if certain.probability is None else f"found by likeness, probability {certain.probability:.3f}",
            row=row,
            ours=ours,
        )

    def only_ours(self) -> Iterator[Outcome]:
        """Absences that overlap the extract's time and that no row met."""
        if self._first is None or self._last is None:
            return
        for child, absences in self.register.absences.items():
            for ours in absences:
                ends = ours.ended.at if ours.ended else _FAR
                if ours.episode not in self._met and ours.began.at <= self._last and ends >= self._first:
                    yield Outcome(
                        found=Found.ONLY_OURS, line=None, child_ref="", episode=ours.episode, child=child, ours=ours
                    )

    def doubled(self) -> Mapping[str, frozenset[str]]:
        """Children of ours whom the extract has under more than one reference."""
        return {child: frozenset(refs) for child, refs in self._refs_of.items() if len(refs) > 1}


def _without_a_child(row: ExtractRow, likely: Iterable[Likeness]) -> Outcome:
    children = [one.child for one in likely]
    if not children:
        return Outcome(
            found=Found.ONLY_THEIRS, line=row.line, child_ref=row.child_ref, episode=None, child=None,
            note="no such child in the register", row=row,
        )  # fmt: skip
    return Outcome(
        found=Found.POSSIBLY_SAME, line=row.line, child_ref=row.child_ref, episode=None, child=children[0],
        note=f"may be {len(children)} of our children" if len(children) > 1 else "a person should compare the two",
        row=row,
    )  # fmt: skip


def _nearest(row: ExtractRow, absences: Iterable[OurAbsence]) -> OurAbsence | None:
    """The absence that overlaps the row, allowing for how differently starts are told, with the nearest start."""
    theirs_end = row.ended.last if row.ended else (_FAR if not row.began.is_day else row.began.last + _NEAR)
    slack = timedelta(days=1) if row.began.is_day else _NEAR
    meeting = [
        ours
        for ours in absences
        if ours.began.at - slack < theirs_end and row.began.at < (ours.ended.at if ours.ended else _FAR) + slack
    ]
    return min(meeting, key=lambda ours: abs(ours.began.at - row.began.at), default=None)


def _differences(row: ExtractRow, ours: OurAbsence, tolerance: timedelta) -> Iterator[Differing]:
    began, ended = ours.began, ours.ended
    same_kind = [stretch for stretch in ours.stretches if stretch.kind is row.status]
    if row.status in {PhaseKind.MISSING, PhaseKind.AWAY}:
        if same_kind:
            nearest = min(same_kind, key=lambda one: abs(one.began.at - row.began.at))
            began, ended = nearest.began, nearest.ended
        elif ours.stretches:
            kinds = ", ".join(dict.fromkeys(stretch.kind.value for stretch in ours.stretches))
            yield Differing(name="status", theirs=row.status.value, ours=kinds)
    yield from _of_time("began_at", row.began, began, tolerance)
    if row.ended is None or ended is None:
        if (row.ended is None) != (ended is None):
            yield Differing(name="ended_at", theirs=str(row.ended or "not ended"), ours=str(ended or "not ended"))
    else:
        yield from _of_time("ended_at", row.ended, ended, tolerance)
        yield from _of_duration(row, began, ended, tolerance)
    if row.risk and (risk := ours.known.get("episode.risk")) and risk != row.risk:
        yield Differing(name="risk", theirs=row.risk, ours=risk)
    yield from _of_person(row, ours)


def _of_time(name: str, theirs: Moment, ours: Moment, tolerance: timedelta) -> Iterator[Differing]:
    if theirs.is_day:
        days = (theirs.day - ours.day).days
        if days:
            yield Differing(name=name, theirs=str(theirs), ours=f"{ours.day:%d %b %Y}", apart=days * 24 * 60)
        return
    apart = theirs.at - ours.at
    if abs(apart) > tolerance:
        yield Differing(name=name, theirs=str(theirs), ours=str(ours), apart=round(apart.total_seconds() / 60))


def _of_duration(row: ExtractRow, began: Moment, ended: Moment, tolerance: timedelta) -> Iterator[Differing]:
    if row.ended is None:
        return
    if row.began.is_day or row.ended.is_day:
        theirs_days, ours_days = (row.ended.day - row.began.day).days, (ended.day - began.day).days
        if theirs_days != ours_days:
            apart = (theirs_days - ours_days) * 24 * 60
            yield Differing(name="duration", theirs=f"{theirs_days} d", ours=f"{ours_days} d", apart=apart)
        return
    theirs, ours = row.ended.at - row.began.at, ended.at - began.at
    if abs(theirs - ours) > tolerance:
        yield Differing(
            name="duration", theirs=_span(theirs), ours=_span(ours), apart=round((theirs - ours).total_seconds() / 60)
        )


def _span(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _of_person(row: ExtractRow, ours: OurAbsence) -> Iterator[Differing]:
    """Name and birth in the form in which they are compared anywhere: case and marks make no difference."""
    facts = facts_from_columns(ClaimId("theirs"), row.facts)
    named = {
        "given_names": ours.known.get("person.given_names", ""),
        "family_name": ours.known.get("person.family_name", ""),
        "date_of_birth": ours.known.get("person.date_of_birth", ""),
        "sex": ours.known.get("person.sex", ""),
    }
    known = facts_from_columns(ClaimId("ours"), named)
    pairs = (
        ("given_names", facts.given, known.given),
        ("family_name", facts.family, known.family),
        ("date_of_birth", facts.births, known.births),
        ("sex", facts.sexes, known.sexes),
    )
    for name, theirs, mine in pairs:
        if theirs and mine and theirs != mine:
            yield Differing(name=name, theirs=row.facts[name], ours=named[name])
