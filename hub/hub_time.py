"""The hub's time, from the broker's: the same, unless a demonstration runs on a fast clock.

A demonstration plays months in minutes. It says so at the head of its log, in `HubTime` records signed with the trust
key: from `real_origin` on, hub time = `origin` + `scale` x (broker time - `real_origin`). Everything that the hub dates
(acceptance, deadlines, ladders) is in hub time; keys, certificates and the broker itself stay in real time.

Rules kept here:

1. Without a record hub time is broker time, to the microsecond.
2. A later record holds from its `real_origin` on, so that a demonstration may be stopped and taken up again.
3. Hub time is never behind real time and never slower: keys of the directory are dated in real time, and a message
   accepted before its key was valid would be refused. A record that breaks this is refused.
4. Who may say so, and whether this hub may believe it, is for whoever reads the records (`streams.hub_time_feed`).
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from schemas.errors import HomewardError
from schemas.records import HubTime

__all__ = ["HubTimeRefused", "HubTimes"]

_SLOWEST: Final = 1.0
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""A demonstration that was left on for ever stays here, rather than run out of the calendar."""


class HubTimeRefused(HomewardError):
    """A record of hub time that would make keys invalid, or time run backwards."""


@dataclass(frozen=True, slots=True)
class HubTimes:
    """The stretches of a fast clock, by where each begins in real time. Times are aware."""

    stretches: tuple[HubTime, ...] = ()

    @classmethod
    def real(cls) -> Self:
        """Hub time is broker time."""
        return cls()

    @classmethod
    def of(cls, records: Iterable[HubTime]) -> Self:
        """From records in any order; of two that begin at one moment the last given.

        Raises:
            HubTimeRefused: one would set hub time behind real time, or let it run slower.
        """
        by_beginning = {record.real_origin: record for record in records}
        for record in by_beginning.values():
            if record.scale < _SLOWEST or record.origin < record.real_origin:
                message = (
                    f"hub time from {record.real_origin.isoformat()}: expected a scale of at least 1 and an origin not "
                    f"before it, found scale {record.scale} and origin {record.origin.isoformat()}; publish it again"
                )
                raise HubTimeRefused(message)
        return cls(tuple(by_beginning[began] for began in sorted(by_beginning)))

    @property
    def is_real(self) -> bool:
        """True if hub time is broker time."""
        return not self.stretches

    def hub_time(self, real: datetime) -> datetime:
        """What the hub dates something with that the broker dates `real`."""
        if (record := self._at(real)) is None:
            return real
        passed = (real - record.real_origin).total_seconds() * record.scale
        ahead = (_LATEST - record.origin).total_seconds()
        return record.origin + (real - record.real_origin) * record.scale if passed < ahead else _LATEST

    def real_time(self, hub: datetime) -> datetime:
        """When, in real time, it was or will be `hub` in hub time; the latest stretch that has it counts."""
        for record in reversed(self.stretches):
            if hub >= record.origin:
                return record.real_origin + (hub - record.origin) / record.scale
        return min([hub, *(record.real_origin for record in self.stretches[:1])])

    def scale(self, real: datetime) -> float:
        """Hub seconds a second at that time."""
        record = self._at(real)
        return 1.0 if record is None else record.scale

    def going_on(self, real: datetime, reached: datetime, *, scale: float, calm: timedelta) -> tuple[HubTime, ...]:
        """What to say at `real` so that a demonstration goes on from `reached`, where its last record was accepted.

        One that is taken up again keeps real pace for `calm` first: its agencies are not there yet to take on what its
        earlier days left behind, of which a fast clock would make a day's worth overdue while they connect. A start
        that was broken off within that time may have said how the clock will run a little later: this begins then.
        """
        begins = max(real, *(record.real_origin for record in self.stretches)) if self.stretches else real
        origin = max(begins, reached)
        if begins > real:
            said = HubTimes(tuple(record for record in self.stretches if record.real_origin < begins))
            origin = max(origin, said.hub_time(begins))
        if not (self.stretches and calm):
            return (HubTime(origin=origin, scale=scale, real_origin=begins),)
        return (
            HubTime(origin=origin, scale=_SLOWEST, real_origin=begins),
            HubTime(origin=origin + calm, scale=scale, real_origin=begins + calm),
        )

    def _at(self, real: datetime) -> HubTime | None:
        number = bisect_right(self.stretches, real, key=lambda record: record.real_origin)
        return self.stretches[number - 1] if number else None
