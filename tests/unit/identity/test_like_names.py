"""Twins of like names, short middle names, names run together, titles: what is one name and what is two."""

import pytest

from hub.identity.facts import names
from hub.identity.names import Family, Given, name_levels
from hub.identity.words import Likeness, likeness
from schemas.records import ClaimOutcome
from tests.unit.identity.test_relatives import Reports


def given_level(one: str, other: str) -> Given:
    first, second = (tuple(names([name])) for name in (one, other))
    found = name_levels(first, [("sample",)], second, [("sample",)])
    assert found == name_levels(second, [("sample",)], first, [("sample",)])
    assert found.family is Family.SAME
    return found.given


@pytest.mark.parametrize(
    "one, other",
    [
        ("Sami", "Samir"),
        ("Ionut", "Ionel"),
        ("Julia", "Julita"),
        ("Chidinma", "Chidimma"),
        ("Chidimma Yewande Adaeze", "Chidinma Folake"),
        ("Tiana", "Tiara"),
        ("Karan", "Kiran"),
        ("Gurjit", "Gurjot"),
        ("Jaspreet", "Navpreet"),
        ("Farhana", "Farzana"),
        ("Mariusz", "Dariusz"),
        ("Hamidullah", "Habibullah"),
        ("Vihaan", "Vivaan"),
        ("Florin", "Florina"),
    ],
)
def test_twins_of_like_names_are_not_joined_without_a_person(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        reports = Reports()
        reports.take(first, sex="male")
        assert reports.take(second, sex="male") is not ClaimOutcome.LINK


@pytest.mark.parametrize(
    "one, other",
    [
        ("Samir", "Sameer"),
        ("Samuel", "Sam"),
        ("Iulian", "Julian"),
        ("Harjit", "Harj"),
        ("Marcel", "Marc"),
        ("Julita", "Julitta"),
        ("Chidimma", "Chidima"),
        ("Jaspreet", "Jasprit"),
    ],
)
def test_a_form_of_a_name_or_a_slip_in_one_is_one_childs_still(one: str, other: str) -> None:
    reports = Reports()
    reports.take(one, sex="male")
    assert reports.take(other, sex="male") is ClaimOutcome.LINK


@pytest.mark.parametrize("one, other", [("kiran", "kieran"), ("sohail", "sohaib"), ("livia", "liviu")])
def test_names_of_the_table_one_slip_apart_are_two(one: str, other: str) -> None:
    assert likeness(one, other) < Likeness.NICKNAME


@pytest.mark.parametrize("given", ["Mstr Testa", "MSTR. TESTA", "Testa, Mstr"])
def test_mstr_is_a_title(given: str) -> None:
    assert names([given]) == names(["Testa"])


def test_a_title_alone_names_nobody() -> None:
    assert not names(["Mstr"])


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ("Aimee A.", "Aimee Ava", Given.SAME),
        ("Noah Z", "Noah Zac", Given.SAME),
        ("Lauren I", "Lauren Ivy", Given.SAME),
        ("Zoe G", "Zoe Grace", Given.SAME),
        ("Noah Z", "Noah Ava", Given.OVERLAP),
        ("Wei Jie", "Wii Jie", Given.CLOSE),
        ("A", "Ava", Given.INITIAL),
    ],
)
def test_the_initial_of_a_short_middle_name_agrees_as_that_of_a_long_one_does(
    one: str, other: str, expected: Given
) -> None:
    assert given_level(one, other) is expected


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ("Lilyrose", "Lily-Rose Aaliyah", Given.SAME),
        ("Lilyrose Aaliyah", "Lily Rose", Given.SAME),
        ("Lilyrose Aaliyah", "Lily Rose A", Given.SAME),
        ("Maryam Lilyrose", "Lily Rose", Given.SUBSET),
        ("Abdulrahman", "Abdul Rahman Ali", Given.SAME),
    ],
)
def test_a_name_run_together_agrees_with_a_middle_name_beside_it(one: str, other: str, expected: Given) -> None:
    assert given_level(one, other) is expected
