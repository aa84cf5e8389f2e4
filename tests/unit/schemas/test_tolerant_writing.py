"""A report is written with what can be said of it; what cannot is cut or left out, and every such field is named."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import BrokenField, SchemaIds, decode, decode_tolerantly, encode, encode_tolerantly
from schemas.errors import Done, UnencodableRecord
from schemas.records import (
    RECORDS,
    Acknowledged,
    Address,
    AgencyMessage,
    CareStatus,
    Contact,
    CorrectionMade,
    ExternalRef,
    FieldChange,
    LastSeen,
    LinkDecided,
    MissingAmended,
    MissingReported,
    NoticeRef,
    OwnershipTransferred,
    Person,
    Position,
    Record,
    ReportCancelled,
    ReportedStatus,
    ReturnInterviewRecorded,
    SightingReported,
)
from schemas.sources import sources
from schemas.unwritable import MEANS_OTHERWISE_WITHOUT, NEVER_CUT, REFERENCES
from tests.searching import examples
from tests.strategies import any_record_of, filled, record_of

IDS = SchemaIds.local()
NAME = "Zebedee"
MESSAGES = tuple(cls for cls in RECORDS.values() if issubclass(cls, AgencyMessage))
CORRECTS = "0192f7c1-6d5e-7a3b-8c4d-5e6f70819203"


def said(record: Record, limit: int = 100_000) -> tuple[Any, tuple[BrokenField, ...]]:
    """What is read of a record that was written with tolerance, and what was found on the way."""
    framed, broken = encode_tolerantly(record, IDS, limit=limit)
    assert len(framed) <= limit
    return decode(framed, IDS, type(record)), broken


def places(broken: tuple[BrokenField, ...]) -> list[tuple[str, Done]]:
    return [(field.where, field.done) for field in broken]


@settings(max_examples=examples(60), deadline=None)
@given(record=st.sampled_from(MESSAGES).flatmap(record_of))
def test_a_sound_record_is_written_as_ever(record: Record) -> None:
    assert encode_tolerantly(record, IDS) == (encode(record, IDS), ())


@settings(max_examples=examples(200), deadline=None)
@given(record=st.sampled_from(MESSAGES).flatmap(any_record_of))
def test_any_values_of_the_declared_types_are_sent_or_refused_with_all_reasons(record: AgencyMessage) -> None:
    if (refused := refusal_of(record)) is not None:
        assert isinstance(record, CorrectionMade | ReportCancelled | OwnershipTransferred | LinkDecided)
        assert len({field.where for field in refused.fields}) == len(refused.fields) > 0
        assert all(f"{field.where}: expected {field.expected}" in str(refused) for field in refused.fields)
        with pytest.raises(UnencodableRecord):
            encode(record, IDS)
        return
    found, broken = said(record)
    assert decode_tolerantly(encode(found, IDS), IDS) == (found, ())
    with suppress(UnencodableRecord):
        assert (encode(record, IDS), broken) == (encode(found, IDS), ())
        return
    assert broken


def refusal_of(record: Record) -> UnencodableRecord | None:
    try:
        encode_tolerantly(record, IDS)
    except UnencodableRecord as refused:
        return refused
    return None


@pytest.mark.parametrize("born", [date(1899, 12, 30), date(1, 1, 1), date(9999, 12, 31)])
def test_an_impossible_birth_date_is_left_out(born: date) -> None:
    record = MissingReported(child_ref="c1", person=Person(given_names=NAME, date_of_birth=born))
    found, broken = said(record)
    assert found == MissingReported(child_ref="c1", person=Person(given_names=NAME))
    assert places(broken) == [("person.date_of_birth", Done.LEFT_OUT)]


@pytest.mark.parametrize(
    "at",
    [
        datetime(9999, 12, 31, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 27, 3, 0),  # noqa: DTZ001 (naive on purpose: nobody can say when it is)
    ],
)
def test_an_impossible_time_is_left_out(at: datetime) -> None:
    found, broken = said(MissingReported(child_ref="c1", occurred_at=at, last_seen=LastSeen(at=at, place="Leeds")))
    assert found == MissingReported(child_ref="c1", last_seen=LastSeen(place="Leeds"))
    assert places(broken) == [("occurred_at", Done.LEFT_OUT), ("last_seen.at", Done.LEFT_OUT)]


def test_words_over_their_cap_are_cut() -> None:
    found, broken = said(MissingReported(person=Person(given_names=NAME * 60), circumstances="y" * 100_000))
    assert found.person.given_names == (NAME * 60)[:200]
    assert found.circumstances == "y" * 6000
    assert places(broken) == [("person.given_names", Done.CUT), ("circumstances", Done.CUT)]


def test_a_lone_surrogate_is_replaced_and_two_halves_are_joined() -> None:
    found, broken = said(MissingReported(person=Person(given_names="A\ud800B", family_name="\ud83d\ude00")))
    assert (found.person.given_names, found.person.family_name) == ("A\ufffdB", "\U0001f600")
    assert places(broken) == [("person.given_names", Done.CUT), ("person.family_name", Done.CUT)]


def test_an_unknown_code_becomes_unknown() -> None:
    found, broken = said(replace(MissingReported(child_ref="c1"), status="ran_away"))  # type: ignore[arg-type]
    assert found.status is ReportedStatus.UNKNOWN
    assert places(broken) == [("status", Done.LEFT_OUT)]
    assert "missing" in broken[0].expected


def test_a_value_of_another_type_is_left_out_with_what_holds_it_at_the_least() -> None:
    strange: Any = {
        "child_ref": 4711,
        "person": "Ada",
        "care_status": "looked_after",
        "contact": Contact(telephone="1"),
    }
    found, broken = said(MissingReported(**strange))
    assert found == MissingReported(contact=Contact(telephone="1"))
    assert places(broken) == [(name, Done.LEFT_OUT) for name in ("child_ref", "person", "care_status")]


def test_a_number_beyond_all_numbers_is_left_out() -> None:
    position = Position(latitude=10**400, longitude=0.0)
    found, broken = said(SightingReported(place="Leeds", position=position))
    assert found == SightingReported(place="Leeds")
    assert places(broken) == [("position.latitude", Done.LEFT_OUT)]


def test_two_long_references_with_one_beginning_stay_two_and_each_stays_one() -> None:
    one, other = "r" * 200 + "1", "r" * 200 + "2"
    (first, broken), (second, _) = said(MissingReported(child_ref=one)), said(MissingReported(child_ref=other))
    assert first.child_ref != second.child_ref
    assert len(first.child_ref) == 120
    assert said(SightingReported(child_ref=one))[0].child_ref == first.child_ref
    assert places(broken) == [("child_ref", Done.SHORTENED)]
    assert said(MissingReported(child_ref="a\ud800"))[0] != said(MissingReported(child_ref="a\ud801"))[0]


def test_a_number_to_ring_and_a_code_are_never_cut() -> None:
    address = Address(line="1 High Street", postcode="OL16 1AB and then some")
    report = MissingReported(
        contact=Contact(name="Desk", telephone="0" * 41),
        on_behalf_of="E" * 41,
        person=Person(home=address),
        external_refs=(ExternalRef(agency="x" * 121, value="1"),),
    )
    found, broken = said(report)
    assert found.contact == Contact(name="Desk")
    assert (found.on_behalf_of, found.person.home) == (None, Address(line="1 High Street"))
    assert found.external_refs == (ExternalRef(value="1"),)
    assert {done for _, done in places(broken)} == {Done.LEFT_OUT}


def test_every_field_that_names_an_agency_or_a_reference_is_in_a_table() -> None:
    named = {
        (record.SCHEMA_NAME, field["name"])
        for record in (*MESSAGES, *_parts_of_messages())
        for field in sources()[record.SCHEMA_NAME]["fields"]
        if str(field["name"]).endswith(("agency", "authority", "_ref", "telephone", "telephones", "postcode", "_code"))
        and "cap" in field
        and record.SCHEMA_NAME != "DisclosedField"  # the hub's own
    }
    assert {each for each in named if not {each[1], ".".join(each)} & (NEVER_CUT | REFERENCES)} == set()


def _parts_of_messages() -> Iterator[type[Record]]:
    yield from (cls for name, cls in RECORDS.items() if sources()[name].get("kind") == "part")


def test_the_tables_name_fields_that_there_are() -> None:
    names = {(record, str(field["name"])) for record in RECORDS for field in sources()[record]["fields"]}
    known = {name for _, name in names} | {".".join(each) for each in names}
    assert (NEVER_CUT | REFERENCES | MEANS_OTHERWISE_WITHOUT) - known == set()
    assert not NEVER_CUT & REFERENCES


def test_what_would_say_something_else_without_a_value_is_left_out_whole() -> None:
    strange: Any = 5
    changes = (FieldChange(field="circumstances", new=strange), FieldChange(field="last_seen.place", new="Leeds"))
    found, broken = said(CorrectionMade(corrects=CORRECTS, changes=changes))
    assert found.changes == changes[1:]
    assert places(broken) == [("changes[0].new", Done.LEFT_OUT)]
    protected: Any = "yes"
    assert said(MissingReported(person=Person(home=Address(line="x", protected=protected))))[0].person.home is None


def test_a_cancellation_of_no_message_is_not_made_one_of_all() -> None:
    with pytest.raises(UnencodableRecord) as refused:
        encode_tolerantly(ReportCancelled(child_ref="c1", cancels="not-a-uuid"), IDS)
    assert places(refused.value.fields) == [("cancels", Done.LEFT_OUT)]


def test_a_refusal_names_every_reason_and_no_value() -> None:
    pair = NoticeRef(notice_id=NAME, episode_id=NAME)
    with pytest.raises(UnencodableRecord) as refused:
        encode(Acknowledged(pairs=(pair,), role=NAME * 30), IDS)
    assert [field.where for field in refused.value.fields] == ["pairs[0].notice_id", "pairs[0].episode_id", "role"]
    correction = CorrectionMade(corrects=NAME, occurred_at=datetime.max.replace(tzinfo=UTC), reason=NAME * 9000)
    with pytest.raises(UnencodableRecord) as also:
        encode_tolerantly(correction, IDS)
    assert {field.where for field in also.value.fields} == {"corrects", "occurred_at", "reason"}
    assert NAME not in f"{refused.value}{refused.value.args}{also.value}{also.value.args}"


def test_a_list_over_its_cap_is_cut() -> None:
    found, broken = said(MissingReported(care_status=(CareStatus.UNKNOWN,) * 11, companions=("x" * 121,)))
    assert len(found.care_status) == 10
    assert len(found.companions[0]) == 120
    assert places(broken) == [("care_status", Done.CUT), ("companions[0]", Done.SHORTENED)]


@pytest.mark.parametrize("cls", [MissingReported, MissingAmended, ReturnInterviewRecorded])
def test_a_report_that_is_too_large_in_all_is_shortened_until_it_fits(cls: type[AgencyMessage]) -> None:
    record = _largest(cls)
    with pytest.raises(UnencodableRecord):
        encode(record, IDS)
    found, broken = said(record, limit=124 * 1024)
    assert found.child_ref == record.child_ref
    assert broken
    assert len(encode(found, IDS)) > 20_000


def _largest(cls: type[Any]) -> Any:  # noqa: ANN401
    """A record with every field as long as its cap allows."""

    def one(schema: Any, field: Any, cap: int | None) -> Any:  # noqa: ANN401
        match schema:
            case ["null", inner]:
                return one(inner, field, cap)
            case {"type": "array", "items": items}:
                return (one(items, field, field.get("item_cap")),) * field["cap"]
            case "string":
                return "\U0001d518" * (cap or 1)
            case str() if schema in RECORDS:
                return _largest(RECORDS[schema])
            case _:
                return getattr(filled(cls), field["name"])

    fields = sources()[cls.SCHEMA_NAME]["fields"]
    return cls(**{field["name"]: one(field["type"], field, field.get("cap")) for field in fields})


@settings(max_examples=examples(60), deadline=None)
@given(record=st.sampled_from(MESSAGES).flatmap(any_record_of))
def test_the_same_record_gives_the_same_bytes(record: AgencyMessage) -> None:
    with suppress(UnencodableRecord):
        assert encode_tolerantly(record, IDS) == encode_tolerantly(record, IDS)


@pytest.mark.parametrize("hours", [-14, 14])
@pytest.mark.parametrize("moment", [datetime.max, datetime.min])  # noqa: DTZ901 (zones follow)
def test_a_time_at_the_edge_of_all_time_is_left_out(moment: datetime, hours: int) -> None:
    at = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert places(said(MissingReported(child_ref="c", occurred_at=at))[1]) == [("occurred_at", Done.LEFT_OUT)]
