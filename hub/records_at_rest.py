"""Sealing what the hub keeps: an event under its child's key, a row of state under the worker's.

AES-256-GCM-SIV with a nonce derived from the context, so that the same record always gives the same bytes (a re-run
writes what the first run wrote) and two different records under one context still reveal nothing but that they
differ. The context, which names where the bytes belong, is authenticated: an event cannot be put under another
child, nor a row under another key. When the key is destroyed, so is everything it sealed.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from hub.ids import ChildId, EventId
from hub.signing import length_prefixed
from schemas.errors import HomewardError

KEY_BYTES: Final = 32
_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12


class RecordNotOpened(HomewardError):
    """Bytes at rest that do not open: another key, another place, or changed."""

    def __init__(self) -> None:
        super().__init__("a record at rest does not open: another child's key, another place, or changed on disk")


def event_context(topic: str, child: ChildId, event: EventId) -> bytes:
    """Where an event belongs: topic, child and event id."""
    return length_prefixed(b"event", topic.encode(), child.encode(), event.encode())


def seal_row(row: bytes, key: bytes, row_key: bytes) -> bytes:
    """A row of a worker's table, sealed before Faust sees it; `key` has 32 bytes."""
    return seal_at_rest(row, key, length_prefixed(b"row", row_key))


def open_row(sealed: bytes, key: bytes, row_key: bytes) -> bytes:
    """What `seal_row` was given. Raises RecordNotOpened for another key, another row, or changed bytes."""
    return open_at_rest(sealed, key, length_prefixed(b"row", row_key))


def seal_at_rest(plaintext: bytes, key: bytes, context: bytes) -> bytes:
    """Format byte 1, then ciphertext and tag. `key` has 32 bytes; same arguments, same bytes."""
    return _FORMAT + _cipher(key).encrypt(_nonce(context), plaintext, context)


def open_at_rest(sealed: bytes, key: bytes, context: bytes) -> bytes:
    """What `seal_at_rest` was given. Raises RecordNotOpened for another key or place, or changed bytes."""
    if sealed[:1] != _FORMAT:
        raise RecordNotOpened
    try:
        return _cipher(key).decrypt(_nonce(context), sealed[1:], context)
    except (InvalidTag, ValueError):
        raise RecordNotOpened from None


def _nonce(context: bytes) -> bytes:
    return sha256(context).digest()[:_NONCE_BYTES]


@lru_cache(maxsize=256)  # of some 3 KiB each; a batch has no more children
def _cipher(key: bytes) -> AESGCMSIV:
    return AESGCMSIV(key)
