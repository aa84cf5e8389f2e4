"""Pairs of what stands in the register already: so that a decision can be taken back, or made without the queue."""

from datetime import UTC, datetime, timedelta

import pytest

from consumers import RegisterLine
from deploy.review import is_as_decided, pair_of_two, pairs_in, pairs_of_one, records_of
from deploy.review.weighing import weighed
from hub.identity.reviews import REVIEWER, may_decide, pair_id
from hub.ids import AgencyId
from schemas.records import (
    AgencyKind,
    ClaimedField,
    DisclosedField,
    Disclosure,
    LinkDecision,
    RegisterBlock,
    RegisterEntry,
)

NOW = datetime(2026, 3, 27, 22, 0, tzinfo=UTC)
ROCHDALE, SALFORD, POLICE = AgencyId("E08000005"), AgencyId("E08000006"), AgencyId("E23000005")


PERSON = ("person.given_names", "person.family_name", "person.date_of_birth")


def line(number: int, child: str | None, *claims: tuple[str, str, str, int], **fields: str) -> RegisterLine:
    """An episode of a child: claim, agency, reference, and minutes from the beginning; what every claim says beside."""
    episode = f"00000000-0000-5000-8000-{number:012}"
    said = tuple(
        ClaimedField(
            agency=agency, sender_kind=AgencyKind.AUTHORITY, claim_id=claim, field=field, value=value,
            accepted_at=NOW + timedelta(minutes=minutes), message_id=episode,
        )
        for claim, agency, reference, minutes in claims
        for field, value in {"child_ref": reference, **fields}.items()
    )  # fmt: skip
    whose = (
        (DisclosedField(name="episode.child", disclosure=Disclosure.IDENTITY, value=child),)
        if child is not None
        else ()
    )
    entry = RegisterEntry(episode_id=episode, sequence=1, changed_at=NOW, key_id="k")
    block = RegisterBlock(disclosure=Disclosure.IDENTITY, golden=whose, claims=said)
    return RegisterLine(entry=entry, blocks={Disclosure.IDENTITY: block}, held=frozenset())


ONE = (
    line(1, "ada", ("b", POLICE, "P-1", 5), ("a", ROCHDALE, "R-1", 0)),
    line(2, "ada", ("a", ROCHDALE, "R-1", 90), ("c", SALFORD, "S-1", 95)),
)
OTHER = (line(3, "bea", ("d", SALFORD, "S-2", 7)),)


def test_a_child_is_made_of_the_records_of_all_its_absences_the_first_known_first() -> None:
    assert [(r.claim, r.agency, r.reference) for r in records_of(ONE)] == [
        ("a", ROCHDALE, "R-1"),
        ("b", POLICE, "P-1"),
        ("c", SALFORD, "S-1"),
    ]


def test_each_further_record_makes_a_pair_with_the_first_and_is_the_one_that_a_split_takes_away() -> None:
    pairs = pairs_of_one(records_of(ONE))
    assert [(pair.claim_a, pair.claim_b) for pair in pairs] == [("a", "b"), ("a", "c")]
    assert pairs[0].pair_id == pair_id("b", "a"), "the name under which the queue would have it"
    assert [pair.pair_id for pair in pairs_in([*OTHER, *ONE])] == [pair.pair_id for pair in pairs]


def test_two_children_make_one_pair_of_their_first_records() -> None:
    pair = pair_of_two(ONE, OTHER)
    assert pair is not None
    assert (pair.claim_a, pair.claim_b, pair.agency_b) == ("a", "d", SALFORD)
    assert pair_of_two(ONE, [line(4, None)]) is None


def test_a_pair_that_does_not_wait_is_weighed_by_what_is_open_without_a_value() -> None:
    names = {"a": ("Zofia", "Shampla", "2011-03-02"), "d": ("Zosia", "Shampla", "2011-03-02")}
    lines = [
        line(number, f"child {claim}", (claim, agency, reference, 0), **dict(zip(PERSON, names[claim], strict=True)))
        for number, (claim, agency, reference) in enumerate((("a", ROCHDALE, "R-1"), ("d", SALFORD, "S-2")), 1)
    ]
    pair = pair_of_two(lines[:1], lines[1:])
    assert pair is not None
    found = weighed(pair, lines)
    assert found.probability is not None
    assert found.probability > 0.5
    assert {each.split(":")[0] for each in found.comparisons} >= {"given", "family", "birth", "total"}
    said = " ".join(found.comparisons)
    assert not [value for values in names.values() for value in (*values, "R-1", "S-2") if value in said]
    assert found == weighed(found, lines)


def test_what_was_decided_is_seen_in_the_register() -> None:
    pair = pair_of_two(ONE, OTHER)
    assert pair is not None
    joined = line(1, "ada", ("a", ROCHDALE, "R-1", 0), ("d", SALFORD, "S-2", 7))
    assert is_as_decided(pair, [*ONE, *OTHER], joined=False)
    assert not is_as_decided(pair, [*ONE, *OTHER], joined=True)
    assert is_as_decided(pair, [joined], joined=True)
    assert not is_as_decided(pair, [joined], joined=False)
    apart_in_time = line(5, "ada", ("d", SALFORD, "S-2", 7))
    assert is_as_decided(pair, [*ONE, apart_in_time], joined=True), "one child, two absences"


@pytest.mark.parametrize(
    "sender, roles, decision, owners, may",
    [
        (SALFORD, (REVIEWER,), LinkDecision.SAME, (ROCHDALE, POLICE), True),
        (SALFORD, (), LinkDecision.SAME, (SALFORD, POLICE), False),
        (SALFORD, (), LinkDecision.SAME, (SALFORD, SALFORD), True),
        (SALFORD, (), LinkDecision.SAME, (), False),
        (SALFORD, ("exploitation_team",), LinkDecision.SPLIT, (SALFORD, POLICE), True),
        (SALFORD, (), LinkDecision.ADOPTION_BREAK, (ROCHDALE, POLICE), False),
    ],
)
def test_a_reviewer_decides_any_pair_and_others_about_their_own_records(
    sender: AgencyId, roles: tuple[str, ...], decision: LinkDecision, owners: tuple[AgencyId, ...], *, may: bool
) -> None:
    assert may_decide(sender, roles, decision, owners) is may
