"""What cannot be trusted or read is kept and refused; what can be read is accepted, whatever it says.

Every refusal is opened from quarantine with the operators' key; a signed receipt goes out where the sender is proven
and none otherwise. A message sent afterwards by the same sender is answered, so the worker never lost its place.
"""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from consumers import Inbox, InboxAlert
from deploy.cli import shapes
from hub.failed_verification import minute_of
from hub.messages import WireMessage
from hub.signing import Signer
from schemas.codec import encode
from schemas.records import (
    Address,
    AgencyMessage,
    AlertKind,
    ChildFound,
    Contact,
    DeskAlert,
    Identifier,
    IdentifierKind,
    LastSeen,
    MissingReported,
    Person,
    PoliceResponse,
    ReceiptOutcome,
    SigningKey,
)
from tests.faults.points import Fault
from tests.kafka.commands import run
from tests.kafka.way.town import POLICE, ROCHDALE, SALFORD, Installation, Town, id_of, missing_report

pytestmark = pytest.mark.timeout(300)

Spoil = Callable[[Installation], WireMessage]


def with_header(wire: WireMessage, name: str, value: bytes) -> WireMessage:
    return replace(wire, headers=tuple((n, value if n == name else v) for n, v in wire.headers))


def framed(sender: Installation) -> bytes:
    return encode(missing_report("bad"), sender.town.ids)


def signature_changed(sender: Installation) -> WireMessage:
    return with_header(sender.write(missing_report("bad")), "signature", b"0" * 128)


def bit_changed(sender: Installation) -> WireMessage:
    wire = sender.write(missing_report("bad"))
    return replace(wire, value=wire.value[:-1] + bytes([wire.value[-1] ^ 1]))


def other_record_key(sender: Installation) -> WireMessage:
    return replace(sender.write(missing_report("bad")), key=SALFORD.encode())


def unknown_agency(sender: Installation) -> WireMessage:
    return with_header(sender.write(missing_report("bad")), "ce_source", b"E99999999")


def key_of_nobody(sender: Installation) -> WireMessage:
    return replace(sender, signer=Signer.from_bytes("no-such-key", secrets.token_bytes(32))).write(
        missing_report("bad")
    )


def header_twice(sender: Installation) -> WireMessage:
    wire = sender.write(missing_report("bad"))
    return replace(wire, headers=(*wire.headers, ("ce_id", b"00000000-0000-4000-8000-000000000000")))


def no_headers(sender: Installation) -> WireMessage:
    return replace(sender.write(missing_report("bad")), headers=())


def nothing_at_all(sender: Installation) -> WireMessage:
    return WireMessage(topic="inbound", key=sender.agency.encode(), headers=(), value=b"")


UNPROVEN: Final[dict[str, tuple[Spoil, str]]] = {
    "bad signature": (signature_changed, "signature"),
    "one bit changed": (bit_changed, "signature"),
    "replayed under another record key": (other_record_key, "signature"),
    "unknown agency": (unknown_agency, "ce_source"),
    "unknown key": (key_of_nobody, "ce_keyid"),
    "a header twice": (header_twice, "ce_id"),
    "no headers": (no_headers, "ce_specversion"),
    "nothing at all": (nothing_at_all, "ce_specversion"),
}

BODIES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "malformed": lambda sound: sound[:5] + b"\xff" * 20,
    "truncated": lambda sound: sound[:-3],
    "trailing bytes": lambda sound: sound + b"\x00",
    "wrong schema id": lambda sound: b"\x00" + (999_999).to_bytes(4) + sound[5:],
    "wrong magic byte": lambda sound: b"\x01" + sound[1:],
    "an over-long varint": lambda sound: sound[:5] + b"\x80" * 11 + b"\x01",
    "a union index of -1": lambda sound: sound[:5] + b"\x01" + sound[6:],
    "a string of 2^62 bytes": lambda sound: sound[:5] + b"\x02" + b"\xfe" + b"\xff" * 8 + b"\x7f",
    "invalid UTF-8": lambda sound: sound[:5] + b"\x02\x04\xc3\x28" + sound[5:],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("name", UNPROVEN)
