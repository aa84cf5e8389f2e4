"""Strangers who have a given name and a birthday in common, and two who share a room: a person is asked."""

import pytest

from hub.identity import compared, facts_from_columns, personal_evidence
from hub.identity.comparisons import Levels
from hub.ids import ClaimId
from schemas.records import ClaimOutcome
from tests.unit.identity.test_relatives import NHS, Reports

ELSEWHERE = {"home_line": "77 Other Street", "home_postcode": "XX7 7ZZ"}
NOWHERE = {"home_line": "", "home_postcode": ""}
ROOM = {"home_line": "", "home_postcode": "", "placement_line": "4 Example Road", "placement_postcode": "ZZ1 1ZZ"}


def levels(one: dict[str, str], other: dict[str, str]) -> Levels:
    first, second = (facts_from_columns(ClaimId(str(place)), said) for place, said in enumerate((one, other)))
    return compared(first, second).levels


@pytest.mark.parametrize("where", [ELSEWHERE, NOWHERE])
@pytest.mark.parametrize("known, said", [("Ananya", "Ananya Riya"), ("Testa", "Testa")])
def test_a_given_name_and_a_birthday_beside_another_family_name_and_no_address_are_put_to_a_person(
    known: str, said: str, where: dict[str, str]
) -> None:
    reports = Reports()
    reports.take(known, family="Sharma", sex="female")
    assert reports.take(said, family="Nair", sex="female", **where) is ClaimOutcome.REVIEW


@pytest.mark.parametrize(
    "further",
    [
        {"family": "Sharma"},
        {"family": "Sharma-Nair"},
        {"family": ""},
        {"family": "Nair", "home_line": "4 Example Road", "home_postcode": "ZZ1 1ZZ"},
        {"family": "Nair", "nhs_number": NHS},
        {"family": "Nair", "other_refs": "C1"},
    ],
)
def test_they_are_enough_where_family_name_address_number_or_reference_agrees(further: dict[str, str]) -> None:
    reports = Reports()
    reports.take("Ananya", family="Sharma", sex="female", nhs_number=NHS)
    assert reports.take("Ananya", sex="female", **(NOWHERE | further)) is ClaimOutcome.LINK


@pytest.mark.parametrize("at", ["", "2026-03-14T22:00:00Z"])
@pytest.mark.parametrize("born", ["2008-01-01", "2008"])
def test_two_of_one_given_name_and_year_who_share_a_room_are_two(born: str, at: str) -> None:
    home = Reports()
    home.take("Biniam", family="Kiflom", born=born, sex="male", received_at=at, **ROOM)
    taken = home.take("Biniam", family="Weldegebriel", born="2008-04-15", sex="male", received_at=at, **ROOM)
    assert taken is not ClaimOutcome.LINK


def test_of_one_family_name_or_none_that_is_known_they_are_one() -> None:
    for family in ("Kiflom", ""):
        home = Reports()
        home.take("Biniam", family="Kiflom", born="2008", sex="male", **ROOM)
        assert home.take("Biniam", family=family, born="2008-04-15", sex="male", **ROOM) is ClaimOutcome.LINK


@pytest.mark.parametrize(
    "at, outcome",
    [
        ("2026-03-15T01:00:00Z", ClaimOutcome.LINK),
        ("2026-03-16T22:00:00Z", ClaimOutcome.REVIEW),
        ("2026-05-02T22:00:00Z", ClaimOutcome.REVIEW),
    ],
)
def test_they_are_enough_elsewhere_within_the_hours_of_one_absence_and_not_days_later(
    at: str, outcome: ClaimOutcome
) -> None:
    reports = Reports()
    reports.take("Ananya", family="Sharma", sex="female", received_at="2026-03-14T22:00:00Z")
    assert reports.take("Ananya", family="Nair", sex="female", received_at=at, **ELSEWHERE) is outcome


@pytest.mark.parametrize(
    "where, born, at, outcome",
    [
        (ELSEWHERE, "2013-09-02", "2026-05-02T22:00:00Z", ClaimOutcome.FIRST),
        (NOWHERE, "2013-09-02", "2026-05-02T22:00:00Z", ClaimOutcome.FIRST),
        (NOWHERE, "2013-09-02", "2026-03-14T23:00:00Z", ClaimOutcome.REVIEW),
        (NOWHERE, "2013-09-02", "", ClaimOutcome.REVIEW),
        (NOWHERE, "2011-06-07", "2026-05-02T22:00:00Z", ClaimOutcome.REVIEW),
        (NOWHERE, "2013-01-01", "2026-05-02T22:00:00Z", ClaimOutcome.REVIEW),
        (NOWHERE, "2013", "2026-05-02T22:00:00Z", ClaimOutcome.REVIEW),
        (NOWHERE | {"other_refs": "C1"}, "2013-09-02", "2026-05-02T22:00:00Z", ClaimOutcome.LINK),
    ],
)
def test_a_namesake_born_in_another_year_is_put_to_nobody_unless_time_or_reference_agrees(
    where: dict[str, str], born: str, at: str, outcome: ClaimOutcome
) -> None:
    reports = Reports()
    reports.take("Osric", family="Quillfeather", born="2011-05-17", received_at="2026-03-14T22:00:00Z")
    taken = reports.take("Osric", family="Quillfeather", born=born, received_at=at, **where)
    assert taken is outcome


def test_the_gate_is_shut_to_them_whatever_the_sums() -> None:
    one = {"given_names": "Ananya", "family_name": "Sharma", "date_of_birth": "2012-04-16"}
    other = one | {"family_name": "Nair"}
    assert personal_evidence(levels(one, one))
    assert not personal_evidence(levels(one, other))
    assert personal_evidence(levels(one | ELSEWHERE, other | ELSEWHERE))
