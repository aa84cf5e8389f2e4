"""What stands in the place of a fact and says nothing: two children who have it in common have nothing in common."""

from datetime import UTC, date, datetime

import pytest

from hub.checks.codes import code_findings
from hub.checks.gaps import gap_findings
from hub.identity import claim_reference, column_reference, facts_from_columns, facts_of
from hub.identity.facts import names
from hub.identity.names import Given, name_levels
from hub.ids import AgencyId, ClaimId
from schemas.records import (
    AgencyKind,
    ClaimOutcome,
    ExternalRef,
    Identifier,
    IdentifierKind,
    MissingReported,
    Person,
)
from tests.unit.identity.test_relatives import Reports

COUNCIL = AgencyId("E08000005")
BORN = "2011-03-14"


@pytest.mark.parametrize(
    "said",
    [
        "N/K", "n.k.", "N/A", "U/K", "T.B.C.", "Not given", "NOT RECORDED", "Not provided",
        "To be confirmed", "Name not known", "No name", "Unborn", "Unidentified male", "Refused", "Withheld", "Unkown",
        "Missing person", "Twin 2", "Sibling two", "123", "?", "First name", "Misper",
    ],
)  # fmt: skip
def test_two_children_without_a_name_are_never_linked_by_what_stands_in_its_place(said: str) -> None:
    home = Reports()
    home.take(said, family=said)
    assert home.take(said, family=said) is not ClaimOutcome.LINK


@pytest.mark.parametrize("said", ["A A", "J.P.", "J P", "L"])
def test_initials_are_no_given_name_that_agrees(said: str) -> None:
    home = Reports()
    home.take(said)
    assert home.take(said) is ClaimOutcome.REVIEW


@pytest.mark.parametrize(
    "said, kept",
    [
        ("Mr Young", ("young",)),
        ("Young", ("young",)),
        ("Na Li", ("na", "li")),
        ("Do Na", ("do", "na")),
        ("Be", ("be",)),
        ("Minor", ("minor",)),
        ("Baby Barnes", ("barnes",)),
        ("Leah (surname unknown)", ("leah",)),
        ("Young person", ()),
        ("Not known", ()),
        ("Na", ()),
    ],
)
def test_what_is_a_name_stays_one(said: str, kept: tuple[str, ...]) -> None:
    assert names([said]) == ({kept} if kept else frozenset())


@pytest.mark.parametrize("born", ["1900-01-01", "1900", "1901-01-01", "1970-01-01", "2026-03-20", "2099"])
def test_a_day_that_a_system_fills_in_or_that_lies_ahead_is_no_date_of_birth(born: str) -> None:
    known = facts_from_columns(ClaimId("c"), {"date_of_birth": born, "received_at": "2026-03-14T17:00:00Z"})
    assert not known.births | known.birth_years


@pytest.mark.parametrize("born", [date(1900, 1, 1), date(2026, 3, 20)])
def test_a_message_with_such_a_day_has_no_date_of_birth(born: date) -> None:
    message = MissingReported(occurred_at=datetime(2026, 3, 14, tzinfo=UTC), person=Person(date_of_birth=born))
    known = facts_of(ClaimId("c"), COUNCIL, AgencyKind.AUTHORITY, message)
    assert not known.births | known.birth_years


def test_a_child_born_today_has_a_date_of_birth() -> None:
    known = facts_from_columns(ClaimId("c"), {"date_of_birth": "2026-03-14", "received_at": "2026-03-13T23:30:00Z"})
    assert known.births == {date(2026, 3, 14)}


@pytest.mark.parametrize("number", ["0000000000", "999 999 9999", "0123456789", "9876543210"])
def test_a_number_that_fits_its_check_and_stands_for_none_is_matched_with_nothing(number: str) -> None:
    home = Reports()
    home.take("Omar", family="One", nhs_number=number, home_line="", home_postcode="")
    assert home.take(
        "Omar", family="Other", born="", nhs_number=number, home_line="", home_postcode=""
    ) is ClaimOutcome.FIRST  # fmt: skip


def test_the_sender_of_a_number_that_stands_for_none_is_told_so() -> None:
    said = (Identifier(kind=IdentifierKind.NHS_NUMBER, value="0000000000"),)
    (finding,) = code_findings(MissingReported(person=Person(identifiers=said)), ())
    assert finding.rule == "is a number that stands for none"


@pytest.mark.parametrize("said", ["TBC", "N/A", "Not yet known", "reported", "Yes", "0", "-"])
def test_what_is_written_where_there_is_no_reference_is_quoted_by_nobody(said: str) -> None:
    town = Reports()
    town.take("Leah", family="One", other_refs=said, home_line="", home_postcode="")
    assert town.take(
        "Leah", family="Other", born="", other_refs=said, home_line="", home_postcode=""
    ) is ClaimOutcome.FIRST  # fmt: skip


def test_a_message_quotes_no_such_reference_either() -> None:
    message = MissingReported(external_refs=(ExternalRef(value="TBC"), ExternalRef(agency="E23000005", value="N/K")))
    assert not facts_of(ClaimId("c"), COUNCIL, AgencyKind.AUTHORITY, message).quoted_references


@pytest.mark.parametrize("said", ["TBC", "n/a", "0000", "Unknown", "?"])
def test_two_children_filed_under_no_reference_are_two_claims(said: str) -> None:
    row = {"child_ref": said, "episode_ref": "E-1", "record_id": "r1"}
    assert column_reference(row) == "episode:E-1"
    assert column_reference(row | {"episode_ref": said}) == "message:r1"
    known = facts_from_columns(ClaimId("c"), row | {"sender": str(COUNCIL)})
    assert known.own_references == {(str(COUNCIL), "E-1")}
    assert not known.is_filed
    assert claim_reference(MissingReported(child_ref=said), "m1") == "message:m1"


def test_a_sender_that_gives_no_reference_in_so_many_words_is_asked_for_one() -> None:
    assert any(finding.field == "child_ref" for finding in gap_findings(MissingReported(child_ref="TBC")))
    assert not any(finding.field == "child_ref" for finding in gap_findings(MissingReported(child_ref="T-1")))


@pytest.mark.parametrize("place", [("Not disclosed", "ZZ99 3CZ"), ("As above", ""), ("No fixed abode", "ZZ99 3VZ")])
def test_no_place_is_no_address(place: tuple[str, str]) -> None:
    line, postcode = place
    assert not facts_from_columns(ClaimId("c"), {"home_line": line, "home_postcode": postcode}).homes


def test_mohammed_alone_in_arabic_letters_is_mohammed_alone() -> None:
    (one,), (other,) = names(["محمد"]), names(["Mohammed"])
    assert name_levels([one], [], [other], []).given is Given.VARIANT