async def test_who_is_not_proven_is_refused_and_not_answered(town: Town, name: str) -> None:
    spoil, field = UNPROVEN[name]
    sender = town.shared_installation(ROCHDALE)
    wire = spoil(sender)
    await town.send(wire)
    kept = await town.kept(wire)
    assert field in {finding.field for finding in kept.reasons}
    assert (kept.original_topic, kept.key) == ("inbound", wire.key)
    (after,) = await sender.send(missing_report("sound"))
    await town.receipt(ROCHDALE, after)
    assert not any(town.receipts(ROCHDALE, value.decode()) for key, value in wire.headers if key == "ce_id" and value)


@pytest.mark.parametrize("name", BODIES)
async def test_what_cannot_be_read_is_refused_with_a_receipt_that_says_why(town: Town, name: str) -> None:
    sender = town.shared_installation(ROCHDALE)
    wire = sender.write_framed(BODIES[name](framed(sender)))
    await town.send(wire)
    receipt = await town.receipt(ROCHDALE, id_of(wire))
    assert receipt.outcome is ReceiptOutcome.REJECTED
    assert all(finding.field and finding.rule and finding.remedy for finding in receipt.findings)
    assert "Testa" not in str(receipt)
    await town.kept(wire)
    await town.until(lambda: bool(alerts_about(town, wire)), "the duty desk alerted")
    (alert,) = alerts_about(town, wire)
    assert alert.findings == receipt.findings
    assert not town.with_id("accepted", id_of(wire))


def alerts_about(town: Town, wire: WireMessage) -> list[DeskAlert]:
    return [alert for alert in town.alerts(ROCHDALE) if alert.message_id == id_of(wire)]


@pytest.mark.parametrize("point", [None, 2])
async def test_forgeries_without_number_are_one_alert_a_minute_to_whose_name_it_is(
    town: Town, point: int | None
) -> None:
    sender = town.shared_installation(POLICE)
    forged = [
        replace(with_header(sender.write(missing_report("forged")), "signature", b"0" * 128), key=key)
        for key in (POLICE.encode(), SALFORD.encode(), b"x", b"y")
        for _ in range(6)
    ]
    fault = Fault(point="send all", call=point or 1)
    with town.fault("intake", fault) if point else contextlib.nullcontext():
        for some in (forged[:12], forged[12:]):  # at least two batches, of which the second is hit
            await town.send(*some)
            for wire in some:
                await town.kept(wire)
    (after,) = await sender.send(missing_report("sound"))
    await town.receipt(POLICE, after)
    await town.until(lambda: bool(town.alerts(POLICE)), "the duty desk alerted")
    alerts = {alert.alert_id: alert for alert in town.alerts(POLICE)}
    assert len({minute_of(alert.issued_at) for alert in alerts.values()}) == len(alerts)
    assert len({(alert.alert_id, str(alert)) for alert in town.alerts(POLICE)}) == len(alerts)
    assert {alert.kind for alert in alerts.values()} == {AlertKind.FAILED_VERIFICATION}
    assert not any(town.receipts(POLICE, id_of(wire)) for wire in forged)


@pytest.mark.parametrize("window", ["expired", "revoked"])
async def test_a_key_outside_its_time_is_refused_and_its_owner_told(town: Town, window: str) -> None:
    now = datetime.now(UTC)
    signer = Signer.from_bytes(f"{ROCHDALE}-{window}", secrets.token_bytes(32))
    key = SigningKey(
        key_id=signer.key_id, public_key=signer.public_key, installation="old", valid_from=now - timedelta(days=2)
    )
    hour_ago = now - timedelta(hours=1)
    ended = replace(key, valid_until=hour_ago) if window == "expired" else replace(key, revoked_at=hour_ago)
    await town.list_keys(ROCHDALE, ended)
    wire = Installation(agency=ROCHDALE, signer=signer, town=town).write(missing_report("old key"))
    await town.send(wire)
    receipt = await town.receipt(ROCHDALE, id_of(wire))
    assert receipt.outcome is ReceiptOutcome.REJECTED
    assert [finding.field for finding in receipt.findings] == ["ce_keyid"]
    await town.kept(wire)


