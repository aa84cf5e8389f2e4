"""What a message says, taken apart."""

from datetime import UTC, datetime

from hub.entry.golden import golden_rules
from hub.entry.statements import statements, text
from schemas.records import (
    Address,
    Answer,
    ChildFound,
    Condition,
    Contact,
    Disclosure,
    ExternalRef,
    FlagKind,
    Identifier,
    IdentifierKind,
    Nature,
    ReferenceKind,
    RiskAssessed,
    RiskFactor,
    RiskGrade,
    Told,
)
from tests.unit.entry.told import event, flag, names, person, report


def classes(body: object) -> dict[str, Disclosure]:
    said = statements([event(1, body)], golden_rules().subjects)  # type: ignore[arg-type]
    return {statement.field: statement.disclosure for statement in said}


def test_a_field_is_named_after_what_it_is_about() -> None:
    found = {"found.place", "risk.grade", "risk.factors", "person.family_name"}
    said = names(
        [
            event(1, ChildFound(place="quay", person=person())),
            event(2, RiskAssessed(grade=RiskGrade.HIGH, factors=(RiskFactor.HEALTH,))),
        ]
    )
    assert found <= said


def test_an_event_is_taken_apart_once_under_each_name() -> None:
    told, one, other = event(1, ChildFound(place="quay")), {"ChildFound": "found"}, {"ChildFound": "seen"}
    first, again, renamed = statements([told], one), statements([told], one), statements([told], other)
    assert all(before is after for before, after in zip(first, again, strict=True))
    assert [each.field for each in renamed] == [each.field.replace("found.", "seen.") for each in first]
    assert told == event(1, ChildFound(place="quay")), "what was worked out is no part of what an event says"


def test_a_blank_and_an_unknown_word_say_nothing() -> None:
    assert "nature" not in names([event(1, report(nature=Nature.UNKNOWN, circumstances=None))])
    assert "circumstances" not in names([event(1, report(circumstances=""))])


def test_not_known_is_a_statement_and_no_is_another() -> None:
    said = report(
        person=person(flags=(flag(FlagKind.MEDICATION, Answer.NO), flag(FlagKind.SELF_HARM, Answer.NOT_KNOWN)))
    )
    assert {"person.flags.medication.value", "person.flags.self_harm.value"} <= names([event(1, said)])


def test_items_of_a_list_are_named_by_their_kind() -> None:
    said = person(
        identifiers=(Identifier(kind=IdentifierKind.UPN, value="A"), Identifier(kind=IdentifierKind.UPN, value="B"))
    )
    assert {"person.identifiers.upn.value", "person.identifiers.upn-2.value"} <= names([event(1, report(person=said))])


def test_a_field_has_the_class_its_schema_gives_and_a_part_the_class_of_what_holds_it() -> None:
    said = classes(
        ChildFound(
            condition=Condition.WELL,
            address=Address(line="2 Sample Street"),
            contact=Contact(telephone="01632 960001"),
            external_refs=(ExternalRef(kind=ReferenceKind.LOG, value="0042"),),
        )
    )
    assert said["found.condition"] is Disclosure.RESTRICTED
    assert said["found.address.line"] is Disclosure.PROTECTED
    assert said["contact.telephone"] is Disclosure.ROUTING
    assert said["external_refs.log.value"] is Disclosure.IDENTITY


def test_a_protected_address_is_protected_wherever_it_stands() -> None:
    hidden = Address(line="3 Sample Street", postcode="OL16 1AA", area_code="E08000005", protected=True)
    said = classes(report(person=person(home=hidden)))
    assert {said[f"person.home.{part}"] for part in ("line", "postcode", "area_code")} == {Disclosure.PROTECTED}


def test_what_the_hub_writes_is_no_statement_of_an_agency() -> None:
    told = Told(cause="00000000-0000-5000-8000-000000000000", rules_version="1", directory_version=1)
    assert names([event(1, told)]) == set()


def test_times_are_written_in_one_way() -> None:
    assert text(datetime(2026, 3, 14, 5, tzinfo=UTC)) == "2026-03-14T05:00:00.000Z"
