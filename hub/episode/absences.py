"""Decides where each absence of a child begins and ends, from every mark on its timeline (law 4).

1. Marks are read in the order of time. A confirmed return ends the absence that is under way, so leaving twenty
   minutes later is a new one.
2. A report whose last-seen is at home, later than somebody already knew the child to be away, implies a return that
   nobody told of: the absence closes at `unknown, before` that last-seen, and both sides are asked. A last-seen
   before anybody knew only says that the absence began later than others thought.
3. A second return with no report between is the same return told again if it comes from another agency soon after,
   or answers its sender's own report (also one withdrawn afterwards), or tells of coming home from hospital, custody or
   abroad, where the first one went; otherwise it supposes an absence that nobody reported, and asks. The same holds for
   a finding after a return.
   After a death whatever is told is about the absence that it ended, a report that knew nothing of it included.
4. A report received late belongs, among the absences it overlaps, to the one whose start is nearest to its last-seen.
5. A return is disproved by police or the responsible authority saying later that the child has been away all along,
   if nobody saw it leave again in between; a return to its placement by the home saying so. Anybody else's later word
   ends nothing and is asked about.
6. An absence begins at the latest last-seen not disproved: not before the absence before it ended, not after somebody
   knew the child to be away. Where no last-seen is known, it began before its first mark.

7. A school's unexplained absence is no absence. Where a report follows within a day, with no end between, it is a claim
   of the last-seen beside the report's own.

A withdrawn mark has no say, but where the whole absence was withdrawn: that stays as it was when it was.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from hub.episode.absence import Absence
from hub.episode.marks import Competence, Mark, MarkKind
from hub.episode.model import QuestionKind
from hub.ids import EventId
from schemas.records import AgencyKind, ChildReturned

ECHO: Final = timedelta(minutes=30)
"""How far apart one agency's two times for one return, or a return and a finding, may lie (c)."""
SAME_RETURN: Final = timedelta(hours=6)
"""How far apart two agencies' times for one return may lie (c)."""
OWN_ANSWER: Final = timedelta(hours=72)
"""How long after a return an agency's own return still answers its own report of that absence (c)."""
NOT_IN_CLASS: Final = timedelta(hours=24)
"""How long after an unexplained absence in school a report is still about the same absence (c)."""


def absences(marks: Sequence[Mark], competence: Competence) -> list[Absence]:
    """The absences of one child, in the order of time, from its marks in the order of time."""
    sweep = _Sweep(_disproved(marks, competence))
    for mark in marks:
        sweep.take(mark)
    found = sweep.finish()
    _send_to_nearest_start([absence for absence in found if not absence.is_a_mistake])
    follows: datetime | None = None
    for absence in found:
        absence.follows = follows
        _set_start(absence)
        follows = follows if absence.is_a_mistake else absence.closed_at
    return found


