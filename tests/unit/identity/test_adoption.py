"""One person with a former and a new identity: which of the two a report is of, and when it is withheld from both."""

from dataclasses import replace
from datetime import date

import pytest

from hub.identity import Decision, IdentityIndex
from hub.identity.facts import address, names
from hub.ids import AgencyId, ChildId
from schemas.records import ClaimOutcome, LinkDecision
from tests.unit.identity.test_decide import COUNCIL, POLICE, report, review, take

BORN = date(2011, 3, 2)
OTHER_COUNCIL = AgencyId("E08000003")
OLD_NUMBER, NEW_NUMBER = "9990000026", "9990000034"
GIVEN = ("Ivo", "Tess", "Una", "Bram", "Col")
STRANGERS = 60


@pytest.fixture
def broken() -> tuple[IdentityIndex, ChildId, ChildId]:
    """Mia Oldman is Mia Newbury since her adoption: other children, and the two that must never be joined."""
    index = IdentityIndex()
    for n in range(STRANGERS):
        family = f"Family{'abcdefghij'[n % 10]}{'klmnop'[n % 6]}"
        born = date(2008 + n % 8, 1 + n % 12, 1 + n % 28)
        take(index, report(COUNCIL, f"S-{n}", given=GIVEN[n % 5], family=family, born=born), n)
    old = report(COUNCIL, "OLD", given="Mia", family="Oldman", born=BORN, nhs=OLD_NUMBER)
    new = report(OTHER_COUNCIL, "NEW", given="Mia", family="Newbury", born=BORN, nhs=NEW_NUMBER)
    take(index, old, 100)
    take(index, new, 101)
    review(index, old.claim, new.claim, LinkDecision.ADOPTION_BREAK)
    sides = [index.claim(claim) for claim in (old.claim, new.claim)]
    assert sides[0] is not None
    assert sides[1] is not None
    return index, sides[0].child, sides[1].child


def of_police(
    index: IdentityIndex, *, given: str = "Mia", family: str | None = None, nhs: str | None = None
) -> Decision:
    return take(index, report(POLICE, f"P-{given}-{family}-{nhs}", given=given, family=family, born=BORN, nhs=nhs), 200)


@pytest.mark.parametrize("number", [True, False])
def test_a_report_of_one_identity_is_of_that_child_though_name_and_birthday_are_the_others_too(
    broken: tuple[IdentityIndex, ChildId, ChildId], *, number: bool
) -> None:
    index, old, new = broken
    for family, nhs, child in (("Oldman", OLD_NUMBER, old), ("Newbury", NEW_NUMBER, new)):
        decision = of_police(index, family=family, nhs=nhs if number else None)
        assert (decision.record.child, decision.record.outcome) == (child, ClaimOutcome.LINK)
        assert not decision.withheld
        assert not decision.reviews, "a pair of this report with the other identity shows the two together"
        again = take(index, report(POLICE, f"P-Mia-{family}-{nhs if number else None}", given="Mia", family=family,
                                   born=BORN, nhs=nhs), 201)  # fmt: skip
        assert (again.record.child, again.withheld) == (child, frozenset())


@pytest.mark.parametrize(
    "family, nhs", [("Oldman", NEW_NUMBER), ("Newbury", OLD_NUMBER)], ids=["old name", "old number"]
)
def test_a_report_that_tells_both_is_withheld_from_both(
    broken: tuple[IdentityIndex, ChildId, ChildId], family: str, nhs: str
) -> None:
    index, old, new = broken
    decision = of_police(index, family=family, nhs=nhs)
    assert decision.withheld == {old, new}
    assert decision.record.child not in {old, new}


def test_a_former_name_beside_what_is_the_new_identitys_alone_is_both(
    broken: tuple[IdentityIndex, ChildId, ChildId],
) -> None:
    """Nothing but the family name is of the former identity: no score would ever join it."""
    index, old, new = broken
    index.put(take(index, report(OTHER_COUNCIL, "NEW", given="Maya", family="Newbury", born=BORN), 150).record)
    decision = of_police(index, given="Maya", family="Oldman", nhs=NEW_NUMBER)
    assert decision.withheld == {old, new}


def test_whoever_quotes_the_records_of_both_names_both(broken: tuple[IdentityIndex, ChildId, ChildId]) -> None:
    """All else is of the new identity: name, number and one of the references."""
    index, old, new = broken
    quotes = ((str(COUNCIL), "OLD"), (str(OTHER_COUNCIL), "NEW"))
    said = report(POLICE, "P-both", given="Mia", family="Newbury", born=BORN, nhs=NEW_NUMBER, quotes=quotes)
    assert take(index, said, 200).withheld == {old, new}


