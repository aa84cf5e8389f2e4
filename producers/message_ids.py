"""Ids of an agency's own messages: UUIDv7 (RFC 9562), so that they sort by the time they were made.

The hub never derives these: what an agency says is a new fact each time it is said, and the id is what
makes a repeat of the same bytes a repeat.
"""

import secrets
from uuid import UUID

__all__ = ["message_id"]

_VERSION = 7 << 76
_VARIANT = 2 << 62
_TIME_BITS = 48


def message_id(milliseconds: int, randomness: int | None = None) -> str:
    """A new id for a message made at this time (Unix milliseconds), in canonical lower-case form.

    `randomness` (74 bits are used) is for tests and simulations that must be reproducible.
    """
    drawn = secrets.randbits(74) if randomness is None else randomness
    high, low = (drawn >> 62) & 0xFFF, drawn & ((1 << 62) - 1)
    stamp = milliseconds & ((1 << _TIME_BITS) - 1)
    return str(UUID(int=(stamp << 80) | _VERSION | (high << 64) | _VARIANT | low))
