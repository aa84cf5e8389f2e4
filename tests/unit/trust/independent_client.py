"""A client of the hub that was written from `docs/reference/wire-format.md` alone and uses nothing of ours.

An Avro library, ordinary cryptography, no HPKE library: so the page is shown to be enough, and the HPKE that the hub
uses to be the standard's. One installation of one agency, sealing with suite 1.
"""

import hmac
import io
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import avro.io
import avro.schema
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Headers = list[tuple[str, bytes]]

_SUITE: Final = b"HPKE" + struct.pack(">HHH", 0x0020, 0x0001, 0x0002)
_KEM: Final = b"KEM" + struct.pack(">H", 0x0020)


def lp(*parts: bytes) -> bytes:
    """Section 0: each part after its length."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


# HPKE, RFC 9180, base mode, single message: sections 4, 4.1 and 5.1 of the standard.


def _extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256")


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    content = struct.pack(">H", length) + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, content + b"\x01", "sha256")[:length]


def _schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    context = b"\x00" + _extract(_SUITE, b"", b"psk_id_hash", b"") + _extract(_SUITE, b"", b"info_hash", info)
    secret = _extract(_SUITE, shared, b"secret", b"")
    return _expand(_SUITE, secret, b"key", context, 32), _expand(_SUITE, secret, b"base_nonce", context, 12)


def _shared(exchanged: bytes, enc: bytes, public: bytes) -> bytes:
    return _expand(_KEM, _extract(_KEM, b"", b"eae_prk", exchanged), b"shared_secret", enc + public, 32)


def hpke_seal(plaintext: bytes, public: bytes, info: bytes, ephemeral: bytes) -> bytes:
    """Section 7, suite 1: suite, tag, enc, ciphertext."""
    own = X25519PrivateKey.from_private_bytes(ephemeral)
    enc = own.public_key().public_bytes_raw()
    key, nonce = _schedule(_shared(own.exchange(X25519PublicKey.from_public_bytes(public)), enc, public), info)
    return b"\x01" + sha256(public).digest()[:8] + enc + AESGCM(key).encrypt(nonce, plaintext, b"")


def hpke_open(sealed: bytes, private: bytes, info: bytes) -> bytes:
    """Section 7, suite 1, backwards."""
    own = X25519PrivateKey.from_private_bytes(private)
    public = own.public_key().public_bytes_raw()
    assert sealed[:9] == b"\x01" + sha256(public).digest()[:8]
    enc = sealed[9:41]
    key, nonce = _schedule(_shared(own.exchange(X25519PublicKey.from_public_bytes(enc)), enc, public), info)
    return AESGCM(key).decrypt(nonce, sealed[41:], b"")


def context(domain: bytes, topic: str, key: bytes, headers: Headers, content_type: bytes) -> bytes:
    """Section 5 up to the value's digest."""
    signed = sorted(header for header in headers if header[0].startswith("ce_"))
    parts = [part for name, value in signed for part in (name.encode(), value)]
    return lp(domain, topic.encode(), key) + struct.pack(">I", len(signed)) + lp(*parts, content_type)


@dataclass
class Installation:
    """One installation of an agency, and how far its chain has come (section 6)."""

    agency: str
    key_id: str
    private_key: bytes
    hub_sealing_key: bytes
    number: int = 0
    link: bytes = bytes(32)

    def message(
        self,
        *,
        record_type: str,
        fields: dict[str, Any],
        schema: str,
        schema_id: int,
        message_id: str,
        time: str,
        salt: bytes,
        ephemeral: bytes,
    ) -> tuple[str, bytes, Headers, bytes]:
        """Section 8: topic, record key, headers and value of the next message."""
        body = io.BytesIO()
        avro.io.DatumWriter(avro.schema.parse(schema)).write(fields, avro.io.BinaryEncoder(body))
        plaintext = salt + b"\x00" + struct.pack(">I", schema_id) + body.getvalue()
        self.number += 1
        headers: Headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", message_id.encode()),
            ("ce_type", record_type.encode()),
            ("ce_source", self.agency.encode()),
            ("ce_time", time.encode()),
            ("ce_keyid", self.key_id.encode()),
            ("ce_commitment", sha256(plaintext).hexdigest().encode()),
            ("ce_sequence", str(self.number).encode()),
            ("ce_previous", self.link.hex().encode()),
        ]
        content_type, key = b"application/vnd.homeward.sealed", self.agency.encode()
        bound = context(b"homeward/v1/message", "inbound", key, headers, content_type)
        info = sha256(lp(b"homeward/v1/sealing") + bound).digest()
        value = hpke_seal(plaintext, self.hub_sealing_key, info, ephemeral)
        signed = bound + lp(sha256(value).digest())
        self.link = sha256(signed).digest()
        signature = Ed25519PrivateKey.from_private_bytes(self.private_key).sign(signed)
        headers += [("content-type", content_type), ("signature", signature.hex().encode())]
        return "inbound", key, headers, value


def counted(ids: list[bytes]) -> bytes:
    """Section 11: the hash of a mailbox's records, by their ids in the order of offsets."""
    rolling = bytes(32)
    for each in ids:
        rolling = sha256(rolling + lp(each)).digest()
    return rolling


def open_receipt(
    topic: str, key: bytes, headers: Headers, value: bytes, *, worker_key: bytes, private: bytes, schema: str
) -> dict[str, Any]:
    """Section 11 for a receipt: verify under the worker's key, open with our own, decode."""
    named = dict(headers)
    bound = context(b"homeward/v1/receipt", topic, key, headers, named["content-type"])
    signature = bytes.fromhex(named["signature"].decode())
    Ed25519PublicKey.from_public_bytes(worker_key).verify(signature, bound + lp(sha256(value).digest()))
    plaintext = hpke_open(value, private, sha256(lp(b"homeward/v1/sealing") + bound).digest())
    assert sha256(plaintext).hexdigest().encode() == named["ce_commitment"]
    body = io.BytesIO(plaintext[16 + 5 :])
    receipt = avro.io.DatumReader(avro.schema.parse(schema)).read(avro.io.BinaryDecoder(body))
    assert isinstance(receipt, dict)
    return receipt
