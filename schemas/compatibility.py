"""Whether what one schema wrote can be read with another: the rules of Avro's schema resolution.

Every released version of a record must be readable with every other, both ways (FULL_TRANSITIVE): an old reader
keeps working, and an old log stays readable. This is our own checker, so that the reason is a sentence with a path;
a second implementation judges the same pairs in the tests.
"""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Final

from schemas.sources import Schema, released, short_name

_PROMOTIONS: Final = {
    "int": frozenset({"long", "float", "double"}),
    "long": frozenset({"float", "double"}),
    "float": frozenset({"double"}),
    "string": frozenset({"bytes"}),
    "bytes": frozenset({"string"}),
}
"""What a reader may ask for where a writer wrote the key."""


def conflicts(reader: Schema, writer: Schema) -> list[str]:
    """Why what one schema of a record wrote cannot be read with another; empty where it can. Both expanded."""
    resolution = _Resolution(_named_types(reader), _named_types(writer))
    return list(resolution.of(reader, writer, short_name(reader["name"])))


def transitive_conflicts() -> list[str]:
    """Every reason why two released versions of one record cannot read one another; empty when all is well."""
    found = []
    for record, versions in released().items():
        for reader, writer in permutations(versions, 2):
            pair = f"{record}: version {reader.version} cannot read version {writer.version}"
            found += [f"{pair}: {reason}" for reason in conflicts(reader.schema, writer.schema)]
    return found


class _Resolution:
    """One comparison of a reader's schema with a writer's; schemas are not recursive, so this ends."""

    def __init__(self, reader_types: Mapping[str, Schema], writer_types: Mapping[str, Schema]) -> None:
        self._reader_types = reader_types
        self._writer_types = writer_types

    def of(self, reader: Schema, writer: Schema, where: str) -> Iterator[str]:
        """Why `writer` cannot be read as `reader` at one place."""
        reader, writer = _resolved(reader, self._reader_types), _resolved(writer, self._writer_types)
        if isinstance(writer, list):
            for branch in writer:
                yield from self.of(reader, branch, where)
        elif isinstance(reader, list):
            if all(any(self.of(branch, writer, where)) for branch in reader):
                yield f"{where}: no branch of the union reads {_kind(writer)}"
        elif _kind(reader) != _kind(writer):
            if _kind(reader) not in _PROMOTIONS.get(_kind(writer), ()):
                yield f"{where}: {_kind(writer)} cannot be read as {_kind(reader)}"
        else:
            yield from self._same_kind(reader, writer, where)

    def _same_kind(self, reader: Schema, writer: Schema, where: str) -> Iterator[str]:
        match _kind(reader):
            case "array":
                yield from self.of(reader["items"], writer["items"], f"{where}[]")
            case "enum":
                yield from _enum_conflicts(reader, writer, where)
            case "record":
                yield from self._record_conflicts(reader, writer, where)
            case _ if _logical(reader) != _logical(writer):
                yield f"{where}: logical type {_logical(writer)} cannot be read as {_logical(reader)}"

    def _record_conflicts(self, reader: Schema, writer: Schema, where: str) -> Iterator[str]:
        if short_name(reader["name"]) != short_name(writer["name"]):
            yield f"{where}: record {writer['name']} cannot be read as {reader['name']}"
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            place = f"{where}.{field['name']}"
            if field["name"] in written:
                yield from self.of(field["type"], written[field["name"]]["type"], place)
            elif "default" not in field:
                yield f"{place}: is not written, and has no default"


def _enum_conflicts(reader: Schema, writer: Schema, where: str) -> Iterator[str]:
    if short_name(reader["name"]) != short_name(writer["name"]):
        yield f"{where}: enumeration {writer['name']} cannot be read as {reader['name']}"
    if "default" not in reader:
        for symbol in writer["symbols"]:
            if symbol not in reader["symbols"]:
                yield f"{where}: symbol {symbol} is not known to the reader, which has no default"


def _kind(schema: Schema) -> str:
    return str(schema["type"]) if isinstance(schema, dict) else str(schema)


def _logical(schema: Schema) -> str:
    return str(schema.get("logicalType", "none")) if isinstance(schema, dict) else "none"


def _resolved(schema: Schema, types: Mapping[str, Schema]) -> Schema:
    """The definition a name stands for; anything else as it is."""
    return types.get(short_name(schema), schema) if isinstance(schema, str) else schema


def _named_types(schema: Schema) -> dict[str, Schema]:
    """Every named type that is written out in a schema, by its short name."""
    found: dict[str, Schema] = {}
    match schema:
        case list():
            for branch in schema:
                found |= _named_types(branch)
        case {"type": "record", "fields": fields}:
            found[short_name(schema["name"])] = schema
            for field in fields:
                found |= _named_types(field["type"])
        case {"type": "enum"}:
            found[short_name(schema["name"])] = schema
        case {"type": "array", "items": items}:
            found |= _named_types(items)
    return found
