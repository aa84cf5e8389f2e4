"""The root of every error of Homeward, and those of the contract.

    HomewardError
    └── SchemaError
        ├── UndecodableMessage      bytes that are not a record of the contract
        ├── UnencodableRecord       a record that breaks its own contract (a cap, a range, a naive time)
        ├── ReleasedSchemaAltered   a released schema was edited, or a change is not compatible
        └── RegistryRefused         the schema registry did not do what was asked

Messages say what, where, what was expected and what to do; never a value that somebody sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class HomewardError(Exception):
    """Root of all errors raised by this project; subclasses carry their parts as attributes."""


class SchemaError(HomewardError):
    """Something is wrong with a schema, or between a schema and its data."""


class FaultKind(StrEnum):
    """Why bytes are not a message; a closed list, fit for a metric label."""

    FRAMING = "framing"
    UNKNOWN_SCHEMA = "unknown_schema"
    UNEXPECTED_TYPE = "unexpected_type"
    MALFORMED = "malformed"
    NOT_CANONICAL = "not_canonical"
    OUT_OF_RANGE = "out_of_range"
    OVER_CAP = "over_cap"
    TOO_LARGE = "too_large"


REMEDIES: Final = {
    FaultKind.FRAMING: "send magic byte 0, a 4-byte schema id and the Avro body",
    FaultKind.UNKNOWN_SCHEMA: "use a schema id registered for this topic",
    FaultKind.UNEXPECTED_TYPE: "send the record type that belongs here",
    FaultKind.MALFORMED: "encode the record with the schema whose id it carries",
    FaultKind.NOT_CANONICAL: "encode with the shortest form of every number, and nothing after the record",
    FaultKind.OUT_OF_RANGE: "correct the field",
    FaultKind.OVER_CAP: "shorten the field to its cap",
    FaultKind.TOO_LARGE: "send less in one message",
}
"""What the sender can do, by kind of fault."""


class Done(StrEnum):
    """What became of a field that breaks its rule."""

    CUT = "cut"
    SHORTENED = "shortened"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenField:
    """A field that breaks its rule: dotted path with indexes, rule, kind of the breach, and what was done about it."""

    where: str
    expected: str
    kind: FaultKind
    done: Done


class UndecodableMessage(SchemaError):
    """Bytes that are not exactly one record of the contract. Never repeats the bytes.

    `kind` is one of a closed list, `where` a dotted path or a part of the framing, `expected` the rule, `record`
    the type that the bytes claim to be, where they came so far.
    """

    def __init__(self, *, kind: FaultKind, where: str, expected: str, record: str | None = None) -> None:
        """Keep the parts, and say them in one line with the remedy."""
        self.kind = kind
        self.record = record
        self.where = where
        self.expected = expected
        self.remedy = REMEDIES[kind]
        super().__init__(f"undecodable {record or 'message'}: {kind} at {where}: expected {expected}; {self.remedy}")


class UnencodableRecord(SchemaError):
    """A record that breaks its own contract; `record` is its type, `fields` is everything that is wrong with it.

    `where` (a dotted path) and `expected` (the rule) are those of the first.
    """

    def __init__(self, *, record: str, fields: Sequence[BrokenField]) -> None:
        """Keep the parts and say all of them; never a value."""
        self.record = record
        self.fields = tuple(fields)
        self.where = self.fields[0].where
        self.expected = self.fields[0].expected
        reasons = "; ".join(f"{field.where}: expected {field.expected}" for field in self.fields)
        super().__init__(f"this {record} cannot be sent: {reasons}")


class ReleasedSchemaAltered(SchemaError):
    """A source no longer agrees with what was released, or two versions do not agree with one another."""

    def __init__(self, *, record: str, what: str, remedy: str) -> None:
        """Keep the parts and say them in one line."""
        self.record = record
        self.what = what
        self.remedy = remedy
        super().__init__(f"schema {record}: {what}; {remedy}")


class RegistryRefused(SchemaError):
    """The schema registry refused, or could not be reached; `subject` names what was asked about."""

    def __init__(self, *, subject: str, what: str, remedy: str) -> None:
        """Keep the parts and say them in one line."""
        self.subject = subject
        self.what = what
        self.remedy = remedy
        super().__init__(f"schema registry, {subject}: {what}; {remedy}")
