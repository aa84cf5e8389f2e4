"""Makes the best of a record with fields that break their rules: a report is not refused for a date.

Both ways: of the plain values that Avro yielded, and of a record that a program wants to send. Text and lists over
their cap are cut, an impossible number, time or code becomes the field's default, and where nothing can stand in, the
item or the optional record that holds the field is left out. A reference that is too long becomes a short one made from
all of it, because a cut could make one child of two; a telephone number, a code or an agency's id is never cut, because
half of it is somebody else's. Each such field is listed with its rule and what was done. Same values, same result. It
runs only after the strict way has failed, so it looks things up instead of being fast.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from schemas.conversion import Conversion, Fault, Value, conversion_of_field, conversion_of_item
from schemas.errors import BrokenField, Done, FaultKind
from schemas.records import RECORDS, Record
from schemas.sources import Schema, sources
from schemas.unwritable import MEANS_OTHERWISE_WITHOUT, NEVER_CUT, REFERENCES

__all__ = ["LARGEST_DIVISOR", "mended", "sendable"]

LARGEST_DIVISOR: Final = 2**12
"""By this much caps are divided at most, to make a record fit into one message: every list then has one item."""

_LISTS_FROM: Final = 32
"""Texts become shorter before lists do."""
_DIGEST_DIGITS: Final = 24
_UNEXPECTED: Final = (TypeError, ValueError, AttributeError, ArithmeticError, LookupError)
"""What a value of another type than the field's raises where it is looked at."""
_NOTHING: Final = object()
"""Stands for an item that was left out."""


def mended(record: str, values: dict[str, Value]) -> tuple[Record, tuple[BrokenField, ...]]:
    """The record that remains of plain values, and every field that was cut, emptied or left out.

    Raises `Fault` where a required field of the record itself breaks, because nothing can stand in for it.
    """
    broken: list[BrokenField] = []
    return _Mending(_READ, broken).record(record, values, ""), tuple(broken)


def sendable(record: Record, divisor: int = 1) -> tuple[Record | None, tuple[BrokenField, ...]]:
    """What can be written of a record, and every field that was cut, emptied or left out on the way.

    Free text and lists are held to the part of their cap that `divisor` leaves, for a record that is too large in all.
    None in place of the record where a required field of itself breaks: then the fields are all that is wrong.
    """
    broken: list[BrokenField] = []
    try:
        return _Mending(_WRITE, broken, divisor).record(record.SCHEMA_NAME, record, ""), tuple(broken)
    except Fault as fault:
        whole = BrokenField(where="record", expected=fault.expected, kind=fault.kind, done=Done.LEFT_OUT)
        return None, tuple(broken) or (whole,)


@dataclass(frozen=True, slots=True)
class _Way:
    """How values are looked at: as Avro yielded them, or as a caller's record holds them. All raise `Fault`."""

    opened: Callable[[str, Value], Mapping[str, Value]]
    """The values of a record."""
    of_optional: Callable[[Value], Value]
    """The record in an optional field that has one."""
    listed: Callable[[Value], Value]
    """The items of a list."""
    taken: Callable[[Conversion, Value], Value]
    """A value as the mended record holds it."""


def _opened_record(name: str, value: Value) -> Mapping[str, Value]:
    if type(value) is not RECORDS[name]:
        raise Fault(FaultKind.UNEXPECTED_TYPE, f"a {name}")
    return {field["name"]: getattr(value, field["name"]) for field in sources()[name]["fields"]}


def _listed_items(value: Value) -> Value:
    if not value:
        return ()
    if not isinstance(value, tuple | list | set | frozenset):
        raise Fault(FaultKind.UNEXPECTED_TYPE, "a list")
    return tuple(value)


def _writable(conversion: Conversion, value: Value) -> Value:
    try:
        conversion.write(value)
    except _UNEXPECTED:
        raise Fault(FaultKind.UNEXPECTED_TYPE, "a value of the field's type") from None
    return value


_READ: Final = _Way(
    opened=lambda _, values: values,
    of_optional=lambda pair: pair[1],
    listed=lambda values: values,
    taken=lambda conversion, value: conversion.read(value),
)
_WRITE: Final = _Way(opened=_opened_record, of_optional=lambda record: record, listed=_listed_items, taken=_writable)


