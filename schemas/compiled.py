"""The conversions of `conversion`, compiled: one function a record and way, for values with nothing wrong in them.

A message is converted some thirty times on its way, each time field by field; a function written out for its schema
does in one call what closures do in hundreds. It knows only the straight road: on anything else (a value of another
type, one over its cap, a subclass) it gives up, and the plain conversion is asked, which says what is wrong and where,
or knows better. So what is accepted, what comes out and how a fault reads is decided in one place.

The source that is compiled here comes from our own schemas alone: names of fields, numbers, names of our classes.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any, Final, NoReturn

import schemas.records
from schemas.conversion import Conversion, Convert, Value, conversion_of, conversion_of_type
from schemas.records import RECORDS
from schemas.sources import Schema, full_name, sources

_WHOLE: Final = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_READ, _WRITE = "read", "write"


class _GivenUp(Exception):
    """The straight road ends here."""


def give_up() -> NoReturn:
    """Called by what is compiled."""
    raise _GivenUp


@cache
def compiled(record: str) -> Conversion:
    """Both ways for one record by its short name: `read` from plain Avro data, `write` to it. Both raise `Fault`."""
    plain = conversion_of(record)
    return Conversion(
        _with_the_plain(_straight(record, _READ), plain.read), _with_the_plain(_straight(record, _WRITE), plain.write)
    )


def _with_the_plain(straight: Convert, plain: Convert) -> Convert:
    def convert(value: Value) -> Value:
        try:
            return straight(value)
        except Exception:  # noqa: BLE001 - whatever it was, the plain conversion finds it again and says it properly
            return plain(value)

    return convert


@cache
def _straight(record: str, way: str) -> Convert:
    """The compiled function of a record; parts that it calls are compiled with it."""
    names: dict[str, Any] = {"give_up": give_up, "Record": RECORDS[record]}
    fields = list(_expressions(record, way, names))
    if way == _READ:
        body = f"return Record({', '.join(f'{name}={code}' for name, code in fields)})"
    else:
        pairs = ", ".join(f"{name!r}: {code}" for name, code in fields)
        body = f"if value.__class__ is not Record: give_up()\n    return {{{pairs}}}"
    exec(f"def straight(value):\n    {body}\n", names)  # noqa: S102 - see the module's words
    found: Convert = names["straight"]
    return found


def _expressions(record: str, way: str, names: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each field with the expression that converts it; what the expressions call is put under `names`."""
    for field in sources()[record]["fields"]:
        name = field["name"]
        held = f"value[{name!r}]" if way == _READ else f"value.{name}"
        yield name, _field(field, way, held, _Names(names, name))


class _Names:
    """Where the expressions of one field put what they call."""

    def __init__(self, names: dict[str, Any], field: str) -> None:
        self._names = names
        self._field = field

    def of(self, what: object) -> str:
        """A name for this in the compiled code."""
        name = f"_{self._field}_{len(self._names)}"
        self._names[name] = what
        return name


def _field(field: Schema, way: str, held: str, names: _Names) -> str:
    match field["type"]:
        case {"type": "array"}:
            item = _of_type(field["type"]["items"], {**field, "cap": field.get("item_cap")}, way, "each", names)
            some = f"[{item} for each in it]" if way == _WRITE else f"tuple([{item} for each in it])"
            none = "[]" if way == _WRITE else "()"
            return f"({none} if not (it := {held}) else {some} if len(it) <= {field['cap']} else give_up())"
        case ["null", inner] if isinstance(inner, str) and inner in RECORDS:
            part = names.of(_straight(inner, way))
            there = f"{part}(it[1])" if way == _READ else f"({full_name(inner)!r}, {part}(it))"
            return f"(None if (it := {held}) is None else {there})"
        case ["null", inner]:
            return f"(None if (it := {held}) is None else {_of_type(inner, field, way, 'it', names)})"
        case plain:
            return f"({_of_type(plain, field, way, f'(it := {held})', names, again='it')})"


def _of_type(schema: Schema, field: Schema, way: str, held: str, names: _Names, *, again: str | None = None) -> str:
    """An expression for one value: `held` says it the first time, `again` from then on."""
    again = again or held
    reads = way == _READ
    match schema:
        case "string" | "bytes":
            kind = "str" if schema == "string" else "bytes"
            is_long = f"len({held if reads else again}) <= {field['cap']}"
            fits = is_long if reads else f"{held}.__class__ is {kind} and {is_long}"
            code = f"{again} if {fits} else give_up()"
        case "int" | "long":
            low, high = field.get("range") or _WHOLE[schema]
            code = f"{again} if {held}.__class__ is int and {low} <= {again} <= {high} else give_up()"
        case str() if schema in RECORDS:
            code = f"{names.of(_straight(schema, way))}({held})"
        case str() if (members := _enumeration(schema)) is not None:
            if reads:
                code = f"{names.of({member.value: member for member in members})}[{held}]"
            else:
                code = f"{again}._value_ if {held}.__class__ is {names.of(members)} else give_up()"
        case _:
            plain = conversion_of_type(schema, field)
            code = f"{names.of(plain.read if reads else plain.write)}({held})"
    return code


def _enumeration(schema: str) -> type[StrEnum] | None:
    found: Any = getattr(schemas.records, schema, None)
    return found if isinstance(found, type) and issubclass(found, StrEnum) else None