class _Sweep:
    """Rules 1 to 3: reads marks in the order of time and cuts the timeline into absences."""

    def __init__(self, disproved: Mapping[EventId, Mark]) -> None:
        self.found: list[Absence] = []
        self._disproved = disproved
        self._under_way: Absence | None = None
        self._known_from: datetime | None = None
        self._not_in_class: list[Mark] = []

    def take(self, mark: Mark) -> None:
        """Read one mark."""
        if mark.kind is MarkKind.UNEXPLAINED:
            if not mark.is_withdrawn:
                self._not_in_class.append(mark)
            return
        if mark.kind is MarkKind.END and mark.event.id in self._disproved:
            self._keep_beside(mark, self._disproved[mark.event.id])
            return
        absence = self._home_of(mark)
        if absence is None:
            return
        absence.marks.append(mark)
        if absence is not self._under_way:
            return
        if mark.kind in _TELLING and not mark.is_withdrawn:
            self._known_from = mark.known_from if self._known_from is None else min(self._known_from, mark.known_from)
        if mark.kind is MarkKind.END and absence.stood(mark):
            absence.ended_at, absence.cut_by = mark.at, mark
            self._under_way = None

    def finish(self) -> list[Absence]:
        """The absences, each with what schools said of its day."""
        for absence in self.found if self._not_in_class else ():
            for mark in list(absence.marks):
                self._explain(absence, mark)
        return self.found

    def _explain(self, absence: Absence, report: Mark) -> None:
        """Rule 7: what a school said before this report was made is about the absence that it reports."""
        if report.kind is not MarkKind.START or report.is_withdrawn:
            return
        before = self.found[self.found.index(absence) - 1] if absence is not self.found[0] else None
        since = None if before is None else before.closed_at
        for said in list(self._not_in_class):
            is_of_it = said.at <= report.known_from <= said.at + NOT_IN_CLASS and (since is None or since <= said.at)
            if is_of_it and (absence.closed_at is None or said.at < absence.closed_at):
                self._not_in_class.remove(said)
                absence.marks.append(said)

    def _home_of(self, mark: Mark) -> Absence | None:
        """The absence that a mark belongs to by its time: the one under way, the one just over, or a new one."""
        absence = self._under_way
        if absence is not None and absence.is_void_for(mark):
            absence = None
        if absence is None:
            last = next((other for other in reversed(self.found) if other.may_be_meant_by(mark)), None)
            if last is not None and (last.is_death or (mark.kind is not MarkKind.START and _echoes(mark, last))):
                return last
            return self._new(mark, asks_of=last) if mark.opens else None
        if _implies_return(mark, self._known_from):
            absence.ended_before, absence.cut_by = mark.at, mark
            absence.ask(QuestionKind.RETURN_BETWEEN, "ended_at", absence.marks[-1], mark)
            return self._new(mark)
        return absence

    def _new(self, mark: Mark, asks_of: Absence | None = None) -> Absence:
        absence = self._under_way = Absence()
        self._known_from = None
        if asks_of is not None and mark.kind is not MarkKind.START and not mark.is_withdrawn:
            absence.ask(QuestionKind.REPORT_BETWEEN, "reports", asks_of.cut_by or asks_of.marks[-1], mark)
        self.found.append(absence)
        return absence

    def _keep_beside(self, mark: Mark, disputing: Mark) -> None:
        """A disproved return stays as a claim, and is asked about."""
        if self.found:
            self.found[-1].marks.append(mark)
            self.found[-1].ask(QuestionKind.RETURN_DISPUTED, "ended_at", mark, disputing)


_STARTING: Final = frozenset({MarkKind.START, MarkKind.UNEXPLAINED})
_TELLING: Final = frozenset({MarkKind.START, MarkKind.LOCATE})
"""Marks whose sender knew the child to be away."""


def _implies_return(mark: Mark, known_from: datetime | None) -> bool:
    """Rule 2: the child was at home when somebody already knew it to be away."""
    return (
        mark.kind is MarkKind.START
        and mark.is_home
        and not mark.is_withdrawn
        and known_from is not None
        and mark.at > known_from
    )


def _echoes(mark: Mark, last: Absence) -> bool:
    """Rule 3: whether a mark after the end of an absence tells of that end again."""
    over = last.closed_at
    if over is None or last.ended_at is None:
        return False
    later = mark.at - over
    if later <= ECHO or last.is_moved_on_by(mark):
        return True
    reference = getattr(mark.event.body, "episode_ref", None)
    sender = mark.event.sender
    if mark.kind is MarkKind.LOCATE or mark.is_death:
        return mark.is_home and later <= SAME_RETURN
    told_before = told_end = False
    for other in last.marks:
        if other.event.sender != sender:
            continue
        is_report = other.kind is MarkKind.START
        stood_then = other.withdrawn_at is None or other.withdrawn_at >= mark.known_from
        if last.stood(other) or (is_report and stood_then):
            if reference is not None and reference == getattr(other.event.body, "episode_ref", None):
                return True
            told_before = told_before or is_report
            told_end = told_end or other.kind is MarkKind.END or isinstance(other.event.body, ChildReturned)
    if told_end:
        return False
    return later <= (OWN_ANSWER if told_before or mark.kind is MarkKind.HINT else SAME_RETURN)


