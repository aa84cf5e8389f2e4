"""Pairs that wait for a person: raised with words and weights, settled by a word, reserved where two must not meet."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.identity import CONTRADICTED
from hub.identity.reviews import Because, ReviewTimes, review_times
from hub.ids import claim_id
from hub.rule_text import BrokenRules
from schemas.records import (
    Address,
    ExternalRef,
    Identifier,
    IdentifierKind,
    LinkDecided,
    LinkDecision,
    Person,
    ReviewItem,
)
from tests.unit.review.hub_in_memory import BEGAN, SECRET, HubInMemory
from tests.unit.review.two_children import (
    AGENCIES,
    MEMBERS,
    POLICE,
    REVIEWER,
    ROCHDALE,
    SALFORD,
    STOCKPORT,
    children,
    minutes,
    missing,
)

SALFORDS = Address(line="5 Sample Row", area_code=SALFORD)
ADAS = Identifier(kind=IdentifierKind.NHS_NUMBER, value="9434765919")
BEAS = Identifier(kind=IdentifierKind.NHS_NUMBER, value="9434765870")


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[HubInMemory]:
    async with HubInMemory(tmp_path, MEMBERS) as running:
        yield running


async def a_doubt(hub: HubInMemory) -> ReviewItem:
    """Ada's number stands on a report of Bea: a person should look."""
    ada = missing("R-1", "Ada", ROCHDALE, 0)
    assert ada.person is not None
    hub.accept(ROCHDALE, replace(ada, person=replace(ada.person, identifiers=(ADAS,))), BEGAN)
    bea = missing("S-1", "Bea", SALFORD, 5)
    assert bea.person is not None
    hub.accept(SALFORD, replace(bea, person=replace(bea.person, identifiers=(ADAS,))), BEGAN + minutes(5))
    await hub.settle()
    (item,) = hub.reviews().values()
    return item


def word(item: ReviewItem, decision: LinkDecision) -> LinkDecided:
    return LinkDecided(claim_a=item.claim_a, claim_b=item.claim_b, decision=decision, why="a test")


async def test_a_pair_says_whose_it_is_when_it_is_due_and_how_it_compares_without_a_value(hub: HubInMemory) -> None:
    item = await a_doubt(hub)
    assert {item.agency_a, item.agency_b} == {ROCHDALE, SALFORD}
    assert item.due_at == item.raised_at + timedelta(hours=4)
    assert item.probability is not None
    assert any(line.startswith("given") for line in item.comparisons)
    said = " ".join((item.why, *item.comparisons))
    for value in ("Ada", "Bea", "Sample", "Template", "9434765919", "2011"):
        assert value.casefold() not in said.casefold()


@pytest.mark.parametrize("decision", [LinkDecision.SAME, LinkDecision.DIFFERENT])
async def test_a_decided_pair_leaves_the_queue(hub: HubInMemory, decision: LinkDecision) -> None:
    item = await a_doubt(hub)
    hub.accept(REVIEWER, word(item, decision), BEGAN + minutes(10))
    await hub.settle()
    assert not hub.reviews()
    with_episodes = [child for child in children(hub) if hub.state(child).episodes]
    assert len(with_episodes) == (1 if decision is LinkDecision.SAME else 2)


async def test_one_agency_alone_joins_nobody_elses_claim_and_may_part_its_own(hub: HubInMemory) -> None:
    item = await a_doubt(hub)
    hub.accept(SALFORD, word(item, LinkDecision.SAME), BEGAN + minutes(10))
    await hub.settle()
    assert hub.reviews()
    assert all(len(hub.state(child).episodes) == 1 for child in children(hub))
    hub.accept(SALFORD, word(item, LinkDecision.DIFFERENT), BEGAN + minutes(11))
    await hub.settle()
    assert not hub.reviews()


