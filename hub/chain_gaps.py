"""Gaps in the chains of signing keys that are still open: numbers that were passed over and have not come since.

A gap holds nothing back. It is noted when a later number comes, narrows with each message that fills it, and is
alarmed while it stays; a message that somebody withheld on the way shows here and nowhere else. Times come in as the
broker's append times; who counts says what time it is.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

ALARMED_AFTER: Final = timedelta(seconds=60)
KEPT_FOR: Final = timedelta(days=7)
"""After this a gap is let go: `inbound` itself keeps nothing longer."""
_MOST: Final = 1_000
_MOST_OF_A_KEY: Final = 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Numbers `first` to `last` of one signing key (agency and key id) that had not come at `since`."""

    signer: str
    first: int
    last: int
    since: datetime


Gaps: TypeAlias = tuple[Gap, ...]
"""In the order in which they were noted."""


def with_gap(gaps: Gaps, gap: Gap) -> Gaps:
    """With one more, unless it is noted already. What is beyond the bounds widens the newest one of its key."""
    if any(each.signer == gap.signer and each.first <= gap.first <= each.last for each in gaps):
        return gaps
    same = [each for each in gaps if each.signer == gap.signer]
    if len(same) >= _MOST_OF_A_KEY:
        wider = replace(same[-1], last=max(same[-1].last, gap.last))
        return tuple(wider if each is same[-1] else each for each in gaps)
    return (*gaps, gap) if len(gaps) < _MOST else gaps


def filled(gaps: Gaps, signer: str, sequence: int) -> Gaps:
    """Without this number of this key, which has come."""
    return tuple(part for gap in gaps for part in _without(gap, signer, sequence))


def _without(gap: Gap, signer: str, sequence: int) -> Iterable[Gap]:
    if gap.signer != signer or not gap.first <= sequence <= gap.last:
        yield gap
        return
    if gap.first < sequence:
        yield replace(gap, last=sequence - 1)
    if sequence < gap.last:
        yield replace(gap, first=sequence + 1)


def alarmed(gaps: Gaps, now: datetime) -> int:
    """How many have been open for longer than they may."""
    return sum(ALARMED_AFTER < now - gap.since <= KEPT_FOR for gap in gaps)


def still_kept(gaps: Gaps, now: datetime) -> Gaps:
    """Without those that are let go."""
    return tuple(gap for gap in gaps if now - gap.since <= KEPT_FOR)


def to_row(gaps: Gaps) -> bytes:
    """The gaps as they are stored."""
    rows = [[gap.signer, gap.first, gap.last, (gap.since - _EPOCH) // _MILLISECOND] for gap in gaps]
    return json.dumps(rows, separators=(",", ":")).encode()


def from_row(row: bytes) -> Gaps:
    """Read what `to_row` wrote."""
    return tuple(
        Gap(signer=signer, first=first, last=last, since=_EPOCH + since * _MILLISECOND)
        for signer, first, last, since in json.loads(row)
    )
