"""The rules of routing and disclosure as values: rows of the tables, and all of them together.

What a row means is said here; what is written in the tables is read and checked by `hub.routing.rules`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from hub.deadlines.rows import Repeat
from hub.entry.protection import matches
from schemas.records import Ask, DeadlineStage, Disclosure, Urgency

_KEPT_FROM_CALLERS: Final = frozenset({"protect_the_address", "after_a_death"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRow:
    """One row of `routing.toml`: when these conditions hold, this role is entitled to be told.

    `within` is the time an action has, from the accepted time of its cause; None for information. What the row asks
    is not asked of an agency that reported the absence itself if `unless_it_reported`. With `duties_only` it opens its
    classes to what is raised of the recipient's own duties, and tells of nothing else. `not_telephoned` is why nobody
    telephones whoever cannot be reached; empty where somebody does, or the table does not say.
    """

    id: str
    when: tuple[str, ...]
    while_: tuple[str, ...]
    role: str
    purpose: str
    classes: frozenset[Disclosure]
    urgency: Urgency
    ask: Ask
    within: timedelta | None
    words: str
    must_be_told: bool
    not_telephoned: str
    unless_it_reported: bool
    duties_only: bool
    source: str

    @property
    def is_telephoned(self) -> bool:
        """Whether the role is telephoned where the hub cannot reach it: always of what is urgent or asks something.

        Not where the call itself would tell whoever makes it what it must not know: of a protected address, or a death.
        """
        is_pressing = self.urgency is Urgency.NOW or self.ask is Ask.ACTION
        return self.must_be_told or (is_pressing and self.purpose not in _KEPT_FROM_CALLERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRow:
    """One aspect of an episode whose change is told to these roles (None: to everyone who was told).

    With `telephoned` somebody rings whoever cannot be reached, while all of `telephoned_while` hold; otherwise
    `not_telephoned` is why nobody does.
    """

    id: str
    fields: tuple[str, ...]
    to: frozenset[str] | None
    urgency: Urgency
    telephoned: bool
    telephoned_while: tuple[str, ...]
    not_telephoned: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseRow:
    """Who is told when the clock raises one of these stages of one of these duties: `owed_by` is whoever owes it."""

    id: str
    duties: frozenset[str]
    stages: frozenset[DeadlineStage]
    to: tuple[str, ...]
    urgency: Urgency
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfoundRow:
    """What the sender of a message of this type hears that is about nothing the hub knows from it of that child.

    `by_id` if the message names the earlier one. `says` and `words` are keys of the sentences: what came of it, and
    what is asked `within` so long.
    """

    id: str
    message: str
    by_id: bool
    says: str
    urgency: Urgency
    within: timedelta
    words: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """The classes a role may have for these purposes; `fields` narrows it to those names, None to nothing less.

    With `fact_only` the status is no more than missing or found.
    """

    role: str
    purposes: tuple[str, ...]
    classes: frozenset[Disclosure]
    fields: tuple[str, ...] | None
    source: str
    fact_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyRow:
    """Fields that only these roles read while the field `where` is said, with one of `values` (empty: with any)."""

    where: str
    values: frozenset[str]
    fields: tuple[str, ...]
    to: frozenset[str]
    source: str

    def closes(self, name: str, role: str) -> bool:
        """Whether the row closes a field to a role."""
        return role not in self.to and _fits(name, self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverRow:
    """Fields that no grant opens. `instead` names a field with their number, of the class given."""

    fields: tuple[str, ...]
    instead: str | None
    disclosure: Disclosure
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything that decides who is told what, in one immutable value. `version` names the very text."""

    version: str
    rows: tuple[RoutingRow, ...]
    follows: tuple[FollowRow, ...]
    raises: tuple[RaiseRow, ...]
    unfound: Mapping[tuple[str, bool], UnfoundRow]
    grants: Mapping[tuple[str, str], GrantRow]
    only: tuple[OnlyRow, ...]
    never: tuple[NeverRow, ...]
    words: Mapping[str, Mapping[str, str]]
    telephone_within: timedelta
    withdrawal_within: timedelta
    school_closed: tuple[tuple[str, str], ...]
    repeat: Repeat

    _following: dict[str, tuple[FollowRow, ...]] = field(default_factory=dict, compare=False, repr=False)
    _never_opened: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def grant(self, role: str, purpose: str) -> GrantRow | None:
        """What a role may have for a purpose; None means nothing."""
        return self.grants.get((role, purpose))

    def following(self, name: str) -> tuple[FollowRow, ...]:
        """The aspects that a field is part of."""
        if name not in self._following:
            self._following[name] = tuple(row for row in self.follows if _fits(name, row.fields))
        return self._following[name]

    def is_never_opened(self, name: str) -> bool:
        """Whether no grant opens a field, whatever its class."""
        if name not in self._never_opened:
            self._never_opened[name] = any(_fits(name, row.fields) for row in self.never)
        return self._never_opened[name]


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(matches(name, pattern) for pattern in patterns)
