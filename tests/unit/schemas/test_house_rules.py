"""The sources keep the house rules, what is generated from them is fresh, and the rules bite."""

import copy
from collections.abc import Callable
from typing import get_type_hints

import pytest

from schemas.catalogue import leaves
from schemas.generate import stale
from schemas.lint import findings
from schemas.records import RECORDS, Address, AgencyMessage, Disclosure, MissingReported
from schemas.sources import Schema, folder, formatted, sources, travelling_records


def test_the_sources_keep_every_rule() -> None:
    assert findings() == []


def test_the_records_are_what_the_sources_say() -> None:
    assert stale(sources()) == []


def test_the_sources_are_laid_out_in_one_way() -> None:
    for name, schema in sources().items():
        assert folder("avro").joinpath(f"{name}.avsc").read_text("utf-8") == formatted(schema) + "\n"


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_has_the_fields_of_its_schema(name: str) -> None:
    hints = [field for field in get_type_hints(RECORDS[name]) if field != "SCHEMA_NAME"]
    assert sorted(hints) == sorted(field["name"] for field in sources()[name]["fields"])
    assert name == RECORDS[name].SCHEMA_NAME


def test_messages_of_agencies_share_their_head() -> None:
    messages = [name for name in travelling_records() if sources()[name]["kind"] == "message"]
    assert all(issubclass(RECORDS[name], AgencyMessage) for name in messages)
    assert not issubclass(RECORDS["Acknowledged"], AgencyMessage)


def _without_doc(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0].pop("doc")


def _without_cap(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0].pop("cap")


def _without_class(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0]["class"] = "secret"


def _recursive(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0]["type"] = ["null", "Person"]


def _empty_record(types: dict[str, Schema]) -> None:
    types["Address"]["fields"] = []


def _array_of_null(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0] |= {"type": {"type": "array", "items": "null"}, "default": []}


def _array_of_arrays(types: dict[str, Schema]) -> None:
    inner = {"type": "array", "items": "string"}
    types["Address"]["fields"][0] |= {"type": {"type": "array", "items": inner}, "default": []}


def _array_without_item_cap(types: dict[str, Schema]) -> None:
    types["Person"]["fields"][2].pop("item_cap")


def _wide_union(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0]["type"] = ["null", "string", "int"]


def _without_default(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0].pop("default")


def _enum_without_unknown(types: dict[str, Schema]) -> None:
    types["Sex"]["symbols"].remove("unknown")


def _enum_field_without_default(types: dict[str, Schema]) -> None:
    next(field for field in types["Person"]["fields"] if field["name"] == "sex").pop("default")


def _words_not_said(types: dict[str, Schema]) -> None:
    types["Address"]["doc"] = "Where an absconder lives."


def _head_in_other_order(types: dict[str, Schema]) -> None:
    types["ChildFound"]["fields"].reverse()


def _undefined_type(types: dict[str, Schema]) -> None:
    types["Address"]["fields"][0]["type"] = ["null", "Castle"]


def _inherit_without_holder(types: dict[str, Schema]) -> None:
    types["ChildFound"]["fields"][8]["class"] = "inherit"


BREACHES: list[tuple[Callable[[dict[str, Schema]], None], str]] = [
    (_without_doc, "needs a doc"),
    (_without_cap, "needs a cap"),
    (_without_class, "needs a class"),
    (_recursive, "contains itself"),
    (_empty_record, "size zero"),
    (_array_of_null, "null is not defined"),
    (_array_of_arrays, "neither unions nor arrays"),
    (_array_without_item_cap, "needs an item_cap"),
    (_wide_union, "null and one type"),
    (_without_default, "needs the default null"),
    (_enum_without_unknown, "needs the symbol unknown"),
    (_enum_field_without_default, "needs the default unknown"),
    (_words_not_said, "not said of children"),
    (_head_in_other_order, "every message begins with"),
    (_undefined_type, "type Castle is not defined"),
    (_inherit_without_holder, "no holder"),
]


@pytest.mark.parametrize("breach,finding", BREACHES)
def test_a_breach_of_a_rule_is_found(breach: Callable[[dict[str, Schema]], None], finding: str) -> None:
    types = copy.deepcopy(dict(sources()))
    breach(types)
    assert any(finding in found for found in findings(types)), findings(types)


def test_every_leaf_of_every_message_has_a_class_or_is_control() -> None:
    for record in travelling_records():
        assert all(leaf.disclosure is not Disclosure.UNKNOWN for leaf in leaves(record).values())


def test_a_field_that_inherits_has_the_class_of_its_holder() -> None:
    table = leaves(MissingReported)
    assert table["person.home.line"].disclosure is Disclosure.IDENTITY
    assert table["person.placement_address.line"].disclosure is Disclosure.PROTECTED
    assert table["contact.telephone"].disclosure is Disclosure.ROUTING


def test_a_leaf_knows_the_address_it_is_part_of() -> None:
    table = leaves(MissingReported)
    assert table["person.home.postcode"].address == "person.home"
    assert table["person.given_names"].address is None
    assert all(leaf.address for path, leaf in table.items() if path.endswith("postcode"))
    assert Address.SCHEMA_NAME == "Address"


def test_a_path_through_a_list_has_no_index_and_says_so() -> None:
    leaf = leaves(MissingReported)["person.flags.basis"]
    assert (leaf.is_list, leaf.cap, leaf.item_cap) == (True, 500, None)
    names = leaves(MissingReported)["person.other_names"]
    assert (names.is_list, names.cap, names.item_cap) == (True, 200, 20)


def test_who_may_be_told_is_never_disclosed_by_class() -> None:
    assert leaves(MissingReported)["reporter.may_be_told"].disclosure is None
