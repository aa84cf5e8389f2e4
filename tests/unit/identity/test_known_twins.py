"""A twin who is known: what a report must say to be of one of the two, and names in each other's fields."""

import pytest

from hub.identity import ClaimFacts, ClaimRecord, Levels, facts_from_columns
from hub.identity.births import Birth
from hub.identity.comparisons import Official, Quoted, Reported, Sender, Sex, numbers_of_two
from hub.identity.gate import is_told_from, may_be_its_twin
from hub.identity.households import Household
from hub.identity.names import Family, Given, name_levels
from hub.identity.profile import profile_of, union
from hub.identity.syllables import in_order
from hub.ids import ChildId, ClaimId, EventId
from schemas.records import ClaimOutcome
from tests.unit.identity.test_relatives import ANOTHER_NHS, NHS, Reports

TWIN = Levels(
    given=Given.DIFFERENT, family=Family.SAME, birth=Birth.SAME, sex=Sex.SAME, identifier=Official.UNKNOWN,
    reference=Quoted.UNKNOWN, household=Household.ADDRESS, sender=Sender.DIFFERENT, reported=Reported.APART,
)  # fmt: skip
ITSELF = TWIN._replace(given=Given.SAME)


def _facts(given: str, family: str) -> ClaimFacts:
    return facts_from_columns(ClaimId(f"{given} {family}"), {"given_names": given, "family_name": family})


def _twins(one: str, other: str) -> Reports:
    reports = Reports()
    reports.take(one, nhs_number=NHS)
    assert reports.take(other, nhs_number=ANOTHER_NHS) is not ClaimOutcome.LINK
    return reports


def test_the_name_itself_tells_a_child_from_its_known_twin() -> None:
    assert _twins("Hassan", "Bilal").take("Hassan") is ClaimOutcome.LINK
    assert _twins("Hassan", "Bilal").take("Bilal") is ClaimOutcome.LINK


def test_a_name_that_both_known_twins_have_is_put_to_a_person() -> None:
    assert _twins("Hassan Bilal", "Bilal").take("Bilal") is ClaimOutcome.REVIEW


def test_a_slip_that_may_be_of_either_twin_is_put_to_a_person() -> None:
    assert _twins("Torvik", "Torvin").take("Torvil") is ClaimOutcome.REVIEW


@pytest.mark.parametrize(
    "levels, twin, expected",
    [
        ({}, {}, True),
        ({}, {"given": Given.NEAR}, True),
        ({}, {"given": Given.SUBSET}, False),
        ({"identifier": Official.SAME}, {"given": Given.SUBSET}, True),
        ({"given": Given.CLOSE}, {}, True),
        ({"given": Given.CLOSE}, {"given": Given.NEAR}, False),
        ({"given": Given.CLOSE}, {"identifier": Official.SAME}, False),
        ({}, {"identifier": Official.SAME}, True),
        ({}, {"given": Given.NEAR, "reference": Quoted.QUOTED}, False),
        ({"sex": Sex.NAMED_ALIKE}, {}, False),
        ({"given": Given.UNKNOWN}, {}, False),
    ],
)
def test_what_tells_a_child_from_its_twin(levels: dict[str, str], twin: dict[str, str], *, expected: bool) -> None:
    assert is_told_from(ITSELF._replace(**levels), TWIN._replace(**twin)) is expected  # type: ignore[arg-type]


def test_a_twin_has_the_birthday_and_nothing_against_the_household() -> None:
    assert may_be_its_twin(TWIN, ITSELF)
    assert not may_be_its_twin(TWIN._replace(birth=Birth.CLOSE), ITSELF)
    undated = TWIN._replace(birth=Birth.YEAR)
    assert may_be_its_twin(undated, undated)
    assert not may_be_its_twin(undated, ITSELF)
    assert may_be_its_twin(TWIN._replace(household=Household.UNKNOWN), ITSELF)
    assert not may_be_its_twin(TWIN._replace(household=Household.DIFFERENT), ITSELF)
    assert not may_be_its_twin(TWIN._replace(household=Household.UNKNOWN, family=Family.DIFFERENT), ITSELF)


@pytest.mark.parametrize(
    "given, family, expected",
    [
        ("tang", "sze", ("sze", "tang")),
        ("sze", "tang", ("sze", "tang")),
        ("tang", "chen", ("tang", "chen")),
        ("tang sze", "lee", ("tang sze", "lee")),
        ("tang", "", ("tang", "")),
    ],
)
def test_a_family_name_that_stands_in_the_place_of_the_given_one(
    given: str, family: str, expected: tuple[str, str]
) -> None:
    found = in_order(*(((tuple(name.split()),) if name else ()) for name in (given, family)))
    assert tuple(" ".join(name[0]) if name else "" for name in found) == expected


def test_sisters_whose_family_name_stands_first_are_not_joined_by_it() -> None:
    reports = Reports()
    reports.take("Tang", family="Swu")
    assert reports.take("Tang", family="Sze") is not ClaimOutcome.LINK


def test_of_names_in_each_others_fields_the_order_of_most_claims_is_believed() -> None:
    right, swapped = ("Faisal", "Mahmoud"), ("Mahmoud", "Faisal")
    most = union([profile_of(_facts(*right)), profile_of(_facts(*swapped)), profile_of(_facts(*right))])
    assert (most.given, most.family) == ((("faisal",),), (("mahmoud",),))
    even = union([profile_of(_facts(*right)), profile_of(_facts(*swapped))])
    assert even.given == even.family == (("faisal",), ("mahmoud",))


