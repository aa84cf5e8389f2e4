"""Makes the best of a well-formed message with fields that break their rules: a report is not refused for a date.

Takes the plain values that Avro yielded and gives the record without what breaks: text over its cap is cut, a list
over its cap is cut, an impossible number or time becomes the field's default, and where nothing can stand in, the
item or the optional record that holds the field is left out. Each such field is listed with its rule. Same values,
same result. It runs only after the strict reading has failed, so it looks things up instead of being fast.
"""

from dataclasses import dataclass
from typing import Final

from schemas.conversion import Fault, Value, conversion_of_field, conversion_of_item
from schemas.errors import FaultKind
from schemas.records import RECORDS, Record
from schemas.sources import Schema, sources

_NOTHING: Final = object()
"""Stands for an item that was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenField:
    """A field that breaks its rule: its dotted path with indexes, the rule, and of which kind the breach is."""

    where: str
    expected: str
    kind: FaultKind


def mended(record: str, values: dict[str, Value]) -> tuple[Record, tuple[BrokenField, ...]]:
    """The record that remains of plain values, and every field that was cut, emptied or left out.

    Raises `Fault` where a required field of the record itself breaks, because nothing can stand in for it.
    """
    broken: list[BrokenField] = []
    return _record(record, values, "", broken), tuple(broken)


def _record(name: str, values: dict[str, Value], where: str, broken: list[BrokenField]) -> Record:
    fields = sources()[name]["fields"]
    kept = {field["name"]: _field(field, values[field["name"]], _joined(where, field), broken) for field in fields}
    return RECORDS[name](**{name: value for name, value in kept.items() if value is not _NOTHING})


def _field(field: Schema, value: Value, where: str, broken: list[BrokenField]) -> Value:
    """The value of a field, or `_NOTHING` where its default stands in. Raises `Fault` where it has none."""
    match field["type"]:
        case {"type": "array", "items": items}:
            return _array(field, items, value, where, broken)
        case ["null", str(inner)] if inner in RECORDS:
            if value is None:
                return None
            try:
                return _record(inner, value[1], where, broken)
            except Fault:
                return None
        case str(inner) if inner in RECORDS:
            return _record(inner, value, where, broken)
        case _:
            return _leaf(field, value, where, broken)


def _array(field: Schema, items: Schema, values: Value, where: str, broken: list[BrokenField]) -> tuple[Value, ...]:
    cap = field["cap"]
    if len(values) > cap:
        broken.append(BrokenField(where=where, expected=f"at most {cap} items", kind=FaultKind.OVER_CAP))
    kept = (_item(field, items, value, f"{where}[{index}]", broken) for index, value in enumerate(values[:cap]))
    return tuple(value for value in kept if value is not _NOTHING)


def _item(field: Schema, items: Schema, value: Value, where: str, broken: list[BrokenField]) -> Value:
    try:
        if isinstance(items, str) and items in RECORDS:
            return _record(items, value, where, broken)
        return conversion_of_item(field).read(value)
    except Fault as fault:
        if not fault.where:
            broken.append(BrokenField(where=where, expected=fault.expected, kind=fault.kind))
        cap = field.get("item_cap")
        return value[:cap] if cap is not None and fault.kind is FaultKind.OVER_CAP else _NOTHING


def _leaf(field: Schema, value: Value, where: str, broken: list[BrokenField]) -> Value:
    if value is None:
        return None
    try:
        return conversion_of_field(field).read(value)
    except Fault as fault:
        broken.append(BrokenField(where=where, expected=fault.expected, kind=fault.kind))
        if fault.kind is FaultKind.OVER_CAP:
            return value[: field["cap"]]
        if "default" in field:
            return _NOTHING
        raise fault.within(where) from None


def _joined(where: str, field: Schema) -> str:
    return f"{where}.{field['name']}" if where else str(field["name"])
