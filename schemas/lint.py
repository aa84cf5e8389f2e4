"""Checks the schema sources against the house rules: `python -m schemas.lint`, 0 if there is nothing to say.

The rules, each with its reason:

- no recursion, no record without fields, no array of nulls or of arrays: a few hostile bytes would crash or spin
  the Avro reader (measured with fastavro 1.13.1);
- a cap on every text, byte string and array, a range on every fraction: nothing is unbounded;
- a class on every field: a field without one could not be disclosed or withheld by rule;
- a default on everything optional, `unknown` in every enumeration: the contract can grow both ways;
- documentation everywhere, in words fit for children's records;
- every message of an agency begins with the same seven fields.

Whether two versions agree is for `compatibility`; whether records and reference are up to date for `generate`.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from schemas.catalogue import CONTROL, INHERIT
from schemas.never_said import never_said_in
from schemas.records import Disclosure
from schemas.sources import NAMESPACE, TRAVELLING, Schema, references, sources

CLASSES: Final = frozenset({item.value for item in Disclosure} - {"unknown"}) | {CONTROL, INHERIT}
COMMON_FIELDS: Final = (
    "child_ref",
    "episode_ref",
    "occurred_at",
    "recorded_at",
    "contact",
    "external_refs",
    "on_behalf_of",
)

_SIMPLE: Final = frozenset({"boolean", "int", "long", "double", "bytes", "string"})
_LOGICAL: Final = {"timestamp-millis": "long", "date": "int", "uuid": "string"}
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TYPE_NAME: Final = re.compile(r"([A-Z][a-z0-9]*)+")


def findings(types: Mapping[str, Schema] | None = None) -> list[str]:
    """Every breach of the rules, one sentence each, beginning with the type and the field."""
    known = sources() if types is None else types
    found = []
    for name, schema in known.items():
        found += [f"{name}: {reason}" for rule in _TYPE_RULES for reason in rule(name, schema, known)]
        for field in schema.get("fields", ()):
            place = f"{name}.{field.get('name', '?')}"
            found += [f"{place}: {reason}" for rule in _FIELD_RULES for reason in rule(field, schema, known)]
    return found


def _is_named_well(name: str, schema: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    if schema.get("name") != name or not _TYPE_NAME.fullmatch(name):
        yield f"the file is named {name}.avsc, the type {schema.get('name')}; both must be the same, in CamelCase"
    if schema.get("namespace") != NAMESPACE:
        yield f"its namespace must be {NAMESPACE}"
    if schema.get("type") not in {"record", "enum"}:
        yield "a file holds one record or one enum"


def _is_documented(_name: str, schema: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    yield from _documentation(schema)


def _has_fields_of_its_kind(_name: str, schema: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    if schema.get("type") != "record":
        return
    names = [field.get("name") for field in schema.get("fields", ())]
    if not names:
        yield "has no fields: a value of size zero"
    if len(set(names)) != len(names):
        yield "has two fields of one name"
    if schema.get("kind") not in {*TRAVELLING, "part"}:
        yield f"its kind must be part or one of {', '.join(TRAVELLING)}"
    if schema.get("kind") == "message" and tuple(names[: len(COMMON_FIELDS)]) != COMMON_FIELDS:
        yield f"every message begins with: {', '.join(COMMON_FIELDS)}"
    if schema.get("kind") in TRAVELLING and "topic" not in schema:
        yield "names no topic that it travels on"


def _is_not_recursive(name: str, _schema: Schema, types: Mapping[str, Schema]) -> Iterator[str]:
    open_types, seen = [name], set()
    while open_types:
        for needed in references(types.get(open_types.pop(), [])):
            if needed == name:
                yield "contains itself"
                return
            if needed not in seen:
                seen.add(needed)
                open_types.append(needed)


def _grows_by_unknown(_name: str, schema: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    if schema.get("type") != "enum":
        return
    symbols = schema.get("symbols", [])
    if schema.get("default") != "unknown" or "unknown" not in symbols:
        yield "needs the symbol unknown, as its default"
    for symbol in symbols:
        if not _NAME.fullmatch(symbol):
            yield f"symbol {symbol} is not in lower case"


def _field_is_documented(field: Schema, _record: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    yield from _documentation(field)
    if not _NAME.fullmatch(str(field.get("name"))):
        yield "is not in snake_case"


def _field_has_a_class(field: Schema, record: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    if field.get("class") not in CLASSES:
        yield f"needs a class, one of: {', '.join(sorted(CLASSES))}"
    if field.get("class") == INHERIT and record.get("kind") != "part":
        yield "has no holder to inherit its class from"


def _field_is_bounded(field: Schema, _record: Schema, _types: Mapping[str, Schema]) -> Iterator[str]:
    inner = _without_null(field.get("type"))
    is_array = isinstance(inner, dict) and inner.get("type") == "array"
    if (is_array or inner in ("string", "bytes")) and not _is_positive(field.get("cap")):
        yield "needs a cap"
    if is_array and inner["items"] in ("string", "bytes") and not _is_positive(field.get("item_cap")):
        yield "needs an item_cap for the length of each item"
    if inner == "double" and len(field.get("range", ())) != 2:  # noqa: PLR2004 (lowest and highest)
        yield "needs a range"


def _field_type_is_allowed(field: Schema, _record: Schema, types: Mapping[str, Schema]) -> Iterator[str]:
    declared = field.get("type")
    inner = _without_null(declared)
    if isinstance(inner, list):
        yield "a union may only be of null and one type, null first"
        return
    if isinstance(inner, dict) and inner.get("type") == "array":
        if isinstance(declared, list):
            yield "an array is empty, not null, where there is nothing"
        inner = inner.get("items")
        if isinstance(inner, list) or (isinstance(inner, dict) and inner.get("type") == "array"):
            yield "an array holds neither unions nor arrays"
            return
    yield from _unknown_type(inner, types)


def _unknown_type(inner: Schema, types: Mapping[str, Schema]) -> Iterator[str]:
    match inner:
        case {"type": str(base), "logicalType": str(logical)}:
            if _LOGICAL.get(logical) != base:
                yield f"logical type {logical} on {base} is not used here"
        case str():
            if inner not in _SIMPLE and inner not in types:
                yield f"type {inner} is not defined"
        case _:
            yield "types are written as names, arrays or logical types; define others in their own file"


def _field_has_a_default(field: Schema, _record: Schema, types: Mapping[str, Schema]) -> Iterator[str]:
    declared = field.get("type")
    if isinstance(declared, list) and field.get("default", "") is not None:
        yield "is optional and needs the default null"
    if isinstance(declared, dict) and declared.get("type") == "array" and field.get("default") != []:
        yield "is an array and needs the default []"
    is_enum = isinstance(declared, str) and types.get(declared, {}).get("type") == "enum"
    if is_enum and field.get("default") != "unknown":
        yield "is an enumeration and needs the default unknown"


def _documentation(block: Schema) -> Iterator[str]:
    text = block.get("doc", "")
    if not text.endswith("."):
        yield "needs a doc that ends with a full stop"
    if words := never_said_in(text):
        yield f"says '{words}', which is not said of children here"


def _without_null(schema: Schema) -> Schema:
    match schema:
        case ["null", inner]:
            return inner
        case _:
            return schema


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


_Rule = Callable[[str, Schema, Mapping[str, Schema]], Iterator[str]]
_FieldRule = Callable[[Schema, Schema, Mapping[str, Schema]], Iterator[str]]

_TYPE_RULES: Final[tuple[_Rule, ...]] = (
    _is_named_well,
    _is_documented,
    _has_fields_of_its_kind,
    _is_not_recursive,
    _grows_by_unknown,
)
_FIELD_RULES: Final[tuple[_FieldRule, ...]] = (
    _field_is_documented,
    _field_has_a_class,
    _field_is_bounded,
    _field_type_is_allowed,
    _field_has_a_default,
)


def main() -> int:
    """Print every finding; 0 if there is none."""
    found = findings()
    for finding in found:
        sys.stderr.write(f"{finding}\n")
    sys.stdout.write(f"{len(sources())} schemas, {len(found)} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