async def test_revoking_a_key_takes_effect_while_the_workers_run(town: Town) -> None:
    sender = town.installation(ROCHDALE)
    (before,) = await sender.send(missing_report("before revocation"))
    assert (await town.receipt(ROCHDALE, before)).outcome is not ReceiptOutcome.REJECTED
    entry = town.known.agency(ROCHDALE)
    assert entry is not None
    (key,) = [key for key in entry.signing_keys if key.key_id == sender.signer.key_id]
    await town.list_keys(ROCHDALE, replace(key, revoked_at=datetime.now(UTC) - timedelta(seconds=1)))

    outcomes: list[ReceiptOutcome] = []
    for _ in range(20):
        (after,) = await sender.send(missing_report("after revocation"))
        outcomes.append((await town.receipt(ROCHDALE, after)).outcome)
        if outcomes[-1] is ReceiptOutcome.REJECTED:
            break
    assert outcomes[-1] is ReceiptOutcome.REJECTED


async def test_what_is_larger_than_the_topic_takes_is_refused_by_the_broker(town: Town) -> None:
    wire = town.shared_installation(ROCHDALE).write_framed(os.urandom(140 * 1024))
    with pytest.raises(MessageSizeTooLargeError):
        await town.send(wire)


async def test_a_message_sealed_to_somebody_else_is_refused_and_answered(town: Town) -> None:
    sender = town.shared_installation(ROCHDALE)
    wire = sender.write_framed(framed(sender), seal_to=town.known.sealing_key(ROCHDALE, datetime.now(UTC)))
    await town.send(wire)
    receipt = await town.receipt(ROCHDALE, id_of(wire))
    assert [finding.field for finding in receipt.findings] == ["value"]


