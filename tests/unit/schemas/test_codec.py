"""One record, one encoding: what is written is read back, and hostile bytes are refused in one way."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any
from uuid import UUID

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import MAX_BYTES, SchemaIds, _parsed, decode, decode_tolerantly, encode, type_of
from schemas.conversion import Value, conversion_of
from schemas.errors import FaultKind, SchemaError, UndecodableMessage, UnencodableRecord
from schemas.records import (
    Acknowledged,
    Address,
    Answer,
    ChildFound,
    ClaimAssigned,
    HubTime,
    LastSeen,
    MissingReported,
    NoticeRef,
    Person,
    Position,
    Receipt,
    Record,
    RiskAssessed,
    SightingReported,
    StatusClaimed,
    TravelCue,
)
from schemas.sources import newest
from tests.searching import examples
from tests.strategies import bare, filled, record_of, records, travelling

IDS = SchemaIds.local()
BODY = 5


def refused(data: bytes) -> UndecodableMessage:
    """The error that these bytes are refused with."""
    with pytest.raises(UndecodableMessage) as caught:
        decode(data, IDS)
    return caught.value


def framed(cls: type[Record], body: bytes) -> bytes:
    return b"\0" + IDS.id_of(cls).to_bytes(4, "big") + body


@settings(max_examples=examples(120), deadline=None)
@given(record=records())
def test_every_record_comes_back_as_it_was_sent(record: Record) -> None:
    assert decode(encode(record, IDS), IDS) == record


@pytest.mark.parametrize("cls", travelling())
def test_a_complete_and_an_empty_record_come_back(cls: type[Record]) -> None:
    for record in (filled(cls), bare(cls)):
        assert decode(encode(record, IDS), IDS, cls) == record


@settings(deadline=None)
@given(record=record_of(RiskAssessed), junk=st.binary(min_size=1, max_size=4))
def test_trailing_bytes_are_refused(record: RiskAssessed, junk: bytes) -> None:
    assert refused(encode(record, IDS) + junk).kind in (FaultKind.NOT_CANONICAL, FaultKind.MALFORMED)


@pytest.mark.parametrize("cls", travelling())
def test_a_record_cut_anywhere_is_refused(cls: type[Record]) -> None:
    data = encode(filled(cls), IDS)
    for length in range(0, len(data), max(1, len(data) // 60)):
        refused(data[:length])


@settings(max_examples=examples(200), deadline=None)
@given(data=st.data())
def test_no_bytes_raise_anything_but_the_one_error(data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from(travelling()))
    body = bytearray(encode(filled(cls), IDS)[BODY:])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        record = decode(framed(cls, bytes(body)), IDS)
    except UndecodableMessage:
        return
    assert encode(record, IDS)[BODY:] == bytes(body)


@settings(deadline=None)
@given(body=st.binary(max_size=200), cls=st.sampled_from(travelling()))
def test_random_bodies_raise_nothing_else(body: bytes, cls: type[Record]) -> None:
    with suppress(UndecodableMessage):
        decode(framed(cls, body), IDS)


# StatusClaimed begins with four optional fields; its first byte is the union index of `child_ref`.
SHORT = encode(StatusClaimed(child_ref="c1"), IDS)[BODY:]


@pytest.mark.parametrize(
    "name,body",
    [
        ("union index -1", b"\x01" + SHORT[1:]),
        ("union index 2", b"\x04" + SHORT[1:]),
        ("over-long union index", b"\x82\x00" + SHORT[1:]),
        ("over-long length", SHORT.replace(b"\x04c1", b"\x84\x00c1")),
        ("string length 2^62", SHORT.replace(b"\x04c1", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01c1")),
        ("string length -1", SHORT.replace(b"\x04c1", b"\x01c1")),
        ("invalid UTF-8", SHORT.replace(b"c1", b"\xff\xfe")),
        ("a lone surrogate", SHORT.replace(b"\x04c1", b"\x06\xed\xa0\x80")),
        ("a number without end", b"\xff" * 64),
        ("nothing at all", b""),
    ],
)
def test_a_hostile_body_is_refused(name: str, body: bytes) -> None:
    assert body != SHORT, name
    assert refused(framed(StatusClaimed, body)).kind in (FaultKind.MALFORMED, FaultKind.NOT_CANONICAL)


def test_an_array_of_two_to_the_62_items_is_refused() -> None:
    empty = encode(Acknowledged(), IDS)[BODY:]
    claims = b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"
    assert refused(framed(Acknowledged, claims + empty)).kind == FaultKind.MALFORMED


def test_an_array_in_two_blocks_or_with_a_size_is_refused() -> None:
    body = encode(SightingReported(), IDS)[BODY:]
    one = encode(filled(SightingReported), IDS)[BODY:]
    assert body != one
    pairs = encode(filled(Acknowledged), IDS)[BODY:]
    item = pairs[1:75]
    assert refused(framed(Acknowledged, b"\x02" + item + b"\x02" + item + pairs[75:])).kind == FaultKind.NOT_CANONICAL
    with_size = b"\x01" + b"\x94\x01" + item + pairs[75:]
    assert refused(framed(Acknowledged, with_size)).kind in (FaultKind.NOT_CANONICAL, FaultKind.MALFORMED)


def test_a_boolean_of_two_and_an_enum_index_of_minus_one_are_refused() -> None:
    returned = bytearray(encode(MissingReported(last_seen=LastSeen(not_known=True)), IDS)[BODY:])
    place = returned.index(b"\x02\x00\x01\x00")
    returned[place + 2] = 2
    assert refused(framed(MissingReported, bytes(returned))).kind == FaultKind.NOT_CANONICAL
    body = encode(bare(Receipt), IDS)[BODY:]
    outcome = body.index(b"\x02x") + 2
    assert refused(framed(Receipt, body[:outcome] + b"\x01" + body[outcome + 1 :])).kind in (
        FaultKind.NOT_CANONICAL,
        FaultKind.MALFORMED,
    )


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\0", b"\1\0\0\0\1abc"])
def test_bad_framing_is_refused(data: bytes) -> None:
    assert refused(data).kind == FaultKind.FRAMING


def test_an_unknown_schema_id_is_refused() -> None:
    assert refused(b"\0\0\0\0\1abc").kind == FaultKind.UNKNOWN_SCHEMA


def test_a_value_above_the_limit_is_refused_unread() -> None:
    assert refused(framed(MissingReported, bytes(MAX_BYTES))).kind == FaultKind.TOO_LARGE


def test_a_list_that_fills_the_whole_message_is_refused_by_its_cap() -> None:
    data = encoded_without_checks(MissingReported(), travel_cues=["station"] * 250_000)
    assert refused(data).where == "travel_cues"
    record, broken = decode_tolerantly(data, IDS)
    assert record == MissingReported(travel_cues=(TravelCue.STATION,) * 8)
    assert [field.kind for field in broken] == [FaultKind.OVER_CAP]


def test_another_type_than_expected_is_refused() -> None:
    data = encode(RiskAssessed(), IDS)
    assert type_of(data, IDS) == "RiskAssessed"
    with pytest.raises(UndecodableMessage, match="expected the id of a ChildFound"):
        decode(data, IDS, ChildFound)


def encoded_without_checks(record: Record, **plain: Value) -> bytes:
    """The bytes of a record with some fields replaced below the checks, as a careless sender would write them."""
    name = record.SCHEMA_NAME
    stream = BytesIO()
    values = conversion_of(name).write(record) | plain
    fastavro.schemaless_writer(stream, _parsed(newest(name).fingerprint, name), values)
    return framed(type(record), stream.getvalue())


def in_a_person(**plain: Value) -> tuple[str, Value]:
    """A person in plain Avro form, with some fields replaced."""
    return ("homeward.Person", conversion_of("Person").write(Person()) | plain)


@pytest.mark.parametrize(
    "record,plain,kind,where",
    [
        (StatusClaimed(), {"child_ref": "x" * 121}, FaultKind.OVER_CAP, "child_ref"),
        (StatusClaimed(), {"occurred_at": 2**62}, FaultKind.OUT_OF_RANGE, "occurred_at"),
        (StatusClaimed(), {"occurred_at": -(10**13)}, FaultKind.OUT_OF_RANGE, "occurred_at"),
        (
            StatusClaimed(),
            {"person": in_a_person(date_of_birth=2**30)},
            FaultKind.OUT_OF_RANGE,
            "person.date_of_birth",
        ),
        (
            Acknowledged(),
            {"pairs": [{"notice_id": "a", "episode_id": "b"}]},
            FaultKind.OUT_OF_RANGE,
            "pairs[0].notice_id",
        ),
        (bare(HubTime), {"scale": float("nan")}, FaultKind.OUT_OF_RANGE, "scale"),
        (bare(HubTime), {"scale": float("inf")}, FaultKind.OUT_OF_RANGE, "scale"),
        (bare(ClaimAssigned), {"probability": 1.5}, FaultKind.OUT_OF_RANGE, "probability"),
    ],
)
def test_a_value_outside_its_rule_is_refused_by_its_path(
    record: Record, plain: dict[str, Value], kind: FaultKind, where: str
) -> None:
    error = refused(encoded_without_checks(record, **plain))
    assert (error.kind, error.where) == (kind, where)


def test_a_latitude_beyond_the_pole_is_refused_both_ways() -> None:
    record = SightingReported(position=Position(latitude=91.0, longitude=0.0))
    with pytest.raises(UnencodableRecord, match=r"position\.latitude"):
        encode(record, IDS)
    plain = {"position": ("homeward.Position", {"latitude": 91.0, "longitude": 0.0, "accuracy_metres": None})}
    assert refused(encoded_without_checks(SightingReported(), **plain)).where == "position.latitude"


def test_an_int_beyond_32_bits_is_refused() -> None:
    plain = {"position": ("homeward.Position", {"latitude": 1.0, "longitude": 0.0, "accuracy_metres": 0})}
    body = encoded_without_checks(SightingReported(), **plain)
    beyond = body.replace(bytes(8) + b"\x02\x00", bytes(8) + b"\x02\x80\x80\x80\x80\x80\x01", 1)
    assert beyond != body
    assert refused(beyond).kind in (FaultKind.MALFORMED, FaultKind.OUT_OF_RANGE)


def test_no_refusal_repeats_a_value() -> None:
    name = "Zebedee"
    data = encode(MissingReported(person=Person(given_names=name)), IDS)
    shorter = [refused(data[:length]) for length in range(0, len(data), 3)]
    over = refused(encoded_without_checks(StatusClaimed(), child_ref=name * 30))
    assert not any(name in f"{error}{error.__cause__}{error.args}" for error in [*shorter, over])


@pytest.mark.parametrize(
    "record,where",
    [
        (StatusClaimed(child_ref="x" * 121), "child_ref"),
        (StatusClaimed(occurred_at=datetime(2026, 1, 1)), "occurred_at"),  # noqa: DTZ001 (naive on purpose)
        (StatusClaimed(occurred_at=datetime(1800, 1, 1, tzinfo=UTC)), "occurred_at"),
        (StatusClaimed(person=Person(date_of_birth=date(1800, 1, 1))), "person.date_of_birth"),
        (StatusClaimed(person=Person(home=Address(postcode="x" * 13))), "person.home.postcode"),
        (Acknowledged(pairs=(NoticeRef(notice_id="A", episode_id="B"),)), "pairs[0].notice_id"),
    ],
)
def test_what_breaks_its_rule_cannot_be_sent(record: Record, where: str) -> None:
    with pytest.raises(UnencodableRecord) as caught:
        encode(record, IDS)
    assert caught.value.where == where


def test_a_value_of_the_wrong_type_cannot_be_sent() -> None:
    wrong: Any = {"harm": "yes"}
    with pytest.raises(UnencodableRecord, match="child_ref"):
        encode(replace(StatusClaimed(), child_ref=wrong), IDS)
    with pytest.raises(UnencodableRecord, match="safe_for_now"):
        encode(replace(ChildFound(), safe_for_now=True), IDS)  # type: ignore[arg-type]
    with pytest.raises(UnencodableRecord, match="surrogates"):
        encode(StatusClaimed(child_ref="\ud800"), IDS)


def test_a_word_of_a_vocabulary_may_be_written_as_plain_text_and_another_is_answered_with_the_words_there_are() -> None:
    word, other = "yes", "perhaps"
    sent = encode(replace(ChildFound(), safe_for_now=word), IDS)  # type: ignore[arg-type]
    assert decode(sent, IDS, ChildFound).safe_for_now is Answer.YES
    with pytest.raises(UnencodableRecord, match="one of yes, no"):
        encode(replace(ChildFound(), safe_for_now=other), IDS)  # type: ignore[arg-type]


def test_a_part_does_not_travel_by_itself() -> None:
    with pytest.raises(SchemaError, match="does not travel by itself"):
        encode(Person(), IDS)


def test_times_are_sent_as_utc_rounded_down_to_the_millisecond() -> None:
    summer = timezone(timedelta(hours=1))
    sent = StatusClaimed(occurred_at=datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=summer))
    assert decode(encode(sent, IDS), IDS, StatusClaimed).occurred_at == datetime(
        2026, 7, 1, 11, 0, 0, 999_000, tzinfo=UTC
    )


def test_names_of_every_real_form_pass_unchanged() -> None:
    for spelling in ("O'Connor", "X", "محمد", "Zoë\u0308", "\U0001d518", "\u202eevil", "=1+1", "<b>", "\x00"):
        sent = MissingReported(person=Person(given_names=spelling))
        assert decode(encode(sent, IDS), IDS) == sent


def test_uuids_are_kept_as_canonical_text() -> None:
    record = filled(Acknowledged)
    assert str(UUID(record.pairs[0].notice_id)) == record.pairs[0].notice_id


@settings(deadline=None)
@given(record=record_of(SightingReported))
def test_tolerance_changes_nothing_of_a_sound_message(record: SightingReported) -> None:
    assert decode_tolerantly(encode(record, IDS), IDS) == (record, ())


def mended_from(record: Record, **plain: Value) -> tuple[Record, list[tuple[str, FaultKind]]]:
    """What tolerance makes of a careless message, and the paths it lists."""
    found, broken = decode_tolerantly(encoded_without_checks(record, **plain), IDS)
    return found, [(field.where, field.kind) for field in broken]


def test_text_over_its_cap_is_cut_and_listed() -> None:
    assert mended_from(StatusClaimed(), place="x" * 401) == (
        StatusClaimed(place="x" * 400),
        [("place", FaultKind.OVER_CAP)],
    )


def test_two_references_over_their_cap_are_not_cut_to_one() -> None:
    (one, broken), (other, _) = (mended_from(StatusClaimed(), child_ref="x" * 120 + end) for end in "12")
    assert one != other
    assert broken == [("child_ref", FaultKind.OVER_CAP)]


def test_an_impossible_time_becomes_unknown_and_is_listed_with_every_other_fault() -> None:
    person = in_a_person(date_of_birth=2**30, given_names="Ann", other_names=["x" * 201, "y"])
    record, broken = mended_from(StatusClaimed(), occurred_at=2**62, person=person)
    assert record == StatusClaimed(person=Person(given_names="Ann", other_names=("x" * 200, "y")))
    assert broken == [
        ("occurred_at", FaultKind.OUT_OF_RANGE),
        ("person.other_names[0]", FaultKind.OVER_CAP),
        ("person.date_of_birth", FaultKind.OUT_OF_RANGE),
    ]


def test_a_list_over_its_cap_is_cut() -> None:
    record, broken = mended_from(StatusClaimed(), person=in_a_person(languages=["en"] * 11))
    assert record == StatusClaimed(person=Person(languages=("en",) * 10))
    assert broken == [("person.languages", FaultKind.OVER_CAP)]


def test_an_item_that_nothing_can_stand_in_for_is_left_out() -> None:
    good = str(UUID(int=1))
    pairs = [{"notice_id": "a", "episode_id": good}, {"notice_id": good, "episode_id": good}]
    record, broken = mended_from(Acknowledged(), pairs=pairs)
    assert record == Acknowledged(pairs=(NoticeRef(notice_id=good, episode_id=good),))
    assert broken == [("pairs[0].notice_id", FaultKind.OUT_OF_RANGE)]


def test_a_point_that_is_nowhere_is_left_out() -> None:
    plain = {"position": ("homeward.Position", {"latitude": 91.0, "longitude": 0.0, "accuracy_metres": None})}
    record, broken = mended_from(SightingReported(place="Leeds"), **plain)
    assert record == SightingReported(place="Leeds")
    assert broken == [("position.latitude", FaultKind.OUT_OF_RANGE)]


def test_a_required_field_that_breaks_is_refused_even_so() -> None:
    with pytest.raises(UndecodableMessage) as caught:
        decode_tolerantly(encoded_without_checks(bare(HubTime), scale=-1.0), IDS)
    assert caught.value.where == "scale"


def test_tolerance_is_not_extended_to_other_bytes() -> None:
    with pytest.raises(UndecodableMessage):
        decode_tolerantly(encode(StatusClaimed(), IDS) + b"\0", IDS)
