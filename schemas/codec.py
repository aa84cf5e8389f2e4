"""Records to bytes and back, strictly: one record has exactly one encoding, and nothing else is accepted.

On the wire: magic byte 0, a 4-byte big-endian schema id, the Avro body (Confluent's framing). Reading is bounded
and takes hostile bytes: the id must be one that the process pinned at start; the body is read with the schema that
wrote it, written again and compared, because Avro readers tolerate trailing bytes, over-long numbers, negative
indexes and a boolean of 2; then it is resolved to our newest version and every cap and range is checked. Whatever is
wrong becomes one error, `UndecodableMessage`, that says what and where and never repeats a value.
"""

import json
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final, TypeVar, cast, overload

import fastavro

from schemas.compiled import compiled
from schemas.conversion import Fault, Value
from schemas.errors import BrokenField, Done, FaultKind, UndecodableMessage, UnencodableRecord
from schemas.ids import SchemaIds, Writer
from schemas.mending import LARGEST_DIVISOR, mended, sendable
from schemas.records import Record
from schemas.sources import Schema, newest, released

__all__ = [
    "MAX_BYTES",
    "BrokenField",
    "SchemaIds",
    "decode",
    "decode_tolerantly",
    "encode",
    "encode_tolerantly",
    "prepare",
    "type_of",
]

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

    Times are rounded down to the millisecond. Raises UnencodableRecord with every field that breaks its cap, range or
    type, and SchemaError for a part, which only travels inside another record.
    """
    try:
        framed = _framed(record, ids)
    except (Fault, UnicodeEncodeError) as error:
        raise UnencodableRecord(record=record.SCHEMA_NAME, fields=_faults(record, error)) from None
    if len(framed) > MAX_BYTES:
        raise UnencodableRecord(record=record.SCHEMA_NAME, fields=[_too_large(MAX_BYTES)])
    return framed


def encode_tolerantly(
    record: Record, ids: SchemaIds, *, limit: int = MAX_BYTES
) -> tuple[bytes, tuple[BrokenField, ...]]:
    """The bytes of what can be said of a record, at most `limit` of them, and the fields that could not be said whole.

    The counterpart of `decode_tolerantly`, for reports, which are sent whatever their content is. What was done to a
    field is `mending`'s to say. Same record, same bytes. Raises UnencodableRecord, with all of its reasons, where a
    required field of the record itself cannot be written, and SchemaError for a part.
    """
    limit = min(limit, MAX_BYTES)
    with suppress(Fault, UnicodeEncodeError):
        if len(framed := _framed(record, ids)) <= limit:
            return framed, ()
    divisor = 1
    while divisor <= LARGEST_DIVISOR:
        said, broken = sendable(record, divisor)
        if said is None:
            raise UnencodableRecord(record=record.SCHEMA_NAME, fields=broken)
        if len(framed := _framed(said, ids)) <= limit:
            return framed, broken
        divisor *= 2
    raise UnencodableRecord(record=record.SCHEMA_NAME, fields=[_too_large(limit)])


def _framed(record: Record, ids: SchemaIds) -> bytes:
    """The framed bytes, however many. Raises Fault, or UnicodeEncodeError for a lone surrogate."""
    name = record.SCHEMA_NAME
    stream = BytesIO()
    stream.write(_HEAD.pack(0, ids.id_of(type(record))))
    fastavro.schemaless_writer(stream, _parsed(newest(name).fingerprint, name), compiled(name).write(record))
    return stream.getvalue()


def _faults(record: Record, error: Exception) -> Sequence[BrokenField]:
    """Every field that cannot be written; at least the one that the strict way found."""
    _, broken = sendable(record)
    if broken or not isinstance(error, Fault):
        return broken
    return [BrokenField(where=error.where or "record", expected=error.expected, kind=error.kind, done=Done.LEFT_OUT)]


def _too_large(limit: int) -> BrokenField:
    expected = f"at most {limit} bytes together"
    return BrokenField(where="record", expected=expected, kind=FaultKind.TOO_LARGE, done=Done.LEFT_OUT)


@overload
def decode(data: bytes, ids: SchemaIds, *, is_ours: bool = False) -> Record: ...
@overload
def decode(data: bytes, ids: SchemaIds, expected: type[_RecordT], *, is_ours: bool = False) -> _RecordT: ...
def decode(data: bytes, ids: SchemaIds, expected: type[Record] | None = None, *, is_ours: bool = False) -> Record:
    """The one record that these bytes are; of type `expected`, where it is given.

    `is_ours` says that `encode` made these very bytes and a seal or a signature of ours kept them: they are then not
    written again to be compared.

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
    decoder = _decoder(writer)
    try:
        return decoder.convert(decoder.plain(data[_HEAD.size :], is_proven=is_ours))
    except Fault as fault:
        raise decoder.refusal(fault) from None


