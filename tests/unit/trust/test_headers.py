"""Headers: written one way, read strictly, and bounded before anything is looked at."""

import contextlib
import time
from dataclasses import replace
from datetime import datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st

from hub.headers import Headers, HeadersRefused, attributes, parse, timestamp
from hub.refusal import Reason
from tests.unit.trust.world import BOARD, MESSAGE_ID, NOW, ROCHDALE, message, with_header

SOUND = message().headers
REQUIRED = (
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_time",
    "ce_keyid",
    "ce_commitment",
    "ce_specversion",
    "content-type",
    "signature",
)


def reason_for(raw: object) -> Reason:
    with pytest.raises(HeadersRefused) as refused:
        parse(raw)  # type: ignore[arg-type]  # hostile input has any shape
    return refused.value.reason


def test_what_is_written_is_read() -> None:
    headers = parse(SOUND)
    assert (headers.id, headers.source, headers.key_id, headers.time) == (MESSAGE_ID, ROCHDALE, BOARD.key_id, NOW)
    assert headers.kept() == SOUND


@given(st.permutations(SOUND))
def test_the_order_of_headers_says_nothing(raw: list[tuple[str, bytes | None]]) -> None:
    assert parse(raw) == parse(SOUND)


@given(st.lists(st.tuples(st.text(max_size=8), st.one_of(st.none(), st.binary(max_size=40))), max_size=12))
def test_no_headers_whatever_raise_anything_but_a_refusal(raw: list[tuple[str, bytes | None]]) -> None:
    for given_headers in (raw, [*SOUND, *raw]):
        with contextlib.suppress(HeadersRefused):
            assert isinstance(parse(given_headers), Headers)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(HeadersRefused) as refused:
        parse([header for header in SOUND if header[0] != name])
    assert (refused.value.reason, refused.value.finding.field) == (Reason.HEADER_MISSING, name)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_header_of_ours_stands_once_and_in_lower_case(name: str) -> None:
    value = dict(SOUND)[name]
    assert reason_for([*SOUND, (name, value)]) is Reason.HEADER_DUPLICATED
    assert reason_for([*SOUND, (name.upper(), value)]) is Reason.HEADER_DUPLICATED


@pytest.mark.parametrize(
    "name, value",
    [
        ("ce_id", b"0192F7C1-6D5E-7A3B-8C4D-5E6F70819203"),
        ("ce_id", b"../../etc/passwd"),
        ("ce_id", MESSAGE_ID.encode() + b"\n"),
        ("ce_type", b"missing reported"),
        ("ce_source", b""),
        ("ce_source", b"E08\x00000005"),
        ("ce_time", b"2026-02-30T22:40:00.000Z"),
        ("ce_time", b"2026-03-27T22:40:00.000+00:00"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"01"),
        ("ce_sequence", "\N{ARABIC-INDIC DIGIT ONE}".encode()),
        ("ce_previous", b"00"),
        ("ce_commitment", b"A" * 64),
        ("ce_specversion", b"0.3"),
        ("ce_subject", b"<script>"),
        ("ce_told", b"1,2"),
        ("signature", b"00"),
        ("content-type", b"text/html; charset=x"),
    ],
)
def test_a_header_that_is_not_written_as_it_should_be_is_named_and_not_repeated(name: str, value: bytes) -> None:
    with pytest.raises(HeadersRefused) as refused:
        parse(with_header(message(), name, value).headers)
    assert (refused.value.reason, refused.value.finding.field) == (Reason.HEADER_MALFORMED, name)
    assert value.decode() not in str(refused.value) or not value


def test_a_null_value_is_malformed() -> None:
    raw = [(name, None if name == "ce_id" else value) for name, value in SOUND]
    assert reason_for(raw) is Reason.HEADER_MALFORMED


def test_ten_thousand_headers_are_refused_at_once() -> None:
    raw = [("x" * 50, b"y" * 100)] * 10_000
    started = time.perf_counter()
    assert reason_for(raw) is Reason.TOO_MANY_HEADERS
    assert time.perf_counter() - started < 0.01


@pytest.mark.parametrize("header", [("x" * 101, b""), ("x", b"y" * 4001), ("ce_subject", b"y" * 4001)])
def test_a_header_that_is_too_large_is_refused(header: tuple[str, bytes]) -> None:
    assert reason_for([*SOUND, header]) is Reason.HEADERS_TOO_LARGE


@pytest.mark.parametrize("name", ["ce_", "ce_x y", "ce_x\n", "ce_\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_a_header_that_claims_to_be_signed_has_a_plain_name(name: str) -> None:
    assert reason_for([*SOUND, (name, b"1")]) is Reason.HEADER_MALFORMED


def test_all_headers_together_are_bounded() -> None:
    assert reason_for([*SOUND, *((f"x{index}", b"y" * 4000) for index in range(30))]) is Reason.HEADERS_TOO_LARGE


def test_a_naive_time_is_not_written() -> None:
    with pytest.raises(HeadersRefused):
        timestamp(datetime(2026, 3, 27))  # noqa: DTZ001 - that is the point


def test_an_id_that_is_no_uuid_is_not_written() -> None:
    with pytest.raises(HeadersRefused, match="ce_id"):
        attributes(message_id="1", record_type="X", source="a", time=NOW, key_id="k", commitment=bytes(32))


def test_the_cloudevents_library_reads_them() -> None:
    wire = message()
    event = from_binary_event(
        KafkaMessage(headers={name: value or b"" for name, value in wire.headers}, key=wire.key, value=wire.value),
        JSONFormat(),
    )
    assert event.get_id() == MESSAGE_ID
    assert event.get_type() == "MissingReported"
    assert event.get_source() == ROCHDALE
    assert event.get_extension("keyid") == BOARD.key_id
    assert event.get_data() == wire.value


def test_a_message_with_a_foreign_header_keeps_only_its_own() -> None:
    wire = replace(message(), headers=(*SOUND, ("x-vendor", b"1")))
    assert parse(wire.headers).kept() == SOUND
