"""Applies changes of single fields, given as text, to a record: `person.date_of_birth` from this to that.

A change whose path does not exist, or whose text is no value of the field (`hub.episode.field_paths`), changes nothing:
intake has asked the sender about it, and the old value stands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hub.episode.field_paths import NotApplicable, hints_of, is_code, parts_of, steps_of, value_of
from schemas.records import FieldChange, Record

__all__ = ["with_changes"]

_RecordT = TypeVar("_RecordT", bound=Record)


def with_changes(record: _RecordT, changes: Iterable[FieldChange]) -> _RecordT:
    """The record with every change applied that can be; the others leave it as it is."""
    for change in changes:
        try:
            record = _changed(record, steps_of(change.field), change.new)
        except (ValueError, OverflowError):
            continue
    return record


def _changed(record: _RecordT, path: Sequence[str], text: str | None) -> _RecordT:
    name, *rest = path
    hint = hints_of(type(record)).get(name)  # type: ignore[arg-type]
    if hint is None:
        raise NotApplicable
    current = getattr(record, name)
    kind, is_optional, is_list = parts_of(hint)
    value: Any
    if not rest:
        if not is_code(name, text):
            raise NotApplicable
        value = value_of(kind, text, is_optional=is_optional, is_list=is_list)
    elif not issubclass(kind, Record):
        raise NotApplicable
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
    hint = hints_of(kind).get("kind")  # type: ignore[arg-type]
    if hint is None or not rest:
        raise NotApplicable
    return (*items, _new_item(kind, value_of(parts_of(hint)[0], label), rest, text))


def _new_item(record: type[Record], kind: object, path: Sequence[str], text: str | None) -> Any:  # noqa: ANN401
    """An item that the list did not have: an identifier has no empty form, and begins with its value."""
    try:
        empty = record(kind=kind)  # type: ignore[call-arg]
    except TypeError:
        return _begun_with(record, kind, path, text)
    return _changed(empty, path, text)


def _begun_with(record: type[Record], kind: object, path: Sequence[str], text: str | None) -> Any:  # noqa: ANN401
    """An item whose one field that must be there is the one of the path."""
    hint = hints_of(record).get(path[0]) if len(path) == 1 else None  # type: ignore[arg-type]
    if hint is None:
        raise NotApplicable
    inner, is_optional, is_list = parts_of(hint)
    value = value_of(inner, text, is_optional=is_optional, is_list=is_list)
    try:
        return record(**{"kind": kind, path[0]: value})
    except TypeError:
        raise NotApplicable from None


def _empty(record: type[Record]) -> Any:  # noqa: ANN401
    """A record with nothing in it, where its type allows one."""
    try:
        return record()
    except TypeError:
        raise NotApplicable from None
