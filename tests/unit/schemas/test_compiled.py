"""The compiled conversions say what the plain ones say: the same values, and the same fault."""

from copy import deepcopy
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.compiled import _straight, compiled
from schemas.conversion import Convert, Fault, Value, conversion_of
from schemas.records import RECORDS, Record
from tests.strategies import bare, filled, records, travelling


@given(record=records())
def test_both_ways_give_what_the_plain_conversion_gives(record: Record) -> None:
    name = record.SCHEMA_NAME
    plain = conversion_of(name).write(record)
    assert compiled(name).write(record) == plain
    assert compiled(name).read(deepcopy(plain)) == conversion_of(name).read(plain) == record


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_a_sound_record_never_leaves_the_straight_road(name: str) -> None:
    for record in (filled(RECORDS[name]), bare(RECORDS[name])):
        plain = _straight(name, "write")(record)
        assert _straight(name, "read")(plain) == record


@given(cls=st.sampled_from(travelling()), data=st.data())
def test_a_value_of_any_other_kind_is_a_fault_where_the_plain_conversion_finds_one(
    cls: Any,  # noqa: ANN401 - any class of record
    data: st.DataObject,
) -> None:
    field = data.draw(st.sampled_from(fields(cls)))
    strange = data.draw(st.sampled_from([object(), 2.5, -(2**70), True, "x" * 300_000, b"\xff", ("x",) * 300_000]))
    harmed = replace(filled(cls), **{field.name: strange})
    assert outcome(compiled(cls.SCHEMA_NAME).write, harmed) == outcome(conversion_of(cls.SCHEMA_NAME).write, harmed)


def outcome(convert: Convert, value: Value) -> object:
    try:
        return convert(value)
    except Fault as fault:
        return fault.where, fault.kind, fault.expected
