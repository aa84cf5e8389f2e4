"""Raises the class of statements where a table says that what was said makes others more confidential.

A protected address written down by one agency is protected in everybody's words; what a hospital, a new placement
or a death touches is kept from those who may read the ordinary field. The table is `protection.toml`. A class is
only ever raised, never lowered, so the order of rows does not matter.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Final

from hub.entry.statements import Statement
from hub.ids import EventId
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """One row: what sets it off, and which fields it raises to which class."""

    when: str
    values: frozenset[str]
    whole_episode: bool
    fields: tuple[str, ...]
    to: Disclosure
    source: str

    def is_set_off_by(self, statement: Statement) -> bool:
        """Whether this statement sets the row off."""
        return matches(statement.field, self.when) and (not self.values or statement.value in self.values)

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
                    whole_episode=row["scope"] == "episode",
                    fields=tuple(row["fields"]),
                    to=Disclosure(row["to"]),
                    source=row["source"],
                )
                for row in tomllib.loads(table)["raise"]
            )
        )

    def applied(self, said: Iterable[Statement]) -> tuple[Statement, ...]:
        """The same statements in the same order, each in the narrowest class that any row demands."""
        kept = tuple(said)
        causes: dict[Raise, set[EventId]] = {}
        for statement in kept:
            for row in self._rows_heeding(statement.field):
                if row.is_set_off_by(statement):
                    causes.setdefault(row, set()).add(statement.event)
        for row, events in causes.items():
            messages = None if row.whole_episode else events
            kept = tuple(_raised(statement, row, messages) for statement in kept)
        return kept

    def _rows_heeding(self, name: str) -> tuple[Raise, ...]:
        """The rows that what is said of a field may set off."""
        if (rows := self._heeding.get(name)) is None:
            rows = self._heeding[name] = tuple(row for row in self.rows if matches(name, row.when))
        return rows


@cache
def protection() -> Protection:
    """The table that is part of this package."""
    return Protection.from_text(resources.files("hub.entry").joinpath("protection.toml").read_text("utf-8"))


def narrower(one: Disclosure, other: Disclosure) -> Disclosure:
    """The more confidential of two classes."""
    return one if CONFIDENTIALITY[one] >= CONFIDENTIALITY[other] else other


def _raised(statement: Statement, row: Raise, messages: set[EventId] | None) -> Statement:
    if (messages is not None and statement.event not in messages) or not row.covers(statement.field):
        return statement
    to = narrower(statement.disclosure, row.to)
    return statement if to is statement.disclosure else replace(statement, disclosure=to)


@cache
def matches(field: str, pattern: str) -> bool:
    """Whether a field's name fits a pattern of a table; `*` stands for any part of it."""
    return fnmatchcase(field, pattern)
