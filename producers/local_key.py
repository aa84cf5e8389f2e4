"""The local key of an outbox: what waits on the agency's disk is unreadable without it.

Kept in a file of its own beside the outbox, readable by its owner only; a wider mode is refused, because a
key that others can read protects nothing. It protects against a copied database file and a discarded disk
that was not wiped of both, not against somebody who may read the owner's files.
"""

import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from producers.durable_file import replace_file
from producers.errors import OutboxKeyRefused

__all__ = ["LocalKey"]

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_REMEDY_LOST: Final = (
    "put the key file back; without it the waiting reports cannot be read: move the outbox away and enter them again"
)


class LocalKey:
    """AES-256-GCM under the key of one outbox; each piece is bound to the name it is stored under."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Hold the key read from `path`."""
        self._path = path
        self._cipher = AESGCM(key)

    @classmethod
    def read_or_make(cls, path: Path, *, may_make: bool) -> "LocalKey":
        """The key in this file; made (mode 0600, synced) if it is not there and nothing was written with it yet.

        Raises:
            OutboxKeyRefused: missing though needed, wider than 0600, or not 32 bytes.
        """
        if not path.exists():
            if not may_make:
                raise OutboxKeyRefused(path, "the local key is missing", _REMEDY_LOST)
            _make(path)
        wider = stat.S_IMODE(path.stat().st_mode) & _OTHERS
        if wider:
            raise OutboxKeyRefused(path, "the local key can be read by others", f"expected mode 0600: chmod 600 {path}")
        key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise OutboxKeyRefused(path, f"the local key is not {_KEY_BYTES} bytes", _REMEDY_LOST)
        return cls(path, key)

    def close_up(self, plain: bytes, name: str) -> bytes:
        """Nonce and ciphertext of these bytes, openable only under the same name."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def open_up(self, closed: bytes, name: str) -> bytes:
        """The bytes that were closed up under this name.

        Raises:
            OutboxKeyRefused: another key, another name, or altered bytes.
        """
        try:
            return self._cipher.decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], name.encode())
        except InvalidTag:
            raise OutboxKeyRefused(
                self._path, "the local key does not open what the outbox holds", _REMEDY_LOST
            ) from None


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(path, secrets.token_bytes(_KEY_BYTES))
