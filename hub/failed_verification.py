"""Messages in an agency's name that did not verify: counted, and told to the agency at most once a minute.

There is never an answer to a forgery, or whoever sends forgeries could fill the mailbox of the agency that they name.
The minute is that of the broker's append time. What is told is a function of the tally, which is stored before it is
sent: a re-run tells the very same under the same id.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Self

_ROW: Final = struct.Struct(">9q")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MINUTE: Final = timedelta(minutes=1)


class Failure(NamedTuple):
    """One message that did not verify: its offset in its partition, and the broker's append time."""

    offset: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was told last of one agency's name in one partition, and what has come since and waits to be told."""

    minute: int = -1
    """Minute (from 1970) in which it was told."""
    first: int = 0
    last: int = -1
    """Offsets `first` to `last` made it be told: whoever handles one of them again tells it again."""
    count: int = 0
    """How many messages were told of, the first at `since`, the last at `at`."""
    since: datetime = _EPOCH
    at: datetime = _EPOCH
    seen: int = -1
    """The highest offset that was counted."""
    waiting: int = 0
    waiting_since: datetime = _EPOCH

    def to_row(self) -> bytes:
        """The tally as it is stored."""
        times = [(each - _EPOCH) // _MILLISECOND for each in (self.since, self.at, self.waiting_since)]
        return _ROW.pack(self.minute, self.first, self.last, self.count, self.seen, self.waiting, *times)

    @classmethod
    def from_row(cls, row: bytes) -> Self:
        """Read what `to_row` wrote."""
        minute, first, last, count, seen, waiting, *times = _ROW.unpack(row)
        since, at, waiting_since = (_EPOCH + each * _MILLISECOND for each in times)
        return cls(
            minute=minute, first=first, last=last, count=count, since=since, at=at, seen=seen, waiting=waiting,
            waiting_since=waiting_since,
        )  # fmt: skip


class Counted(NamedTuple):
    """The tally after some failures, and whether it is told now (for the first time, or again)."""

    tally: Tally
    is_told: bool


def minute_of(at: datetime) -> int:
    """The minute that a time lies in, counted from 1970."""
    return (at - _EPOCH) // _MINUTE


def counted(known: Tally, failures: Sequence[Failure], *, is_minute_free: bool = True) -> Counted:
    """Count failures of one agency's name in one partition, at least one, in the order of their offsets.

    The first of a minute is told at once, with all that came with it and all that waited; what comes later in that
    minute waits for the first of a later one. `is_minute_free` is False where this minute was told of already from
    another partition.
    """
    is_again = any(known.first <= failure.offset <= known.last for failure in failures)
    new = [failure for failure in failures if failure.offset > known.seen]
    if not new:
        return Counted(known, is_again)
    newest = new[-1]
    waiting = known.waiting + len(new)
    since = known.waiting_since if known.waiting else new[0].at
    if is_again or not is_minute_free or minute_of(newest.at) <= known.minute:
        return Counted(replace(known, seen=newest.offset, waiting=waiting, waiting_since=since), is_again)
    tally = Tally(
        minute=minute_of(newest.at),
        first=new[0].offset,
        last=newest.offset,
        count=waiting,
        since=since,
        at=newest.at,
        seen=newest.offset,
    )
    return Counted(tally, is_told=True)
