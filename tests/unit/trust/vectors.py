"""The test vectors of the wire format: `python -m tests.unit.trust.vectors` writes them beside the page.

Everything but what HPKE seals follows from fixed keys, so the test recomputes it; what is sealed it opens.
"""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hub.entry.class_keys import class_key, sealed_block
from hub.headers import parse
from hub.ids import EpisodeId, KeyId
from hub.messages import WireMessage, chain_link, compose_directory_entry
from hub.receipts import accepted_receipt, compose_receipt, receipt_id
from hub.sealing import SealingSuite, derived_salt, public_key, seal
from hub.signing import CHAIN_START, Domain, Signer, length_prefixed, sealing_info, signing_input
from schemas.codec import encode
from schemas.records import ChildReturned, Disclosure, RegisterBlock, ReturnedTo
from tests.unit.trust.world import (
    BOARD,
    HUB_ENTRY,
    IDS,
    MESSAGE_ID,
    NOW,
    REPORT,
    ROCHDALE,
    SALT,
    TRUST,
    WORKER,
    accepted,
    message,
    private_key,
    refused,
    sealing,
    with_header,
)

FILE: Final = Path(__file__).parents[3] / "docs" / "reference" / "wire-format-vectors.json"
SECOND_ID: Final = "0192f7c1-7000-7a3b-8c4d-5e6f70819203"
EPISODE: Final = EpisodeId("5f0f4f9e-6f0b-5b7e-9d0e-6a2f3a3f7c11")
ENTRY_KEY: Final = KeyId("c0ffee00c0ffee00c0ffee00c0ffee00")
LOG_KEY: Final = b"the hub's log key"
CHILD_KEY: Final = sha256(b"a child's key").digest()
X_WING_KEY: Final = "hub-2026-03-27-x-wing"
RETURNED: Final = ChildReturned(
    child_ref="RMBC-4471", episode_ref="RMBC-26-118", returned_at=NOW, to=ReturnedTo.PLACEMENT
)

Vector = dict[str, Any]


def first_message() -> WireMessage:
    """A report, sealed with suite 1, number 1 of its chain."""
    return message()


def second_message(first: WireMessage) -> WireMessage:
    """A return, sealed with suite 2, chained to the first."""
    return message(
        RETURNED,
        message_id=SECOND_ID,
        sequence=2,
        previous=chain_link(first),
        seal_to=sealing(X_WING_KEY, SealingSuite.X_WING),
    )


def receipt_for(first: WireMessage) -> WireMessage:
    """The hub's answer to the first message."""
    return compose_receipt(
        accepted_receipt(accepted(first), (), NOW),
        ROCHDALE,
        time=NOW,
        seal_to=sealing("rochdale-1"),
        salt_secret=LOG_KEY,
        worker=WORKER,
        ids=IDS,
    )


def wire_of(wire: WireMessage) -> Vector:
    """A record of Kafka as JSON: the key as text, the value in hex."""
    headers = [[name, (value or b"").decode()] for name, value in wire.headers]
    return {"topic": wire.topic, "key": wire.key.decode(), "headers": headers, "value": wire.value.hex()}


def from_vector(vector: Vector) -> WireMessage:
    """The record of Kafka that a vector describes."""
    headers = tuple((name, value.encode()) for name, value in vector["headers"])
    return WireMessage(
        topic=vector["topic"], key=vector["key"].encode(), headers=headers, value=bytes.fromhex(vector["value"])
    )


def steps_of(wire: WireMessage, plaintext: bytes, domain: Domain) -> Vector:
    """Every intermediate value of one message, computed from the record and its plaintext."""
    headers = parse(wire.headers)
    digest = sha256(wire.value).digest()
    covered = signing_input(domain, wire.topic, wire.key, headers.signed, headers.content_type, digest)
    info = sealing_info(domain, wire.topic, wire.key, headers.signed, headers.content_type)
    return {
        "domain": domain.value,
        "plaintext": plaintext.hex(),
        "commitment": sha256(plaintext).hexdigest(),
        "info": info.hex(),
        "value_sha256": digest.hex(),
        "signed": covered.hex(),
        "chain_link": sha256(covered).hexdigest(),
    }


def _keys(signer: Signer, seed_of: str) -> Vector:
    return {
        "key_id": signer.key_id,
        "private_key": sha256(seed_of.encode()).hexdigest(),
        "public_key": signer.public_key.hex(),
    }


def _sealing_key(name: str, suite: SealingSuite) -> Vector:
    kept = private_key(name, suite)
    public = public_key(kept)
    return {
        "key_id": name,
        "suite": suite.value,
        "private_key": kept[1:].hex(),
        "public_key": public.hex(),
        "tag": sha256(public).digest()[:8].hex(),
    }


