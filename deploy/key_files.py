"""Keys of an installation: made once into a file that only its owner can read, and from then on only read."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from deploy.pki import write_private
from streams.settings import secret_bytes

KEY_BYTES: Final = 32


def new_key() -> bytes:
    """32 random bytes from the operating system: a symmetric key, or the seed of an Ed25519 or sealing key."""
    return secrets.token_bytes(KEY_BYTES)


def made_once(file: Path, make: Callable[[], bytes] = new_key) -> bytes:
    """The key in this file, made and written if there is no file yet.

    Raises:
        UnsafeKeyFile: others than its owner may read the file.
    """
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(file, make())
    return secret_bytes(file)
