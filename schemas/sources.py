"""Reads the schema sources and the released versions, and says what each expands to.

A source file holds one named type; other types are named by reference. An expanded schema is complete by itself:
each named type is written out where it first occurs, which is the form that is released and registered. This
module reads files and rearranges them; whether they are any good is for `lint` and `compatibility` to say.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final

Schema = Any
"""A schema as JSON: a name, a mapping or a list. Avro's own shape is no narrower than that."""

NAMESPACE: Final = "homeward"
TRAVELLING: Final = ("message", "acknowledgement", "hub")
"""The kinds of record that travel as a value by themselves; a `part` only travels inside another record."""

_RELEASED_NAME: Final = re.compile(r"^(?P<record>[A-Z][A-Za-z]+)\.(?P<version>[0-9]+)\.avsc$")
_PRIMITIVES: Final = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_WIDTH: Final = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """One released version of one record: never edited once written."""

    record: str
    version: int
    schema: Schema
    fingerprint: str


def folder(name: str) -> Traversable:
    """The folder `avro` or `released` of this package."""
    return resources.files("schemas").joinpath(name)


def full_name(name: str) -> str:
    """A name with its namespace: `Person` is `homeward.Person`."""
    return name if "." in name else f"{NAMESPACE}.{name}"


def short_name(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(".")[2]


@cache
def sources() -> Mapping[str, Schema]:
    """Every source type by its short name, in name order."""
    files = sorted((file for file in folder("avro").iterdir() if file.name.endswith(".avsc")), key=lambda f: f.name)
    return {file.name.removesuffix(".avsc"): json.loads(file.read_text("utf-8")) for file in files}


def travelling_records() -> tuple[str, ...]:
    """Short names of the records that travel by themselves, in name order."""
    return tuple(name for name, schema in sources().items() if schema.get("kind") in TRAVELLING)


def expanded(name: str, types: Mapping[str, Schema] | None = None) -> Schema:
    """The source of one type with every other type written out where it first occurs."""
    return _expand(name, types if types is not None else sources(), set())


def _expand(schema: Schema, types: Mapping[str, Schema], written: set[str]) -> Schema:
    match schema:
        case str() if schema in _PRIMITIVES:
            return schema
        case str():
            return _written_once(short_name(schema), types, written)
        case list():
            return [_expand(branch, types, written) for branch in schema]
        case {"type": "record"}:
            fields = [{**field, "type": _expand(field["type"], types, written)} for field in schema["fields"]]
            return {**schema, "fields": fields}
        case {"type": "array"}:
            return {**schema, "items": _expand(schema["items"], types, written)}
        case _:
            return schema


def _written_once(name: str, types: Mapping[str, Schema], written: set[str]) -> Schema:
    if name in written:
        return full_name(name)
    written.add(name)
    return _expand(types[name], types, written)


def references(schema: Schema) -> Iterator[str]:
    """Short names of the types that a type refers to directly, in order of occurrence, repeats included."""
    match schema:
        case str():
            if schema not in _PRIMITIVES:
                yield short_name(schema)
        case list():
            for branch in schema:
                yield from references(branch)
        case {"type": "record", "fields": fields}:
            for field in fields:
                yield from references(field["type"])
        case {"type": "array", "items": items}:
            yield from references(items)


def fingerprint(schema: Schema) -> str:
    """SHA-256 over the whole schema, properties included.

    Layout, the order of keys, and a namespace that the outer type has anyway make no difference: registries
    rewrite those (seen with Apicurio 3.3.3).
    """
    text = json.dumps(_without_namespaces(schema), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_namespaces(schema: Schema) -> Schema:
    """A schema with every name of our namespace written short."""
    match schema:
        case str():
            return schema.removeprefix(f"{NAMESPACE}.")
        case list():
            return [_without_namespaces(branch) for branch in schema]
        case {"type": "record" | "enum"}:
            kept = {key: value for key, value in schema.items() if (key, value) != ("namespace", NAMESPACE)}
            fields = [{**field, "type": _without_namespaces(field["type"])} for field in kept.get("fields", ())]
            return {**kept, "name": _without_namespaces(kept["name"]), "fields": fields}
        case {"type": "array"}:
            return {**schema, "items": _without_namespaces(schema["items"])}
        case _:
            return schema


@cache
def released() -> Mapping[str, tuple[Released, ...]]:
    """Every released version by record, oldest first."""
    found: dict[str, list[Released]] = {}
    for file in folder("released").iterdir():
        if match := _RELEASED_NAME.match(file.name):
            schema = json.loads(file.read_text("utf-8"))
            version = Released(
                record=match["record"],
                version=int(match["version"]),
                schema=schema,
                fingerprint=fingerprint(schema),
            )
            found.setdefault(version.record, []).append(version)
    return {name: tuple(sorted(found[name], key=lambda released: released.version)) for name in sorted(found)}


def newest(record: str) -> Released:
    """The newest released version of a record."""
    return released()[record][-1]


def formatted(schema: Schema, indent: int = 0, lead: int = 0) -> str:
    """A schema as readable JSON: whatever fits in one line stands in one line, except fields and the type itself.

    `indent` is the column of the block, `lead` the characters that already stand before it on its line.
    """
    if not isinstance(schema, dict | list) or (indent and not _has_fields(schema)):
        line = json.dumps(schema, ensure_ascii=False)
        if not isinstance(schema, dict | list) or indent + lead + len(line) <= _WIDTH:
            return line
    inner = indent + 2
    pad, end = "\n" + " " * inner, "\n" + " " * indent
    if isinstance(schema, list):
        return "[" + ",".join(pad + formatted(item, inner) for item in schema) + end + "]"
    items = (f"{pad}{json.dumps(key)}: {formatted(value, inner, len(key) + 4)}" for key, value in schema.items())
    return "{" + ",".join(items) + end + "}"


def _has_fields(schema: Schema) -> bool:
    """Whether a block is a field, or holds fields, and so is laid out line by line."""
    if isinstance(schema, list):
        return any(_has_fields(item) for item in schema)
    return isinstance(schema, dict) and ("fields" in schema or "doc" in schema or _has_fields(schema.get("items")))
