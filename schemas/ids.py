"""Which schema a number on the wire means: an immutable table of schema ids, pinned to fingerprints.

A process reads the table once at start (from the registry, a cache, or `SchemaIds.local()`), and from then on a
message names a schema this table knows, or is refused. The table holds every released version and, where the
registry knew newer ones, those too: their messages are read with our newest version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Self

from schemas.compatibility import conflicts
from schemas.errors import SchemaError
from schemas.records import Record
from schemas.sources import Schema, fingerprint, newest, released, short_name

_LOCAL_ID_BITS: Final = 0x7FFF_FFFF


@dataclass(frozen=True, slots=True)
class Writer:
    """A schema that somebody writes with: the name of its record, its fingerprint, and the schema itself."""

    record: str
    fingerprint: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class SchemaIds:
    """Schema ids both ways. Make one with `local`, `from_mapping` or the registry client."""

    writers: Mapping[int, Writer]
    newest_ids: Mapping[str, int]

    @classmethod
    def local(cls) -> Self:
        """Ids that need no registry: the first 31 bits of each fingerprint, the same on every machine."""
        return cls.from_mapping(_local_mapping())

    @classmethod
    def from_mapping(cls, fingerprints: Mapping[int, str], newer: Mapping[int, Schema] | None = None) -> Self:
        """A table from id to fingerprint of a released version.

        `newer` holds schemas by id that are not released here, because somebody runs a later release; each
        must agree with all our versions of its record. Raises SchemaError for an unknown fingerprint, for a
        newer schema that does not agree, and where the newest version of a record has no id.
        """
        known = {version.fingerprint: version for versions in released().values() for version in versions}
        writers: dict[int, Writer] = {}
        ids: dict[str, int] = {}
        for schema_id, print_ in sorted(fingerprints.items()):
            if (version := known.get(print_)) is None:
                message = f"schema id {schema_id} is pinned to no released schema; fetch the ids again"
                raise SchemaError(message)
            writers[schema_id] = Writer(version.record, print_, version.schema)
            if version == newest(version.record):
                ids.setdefault(version.record, schema_id)
        for schema_id, schema in (newer or {}).items():
            writers[schema_id] = _agreeing(schema_id, schema)
        if missing := released().keys() - ids.keys():
            message = f"no schema id for the newest version of: {', '.join(sorted(missing))}; register the schemas"
            raise SchemaError(message)
        return cls(writers, ids)

    def fingerprints(self) -> dict[int, str]:
        """The released part of this table, from id to fingerprint: what `from_mapping` takes, fit for a cache."""
        known = {version.fingerprint for versions in released().values() for version in versions}
        return {number: writer.fingerprint for number, writer in self.writers.items() if writer.fingerprint in known}

    def id_of(self, record: type[Record]) -> int:
        """The id under which a record is written now. Raises SchemaError for a part, which travels only inside."""
        if (schema_id := self.newest_ids.get(record.SCHEMA_NAME)) is None:
            message = f"{record.SCHEMA_NAME} does not travel by itself; send the record that holds it"
            raise SchemaError(message)
        return schema_id


def _agreeing(schema_id: int, schema: Schema) -> Writer:
    """A newer schema, once it is known to agree with all our versions of its record."""
    record = short_name(schema["name"])
    if record not in released():
        message = f"schema id {schema_id} is of record {record}, which this release does not know; upgrade"
        raise SchemaError(message)
    for version in released()[record]:
        if found := [*conflicts(version.schema, schema), *conflicts(schema, version.schema)]:
            message = f"schema id {schema_id} does not agree with {record} version {version.version}: {found[0]}"
            raise SchemaError(message)
    return Writer(record, fingerprint(schema), schema)


@cache
def _local_mapping() -> Mapping[int, str]:
    mapping: dict[int, str] = {}
    for versions in released().values():
        for version in versions:
            local_id = int(version.fingerprint[:8], 16) & _LOCAL_ID_BITS
            if local_id in mapping:
                message = f"two released schemas share the local id {local_id}: change a word of {version.record}"
                raise SchemaError(message)
            mapping[local_id] = version.fingerprint
    return mapping
