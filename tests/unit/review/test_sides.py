"""Who sees which pair, and what the two sides of it say as far as a grant opens them."""

from datetime import UTC, datetime, timedelta

import pytest

from consumers import RegisterLine
from deploy.review import NoSuchPair, pairs_for, side_by_side, the_pair
from hub.ids import AgencyId
from schemas.records import AgencyKind, ClaimedField, Disclosure, RegisterBlock, RegisterEntry, ReviewItem

NOW = datetime(2026, 3, 27, 22, 0, tzinfo=UTC)
ROCHDALE = AgencyId("E08000005")


def item(name: str, **changed: object) -> ReviewItem:
    known: dict[str, object] = {
        "pair_id": name, "claim_a": "a", "claim_b": "b", "child_a": "x", "child_b": "y", "why": "doubt",
        "raised_at": NOW, "due_at": NOW + timedelta(hours=4),
    }  # fmt: skip
    return ReviewItem(**(known | changed))  # type: ignore[arg-type]


def line(*claims: tuple[str, str, str, int]) -> RegisterLine:
    said = tuple(
        ClaimedField(
            agency=ROCHDALE, sender_kind=AgencyKind.AUTHORITY, claim_id=claim or None, field=field, value=value,
            accepted_at=NOW + timedelta(minutes=minutes), message_id="0192f7c1-6d5e-7a3b-8c4d-5e6f70819203",
        )
        for claim, field, value, minutes in claims
    )  # fmt: skip
    entry = RegisterEntry(episode_id="0192f7c1-6d5e-7a3b-8c4d-5e6f70819203", sequence=1, changed_at=NOW, key_id="k")
    block = RegisterBlock(disclosure=Disclosure.IDENTITY, claims=said)
    return RegisterLine(entry=entry, blocks={Disclosure.IDENTITY: block}, held=frozenset())


def test_a_reserved_pair_is_shown_to_its_authority_alone_and_the_most_urgent_comes_first() -> None:
    late, soon = item("late", due_at=NOW + timedelta(hours=9)), item("soon")
    hidden = item("hidden", reserved_for=ROCHDALE, due_at=NOW)
    assert [each.pair_id for each in pairs_for(None, [late, hidden, soon])] == ["soon", "late"]
    assert [each.pair_id for each in pairs_for(ROCHDALE, [late, hidden, soon])] == ["hidden", "soon", "late"]
    waiting = {each.pair_id: each for each in (late, hidden, soon)}
    assert the_pair("so", None, waiting) == (True, soon)
    for name in ("hidden", "", "nothing"):
        with pytest.raises(NoSuchPair, match="homeward review list"):
            the_pair(name, None, waiting)


def test_a_pair_that_waits_comes_before_one_that_stands_and_several_are_told_apart() -> None:
    waits, stands, other = item("7d1f-waits"), item("7d1f-stands"), item("9a-stands")
    waiting = {waits.pair_id: waits}
    assert the_pair("7d1f", None, waiting, lambda: (stands, other)) == (True, waits)
    assert the_pair("9a", None, waiting, lambda: (stands, other)) == (False, other)
    with pytest.raises(NoSuchPair, match="2 pairs have a name that begins with 7d1f"):
        the_pair("7d1f", None, {}, lambda: (stands, waits))


def test_the_sides_show_what_each_claim_said_last_and_nothing_of_other_claims() -> None:
    rows = side_by_side(
        item("pair"),
        [
            line(("a", "person.given_names", "Testa", 1), ("a", "person.given_names", "Tessa", 5)),
            line(("b", "person.given_names", "Testo", 2), ("b", "last_seen.place", "pier", 2)),
            line(("other", "person.given_names", "Nobody", 3)),
        ],
    )
    assert [(row.field, row.a, row.b, row.differs) for row in rows] == [
        ("person.given_names", "Tessa", "Testo", True),
        ("last_seen.place", None, "pier", False),
    ]


def test_what_another_block_holds_belongs_to_the_record_that_its_message_is_about() -> None:
    said = [("a", "person.given_names", "Testa", 1), ("", "last_seen.place", "the pier", 1)]
    (row, place) = side_by_side(item("pair"), [line(*said), line(("b", "person.given_names", "Testo", 2))])
    assert (place.field, place.a, place.b) == ("last_seen.place", "the pier", None)
    assert row.differs


def test_where_the_grant_opens_nothing_there_is_nothing_to_see() -> None:
    assert side_by_side(item("pair"), [line(("other", "person.given_names", "Nobody", 3))]) == ()