@dataclass(frozen=True, slots=True)
class _Mending:
    """One record on its way; `broken` is filled."""

    way: _Way
    broken: list[BrokenField]
    divisor: int = 1

    def record(self, name: str, value: Value, where: str) -> Record:
        """Raises `Fault` where a required field breaks, with its place, when it is noted; else nothing is."""
        values = self.way.opened(name, value)
        kept: dict[str, Value] = {}
        fault: Fault | None = None
        for field in sources()[name]["fields"]:
            path = f"{where}.{field['name']}" if where else str(field["name"])
            try:
                kept[field["name"]] = self._field(name, field, values[field["name"]], path)
            except Fault as found:
                fault = fault or found
        if fault is not None:
            raise fault
        return RECORDS[name](**{field: value for field, value in kept.items() if value is not _NOTHING})

    def _field(self, record: str, field: Schema, value: Value, where: str) -> Value:
        """The value of a field, or `_NOTHING` where its default stands in. Raises `Fault` where it has none."""
        match field["type"]:
            case {"type": "array", "items": items}:
                return self._array(record, field, items, value, where)
            case ["null", str(inner)] if inner in RECORDS:
                if value is None:
                    return None
                try:
                    return self.record(inner, self.way.of_optional(value), where)
                except Fault as fault:
                    self._note_unless_noted(fault, where)
                    return None
            case str(inner) if inner in RECORDS:
                try:
                    return self.record(inner, value, where)
                except Fault as fault:
                    self._note_unless_noted(fault, where)
                    raise
            case _:
                return self._leaf(record, field, value, where)

    def _array(self, record: str, field: Schema, items: Schema, value: Value, where: str) -> tuple[Value, ...]:
        try:
            values = self.way.listed(value)
        except Fault as fault:
            self._note(fault, where, Done.LEFT_OUT)
            return ()
        cap = self._divided(field["cap"], _LISTS_FROM)
        if len(values) > cap:
            self._note(Fault(FaultKind.OVER_CAP, f"at most {cap} items"), where, Done.CUT)
        kept = (self._item(record, field, items, each, f"{where}[{at}]") for at, each in enumerate(values[:cap]))
        return tuple(value for value in kept if value is not _NOTHING)

    def _item(self, record: str, field: Schema, items: Schema, value: Value, where: str) -> Value:
        if isinstance(items, str) and items in RECORDS:
            try:
                return self.record(items, value, where)
            except Fault as fault:
                self._note_unless_noted(fault, where)
                return _NOTHING
        return self._plain(record, field, value, where, conversion_of_item(field), field.get("item_cap"))

    def _leaf(self, record: str, field: Schema, value: Value, where: str) -> Value:
        is_optional = isinstance(field["type"], list)
        if value is None and is_optional:
            return None
        kept = self._plain(record, field, value, where, conversion_of_field(field), field.get("cap"))
        if kept is _NOTHING and ("default" not in field or f"{record}.{field['name']}" in MEANS_OTHERWISE_WITHOUT):
            noted = self.broken[-1]
            raise Fault(noted.kind, noted.expected).within(where)
        return kept

    def _plain(
        self, record: str, field: Schema, value: Value, where: str, conversion: Conversion, cap: int | None
    ) -> Value:
        """A value that is no record, what stands in for it, or `_NOTHING`."""
        try:
            found = self.way.taken(conversion, value)
        except Fault as fault:
            found, done = self._stand_in(conversion, *_stand_in(record, field["name"], value, cap))
            self._note(fault, where, done)
        if isinstance(found, str) and cap is not None and self.divisor > 1 and _may_be_cut(record, field["name"]):
            most = self._divided(cap)
            if len(found) > most:
                rule = f"at most {most} characters, so that all of it fits into one message"
                self._note(Fault(FaultKind.OVER_CAP, rule), where, Done.CUT)
                return found[:most]
        return found

    def _stand_in(self, conversion: Conversion, value: Value, done: Done) -> tuple[Value, Done]:
        """What was found to stand in, if it can be taken itself."""
        try:
            return (value if value is _NOTHING else self.way.taken(conversion, value)), done
        except Fault:
            return _NOTHING, Done.LEFT_OUT

    def _divided(self, cap: int, above: int = 1) -> int:
        return max(1, cap // max(1, self.divisor // above))

    def _note(self, fault: Fault, where: str, done: Done) -> None:
        self.broken.append(BrokenField(where=where, expected=fault.expected, kind=fault.kind, done=done))

    def _note_unless_noted(self, fault: Fault, where: str) -> None:
        if not fault.where:
            self._note(fault, where, Done.LEFT_OUT)
            fault.within(where)


def _stand_in(record: str, name: str, value: Value, cap: int | None) -> tuple[Value, Done]:
    """What stands in for a value that cannot be taken, and what that is."""
    if not isinstance(value, str | bytes) or cap is None:
        return _NOTHING, Done.LEFT_OUT
    if isinstance(value, bytes):
        return (value[:cap], Done.CUT) if len(value) > cap else (_NOTHING, Done.LEFT_OUT)
    if _is_named(record, name, REFERENCES):
        return _short_reference(value, cap), Done.SHORTENED
    written = _without_lone_surrogates(value)
    if _is_named(record, name, NEVER_CUT) and (written != value or len(value) > cap):
        return _NOTHING, Done.LEFT_OUT
    return written[:cap], Done.CUT


def _short_reference(value: str, cap: int) -> str:
    """A reference that the same long one always gives, and no other: its beginning, and a digest of all of it."""
    digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_DIGITS]
    return f"{_without_lone_surrogates(value)[: cap - len(digest) - 1]}~{digest}"


def _without_lone_surrogates(text: str) -> str:
    """The text as Unicode can carry it: halves that belong together joined, others replaced by the sign for that."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _may_be_cut(record: str, name: str) -> bool:
    return not _is_named(record, name, REFERENCES) and not _is_named(record, name, NEVER_CUT)


def _is_named(record: str, name: str, names: frozenset[str]) -> bool:
    return name in names or f"{record}.{name}" in names
