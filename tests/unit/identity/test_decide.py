"""Decisions on which child a claim belongs to: the rules of `hub.identity.decide`, and their reversal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity import (
    CONTRADICTED,
    ClaimFacts,
    ClaimRecord,
    Decision,
    IdentityIndex,
    decide,
    decide_again,
    facts_of,
    is_valid_nhs_number,
    is_valid_upn,
)
from hub.identity.folding import folded
from hub.identity.reviews import pair_id, settled_pairs
from hub.identity.words import are_spellings
from hub.ids import AgencyId, ClaimId, EventId, claim_id, first_child_id
from schemas.records import (
    AgencyKind,
    ClaimOutcome,
    ExternalRef,
    Identifier,
    IdentifierKind,
    LinkDecided,
    LinkDecision,
    MissingReported,
    Person,
    ReferenceKind,
)

POLICE = AgencyId("E23000005")
COUNCIL = AgencyId("E08000005")
NHS = "9990000026"
SECRET = b"s" * 32


def report(
    agency: AgencyId, ref: str, *, given: str | None = "Testa", family: str | None = "Example",
    born: date | None = None, nhs: str | None = None, quotes: tuple[tuple[str, str], ...] = (),
) -> ClaimFacts:  # fmt: skip
    """The facts of a report with sensible defaults."""
    identifiers = (Identifier(kind=IdentifierKind.NHS_NUMBER, value=nhs),) if nhs else ()
    message = MissingReported(
        child_ref=ref,
        person=Person(given_names=given, family_name=family, date_of_birth=born, identifiers=identifiers),
        external_refs=tuple(ExternalRef(agency=a, kind=ReferenceKind.CHILD, value=v) for a, v in quotes),
    )
    kind = AgencyKind.POLICE if agency == POLICE else AgencyKind.AUTHORITY
    return facts_of(claim_id(SECRET, agency, ref), agency, kind, message)


def take(index: IdentityIndex, facts: ClaimFacts, order: int) -> Decision:
    """Decide and keep, as the worker does."""
    decision = decide(facts, EventId(f"event-{order}"), order, index)
    index.put(decision.record)
    return decision


def review(index: IdentityIndex, a: ClaimId, b: ClaimId, decision: LinkDecision) -> tuple[Decision, ...]:
    """Let a reviewer decide, and keep what follows."""
    said = LinkDecided(claim_a=a, claim_b=b, decision=decision)
    event = EventId(f"reviewed-{a}-{b}-{decision}")
    decisions = decide_again(said, event, index)
    for each in decisions:
        index.put(each.record)
    assert set(decide_again(said, event, index)) >= {each for each in decisions if each.is_taken_now}
    return decisions


def test_a_report_like_no_other_begins_a_child() -> None:
    decision = take(IdentityIndex(), report(POLICE, "A1"), 1)
    assert decision.record.outcome is ClaimOutcome.FIRST
    assert decision.record.child == first_child_id(decision.record.claim)


def test_the_senders_own_reference_decides_even_when_the_name_changed() -> None:
    index = IdentityIndex()
    first = take(index, report(POLICE, "A1"), 1)
    second = take(index, report(POLICE, "A1", given="Other"), 2)
    assert not second.is_taken_now
    assert second.record.child == first.record.child
    assert second.record.facts.given_names == {"testa", "other"}


def test_an_official_identifier_links_when_the_name_agrees() -> None:
    index = IdentityIndex()
    first = take(index, report(POLICE, "A1", nhs=NHS), 1)
    second = take(index, report(COUNCIL, "B1", nhs=NHS), 2)
    assert second.record.outcome is ClaimOutcome.LINK
    assert second.record.child == first.record.child


def test_an_identifier_on_a_sibling_with_another_name_is_reviewed_and_not_linked() -> None:
    index = IdentityIndex()
    born = date(2011, 2, 3)
    first = take(index, report(POLICE, "A1", nhs=NHS, born=born), 1)
    second = take(index, report(COUNCIL, "B1", nhs=NHS, born=born, given="Twinna"), 2)
    assert second.record.outcome is ClaimOutcome.REVIEW
    assert second.record.child != first.record.child
    assert [(r.claim_a, r.claim_b) for r in second.reviews] == [(second.record.claim, first.record.claim)]


def test_a_quoted_reference_links_when_the_birth_date_agrees() -> None:
    index = IdentityIndex()
    born = date(2011, 2, 3)
    first = take(index, report(POLICE, "A1", given=None, born=born), 1)
    second = take(index, report(COUNCIL, "B1", born=born, quotes=((POLICE, "A1"),)), 2)
    assert second.record.outcome is ClaimOutcome.LINK
    assert second.record.child == first.record.child


def test_a_reference_quoted_before_its_owner_reports_links_as_well() -> None:
    index = IdentityIndex()
    first = take(index, report(COUNCIL, "B1", quotes=((POLICE, "A1"),)), 1)
    assert take(index, report(POLICE, "A1"), 2).record.child == first.record.child


def test_unknown_names_and_dates_are_never_agreement() -> None:
    index = IdentityIndex()
    take(index, report(POLICE, "A1", nhs=NHS, given=None, family=None), 1)
    assert take(index, report(COUNCIL, "B1", nhs=NHS, given="Unknown"), 2).record.outcome is ClaimOutcome.REVIEW


def test_a_family_name_alone_links_nobody() -> None:
    index = IdentityIndex()
    take(index, report(POLICE, "A1", nhs=NHS, given=None), 1)
    assert take(index, report(COUNCIL, "B1", nhs=NHS, given=None), 2).record.outcome is ClaimOutcome.REVIEW


def test_a_senders_reference_with_another_name_altogether_and_no_birth_is_another_child() -> None:
    index = IdentityIndex()
    first = take(index, report(POLICE, "A1", born=date(2011, 2, 3)), 1).record
    second = take(index, report(POLICE, "A1", given="Zuzanna", family="Kowalczyk"), 2)
    assert second.record.child != first.child
    assert second.record.outcome is ClaimOutcome.REVIEW
    third = take(index, report(POLICE, "A1", given="Zuzanna", family="Kowalczyk", born=date(2011, 2, 3)), 3)
    assert third.record.child == first.child
    fourth = take(index, report(POLICE, "A1", given="Aurelio", family="Vandermeer", born=date(2011, 5, 3)), 5)
    assert fourth.record.child not in {first.child, second.record.child}
    nameless = report(POLICE, "A1", given=None, family="Olofsson", born=date(2008, 9, 10))
    assert take(index, nameless, 4).record.child != first.child


def test_evidence_for_two_children_is_reviewed_with_both() -> None:
    index = IdentityIndex()
    take(index, report(POLICE, "A1", nhs=NHS), 1)
    take(index, report(POLICE, "A2"), 2)
    third = take(index, report(COUNCIL, "B1", nhs=NHS, quotes=((POLICE, "A2"),)), 3)
    assert third.record.outcome is ClaimOutcome.REVIEW
    assert len(third.reviews) == 2


def test_a_reviewer_joins_two_children_and_parts_them_again() -> None:
    index = IdentityIndex()
    a = take(index, report(POLICE, "A1"), 1).record
    b = take(index, report(COUNCIL, "B1"), 2).record
    joined = review(index, b.claim, a.claim, LinkDecision.SAME)
    assert [(d.record.came_from, d.record.child, d.record.number) for d in joined] == [(b.child, a.child, 2)]
    review(index, a.claim, b.claim, LinkDecision.SPLIT)
    moved = index.claim(b.claim)
    assert moved is not None
    assert (moved.child, moved.number) == (b.child, 3)


def test_what_a_reviewer_parted_no_evidence_joins_again() -> None:
    index = IdentityIndex()
    a = take(index, report(POLICE, "A1", nhs=NHS), 1).record
    b = take(index, report(COUNCIL, "B1", nhs=NHS), 2).record
    review(index, a.claim, b.claim, LinkDecision.ADOPTION_BREAK)
    index_again = IdentityIndex(ClaimRecord.from_bytes(record.to_bytes()) for record in index)
    parted = index_again.claim(b.claim)
    assert parted is not None
    assert parted.child == first_child_id(b.claim)
    assert take(index_again, report(COUNCIL, "B1", nhs=NHS), 3).record.child == first_child_id(b.claim)


def test_a_pair_that_another_word_has_answered_meanwhile_waits_no_more() -> None:
    """A is not C, and B turns out to be A: whether B is C is no question any more."""
    index = IdentityIndex()
    a, b, c = (
        take(index, report(POLICE, name, given=name), order).record.claim
        for order, name in enumerate(("Ada", "Bea", "Cleo"))
    )
    review(index, a, c, LinkDecision.DIFFERENT)
    assert pair_id(b, c) not in settled_pairs(a, c, index)
    review(index, a, b, LinkDecision.SAME)
    assert {pair_id(a, b), pair_id(b, c)} <= set(settled_pairs(a, b, index))


def test_a_word_does_not_join_over_another_word_of_the_same_two_children() -> None:
    """A is not C, B is C: to say that A is B takes back the first word, and that is for a person to say."""
    index = IdentityIndex()
    a, b, c = (
        take(index, report(POLICE, name, given=name), order).record.claim
        for order, name in enumerate(("Ada", "Bea", "Cleo"))
    )
    review(index, a, c, LinkDecision.DIFFERENT)
    review(index, b, c, LinkDecision.SAME)
    before = list(index)
    (only,) = review(index, a, b, LinkDecision.SAME)
    assert not only.is_taken_now
    assert [(each.claim_a, each.claim_b, each.why) for each in only.reviews] == [(a, c, CONTRADICTED)]
    assert list(index) == before
    review(index, a, c, LinkDecision.SAME)
    assert index.children == 1


def test_the_pair_itself_may_be_joined_after_it_was_parted_whatever_else_was_said_of_it() -> None:
    index = IdentityIndex()
    a = take(index, report(POLICE, "A1"), 1).record
    b = take(index, report(COUNCIL, "B1"), 2).record
    for decision in (LinkDecision.SAME, LinkDecision.SPLIT, LinkDecision.DIFFERENT, LinkDecision.SAME):
        assert not any(each.reviews for each in review(index, b.claim, a.claim, decision))
    assert index.children == 1


def test_a_decision_about_claims_nobody_made_changes_nothing() -> None:
    assert review(IdentityIndex(), ClaimId("x"), ClaimId("y"), LinkDecision.SAME) == ()


@given(st.lists(st.tuples(st.sampled_from([POLICE, COUNCIL]), st.sampled_from("1234")), max_size=12))
def test_a_rerun_decides_the_same_and_mints_nothing_twice(reports: list[tuple[AgencyId, str]]) -> None:
    def children(rounds: int) -> dict[ClaimId, str]:
        index = IdentityIndex()
        for order, (agency, ref) in enumerate(reports):
            for _ in range(rounds):
                take(index, report(agency, ref, nhs=NHS if ref == "1" else None), order)
        return {record.claim: record.child for record in index}

    assert children(2) == children(1)


def test_check_digits_follow_the_published_rules() -> None:
    assert is_valid_nhs_number("999 000 0026")
    assert not is_valid_nhs_number("9990000027")
    fitting = [letter for letter in "ABCDEFGHJKLMNPQRTUVWXYZ" if is_valid_upn(f"{letter}123456789012")]
    assert len(fitting) == 1
    assert is_valid_upn(f"{fitting[0].lower()}123456789012")
    assert not is_valid_upn(f"{fitting[0]}123456789013")


@pytest.mark.parametrize(
    "written, spelled, is_one",
    [
        ("محمد", "Mohammed", True), ("حسين", "Hussain", True), ("حسن", "Hussain", False), ("فاطمة", "Fatima", True),
        ("أحمد", "Ahmad", True), ("أحمد", "Mohammed", False), ("محمود", "Mohammed", False),
    ],
)  # fmt: skip
def test_a_common_name_in_arabic_letters_is_the_name_that_it_is(written: str, spelled: str, *, is_one: bool) -> None:
    assert are_spellings(folded(written), folded(spelled)) is is_one
