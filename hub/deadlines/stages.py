"""How near a duty is at a given time, what the clock has to raise, and what of the raised is still true.

The only module here that is told what the time is. A stage is reached (soon, due, overdue) and stays until the duty is
closed or its due time moves. Rules: the latest stage counts and no more, also after an outage; a duty that is closed
or stands still has no further stage; the id of what is raised derives from episode, duty, due time and stage, so two
clocks, a restart or a zombie raise the same; an episode that was joined into another keeps what was raised of it.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from hub.deadlines.model import Deadline, Raised
from hub.episode.model import ChildState
from hub.event import Event
from hub.ids import EpisodeId, EventId, derived_id
from schemas.records import DeadlineRaised, DeadlineStage

__all__ = ["Stage", "ToRaise", "due_stage", "next_change", "raised_id", "still_true", "to_raise"]

_RANK: Final = {DeadlineStage.UNKNOWN: 0, DeadlineStage.SOON: 1, DeadlineStage.DUE: 2, DeadlineStage.OVERDUE: 3}
_RAISED: Final = "raised"
_Key = tuple[str, str, datetime]
Stage: TypeAlias = tuple[str, str, datetime, DeadlineStage]
"""A stage of a duty: of which episode and duty, due when. The id of the event that raises it derives from these."""


def due_stage(deadline: Deadline, now: datetime) -> DeadlineStage | None:
    """The latest stage that is true at `now`; None before the first, and once the duty is closed."""
    if not deadline.is_open:
        return None
    stands_still = deadline.paused_since
    return _stage_by(deadline, now if stands_still is None else min(now, stands_still))


def next_change(deadline: Deadline, after: datetime) -> datetime | None:
    """When the stage changes next, later than `after`; None if it will not without another event."""
    if not deadline.is_open:
        return None
    stands_still = deadline.paused_since
    return next(
        (
            when
            for when in (deadline.soon_at, deadline.due_at, deadline.overdue_at)
            if when > after and (stands_still is None or when <= stands_still)
        ),
        None,
    )


def raised_id(episode: EpisodeId, duty: str, due_at: datetime, stage: DeadlineStage) -> EventId:
    """The id of the event that raises a stage of a duty: the same, whoever raises it."""
    return EventId(derived_id(episode, f"raised:{duty}:{stage}", due_at.isoformat()))


def still_true(state: ChildState, deadlines: Iterable[Deadline]) -> tuple[Raised, ...]:
    """What the clock raised and still holds: of every open duty the latest stage that was raised of it.

    An event counts if a duty of its episode and name is open with the same due time, and has come (or will, if nothing
    happens) to that stage before it stands still. Everything else that was raised is true no longer.
    """
    raised = _raised(state)
    return tuple(_still_true(deadlines, raised)) if raised else ()


def to_raise(state: ChildState, deadlines: Iterable[Deadline], now: datetime) -> tuple[DeadlineRaised, ...]:
    """What the clock has to raise at `now`: the latest stage of every open duty, unless that or a later one was.

    A stage that was raised before it was known that the duty stood still counts as not raised.
    """
    return ToRaise(state, deadlines).at(now)


class ToRaise:
    """What the clock has to raise of these duties, to be asked of several moments."""

    def __init__(self, state: ChildState, deadlines: Iterable[Deadline]) -> None:
        raised = _raised(state)
        self._open = [
            (each, raised.get((each.episode, each.duty, each.due_at), ())) for each in deadlines if each.is_open
        ]

    def at(self, now: datetime) -> tuple[DeadlineRaised, ...]:
        """As `to_raise`."""
        found: dict[Stage, DeadlineRaised] = {}
        for deadline, stage in self._reached(now):
            key = _stage_of(deadline, stage)
            if key not in found:
                found[key] = DeadlineRaised(
                    episode_id=deadline.episode,
                    duty=deadline.duty,
                    stage=stage,
                    due_at=deadline.due_at,
                    raw_due_at=deadline.raw_due_at,
                    owed_by=deadline.owed_by[0] if deadline.owed_by else None,
                )
        return tuple(found.values())

    def has_others(self, now: datetime, known: Container[Stage]) -> bool:
        """Whether there is anything to raise at a moment besides these."""
        return any(_stage_of(deadline, stage) not in known for deadline, stage in self._reached(now))

    def _reached(self, now: datetime) -> Iterator[tuple[Deadline, DeadlineStage]]:
        for deadline, known in self._open:
            stage = due_stage(deadline, now)
            if stage is None or any(_RANK[stage] <= _RANK[stage_of(event)] <= _reachable(deadline) for event in known):
                continue
            yield deadline, stage


def _stage_of(deadline: Deadline, stage: DeadlineStage) -> Stage:
    return deadline.episode, deadline.duty, deadline.due_at, stage


def stage_of(event: Event) -> DeadlineStage:
    """The stage that an event raises; `unknown` for any other event."""
    return event.body.stage if isinstance(event.body, DeadlineRaised) else DeadlineStage.UNKNOWN


def _stage_by(deadline: Deadline, when: datetime) -> DeadlineStage | None:
    if when >= deadline.overdue_at:
        return DeadlineStage.OVERDUE
    if when >= deadline.due_at:
        return DeadlineStage.DUE
    return DeadlineStage.SOON if when >= deadline.soon_at else None


def _raised(state: ChildState) -> Mapping[_Key, Sequence[Event]]:
    """Everything the clock raised, by the episode as it is called now, duty and due time."""
    known = state.worked_out_of_said.get(_RAISED)
    if not isinstance(known, dict):
        known = state.worked_out_of_said[_RAISED] = _raised_of(state)
    return known


def _raised_of(state: ChildState) -> dict[_Key, list[Event]]:
    found: dict[_Key, list[Event]] = {}
    for event in state.standing:
        body = event.body
        if isinstance(body, DeadlineRaised):
            named = EpisodeId(body.episode_id)
            found.setdefault((state.superseded.get(named, named), body.duty, body.due_at), []).append(event)
    return found


def _still_true(deadlines: Iterable[Deadline], raised: Mapping[_Key, Sequence[Event]]) -> Iterator[Raised]:
    for deadline in deadlines:
        if not deadline.is_open:
            continue
        reachable = _reachable(deadline)
        known = raised.get((deadline.episode, deadline.duty, deadline.due_at), ())
        true = [event for event in known if 0 < _RANK[stage_of(event)] <= reachable]
        if true:
            latest = max(true, key=lambda event: (_RANK[stage_of(event)], -event.order, event.id))
            yield Raised(event=latest.id, accepted_at=latest.accepted_at, stage=stage_of(latest), deadline=deadline)


def _reachable(deadline: Deadline) -> int:
    """The rank of the last stage that it comes to by itself: all, unless it stands still before."""
    stands_still = deadline.paused_since
    if stands_still is None:
        return _RANK[DeadlineStage.OVERDUE]
    stage = _stage_by(deadline, stands_still)
    return 0 if stage is None else _RANK[stage]
