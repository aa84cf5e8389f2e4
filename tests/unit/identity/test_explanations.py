"""What is said of a decision is what it was taken from: the lines make the totals, and every pair has them."""

import pytest

from hub.identity import Decision, explained, facts_from_columns, packaged_weights
from hub.identity.reviews import probability_of, words_of
from hub.ids import ClaimId
from schemas.records import ClaimOutcome
from tests.unit.identity.test_relatives import Reports

NIGHT = "2026-03-14T22:00:00Z"
CHILDREN = (
    ("Leah", "Barnes"), ("Noah", "Cole"), ("Maya", "Okoro"), ("Jack", "Pratt"), ("Aisha", "Khan"), ("Tom", "Reed"),
    ("Zofia", "Nowak"), ("Yonas", "Tesfay"), ("Omar", "Aziz"), ("Lily", "Marsh"),
)  # fmt: skip


def of_a_home_of_many() -> Decision:
    """A report of a child of a home where ten live, on a night when all were reported."""
    home = Reports()
    for number, (given, family) in enumerate(CHILDREN):
        home.take(given, family=family, born=f"20{10 + number % 5}-0{1 + number % 9}-1{number % 9}", received_at=NIGHT)
    return home.decide("Lea", family="Barns", born="2010-01-10", received_at=NIGHT)


def test_the_lines_of_an_explanation_make_its_totals_in_a_home_of_many_on_a_night_of_many() -> None:
    explanation = of_a_home_of_many().explanation
    assert explanation is not None
    assert explanation.best is not None
    score, lines = explanation.best.score, explanation.lines
    assert sum(line.bits for line in lines) == pytest.approx(score.bits)
    assert sum(line.kin_bits for line in lines) == pytest.approx(score.kin_bits)
    assert sum(line.namesake_bits for line in lines) == pytest.approx(score.namesake_bits)
    by_name = {line.comparison: line for line in lines}
    weights = packaged_weights().bits
    for comparison, level in (("household", "address"), ("reported", "together")):
        assert by_name[comparison].level == level
        assert by_name[comparison].bits < weights[comparison][level][0]
        assert by_name[comparison].note


def test_every_pair_that_a_person_should_look_at_has_its_weights_and_its_probability() -> None:
    family = Reports()
    family.take("Leah", nhs_number="9434765919")
    family.take("Lucy", nhs_number="9434765870")
    decision = family.decide("Lucie", nhs_number="9434765919")
    assert decision.record.outcome is ClaimOutcome.REVIEW
    assert len(decision.reviews) == 2
    for review in decision.reviews:
        said = words_of(decision.explanation, review.claim_b)
        assert any(line.startswith("given: ") for line in said)
        assert any(line.startswith("total against a brother, sister or twin") for line in said)
        assert probability_of(decision.explanation, review.claim_b) is not None


def test_the_words_of_a_pair_say_why_it_was_not_linked() -> None:
    """Two twins: far likelier one child than two strangers, and as likely two of one house."""
    home = {"family_name": "Sample", "date_of_birth": "2011-03-14", "home_line": "4 Example Road"}
    one, other = (facts_from_columns(ClaimId(name), home | {"given_names": name}) for name in ("Leah", "Lucy"))
    explanation = explained(one, other, packaged_weights(), 1_000)
    said = words_of(explanation, ClaimId("Lucy"))
    assert explanation.best is not None
    assert explanation.best.score.bits > 20
    assert f"total against a brother, sister or twin: {explanation.best.score.kin_bits:+.1f} bits" in said
    assert (
        said[-1] == "linked without a person from 96.0% of that, with personal evidence: personal evidence is missing"
    )


def test_of_what_was_not_weighed_nothing_is_said() -> None:
    assert words_of(None, ClaimId("a")) == ()
    assert words_of(of_a_home_of_many().explanation, ClaimId("somebody else")) == ()
    assert probability_of(of_a_home_of_many().explanation, ClaimId("somebody else")) is None