def keys() -> Vector:
    """All keys of the vectors, private halves included."""
    return {
        "agency_signing": _keys(BOARD, BOARD.key_id),
        "worker_signing": _keys(WORKER, WORKER.key_id),
        "trust": _keys(TRUST, TRUST.key_id),
        "hub_sealing": _sealing_key("hub-2026-03-27", SealingSuite.X25519),
        "hub_sealing_x_wing": _sealing_key(X_WING_KEY, SealingSuite.X_WING),
        "agency_sealing": _sealing_key("rochdale-1", SealingSuite.X25519),
    }


def refused_messages(sound: WireMessage) -> list[tuple[str, WireMessage]]:
    """Messages that must be refused: what was done to a sound one, and the result."""
    turned = bytes([sound.value[0], *sound.value[1:-1], sound.value[-1] ^ 1])
    unsigned = tuple(header for header in sound.headers if header[0] != "signature")
    return [
        ("the last bit of the value is turned", replace(sound, value=turned)),
        ("it stands on another topic", replace(sound, topic="accepted")),
        ("it stands under another key", replace(sound, key=b"gmp")),
        ("the time is another", with_header(sound, "ce_time", b"2026-03-27T22:40:00.001Z")),
        ("the time has no milliseconds", with_header(sound, "ce_time", b"2026-03-27T22:40:00Z")),
        ("a signed header stands twice", replace(sound, headers=(*sound.headers, ("ce_id", MESSAGE_ID.encode())))),
        ("a signed header stands in another case", replace(sound, headers=(*sound.headers, ("CE_ID", b"x")))),
        ("the signature is missing", replace(sound, headers=unsigned)),
        ("a header that claims to be signed was added", with_header(sound, "ce_extra", b"1")),
        ("it was sealed to somebody else", message(seal_to=sealing("rochdale-1"))),
        ("it was sent in clear", message(seal_to=None, salt=None)),
        ("it has no place in the chain", message(sequence=None, previous=None)),
        ("the record key is not the sender", message(key=b"gmp")),
    ]


def register_block() -> Vector:
    """A block of the register, with every key and intermediate value; it holds no randomness."""
    block = encode(RegisterBlock(disclosure=Disclosure.ROUTING), IDS)
    padded = (len(block).to_bytes(4) + block).ljust(2048, b"\0")
    context = length_prefixed(EPISODE.encode(), ENTRY_KEY.encode(), b"7", b"routing")
    key = class_key(CHILD_KEY, EPISODE, ENTRY_KEY, Disclosure.ROUTING)
    nonce, ciphertext = sealed_block(key, context, padded)
    return {
        "episode_id": EPISODE,
        "key_id": ENTRY_KEY,
        "sequence": 7,
        "class": "routing",
        "class_key": key.hex(),
        "context": context.hex(),
        "nonce": nonce.hex(),
        "ciphertext": ciphertext.hex(),
        "block": block.hex(),
    }


def wrap_info() -> bytes:
    """What the wrapped class key of the vectors is bound to."""
    return length_prefixed(
        b"homeward/register/key-wrap/v1", EPISODE.encode(), ENTRY_KEY.encode(), ROCHDALE.encode(), b"routing"
    )


def key_wrap() -> Vector:
    """The class key of the block, sealed to the agency."""
    target = sealing("rochdale-1")
    key = bytes.fromhex(register_block()["class_key"])
    sealed = seal(key, target.public_key, wrap_info(), target.suite)
    return {"subscriber": ROCHDALE, "info": wrap_info().hex(), "sealed": sealed.hex()}


def build() -> Vector:
    """All vectors, with fresh seals."""
    first = first_message()
    second = second_message(first)
    receipt = receipt_for(first)
    receipt_plaintext = _receipt_plaintext(first)
    return {
        "keys": keys(),
        "messages": [
            wire_of(first) | steps_of(first, SALT + encode(REPORT, IDS), Domain.MESSAGE),
            wire_of(second) | steps_of(second, SALT + encode(RETURNED, IDS), Domain.MESSAGE),
        ],
        "first_previous": CHAIN_START.hex(),
        "receipt": wire_of(receipt) | steps_of(receipt, receipt_plaintext, Domain.RECEIPT),
        "directory_entry": wire_of(compose_directory_entry(HUB_ENTRY, TRUST, IDS, NOW)),
        "register_block": register_block(),
        "key_wrap": key_wrap(),
        "refused": [
            {"what": what, "reason": refused(wire).reason.value, "answered": refused(wire).answerable} | wire_of(wire)
            for what, wire in refused_messages(first)
        ],
    }


def _receipt_plaintext(first: WireMessage) -> bytes:
    receipt = accepted_receipt(accepted(first), (), NOW)
    return derived_salt(LOG_KEY, receipt_id(receipt), ROCHDALE) + encode(receipt, IDS)


def main() -> None:
    """Write the vectors."""
    FILE.write_text(json.dumps(build(), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
