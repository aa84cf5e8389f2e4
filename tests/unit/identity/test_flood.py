"""A sender whose system files everything under one reference: each further report costs no more than the last."""

from datetime import date, timedelta
from importlib import import_module
from itertools import product
from random import Random
from typing import Any
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from hub.identity import ClaimFacts, ClaimRecord, Decision, IdentityIndex, decide
from hub.identity.index import MOST_CLAIMS
from hub.ids import AgencyId, ClaimId, EventId
from schemas.records import AgencyKind

decide_module = import_module("hub.identity.decide")
COUNCIL = AgencyId("E08000005")
CLAIM = ClaimId("c" * 32)
WORDS = tuple("".join(letters) for letters in product("bdfglm", "aeiou", "nrst", "aeiou"))


def said(number: int) -> ClaimFacts:
    """What the n-th report says: nothing of it was said before but the reference and the date of birth."""
    name = WORDS[number % len(WORDS)]
    return ClaimFacts(
        claim=CLAIM,
        agency=COUNCIL,
        agency_kind=AgencyKind.AUTHORITY,
        own_references=frozenset({(COUNCIL, "everybody"), (COUNCIL, f"episode-{number}")}),
        given=frozenset({(name,)}),
        family=frozenset({(f"{name}son",)}),
        births=frozenset({date(2011, 2, 3)}),
        homes=frozenset({(f"{number} {name} street", f"ab{number % 90}1cd")}),
        is_filed=True,
    )


def test_a_claim_stops_growing_and_still_knows_what_was_said_last() -> None:
    index, sizes = IdentityIndex(), []
    for number in range(800):
        index.put(decide(said(number), EventId(f"event-{number}"), number, index).record)
        if number in {599, 799}:
            sizes.append(len(decide(said(number), EventId("again"), number, index).record.to_bytes()))
    record = index.claim(CLAIM)
    assert record is not None
    newest = said(799)
    assert newest.given <= record.facts.given
    assert newest.homes <= record.facts.homes
    assert newest.own_references <= record.facts.own_references
    assert sizes[1] < sizes[0] * 1.1 < 64 * 1024


class Counted(list[str]):
    """Rows that count how often one is looked at."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - as a list has it
        self.looks += 1
        return super().__getitem__(place)


def test_reports_that_are_nearly_alike_cost_no_more_each_the_more_there_are() -> None:
    """They make a few children of hundreds of claims each, which are held against one another as twins are."""
    index = IdentityIndex()
    rows = index._rows = Counted()
    looks = []
    for number in range(400):
        alike = ClaimFacts(
            claim=ClaimId(f"{number:032x}"),
            agency=COUNCIL,
            agency_kind=AgencyKind.AUTHORITY,
            own_references=frozenset({(COUNCIL, f"R-{number}")}),
            given=frozenset({(f"mia{'abcdefghij'[number % 10]}",)}),
            family=frozenset({(f"sampl{'abcdefghij'[number // 10 % 10]}",)}),
            births=frozenset({date(2011, 3, 2) + timedelta(days=number % 3)}),
            is_filed=True,
        )
        rows.looks = 0
        decision = decide(alike, EventId(f"event-{number}"), number, index)
        looks.append(rows.looks)
        index.put(decision.record)
    assert index.children < 24
    assert sum(looks[-40:]) < 1.3 * sum(looks[200:240]), (sum(looks[200:240]), sum(looks[-40:]))


@given(st.lists(st.integers(0, 30), max_size=30))
def test_nothing_that_a_child_can_have_is_given_up(numbers: list[int]) -> None:
    facts = said(0)
    for number in numbers:
        facts = facts.and_then(said(number))
    assert facts.homes == said(0).homes.union(*(said(number).homes for number in numbers))
    assert facts.given == said(0).given.union(*(said(number).given for number in numbers))


@given(st.lists(st.integers(0, 2_000), max_size=200))
def test_the_same_report_again_adds_nothing(numbers: list[int]) -> None:
    facts = said(0)
    for number in numbers:
        facts = facts.and_then(said(number))
    born_too = ClaimFacts(
        claim=CLAIM,
        agency=COUNCIL,
        agency_kind=AgencyKind.AUTHORITY,
        births=frozenset({date(2010, 1, 1) + timedelta(days=day) for day in numbers}),
    )
    once = facts.and_then(born_too)
    assert once.and_then(born_too) == once


def of_another(number: int) -> ClaimFacts:
    """The n-th report of a sender that files every child under one reference: a name and birthday of its own each."""
    chance = Random(number)
    given_name = "".join(chance.choice("bdfgklmnprstvw") + chance.choice("aeiou") for _ in range(4))
    family = "".join(chance.choice("bdfgklmnprstvw") + chance.choice("aeiou") for _ in range(4))
    return ClaimFacts(
        claim=CLAIM,
        agency=COUNCIL,
        agency_kind=AgencyKind.AUTHORITY,
        own_references=frozenset({(COUNCIL, "MISPER")}),
        given=frozenset({(given_name,)}),
        family=frozenset({(family,)}),
        births=frozenset({date(2008, 1, 1) + timedelta(days=number * 7)}),
        is_filed=True,
    )


def test_child_after_child_under_one_reference_costs_no_more_each_the_more_there_are() -> None:
    """Each is a child of its own, found again by whatever is said of it, and by its event decided again."""
    index = IdentityIndex()
    decided: list[Decision] = []
    compared: list[int] = []
    looked_up: list[int] = []

    def claim_of(asked: ClaimId) -> ClaimRecord | None:
        looked_up[-1] += 1
        return IdentityIndex.claim(index, asked)

    with (
        mock.patch.object(decide_module, "compare", wraps=decide_module.compare) as compare,
        mock.patch.object(index, "claim", claim_of),
    ):
        for number in range(200):
            compare.reset_mock()
            looked_up.append(0)
            decision = decide(of_another(number), EventId(f"event-{number}"), number, index)
            index.put(decision.record)
            decided.append(decision)
            compared.append(compare.call_count)
    assert max(compared) <= MOST_CLAIMS + 2
    assert max(looked_up) <= MOST_CLAIMS + 4
    own = [number for number, each in enumerate(decided) if each.is_taken_now]
    assert len(own) > 180, "some names sound so much alike that one may be the other"
    assert all(decided[number].reviews for number in own[1:]), "a person looks"
    for number in (*own[:16], *own[-16:]):
        again = decide(of_another(number), EventId(f"event-{number}"), number, index)
        assert again.is_taken_now
        assert again.record.claim == decided[number].record.claim
        assert again.record.child == decided[number].record.child
        later = decide(of_another(number), EventId(f"later-{number}"), 1_000 + number, index)
        assert not later.is_taken_now
        assert later.record.claim == decided[number].record.claim
