"""One absence while it is being put together, and the search for the one that a time falls into.

What is in it is decided in `absences`; here are only the questions that others ask of it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hub.episode.facts import ELSEWHERE
from hub.episode.marks import Mark, MarkKind
from hub.episode.model import Question, QuestionKind
from hub.event import Event
from schemas.records import ChildReturned, StatusClaimed


@dataclass(slots=True, kw_only=True)
class Absence:
    """One stretch of time away, while it is being put together. Only `absences` changes it.

    `ended_at` is a confirmed end; `ended_before` an implied one; both None while it is open. `cut_by` is the mark
    that ended it: for an implied return, the report of the next absence. `follows` is when the one before ended.
    """

    marks: list[Mark] = field(default_factory=list)
    ended_at: datetime | None = None
    ended_before: datetime | None = None
    cut_by: Mark | None = None
    follows: datetime | None = None
    began_at: datetime | None = None
    start: Mark | None = None
    start_is_known: bool = False
    questions: list[Question] = field(default_factory=list)

    @property
    def closed_at(self) -> datetime | None:
        """When it is over at the latest; None while open."""
        return self.ended_at or self.ended_before

    @property
    def is_death(self) -> bool:
        """True if it ended with the death of the child."""
        return self.cut_by is not None and self.cut_by.is_death

    @property
    def starts(self) -> list[Mark]:
        """Its reports: those that stand, or all if every one of them was withdrawn."""
        reports = [mark for mark in self.marks if mark.kind is MarkKind.START]
        return [mark for mark in reports if not mark.is_withdrawn] or reports

    @property
    def unexplained(self) -> list[Mark]:
        """What schools said of the child not being in class."""
        return [mark for mark in self.marks if mark.kind is MarkKind.UNEXPLAINED]

    @property
    def is_withdrawn(self) -> bool:
        """True if nothing that supposes it stands: every report, or without one every other mark, was withdrawn."""
        return all(mark.is_withdrawn for mark in self._supposing)

    @property
    def _supposing(self) -> list[Mark]:
        """What supposes this absence: its reports, withdrawn ones included; without one, every mark."""
        return [mark for mark in self.marks if mark.kind is MarkKind.START] or self.marks

    def stood(self, mark: Mark) -> bool:
        """True if a mark stands, or stood for as long as this absence did: what was taken back before has no say."""
        if mark.withdrawn_at is None:
            return True
        return all(
            other.withdrawn_at is not None and other.withdrawn_at <= mark.withdrawn_at for other in self._supposing
        )

    def is_void_for(self, mark: Mark) -> bool:
        """True if everything that supposes this absence had been withdrawn before the mark's sender knew of one."""
        if self.marks[0].withdrawn_at is None:
            return False
        return all(other.withdrawn_at is not None and other.withdrawn_at < mark.known_from for other in self._supposing)

    @property
    def is_a_mistake(self) -> bool:
        """True if nobody reported it, and what supposed it was taken back: it keeps its place, and nothing joins it."""
        return self.is_withdrawn and not any(mark.kind is MarkKind.START for mark in self.marks)

    def may_be_meant_by(self, mark: Mark) -> bool:
        """True if a mark may tell of this absence again."""
        return not self.is_void_for(mark) and (mark.is_withdrawn or not self.is_a_mistake)

    def is_moved_on_by(self, mark: Mark) -> bool:
        """True if it ended in hospital, in custody or abroad, and the mark tells of coming home from there."""
        end = self.cut_by
        return (
            end is not None
            and mark is not end
            and mark.at >= end.at
            and isinstance(end.event.body, ChildReturned)
            and end.event.body.to in ELSEWHERE
            and isinstance(mark.event.body, (ChildReturned, StatusClaimed))
            and mark.kind in {MarkKind.END, MarkKind.HINT}
        )

    def is_located_by(self, when: datetime) -> bool:
        """True if the child had been seen safe before that time."""
        return any(mark.at < when for mark in self.marks if mark.kind is MarkKind.LOCATE and not mark.is_withdrawn)

    def ask(self, kind: QuestionKind, about: str, *marks: Mark) -> None:
        """Note something that only the agencies can settle."""
        self.questions.append(Question(kind=kind, field=about, events=tuple(mark.event.id for mark in marks)))


def opening(absence: Absence) -> Iterator[Event]:
    """The events each of which would have opened this absence, in the order accepted; the first is its anchor."""
    yield from sorted((mark.event for mark in absence.marks if mark.opens), key=lambda event: (event.order, event.id))


class Timeline:
    """Finds the absence under way at a time, or the last before it, among many."""

    def __init__(self, found: Sequence[Absence]) -> None:
        self._found = found
        self._begun = [absence.began_at for absence in found if absence.began_at is not None]

    def last_begun(self, when: datetime) -> int | None:
        """The place of the last absence begun at or before `when`; the first of all if none; None without any."""
        if not self._found:
            return None
        return max(0, bisect_right(self._begun, when) - 1)
