"""A record as a list of its leaves: where each stands, and what it holds. The checks read this, not the record."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from schemas.records import RECORDS, Record


class Leaf(NamedTuple):
    """One value that a message gives: its path with indexes (`person.flags[0].kind`), its own name, the value."""

    path: str
    name: str
    value: object


def leaves_of(record: Record) -> tuple[Leaf, ...]:
    """Every value of a record that was given, in the order of the schema."""
    found: list[Leaf] = []
    _add_leaves(found, record, "")
    return tuple(found)


def _add_leaves(found: list[Leaf], record: Record, path: str) -> None:
    names, values_of = _fields(record.SCHEMA_NAME)
    for name, value in zip(names, values_of(record), strict=True):
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                _add(found, item, f"{path}{name}[{index}]", name)
        elif value is not None:
            _add(found, value, f"{path}{name}", name)


def _add(found: list[Leaf], value: object, where: str, name: str) -> None:
    if isinstance(value, Record):
        _add_leaves(found, value, f"{where}.")
    else:
        found.append(Leaf(where, name, value))


@cache
def _fields(record: str) -> tuple[tuple[str, ...], Callable[[Record], tuple[object, ...]]]:
    """The names of a record's fields, and what takes all of their values at once."""
    first, *others = (field.name for field in fields(RECORDS[record]))  # type: ignore[arg-type]  # all are dataclasses
    if not others:
        return (first,), lambda held: (getattr(held, first),)
    return (first, *others), attrgetter(first, *others)