NOW: Final = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
HOSTILE: Final = "Robert'); DROP TABLE children;--<script>\u202e=HYPERLINK\u0000\n"
ODD: Final[dict[str, tuple[AgencyMessage, str, ReceiptOutcome]]] = {
    "recorded before it happened": (
        missing_report("odd", occurred_at=NOW, recorded_at=NOW - timedelta(hours=2)),
        "recorded_at",
        ReceiptOutcome.ACCEPTED,
    ),
    "in the future": (
        missing_report("odd", occurred_at=datetime(2040, 1, 1, tzinfo=UTC)),
        "occurred_at",
        ReceiptOutcome.ACCEPTED,
    ),
    "born tomorrow": (
        missing_report("odd", person=Person(given_names="Testa", date_of_birth=date(2090, 2, 1))),
        "person.date_of_birth",
        ReceiptOutcome.ACCEPTED_WITH_GAPS,
    ),
    "an area that is none": (
        missing_report("odd", last_seen=LastSeen(at=NOW, area_code="Narnia")),
        "last_seen.area_code",
        ReceiptOutcome.ACCEPTED,
    ),
    "an identifier that is none": (
        missing_report(
            "odd",
            person=Person(
                given_names="Testa", identifiers=(Identifier(kind=IdentifierKind.NHS_NUMBER, value="9434765918"),)
            ),
        ),
        "person.identifiers[0].value",
        ReceiptOutcome.ACCEPTED,
    ),
    "outside the sender's role": (PoliceResponse(child_ref="R-odd"), "ce_type", ReceiptOutcome.ACCEPTED_WITH_GAPS),
    "only a reference": (MissingReported(child_ref="R"), "contact.telephone", ReceiptOutcome.ACCEPTED_WITH_GAPS),
    "nothing at all": (MissingReported(), "child_ref", ReceiptOutcome.ACCEPTED_WITH_GAPS),
    "found, no more said": (ChildFound(child_ref="R-odd"), "found_at", ReceiptOutcome.ACCEPTED_WITH_GAPS),
    "a hostile name": (
        missing_report(
            "odd", person=Person(given_names=HOSTILE, family_name="O\u2019Connor", home=Address(line=HOSTILE)),
            contact=Contact(name=HOSTILE, telephone=HOSTILE[:40]),
        ),
        "person.given_names",
        ReceiptOutcome.ACCEPTED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_what_it_says_is_never_a_reason_to_refuse(town: Town, name: str) -> None:
    record, field, outcome = ODD[name]
    (report,) = await town.shared_installation(ROCHDALE).send(record)
    receipt = await town.receipt(ROCHDALE, report)
    assert field in {finding.field for finding in receipt.findings}
    assert receipt.outcome is outcome
    await town.until(lambda: bool(town.with_id("events", report)), "the report in a child's log")
    assert HOSTILE not in str(receipt)


async def test_a_clock_that_is_ahead_is_counted_for_the_alarm_and_a_late_report_is_not(town: Town) -> None:
    kind = {"agency_kind": "authority"}
    before = await town.metric("intake", "homeward_clocks_ahead_total", **kind) or 0
    sender = town.shared_installation(ROCHDALE)
    records = (missing_report("late", occurred_at=NOW), ODD["in the future"][0])
    for report in await sender.send(*records):
        await town.receipt(ROCHDALE, report)
    assert await town.metric("intake", "homeward_clocks_ahead_total", **kind) == before + 1


async def test_a_text_over_its_cap_is_cut_and_asked_back(town: Town) -> None:
    sender = town.shared_installation(ROCHDALE)
    marked = "circumstances that are marked"
    sound = encode(missing_report("long", circumstances=marked), town.ids)
    at = sound.index(marked.encode())
    length = 20_000
    assert sound[at - 1] == 2 * len(marked)
    zigzag = bytes([length * 2 & 0x7F | 0x80, length * 2 >> 7 & 0x7F | 0x80, length * 2 >> 14])
    wire = sender.write_framed(sound[: at - 1] + zigzag + b"x" * length + sound[at + len(marked) :])
    await town.send(wire)
    receipt = await town.receipt(ROCHDALE, id_of(wire))
    assert receipt.outcome is ReceiptOutcome.ACCEPTED_WITH_GAPS
    assert "circumstances" in {finding.field for finding in receipt.findings}


async def test_a_header_that_is_none_of_ours_is_left_out_and_counted(town: Town) -> None:
    before = await town.metric("intake", "homeward_unknown_headers_total")
    assert before is not None
    wire = town.shared_installation(ROCHDALE).write(missing_report("more headers"))
    await town.send(replace(wire, headers=(*wire.headers, ("x-trace", b"1"), ("x-child", b"Testa"))))
    await town.receipt(ROCHDALE, id_of(wire))
    await town.until(lambda: bool(town.with_id("accepted", id_of(wire))), "the message accepted")
    (accepted,) = town.with_id("accepted", id_of(wire))
    assert not {"x-trace", "x-child"} & {name for name, _ in accepted.headers}
    assert await town.metric("intake", "homeward_unknown_headers_total") == before + 2


async def test_the_duty_desk_is_shown_what_was_refused_without_a_role(town: Town) -> None:
    sender = town.shared_installation(ROCHDALE)
    wire = sender.write_framed(BODIES["truncated"](framed(sender)))
    await town.send(wire)
    await town.until(lambda: bool(alerts_about(town, wire)), "the duty desk alerted")
    done = await asyncio.to_thread(run, f"homeward inbox list {ROCHDALE} --json", town.home.folder)
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert [fault for each in printed for fault in shapes.faults("homeward inbox list", each)] == []
    (shown,) = [each for each in printed if each["reference"] == id_of(wire)]
    assert (shown["kind"], shown["ask"], shown["urgency"]) == ("message_refused", "action", "now")
    assert shown["findings"]
    text = await asyncio.to_thread(run, f"homeward inbox list {ROCHDALE}", town.home.folder)
    assert id_of(wire) in text.stdout
    assert "nobody was told what it says" in " ".join(text.stdout.split())
    async with Inbox.open(profile=town.profile(ROCHDALE)) as inbox:
        items = [item async for item in inbox.everything(wait=False)]
    assert id_of(wire) in {item.record.message_id for item in items if isinstance(item, InboxAlert)}
