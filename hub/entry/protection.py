"""Raises the class of statements where a table says that what was said makes others more confidential.

A protected address written down by one agency is protected in everybody's words, in every absence of the child; what a
hospital, a new placement or a death touches is kept from those who may read the ordinary field. The table is
`protection.toml`. A class is only ever raised, never lowered, so the order of rows does not matter.
"""

import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Final

from hub.entry.statements import Statement, statements_of
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import Disclosure

CONFIDENTIALITY: Final = {
    disclosure: rank
    for rank, disclosure in enumerate(
        (
            Disclosure.ROUTING,
            Disclosure.IDENTITY,
            Disclosure.DESCRIPTION,
            Disclosure.CIRCUMSTANCES,
            Disclosure.SAFEGUARDING,
            Disclosure.HEALTH,
            Disclosure.INTERVIEW,
            Disclosure.PROTECTED,
            Disclosure.RESTRICTED,
            Disclosure.UNKNOWN,
        )
    )
}
"""Classes from the widest to the narrowest; a class this reader does not know is narrower than any."""


_CHILD: Final = "child"
_HEEDED: Final = "heeded_of_child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """One row: what sets it off, and which fields it raises to which class."""

    when: str
    values: frozenset[str]
    scope: str
    fields: tuple[str, ...]
    to: Disclosure
    source: str

    def is_set_off_with(self, value: str) -> bool:
        """Whether this value of its field sets the row off."""
        return not self.values or value in self.values

    def covers(self, name: str) -> bool:
        """Whether the row raises this field."""
        return any(matches(name, pattern) for pattern in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The table, and its one use."""

    rows: tuple[Raise, ...]
    _heeding: dict[str, tuple[Raise, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_text(cls, table: str) -> "Protection":
        """Read the table from TOML."""
        return cls(
            rows=tuple(
                Raise(
                    when=row["when"],
                    values=frozenset(row["is"]),
                    scope=row["scope"],
                    fields=tuple(row["fields"]),
                    to=Disclosure(row["to"]),
                    source=row["source"],
                )
                for row in tomllib.loads(table)["raise"]
            )
        )

    def applied(
        self, said: Iterable[Statement], of_child: Collection[Raise] = (), known: Collection[AgencyId] = ()
    ) -> tuple[Statement, ...]:
        """The same statements in the same order, each in the narrowest class that any row demands.

        `of_child` are the rows that what is said of the child sets off (`set_off_by_child`). `known` are the agencies
        whose part in the episode is no secret: no row of the scope `sender` is about them.
        """
        kept = tuple(said)
        causes: dict[Raise, list[Statement]] = {row: [] for row in of_child}
        for statement in kept:
            for row in self._rows_heeding(statement.field):
                if row.is_set_off_with(statement.value):
                    causes.setdefault(row, []).append(statement)
        for row, by in causes.items():
            kept = tuple(_raised(statement, row, _within(row, by, known)) for statement in kept)
        return kept

    def set_off_by_child(self, events: Iterable[Event], subjects: Mapping[str, str]) -> frozenset[Raise]:
        """The rows of the scope `child` that are set off by what each sender said last, in whichever absence, of the
        field that they heed. Events in the order accepted.
        """
        latest: dict[tuple[str, AgencyId], str] = {}
        for event in events:
            for name, value in self._heeded_of_child(event, subjects):
                latest[name, event.sender] = value
        return frozenset(
            row
            for (name, _), value in latest.items()
            for row in self._rows_heeding(name)
            if row.scope == _CHILD and row.is_set_off_with(value)
        )

    def _heeded_of_child(self, event: Event, subjects: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The fields of one event that rows of the scope `child` heed, with their values; worked out once."""
        known = event.worked_out.get(_HEEDED)
        if not isinstance(known, _Heeded) or known.table is not self:
            said = tuple(
                (statement.field, statement.value)
                for statement in statements_of(event, subjects)
                if any(row.scope == _CHILD for row in self._rows_heeding(statement.field))
            )
            known = event.worked_out[_HEEDED] = _Heeded(self, said)
        return known.said

    def _rows_heeding(self, name: str) -> tuple[Raise, ...]:
        """The rows that what is said of a field may set off."""
        if (rows := self._heeding.get(name)) is None:
            rows = self._heeding[name] = tuple(row for row in self.rows if matches(name, row.when))
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class _Heeded:
    """What rows of the scope `child` of a table heed of one event."""

    table: Protection
    said: tuple[tuple[str, str], ...]


@cache
def protection() -> Protection:
    """The table that is part of this package."""
    return Protection.from_text(resources.files("hub.entry").joinpath("protection.toml").read_text("utf-8"))


def narrower(one: Disclosure, other: Disclosure) -> Disclosure:
    """The more confidential of two classes."""
    return one if CONFIDENTIALITY[one] >= CONFIDENTIALITY[other] else other


def _within(row: Raise, by: Collection[Statement], known: Collection[AgencyId]) -> Callable[[Statement], bool]:
    """Which statements a row that these set off is about."""
    match row.scope:
        case "message":
            events = frozenset(statement.event for statement in by)
            return lambda statement: statement.event in events
        case "sender":
            senders = frozenset(statement.sender for statement in by).difference(known)
            return lambda statement: statement.sender in senders
        case _:
            return lambda _: True


def _raised(statement: Statement, row: Raise, is_meant: Callable[[Statement], bool]) -> Statement:
    if not row.covers(statement.field) or not is_meant(statement):
        return statement
    to = narrower(statement.disclosure, row.to)
    return statement if to is statement.disclosure else replace(statement, disclosure=to)


@cache
def matches(field: str, pattern: str) -> bool:
    """Whether a field's name fits a pattern of a table; `*` stands for any part of it."""
    return fnmatchcase(field, pattern)
