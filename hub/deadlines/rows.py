"""One row of the rules of deadlines, as a value.

What is written in `deadlines.toml` is read and checked by `hub.deadlines.rules`; what the words mean stands in
`hub.deadlines.vocabulary` and the modules it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from hub.deadlines.calendars import Period
from schemas.records import Ask, Disclosure, Nation, RiskGrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """When a child counts as missing repeatedly: so many counted absences that began within the window."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule:
    """One row: what is owed, by which role, counted from what, and what begins, ends or pauses it.

    `after` shifts a base that is a condition. `within_by_risk` replaces `within` for those grades. `series` and
    `then_every` give the steps of a duty that comes again. With `takes_stated` a time that the message asks for counts
    where it is earlier. `even_if` are the endings that this duty outlives. `nations` are those of whoever owes; None
    for all. `soon` before and `overdue` after the due time are the other stages. Whoever owes an action and cannot be
    reached is telephoned; of information only if `telephoned`, and `not_telephoned` is why nobody rings otherwise.
    """

    duty: str
    says: str
    owed_by: str
    base: str
    after: timedelta
    within: Period
    within_by_risk: Mapping[RiskGrade, Period]
    series: tuple[Period, ...]
    then_every: Period | None
    takes_stated: bool
    applies_when: tuple[str, ...]
    stops_when: tuple[str, ...]
    withdrawn_when: tuple[str, ...]
    pauses_when: tuple[str, ...]
    even_if: frozenset[str]
    calendar_of: str
    nations: frozenset[Nation] | None
    ask: Ask
    disclosure: Disclosure
    soon: timedelta
    overdue: timedelta
    telephoned: bool
    not_telephoned: str
    repeat: Repeat
    source: str
