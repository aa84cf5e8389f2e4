"""What a signature covers, byte for byte, and Ed25519 over it.

The signing input is a domain-separation string, the topic, the record key, every `ce_` header in name order, the
content type and the SHA-256 of the value as sent, each part with its length before it. So a message cannot be
replayed as another kind, on another topic or under another key, and no two messages share an input. Who may sign
what, and when, is for `directory` and `messages`.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SignedHeaders = Sequence[tuple[str, bytes]]

SIGNATURE_BYTES: Final = 64
DIGEST_BYTES: Final = 32
CHAIN_START: Final = bytes(DIGEST_BYTES)
"""`ce_previous` of the first message under a signing key."""


class Domain(StrEnum):
    """The kinds of statement; the value is the domain-separation string."""

    MESSAGE = "homeward/v1/message"
    RECEIPT = "homeward/v1/receipt"
    NOTICE = "homeward/v1/notice"
    ALERT = "homeward/v1/alert"
    STATEMENT = "homeward/v1/statement"
    DIRECTORY = "homeward/v1/directory"
    TIME = "homeward/v1/time"
    EVENT = "homeward/v1/event"
    VERDICT = "homeward/v1/verdict"
    REGISTER = "homeward/v1/register"
    REVIEW = "homeward/v1/review"
    AUDIT = "homeward/v1/audit"
    QUARANTINE = "homeward/v1/quarantine"
    INSIGHT = "homeward/v1/insight"


_SEALING: Final = b"homeward/v1/sealing"
_LENGTH: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """One installation that signs (an agency's board, a worker of the hub): its key id and its private key."""

    key_id: str
    private_key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_bytes(cls, key_id: str, private_key: bytes) -> Self:
        """From the 32 raw bytes of an Ed25519 private key."""
        return cls(key_id=key_id, private_key=Ed25519PrivateKey.from_private_bytes(private_key))

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that the directory lists."""
        return self.private_key.public_key().public_bytes_raw()

    def sign(self, signing_input: bytes) -> bytes:
        """The 64-byte Ed25519 signature (RFC 8032, pure)."""
        return self.private_key.sign(signing_input)


def length_prefixed(*parts: bytes) -> bytes:
    """Each part after its length as four bytes, big-endian: no two lists of parts give the same bytes."""
    return b"".join([piece for part in parts for piece in (_LENGTH.pack(len(part)), part)])


def signing_input(
    domain: Domain, topic: str, key: bytes, signed: SignedHeaders, content_type: str, value_digest: bytes
) -> bytes:
    """The bytes that are signed. `value_digest` is the SHA-256 of the value as sent, sealed or not."""
    return covered_with(context_of(domain, topic, key, signed, content_type), value_digest)


def sealing_info(domain: Domain, topic: str, key: bytes, signed: SignedHeaders, content_type: str) -> bytes:
    """HPKE `info`: SHA-256 over the sealing string and everything that is signed but the value (32 bytes)."""
    return sealing_info_in(context_of(domain, topic, key, signed, content_type))


def context_of(domain: Domain, topic: str, key: bytes, signed: SignedHeaders, content_type: str) -> bytes:
    """Everything that is signed but the value: one message's, for its seal and for its signature."""
    pieces = [length_prefixed(domain.encode(), topic.encode(), key), _LENGTH.pack(len(signed))]
    for name, value in sorted(signed):
        written = name.encode()
        pieces += (_LENGTH.pack(len(written)), written, _LENGTH.pack(len(value)), value)
    pieces.append(length_prefixed(content_type.encode()))
    return b"".join(pieces)


def covered_with(context: bytes, value_digest: bytes) -> bytes:
    """The bytes that are signed, from a message's `context_of` and the digest of its value."""
    return context + length_prefixed(value_digest)


def sealing_info_in(context: bytes) -> bytes:
    """HPKE `info`, from a message's `context_of`."""
    return sha256(length_prefixed(_SEALING) + context).digest()


def verifies(public_key: bytes, signature: bytes, signing_input: bytes) -> bool:
    """True if the signature is of these bytes under this key (32 bytes); False for anything else whatever."""
    try:
        _public(public_key).verify(signature, signing_input)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=4096)
def _public(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)