def test_the_new_identitys_own_agency_may_not_name_the_former_one_either(
    broken: tuple[IdentityIndex, ChildId, ChildId],
) -> None:
    index, old, new = broken
    said = report(OTHER_COUNCIL, "NEW", given="Mia", family="Newbury", born=BORN, quotes=((str(COUNCIL), "OLD"),))
    decision = take(index, said, 160)
    assert decision.withheld == {old, new}
    plain = take(index, report(OTHER_COUNCIL, "NEW", given="Mia", family="Newbury", born=BORN, nhs=NEW_NUMBER), 161)
    assert (plain.record.child, plain.withheld) == (new, frozenset())


def test_a_report_that_tells_neither_is_routed_as_its_own_and_its_pairs_are_reserved(
    broken: tuple[IdentityIndex, ChildId, ChildId],
) -> None:
    index, old, new = broken
    decision = of_police(index)
    assert not decision.withheld, "a missing child whose report names no secret is looked for"
    assert decision.record.outcome is ClaimOutcome.REVIEW
    assert decision.record.child not in {old, new}
    assert {each.child_b for each in decision.reviews} == {old, new}
    assert decision.either == {old, new}


@pytest.mark.parametrize("family", ["Oldman-Newbury", "Newbury Oldman", "Oldman (now Newbury)"])
def test_a_double_name_of_the_two_identities_names_both(
    broken: tuple[IdentityIndex, ChildId, ChildId], family: str
) -> None:
    index, old, new = broken
    decision = of_police(index, family=family)
    assert decision.withheld == {old, new}
    assert not decision.reviews


def test_a_double_name_of_one_identity_and_another_name_is_of_that_one(
    broken: tuple[IdentityIndex, ChildId, ChildId],
) -> None:
    index, _, new = broken
    decision = of_police(index, family="Newbury-Hale")
    assert (decision.record.child, decision.withheld) == (new, frozenset())


@pytest.mark.parametrize("nhs", [None, NEW_NUMBER])
@pytest.mark.parametrize("given, other", [("Mia", "Mia Oldman"), ("Mia", "Oldman"), ("Mia Oldman", "")])
def test_a_former_name_among_the_other_names_names_both(
    broken: tuple[IdentityIndex, ChildId, ChildId], given: str, other: str, nhs: str | None
) -> None:
    """It would go to everybody who knows the new identity alone."""
    index, old, new = broken
    said = report(POLICE, "P-other", given=given, family="Newbury", born=BORN, nhs=nhs)
    assert take(index, replace(said, other=names([other])), 200).withheld == {old, new}


def test_a_middle_name_that_is_of_neither_identity_tells_nothing(
    broken: tuple[IdentityIndex, ChildId, ChildId],
) -> None:
    index, _, new = broken
    said = report(POLICE, "P-rose", given="Mia Rose", family="Newbury", born=BORN, nhs=NEW_NUMBER)
    decision = take(index, replace(said, other=names(["Minnie"])), 200)
    assert (decision.record.child, decision.withheld) == (new, frozenset())


@pytest.mark.parametrize("family", ["Newbury", None])
def test_the_numbers_of_both_identities_name_both(
    broken: tuple[IdentityIndex, ChildId, ChildId], family: str | None
) -> None:
    index, old, new = broken
    said = report(POLICE, "P-two", given="Mia", family=family, born=BORN, nhs=NEW_NUMBER)
    both = replace(said, identifiers=said.identifiers | {f"nhs:{OLD_NUMBER}"})
    assert take(index, both, 200).withheld == {old, new}


def test_the_addresses_of_both_identities_name_both(broken: tuple[IdentityIndex, ChildId, ChildId]) -> None:
    index, old, new = broken
    before, now = address("1 Old Road", "OL1 1AA"), address("9 New Lane", "BB1 1BB")
    for agency, ref, family, home in ((COUNCIL, "OLD", "Oldman", before), (OTHER_COUNCIL, "NEW", "Newbury", now)):
        take(index, replace(report(agency, ref, given="Mia", family=family, born=BORN), homes=home), 150)
    said = replace(report(POLICE, "P-homes", given="Mia", family="Newbury", born=BORN), homes=before, placements=now)
    assert take(index, said, 200).withheld == {old, new}
