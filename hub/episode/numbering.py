"""Numbers an episode: which of two entries is newer, and when it last changed.

The sequence of an episode is the number of distinct reports and decisions in the child's set up to the last one that
touched the episode, moved and withdrawn ones included, so that it never falls, and moves only when the episode does
(one number for the whole child would tie its episodes together for readers who may not know). An episode that becomes
another child's is counted anew in that child's set. `changed_at` is the latest acceptance among them. What was told and
what the clock raised count for neither: numbers say nothing of them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from hub.episode.absence import Absence, Timeline
from hub.episode.bearing import AFTERMATH, forewarning
from hub.episode.contributions import CONTRIBUTIONS, Placing
from hub.episode.corrections import Revised
from hub.episode.times import happened_at, past
from hub.event import Event
from hub.ids import ClaimId
from schemas.records import ClaimAssigned, MissingReported


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
    revised: Revised,
) -> list[int]:
    """The order of the last report or decision that touched each absence.

    That is what bears on it; the return that cut it from the one before; the report of another absence that took over
    what had borne on this one; a correction that took a message elsewhere; and the decisions about its claims. What
    departed, and what was corrected, touched the absence that it lay in by its time.
    """
    last = [max((event.order for event in events if is_counted(event)), default=0) for events in bearing]
    known = [min((mark.event.order for mark in absence.starts or absence.marks), default=0) for absence in found]
    for where, order in (*_cut(found, known), *_taken_over(found, bearing, known)):
        last[where] = max(last[where], order)
    for where, order in _of_corrected(found, everything, revised):
        last[where] = max(last[where], order)
    decided = _decided(everything)
    if decided:
        for where, claim, order in _of_claims(found, bearing, everything, departed):
            last[where] = max(last[where], order, decided.get(claim, 0))
    return last


def _cut(found: Sequence[Absence], known: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each return that ended an absence touched that one and the one which it cut off: the next one known by then."""
    for place, absence in enumerate(found):
        if absence.cut_by is not None:
            order = absence.cut_by.event.order
            for touched in range(place, len(found)):
                yield touched, order
                if touched > place and known[touched] <= order:
                    break


def _taken_over(
    found: Sequence[Absence], bearing: Sequence[Sequence[Event]], known: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """What another absence took over when it came to reach so far back: where it was before, and the order of that."""
    for place, events in enumerate(bearing):
        for event in events:
            if is_counted(event):
                reached = _reached_back(found[place], event, known[place])
                if event.order < reached:
                    before = next((other for other in range(place - 1, -1, -1) if known[other] < reached), None)
                    after = next((other for other in range(place + 1, len(found)) if known[other] < reached), None)
                    for other in (before, after):
                        if other is not None and _could_bear_on(found[other], event):
                            yield other, reached


def _reached_back(absence: Absence, event: Event, known: int) -> int:
    """The order of what first put the absence at or before the time of an event; of its first report without one."""
    when = happened_at(event)
    return max(known, min((mark.event.order for mark in absence.marks if mark.at <= when), default=known))


def _could_bear_on(absence: Absence, event: Event) -> bool:
    """True if an event might bear on this absence for its time."""
    when, placing = happened_at(event), CONTRIBUTIONS[event.body.SCHEMA_NAME].placing
    began, over = absence.began_at, absence.closed_at
    if began is None or when < began - forewarning(placing):
        return False
    return over is None or when <= over + AFTERMATH or placing is Placing.SEEN


def _of_corrected(found: Sequence[Absence], everything: Sequence[Event], revised: Revised) -> Iterator[tuple[int, int]]:
    """Where a message lay before it was corrected, and the order of the correction."""
    if not revised.aims:
        return
    timeline = Timeline(found)
    by_id = {event.id: event for event in everything}
    for revision, target in revised.aims.items():
        raw = by_id[target]
        seen = raw.body.last_seen if isinstance(raw.body, MissingReported) else None
        when = happened_at(raw) if seen is None else past(seen.at, raw.accepted_at) or happened_at(raw)
        where = timeline.last_begun(when)
        if where is not None:
            yield where, max(by_id[revision].order, raw.order)


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
