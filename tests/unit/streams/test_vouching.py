"""A record of the log names the one that its worker wrote before it, and one signature vouches for all of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from hub.directory import Directory
from hub.ids import HUB
from hub.messages import WireMessage, compose_from_hub, event_link
from schemas.records import EventBatch
from streams.side_work import verified
from tests.unit.review.hub_in_memory import IDS, LONG_AGO, PARTITIONS, signer
from tests.unit.streams.test_rebuild import POLICE, fetch, told_hub

Records = list[tuple[WireMessage, datetime]]


async def a_log(folder: Path) -> tuple[Records, Directory]:
    """The longest partition of a log with every kind of record, and the directory by which it was written."""
    async with told_hub(folder) as hub:
        await fetch(hub, POLICE)
        longest = max(range(PARTITIONS), key=lambda number: len(hub.broker.log("events", number)))
        kept = [each for each in hub.broker.log("events", longest) if each is not None]
        assert {each.header("ce_type") for each in kept} >= {"MissingReported", "Told", "EventBatch"}
        return [(hub.wire("events", each), each.at) for each in kept], hub.directory


def without_signature(wire: WireMessage) -> WireMessage:
    return replace(
        wire, headers=tuple((name, b"0" * 128 if name == "signature" else value) for name, value in wire.headers)
    )


def named(records: Records) -> list[bool]:
    """Of each record whether a later one of these names it."""
    links = [event_link(wire) for wire, _ in records]
    says = [dict(wire.headers).get("ce_previous") for wire, _ in records]
    return [links[place].hex().encode() in says[place + 1 :] for place in range(len(records))]


def is_genuine(records: Records, directory: Directory) -> Sequence[bool]:
    return [bool(each) for each in verified(records, directory, IDS)]


async def test_only_the_last_record_of_each_worker_needs_its_signature(tmp_path: Path) -> None:
    records, directory = await a_log(tmp_path)
    is_named = named(records)
    assert is_named.count(False) == 2, "identity and the register, and nobody else, wrote here"
    assert all(is_genuine(records, directory))
    bare = [
        (without_signature(wire) if known else wire, at) for (wire, at), known in zip(records, is_named, strict=True)
    ]
    assert all(is_genuine(bare, directory))


async def test_a_record_that_nobody_vouches_for_is_refused_without_its_signature(tmp_path: Path) -> None:
    records, directory = await a_log(tmp_path)
    for place in (place for place, known in enumerate(named(records)) if not known):
        wire, at = records[place]
        hit = [*records[:place], (without_signature(wire), at), *records[place + 1 :]]
        assert [number for number, genuine in enumerate(is_genuine(hit, directory)) if not genuine] == [place]


@pytest.mark.parametrize("what", ["value", "header", "key"])
async def test_a_changed_record_is_refused_and_no_other(tmp_path: Path, what: str) -> None:
    records, directory = await a_log(tmp_path)
    for place, (wire, at) in enumerate(records):
        changed = {
            "value": replace(wire, value=wire.value[:-1] + bytes([wire.value[-1] ^ 1])),
            "header": replace(
                wire, headers=tuple((n, b"2020" + (v or b"")[4:] if n == "ce_time" else v) for n, v in wire.headers)
            ),
            "key": replace(wire, key=wire.key + b"0"),
        }[what]
        hit = [*records[:place], (changed, at), *records[place + 1 :]]
        assert [number for number, genuine in enumerate(is_genuine(hit, directory)) if not genuine] == [place]


async def test_a_key_that_was_revoked_is_not_saved_by_whoever_vouches(tmp_path: Path) -> None:
    records, directory = await a_log(tmp_path)
    entry = directory.entries[HUB]
    revoked = tuple(
        replace(key, revoked_at=LONG_AGO) if key.key_id == "identity-0" else key for key in entry.signing_keys
    )
    known = Directory(MappingProxyType({**directory.entries, HUB: replace(entry, signing_keys=revoked)}))
    of_identity = [dict(wire.headers)["ce_keyid"] == b"identity-0" for wire, _ in records]
    assert any(of_identity)
    assert is_genuine(records, known) == [not its for its in of_identity]


async def test_nobody_vouches_in_the_name_of_another_key(tmp_path: Path) -> None:
    records, directory = await a_log(tmp_path)
    _, at = records[-1]
    forged = without_signature(records[0][0])
    assert dict(forged.headers)["ce_keyid"] == b"identity-0"
    batch = EventBatch(events=())
    for key, is_believed in (("register-0", False), ("identity-0", True)):
        voucher = compose_from_hub(
            batch, topic="events", key=forged.key, message_id="0192f7c1-6d5e-7a3b-8c4d-00000000ffff", time=at,
            worker=signer(key), ids=IDS, cause="0192f7c1-6d5e-7a3b-8c4d-00000000ffff", previous=event_link(forged),
        )  # fmt: skip
        assert is_genuine([(forged, records[0][1]), (voucher, at)], directory)[0] is is_believed


async def test_a_log_with_a_record_missing_is_verified_by_signatures(tmp_path: Path) -> None:
    records, directory = await a_log(tmp_path)
    assert all(is_genuine(records[:3] + records[4:], directory))
