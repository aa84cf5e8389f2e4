"""What the clock does about one child at one moment: which stages to raise, and when to look again.

The clock itself (`streams.clock`) only knows what time it is and which child is due to be looked at. Everything else
follows from the child's state and its deadlines, duties and steps of ladders alike: so a simulated year of it runs in
a test, a restart decides what the process before it decided, and two clocks decide the same.

Rules kept here:

1. Of each deadline the latest stage reached is raised, and no other: after a day's outage nobody is told that
   something is soon due which is overdue by now (`hub.deadlines.to_raise`).
2. The next look is at the earliest moment at which there will be something new to raise if nothing else happens. What
   happens brings the child up again by itself.
3. What is raised is dated by the clock (`accepted_at`: when it was raised, in hub time), and stands in the order of
   events directly behind the newest one that the clock knew: it says what was so with everything known by then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.deadlines import Deadline, ToRaise, raised_id
from hub.episode.model import ChildState
from hub.ids import EpisodeId, EventId
from schemas.records import DeadlineRaised

__all__ = ["Look", "id_of", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a child gives. `again_at` is None where nothing lies ahead."""

    raised: tuple[DeadlineRaised, ...]
    again_at: datetime | None


def look(state: ChildState, deadlines: Sequence[Deadline], now: datetime) -> Look:
    """What is to be raised of these deadlines at `now`, and when there will be more."""
    waiting = ToRaise(state, deadlines)
    raised = waiting.at(now)
    known = {(each.episode_id, each.duty, each.due_at, each.stage) for each in raised}
    ahead = sorted(
        {
            moment
            for deadline in deadlines
            if deadline.is_open
            for moment in (deadline.soon_at, deadline.due_at, deadline.overdue_at)
            if moment > now
        }
    )

    return Look(raised=raised, again_at=_first(ahead, lambda moment: waiting.has_others(moment, known)))


def id_of(raised: DeadlineRaised) -> EventId:
    """The id of the event: the same, whoever raises it."""
    return raised_id(EpisodeId(raised.episode_id), raised.duty, raised.due_at, raised.stage)


def _first(moments: Sequence[datetime], holds: Callable[[datetime], bool]) -> datetime | None:
    """The first moment at which it holds; what holds once, holds from then on."""
    low, high = 0, len(moments)
    while low < high:
        middle = (low + high) // 2
        if holds(moments[middle]):
            high = middle
        else:
            low = middle + 1
    return moments[low] if low < len(moments) else None
