"""How urgent a report is while it waits: larger goes first when the hub can be reached again.

Decided from the record alone (its type, its grade or status, the flags and the age of the child), by the rows of
`priority.toml`. It orders one agency's own queue and nothing else: the hub computes risk for itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final, Self

from schemas.errors import HomewardError
from schemas.records import Answer, Person, Record

__all__ = ["BrokenPriorities", "Priorities", "packaged_priorities"]

_KNOWN: Final = frozenset({"record", "where", "flag", "under", "priority"})


class BrokenPriorities(HomewardError):
    """A row of the table that cannot be read; `row` counts from 1."""

    def __init__(self, row: int, what: str) -> None:
        """Keep the parts and say them in one line."""
        self.row = row
        super().__init__(f"priority.toml, row {row}: {what}; expected record, priority and any of where, flag, under")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    record: str
    priority: int
    where: tuple[tuple[str, str], ...]
    flag: str | None
    under: int | None

    def matches(self, record: Record, today: date) -> bool:
        person = getattr(record, "person", None)
        return (
            all(_field(record, path) == word for path, word in self.where)
            and (self.flag is None or _has_flag(person, self.flag))
            and (self.under is None or _is_under(person, self.under, today))
        )


@dataclass(frozen=True, slots=True)
class Priorities:
    """The table, by record type."""

    default: int
    rows: Mapping[str, tuple[_Row, ...]]

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read the table. Raises BrokenPriorities for a row that says too little or something unknown."""
        table = tomllib.loads(text)
        rows: dict[str, tuple[_Row, ...]] = {}
        for number, row in enumerate(table["priority"], start=1):
            read = _row(number, row)
            rows[read.record] = (*rows.get(read.record, ()), read)
        return cls(int(table["default"]), rows)

    def of(self, record: Record, today: date) -> int:
        """The priority of one record; `today` is for the child's age."""
        for row in self.rows.get(record.SCHEMA_NAME, ()):
            if row.matches(record, today):
                return row.priority
        return self.default


@cache
def packaged_priorities() -> Priorities:
    """The table that comes with the package (read once)."""
    return Priorities.from_toml(resources.files(__package__).joinpath("priority.toml").read_text(encoding="utf-8"))


def _row(number: int, row: Mapping[str, Any]) -> _Row:
    if unknown := row.keys() - _KNOWN:
        raise BrokenPriorities(number, f"{', '.join(sorted(unknown))} is not known")
    if "record" not in row or "priority" not in row:
        raise BrokenPriorities(number, "record or priority is missing")
    return _Row(
        record=row["record"],
        priority=int(row["priority"]),
        where=tuple(row.get("where", {}).items()),
        flag=row.get("flag"),
        under=row.get("under"),
    )


def _field(record: object, path: str) -> object:
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def _has_flag(person: Person | None, kind: str) -> bool:
    return person is not None and any(flag.kind == kind and flag.value is Answer.YES for flag in person.flags)


def _is_under(person: Person | None, years: int, today: date) -> bool:
    born = person.date_of_birth if person is not None else None
    if born is None:
        return False
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return 0 <= age < years
