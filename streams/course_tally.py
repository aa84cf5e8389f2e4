"""Counts, of the children this worker keeps, what is overdue and how return interviews stand; times what people did.

Everything comes from the fold: a duty is overdue when the clock raised that and it is still true, so nothing is asked
of a clock here. What a child adds is kept as a mark of the store, so that a restart counts it once; which children are
shown is for `held_counts`. Labels are duties of the rules, kinds of agency, risks and steps: none narrows to a child or
a place.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hub.deadlines import Deadline, Outcome, still_true
from hub.directory import Directory
from hub.episode.model import ChildState, ToldFact
from hub.ids import ChildId, EpisodeId
from schemas.records import DeadlineStage
from streams.child_store import ChildStore
from streams.held_counts import Figure, HeldCounts
from streams.metrics import DUTIES_OVERDUE, NOTICE_SECONDS, RETURN_INTERVIEWS

OFFERED: Final = "return_interview_offered"
INTERVIEW: Final = "return_interview"
HELD: Final = "interview_held"
_MARK: Final = "course/"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OVERDUE: Final = "overdue"
_RETURN: Final = "return"
_GAUGES: Final = {_OVERDUE: DUTIES_OVERDUE, _RETURN: RETURN_INTERVIEWS}
"""What the first word of a key is shown as; the others are the labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that somebody did with a notice: which step, at which risk, when, and how long after it was owed."""

    name: str
    risk: str
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildTally:
    """What one child adds to the counts, and when the newest step was taken with a notice about it."""

    counts: Counter[tuple[str, ...]]
    newest: datetime


class CourseTally:
    """What the children of one worker's store add to its counts."""

    def __init__(self, store: ChildStore, counts: HeldCounts) -> None:
        self._store = store
        self._counts = counts
        for name, value in store.marks(_MARK):
            counted, _ = _read(value)
            self._counts.add(ChildId(name.removeprefix(_MARK)), _figures(counted), 1)

    def note(self, state: ChildState, deadlines: Sequence[Deadline], directory: Directory) -> None:
        """A child as it is now: count it anew, and time what was acknowledged since it was noted last."""
        tally = tallied(state, deadlines, directory)
        before, heard = self._noted(state.child)
        if tally.newest > heard:
            for step in _steps_of(state):
                if step.at > heard:
                    NOTICE_SECONDS.labels(step.name, step.risk).observe(step.seconds)
        self._change(state.child, before, heard, tally)

    def fill(self, child: ChildId, tally: ChildTally) -> None:
        """A child that was read again from the log: count it. A year of steps is not timed again, and at once."""
        before, heard = self._noted(child)
        self._change(child, before, heard, tally)

    def _noted(self, child: ChildId) -> tuple[Counter[tuple[str, ...]], datetime]:
        value = self._store.mark(f"{_MARK}{child}")
        return (Counter(), _LONG_AGO) if value is None else _read(value)

    def _change(self, child: ChildId, before: Counter[tuple[str, ...]], heard: datetime, tally: ChildTally) -> None:
        newest = max(heard, tally.newest)
        if tally.counts == before and newest == heard:
            return
        self._counts.add(child, _figures(before), -1)
        self._counts.add(child, _figures(tally.counts), 1)
        self._store.set_mark(f"{_MARK}{child}", _written(tally.counts, newest))


def tallied(state: ChildState, deadlines: Sequence[Deadline], directory: Directory) -> ChildTally:
    """What a child adds as it is now."""
    newest = max((at for fact in state.told.values() for _, at in _steps(fact) if at is not None), default=_LONG_AGO)
    return ChildTally(counts=Counter(counted(state, deadlines, directory)), newest=newest)


def counted(state: ChildState, deadlines: Sequence[Deadline], directory: Directory) -> Iterator[tuple[str, ...]]:
    """What one child adds to the counts, a key each time."""
    for raised in still_true(state, deadlines):
        if raised.stage is DeadlineStage.OVERDUE:
            owers = raised.deadline.owed_by
            ower = directory.agency(owers[0]) if owers else None
            yield _OVERDUE, raised.deadline.duty, "unknown" if ower is None else ower.kind.value
    for deadline in deadlines:
        if deadline.outcome is Outcome.WITHDRAWN:
            continue
        if deadline.duty == OFFERED and not deadline.is_open:
            yield _RETURN, "offered"
        if deadline.duty == INTERVIEW:
            yield from ((_RETURN, what) for what in _interview(deadline))


def _interview(deadline: Deadline) -> Iterator[str]:
    """How one return interview stands; raw and paused are both counted, because a pause must not hide a delay."""
    yield "owed"
    if deadline.is_open:
        return
    if deadline.closed_because != HELD:
        yield "not_held"
        return
    yield "held"
    at = deadline.closed_at
    if at is not None and at <= deadline.raw_due_at:
        yield "held_within_72h_raw"
    if at is not None and at <= deadline.due_at:
        yield "held_within_72h_paused"


def _steps_of(state: ChildState) -> Iterator[Step]:
    """Every step that the hub has heard of."""
    for fact in state.told.values():
        for name, at in _steps(fact):
            if at is not None:
                seconds = max(0.0, (at - fact.accepted_at).total_seconds())
                yield Step(name=name, risk=_risk(state, fact), at=at, seconds=seconds)


def _steps(fact: ToldFact) -> tuple[tuple[str, datetime | None], ...]:
    return ("fetched", fact.fetched_at), ("opened", fact.opened_at), ("taken", fact.taken_at)


def _risk(state: ChildState, fact: ToldFact) -> str:
    episode = state.episode(EpisodeId(fact.row.episode_id))
    return "unknown" if episode is None else episode.risk.treated_as.value


def _figures(counts: Counter[tuple[str, ...]]) -> dict[Figure, int]:
    return {(_GAUGES[key[0]], key[1:]): count for key, count in counts.items()}


def _written(counts: Counter[tuple[str, ...]], heard: datetime) -> bytes:
    return json.dumps([sorted((*key, count) for key, count in counts.items()), heard.isoformat()]).encode()


def _read(value: bytes) -> tuple[Counter[tuple[str, ...]], datetime]:
    rows, heard = json.loads(value)
    return Counter({tuple(row[:-1]): row[-1] for row in rows}), datetime.fromisoformat(heard)
