"""The wire format's page and its test vectors hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub import headers
from hub.entry.class_keys import opened_block
from hub.messages import OpenedMessage, open_directory_entry, open_from_hub
from hub.messages.wire import AT_REST, AVRO, SEALED
from hub.refusal import Reason
from hub.sealing import OpeningKeys, SealingSuite, open_sealed
from hub.signing import Domain, verifies
from schemas.codec import encode
from schemas.records import Receipt
from tests.unit.trust import vectors
from tests.unit.trust.world import (
    BOARD,
    DIRECTORY,
    HUB_ENTRY,
    IDS,
    NOW,
    REPORT,
    ROCHDALE_KEYS,
    SALT,
    TRUST,
    at_intake,
    private_key,
    refused,
)

PAGE = Path(vectors.FILE).with_name("wire-format.md").read_text("utf-8")
VECTORS: dict[str, Any] = json.loads(vectors.FILE.read_text("utf-8"))
STALE = "run: python -m tests.unit.trust.vectors"
KEYS = OpeningKeys.of(
    {
        "hub-2026-03-27": private_key("hub-2026-03-27"),
        vectors.X_WING_KEY: private_key(vectors.X_WING_KEY, SealingSuite.X_WING),
    }
)


def test_the_page_names_every_word_of_the_format() -> None:
    words = {*Domain, *Reason, SEALED, AVRO, AT_REST, headers.TRACE, headers.SIGNATURE, headers.CONTENT_TYPE}
    words |= {value for name, value in vars(headers).items() if name.isupper() and str(value).startswith("ce_")}
    assert {str(word) for word in words if f"`{word}`" not in PAGE} == set()


def test_the_keys_are_as_written() -> None:
    assert VECTORS["keys"] == vectors.keys(), STALE


@pytest.mark.parametrize("index", [0, 1])
def test_every_step_of_a_message_is_as_written(index: int) -> None:
    written = VECTORS["messages"][index]
    wire = vectors.from_vector(written)
    plaintext = SALT + encode([REPORT, vectors.RETURNED][index], IDS)
    assert written == vectors.wire_of(wire) | vectors.steps_of(wire, plaintext, Domain.MESSAGE), STALE
    signature = bytes.fromhex(dict(written["headers"])["signature"])
    assert verifies(BOARD.public_key, signature, bytes.fromhex(written["signed"]))
    assert open_sealed(wire.value, KEYS, bytes.fromhex(written["info"])) == plaintext


def test_the_messages_are_chained() -> None:
    first, second = (dict(written["headers"]) for written in VECTORS["messages"])
    assert first["ce_previous"] == VECTORS["first_previous"]
    assert second["ce_previous"] == VECTORS["messages"][0]["chain_link"]


def test_the_first_message_is_accepted() -> None:
    assert isinstance(at_intake(vectors.from_vector(VECTORS["messages"][0])), OpenedMessage)


def test_the_receipt_opens_and_answers_it() -> None:
    opened = open_from_hub(vectors.from_vector(VECTORS["receipt"]), DIRECTORY, ROCHDALE_KEYS, IDS, NOW)
    assert isinstance(opened, OpenedMessage)
    assert isinstance(opened.record, Receipt)
    assert opened.record.value_digest.hex() == VECTORS["messages"][0]["value_sha256"]
    assert opened.plaintext.hex() == VECTORS["receipt"]["plaintext"]


def test_the_directory_entry_verifies_under_the_trust_key() -> None:
    wire = vectors.from_vector(VECTORS["directory_entry"])
    assert open_directory_entry(wire, TRUST.public_key, IDS) == HUB_ENTRY, STALE


def test_the_register_block_is_as_written_and_its_key_opens_from_the_wrap() -> None:
    written = VECTORS["register_block"]
    assert written == vectors.register_block(), STALE
    wrap = VECTORS["key_wrap"]
    key = open_sealed(bytes.fromhex(wrap["sealed"]), ROCHDALE_KEYS, bytes.fromhex(wrap["info"]))
    assert key.hex() == written["class_key"]
    nonce, ciphertext, context = (bytes.fromhex(written[name]) for name in ("nonce", "ciphertext", "context"))
    padded = opened_block(key, context, nonce, ciphertext)
    assert padded[4 : 4 + int.from_bytes(padded[:4])].hex() == written["block"]


@pytest.mark.parametrize("written", VECTORS["refused"], ids=lambda written: str(written["what"]))
def test_what_must_be_refused_is_refused(written: dict[str, Any]) -> None:
    refusal = refused(vectors.from_vector(written))
    assert (refusal.reason.value, refusal.answerable) == (written["reason"], written["answered"])
