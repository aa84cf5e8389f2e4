"""Turns what an Avro reader yields into records and back, checking every cap and range on the way.

Built once per record from its schema: one pair of closures per field, so that nothing is looked up per message.
A fault is raised as `Fault` with the rule; each level it passes adds its part of the path. Bytes are for `codec`.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Final

import schemas.records
from schemas.errors import FaultKind
from schemas.records import RECORDS
from schemas.sources import Schema, full_name, sources

Value = Any
"""One value of a record or of its plain Avro form; only the conversion that a schema names knows its type."""

Convert = Callable[[Value], Value]

FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)
"""Dates and times outside these years are refused as impossible."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_MILLISECOND: Final = timedelta(milliseconds=1)
_FIRST_MILLISECOND: Final = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND
_LAST_MILLISECOND: Final = (datetime(2101, 1, 1, tzinfo=UTC) - _EPOCH) // _MILLISECOND - 1
_YEARS: Final = "a time between the years 1900 and 2100"
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_RANGES: Final = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1), "double": (-math.inf, math.inf)}


class Fault(Exception):
    """A field that breaks its rule; `where` grows outwards while it passes from field to record."""

    def __init__(self, kind: FaultKind, expected: str) -> None:
        super().__init__(expected)
        self.kind = kind
        self.expected = expected
        self.where = ""

    def within(self, outer: str) -> "Fault":
        """The same fault, seen from one level further out."""
        separator = "." if self.where and not self.where.startswith("[") else ""
        self.where = f"{outer}{separator}{self.where}"
        return self


@dataclass(frozen=True, slots=True)
class Conversion:
    """Both ways for one type: `read` from plain Avro data, `write` to it. Both raise `Fault`.

    `read` is never given None: a null is its own value, and Avro yields it only where the schema allows it.
    """

    read: Convert
    write: Convert


@cache
def conversion_of(record: str) -> Conversion:
    """The conversion of one record by its short name; `read` takes over the mapping it is given."""
    cls = RECORDS[record]
    steps = [(field["name"], conversion_of_field(field)) for field in sources()[record]["fields"]]
    reads = tuple((name, step.read) for name, step in steps)
    writes = tuple((name, attrgetter(name), step.write) for name, step in steps)

    def read(values: dict[str, Value]) -> Value:
        name = ""
        try:
            for name, convert in reads:
                if (value := values[name]) is not None:
                    values[name] = convert(value)
        except Fault as fault:
            raise fault.within(name) from None
        return cls(**values)

    def write(value: Value) -> dict[str, Value]:
        if type(value) is not cls:
            raise Fault(FaultKind.UNEXPECTED_TYPE, f"a {record}")
        name = ""
        plain = {}
        try:
            for name, field_of, convert in writes:
                plain[name] = convert(field_of(value))
        except Fault as fault:
            raise fault.within(name) from None
        except (TypeError, ValueError, AttributeError, OverflowError):
            raise Fault(FaultKind.UNEXPECTED_TYPE, "a value of the field's type").within(name) from None
        return plain

    return Conversion(read, write)


def conversion_of_field(field: Schema) -> Conversion:
    """The conversion of a field, with its caps and range."""
    match field["type"]:
        case {"type": "array"}:
            return _array(conversion_of_item(field), field["cap"])
        case ["null", inner]:
            is_record = isinstance(inner, str) and inner in RECORDS
            return _optional(conversion_of_type(inner, field), full_name(inner) if is_record else None)
        case plain:
            return conversion_of_type(plain, field)


def conversion_of_item(field: Schema) -> Conversion:
    """The conversion of one item of a field that is an array."""
    return conversion_of_type(field["type"]["items"], {**field, "cap": field.get("item_cap")})


def conversion_of_type(schema: Schema, field: Schema) -> Conversion:
    """The conversion of one value of this type; `field` has its cap and range."""
    match schema:
        case "string" | "bytes":
            conversion = _sized(field["cap"], str if schema == "string" else bytes)
        case "int" | "long" | "double":
            conversion = _number(schema, field.get("range"))
        case {"logicalType": logical}:
            conversion = _LOGICAL[logical]
        case "boolean":
            conversion = _BOOLEAN
        case str() if schema in RECORDS:
            conversion = conversion_of(schema)
        case _:
            conversion = _enumeration(getattr(schemas.records, schema))
    return conversion


def _optional(inner: Conversion, record: str | None) -> Conversion:
    """Null or a value. A record in a union travels as a pair with its name, which spares Avro from guessing."""
    read, write = inner.read, inner.write
    if record is None:
        return Conversion(read, lambda value: None if value is None else write(value))
    return Conversion(
        lambda pair: read(pair[1]),
        lambda value: None if value is None else (record, write(value)),
    )


