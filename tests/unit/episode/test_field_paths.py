"""Paths of single fields: where they lead, and what a correction that leads nowhere is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.checks.changes import change_findings
from hub.episode.field_changes import with_changes
from hub.episode.field_paths import fault_in, is_among, steps_of
from schemas.records import (
    Answer,
    CorrectionMade,
    FieldChange,
    Flag,
    FlagKind,
    Identifier,
    IdentifierKind,
    MissingAmended,
    MissingReported,
    Person,
)

GOOD = [
    ("person.date_of_birth", "2011-02-03"),
    ("person.date_of_birth", None),
    ("person.identifiers.nhs_number.value", "9990000026"),
    ("person.identifiers.2.value", "9990000026"),
    ("person.identifiers[1].value", "9990000026"),
    ("person.flags.exploitation.value", "yes"),
    ("person.flags.exploitation-2.value", "yes"),
    ("person.flags.exploitation", None),
    ("person.other_names", "Tes; Testy"),
    ("last_seen.at", "2026-03-01T19:30:00Z"),
    ("status", "away"),
    ("grade", "high"),
]
NOWHERE = ["", ".", "person.dob", "person", "date_of_birth.day", "person.identifiers", "person.flags.shoe.value", "[0]"]
NO_VALUE = [
    ("person.date_of_birth", "03/02/2011", "2011-02-03"),
    ("last_seen.at", "22:40", "its offset"),
    ("last_seen.at", "2026-03-01T19:30:00", "its offset"),
    ("status", "elsewhere", "one of: "),
    ("grade", "very high", "one of: "),
    ("last_seen.area_code", "Rochdale", "E08000005"),
]


@pytest.mark.parametrize("field, new", GOOD)
def test_a_change_that_can_be_made_is_not_asked_about(field: str, new: str | None) -> None:
    assert fault_in(FieldChange(field=field, new=new), CorrectionMade) is None


@pytest.mark.parametrize("field", NOWHERE)
def test_a_path_that_leads_nowhere_is_asked_about(field: str) -> None:
    fault = fault_in(FieldChange(field=field, new="x"), CorrectionMade)
    assert fault is not None
    if field == "person.dob":
        assert fault.of_path


@pytest.mark.parametrize("field, new, expected", NO_VALUE)
def test_a_text_that_is_no_value_is_asked_about_with_what_would_be_one(field: str, new: str, expected: str) -> None:
    fault = fault_in(FieldChange(field=field, new=new), CorrectionMade)
    assert fault is not None
    assert not fault.of_path
    assert expected in fault.remedy
    assert new not in fault.remedy + fault.rule


def test_what_is_asked_names_the_change_and_the_nearest_field_and_nothing_that_was_written() -> None:
    changes = (
        FieldChange(field="status", new="away"),
        FieldChange(field="person.date_of_brith", new="2011-02-03"),
        FieldChange(field="person.date_of_birth", new="the third of Febtober"),
    )
    found = list(change_findings(CorrectionMade(corrects="m-1", changes=changes)))
    assert [finding.field for finding in found] == ["changes[1].field", "changes[2].new"]
    assert "person.date_of_birth" in found[0].remedy
    assert "brith" not in repr(found)
    assert "Febtober" not in repr(found)


def test_an_amendment_changes_reports_alone() -> None:
    change = FieldChange(field="grade", new="high")
    assert fault_in(change, CorrectionMade) is None
    assert fault_in(change, MissingAmended) is not None


@pytest.mark.parametrize("field", ["cancels", "corrects", "amends"])
def test_what_a_message_is_about_is_asked_for_as_a_new_message(field: str) -> None:
    change = FieldChange(field=field, new="0192f7c1-7000-7a3b-8c4d-5e6f70819202")
    (found,) = change_findings(CorrectionMade(corrects="0192f7c1-7000-7a3b-8c4d-5e6f70819203", changes=(change,)))
    assert (found.field, found.rule) == (
        "changes[0].field",
        "says what a message is about, which no correction changes",
    )


def test_an_item_may_be_named_as_a_receipt_names_it() -> None:
    flags = (Flag(kind=FlagKind.EXPLOITATION, value=Answer.UNKNOWN), Flag(kind=FlagKind.SELF_HARM))
    report = MissingReported(person=Person(flags=flags))
    changed = with_changes(report, [FieldChange(field="person.flags[0].value", new="yes")])
    assert changed.person is not None
    assert [flag.value for flag in changed.person.flags] == [Answer.YES, flags[1].value]


def test_a_number_that_a_report_did_not_have_is_added() -> None:
    change = FieldChange(field="person.identifiers.nhs_number.value", new="9990000026")
    changed = with_changes(MissingReported(), [change])
    assert changed.person is not None
    assert changed.person.identifiers == (Identifier(kind=IdentifierKind.NHS_NUMBER, value="9990000026"),)
    issuer = FieldChange(field="person.identifiers.nhs_number.issuer", new="X")
    assert with_changes(MissingReported(), [issuer]) == MissingReported()


@pytest.mark.parametrize(
    "name, field, is_of",
    [
        ("person.date_of_birth", "person.date_of_birth", True),
        ("return.returned_at", "returned_at", True),
        ("return.returned_at", "at", False),
        ("last_seen", "last_seen.place", True),
        ("person.flags.exploitation.value", "person.flags[0].value", True),
        ("person.flags.exploitation.value", "person.flags.2.value", True),
        ("person.flags.exploitation.value", "person.flags.self_harm.value", False),
        ("person.given_names", "person.family_name", False),
    ],
)
def test_a_change_is_of_the_field_it_names(name: str, field: str, *, is_of: bool) -> None:
    assert is_among(name, [FieldChange(field=field)]) is is_of


@given(st.text(max_size=40) | st.from_regex(r"person\.[a-z_\[\]0-9.-]{0,30}", fullmatch=True), st.none() | st.text())
def test_whatever_is_written_is_applied_or_asked_about(field: str, new: str | None) -> None:
    change = FieldChange(field=field, new=new)
    report = MissingReported()
    if fault_in(change, MissingAmended) is not None:
        assert with_changes(report, [change]) == report
    assert is_among("person.given_names", [change]) in {True, False}
    assert steps_of(field)
