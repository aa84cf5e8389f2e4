"""What each field of each record is: its disclosure class, its cap and its meaning, as data.

Redaction, the register's blocks and the reference pages are computed from this table, so that a field is disclosed
by what its schema says and by nothing else. Whether a role may have a class is not decided here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from schemas.records import Disclosure, Record
from schemas.sources import Schema, sources

INHERIT: Final = "inherit"
CONTROL: Final = "control"
"""Classes of a schema that are not classes of disclosure: taken from the holder; never disclosed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafField:
    """One field that holds a value and no record, by its path from the record that travels.

    `path` is dotted, without indexes (`person.flags.kind`). `disclosure` is None for a field that is never
    disclosed by class. `address` is the path of the address that the field is part of: where that address says
    `protected`, the field counts as `Disclosure.PROTECTED`, whatever stands here. `is_list` is True where the
    path leads through an array. `cap` counts characters or bytes of one value, `item_cap` items of its own array.
    """

    path: str
    disclosure: Disclosure | None
    type: str
    doc: str
    cap: int | None = None
    item_cap: int | None = None
    address: str | None = None
    is_list: bool = False


@cache
def leaves(record: str | type[Record]) -> Mapping[str, LeafField]:
    """Every leaf of a record by its path, in the order of the schema. Raises KeyError for no such record."""
    name = record if isinstance(record, str) else record.SCHEMA_NAME
    return {leaf.path: leaf for leaf in _leaves(sources()[name], _Place())}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the walk through a record stands."""

    path: str = ""
    disclosure: str = CONTROL
    address: str | None = None
    is_list: bool = False


def _leaves(record: Schema, place: _Place) -> Iterator[LeafField]:
    for field in record["fields"]:
        path = f"{place.path}.{field['name']}" if place.path else field["name"]
        disclosure = place.disclosure if field["class"] == INHERIT else field["class"]
        inner, is_array = plain_type(field["type"])
        is_list = place.is_list or is_array
        held = sources().get(inner) if isinstance(inner, str) else None
        if held is not None and held["type"] == "record":
            address = path if inner == "Address" else place.address
            yield from _leaves(held, _Place(path=path, disclosure=disclosure, address=address, is_list=is_list))
        else:
            yield LeafField(
                path=path,
                disclosure=None if disclosure == CONTROL else Disclosure(disclosure),
                type=inner if isinstance(inner, str) else inner["logicalType"],
                doc=field["doc"],
                cap=field.get("item_cap") if is_array else field.get("cap"),
                item_cap=field["cap"] if is_array else None,
                address=place.address,
                is_list=is_list,
            )


def plain_type(schema: Schema) -> tuple[Schema, bool]:
    """The type of a field without its null branch and its array, and whether it is an array."""
    match schema:
        case ["null", inner]:
            return plain_type(inner)
        case {"type": "array", "items": items}:
            return items, True
        case _:
            return schema, False
