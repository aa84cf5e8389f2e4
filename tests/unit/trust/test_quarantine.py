"""What is kept for the operators: whole where it can be, opened by their key alone, put through again if parked."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from deploy.quarantine import Kept, NoSuchKept, NotReplayable, original, the_one
from hub.directory import Directory
from hub.ids import AgencyId
from hub.messages import OpenedMessage, Refusal, WireMessage, open_from_hub
from hub.sealing import OpeningKeys
from schemas.records import AgencyKind, Quarantined
from streams.arrivals import Arrival
from streams.hub_records import HubRecords, NoOperatorsKey
from tests.unit.trust.world import (
    DIRECTORY,
    IDS,
    NOW,
    ROCHDALE,
    ROCHDALE_KEYS,
    WORKER,
    entry,
    listed,
    message,
    private_key,
    refused,
    sealing,
    signer,
    with_header,
)

OPERATORS: Final = entry(AgencyId("operators"), AgencyKind.HUB, listed(signer("nobody")), sealing("operators-1"))
KNOWN: Final = DIRECTORY.with_entry(OPERATORS)
OPERATORS_KEYS: Final = OpeningKeys.of({"operators-1": private_key("operators-1")})


def records(directory: Directory = KNOWN) -> HubRecords:
    secrets: Any = SimpleNamespace(worker=WORKER, log_key=b"l" * 32)
    feed: Any = SimpleNamespace(current=directory)
    return HubRecords(secrets, IDS, feed)


def arrival(wire: WireMessage, **changed: object) -> Arrival:
    event: Any = None
    came = Arrival(
        topic=wire.topic, partition=3, offset=41, appended_at=NOW, key=wire.key, value=wire.value,
        headers=wire.headers, event=event, delivered=True,
    )  # fmt: skip
    return replace(came, **changed)  # type: ignore[arg-type]  # some field of it


def opened(wire: WireMessage) -> Quarantined:
    found = open_from_hub(wire, KNOWN, OPERATORS_KEYS, IDS, NOW)
    assert isinstance(found, OpenedMessage), found
    assert isinstance(found.record, Quarantined)
    return found.record


def kept(wire: WireMessage) -> Kept:
    return Kept(id=dict(wire.headers)["ce_id"].decode(), record=opened(wire))  # type: ignore[union-attr]


def test_a_parked_record_is_put_through_exactly_as_it_came() -> None:
    wire = message()
    parked = kept(records().parked(arrival(wire)))
    assert (parked.reason, parked.is_parked, parked.record.claimed_agency) == ("hub_fault", True, ROCHDALE)
    assert original(parked) == replace(wire, headers=tuple(wire.headers))


def test_the_longest_lists_of_the_hub_s_own_headers_are_kept_whole() -> None:
    long = (*message().headers, ("hub_verdict", b"v" * 64_000), ("ce_told", b"t" * 64_000))
    parked = kept(records().parked(arrival(replace(message(), topic="accepted", headers=long))))
    assert original(parked).headers == long


@pytest.mark.parametrize(
    "changed",
    [
        {"value": b"x" * 220_000},
        {"headers": (("ce_told", b"t" * 64_001),)},
        {"headers": (("a" * 101, b""),)},
        {"headers": tuple((f"h{number}", b"") for number in range(101))},
        {"key": b"k" * 1001},
        {"headers": (("ce_id", None),)},
    ],
)
def test_what_is_not_kept_whole_is_not_put_through(changed: dict[str, object]) -> None:
    parked = kept(records().parked(arrival(message(), **changed)))
    assert parked.record.is_whole is False
    with pytest.raises(NotReplayable, match="not kept whole"):
        original(parked)


def test_what_was_refused_is_not_put_through() -> None:
    forged = with_header(message(), "ce_subject", b"x")
    found = kept(records().quarantined(arrival(forged), refused(forged)))
    assert (found.reason, found.is_parked, found.record.is_whole) == ("bad_signature", False, True)
    with pytest.raises(NotReplayable, match="bad_signature"):
        original(found)


def test_what_was_parked_before_grounds_were_named_is_still_known_for_it() -> None:
    record = opened(records().parked(arrival(message())))
    (finding,) = record.reasons
    before = replace(record, reason=None, is_whole=None, reasons=(replace(finding, rule="hub_fault"),))
    found = Kept(id="x", record=before)
    assert found.is_parked
    with pytest.raises(NotReplayable, match="not kept whole"):
        original(found)


def test_only_the_operators_open_it_and_without_their_key_nothing_is_kept() -> None:
    wire = records().parked(arrival(message()))
    assert isinstance(open_from_hub(wire, KNOWN, ROCHDALE_KEYS, IDS, NOW), Refusal)
    with pytest.raises(NoOperatorsKey):
        records(DIRECTORY).parked(arrival(message()))


@pytest.mark.parametrize("source", [None, b"x" * 41, b"\xff\xfe"])
def test_headers_of_anybody_do_not_stop_the_parking(source: bytes | None) -> None:
    found = kept(records().parked(arrival(message(), headers=(("ce_source", source),))))
    assert found.is_parked
    assert len(found.record.claimed_agency or "") <= 2


def test_a_name_is_the_beginning_of_one_id() -> None:
    record = opened(records().parked(arrival(message())))
    found = [Kept(id=name, record=record) for name in ("3f0a11c2", "3f0b", "9b27")]
    assert the_one("9", found).id == "9b27"
    for name in ("3f0", "", "c"):
        with pytest.raises(NoSuchKept):
            the_one(name, found)


def test_the_words_of_a_fault_promise_what_a_command_does() -> None:
    (finding,) = opened(records().parked(arrival(message()))).reasons
    assert "operators put it through again" in finding.remedy
