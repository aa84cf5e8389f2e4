"""Times that do not fit: ahead of the clock, out of order, long ago, a birthday that makes no child.

Every one of them is kept as it was sent. What a wrong time could do (postpone a deadline) is prevented where deadlines
are computed, which counts from when the hub accepted the message at the latest. Rows marked (c) are defaults to be
configured, not rules of law.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Final

from hub.checks.fields import Leaf
from hub.episode.exclusions import is_held_early
from schemas.records import AgencyMessage, BirthPrecision, ExclusionSet, Finding, FindingKind, Person

CLOCK_TOLERANCE: Final = timedelta(seconds=120)
LATE_AFTER: Final = timedelta(hours=24)  # (c)
ADULT_AT: Final = 18
OLDEST_CLAIM: Final = timedelta(days=40 * 366)

_PAST: Final = frozenset(
    {
        "occurred_at",
        "recorded_at",
        "at",
        "found_at",
        "returned_at",
        "seen_at",
        "since",
        "held_at",
        "decided_at",
        "accepted_at",
        "told_at",
        "circulated_at",
        "circulation_cancelled_at",
        "family_informed_at",
        "host_notified_at",
        "withdrawn_at",
        "completed_at",
        "set_at",
        "child_told_at",
    }
)
"""Names of fields that say when something happened; all others (`until`, `expected_by`, `review_due`) may lie ahead."""

_AHEAD: Final = "lies more than 120 seconds after the hub received the message"
_CHECK: Final = "check the time; send a CorrectionMade when you can"
_HELD_EARLY: Final = "lies less than a day after the hub received the message: the exclusion holds already"
_PLANNED: Final = "check the time and its offset; only a start more than a day ahead is waited for"
_ORDER: Final = (
    ("occurred_at", "recorded_at", "is before occurred_at"),
    ("last_seen.at", "recorded_at", "is before last_seen.at"),
    ("last_seen.at", "expected_by", "is before last_seen.at"),
    ("started_at", "ended_at", "is before started_at"),
    ("decided_at", "withdrawn_at", "is before decided_at"),
)
"""(earlier, later, what is said of the later one where it is not later)."""


def time_findings(record: AgencyMessage, leaves: Iterable[Leaf], accepted_at: datetime) -> Iterator[Finding]:
    """What is odd about the times of a message that the broker appended at `accepted_at`."""
    times = {leaf.path: leaf.value for leaf in leaves if isinstance(leaf.value, datetime) and leaf.name in _PAST}
    for path, time in times.items():
        if time > accepted_at + CLOCK_TOLERANCE:
            yield _flag(path, _AHEAD)
        elif time < accepted_at - OLDEST_CLAIM:
            yield _flag(path, "lies more than 40 years back")
    yield from _order(leaves)
    occurred = record.occurred_at
    if occurred is not None and accepted_at - OLDEST_CLAIM <= occurred < accepted_at - LATE_AFTER:
        rule = "was more than a day ago when the hub received the message"
        yield _flag("occurred_at", rule, "nothing, if that is so: late is better than never")
    if isinstance(record, ExclusionSet) and is_held_early(record, accepted_at, CLOCK_TOLERANCE):
        yield _flag("from_when", _HELD_EARLY, _PLANNED)
    person: Person | None = getattr(record, "person", None)
    if person is not None and person.date_of_birth is not None:
        yield from _birth(person.date_of_birth, person.birth_precision, accepted_at.date())


def lies_ahead(finding: Finding) -> bool:
    """Whether it says that something past was stated to lie ahead: a clock that is wrong, or a slip of the pen."""
    return finding.rule == _AHEAD


def _order(leaves: Iterable[Leaf]) -> Iterator[Finding]:
    known = {leaf.path: leaf.value for leaf in leaves if isinstance(leaf.value, datetime)}
    for earlier, later, rule in _ORDER:
        first, second = known.get(earlier), known.get(later)
        if first is not None and second is not None and second < first:
            yield _flag(later, rule)


def _birth(born: date, precision: BirthPrecision, today: date) -> Iterator[Finding]:
    where = "person.date_of_birth"
    if born > today:
        rule = "is after the day on which the hub received the message"
        yield Finding(field=where, rule=rule, remedy=_CHECK, kind=FindingKind.GAP)
    elif _age(born, today) >= ADULT_AT:
        yield _flag(where, "makes the person 18 or older")
    if (born.month, born.day) == (1, 1) and precision in {BirthPrecision.DAY, BirthPrecision.UNKNOWN}:
        remedy = "if only the year is known, send birth_precision `year`, so that it is not taken for a birthday"
        yield _flag(where, "is a first of January, which often stands for a year alone", remedy)


def _age(born: date, today: date) -> int:
    """Whole years; a birthday on 29 February counts from 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _flag(where: str, rule: str, remedy: str = _CHECK) -> Finding:
    return Finding(field=where, rule=rule, remedy=remedy, kind=FindingKind.FLAG)
