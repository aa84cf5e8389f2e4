"""Versions of one record read one another: the released ones, newer ones, and what must never be released."""

import copy
import json
from collections.abc import Callable
from io import BytesIO
from itertools import product
from pathlib import Path

import avro.schema
import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas.codec import SchemaIds, decode, encode
from schemas.compatibility import conflicts, transitive_conflicts
from schemas.conversion import conversion_of
from schemas.errors import ReleasedSchemaAltered, SchemaError, UndecodableMessage
from schemas.records import ChildFound, Condition, MissingReported, PlaceKind, SeenBy, StatusClaimed, TravelCue
from schemas.release import release, unreleased
from schemas.sources import Schema, expanded, fingerprint, folder, formatted, newest, released, travelling_records
from tests.strategies import filled

NEWER_ID = 77


def newer(record: str) -> Schema:
    """A copy of the newest version of a record, to be changed."""
    return copy.deepcopy(newest(record).schema)


def field_of(schema: Schema, name: str) -> Schema:
    return next(field for field in schema["fields"] if field["name"] == name)


def oracle_accepts(reader: Schema, writer: Schema) -> bool:
    """What the avro package, an independent implementation, says of a pair."""
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(
        reader=avro.schema.parse(json.dumps(reader)), writer=avro.schema.parse(json.dumps(writer))
    )
    return result.compatibility is SchemaCompatibilityType.compatible


def written_by(schema: Schema, values: dict[str, object]) -> bytes:
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(copy.deepcopy(schema)), values)
    return b"\0" + NEWER_ID.to_bytes(4, "big") + stream.getvalue()


def ids_with(schema: Schema) -> SchemaIds:
    return SchemaIds.from_mapping(SchemaIds.local().fingerprints(), {NEWER_ID: schema})


def test_every_record_that_travels_is_released_as_its_source_says() -> None:
    assert unreleased() == []
    assert sorted(released()) == sorted(travelling_records())


def test_versions_are_numbered_without_gaps() -> None:
    for versions in released().values():
        assert [version.version for version in versions] == list(range(1, len(versions) + 1))


def test_a_release_is_laid_out_as_the_sources_are() -> None:
    for versions in released().values():
        for version in versions:
            path = folder("released").joinpath(f"{version.record}.{version.version}.avsc")
            assert path.read_text("utf-8") == formatted(version.schema) + "\n"


def test_all_released_versions_read_one_another() -> None:
    assert transitive_conflicts() == []


@pytest.mark.parametrize("record", travelling_records())
def test_a_second_implementation_agrees_that_they_do(record: str) -> None:
    for one, other in product(released()[record], repeat=2):
        assert oracle_accepts(one.schema, other.schema)


def with_new_field(schema: Schema) -> None:
    schema["fields"].append({"name": "weather", "type": ["null", "string"], "default": None, "cap": 9})


def with_required_field(schema: Schema) -> None:
    schema["fields"].append({"name": "weather", "type": "string"})


def with_new_symbol(schema: Schema) -> None:
    field_of(schema, "seen_by")["type"]["symbols"].insert(0, "drone")


def with_dropped_symbol(schema: Schema) -> None:
    field_of(schema, "seen_by")["type"]["symbols"].remove("police")


def with_dropped_optional_field(schema: Schema) -> None:
    schema["fields"].remove(field_of(schema, "place"))


def with_other_type(schema: Schema) -> None:
    field_of(schema, "place")["type"] = ["null", "int"]


def with_widened_type(schema: Schema) -> None:
    field_of(schema, "settled_elsewhere")["type"] = "string"


def with_renamed_record(schema: Schema) -> None:
    schema["name"] = "ChildSeen"


Change = Callable[[Schema], None]

AGREEING: list[tuple[str, Change]] = [
    ("ChildFound", with_new_field),
    ("ChildFound", with_new_symbol),
    ("ChildFound", with_dropped_symbol),
    ("ChildFound", with_dropped_optional_field),
]
BREAKING: list[tuple[str, Change]] = [
    ("ChildFound", with_required_field),
    ("ChildFound", with_other_type),
    ("ChildReturned", with_widened_type),
    ("ChildFound", with_renamed_record),
]


def judged(record: str, change: Change) -> set[bool]:
    """What we, and what the avro package, say of a record before and after a change, both ways together."""
    old, new = newest(record).schema, newer(record)
    change(new)
    ours = not conflicts(old, new) and not conflicts(new, old)
    return {ours, oracle_accepts(old, new) and oracle_accepts(new, old)}


