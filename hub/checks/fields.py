"""A record as a list of its leaves: where each stands, and what it holds. The checks read this, not the record."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache

from schemas.records import RECORDS, Record


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that a message gives: its path with indexes (`person.flags[0].kind`), its own name, the value."""

    path: str
    name: str
    value: object


def leaves_of(record: Record) -> tuple[Leaf, ...]:
    """Every value of a record that was given, in the order of the schema."""
    return tuple(_leaves(record, ""))


def _leaves(record: Record, path: str) -> Iterator[Leaf]:
    for name in _names(record.SCHEMA_NAME):
        value = getattr(record, name)
        if value is None or value == ():
            continue
        where = f"{path}{name}"
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from _item(item, f"{where}[{index}]", name)
        else:
            yield from _item(value, where, name)


def _item(value: object, where: str, name: str) -> Iterator[Leaf]:
    if isinstance(value, Record):
        yield from _leaves(value, f"{where}.")
    else:
        yield Leaf(where, name, value)


@cache
def _names(record: str) -> tuple[str, ...]:
    return tuple(field.name for field in fields(RECORDS[record]))  # type: ignore[arg-type]  # all are dataclasses
