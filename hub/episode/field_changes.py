"""Applies changes of single fields, given as text, to a record: `person.date_of_birth` from this to that.

The path is the one the catalogue and the register use; items of a list are named by their kind, their role or their
place (`person.flags.exploitation.value`, `person.identifiers.2.value`). A change whose path does not exist, or whose
text is no value of the field, changes nothing: intake has asked the sender about it, and the old value stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from schemas.records import FieldChange, Record

__all__ = ["with_changes"]

_RecordT = TypeVar("_RecordT", bound=Record)
_BETWEEN_ITEMS: Final = "; "
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}


class _NotApplicable(ValueError):
    """The path or the text fits no field of the record."""


def with_changes(record: _RecordT, changes: Iterable[FieldChange]) -> _RecordT:
    """The record with every change applied that can be; the others leave it as it is."""
    for change in changes:
        try:
            record = _changed(record, change.field.split("."), change.new)
        except (_NotApplicable, ValueError, OverflowError):
            continue
    return record


def _changed(record: _RecordT, path: Sequence[str], text: str | None) -> _RecordT:
    name, *rest = path
    hint = _hints(type(record)).get(name)  # type: ignore[arg-type]
    if hint is None:
        raise _NotApplicable
    current = getattr(record, name)
    kind, is_optional, is_list = _parts(hint)
    value: Any
    if not rest:
        value = _value(kind, text, is_optional=is_optional, is_list=is_list)
    elif not issubclass(kind, Record):
        raise _NotApplicable
    elif is_list:
        value = _items(current, kind, rest, text)
    else:
        value = _changed(_empty(kind) if current is None else current, rest, text)
    return replace(record, **{name: value})  # type: ignore[type-var]


def _items(items: tuple[Any, ...], kind: type[Record], path: Sequence[str], text: str | None) -> tuple[Any, ...]:
    label, *rest = path
    for place, item in enumerate(items):
        word = getattr(item, "kind", None) or getattr(item, "role", None)
        if label in {str(place + 1), str(word), f"{word}-{place + 1}"}:
            changed = _changed(item, rest, text) if rest else None
            return (*items[:place], *(() if changed is None else (changed,)), *items[place + 1 :])
    hint = _hints(kind).get("kind")  # type: ignore[arg-type]
    if hint is None or not rest:
        raise _NotApplicable
    return (*items, _changed(_empty(kind, _said(_parts(hint)[0], label)), rest, text))


def _value(kind: type, text: str | None, *, is_optional: bool = False, is_list: bool = False) -> Any:  # noqa: ANN401
    if is_list:
        if issubclass(kind, Record) and text:
            raise _NotApplicable
        return tuple(_said(kind, part) for part in text.split(_BETWEEN_ITEMS)) if text else ()
    if text:
        return _said(kind, text)
    if is_optional:
        return None
    if issubclass(kind, StrEnum):
        return kind("unknown")
    raise _NotApplicable


def _said(kind: type, text: str) -> Any:  # noqa: ANN401
    """One value of a plain type from its text."""
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise _NotApplicable
        return moment
    if kind is date:
        return date.fromisoformat(text)
    if kind is bool and text in _TRUTH:
        return _TRUTH[text]
    if issubclass(kind, (StrEnum, str, int, float)) and kind is not bool:
        return kind(text)
    raise _NotApplicable


def _empty(record: type[Record], kind: object = None) -> Any:  # noqa: ANN401
    """A record with nothing in it but its kind, where its type allows one."""
    try:
        return record() if kind is None else record(kind=kind)  # type: ignore[call-arg]
    except TypeError:
        raise _NotApplicable from None


@cache
def _hints(record: type[Record]) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(record).items() if name != "SCHEMA_NAME"}


@cache
def _parts(hint: Any) -> tuple[type, bool, bool]:  # noqa: ANN401
    """The plain type of a field, whether it may be None, whether it is a list."""
    is_optional = False
    if get_origin(hint) is UnionType:
        hint = next(part for part in get_args(hint) if part is not NoneType)
        is_optional = True
    if get_origin(hint) is tuple:
        return get_args(hint)[0], is_optional, True
    return hint, is_optional, False
