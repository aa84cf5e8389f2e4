"""Hypothesis strategies for every record of the contract, built from the schemas themselves.

`records()` draws any record that travels, `record_of(cls)` one class, with fields fixed or drawn otherwise by
keyword. `filled(cls)` and `bare(cls)` are the two plain examples: everything given, and only what must be.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final, TypeVar, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import schemas.records
from schemas.conversion import FIRST_DAY, LAST_DAY, Value
from schemas.records import RECORDS, Record
from schemas.sources import Schema, sources, travelling_records

RecordT = TypeVar("RecordT", bound=Record)

MOST_CHARACTERS: Final = 12
MOST_ITEMS: Final = 2
"""Drawn values stay far below their caps, so that many examples take a second; the caps have tests of their own."""

_EXAMPLE_TIME: Final = datetime(2026, 3, 27, 22, 40, tzinfo=UTC)
_EXAMPLE_UUID: Final = "0192f7c1-6d5e-7a3b-8c4d-5e6f70819203"
_EXAMPLES: Final[dict[str, Any]] = {"boolean": True, "int": 7, "long": 7, "double": 0.5, "string": "x", "bytes": b"x"}
_LOGICAL_EXAMPLES: Final = {"timestamp-millis": _EXAMPLE_TIME, "date": date(2011, 5, 4), "uuid": _EXAMPLE_UUID}


def records(*classes: type[Record]) -> SearchStrategy[Record]:
    """Any record of these classes; without classes, of all that travel by themselves."""
    return st.one_of([record_of(cls) for cls in classes or travelling()])


def travelling() -> tuple[type[Record], ...]:
    """Every record class that travels by itself, in name order."""
    return tuple(RECORDS[name] for name in travelling_records())


def record_of(cls: type[RecordT], **fields: SearchStrategy[Any]) -> SearchStrategy[RecordT]:
    """A record of one class; `fields` replace the strategies of single fields."""
    if not fields:
        return cast("SearchStrategy[RecordT]", _plain_record_of(cls.SCHEMA_NAME))
    return cast("SearchStrategy[RecordT]", st.builds(cls, **(_strategies(cls.SCHEMA_NAME) | fields)))


@cache
def _plain_record_of(record: str) -> SearchStrategy[Record]:
    return st.builds(RECORDS[record], **_strategies(record))


def any_record_of(cls: type[RecordT]) -> SearchStrategy[RecordT]:
    """A record of one class with any Python values of the types that its fields declare, caps and ranges apart."""
    return cast("SearchStrategy[RecordT]", _any_record_of(cls.SCHEMA_NAME))


@cache
def _any_record_of(record: str) -> SearchStrategy[Record]:
    fields = {field["name"]: _any(field["type"], field) for field in sources()[record]["fields"]}
    return st.builds(RECORDS[record], **fields)


def times() -> SearchStrategy[datetime]:
    """Aware UTC times, to the millisecond, within the years that the contract allows."""
    first = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    span = datetime.combine(LAST_DAY, datetime.min.time(), UTC) - first
    return st.integers(0, span // timedelta(milliseconds=1)).map(lambda ms: first + timedelta(milliseconds=ms))


def filled(cls: type[RecordT]) -> RecordT:
    """The same complete record every time: every field given, one item in every list."""
    return cls(**{field["name"]: _example(field["type"]) for field in sources()[cls.SCHEMA_NAME]["fields"]})


def bare(cls: type[RecordT]) -> RecordT:
    """The same emptiest record every time: only the fields that have no default."""
    fields = sources()[cls.SCHEMA_NAME]["fields"]
    return cls(**{field["name"]: _example(field["type"]) for field in fields if "default" not in field})


@cache
def _strategies(record: str) -> dict[str, SearchStrategy[Any]]:
    return dict(_field_strategies(record))


def _field_strategies(record: str) -> Iterator[tuple[str, SearchStrategy[Any]]]:
    for field in sources()[record]["fields"]:
        yield field["name"], _strategy(field["type"], field)


def _strategy(schema: Schema, field: Schema) -> SearchStrategy[Any]:
    match schema:
        case ["null", inner]:
            return st.none() | _strategy(inner, field)
        case {"type": "array", "items": items}:
            return st.lists(_strategy(items, field), max_size=MOST_ITEMS).map(tuple)
        case {"logicalType": logical}:
            return {"timestamp-millis": times(), "date": st.dates(FIRST_DAY, LAST_DAY), "uuid": st.uuids().map(str)}[
                logical
            ]
        case _:
            return _named_strategy(str(schema), field)


def _named_strategy(name: str, field: Schema) -> SearchStrategy[Any]:
    most = min(MOST_CHARACTERS, field.get("item_cap", field.get("cap", MOST_CHARACTERS)))
    low, high = field.get("range", (-(2**31), 2**31 - 1))
    simple: dict[str, SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "int": st.integers(int(low), int(high)),
        "long": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(low, high),
        "string": st.text(max_size=most),
        "bytes": st.binary(max_size=most),
    }
    if name in simple:
        return simple[name]
    return record_of(RECORDS[name]) if name in RECORDS else st.sampled_from(list(getattr(schemas.records, name)))


def _any(schema: Schema, field: Schema) -> SearchStrategy[Any]:  # noqa: PLR0911 - one a type
    """Any value of a declared type; mostly sound, so that much of a record is left when one of them is not."""
    match schema:
        case ["null", inner]:
            return st.none() | _any(inner, field)
        case {"type": "array", "items": items}:
            few = st.lists(_any(items, field), max_size=MOST_ITEMS).map(tuple)
            return few | few.map(lambda drawn: drawn * (field["cap"] + 1))
        case {"logicalType": "timestamp-millis"}:
            zones = st.none() | st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
            return times() | st.datetimes(timezones=zones)
        case {"logicalType": "date"}:
            return st.dates()
        case {"logicalType": "uuid"}:
            return st.uuids().map(str) | st.text()
        case "string":
            long = field.get("item_cap", field.get("cap", 0)) + 1
            text = st.text(st.characters(exclude_categories=()), max_size=MOST_CHARACTERS)
            return text | text.map(lambda drawn: drawn * long)
        case "int" | "long":
            return st.integers()
        case "double":
            return st.floats() | st.just(10**400)
        case str() if schema in RECORDS:
            return st.deferred(lambda: any_record_of(RECORDS[schema]))
        case _:
            return _strategy(schema, field)


def _example(schema: Schema) -> Value:
    match schema:
        case ["null", inner]:
            return _example(inner)
        case {"type": "array", "items": items}:
            return (_example(items),)
        case {"logicalType": logical}:
            return _LOGICAL_EXAMPLES[logical]
        case str() if schema in _EXAMPLES:
            return _EXAMPLES[schema]
        case str() if schema in RECORDS:
            return filled(RECORDS[schema])
        case _:
            return next(iter(getattr(schemas.records, schema)))
