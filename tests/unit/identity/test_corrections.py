"""What an agency corrects in its own record, field by field, is what children are recognised by from then on."""

from collections.abc import Iterator
from datetime import date

import pytest

from hub.identity import ClaimFacts, ClaimRecord, IdentityIndex, facts_of
from hub.ids import AgencyId, EventId, claim_id
from schemas.records import (
    AgencyKind,
    AgencyMessage,
    ClaimOutcome,
    CorrectionMade,
    FieldChange,
    LinkDecision,
    MissingAmended,
)
from tests.unit.identity.test_decide import COUNCIL, NHS, POLICE, SECRET, report, review, take

OTHER_NHS = "4010232137"
BORN = date(2011, 2, 3)
NUMBER = "person.identifiers.nhs_number.value"


def change(field: str, old: str | None, new: str | None) -> FieldChange:
    """One field, before and after."""
    return FieldChange(field=field, old=old, new=new)


def said(ref: str, message: AgencyMessage, agency: AgencyId = POLICE) -> ClaimFacts:
    """The facts of a message under a reference of an agency."""
    kind = AgencyKind.POLICE if agency == POLICE else AgencyKind.AUTHORITY
    return facts_of(claim_id(SECRET, agency, ref), agency, kind, message)


def corrected(ref: str, *changes: FieldChange) -> ClaimFacts:
    """The facts of a correction of the force's record."""
    return said(ref, CorrectionMade(child_ref=ref, corrects="m-1", changes=changes))


@pytest.fixture
def index() -> Iterator[IdentityIndex]:
    """An index that is the same when it is built anew from the rows it keeps."""
    index = IdentityIndex()
    yield index
    assert list(IdentityIndex(index)) == list(index)


def test_a_number_that_is_corrected_recognises_the_next_report(index: IdentityIndex) -> None:
    first = take(index, report(POLICE, "A1", given=None, born=BORN, nhs=OTHER_NHS), 1)
    take(index, corrected("A1", change(NUMBER, OTHER_NHS, NHS)), 2)
    found = take(index, report(COUNCIL, "B1", born=BORN, nhs=NHS), 3)
    assert found.record.outcome is ClaimOutcome.LINK
    assert found.record.child == first.record.child


def test_a_number_that_is_corrected_without_the_old_one_takes_the_place_of_every_other(index: IdentityIndex) -> None:
    take(index, report(POLICE, "A1", born=BORN, nhs=OTHER_NHS), 1)
    assert take(index, corrected("A1", change(NUMBER, None, NHS)), 2).record.facts.identifiers == {f"nhs:{NHS}"}
    upn = change("person.identifiers.upn.value", None, "H801200001001")
    facts = take(index, corrected("A1", upn), 3).record.facts
    assert f"nhs:{NHS}" in facts.identifiers


def test_a_number_that_was_another_childs_is_not_held_against_that_child(index: IdentityIndex) -> None:
    take(index, report(POLICE, "A1", given="Testa", born=BORN, nhs=OTHER_NHS), 1)
    take(index, corrected("A1", change(NUMBER, OTHER_NHS, None)), 2)
    sister = take(index, report(COUNCIL, "B1", given="Otherly", born=date(2013, 9, 30), nhs=OTHER_NHS), 3)
    assert sister.record.outcome is ClaimOutcome.FIRST
    assert not sister.reviews


@pytest.mark.parametrize("is_correction", [True, False])
def test_a_change_of_a_field_adds_what_it_says(index: IdentityIndex, *, is_correction: bool) -> None:
    take(index, report(POLICE, "A1", given="Tosta", born=BORN), 1)
    changes = (
        change("person.given_names", "Tosta", "Testa"),
        change("person.date_of_birth", "2011-02-03", "2011-03-02"),
        change("person.home.postcode", None, "OL16 1XU"),
        change("person.identifiers.nhs_number.value", None, NHS),
    )
    amended = MissingAmended(child_ref="A1", changes=changes)
    facts = take(index, corrected("A1", *changes) if is_correction else said("A1", amended), 2).record.facts
    assert facts.given == {("tosta",), ("testa",)}
    assert facts.births == {BORN, date(2011, 3, 2)}
    assert facts.homes == {("", "ol161xu")}
    assert facts.identifiers == {f"nhs:{NHS}"}


def test_a_correction_of_name_and_birthday_is_of_the_record_that_it_corrects(index: IdentityIndex) -> None:
    """The details of another child had been typed: a report of them would begin a claim of its own."""
    first = take(index, report(POLICE, "A1", given="Wrongly", family="Typed", born=date(2009, 12, 1)), 1)
    put_right = corrected(
        "A1",
        change("person.given_names", "Wrongly", "Testa"),
        change("person.family_name", "Typed", "Example"),
        change("person.date_of_birth", "2009-12-01", "2011-02-03"),
    )
    second = take(index, put_right, 2)
    assert second.record.claim == first.record.claim
    found = take(index, report(COUNCIL, "B1", born=BORN), 3)
    assert found.record.child == first.record.child


def test_a_correction_that_comes_twice_says_nothing_more(index: IdentityIndex) -> None:
    take(index, report(POLICE, "A1", born=BORN, nhs=OTHER_NHS), 1)
    facts = corrected("A1", change(NUMBER, OTHER_NHS, NHS))
    once = take(index, facts, 2).record
    assert take(index, facts, 2).record == once
    assert once.facts.identifiers == {f"nhs:{NHS}"}


def test_a_correction_before_the_report_begins_the_claim_and_is_kept_as_any(index: IdentityIndex) -> None:
    record = take(index, corrected("A1", change(NUMBER, OTHER_NHS, NHS)), 1).record
    assert ClaimRecord.from_bytes(record.to_bytes()) == record


def test_a_number_said_again_after_it_was_taken_back_is_said_again(index: IdentityIndex) -> None:
    take(index, report(POLICE, "A1", born=BORN, nhs=NHS), 1)
    take(index, corrected("A1", change(NUMBER, NHS, None)), 2)
    assert take(index, report(POLICE, "A1", born=BORN, nhs=NHS), 3).record.facts.identifiers == {f"nhs:{NHS}"}


def test_a_correction_may_name_the_other_side_of_an_adoption_break_and_is_withheld(index: IdentityIndex) -> None:
    former = take(index, report(COUNCIL, "B1", given="Testa", family="Example", born=BORN, nhs=NHS), 1).record
    now = take(index, report(POLICE, "A1", given="Newly", family="Named", born=BORN, nhs=OTHER_NHS), 2).record
    review(index, former.claim, now.claim, LinkDecision.ADOPTION_BREAK)
    both = take(index, corrected("A1", change(NUMBER, OTHER_NHS, NHS)), 3)
    assert both.withheld == {former.child, now.child}
    claim = index.claim(now.claim)
    assert claim is not None
    assert claim.facts == now.facts


def test_what_cannot_be_a_value_of_its_field_says_nothing(index: IdentityIndex) -> None:
    first = take(index, report(POLICE, "A1", born=BORN), 1).record
    take(index, corrected("A1", change("person.date_of_birth", None, "soon"), change("person.shoe", "4", "5")), 2)
    claim = index.claim(first.claim)
    assert claim is not None
    assert claim.facts.births == {BORN}
    assert claim.decided_by == EventId("event-1")
