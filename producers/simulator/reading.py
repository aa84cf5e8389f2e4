"""How people read what the hub sends them: when somebody opens a notice, takes it, or makes the call it asks for.

Some are quick, some are late, some never come to it, and agencies differ in their habits. Times are simulated; the same
seed and notice give the same answer, whatever order they come in. Nothing is sent from here.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from hub.ids import AgencyId
from producers.simulator.parameters import Parameters, packaged_parameters
from schemas.records import Ask, Notice, Urgency

__all__ = ["Reader", "Reading"]

_KNOWN = frozenset({Urgency.NOW, Urgency.SOON, Urgency.HELD_FOR_DAY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """After how long a notice is opened and then taken, or the call made; None: never, or not asked."""

    opened_after: timedelta | None
    taken_after: timedelta | None
    """After it was opened."""
    telephoned_after: timedelta | None


class Reader:
    """The people of one agency."""

    def __init__(self, agency: AgencyId, *, seed: int, parameters: Parameters | None = None) -> None:
        self._figures = parameters or packaged_parameters()
        self._seed = f"{seed}:{agency}:reading"
        habit = Random(self._seed)  # noqa: S311 - nothing secret
        self._habit = habit.lognormvariate(0.0, self._figures.number("reading.habit_spread"))

    def reads(self, notice: Notice) -> Reading:
        """What becomes of one notice there."""
        draw = Random(f"{self._seed}:{notice.notice_id}")  # noqa: S311 - nothing secret
        urgency = notice.urgency if notice.urgency in _KNOWN else Urgency.SOON
        opened = taken = None
        if not self._figures.happens("reading.never_opened_share", draw):
            opened = self._minutes(f"reading.opened_after_minutes_{urgency.value}", draw)
            if notice.ask is Ask.ACTION and not self._figures.happens("reading.never_taken_share", draw):
                taken = self._minutes("reading.taken_after_minutes", draw)
        calls = opened is not None and not self._figures.happens("reading.never_telephoned_share", draw)
        return Reading(
            opened_after=opened,
            taken_after=taken,
            telephoned_after=self._minutes("reading.telephoned_after_minutes", draw) if calls else None,
        )

    def _minutes(self, name: str, draw: Random) -> timedelta:
        return timedelta(minutes=self._habit * self._figures.lognormal(name, draw))
