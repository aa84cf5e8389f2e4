"""A message on the wire as one run of bytes, so that a disk gives back exactly what was signed.

Each part is preceded by its length (4 bytes, big-endian): topic, key, number of headers, each header's name and
value, value. The outbox keeps picked messages this way, and the directory cache keeps signed entries.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from hub.messages import WireMessage

__all__ = ["from_stored", "split_stored", "stored", "stored_together"]

_LENGTH: Final = struct.Struct(">I")


def stored(wire: WireMessage) -> bytes:
    """These bytes hold the whole message and nothing else."""
    parts = [wire.topic.encode(), wire.key, _LENGTH.pack(len(wire.headers))]
    for name, value in wire.headers:
        parts += (name.encode(), value or b"")
    parts.append(wire.value)
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def from_stored(content: bytes) -> WireMessage:
    """The message that was stored; raises ValueError for bytes that are not one whole message."""
    parts = list(_parts(content))
    fixed = 4
    if len(parts) < fixed or len(parts[2]) != _LENGTH.size:
        raise ValueError(_BROKEN)
    (count,) = _LENGTH.unpack(parts[2])
    if len(parts) != fixed + 2 * count:
        raise ValueError(_BROKEN)
    named = parts[3:-1]
    headers = tuple((name.decode(), value) for name, value in zip(named[::2], named[1::2], strict=True))
    return WireMessage(topic=parts[0].decode(), key=parts[1], headers=headers, value=parts[-1])


def stored_together(wires: Iterable[WireMessage]) -> bytes:
    """Several messages in one run of bytes."""
    whole = (stored(wire) for wire in wires)
    return b"".join(_LENGTH.pack(len(one)) + one for one in whole)


def split_stored(content: bytes) -> Iterator[WireMessage]:
    """The messages that were stored together; raises ValueError for other bytes."""
    return (from_stored(one) for one in _parts(content))


_BROKEN: Final = "not one stored message"


def _parts(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        if at + _LENGTH.size > len(content):
            raise ValueError(_BROKEN)
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size + length
        if at > len(content):
            raise ValueError(_BROKEN)
        yield content[at - length : at]
