"""An agency's message at intake: what is accepted, what is refused, and whom an answer is owed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from hub.headers import RawHeaders
from hub.ids import HUB, AgencyId
from hub.messages import MessageTooLarge, OpenedMessage, Reason, Refusal, WireMessage, chain_link, open_message
from hub.messages.wire import LARGEST_MESSAGE, signed_message
from hub.sealing import OpeningKeys, SealingSuite
from hub.signing import CHAIN_START, Domain
from schemas.codec import encode
from schemas.records import (
    Acknowledged,
    Associate,
    CarerForm,
    ChildReturned,
    FindingKind,
    MissingReported,
    NoticeRef,
    Receipt,
    ReceiptOutcome,
)
from tests.searching import examples
from tests.strategies import record_of
from tests.unit.trust.world import (
    BOARD,
    DIRECTORY,
    IDS,
    MESSAGE_ID,
    NOW,
    POLICE,
    REPORT,
    ROCHDALE,
    SALT,
    WORKER,
    YESTERDAY,
    accepted,
    directory_with,
    listed,
    message,
    private_key,
    refused,
    sealing,
    signer,
    with_header,
)


def test_a_sound_message_is_opened_as_it_was_said() -> None:
    wire = message()
    opened = accepted(wire)
    assert opened.record == REPORT
    assert (opened.id, opened.type, opened.sender, opened.key_id) == (
        MESSAGE_ID,
        "MissingReported",
        ROCHDALE,
        BOARD.key_id,
    )
    assert (opened.sequence, opened.previous) == (1, CHAIN_START)
    assert opened.plaintext == SALT + encode(REPORT, IDS)
    assert opened.signing_digest == chain_link(wire)


def test_the_same_words_are_sealed_anew_each_time_and_commit_to_the_same() -> None:
    first, second = message(), message()
    assert first.value != second.value
    assert accepted(first).commitment == accepted(second).commitment


@pytest.mark.parametrize("suite", SealingSuite)
def test_every_suite_seals_and_opens(suite: SealingSuite) -> None:
    wire = message(seal_to=sealing("hub-x", suite))
    keys = OpeningKeys.of({"hub-x": private_key("hub-x", suite)})
    assert wire.value[0] == suite
    assert isinstance(open_message(wire, DIRECTORY, keys, IDS, NOW), OpenedMessage)


@settings(max_examples=examples(30), deadline=None)
@given(record_of(MissingReported) | record_of(ChildReturned) | record_of(Acknowledged))
def test_whatever_an_agency_may_say_arrives_as_it_was_said(
    record: MissingReported | ChildReturned | Acknowledged,
) -> None:
    assert accepted(message(record)).record == record


def _flipped(wire: WireMessage) -> Iterator[WireMessage]:
    """The message with each of its bits turned over, one at a time: value, key, topic, header names and values."""
    for position in range(len(wire.value) * 8):
        yield replace(wire, value=_with_bit_flipped(wire.value, position))
    for position in range(len(wire.key) * 8):
        yield replace(wire, key=_with_bit_flipped(wire.key, position))
    for position in range(len(wire.topic) * 8):
        yield replace(wire, topic=_with_bit_flipped(wire.topic.encode(), position).decode("latin-1"))
    for index, (name, value) in enumerate(wire.headers):
        assert value is not None
        for position in range(len(name) * 8):
            other = _with_bit_flipped(name.encode(), position).decode("latin-1")
            yield replace(wire, headers=_with_item(wire.headers, index, (other, value)))
        for position in range(len(value) * 8):
            yield replace(wire, headers=_with_item(wire.headers, index, (name, _with_bit_flipped(value, position))))


def _with_bit_flipped(content: bytes, position: int) -> bytes:
    turned = bytearray(content)
    turned[position // 8] ^= 1 << position % 8
    return bytes(turned)


def _with_item(headers: RawHeaders, index: int, item: tuple[str, bytes]) -> RawHeaders:
    return (*headers[:index], item, *headers[index + 1 :])


def test_every_flipped_bit_is_refused_and_proves_nobody() -> None:
    wire = message(Acknowledged(pairs=(NoticeRef(notice_id=MESSAGE_ID, episode_id=MESSAGE_ID),)))
    accepted(wire)
    tried = 0
    for changed in _flipped(wire):
        refusal = refused(changed)
        assert not refusal.answerable  # an id is only remembered, and an answer only given, for a proven sender
        tried += 1
    assert tried > 5000


def test_what_the_signature_does_not_cover_does_not_matter() -> None:
    wire = message()
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert accepted(with_header(wire, "traceparent", trace)).headers.traceparent == trace.decode()
    assert accepted(with_header(wire, "traceparent", b"nonsense")).headers.traceparent is None
    opened = accepted(with_header(with_header(wire, "x-vendor", b"1"), "y", b""))
    assert opened.headers.unknown == 2
    assert "x-vendor" not in dict(opened.headers.kept())


def test_an_unknown_header_that_claims_to_be_signed_must_be() -> None:
    assert refused(with_header(message(), "ce_extra", b"1")).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"topic": "accepted"}, Reason.BAD_SIGNATURE),
        ({"key": b"gmp"}, Reason.BAD_SIGNATURE),
        ({"value": b""}, Reason.BAD_SIGNATURE),
        ({"value": bytes(2 * LARGEST_MESSAGE + 1)}, Reason.VALUE_TOO_LARGE),
    ],
)
def test_a_message_belongs_to_its_topic_its_key_and_its_value(change: dict[str, object], reason: Reason) -> None:
    refusal = refused(replace(message(), **change))  # type: ignore[arg-type]  # one field of the message
    assert refusal.reason is reason
    assert not refusal.answerable


def test_an_unknown_agency_is_refused_without_an_answer() -> None:
    refusal = refused(message(sender=AgencyId("nobody")))
    assert (refusal.reason, refusal.answerable, refusal.claimed_agency) == (Reason.UNKNOWN_AGENCY, False, "nobody")


def test_a_key_of_another_agency_proves_nothing() -> None:
    assert refused(message(signer=signer("gmp-1"))).reason is Reason.UNKNOWN_KEY
    assert refused(message(sender=POLICE, signer=BOARD)).reason is Reason.UNKNOWN_KEY


def test_a_key_id_does_not_stand_for_the_key() -> None:
    impostor = replace(signer("somebody else"), key_id=BOARD.key_id)
    refusal = refused(message(signer=impostor))
    assert (refusal.reason, refusal.answerable) == (Reason.BAD_SIGNATURE, False)


@pytest.mark.parametrize(
    "window, reason",
    [
        ({"valid_until": NOW}, Reason.KEY_EXPIRED),
        ({"revoked_at": NOW}, Reason.KEY_REVOKED),
        ({"valid_from": NOW + timedelta(seconds=1)}, Reason.KEY_NOT_YET_VALID),
    ],
)
def test_a_key_outside_its_time_is_refused_with_an_answer(window: dict[str, object], reason: Reason) -> None:
    directory = directory_with(signing_keys=(listed(BOARD, **window),))
    refusal = refused(message(), directory)
    assert (refusal.reason, refusal.answerable) == (reason, True)
    accepted(message(), directory_with(signing_keys=(listed(BOARD),)))


def test_what_a_key_signed_before_it_was_revoked_stands() -> None:
    directory = directory_with(signing_keys=(listed(BOARD, revoked_at=NOW),))
    accepted(message(), directory, NOW - timedelta(seconds=1))


def test_an_agency_that_is_not_approved_is_told_so() -> None:
    assert refused(message(), directory_with(approved=False)).reason is Reason.AGENCY_NOT_APPROVED
    ended = refused(message(), directory_with(valid_until=NOW))
    assert (ended.reason, ended.answerable) == (Reason.AGENCY_NOT_APPROVED, True)


def test_every_fault_is_found_at_once() -> None:
    directory = directory_with(approved=False, signing_keys=(listed(BOARD, valid_until=NOW),))
    receipt = Receipt(message_id=MESSAGE_ID, message_type="x", outcome=ReceiptOutcome.REJECTED, value_digest=bytes(32))
    refusal = refused(message(receipt, key=b"gmp"), directory)
    assert {finding.field for finding in refusal.findings} == {"ce_keyid", "ce_source", "record key", "ce_type"}
    assert all(finding.kind is FindingKind.FAULT and finding.remedy for finding in refusal.findings)


def test_a_message_in_clear_is_refused() -> None:
    refusal = refused(message(seal_to=None, salt=None))
    assert (refusal.reason, refusal.answerable) == (Reason.WRONG_CONTENT_TYPE, True)


def test_a_message_without_its_place_in_the_chain_is_refused() -> None:
    assert refused(message(sequence=None, previous=None)).reason is Reason.CHAIN_MISSING


def test_a_message_sealed_to_somebody_else_is_refused() -> None:
    refusal = refused(message(seal_to=sealing("rochdale-1")))
    assert (refusal.reason, refusal.answerable) == (Reason.SEAL_NOT_OPENED, True)


def test_a_seal_belongs_to_its_headers() -> None:
    """Sealed bytes taken from one message and signed into another do not open there."""
    first = accepted(message())
    signed = dict(first.headers.signed) | {"ce_sequence": b"2"}
    stolen = signed_message(
        domain=Domain.MESSAGE,
        topic="inbound",
        key=b"E08000005",
        attributes=sorted(signed.items()),
        content_type=first.headers.content_type,
        value=message().value,
        signer=BOARD,
    )
    assert refused(stolen).reason is Reason.SEAL_NOT_OPENED


def test_a_hub_worker_cannot_speak_for_an_agency() -> None:
    assert refused(message(signer=WORKER)).reason is Reason.UNKNOWN_KEY
    assert refused(message(sender=HUB, signer=WORKER)).reason is Reason.AGENCY_NOT_APPROVED


def test_a_record_of_the_hub_is_no_message_of_an_agency() -> None:
    receipt = Receipt(message_id=MESSAGE_ID, message_type="x", outcome=ReceiptOutcome.ACCEPTED, value_digest=bytes(32))
    assert refused(message(receipt)).reason is Reason.UNEXPECTED_TYPE


def test_a_message_that_is_too_large_is_not_composed() -> None:
    notices = tuple(NoticeRef(notice_id=MESSAGE_ID, episode_id=MESSAGE_ID) for _ in range(500))
    accepted(message(Acknowledged(pairs=notices)))
    with pytest.raises(MessageTooLarge, match="shorten"):
        message(_huge_report())


def _huge_report() -> MissingReported:
    wide = "\N{GRINNING FACE}"
    associate = Associate(name=wide * 200, relation=wide * 120, concern=wide * 500)
    form = CarerForm(associates=(associate,) * 40, places=(wide * 100,) * 40)
    return replace(REPORT, carer_form=form, circumstances=wide * 6000)


def test_an_opening_without_keys_refuses_and_does_not_fail() -> None:
    result = open_message(message(), DIRECTORY, OpeningKeys.of({}), IDS, NOW)
    assert isinstance(result, Refusal)
    assert result.reason is Reason.SEAL_NOT_OPENED


def test_nothing_of_the_message_is_in_a_refusal() -> None:
    for wire in (
        message(seal_to=sealing("rochdale-1")),
        message(key=b"gmp"),
        with_header(message(), "ce_time", b"Example"),
    ):
        text = repr(refused(wire).findings)
        assert "Example" not in text
        assert "RMBC" not in text


def test_yesterdays_hub_key_still_opens() -> None:
    keys = OpeningKeys.of({"old": private_key("hub-old"), "new": private_key("hub-2026-03-27")})
    assert len(keys.by_tag) == 2
    wire = message(seal_to=sealing("hub-old", valid_from=YESTERDAY))
    assert refused(wire).reason is Reason.SEAL_NOT_OPENED
    assert isinstance(open_message(wire, DIRECTORY, keys, IDS, NOW), OpenedMessage)


def test_headers_that_are_none_of_ours_are_counted_of_what_is_accepted_and_of_what_is_refused() -> None:
    more = (("x-trace", b"1"), ("priority", b"high"))
    sound = message()
    assert accepted(replace(sound, headers=(*sound.headers, *more))).headers.unknown == 2
    for spoilt in (message(key=POLICE.encode()), with_header(message(), "signature", b"0" * 128)):
        assert refused(replace(spoilt, headers=(*spoilt.headers, *more))).unknown_headers == 2


def test_a_refusal_of_a_proven_sender_says_its_place_in_the_chain_and_a_forgery_none() -> None:
    proven = refused(message(key=POLICE.encode(), sequence=7, previous=bytes(range(32))))
    assert (proven.key_id, proven.sequence, proven.previous) == (BOARD.key_id, 7, bytes(range(32)))
    forged = refused(with_header(message(), "signature", b"0" * 128))
    assert (forged.key_id, forged.sequence, forged.previous) == (None, None, None)
