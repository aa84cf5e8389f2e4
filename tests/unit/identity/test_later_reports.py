"""What a claim says later moves nothing by itself, and puts before a person what it newly points to."""

from datetime import date

from hub.identity import IdentityIndex
from schemas.records import ClaimOutcome, LinkDecision
from tests.unit.identity.test_decide import COUNCIL, NHS, POLICE, report, review, take

BORN = date(2011, 3, 2)


def test_a_name_that_comes_later_puts_the_pair_before_a_person() -> None:
    index = IdentityIndex()
    council = report(COUNCIL, "C-1", given="Zofia", family="Shampla", born=BORN, nhs=NHS)
    take(index, council, 1)
    nobody = take(index, report(POLICE, "24-1", given=None, family=None), 2)
    assert nobody.record.outcome is ClaimOutcome.FIRST
    named = report(POLICE, "24-1", given="Zofia", family="Shampla", born=BORN, nhs=NHS)
    later = take(index, named, 3)
    assert later.record.child == nobody.record.child, "nothing moves without a person"
    assert not later.is_taken_now
    (pair,) = later.reviews
    assert {pair.claim_a, pair.claim_b} == {named.claim, council.claim}
    assert later.explanation is not None
    assert later.explanation.probability > 0.9
    assert not take(index, named, 4).reviews, "a pair that waits keeps its time"


def test_a_number_that_comes_later_is_flagged_where_another_child_has_it() -> None:
    index = IdentityIndex()
    ada = report(COUNCIL, "C-1", given="Ada", family="Sample", born=BORN, nhs=NHS)
    take(index, ada, 1)
    bea = take(index, report(POLICE, "24-2", given="Bea", family="Template", born=date(2012, 9, 17)), 2)
    assert not bea.reviews
    later = take(index, report(POLICE, "24-2", given="Bea", family="Template", born=date(2012, 9, 17), nhs=NHS), 3)
    assert [pair.claim_b for pair in later.reviews] == [ada.claim]
    assert later.record.child == bea.record.child


def test_what_was_doubted_already_or_parted_by_a_person_is_not_raised_again() -> None:
    index = IdentityIndex()
    council = report(COUNCIL, "C-1", given="Zofia", family="Shampla", born=BORN, nhs=NHS)
    take(index, council, 1)
    doubted = take(index, report(POLICE, "24-1", given="Zofia", family="Shampla"), 2)
    assert len(doubted.reviews) == 1
    more = report(POLICE, "24-1", given="Zofia", family="Shampla", born=BORN)
    assert not take(index, more, 3).reviews
    review(index, doubted.record.claim, council.claim, LinkDecision.DIFFERENT)
    most = report(POLICE, "24-1", given="Zofia", family="Shampla", born=BORN, nhs=NHS)
    assert not take(index, most, 4).reviews


def test_a_report_that_says_nothing_new_of_the_child_is_not_weighed() -> None:
    index = IdentityIndex()
    said = report(COUNCIL, "C-1", given="Zofia", family="Shampla", born=BORN)
    take(index, said, 1)
    again = take(index, said, 2)
    assert (again.reviews, again.explanation) == ((), None)
