"""The wire format is what its page says: a client written from the page alone talks to the hub and back."""

import ast
import json
from pathlib import Path

import pytest

from hub.mailbox import Account
from hub.messages import OpenedMessage, Reason, Refusal, WireMessage, open_message
from hub.receipts import accepted_receipt, compose_receipt
from hub.sealing import OpeningKeys
from schemas.records import ChildReturned, ReturnedTo
from schemas.sources import newest
from tests.unit.trust import independent_client
from tests.unit.trust.independent_client import Headers, Installation, counted, open_receipt
from tests.unit.trust.world import BOARD, DIRECTORY, IDS, MESSAGE_ID, NOW, ROCHDALE, WORKER, private_key, sealing

SECOND_ID = "0192f7c1-7000-7a3b-8c4d-5e6f70819203"
TIME = "2026-03-27T22:40:00.000Z"
HUB_KEY = "hub-2026-03-27"


def installation() -> Installation:
    return Installation(
        agency=ROCHDALE,
        key_id=BOARD.key_id,
        private_key=BOARD.private_key.private_bytes_raw(),
        hub_sealing_key=sealing(HUB_KEY).public_key,
    )


def returned(client: Installation, message_id: str = MESSAGE_ID) -> tuple[str, bytes, Headers, bytes]:
    schema = newest("ChildReturned").schema
    fields = {field["name"]: field["default"] for field in schema["fields"] if "default" in field}
    return client.message(
        record_type="ChildReturned",
        fields=fields | {"child_ref": "RMBC-4471", "returned_at": NOW, "to": "placement"},
        schema=json.dumps(schema),
        schema_id=IDS.id_of(ChildReturned),
        message_id=message_id,
        time=TIME,
        salt=bytes(range(16)),
        ephemeral=bytes(range(32)),
    )


def opened(topic: str, key: bytes, headers: Headers, value: bytes) -> OpenedMessage | Refusal:
    keys = OpeningKeys.of({HUB_KEY: private_key(HUB_KEY)})
    return open_message(WireMessage(topic=topic, key=key, headers=headers, value=value), DIRECTORY, keys, IDS, NOW)


def test_the_client_uses_nothing_of_ours() -> None:
    tree = ast.parse(Path(independent_client.__file__ or "").read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    rooms = {"schemas", "hub", "producers", "consumers", "streams", "deploy", "tests"}
    assert not {name.split(".")[0] for name in imported} & rooms
    assert not any("hpke" in name for name in imported)


def test_a_message_written_from_the_page_alone_is_accepted() -> None:
    message = opened(*returned(installation()))
    assert isinstance(message, OpenedMessage)
    assert message.record == ChildReturned(child_ref="RMBC-4471", returned_at=NOW, to=ReturnedTo.PLACEMENT)


def test_its_chain_is_the_hubs() -> None:
    client = installation()
    first, second = opened(*returned(client)), opened(*returned(client, SECOND_ID))
    assert isinstance(first, OpenedMessage)
    assert isinstance(second, OpenedMessage)
    assert (second.sequence, second.previous) == (2, first.signing_digest)


@pytest.mark.parametrize("position", [0, 8, 9, 40, 41, -1])
def test_one_bit_of_it_changed_is_refused(position: int) -> None:
    topic, key, headers, value = returned(installation())
    turned = bytearray(value)
    turned[position] ^= 1
    refusal = opened(topic, key, headers, bytes(turned))
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.answerable) == (Reason.BAD_SIGNATURE, False)


def test_it_reads_the_receipt_that_answers_it() -> None:
    message = opened(*returned(installation()))
    assert isinstance(message, OpenedMessage)
    answer = compose_receipt(
        accepted_receipt(message, (), NOW),
        ROCHDALE,
        time=NOW,
        seal_to=sealing("rochdale-1"),
        salt_secret=b"secret",
        worker=WORKER,
        ids=IDS,
    )
    receipt = open_receipt(
        answer.topic,
        answer.key,
        [(name, value or b"") for name, value in answer.headers],
        answer.value,
        worker_key=WORKER.public_key,
        private=private_key("rochdale-1")[1:],
        schema=json.dumps(newest("Receipt").schema),
    )
    assert str(receipt["message_id"]) == MESSAGE_ID
    assert receipt["outcome"] == "accepted"
    assert receipt["value_digest"] == message.value_digest


def test_it_counts_a_mailbox_as_the_hub_states_it() -> None:
    ids = [MESSAGE_ID.encode(), b"", SECOND_ID.encode(), MESSAGE_ID.encode()]
    account = Account()
    for offset, each in enumerate(ids):
        account = account.with_record(2 * offset, each)
    assert counted(ids) == account.rolling_hash
    assert counted(ids[:-1]) != account.rolling_hash
