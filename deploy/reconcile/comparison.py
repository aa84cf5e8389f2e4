"""Sets each row of an extract beside the register: only theirs, only ours, both (with what differs), possibly the same.

A row belongs to the absence of its child whose time overlaps it and whose start is nearest; where it says missing or
away, to the nearest stretch of that kind. Days are compared as days. A row that overlaps none, and lies near one, is
that absence told differently if no other row is that absence, and another absence if one is: so it waits until all rows
are read. Every row has exactly one outcome, and every absence of the register in the extract's time is either met or
listed as only ours.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.reconcile.differences import differences
from deploy.reconcile.extract import ExtractRow
from deploy.reconcile.outcome import Candidate, Found, Outcome
from deploy.reconcile.register import Likeness, OurAbsence, OurRegister

_NEAR: Final = timedelta(hours=12)
"""How far apart two intervals may lie and still be one absence told differently (c)."""
_MOST_ASIDE: Final = 20_000
"""Rows that wait for the others to be read, about 2 kB each; past that the first is settled by what was read."""
_FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(slots=True)
class Comparison:
    """Compares rows as they come; what is only ours is known at the end."""

    register: OurRegister
    tolerance: timedelta
    _sender: str = ""
    _met: dict[str, dict[str, int]] = field(default_factory=dict)
    """The absences that were met, by what stretch the row says, and on which line first."""
    _aside: deque[tuple[ExtractRow, Likeness]] = field(default_factory=deque)
    _refs_of: dict[str, set[str]] = field(default_factory=dict)
    _first: datetime | None = None
    _last: datetime | None = None

    def row(self, row: ExtractRow) -> Iterator[Outcome]:
        """The outcome of one row, or of an earlier one; of one that waits it comes with `rest`."""
        self._first = row.began.at if self._first is None else min(self._first, row.began.at)
        latest = (row.ended or row.began).last
        self._last = latest if self._last is None else max(self._last, latest)
        self._sender = row.facts.get("sender", "")
        likely = self.register.likely(row.facts)
        certain = next((one for one in likely if one.is_certain), None)
        if certain is None:
            yield _without_a_child(row, [self._candidate(row, one) for one in likely])
            return
        if row.child_ref:
            self._refs_of.setdefault(certain.child, set()).add(row.child_ref)
        absences = self.register.absences.get(certain.child, ())
        if (ours := _nearest(row, (each for each in absences if _is_surely(row, each)))) is not None:
            yield self._both(row, certain, ours)
        elif _nearest(row, absences) is None:
            yield self._only_theirs(row, certain)
        else:
            self._aside.append((row, certain))
            if len(self._aside) > _MOST_ASIDE:
                yield self._settled(*self._aside.popleft())

    def rest(self) -> Iterator[Outcome]:
        """Of the rows that waited, once all are read: those nearest to an absence that nobody met have it."""
        absences = self.register.absences
        waiting = sorted(
            self._aside, key=lambda each: (min(_apart(each[0], ours) for ours in absences[each[1].child]), each[0].line)
        )
        self._aside.clear()
        for row, certain in waiting:
            yield self._settled(row, certain)

    def _settled(self, row: ExtractRow, certain: Likeness) -> Outcome:
        ours = _nearest(row, (each for each in self.register.absences[certain.child] if each.episode not in self._met))
        return self._only_theirs(row, certain) if ours is None else self._both(row, certain, ours)

    def _only_theirs(self, row: ExtractRow, certain: Likeness) -> Outcome:
        return Outcome(
            found=Found.ONLY_THEIRS, line=row.line, child_ref=row.child_ref, episode=None, child=certain.child,
            note="the child is known, this absence is not", row=row, candidates=(self._candidate(row, certain),),
        )  # fmt: skip

    def _both(self, row: ExtractRow, certain: Likeness, ours: OurAbsence) -> Outcome:
        stretch = "" if row.status is None else row.status.value
        first = self._met.setdefault(ours.episode, {}).setdefault(stretch, row.line)
        differing = tuple(differences(row, ours, self.tolerance))
        notes = (
            "" if certain.probability is None else "found by likeness",
            "its end could not be read" if row.has_unread_end else "",
            "" if first == row.line else f"line {first} is of this absence too",
        )
        return Outcome(
            found=Found.DIFFERS if differing else Found.SAME,
            line=row.line,
            child_ref=row.child_ref,
            episode=ours.episode,
            child=certain.child,
            candidates=(self._candidate(row, certain, ours),),
            differing=differing,
            note="; ".join(filter(None, notes)),
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
                    found = Candidate(child=child, episode=ours.episode, references=self._own(child), probability=None)
                    yield Outcome(
                        found=Found.ONLY_OURS, line=None, child_ref=", ".join(found.references), episode=ours.episode,
                        child=child, ours=ours, candidates=(found,),
                    )  # fmt: skip

    def _candidate(self, row: ExtractRow, likeness: Likeness, met: OurAbsence | None = None) -> Candidate:
        absences = self.register.absences[likeness.child]
        nearest = met or min(absences, key=lambda ours: abs(ours.began.at - row.began.at))
        return Candidate(
            child=likeness.child,
            episode=nearest.episode,
            references=self._own(likeness.child),
            probability=likeness.probability,
        )

    def _own(self, child: str) -> tuple[str, ...]:
        return self.register.own_references.get((self._sender, child), ())

    def doubled(self) -> Mapping[str, frozenset[str]]:
        """Children of ours whom the extract has under more than one reference."""
        return {child: frozenset(refs) for child, refs in self._refs_of.items() if len(refs) > 1}


def _without_a_child(row: ExtractRow, candidates: Sequence[Candidate]) -> Outcome:
    if not candidates:
        return Outcome(
            found=Found.ONLY_THEIRS, line=row.line, child_ref=row.child_ref, episode=None, child=None,
            note="no such child in the register", row=row,
        )  # fmt: skip
    return Outcome(
        found=Found.POSSIBLY_SAME, line=row.line, child_ref=row.child_ref, episode=None, child=candidates[0].child,
        candidates=tuple(candidates), row=row,
        note=f"may be any of {len(candidates)} children" if len(candidates) > 1 else "a person should compare the two",
    )  # fmt: skip


def _is_surely(row: ExtractRow, ours: OurAbsence) -> bool:
    """Whether the two are of one absence whatever else there is: they overlap. What nobody has ended overlaps all that
    began later, and is surely only what began about then.
    """
    ends = row.ended.last if row.ended else (row.began.last if row.began.is_day else _FAR)
    if not (ours.began.at < ends and row.began.at < (ours.ended.at if ours.ended else _FAR)):
        return False
    slack = timedelta(days=1) if row.began.is_day else _NEAR
    if ours.ended is None and row.began.at - ours.began.at > slack:
        return False
    return row.ended is not None or ours.began.at - row.began.at <= slack


def _nearest(row: ExtractRow, absences: Iterable[OurAbsence]) -> OurAbsence | None:
    """The absence that overlaps the row, allowing for how differently starts are told, with the nearest start."""
    theirs_end = row.ended.last if row.ended else (_FAR if not row.began.is_day else row.began.last + _NEAR)
    slack = timedelta(days=1) if row.began.is_day else _NEAR
    meeting = [
        ours
        for ours in absences
        if ours.began.at - slack < theirs_end and row.began.at < (ours.ended.at if ours.ended else _FAR) + slack
    ]
    return min(meeting, key=lambda ours: _apart(row, ours), default=None)


def _apart(row: ExtractRow, ours: OurAbsence) -> tuple[timedelta, timedelta]:
    """How far the starts lie apart; of days, then how far the ends do: two absences may begin on one day."""
    if not row.began.is_day:
        return abs(ours.began.at - row.began.at), timedelta()
    starts = abs(ours.began.day - row.began.day)
    if row.ended is None or ours.ended is None:
        return starts, timedelta() if row.ended is ours.ended else timedelta.max
    return starts, abs(ours.ended.day - row.ended.day)
