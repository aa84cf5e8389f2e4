"""Whether an absence is cancelled: every report of it was withdrawn by its own sender (law 8).

A cancelled absence stays in the register, is not counted, and keeps its id; what it set off is withdrawn by routing.
While one agency's report stands, it stands: an agency can withdraw only what it said itself.
"""

from collections.abc import Mapping

from hub.episode.absence import Absence
from hub.episode.marks import MarkKind
from hub.episode.model import Cancellation
from hub.event import Event
from hub.ids import EventId
from schemas.records import CancelReason, ReportCancelled


def cancellation(absence: Absence, withdrawn: Mapping[EventId, Event]) -> Cancellation | None:
    """The withdrawal that left no report standing; None while one stands."""
    if not absence.is_withdrawn:
        return None
    reports = [mark for mark in absence.marks if mark.kind is MarkKind.START] or absence.marks
    last = max((withdrawn[mark.event.id] for mark in reports), key=lambda event: (event.order, event.id))
    return Cancellation(
        event=last.id,
        agency=last.sender,
        reason=last.body.reason if isinstance(last.body, ReportCancelled) else CancelReason.UNKNOWN,
        accepted_at=last.accepted_at,
    )