def decode_tolerantly(
    data: bytes, ids: SchemaIds, *, is_proven: bool = False
) -> tuple[Record, tuple[BrokenField, ...]]:
    """The record, without what breaks a cap or a range, and the fields that do: for reports, which are not refused.

    Text and lists over their cap are cut; an impossible time or number becomes the field's default; where nothing
    can stand in, the item or optional record round it is left out. Same bytes, same result. `is_proven` says that these
    very bytes were read before and kept under a seal or a signature of ours: they are then not written again to be
    compared.
    Raises UndecodableMessage as `decode` does for framing, schema id and anything but the one encoding of a record,
    and where a required field of the record itself breaks.
    """
    decoder = _decoder(_writer(data, ids))
    body = data[_HEAD.size :]
    try:
        return decoder.convert(decoder.plain(body, is_proven=is_proven)), ()
    except Fault:
        pass
    try:
        return mended(decoder.record, decoder.plain(body))
    except Fault as fault:
        raise decoder.refusal(fault) from None


def prepare() -> None:
    """Build now what the first message of every kind would else wait for: a quarter of a second for all of them."""
    for name, versions in released().items():
        _parsed(versions[-1].fingerprint, name)
        compiled(name)


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


@dataclass(frozen=True, slots=True)
class _Decoder:
    """How to read what one schema wrote, as our newest version of its record."""

    record: str
    written: Schema
    wanted: Schema | None
    convert: Callable[[dict[str, Value]], Record]

    def plain(self, body: bytes, *, is_proven: bool = False) -> dict[str, Value]:
        """The plain values of a body that is the one encoding of a record. Raises UndecodableMessage."""
        stream, again = BytesIO(body), BytesIO()
        try:
            values = fastavro.schemaless_reader(stream, self.written, None, return_record_name=True)
            if not is_proven:
                fastavro.schemaless_writer(again, self.written, values)
        except _READER_ERRORS:
            raise UndecodableMessage(
                kind=FaultKind.MALFORMED,
                record=self.record,
                where=f"body, before byte {stream.tell()}",
                expected="the fields of its schema",
            ) from None
        if not is_proven and again.getvalue() != body:
            raise UndecodableMessage(
                kind=FaultKind.NOT_CANONICAL, record=self.record, where="body", expected="the one encoding of a record"
            )
        if self.wanted is not None:
            values = fastavro.schemaless_reader(BytesIO(body), self.written, self.wanted, return_record_name=True)
        return cast("dict[str, Value]", values)

    def refusal(self, fault: Fault) -> UndecodableMessage:
        """A fault in a field, as the error that callers see."""
        return UndecodableMessage(kind=fault.kind, record=self.record, where=fault.where, expected=fault.expected)


_DECODERS: Final[dict[str, _Decoder]] = {}


def _decoder(writer: Writer) -> _Decoder:
    """The decoder for what one schema wrote, built on first use; there are only as many as pinned schemas."""
    found = _DECODERS.get(writer.fingerprint)
    if found is None:
        reader = newest(writer.record)
        found = _DECODERS[writer.fingerprint] = _Decoder(
            record=writer.record,
            written=_plain_parsed(writer.schema),
            wanted=None if writer.fingerprint == reader.fingerprint else _parsed(reader.fingerprint, writer.record),
            convert=compiled(writer.record).read,
        )
    return found


@cache
def _parsed(_fingerprint: str, record: str) -> Schema:
    """The newest version of a record, ready for fastavro."""
    return _plain_parsed(newest(record).schema)


def _plain_parsed(schema: Schema) -> Schema:
    """A schema ready for fastavro, without logical types: `conversion` checks those itself, and says where."""
    return fastavro.parse_schema(json.loads(json.dumps(schema), object_hook=_without_logical_type))


def _without_logical_type(block: Schema) -> Schema:
    return block["type"] if "logicalType" in block else block
