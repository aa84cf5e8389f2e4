"""Sealing to a recipient: HPKE (RFC 9180), so that only who holds the private half reads it.

Two suites, named by the first byte: X25519, and X-Wing (ML-KEM-768 with X25519), because these records stay sensitive
for decades. After it stand eight bytes of the hash of the recipient's public key, so that who holds several keys
opens once. The only module of `hub` that draws randomness, inside HPKE: sealed bytes of one text differ each time,
and what has to be the same on a re-run is the plaintext, whose SHA-256 is the commitment.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256, shake_256
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from hub.suites import PREFERRED, SealingSuite
from schemas.errors import HomewardError

__all__ = [
    "PREFERRED",
    "SALT_BYTES",
    "OpeningKey",
    "OpeningKeys",
    "SealNotOpened",
    "SealingSuite",
    "UnusableSealingKey",
    "commitment",
    "derived_salt",
    "new_private_key",
    "open_sealed",
    "public_key",
    "salted",
    "seal",
    "unsalted",
]

SALT_BYTES: Final = 16
TAG_BYTES: Final = 8
_SEED_BYTES: Final = 32
_MLKEM_SEED_BYTES: Final = 64
_MLKEM_PUBLIC_BYTES: Final = 1184


_PrivateKey = X25519PrivateKey | hpke.MLKEM768X25519PrivateKey
_PublicKey = X25519PublicKey | hpke.MLKEM768X25519PublicKey
_SUITES: Final = {
    SealingSuite.X25519: hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
    SealingSuite.X_WING: hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM),
}


class SealNotOpened(HomewardError):
    """Sealed bytes that none of the keys at hand opens, or that were changed, or sealed for another context."""

    def __init__(self) -> None:
        super().__init__("sealed bytes do not open: sealed to another key, for other headers, or changed on the way")


class UnusableSealingKey(HomewardError):
    """Bytes that are no sealing key of a known suite."""

    def __init__(self) -> None:
        super().__init__("not a sealing key: expected a known suite and its exact key length; make the key again")


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The private half of a sealing key, ready to open with; `tag` says which key sealed bytes are for."""

    suite: SealingSuite
    private_key: _PrivateKey = field(repr=False)
    tag: bytes


@dataclass(frozen=True, slots=True)
class OpeningKeys:
    """All private halves that somebody opens with, by tag."""

    by_tag: Mapping[bytes, OpeningKey] = field(repr=False)

    @classmethod
    def of(cls, private_keys: Mapping[str, bytes]) -> Self:
        """From private keys by key id, each as `new_private_key` writes it. Raises UnusableSealingKey."""
        keys = [_opening_key(private_key) for private_key in private_keys.values()]
        return cls({key.tag: key for key in keys})


def new_private_key(suite: SealingSuite, random: bytes) -> bytes:
    """A private key as it is kept: the suite's byte, then 32 random bytes (X25519 scalar, or X-Wing seed)."""
    if len(random) != _SEED_BYTES:
        raise UnusableSealingKey
    return bytes([suite]) + random


def public_key(private_key: bytes) -> bytes:
    """The public half as the directory lists it: 32 bytes (X25519), or 1,216 (ML-KEM-768, then X25519)."""
    suite, seed = _seed(private_key)
    if suite is SealingSuite.X_WING:
        kem, curve = _x_wing_halves(seed)
        return kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def salted(framed: bytes, salt: bytes) -> bytes:
    """What is sealed: 16 bytes that nobody can guess, then the framed record; so its SHA-256 gives nothing away."""
    if len(salt) != SALT_BYTES:
        message = f"a salt has {SALT_BYTES} bytes"
        raise ValueError(message)
    return salt + framed


def derived_salt(secret: bytes, message_id: str, recipient: str) -> bytes:
    """The salt of a hub output: keyed with the hub's secret, so a re-run says the same and nobody can guess it."""
    name = f"{len(message_id)}:{message_id};{recipient}".encode()
    return hmac.new(secret, name, sha256).digest()[:SALT_BYTES]


def unsalted(plaintext: bytes) -> bytes:
    """The framed record within what was sealed."""
    return plaintext[SALT_BYTES:]


def commitment(plaintext: bytes) -> bytes:
    """SHA-256 of what is sealed: ties the words to the signature after they are sealed anew."""
    return sha256(plaintext).digest()


def seal(plaintext: bytes, public_key: bytes, info: bytes, suite: int) -> bytes:
    """Suite byte, tag, encapsulated key, ciphertext. Raises UnusableSealingKey for a key that is none."""
    known, key = _public_key(suite, public_key)
    sealed = _SUITES[known].encrypt(plaintext, key, info=info)
    return bytes([known]) + _tag(public_key) + sealed


def open_sealed(sealed: bytes, keys: OpeningKeys, info: bytes) -> bytes:
    """The plaintext. Raises SealNotOpened for a wrong key, a wrong context, changed or shortened bytes."""
    key = keys.by_tag.get(sealed[1 : 1 + TAG_BYTES])
    if key is None or sealed[0] != key.suite:
        raise SealNotOpened
    try:
        return _SUITES[key.suite].decrypt(sealed[1 + TAG_BYTES :], key.private_key, info=info)
    except (InvalidTag, ValueError):
        raise SealNotOpened from None


def _tag(public: bytes) -> bytes:
    return sha256(public).digest()[:TAG_BYTES]


def _seed(private_key: bytes) -> tuple[SealingSuite, bytes]:
    if len(private_key) != 1 + _SEED_BYTES or private_key[0] not in _SUITES:
        raise UnusableSealingKey
    return SealingSuite(private_key[0]), private_key[1:]


def _x_wing_halves(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """Both halves of an X-Wing key from its seed, expanded with SHAKE-256 as X-Wing defines it."""
    expanded = shake_256(seed).digest(_MLKEM_SEED_BYTES + _SEED_BYTES)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES]),
        X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:]),
    )


def _opening_key(private_key: bytes) -> OpeningKey:
    suite, seed = _seed(private_key)
    key: _PrivateKey
    if suite is SealingSuite.X_WING:
        key = hpke.MLKEM768X25519PrivateKey(*_x_wing_halves(seed))
    else:
        key = X25519PrivateKey.from_private_bytes(seed)
    return OpeningKey(suite, key, _tag(public_key(private_key)))


@lru_cache(maxsize=1024)
def _public_key(suite: int, public: bytes) -> tuple[SealingSuite, _PublicKey]:
    try:
        if suite == SealingSuite.X25519:
            return SealingSuite.X25519, X25519PublicKey.from_public_bytes(public)
        if suite == SealingSuite.X_WING:
            kem = MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES])
            curve = X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:])
            return SealingSuite.X_WING, hpke.MLKEM768X25519PublicKey(kem, curve)
    except ValueError:
        raise UnusableSealingKey from None
    raise UnusableSealingKey
