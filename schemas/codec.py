"""Records to bytes and back, strictly: one record has exactly one encoding, and nothing else is accepted.

On the wire: magic byte 0, a 4-byte big-endian schema id, the Avro body (Confluent's framing). Reading is bounded
and takes hostile bytes: the id must be one that the process pinned at start; the body is read with the schema that
wrote it, written again and compared, because Avro readers tolerate trailing bytes, over-long numbers, negative
indexes and a boolean of 2; then it is resolved to our newest version and every cap and range is checked. Whatever is
wrong becomes one error, `UndecodableMessage`, that says what and where and never repeats a value.
"""

import json
import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Final, TypeVar, overload

import fastavro

from schemas.conversion import Fault, conversion_of
from schemas.errors import FaultKind, UndecodableMessage, UnencodableRecord
from schemas.ids import SchemaIds, Writer
from schemas.records import Record
from schemas.sources import Schema, newest

__all__ = ["MAX_BYTES", "SchemaIds", "decode", "encode", "type_of"]

MAX_BYTES: Final = 256 * 1024
"""The most that any topic carries in one value."""

_HEAD: Final = struct.Struct(">bI")
_READER_ERRORS: Final = (
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
    struct.error,
)
"""What fastavro raises on bytes that are not what the schema says."""

_RecordT = TypeVar("_RecordT", bound=Record)


def encode(record: Record, ids: SchemaIds) -> bytes:
    """The framed bytes of a record, in its newest version.

    Times are rounded down to the millisecond. Raises UnencodableRecord where a field breaks its cap, range or
    type, and SchemaError for a part, which only travels inside another record.
    """
    name = record.SCHEMA_NAME
    stream = BytesIO()
    stream.write(_HEAD.pack(0, ids.id_of(type(record))))
    try:
        fastavro.schemaless_writer(stream, _parsed(newest(name).fingerprint, name), conversion_of(name).write(record))
    except Fault as fault:
        raise UnencodableRecord(record=name, where=fault.where or "record", expected=fault.expected) from None
    except UnicodeEncodeError:
        raise UnencodableRecord(record=name, where="text", expected="text without lone surrogates") from None
    if stream.tell() > MAX_BYTES:
        raise UnencodableRecord(record=name, where="record", expected=f"at most {MAX_BYTES} bytes together")
    return stream.getvalue()


@overload
def decode(data: bytes, ids: SchemaIds) -> Record: ...
@overload
def decode(data: bytes, ids: SchemaIds, expected: type[_RecordT]) -> _RecordT: ...
def decode(data: bytes, ids: SchemaIds, expected: type[Record] | None = None) -> Record:
    """The one record that these bytes are; of type `expected`, where it is given.

    Raises UndecodableMessage for anything else, and no other exception for any bytes whatever.
    """
    writer = _writer(data, ids)
    if expected is not None and writer.record != expected.SCHEMA_NAME:
        raise UndecodableMessage(
            kind=FaultKind.UNEXPECTED_TYPE,
            record=writer.record,
            where="schema id",
            expected=f"the id of a {expected.SCHEMA_NAME}",
        )
    return _decoder(writer)(data[_HEAD.size :])


def type_of(data: bytes, ids: SchemaIds) -> str:
    """The name of the record that framed bytes claim to be; the body is not looked at."""
    return _writer(data, ids).record


def _writer(data: bytes, ids: SchemaIds) -> Writer:
    """The schema that framed bytes name. Raises UndecodableMessage for bad framing or an unknown id."""
    if len(data) > MAX_BYTES:
        raise UndecodableMessage(kind=FaultKind.TOO_LARGE, where="value", expected=f"at most {MAX_BYTES} bytes")
    if len(data) < _HEAD.size or data[0] != 0:
        raise UndecodableMessage(kind=FaultKind.FRAMING, where="head", expected="magic byte 0 and a 4-byte schema id")
    writer = ids.writers.get(_HEAD.unpack_from(data)[1])
    if writer is None:
        raise UndecodableMessage(kind=FaultKind.UNKNOWN_SCHEMA, where="schema id", expected="an id known at start")
    return writer


_DECODERS: Final[dict[str, Callable[[bytes], Record]]] = {}


def _decoder(writer: Writer) -> Callable[[bytes], Record]:
    """The decoder for what one schema wrote, built on first use; there are only as many as pinned schemas."""
    found = _DECODERS.get(writer.fingerprint)
    if found is None:
        found = _DECODERS[writer.fingerprint] = _built_decoder(writer)
    return found


def _built_decoder(writer: Writer) -> Callable[[bytes], Record]:
    name = writer.record
    written = _plain_parsed(writer.schema)
    reader = newest(name)
    resolves = writer.fingerprint != reader.fingerprint
    wanted = _parsed(reader.fingerprint, name)
    convert = conversion_of(name).read

    def run(body: bytes) -> Record:
        stream = BytesIO(body)
        try:
            values = fastavro.schemaless_reader(stream, written, None, return_record_name=True)
            again = BytesIO()
            fastavro.schemaless_writer(again, written, values)
        except _READER_ERRORS:
            where = f"body, before byte {stream.tell()}"
            raise UndecodableMessage(
                kind=FaultKind.MALFORMED, record=name, where=where, expected="the fields of its schema"
            ) from None
        if again.getvalue() != body:
            raise UndecodableMessage(
                kind=FaultKind.NOT_CANONICAL, record=name, where="body", expected="the one encoding of a record"
            )
        if resolves:
            values = fastavro.schemaless_reader(BytesIO(body), written, wanted, return_record_name=True)
        try:
            record: Record = convert(values)
        except Fault as fault:
            raise UndecodableMessage(kind=fault.kind, record=name, where=fault.where, expected=fault.expected) from None
        return record

    return run


@cache
def _parsed(_fingerprint: str, record: str) -> Schema:
    """The newest version of a record, ready for fastavro."""
    return _plain_parsed(newest(record).schema)


def _plain_parsed(schema: Schema) -> Schema:
    """A schema ready for fastavro, without logical types: `conversion` checks those itself, and says where."""
    return fastavro.parse_schema(json.loads(json.dumps(schema), object_hook=_without_logical_type))


def _without_logical_type(block: Schema) -> Schema:
    return block["type"] if "logicalType" in block else block