async def test_a_message_with_both_identities_of_an_adoption_break_reaches_nobody(hub: HubInMemory) -> None:
    ada = missing("R-1", "Ada", ROCHDALE, 0)
    bea = missing("S-1", "Bea", SALFORD, 5)
    assert ada.person is not None
    assert bea.person is not None
    hub.accept(ROCHDALE, replace(ada, person=replace(ada.person, identifiers=(ADAS,))), BEGAN)
    hub.accept(SALFORD, replace(bea, person=replace(bea.person, identifiers=(BEAS,))), BEGAN + minutes(5))
    apart = LinkDecided(
        claim_a=hub.claim(ROCHDALE, "R-1"), claim_b=hub.claim(SALFORD, "S-1"), decision=LinkDecision.ADOPTION_BREAK
    )
    hub.accept(REVIEWER, apart, BEGAN + minutes(10))
    await hub.settle()
    before = {agency: hub.inbox(agency).keys() for agency in AGENCIES}
    both = replace(
        missing("P-9", "Ada", ROCHDALE, 20),
        person=replace(ada.person, identifiers=(ADAS, BEAS)),
        external_refs=(ExternalRef(agency=SALFORD, value="S-1"),),
    )
    hub.accept(POLICE, both, BEGAN + minutes(20))
    await hub.settle()
    assert {agency: hub.inbox(agency).keys() for agency in AGENCIES} == before
    assert len(hub.entries()) == 2
    (item,) = hub.reviews().values()
    assert item.reserved_for == ROCHDALE
    assert not {item.child_a, item.child_b} & set(children(hub)), "the queue joins the two"
    assert not {item.claim_a, item.claim_b} & {apart.claim_a, apart.claim_b}
    for sender, role, left in ((REVIEWER, "reviewer", 1), (ROCHDALE, None, 1), (ROCHDALE, "adoption team", 0)):
        seen = replace(word(item, LinkDecision.ADOPTION_BREAK), decided_by_role=role)
        hub.accept(sender, seen, BEGAN + minutes(30))
        await hub.settle()
        assert len(hub.reviews()) == left
    hub.accept(REVIEWER, replace(apart, decision=LinkDecision.SAME), BEGAN + minutes(40))
    await hub.settle()
    assert all(len(hub.state(child).episodes) == 1 for child in children(hub)), "a word has joined what was broken"


async def test_after_an_adoption_break_a_report_of_one_identity_reaches_its_agencies_and_not_the_others(
    hub: HubInMemory,
) -> None:
    """The given name stayed and the birthday is the same: that is no reason to look for nobody."""
    old = missing("R-1", "Ada", ROCHDALE, 0)
    assert old.person is not None
    new = replace(missing("S-1", "Ada", SALFORD, 5), person=replace(old.person, family_name="Newbury", home=SALFORDS))
    hub.accept(ROCHDALE, old, BEGAN)
    hub.accept(SALFORD, new, BEGAN + minutes(5))
    apart = LinkDecided(
        claim_a=hub.claim(ROCHDALE, "R-1"), claim_b=hub.claim(SALFORD, "S-1"), decision=LinkDecision.ADOPTION_BREAK
    )
    hub.accept(REVIEWER, apart, BEGAN + minutes(10))
    await hub.settle()
    before = {agency: hub.inbox(agency).keys() for agency in AGENCIES}
    hub.accept(POLICE, replace(new, child_ref="P-9", occurred_at=BEGAN + minutes(20)), BEGAN + minutes(20))
    await hub.settle()
    assert not hub.reviews()
    told = {agency for agency in AGENCIES if hub.inbox(agency).keys() != before[agency]}
    assert SALFORD in told
    assert ROCHDALE not in told
    assert len(children(hub)) == 2


