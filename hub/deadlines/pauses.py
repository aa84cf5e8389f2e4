"""When a duty to the child stands still because the child cannot be seen.

Missing again: every later absence in which the child is missing, from its beginning to its end; an outcome that says
so counts while no such absence is known. Detained, in hospital, abroad: as `whereabouts` reads it. Only stretches that
can move the due time are looked for, so that a child with hundreds of absences costs no more than one with two.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.model import Pause

PAUSES: Final = ("missing_again", "detained", "in_hospital", "abroad")
"""Every word that pauses a duty; what each means is said in `hub.deadlines.vocabulary`."""

_AGAIN: Final = "missing_again"


def pauses(case: Case, words: Sequence[str], since: datetime, running: timedelta) -> list[Pause]:
    """Every stretch of these reasons that may fall into `running` time after `since`, in no order."""
    known = case.child.stretches
    found = [pause for word in words if word in known for pause in known[word]] if known else []
    if _AGAIN in words:
        absences = _absences(case, _horizon(since + running, found))
        found = [pause for pause in found if pause.why != _AGAIN or not _is_known(pause, absences)]
        found.extend(absences)
    return found


def _horizon(due: datetime, found: Iterable[Pause]) -> datetime | None:
    """The latest due time that these stretches can lead to; None where one of them lasts."""
    for pause in found:
        if pause.ended is None:
            return None
        due += pause.ended - pause.began
    return due


def _absences(case: Case, horizon: datetime | None) -> list[Pause]:
    """The later absences that begin before the due time, which each of them moves."""
    found = []
    for episode in case.later():
        if horizon is not None and episode.began_at >= horizon:
            break
        if not (episode.is_counted and episode.was_missing):
            continue
        ended = episode.ended_at or episode.ended_before
        found.append(Pause(began=episode.began_at, ended=ended, why=_AGAIN, event=episode.start_event))
        if ended is None:
            break
        if horizon is not None:
            horizon += ended - episode.began_at
    return found


def _is_known(pause: Pause, absences: Sequence[Pause]) -> bool:
    """True if one of the absences is what an outcome `child_missing_again` spoke of."""
    return any(known.ended is None or known.ended > pause.began for known in absences)
