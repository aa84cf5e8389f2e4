"""Numbers an episode: which of two entries is newer, and when it last changed.

The sequence of an episode is the number of distinct reports and decisions in the child's set up to the last one that
touched the episode, moved and withdrawn ones included, so that it never falls, and moves only when the episode does
(one number for the whole child would tie its episodes together for readers who may not know). `changed_at` is the
latest acceptance among them. What was told and what the clock raised count for neither: numbers say nothing of them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from hub.episode.absences import Absence, Timeline
from hub.episode.contributions import CONTRIBUTIONS
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import ClaimId
from schemas.records import ClaimAssigned


def is_counted(event: Event) -> bool:
    """True if an event counts in an entry's sequence."""
    row = CONTRIBUTIONS.get(event.body.SCHEMA_NAME)
    return row is not None and row.counts


class Numbering:
    """The reports and decisions of a child in the order accepted."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._orders: list[int] = []
        self._latest: list[datetime] = []
        for event in events:
            if is_counted(event):
                latest = self._latest[-1] if self._latest else event.accepted_at
                self._orders.append(event.order)
                self._latest.append(max(latest, event.accepted_at))

    def up_to(self, order: int) -> tuple[int, datetime]:
        """How many there are up to an order, and the latest acceptance among them."""
        number = bisect_right(self._orders, order)
        return number, self._latest[max(0, number - 1)]


def last_touched(
    found: Sequence[Absence],
    bearing: Sequence[Sequence[Event]],
    everything: Sequence[Event],
    departed: frozenset[ClaimId],
) -> list[int]:
    """The order of the last report or decision that touched each absence.

    That is what bears on it, the return that cut it from the one before, and the decisions about its claims; what
    departed touched the absence that it lies in by its time.
    """
    last = [max((event.order for event in events if is_counted(event)), default=0) for events in bearing]
    for place, absence in enumerate(found):
        if absence.cut_by is not None:
            for touched in range(place, min(place + 2, len(found))):
                last[touched] = max(last[touched], absence.cut_by.event.order)
    decided = _decided(everything)
    if decided:
        for where, claim, order in _of_claims(found, bearing, everything, departed):
            last[where] = max(last[where], order, decided.get(claim, 0))
    return last


def _of_claims(
    found: Sequence[Absence],
    bearing: Sequence[Sequence[Event]],
    everything: Sequence[Event],
    departed: frozenset[ClaimId],
) -> Iterator[tuple[int, ClaimId, int]]:
    """Which claims an absence has or had something of: its place, the claim, the order of what departed."""
    for place, events in enumerate(bearing):
        for claim in {event.claim for event in events}:
            if claim is not None:
                yield place, claim, 0
    timeline = Timeline(found)
    for event in everything:
        if event.claim is not None and event.claim in departed:
            where = timeline.last_begun(happened_at(event))
            if where is not None:
                yield where, event.claim, event.order


def _decided(events: Iterable[Event]) -> dict[ClaimId, int]:
    """The order of the last decision about each claim."""
    found: dict[ClaimId, int] = {}
    for event in events:
        if isinstance(event.body, ClaimAssigned):
            claim = ClaimId(event.body.claim_id)
            found[claim] = max(found.get(claim, 0), event.order)
    return found
