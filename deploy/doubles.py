"""What a reader would see twice, and who was never told: the two questions of the books that need a thought.

Pure, from headers alone, as `ledger.py` is, which has the rules.

**A notice that no `Told` names** was written twice under two ids, or is under way: the hub writes notices, waits for
the broker, and only then says so. Under way it can be only where the register has not worked off an event of that
child's partition that was there before the notice, or where the notice is only just written (a change of the directory
makes the register look again, at no event's place). Every other one is a second page for the same thing.

**A receipt under another id than the accepted message gives** is a second answer, unless it is the refusal of other
bytes under the same id. Those bytes are then in quarantine, under the very time that the refusal has.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

from deploy.book_entry import MISSING, MOVED, NOTICE, RECEIPT, TOLD, Entry
from hub.ids import derived_id

_DAY: Final = 24 * 3600 * 1000
"""Milliseconds: so long before its message a receipt may have been written, by a run that did not end."""
_ENDS: Final = frozenset({"ReportCancelled", "ChildFound", "ChildReturned"})
"""A report that comes after one of these may be of an absence that is over, about which nobody is told."""

Inboxes = Mapping[str, Iterable[Entry]]


def in_two_inboxes(inboxes: Inboxes) -> list[str]:
    """Notices and receipts that stand in more than one inbox."""
    holders: Counter[tuple[str, str]] = Counter()
    for entries in inboxes.values():
        holders.update({(entry.type.lower(), entry.id) for entry in entries if entry.type in {NOTICE, RECEIPT}})
    return [f"{kind} {id_} in two inboxes" for (kind, id_), count in holders.items() if count > 1]


def stated_twice(log: Iterable[Entry], reports: Mapping[str, Entry]) -> list[str]:
    """Reports that stand on `events` under more than one id, though they say one thing."""
    ids: dict[str, set[str]] = {}
    for entry in log:
        if entry.cause in reports and entry.type == reports[entry.cause].type:
            ids.setdefault(entry.cause, set()).add(entry.id)
    return [f"report {cause} as {len(found)} events" for cause, found in ids.items() if len(found) > 1]


def answered_twice(reports: Mapping[str, Entry], inboxes: Inboxes, refused_at: Container[str]) -> list[str]:
    """Receipts for an accepted report beside the one that it has; `refused_at` are the times of what was refused."""
    found: dict[str, str] = {}
    for entries in inboxes.values():
        for entry in entries:
            report = reports.get(entry.subject)
            if (
                entry.type == RECEIPT
                and report is not None
                and entry.at >= report.at - _DAY
                and entry.id != derived_id(entry.subject, "receipt")
                and entry.time not in refused_at
            ):
                found.setdefault(entry.id, f"receipt {entry.id}, a second one for {entry.subject}")
    return list(found.values())


def unnamed(
    inboxes: Inboxes, log: Iterable[Entry], handled: Mapping[int, int] | None, fresh_since: int | None
) -> tuple[list[str], list[str]]:
    """Notices that no `Told` names: those that are doubled, and those that are under way.

    `log` is everything on `events` that was there after the inboxes were read, and `handled` the register's position
    from between the two; None: it has handled all. What was written from `fresh_since` on (ms) may be under way.
    """
    events = list(log)
    named = {notice for entry in events if entry.type == TOLD for notice in entry.told}
    waiting = _waiting_since(events, handled)
    places = _places(events)
    doubled: dict[str, str] = {}
    under_way: dict[str, str] = {}
    for agency, entries in inboxes.items():
        for entry in entries:
            if entry.type != NOTICE or entry.id in named:
                continue
            partitions = places.get(entry.cause, waiting.keys())
            may_follow = any(waiting.get(partition, entry.at + 1) <= entry.at for partition in partitions)
            is_fresh = fresh_since is not None and entry.at >= fresh_since
            said = f"notice {entry.id} to {agency} of {entry.cause}, which no Told names"
            (under_way if may_follow or is_fresh else doubled).setdefault(entry.id, said)
    return list(doubled.values()), list(under_way.values())


def _waiting_since(events: Iterable[Entry], handled: Mapping[int, int] | None) -> dict[int, int]:
    """For each partition with an event that is not worked off: when the first such was appended."""
    since: dict[int, int] = {}
    for entry in events:
        if handled is not None and entry.offset >= handled.get(entry.partition, 0):
            since[entry.partition] = min(entry.at, since.get(entry.partition, entry.at))
    return since


def _places(events: Iterable[Entry]) -> dict[str, set[int]]:
    """The partitions that each event stands in: its own, and those of children that it was moved to."""
    found: dict[str, set[int]] = {}
    for entry in events:
        found.setdefault(entry.cause if entry.type == MOVED else entry.id, set()).add(entry.partition)
    return found


def told_nobody(log: Iterable[Entry], routed: Container[str], reviews: Iterable[tuple[str, str]]) -> list[str]:
    """Reports of a missing child that the register has worked off, of whom nobody was ever told anything.

    Told is by child, and by every child that the report was moved to: a second report of an absence may be no news.
    Nor is an absence that was over when the register came to its report. When that was nobody writes down; it was not
    later than the first `Told` of anything that came after the report on its partition, and what ended the absence
    after that is no excuse. `reviews` are key and id of what waits for a person: a report that waits by itself is
    passed on to nobody.
    """
    events = list(log)
    reports: dict[str, Entry] = {}
    children: dict[str, set[str]] = {}
    told: set[str] = set()
    ends: dict[str, int] = {}
    for entry in events:
        if entry.type == TOLD:
            told.add(entry.key)
        elif entry.type == MOVED:
            children.setdefault(entry.cause, set()).add(entry.key)
        elif entry.type in _ENDS:
            ends[entry.key] = min(entry.at, ends.get(entry.key, entry.at))
        elif entry.type == MISSING and entry.id in routed:
            reports.setdefault(entry.id, entry)
    silent = [entry for entry in reports.values() if not told & {entry.key, *children.get(entry.id, ())}]
    missed = [entry.id for entry in silent if entry.key not in ends or _was_passed(entry, events, ends[entry.key])]
    return list(_not_waiting(missed, list(reviews)))


def _was_passed(report: Entry, events: Iterable[Entry], before: int) -> bool:
    """Whether something that came after a report on its partition was told of before this time (ms)."""
    later = {entry.id for entry in events if entry.partition == report.partition and entry.offset > report.offset}
    return any(
        entry.type == TOLD and entry.partition == report.partition and entry.cause in later and entry.at < before
        for entry in events
    )


def _not_waiting(reports: Iterable[str], reviews: list[tuple[str, str]]) -> Iterator[str]:
    for report in reports:
        if not any(derived_id(pair, "review", report) == id_ for pair, id_ in reviews):
            yield report
