"""A whole name in one field is the child's all the same; a date of birth some weeks off is no brother's or sister's."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.births import Birth, birth_level
from hub.identity.facts import Words, names
from hub.identity.names import Family, Given, name_levels
from schemas.records import ClaimOutcome
from tests.unit.identity.test_relatives import Reports


def split(name: str) -> tuple[Words, ...]:
    return tuple(names([name]))


def levels(one: tuple[str, str], other: tuple[str, str]) -> tuple[Given, Family]:
    found = name_levels(split(one[0]), split(one[1]), split(other[0]), split(other[1]))
    back = name_levels(split(other[0]), split(other[1]), split(one[0]), split(one[1]))
    assert found == back
    return found.given, found.family


@pytest.mark.parametrize(
    "whole",
    [
        ("", "Testa Sample"),
        ("", "Sample, Testa"),
        ("Testa Sample", ""),
        ("SAMPLE, Testa", ""),
        ("Miss", "Sample, Testa"),
        ("Unknown", "Testa Sample"),
    ],
)
def test_a_whole_name_in_one_field_agrees_in_both(whole: tuple[str, str]) -> None:
    assert levels(whole, ("Testa", "Sample")) == (Given.SAME, Family.SAME)


@pytest.mark.parametrize(
    "whole, given, family",
    [
        (("", "Harriet Sampel"), Given.SAME, Family.CLOSE),
        (("", "Sample, Harrjet"), Given.CLOSE, Family.SAME),
        (("", "Harriet Sample-Example"), Given.SAME, Family.PART),
    ],
)
def test_it_agrees_as_well_as_its_parts_do(whole: tuple[str, str], given: Given, family: Family) -> None:
    assert levels(whole, ("Harriet", "Sample")) == (given, family)


@pytest.mark.parametrize("other", [("Bilal", "Sample"), ("Testa", "Other"), ("Sample", "Example")])
def test_where_a_part_of_it_is_somebody_elses_the_name_that_is_missing_stays_unknown(other: tuple[str, str]) -> None:
    assert levels(("", "Testa Sample"), other)[0] is Given.UNKNOWN


def test_a_double_family_name_alone_names_no_child() -> None:
    assert levels(("", "Sample Example"), ("Testa", "Sample-Example")) == (Given.UNKNOWN, Family.SAME)


@pytest.mark.parametrize("whole", [("", "Rees, Harriet"), ("", "Harriet Rees"), ("Rees, Harriet", "")])
def test_a_report_with_the_whole_name_in_one_field_is_linked_and_a_twins_is_not(whole: tuple[str, str]) -> None:
    reports = Reports()
    reports.take("Harriet", family="Rees", sex="female")
    reports.take("Molly", family="Rees", sex="female")
    assert reports.take(whole[0], family=whole[1], sex="female") is ClaimOutcome.LINK
    assert reports.take("", family="Rees", sex="female") is not ClaimOutcome.LINK


@pytest.mark.parametrize("after", [("Harriet", "Rees"), ("Harriet", "Rees-Example")])
def test_it_is_found_again_by_whoever_has_two_fields(after: tuple[str, str]) -> None:
    reports = Reports()
    reports.take("", family="Rees, Harriet", sex="female")
    assert reports.take(after[0], family=after[1], sex="female") is ClaimOutcome.LINK


@pytest.mark.parametrize(
    "text, held",
    [
        ("Testa aka Tes", {"testa", "tes"}),
        ("Testa A.K.A. Tes", {"testa", "tes"}),
        ("Testa, also known as Tes", {"testa", "tes"}),
        ("Testa (Tes)", {"testa", "tes"}),
        ("Miss Testa [goes by Tes]", {"testa", "tes"}),
        ("Testa/Tes", {"testa", "tes"}),
        ("TESTA (SPELLING?)", {"testa"}),
        ("Testa (unknown)", {"testa"}),
        ("Testa Ann-Marie", {"testa ann marie"}),
        ("Aka", {"aka"}),
        ("N/K", set()),
        ("(not known)", set()),
    ],
)
def test_what_one_field_holds_of_several_names_is_several(text: str, held: set[str]) -> None:
    assert {" ".join(name) for name in names([text])} == held


@pytest.mark.parametrize("given", ["Testa aka Tes", "Tes (Testa)", "Testa (spelling?)"])
def test_a_remark_beside_a_name_keeps_nobody_apart(given: str) -> None:
    reports = Reports()
    reports.take("Testa", sex="female")
    assert reports.take(given, sex="female") is ClaimOutcome.LINK


days = st.dates(min_value=date(2005, 1, 2), max_value=date(2020, 12, 30)).filter(
    lambda day: (day.month, day.day) != (1, 1)
)


@given(days, st.integers(-400, 400))
def test_the_level_of_two_days_is_the_same_from_either_side(born: date, apart: int) -> None:
    one, other = born.isoformat(), (born + timedelta(days=apart)).isoformat()
    level = birth_level([one], [other])
    assert level is birth_level([other], [one])
    if level is Birth.WEEKS:
        assert 0 < abs(apart) <= 45
    elif 0 < abs(apart) <= 45 and not other.endswith("-01-01"):
        assert level in {Birth.SWAPPED, Birth.CLOSE}


@pytest.mark.parametrize(
    "other, outcome",
    [
        ("2011-04-24", ClaimOutcome.LINK),  # from another calendar, six weeks off
        ("2011-02-27", ClaimOutcome.LINK),
        ("2011-08-27", ClaimOutcome.REVIEW),
        ("2013-09-27", ClaimOutcome.REVIEW),
    ],
)
def test_one_name_and_address_with_a_birthday_some_weeks_off_is_one_child(other: str, outcome: ClaimOutcome) -> None:
    reports = Reports()
    reports.take("Testa", born="2011-03-14", sex="female")
    assert reports.take("Testa", born=other, sex="female") is outcome


@pytest.mark.parametrize("further", [{"sex": "male"}, {"family": "Other"}, {"home_line": "", "home_postcode": ""}])
def test_with_less_than_name_sex_and_address_a_person_looks_at_it(further: dict[str, str]) -> None:
    reports = Reports()
    reports.take("Testa", born="2011-03-14", sex="female")
    assert reports.take("Testa", born="2011-04-24", **({"sex": "female"} | further)) is not ClaimOutcome.LINK


def test_a_twin_whose_date_slipped_by_a_month_is_not_joined() -> None:
    reports = Reports()
    reports.take("Hassan", born="2011-03-14", sex="male")
    assert reports.take("Hussain", born="2011-04-24", sex="male") is not ClaimOutcome.LINK


@pytest.mark.parametrize("other", ["Shaneke", "Shanebke"])
def test_two_slips_that_change_what_is_heard_may_be_a_twins_name(other: str) -> None:
    reports = Reports()
    reports.take("Shanelle", sex="female")
    assert reports.take(other, sex="female", home_line="", home_postcode="") is not ClaimOutcome.LINK


@pytest.mark.parametrize("other", ["Shanelie", "Shanneele"])
def test_a_slip_or_two_in_what_is_heard_alike_is_one_childs(other: str) -> None:
    reports = Reports()
    reports.take("Shanelle", sex="female")
    assert reports.take(other, sex="female") is ClaimOutcome.LINK
