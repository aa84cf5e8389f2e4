"""Bytes that no client of ours would send, signed and sealed as they should be: refused with an answer, or mended."""

import io
import json
import struct
import time
from typing import Any

import avro.io
import avro.schema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.messages import OpenedMessage, Reason, Refusal, body_of
from schemas.codec import encode
from schemas.records import FindingKind, MissingReported, RiskAssessed
from schemas.sources import newest
from tests.searching import examples
from tests.unit.trust.world import IDS, NOW, REPORT, SALT, accepted, at_intake, message_of, refused

HEAD = b"\0" + struct.pack(">I", IDS.id_of(MissingReported))
SOUND = encode(REPORT, IDS)


def framed(**fields: Any) -> bytes:  # noqa: ANN401 - any value that the schema, and no rule of ours, allows
    """A report as another Avro library writes it, which knows nothing of caps and ranges."""
    text = json.dumps(newest("MissingReported").schema)
    defaults = {field["name"]: field["default"] for field in json.loads(text)["fields"] if "default" in field}
    body = io.BytesIO()
    schema = avro.schema.parse(_plain(text))
    avro.io.DatumWriter(schema).write(defaults | {"child_ref": "x"} | fields, avro.io.BinaryEncoder(body))
    return HEAD + body.getvalue()


def _plain(schema: str) -> str:
    """The schema without logical types, so that an impossible time can be written as the number it is."""
    return json.dumps(json.loads(schema, object_hook=lambda block: block["type"] if "logicalType" in block else block))


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        HEAD,
        SOUND[:-1],
        SOUND + b"\0",
        b"\1" + SOUND[1:],
        b"\0\xff\xff\xff\xff" + SOUND[5:],
        HEAD + b"\x02\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        HEAD + b"\x01" * 200,
        HEAD + b"\x03" * 200,
        HEAD + b"\xff" * 20_000,
    ],
)
def test_what_is_no_record_is_refused_with_an_answer_and_at_once(broken: bytes) -> None:
    started = time.perf_counter()
    refusal = refused(message_of(broken))
    assert time.perf_counter() - started < 1
    assert (refusal.reason, refusal.answerable) == (Reason.UNDECODABLE, True)
    assert all(finding.field and finding.rule and finding.remedy for finding in refusal.findings)


@settings(max_examples=examples(100), deadline=None)
@given(st.binary(max_size=60) | st.integers(5, len(SOUND) - 1).map(lambda cut: SOUND[:cut]))
def test_no_bytes_whatever_do_anything_but_open_or_be_refused(content: bytes) -> None:
    assert isinstance(at_intake(message_of(content)), OpenedMessage | Refusal)


def test_a_type_that_is_not_the_one_announced_is_refused() -> None:
    refusal = refused(message_of(encode(RiskAssessed(child_ref="x"), IDS)))
    assert (refusal.reason, refusal.answerable) == (Reason.TYPE_MISMATCH, True)


@pytest.mark.parametrize(
    "fields, where",
    [
        ({"circumstances": "x" * 7000}, "circumstances"),
        ({"occurred_at": 10**18}, "occurred_at"),
        ({"expected_by": -(10**15)}, "expected_by"),
        ({"companions": ["x"] * 31}, "companions"),
    ],
)
def test_a_field_that_breaks_its_cap_or_cannot_be_is_asked_for_and_does_not_lose_the_report(
    fields: dict[str, Any], where: str
) -> None:
    opened = accepted(message_of(framed(**fields)))
    assert opened.type == "MissingReported"
    assert [(finding.field, finding.kind) for finding in opened.findings] == [(where, FindingKind.GAP)]


def test_everybody_reads_a_mended_report_the_same_way() -> None:
    opened = accepted(message_of(framed(circumstances="x" * 7000, occurred_at=10**18)))
    assert body_of(opened.plaintext, IDS) == opened.record
    assert opened.plaintext[: len(SALT)] == SALT


def test_a_report_as_another_library_writes_it_is_read_as_ours() -> None:
    opened = accepted(message_of(framed(occurred_at=int(NOW.timestamp() * 1000))))
    assert opened.record == MissingReported(child_ref="x", occurred_at=NOW)
    assert opened.findings == ()