def _disproved(marks: Sequence[Mark], competence: Competence) -> dict[EventId, Mark]:
    """Rule 5: every return that a later claim of `still away` contradicts, with that claim."""
    claims = [
        mark
        for mark in marks
        if mark.kind is MarkKind.START
        and mark.is_known
        and not mark.is_withdrawn
        and mark.event.body.SCHEMA_NAME == "StatusClaimed"
        and mark.known_from > mark.at
        and (competence.is_competent(mark.event) or mark.event.sender_kind is AgencyKind.PLACEMENT)
    ]
    if not claims:
        return {}
    ends = [mark for mark in marks if mark.kind is MarkKind.END and not mark.is_death]
    starts = [mark.at for mark in marks if mark.kind is MarkKind.START and not mark.is_withdrawn]
    found: dict[EventId, Mark] = {}
    for claim in claims:
        last_start = starts[bisect_left(starts, claim.known_from) - 1]
        first = bisect_left(ends, last_start, key=_when)
        for end in ends[first : bisect_left(ends, claim.known_from, key=_when)]:
            if competence.gainsays(claim, end):
                found.setdefault(end.event.id, claim)
    return found


def _when(mark: Mark) -> datetime:
    return mark.at


def _send_to_nearest_start(found: Sequence[Absence]) -> None:
    """Rule 4: a report made after the next absence had begun goes there if its last-seen is nearer to that start."""
    starts = [_core_start(absence) for absence in found]
    for place, (absence, following) in enumerate(pairwise(found)):
        own, other = starts[place], starts[place + 1]
        for mark in list(absence.marks):
            if (
                mark.kind is MarkKind.START
                and mark.is_known
                and mark.known_from >= other
                and abs(mark.at - other) < abs(mark.at - own)
            ):
                absence.marks.remove(mark)
                following.marks.append(mark)


def _core_start(absence: Absence) -> datetime:
    """A start that no stray report moves: the latest last-seen told before the absence was over, else the earliest."""
    over = absence.closed_at
    prompt = [m.at for m in absence.starts if m.is_known and (over is None or m.known_from <= over)]
    if prompt:
        return max(prompt)
    return min((mark.at for mark in absence.starts), default=absence.marks[0].at)


def _set_start(absence: Absence) -> None:
    """Rule 6: the latest last-seen not disproved."""
    known = [mark for mark in (*absence.starts, *absence.unexplained) if mark.is_known]
    over = absence.closed_at if absence.is_death else None
    follows = absence.follows
    candidates = [m for m in known if (follows is None or m.at >= follows) and (over is None or m.at <= over)]
    standing = _not_disproved(candidates, absence)
    first = min([m for m in absence.marks if absence.stood(m)] or absence.marks, key=lambda mark: mark.place_in_time)
    if standing:
        start = max(standing, key=lambda mark: (mark.at, -mark.event.order, mark.event.id))
    else:
        start = min(candidates or known or absence.starts or [first], key=lambda mark: mark.place_in_time)
        if absence.is_located_by(start.at):
            start = first
    absence.start, absence.began_at = start, start.at
    absence.start_is_known = start.kind in _STARTING and start.is_known
    if absence.follows is not None and absence.began_at < absence.follows:
        absence.began_at = absence.follows


def _not_disproved(candidates: Sequence[Mark], absence: Absence) -> list[Mark]:
    """Those before which nobody else already knew the child to be away, or had it safe."""
    telling = [mark for mark in absence.marks if mark.kind in _TELLING and not mark.is_withdrawn]
    telling.sort(key=lambda mark: mark.known_from)
    first = telling[:2]
    return [
        mark
        for mark in candidates
        if not any(other.known_from < mark.at for other in first if other.event.id != mark.event.id)
    ]
