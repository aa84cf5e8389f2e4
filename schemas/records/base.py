"""The root of all records, so that a function can say that it takes any of them."""

from typing import ClassVar


class Record:
    """One value of the contract. Frozen, keyword-only; a field that was not given has the schema's default.

    Times are aware UTC to the millisecond, lists are tuples, and enumerations have a member `UNKNOWN` that
    stands for a blank as for a word newer than this reader.
    """

    __slots__ = ()

    SCHEMA_NAME: ClassVar[str]
    """Name of the schema without its namespace; also the `ce_type` of a record that travels by itself."""
