"""Whose word stands."""

from collections.abc import Sequence
from datetime import date
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.entry.golden import Differ, golden_rules
from hub.entry.protection import CONFIDENTIALITY
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    Address,
    AgencyKind,
    Answer,
    BirthPrecision,
    ChildFound,
    Condition,
    Disclosure,
    FlagKind,
    LastSeen,
    MissingReported,
    PlaceKind,
    RiskAssessed,
    RiskGrade,
    SightingReported,
)
from tests.searching import examples
from tests.unit.entry.told import HOME, LANCASHIRE, ROCHDALE, at, event, facts, flag, person, report, seen, values


def test_the_source_kind_of_the_table_wins_and_the_other_claim_is_kept() -> None:
    view = seen(
        event(1, report(person=person(date_of_birth=date(2011, 3, 1)))),
        event(2, report(person=person(date_of_birth=date(2010, 3, 1))), LANCASHIRE),
    )
    assert values(view, "person.date_of_birth") == ["2011-03-01"]
    assert {c.value for c in view.claims if c.field == "person.date_of_birth"} == {"2011-03-01", "2010-03-01"}


def test_a_tie_goes_to_the_latest_recorded_whenever_it_was_accepted() -> None:
    late, early = report(circumstances="new", recorded_at=at(30)), report(circumstances="old", recorded_at=at(10))
    view = seen(event(1, late, claim="b"), event(2, early, claim="a"))
    assert values(view, "circumstances") == ["new"]


def test_a_tie_at_one_time_goes_to_the_lowest_claim() -> None:
    one, two = report(circumstances="one", recorded_at=at(5)), report(circumstances="two", recorded_at=at(5))
    assert values(seen(event(1, one, claim="b"), event(2, two, claim="a")), "circumstances") == ["two"]


def test_a_place_never_stands_beside_another_agencys_time() -> None:
    view = seen(
        event(1, report(last_seen=LastSeen(at=at(-60), place="school", place_kind=PlaceKind.SCHOOL)), HOME),
        event(2, report(last_seen=LastSeen(at=at(-30), place="park")), LANCASHIRE),
    )
    assert values(view, "last_seen.at") == ["2026-03-13T23:30:00.000Z"]
    assert values(view, "last_seen.place") == ["park"]
    assert values(view, "last_seen.place_kind") == []


def test_fields_that_are_chosen_together_are_about_one_thing() -> None:
    """A row that lists two subjects would show the fields of one of them only."""
    for row in golden_rules().rows:
        subjects = {pattern.removesuffix(".*").rpartition(".")[0] or pattern for pattern in row.fields}
        assert not row.together or len(subjects) == 1, row.fields


def test_a_warning_of_anybodys_stands_and_not_known_is_never_shown_as_no() -> None:
    warned = report(person=person(flags=(flag(FlagKind.EXPLOITATION),)))
    unsure = report(person=person(flags=(flag(FlagKind.EXPLOITATION, Answer.NOT_KNOWN),)))
    denied = report(person=person(flags=(flag(FlagKind.EXPLOITATION, Answer.NO),)))
    field = "person.flags.exploitation.value"
    assert values(seen(event(1, warned, HOME), event(2, unsure), event(3, denied, LANCASHIRE)), field) == ["yes"]
    assert values(seen(event(2, unsure), event(3, denied, LANCASHIRE)), field) == ["no"]
    assert values(seen(event(2, unsure)), field) == ["not_known"]


def test_police_grade_the_risk_and_others_send_a_view() -> None:
    view = seen(event(1, RiskAssessed(grade=RiskGrade.LOW), LANCASHIRE), event(2, RiskAssessed(grade=RiskGrade.HIGH)))
    assert values(view, "risk.grade") == ["low"]


def test_a_later_message_of_a_claim_replaces_what_it_said_of_that_field_only() -> None:
    view = seen(
        event(1, RiskAssessed(grade=RiskGrade.LOW, reasoning="first"), LANCASHIRE),
        event(2, RiskAssessed(grade=RiskGrade.HIGH), LANCASHIRE),
    )
    assert {c.field: c.value for c in view.claims if c.field.startswith("risk")} == {
        "risk.grade": "high",
        "risk.reasoning": "first",
    }


def test_a_second_sighting_replaces_no_first() -> None:
    view = seen(
        event(1, SightingReported(place="pier"), LANCASHIRE), event(2, SightingReported(place="tram"), LANCASHIRE)
    )
    assert [c.value for c in view.claims if c.field == "sighting.place"] == ["pier", "tram"]


def test_the_table_decides_every_field_and_names_its_source() -> None:
    rules = golden_rules()
    assert rules.row("no.such.field").differ is Differ.NEVER
    assert all(row.source for row in rules.rows)
    known = set(AgencyKind) - {AgencyKind.HUB, AgencyKind.UNKNOWN}
    assert all(set(row.order) == known for row in rules.rows)


senders = st.sampled_from([ROCHDALE, LANCASHIRE, HOME])


@st.composite
def reports(draw: st.DrawFn) -> Event:
    body = MissingReported(
        recorded_at=draw(st.none() | st.integers(0, 3).map(at)),
        circumstances=draw(st.sampled_from([None, "a", "b"])),
        last_seen=draw(
            st.none() | st.builds(LastSeen, at=st.integers(0, 3).map(at), place=st.sampled_from(["x", "y"]))
        ),
        person=person(
            family_name=draw(st.sampled_from(["Lark", "lark", "Wren"])),
            birth_precision=draw(st.sampled_from(list(BirthPrecision))),
            flags=draw(st.sampled_from([(), (flag(FlagKind.EXPLOITATION),), (flag(FlagKind.PROTECTED_ADDRESS),)])),
            home=draw(st.builds(Address, line=st.sampled_from(["p", "q"]), protected=st.booleans())),
        ),
    )
    return event(draw(st.integers(1, 500)), body, draw(senders), claim=draw(st.sampled_from(["1", "2", "3"])))


def distinct(events: Sequence[Event]) -> list[Event]:
    return list({one.id: one for one in events}.values())


@settings(max_examples=examples(60))
@given(st.lists(reports(), max_size=8).map(distinct), st.integers())
def test_the_view_depends_on_neither_order_nor_repetition(events: list[Event], seed: int) -> None:
    shuffled = events + events[:3]
    Random(seed).shuffle(shuffled)
    assert seen(*shuffled) == seen(*events)


@settings(max_examples=examples(60))
@given(st.lists(reports(), max_size=6).map(distinct), senders)
def test_what_a_narrow_class_holds_never_shows_in_a_wider_one(events: list[Event], sender: AgencyId) -> None:
    """Not by a value, not by an absence: with or without a sealed finding the wider classes read the same."""
    death = event(900, ChildFound(condition=Condition.DECEASED, place="z", person=person(family_name="Crow")), sender)
    with_it, without = seen(*events, death), seen(*events)
    narrow = CONFIDENTIALITY[Disclosure.RESTRICTED]

    def wide(found: object) -> bool:
        return CONFIDENTIALITY[found.disclosure] < narrow  # type: ignore[attr-defined]

    assert list(filter(wide, with_it.golden)) == list(filter(wide, without.golden))
    assert list(filter(wide, with_it.claims)) == list(filter(wide, without.claims))
    assert list(filter(wide, with_it.disagreements)) == list(filter(wide, without.disagreements))
    assert with_it.facts == facts()