@pytest.mark.parametrize("record,change", AGREEING)
def test_a_change_that_agrees_is_taken_by_both_implementations(record: str, change: Change) -> None:
    assert judged(record, change) == {True}


@pytest.mark.parametrize("record,change", BREAKING)
def test_a_change_that_breaks_is_refused_by_both_implementations(record: str, change: Change) -> None:
    assert judged(record, change) == {False}


def test_a_conflict_says_where() -> None:
    new = newer("ChildFound")
    with_required_field(new)
    assert conflicts(new, newest("ChildFound").schema) == ["ChildFound.weather: is not written, and has no default"]


def test_a_symbol_newer_than_the_reader_reads_as_unknown() -> None:
    new = newer("ChildFound")
    field_of(new, "seen_by")["type"]["symbols"].insert(0, "drone")
    field_of(new, "place_kind")["type"]["symbols"].append("moon")
    values = conversion_of("ChildFound").write(ChildFound(condition=Condition.WELL))
    data = written_by(new, values | {"seen_by": "drone", "place_kind": "moon"})
    found = decode(data, ids_with(new), ChildFound)
    assert (found.seen_by, found.place_kind, found.condition) == (SeenBy.UNKNOWN, PlaceKind.UNKNOWN, Condition.WELL)


def test_a_symbol_newer_than_the_reader_inside_a_list_reads_as_unknown() -> None:
    new = newer("MissingReported")
    field_of(new, "travel_cues")["type"]["items"]["symbols"].append("balloon")
    values = conversion_of("MissingReported").write(filled(MissingReported))
    data = written_by(new, values | {"travel_cues": ["station", "balloon"]})
    decoded = decode(data, ids_with(new), MissingReported)
    assert decoded.travel_cues == (TravelCue.STATION, TravelCue.UNKNOWN)


def test_a_field_newer_than_the_reader_is_read_over() -> None:
    new = newer("StatusClaimed")
    with_new_field(new)
    values = conversion_of("StatusClaimed").write(filled(StatusClaimed))
    data = written_by(new, values | {"weather": "rain"})
    assert decode(data, ids_with(new), StatusClaimed) == filled(StatusClaimed)


def test_a_newer_writer_is_held_to_its_own_one_encoding() -> None:
    new = newer("StatusClaimed")
    with_new_field(new)
    values = conversion_of("StatusClaimed").write(filled(StatusClaimed))
    data = written_by(new, values | {"weather": "rain"})
    with pytest.raises(UndecodableMessage):
        decode(data + b"\0", ids_with(new))


def test_a_newer_schema_that_does_not_agree_is_not_pinned() -> None:
    new = newer("ChildFound")
    with_required_field(new)
    with pytest.raises(SchemaError, match="does not agree with ChildFound version 1"):
        ids_with(new)


def test_an_id_pinned_to_nothing_released_is_refused() -> None:
    with pytest.raises(SchemaError, match="pinned to no released schema"):
        SchemaIds.from_mapping({1: "0" * 64})


def test_a_table_without_an_id_for_a_record_is_refused() -> None:
    mapping = SchemaIds.local().fingerprints()
    del mapping[SchemaIds.local().id_of(ChildFound)]
    with pytest.raises(SchemaError, match="no schema id for the newest version of: ChildFound"):
        SchemaIds.from_mapping(mapping)


def test_ids_survive_a_cache() -> None:
    ids = SchemaIds.local()
    cached = {int(key): value for key, value in json.loads(json.dumps(ids.fingerprints())).items()}
    record = filled(ChildFound)
    assert encode(record, SchemaIds.from_mapping(cached)) == encode(record, ids)


def test_a_released_version_is_never_written_again(tmp_path: Path) -> None:
    path = release("ChildFound", tmp_path)
    assert path.name == f"ChildFound.{len(released()['ChildFound']) + 1}.avsc"
    with pytest.raises(ReleasedSchemaAltered, match="never altered"):
        release("ChildFound", tmp_path)


def test_a_fingerprint_ignores_layout_and_nothing_else() -> None:
    schema = expanded("ChildFound")
    assert fingerprint(json.loads(formatted(schema))) == fingerprint(schema)
    changed = copy.deepcopy(schema)
    changed["fields"][0]["class"] = "routing"
    assert fingerprint(changed) != fingerprint(schema)
