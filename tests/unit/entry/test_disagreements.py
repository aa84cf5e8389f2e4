"""Where agencies say different things."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.entry.disagreements import FieldDisagreement
from hub.entry.golden import plain
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import Answer, BirthPrecision, FlagKind, LastSeen, SightingReported
from tests.unit.entry.told import HOME, LANCASHIRE, ROCHDALE, at, event, flag, person, report, seen


def found(*events: Event) -> dict[str, FieldDisagreement]:
    return {one.field: one for one in seen(*events).disagreements}


def test_three_last_seens_are_one_disagreement_with_three_sides() -> None:
    """A police report at 17:00, two of the authority's teams at 17:30 and 17:15."""
    said = found(
        event(1, report(last_seen=LastSeen(at=at(0))), LANCASHIRE, claim="police"),
        event(2, report(last_seen=LastSeen(at=at(30))), ROCHDALE, claim="evening team"),
        event(9, report(last_seen=LastSeen(at=at(15))), ROCHDALE, claim="day team"),
    )["last_seen.at"]
    assert {(side.sender, side.stated_at) for side in said.sides} == {
        (LANCASHIRE, at(1)),
        (ROCHDALE, at(2)),
        (ROCHDALE, at(9)),
    }
    assert said.since == at(2)


def test_a_disagreement_begins_when_the_second_value_was_accepted() -> None:
    events = (
        event(1, report(person=person(family_name="Lark"))),
        event(5, report(person=person(family_name="Lark")), HOME),
        event(7, report(person=person(family_name="Wren")), LANCASHIRE),
    )
    assert found(*events)["person.family_name"].since == at(7)
    assert found(*events)["person.family_name"].as_record().since == at(7)


def test_a_correction_by_either_side_settles_it() -> None:
    wrong = event(1, report(person=person(family_name="Wren")))
    right = event(2, report(person=person(family_name="Lark")), LANCASHIRE)
    corrected = event(1, report(person=person(family_name="Lark")))
    assert "person.family_name" in found(wrong, right)
    assert "person.family_name" not in found(corrected, right)


def test_two_records_of_one_agency_that_differ_are_no_disagreement() -> None:
    """Each says what it says, and stands among the claims; no two agencies have anything to settle."""
    one = event(1, report(person=person(family_name="Lark")), ROCHDALE, claim="a file")
    other = event(5, report(person=person(family_name="Wren")), ROCHDALE, claim="another file")
    assert "person.family_name" not in found(one, other)
    police = event(7, report(person=person(family_name="Wren")), LANCASHIRE)
    said = found(one, other, police)["person.family_name"]
    assert said.since == at(7), "it is between agencies from when the second agency spoke"
    assert len(said.sides) == 3, "the other file is the agency's to correct, so it stands beside"


def test_only_kinds_of_agency_that_differ_are_counted_as_differing() -> None:
    """Police and council say the same; only the placement says otherwise."""
    said = found(
        event(1, report(person=person(family_name="Lark")), ROCHDALE),
        event(2, report(person=person(family_name="Lark")), LANCASHIRE),
        event(3, report(person=person(family_name="Wren")), HOME),
    )["person.family_name"]
    council, police, placement = (event(1, report(), each).sender_kind for each in (ROCHDALE, LANCASHIRE, HOME))
    assert said.kinds == ((council, placement), (placement, police))


def test_how_a_name_is_typed_is_no_disagreement() -> None:
    one = report(person=person(given_names="Zoë-Ann", family_name="O'Connor"))
    two = report(person=person(given_names="ZOE ANN", family_name="OConnor"))
    assert found(event(1, one), event(2, two, LANCASHIRE)) == {}


def test_the_vowel_signs_of_other_scripts_are_letters() -> None:
    assert plain("\u0915\u0940") != plain("\u0915\u0941")


def test_a_year_agrees_with_a_day_of_that_year_and_not_with_another() -> None:
    year = report(person=person(date_of_birth=date(2011, 1, 1), birth_precision=BirthPrecision.YEAR))
    same, other = report(), report(person=person(date_of_birth=date(2010, 3, 1)))
    assert found(event(1, year), event(2, same, LANCASHIRE)) == {}
    assert set(found(event(1, year), event(2, other, LANCASHIRE))) == {"person.date_of_birth"}


def test_not_known_is_no_side() -> None:
    yes = report(person=person(flags=(flag(FlagKind.MEDICATION),)))
    unsure = report(person=person(flags=(flag(FlagKind.MEDICATION, Answer.NOT_KNOWN),)))
    assert found(event(1, yes), event(2, unsure, LANCASHIRE)) == {}


def test_two_sightings_are_no_disagreement() -> None:
    assert (
        found(event(1, SightingReported(place="pier"), HOME), event(2, SightingReported(place="tram"), LANCASHIRE))
        == {}
    )


@given(st.lists(st.sampled_from(["Lark", "Wren", "lark"]), min_size=1, max_size=6))
def test_there_is_a_disagreement_exactly_where_two_values_differ(family_names: list[str]) -> None:
    said = found(
        *(
            event(n, report(person=person(family_name=name)), AgencyId(f"agency-{n}"), claim=str(n))
            for n, name in enumerate(family_names, 1)
        )
    )
    assert ("person.family_name" in said) == (len({name.casefold() for name in family_names}) > 1)