async def test_a_report_that_may_be_of_either_identity_is_routed_and_waits_for_the_authority_alone(
    hub: HubInMemory,
) -> None:
    old = missing("R-1", "Ada", ROCHDALE, 0)
    assert old.person is not None
    new = replace(missing("S-1", "Ada", SALFORD, 5), person=replace(old.person, family_name="Newbury"))
    hub.accept(ROCHDALE, old, BEGAN)
    hub.accept(SALFORD, new, BEGAN + minutes(5))
    apart = LinkDecided(
        claim_a=hub.claim(ROCHDALE, "R-1"), claim_b=hub.claim(SALFORD, "S-1"), decision=LinkDecision.ADOPTION_BREAK
    )
    hub.accept(REVIEWER, apart, BEGAN + minutes(10))
    neither = replace(missing("P-9", "Ada", STOCKPORT, 20), person=replace(old.person, family_name=None, home=None))
    hub.accept(POLICE, neither, BEGAN + minutes(20))
    await hub.settle()
    assert {item.reserved_for for item in hub.reviews().values()} == {ROCHDALE}
    assert len(hub.reviews()) == 2
    assert len(hub.entries()) == 3, "it is routed as of its own child"
    (of_old,) = [item for item in hub.reviews().values() if hub.claim(ROCHDALE, "R-1") in {item.claim_a, item.claim_b}]
    said = replace(word(of_old, LinkDecision.DIFFERENT), decided_by_role="adoption team")
    hub.accept(SALFORD, replace(said, decision=LinkDecision.SAME), BEGAN + minutes(30))
    await hub.settle()
    assert len(hub.reviews()) == 2, "another agency may not say of which side it is"
    hub.accept(ROCHDALE, said, BEGAN + minutes(31))
    await hub.settle()
    assert len(hub.reviews()) == 1


async def test_a_pair_that_a_later_report_raises_waits_whenever_identity_is_ended(tmp_path: Path) -> None:
    """Whatever was written and whatever not when it ended: what is kept of a claim raises no pair a second time."""

    async def raised(ends_before: int | None) -> tuple[int, int]:
        async with HubInMemory(tmp_path / str(ends_before), MEMBERS) as hub:
            ada = missing("R-1", "Ada", ROCHDALE, 0)
            assert ada.person is not None
            hub.accept(ROCHDALE, replace(ada, person=replace(ada.person, identifiers=(ADAS,))), BEGAN)
            hub.accept(POLICE, replace(ada, child_ref="P-1", person=None), BEGAN + minutes(5))
            await hub.settle()
            assert not hub.reviews()
            sent = hub.broker.sent
            hub.broker.ends_before = ends_before
            hub.accept(
                POLICE, replace(ada, child_ref="P-1", person=replace(ada.person, identifiers=(ADAS,))),
                BEGAN + minutes(15),
            )  # fmt: skip
            while await hub.identify_or_end():
                pass
            return len(hub.reviews()), hub.broker.sent - sent

    pairs, records = await raised(None)
    assert pairs == 1
    for place in range(records):
        assert (await raised(place))[0] == 1, f"lost where identity ends before record {place}"


def test_the_times_of_reviews_are_refused_with_file_line_and_reason() -> None:
    assert review_times().within[Because.BOTH_IDENTITIES] < review_times().within[Because.DOUBT]
    text = '[[review]]\nbecause = "doubt"\nwithin = "soon"\nsource = "x"\n'
    with pytest.raises(BrokenRules, match=r"reviews.toml, line 3: 'soon' is no time"):
        ReviewTimes.from_text(text)
    with pytest.raises(BrokenRules, match="no time for: both_identities"):
        ReviewTimes.from_text(text.replace("soon", "4h"))


async def test_a_word_that_contradicts_another_puts_that_pair_before_a_person_and_joins_nobody(
    hub: HubInMemory,
) -> None:
    doubt = await a_doubt(hub)
    hub.accept(REVIEWER, word(doubt, LinkDecision.DIFFERENT), BEGAN + minutes(10))
    cleo = replace(missing("T-1", "Cleo", STOCKPORT, 15), person=Person(given_names="Cleo", family_name="Elsewhere"))
    hub.accept(STOCKPORT, cleo, BEGAN + minutes(15))
    await hub.settle()
    assert not hub.reviews()
    third = claim_id(SECRET, STOCKPORT, "T-1")
    hub.accept(REVIEWER, replace(word(doubt, LinkDecision.SAME), claim_b=third), BEGAN + minutes(20))
    hub.accept(REVIEWER, replace(word(doubt, LinkDecision.SAME), claim_a=third), BEGAN + minutes(25))
    await hub.settle()
    (item,) = hub.reviews().values()
    assert {item.claim_a, item.claim_b} == {doubt.claim_a, doubt.claim_b}
    assert item.why == CONTRADICTED
    hub.accept(REVIEWER, word(doubt, LinkDecision.SAME), BEGAN + minutes(30))
    await hub.settle()
    assert not hub.reviews()