def test_two_names_that_are_swapped_and_only_alike_are_those_of_twins() -> None:
    found = name_levels([("sharmin",)], [("rezavi",)], [("rezavi",)], [("sharmina",)])
    assert (found.given, found.slip) == (Given.SWAPPED, ("sharmin", "sharmina"))
    reports = Reports()
    for number in range(3):
        for name in ("Sharmin", "Sharmina"):
            elsewhere = {"home_line": f"{number} Sample Street", "home_postcode": f"YY{number} 9ZZ"}
            reports.take(name, family=f"Other{number}", born=f"200{number}-05-06", **elsewhere)
    reports.take("Sharmin", family="Rezavi")
    assert reports.take("Rezavi", family="Sharmina") is not ClaimOutcome.LINK


def test_two_references_of_one_agency_for_one_night_are_of_two_children() -> None:
    outcomes = []
    for at in ("2025-01-22T23:33:00Z", "2025-03-14T02:10:00Z"):
        reports = Reports()
        home = {"sender": "placement-1", "sender_kind": "placement"}
        reports.take("Oscar", received_at="2025-01-23T03:01:00Z", **home)
        outcomes.append(reports.take("Oscar", received_at=at, **home))
    assert outcomes == [ClaimOutcome.REVIEW, ClaimOutcome.LINK]


def _of_brothers(pairs: int, *, misnumbered: int) -> Reports:
    """An index of so many pairs of brothers, of whom so many have one number on both records."""
    reports = Reports()
    for number in range(pairs):
        home = {"home_line": f"{number} Sample Street", "home_postcode": "YY9 9ZZ", "family_name": f"Family{number}"}
        for place, born in enumerate((f"2009-05-{number % 28 + 1:02d}", f"2012-11-{number % 28 + 1:02d}")):
            columns = {
                "sender": f"agency-{place}", "child_ref": f"K{number}", "given_names": f"Given{number}x{place}",
                "nhs_number": f"{1_000_000 + 2 * number + (place if number >= misnumbered else 0)}",
                "date_of_birth": born, **home,
            }  # fmt: skip
            claim = ClaimId(f"brother-{number}-{place}")
            reports.index.put(
                ClaimRecord(
                    facts=facts_from_columns(claim, columns), child=ChildId(claim), origin=ChildId(claim), order=0,
                    number=1, decided_by=EventId(claim), came_from=None, outcome=ClaimOutcome.FIRST, why="",
                    matched=None,
                )
            )  # fmt: skip
    return reports


@pytest.mark.parametrize(
    "pairs, misnumbered, expected",
    [
        (60, 0, ClaimOutcome.REVIEW),
        (900, 0, ClaimOutcome.LINK),
        (900, 30, ClaimOutcome.REVIEW),
    ],
)
def test_a_number_beside_another_name_links_where_brothers_are_seen_to_have_numbers_of_their_own(
    pairs: int, misnumbered: int, expected: ClaimOutcome
) -> None:
    reports = _of_brothers(pairs, misnumbered=misnumbered)
    reports.take("Bilal", nhs_number=NHS)
    assert reports.take("Yusuf", nhs_number=NHS) is expected


@pytest.mark.parametrize("pairs, expected", [(60, ClaimOutcome.REVIEW), (900, ClaimOutcome.LINK)])
@pytest.mark.parametrize("given", ["Yusuf", ""])
def test_a_number_tells_a_child_from_a_twin_who_has_one_where_numbers_are_seldom_mistaken(
    pairs: int, given: str, expected: ClaimOutcome
) -> None:
    reports = _of_brothers(pairs, misnumbered=0)
    reports.take("Bilal", nhs_number=NHS)
    assert reports.take("Hamza", nhs_number=ANOTHER_NHS) is not ClaimOutcome.LINK
    decision = reports.decide(given, nhs_number=NHS)
    assert decision.record.outcome is expected
    assert decision.explanation is not None
    assert [line.note for line in decision.explanation.lines if line.comparison == "numbers"] == [
        "brothers and sisters here seldom bear one number"
    ]
    assert not any(line.level for line in decision.explanation.lines if line.comparison == "numbers")


def test_who_shares_an_address_and_no_family_name_says_nothing_of_how_brothers_are_numbered() -> None:
    one, other = (
        profile_of(facts_from_columns(ClaimId(name), {"family_name": name, "nhs_number": number}))
        for name, number in (("Sample", NHS), ("Other", ANOTHER_NHS))
    )
    assert numbers_of_two(one, other) is Official.UNKNOWN
    assert numbers_of_two(one, other._replace(family=one.family)) is Official.DIFFERENT


@pytest.mark.parametrize(
    "born, expected",
    [("2011-03-14", Official.UNKNOWN), ("", Official.UNKNOWN), ("2008-11-02", Official.SAME)],
)
def test_one_number_is_of_two_children_only_where_they_were_surely_born_apart(born: str, expected: Official) -> None:
    one, other = (
        profile_of(facts_from_columns(ClaimId(day), {"family_name": "A", "nhs_number": NHS, "date_of_birth": day}))
        for day in ("2011-03-14", born)
    )
    assert numbers_of_two(one, other) is expected


def test_of_two_orders_the_one_is_believed_whose_given_name_alone_is_known_as_a_name() -> None:
    both = union([profile_of(_facts(*names)) for names in (("Lucas", "Underbank"), ("Underbank", "Lucas"))])
    assert (both.given, both.family) == ((("lucas",),), (("underbank",),))
    reports = Reports()
    for given, family in (("Lucas", "Underbank"), ("Underbank", "Lucas")):
        reports.take(given, family=family)
    assert reports.index.children == 1
    assert reports.take("Lucas", family="Overhill") is ClaimOutcome.LINK
    assert reports.take("Wystan", family="Lucas") is not ClaimOutcome.LINK
