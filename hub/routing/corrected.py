"""What a seat holds that was corrected since, or turned out to be another child's: the fields it is to withdraw.

A correction counts for a field that is its sender's word. Whoever made it knows of it. What was told of two children as
of one is for `hub.routing.reattributed`.
"""

from hub.delivery.points import Seat
from hub.episode.field_paths import can_change, is_among
from hub.event import Event
from hub.ids import EventId
from hub.routing.case import Case
from hub.routing.knowledge import Knowledge
from hub.routing.reattributed import reattributed
from schemas.records import CorrectionMade


class Corrections:
    """The corrections of one episode. `up_to` is the place of the last of them in the total order; None without any."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._made = tuple(
            (event, event.body)
            for event in case.state.events
            if isinstance(event.body, CorrectionMade) and EventId(event.body.corrects) in case.episode.events
        )
        self._reattributed = reattributed(case)
        self.up_to = max(
            (*(event.order for event, _ in self._made), *(o for some in self._reattributed.values() for o in some)),
            default=None,
        )

    def held(self, seat: Seat, knows: Knowledge) -> frozenset[str]:
        """The fields a seat holds that were corrected, or were another child's, and it was not told so yet."""
        if not knows.holds:
            return frozenset()
        found = {
            name
            for event, body in self._made
            if event.order > knows.corrections and event.sender != seat[0]
            for name in knows.fields
            if self._is_corrected(name, event, body)
        }
        others = self._reattributed.get(seat, {})
        found.update(name for order, names in others.items() if order > knows.corrections for name in names)
        return knows.fields.intersection(found)

    def _is_corrected(self, name: str, event: Event, body: CorrectionMade) -> bool:
        """Whether a told field is one that the correction really changes, and is its sender's word."""
        now = self._case.view.known(name)
        target = self._case.by_id[EventId(body.corrects)].body
        made = [change for change in body.changes if can_change(change, target)]
        return is_among(name, made) and (now is None or now.source_agency == event.sender)