def _array(item: Conversion, cap: int) -> Conversion:
    def through(convert: Convert, result: type[list[Value]] | type[tuple[Value, ...]]) -> Convert:
        def run(values: Value) -> Value:
            if not values:
                return result()
            if len(values) > cap:
                raise Fault(FaultKind.OVER_CAP, f"at most {cap} items")
            index = 0
            converted = []
            try:
                for index, value in enumerate(values):  # noqa: B007 (the index names the item at fault)
                    converted.append(convert(value))
            except Fault as fault:
                place = f"[{index}]"
                raise fault.within(place) from None
            return result(converted)

        return run

    return Conversion(through(item.read, tuple), through(item.write, list))


def _sized(cap: int, kind: type[str] | type[bytes]) -> Conversion:
    unit = "characters" if kind is str else "bytes"

    def read(value: Value) -> Value:
        if len(value) > cap:
            raise Fault(FaultKind.OVER_CAP, f"at most {cap} {unit}")
        return value

    def write(value: Value) -> Value:
        if not isinstance(value, kind):
            raise Fault(FaultKind.UNEXPECTED_TYPE, f"a value of type {kind.__name__}")
        if isinstance(value, str) and _LONE_SURROGATE.search(value):
            raise Fault(FaultKind.OUT_OF_RANGE, "text without lone surrogates")
        return read(value)

    return Conversion(read, write)


def _number(kind: str, limits: list[float] | None) -> Conversion:
    low, high = limits or _RANGES[kind]
    is_double = kind == "double"

    def read(value: Value) -> Value:
        if not low <= value <= high or (is_double and not math.isfinite(value)):
            raise Fault(FaultKind.OUT_OF_RANGE, f"a number from {low} to {high}")
        return value

    def write(value: Value) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float if is_double else int):
            raise Fault(FaultKind.UNEXPECTED_TYPE, "a number" if is_double else "a whole number")
        return read(float(value) if is_double else value)

    return Conversion(read, write)


def _enumeration(cls: type[StrEnum]) -> Conversion:
    """A member of a vocabulary; a script may also write it as plain text."""
    members: Mapping[str, StrEnum] = {member.value: member for member in cls}

    def write(value: Value) -> str:
        if type(value) not in {cls, str} or value not in members:
            raise Fault(FaultKind.UNEXPECTED_TYPE, f"one of {', '.join(members)}")
        return str(value)

    return Conversion(members.__getitem__, write)


def _read_time(value: int) -> datetime:
    if not _FIRST_MILLISECOND <= value <= _LAST_MILLISECOND:
        raise Fault(FaultKind.OUT_OF_RANGE, _YEARS)
    return _EPOCH + timedelta(milliseconds=value)


def _write_time(value: datetime) -> int:
    """Milliseconds, rounded down; a naive time is refused because nobody can say when it is."""
    if value.utcoffset() is None:
        raise Fault(FaultKind.OUT_OF_RANGE, "a time with its offset from UTC")
    milliseconds = (value - _EPOCH) // _MILLISECOND
    if not _FIRST_MILLISECOND <= milliseconds <= _LAST_MILLISECOND:
        raise Fault(FaultKind.OUT_OF_RANGE, _YEARS)
    return milliseconds


def _read_date(value: int) -> date:
    if not FIRST_DAY.toordinal() <= value + _EPOCH_DAY <= LAST_DAY.toordinal():
        raise Fault(FaultKind.OUT_OF_RANGE, _YEARS)
    return date.fromordinal(value + _EPOCH_DAY)


def _write_date(value: date) -> int:
    if isinstance(value, datetime):
        raise Fault(FaultKind.UNEXPECTED_TYPE, "a date without a time")
    if not FIRST_DAY <= value <= LAST_DAY:
        raise Fault(FaultKind.OUT_OF_RANGE, _YEARS)
    return value.toordinal() - _EPOCH_DAY


def _same_boolean(value: Value) -> Value:
    if not isinstance(value, bool):
        raise Fault(FaultKind.UNEXPECTED_TYPE, "true or false")
    return value


def _same_uuid(value: Value) -> Value:
    if not _UUID.fullmatch(value):
        raise Fault(FaultKind.OUT_OF_RANGE, "a UUID in lower case with hyphens")
    return value


_BOOLEAN: Final = Conversion(_same_boolean, _same_boolean)
_LOGICAL: Final = {
    "uuid": Conversion(_same_uuid, _same_uuid),
    "timestamp-millis": Conversion(_read_time, _write_time),
    "date": Conversion(_read_date, _write_date),
}
