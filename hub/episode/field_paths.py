"""Paths to single fields of a message, as corrections name them: what they mean, whether they lead anywhere.

A path is the one the catalogue and the register use; items of a list are named by their kind, their role or their place
from 1 on (`person.flags.exploitation.value`, `person.identifiers.2.value`), or as a receipt names them, by their place
from 0 on in brackets (`person.flags[0].value`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from schemas.records import RECORDS, AgencyMessage, FieldChange, MissingAmended, MissingReported, Record, StatusClaimed

__all__ = [
    "Fault",
    "NotApplicable",
    "can_change",
    "fault_in",
    "hints_of",
    "is_among",
    "is_code",
    "parts_of",
    "steps_of",
    "value_of",
]

_IN_BRACKETS: Final = re.compile(r"\[(\d{1,4})\]")
_AREA: Final = "area_code"
_GSS: Final = re.compile(r"[EWSN]\d{8}")
_BETWEEN_ITEMS: Final = "; "
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_NUMBERED: Final = re.compile(r"(.+)-\d{1,4}")
_DEEPEST: Final = 5
_MOST_WORDS: Final = 12
_AMENDED: Final[tuple[type[Record], ...]] = (MissingReported, StatusClaimed)


class NotApplicable(ValueError):
    """The path or the text fits no field of the record."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a change changes nothing: `rule` and `remedy` as a finding has them, without anything that was written.

    `of_path` says that the path is at fault, and not the text.
    """

    rule: str
    remedy: str
    of_path: bool


_OF_ANOTHER: Final = frozenset({"amends", "cancels", "corrects"})
_FIXED: Final = Fault(
    "says what a message is about, which no correction changes",
    "send the message that it belongs to once more, with the right id",
    of_path=True,
)
_NOWHERE: Final = Fault("names no field of any message", "look on the page of messages in the reference", of_path=True)


def steps_of(field: str) -> list[str]:
    """The steps of a path."""
    return _IN_BRACKETS.sub(lambda place: f".{int(place[1]) + 1}", field).split(".")


def is_among(name: str, changes: Iterable[FieldChange]) -> bool:
    """Whether one of the changes is of the field `name`, which stands in the view under its message's subject; or of a
    part of it. An item that is named by its place may be any of its list.
    """
    known = name.split(".")
    for change in changes:
        steps = steps_of(change.field)
        if _are_alike(known[-len(steps) :], steps) or _are_alike(known, steps[: len(known)]):
            return True
    return False


def _are_alike(known: Sequence[str], steps: Sequence[str]) -> bool:
    return len(known) == len(steps) and all(
        one == other or other.isdigit() for one, other in zip(known, steps, strict=True)
    )


def is_code(name: str, text: str | None) -> bool:
    """Whether a text may stand in a field of this name, if that is one for the code of an area: no other one routes."""
    return name != _AREA or not text or _GSS.fullmatch(text) is not None


def value_of(kind: type, text: str | None, *, is_optional: bool = False, is_list: bool = False) -> Any:  # noqa: ANN401
    """What a text says as the value of a field; nothing of it is an empty list, nothing, or `unknown`.

    Raises:
        ValueError: it is no value of the field, or the field cannot be empty.
    """
    if is_list:
        if issubclass(kind, Record) and text:
            raise NotApplicable
        return tuple(_said(kind, part) for part in text.split(_BETWEEN_ITEMS)) if text else ()
    if text:
        return _said(kind, text)
    if is_optional:
        return None
    if issubclass(kind, StrEnum):
        return kind("unknown")
    raise NotApplicable


def _said(kind: type, text: str) -> Any:  # noqa: ANN401
    """One value of a plain type from its text."""
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise NotApplicable
        return moment
    if kind is date:
        return date.fromisoformat(text)
    if kind is bool and text in _TRUTH:
        return _TRUTH[text]
    if issubclass(kind, (StrEnum, str, int, float)) and kind is not bool:
        return kind(text)
    raise NotApplicable


@cache
def hints_of(record: type[Record]) -> dict[str, Any]:
    """The fields of a record and their types."""
    return {name: hint for name, hint in get_type_hints(record).items() if name != "SCHEMA_NAME"}


@cache
def parts_of(hint: Any) -> tuple[type, bool, bool]:  # noqa: ANN401
    """The plain type of a field, whether it may be None, whether it is a list."""
    is_optional = False
    if get_origin(hint) is UnionType:
        hint = next(part for part in get_args(hint) if part is not NoneType)
        is_optional = True
    if get_origin(hint) is tuple:
        return get_args(hint)[0], is_optional, True
    return hint, is_optional, False


def fault_in(change: FieldChange, by: type[Record]) -> Fault | None:
    """Why a change changes nothing, whatever message it corrects; None where it can. `by` is the record it came in."""
    if change.field in _OF_ANOTHER:
        return _FIXED
    kinds = _AMENDED if by is MissingAmended else _messages()
    faults = [_fault(kind, steps_of(change.field), change.new) for kind in kinds]
    if None in faults:
        return None
    of_text = next((fault for fault in faults if fault is not None and not fault.of_path), None)
    return of_text or _no_such_field(change.field, kinds)


def can_change(change: FieldChange, message: Record) -> bool:
    """Whether a change has its place in a message of this kind, and is a value there."""
    return _fault(type(message), steps_of(change.field), change.new) is None


@cache
def _messages() -> tuple[type[Record], ...]:
    return tuple(
        sorted((kind for kind in RECORDS.values() if issubclass(kind, AgencyMessage)), key=lambda k: k.__name__)
    )


def _fault(kind: type[Record], steps: Sequence[str], text: str | None) -> Fault | None:
    """Why a change does nothing to a message of this kind."""
    name, *rest = steps
    hint = hints_of(kind).get(name)  # type: ignore[arg-type]
    if hint is None:
        return _NOWHERE
    inner, _, is_list = parts_of(hint)
    if not rest:
        return _fault_of_text(name, hint, text)
    if not issubclass(inner, Record):
        return _NOWHERE
    if is_list:
        label, *rest = rest
        if not _is_label(label, inner):
            return _NOWHERE
    return _fault(inner, rest, text) if rest else None


def _fault_of_text(name: str, hint: Any, text: str | None) -> Fault | None:  # noqa: ANN401
    inner, is_optional, is_list = parts_of(hint)
    if not is_code(name, text):
        return Fault("is no value of its field", "write the code of an area, such as E08000005", of_path=False)
    try:
        value_of(inner, text, is_optional=is_optional, is_list=is_list)
    except (ValueError, OverflowError):
        return Fault("is no value of its field", f"write {_expected(inner, is_list=is_list)}", of_path=False)
    return None


def _is_label(label: str, item: type[Record]) -> bool:
    numbered = _NUMBERED.fullmatch(label)
    return label.isdigit() or label in _labels(item) or (numbered is not None and numbered[1] in _labels(item))


def _labels(item: type[Record]) -> tuple[str, ...]:
    """The words by which the items of a list are named."""
    hints = hints_of(item)  # type: ignore[arg-type]
    for name in ("kind", "role"):
        inner = parts_of(hints[name])[0] if name in hints else str
        if issubclass(inner, StrEnum):
            return tuple(word.value for word in inner)
    return ()


def _expected(kind: type, *, is_list: bool) -> str:
    """What would be a value of a field, in words."""
    if issubclass(kind, Record):
        return "each of its fields by itself"
    if issubclass(kind, StrEnum):
        words = [word.value for word in kind]
        what = f"one of: {', '.join(words[:_MOST_WORDS])}{', …' if len(words) > _MOST_WORDS else ''}"
    else:
        what = {
            datetime: "a time with its offset from UTC, such as 2026-11-28T21:30:00Z",
            date: "a date such as 2011-02-03",
            bool: "yes or no",
        }.get(kind, "a number" if issubclass(kind, (int, float)) else "a text")
    return f"{what}{'; several with a semicolon and a blank between them' if is_list else ''}"


def _no_such_field(field: str, kinds: Sequence[type[Record]]) -> Fault:
    known = _paths(tuple(kinds))
    steps = steps_of(field)
    short = [path for path in known if _initials(path.rpartition(".")[2]) == steps[-1].lower()]
    near = get_close_matches(".".join(steps), short, n=1, cutoff=0) or get_close_matches(".".join(steps), known, n=1)
    return Fault(_NOWHERE.rule, f"did you mean {near[0]}?", of_path=True) if near else _NOWHERE


def _initials(name: str) -> str:
    """What a name of several words is called for short: dob."""
    return "".join(word[:1] for word in name.split("_")) if "_" in name else name


@cache
def _paths(kinds: tuple[type[Record], ...]) -> tuple[str, ...]:
    """Every path that there is, items of lists by their kinds, or as the first."""
    return tuple(sorted({path for kind in kinds for path in _paths_below(kind, 0)}))


def _paths_below(kind: type[Record], depth: int) -> Iterator[str]:
    for name, hint in hints_of(kind).items():  # type: ignore[arg-type]
        inner, _, is_list = parts_of(hint)
        if not issubclass(inner, Record):
            yield name
        elif depth < _DEEPEST:
            prefixes = [f"{name}.{label}" for label in _labels(inner) or ("1",)] if is_list else [name]
            yield from (f"{prefix}.{path}" for path in _paths_below(inner, depth + 1) for prefix in prefixes)
