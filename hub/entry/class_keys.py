"""Derives and uses the keys of the register: one a disclosure class of one episode and key version.

`HKDF-SHA256(child key, info = domain, episode, key id, class)`: a subscriber gets class keys and never the child's,
and a new version (a move to another child, a withdrawn grant) makes every class key new. Blocks are sealed with
AES-256-GCM-SIV, so that sealing needs no randomness and a rebuild is byte-equal: should a nonce ever meet two
different plaintexts, the construction gives away whether they are equal and nothing else (RFC 8452).
"""

import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.ids import EpisodeId, KeyId
from hub.signing import length_prefixed
from schemas.errors import HomewardError
from schemas.records import Disclosure

KEY_LENGTH: Final = 32
NONCE_LENGTH: Final = 12
_KEY_DOMAIN: Final = b"homeward/register/class-key/v1"
_BLOCK_DOMAIN: Final = b"homeward/register/block/v1"


class BlockNotOpened(HomewardError):
    """A block of a register entry does not open under the key of its class."""

    def __init__(self, episode: str, disclosure: Disclosure) -> None:
        """Keep the parts; the message names the episode and the class."""
        self.episode = episode
        self.disclosure = disclosure
        super().__init__(
            f"register entry {episode}, block {disclosure}: does not open under the class key; "
            "the entry or the key was altered: reload the register from the start, and tell hub operations if it stays"
        )


def class_key(child_key: bytes, episode: EpisodeId, key_id: KeyId, disclosure: Disclosure) -> bytes:
    """The 32-byte key of one class of one episode, in the version that `key_id` names."""
    info = length_prefixed(_KEY_DOMAIN, episode.encode(), key_id.encode(), disclosure.value.encode())
    return HKDF(algorithm=SHA256(), length=KEY_LENGTH, salt=None, info=info).derive(child_key)


def sealed_block(key: bytes, context: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    """Nonce and ciphertext of one block. The nonce is a function of key, context and plaintext."""
    nonce = hmac.digest(key, length_prefixed(_BLOCK_DOMAIN, context, hashlib.sha256(plaintext).digest()), "sha256")
    nonce = nonce[:NONCE_LENGTH]
    return nonce, AESGCMSIV(key).encrypt(nonce, plaintext, length_prefixed(_BLOCK_DOMAIN, context))


def opened_block(key: bytes, context: bytes, nonce: bytes, ciphertext: bytes) -> bytes:
    """The plaintext of one block.

    Raises:
        InvalidTag: key, context, nonce and ciphertext do not belong together.
    """
    if len(nonce) != NONCE_LENGTH or len(key) != KEY_LENGTH:
        raise InvalidTag
    return AESGCMSIV(key).decrypt(nonce, ciphertext, length_prefixed(_BLOCK_DOMAIN, context))
