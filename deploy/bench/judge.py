"""The judgement: what was sent against what could be read, by id. No counter of a worker enters here."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deploy.bench.agencies import LANCASHIRE, RECIPIENTS
from deploy.bench.mailboxes import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Of one phase: times from append on `inbound` to reading, and what is missing or seen twice."""

    latencies: tuple[float, ...]
    receipts: tuple[float, ...]
    lost: int
    visible_duplicates: int
    repeats_on_the_wire: int
    last_notice_at: float


def judged(appended: Mapping[str, float], reads: Iterable[Read]) -> Judgement:
    """Compare reports with what the mailboxes hold.

    Lost: a report without a notice in one of its recipients' mailboxes, or without a receipt in the sender's. Visible
    twice: more than one notice id for one report and mailbox, which a reader that drops repeated ids would still see.
    """
    first: dict[tuple[str, str], Read] = {}
    ids: Counter[tuple[str, str]] = Counter()
    repeats = 0
    seen: set[tuple[str, str]] = set()
    for read in reads:
        if read.cause not in appended:
            continue
        if (read.mailbox, read.id) in seen:
            repeats += 1
            continue
        seen.add((read.mailbox, read.id))
        place = (read.cause, f"{read.record_type} {read.mailbox}")
        ids[place] += 1
        first.setdefault(place, read)
    expected = [f"Notice inbox.{recipient}" for recipient in RECIPIENTS]
    receipt = f"Receipt inbox.{LANCASHIRE}"
    missing = sum((cause, place) not in first for cause in appended for place in (*expected, receipt))
    notices = [read for (_, place), read in first.items() if place != receipt]
    return Judgement(
        latencies=tuple(sorted(read.read - appended[read.cause] for read in notices)),
        receipts=tuple(
            sorted(read.read - appended[read.cause] for (_, place), read in first.items() if place == receipt)
        ),
        lost=missing,
        visible_duplicates=sum(count - 1 for count in ids.values()),
        repeats_on_the_wire=repeats,
        last_notice_at=max((read.appended for read in notices), default=0.0),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the sorted values does not exceed; NaN for none."""
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def spread(ordered: Sequence[float]) -> dict[str, float]:
    """p50, p99 and max, rounded to tenths of a millisecond."""
    return {
        "p50": round(quantile(ordered, 0.5), 4),
        "p99": round(quantile(ordered, 0.99), 4),
        "max": round(ordered[-1], 4) if ordered else math.nan,
    }


def resume_seconds(faults: Iterable[float], appended: Mapping[str, float], reads: Sequence[Read]) -> list[float]:
    """For each fault, how long until a notice of a report that came after the fault was in a mailbox."""
    notices = sorted((read.appended, appended[read.cause]) for read in reads if read.cause in appended)
    return [next((at - fault for at, reported in notices if reported > fault), math.inf) for fault in faults]
