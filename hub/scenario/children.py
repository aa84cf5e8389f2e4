"""The children of a scenario: what every report of them carries, so that a message needs only what is new.

All of them are invented. A child that the file does not name gets a made-up name and an NHS number of the range that is
kept for tests, so that reports of several agencies find one another as they would by a real one.
"""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from hub.ids import AgencyId
from hub.scenario.document import Part, Table, Word, whole_number
from hub.scenario.model import ScenarioChild
from hub.scenario.records import Writing
from hub.scenario.refusal import nearest_word
from schemas.records import (
    AuthorityRole,
    AuthorityRoleKind,
    BirthPrecision,
    CareStatus,
    Identifier,
    IdentifierKind,
)
from schemas.sources import sources

_NAMES: Final = ("Alder", "Bramble", "Clover", "Dahlia", "Elder", "Fennel", "Gentian", "Hazel", "Iris", "Juniper")
_FAMILIES: Final = ("Example", "Sample", "Testing", "Invented", "Pretend", "Fiction", "Madeup", "Notreal")
STANDING: Final = ("care_status", "placement", "authority_roles", "school", "orders", "carer_form")
"""Fields of a report that are facts about the child and go with every report of it."""
OWN_WORDS: Final = {
    "age": "years; the birthday is made up",
    "looked_after_by": "the responsible authority of a looked-after child",
    "references": "what an agency calls the child: a table of agency and reference",
}
_TEST_RANGE: Final = 999_000_000
"""NHS numbers that begin with 999 are kept for tests and never issued."""
_DAYS_SINCE_BIRTHDAY: Final = 100
_OLDEST: Final = 120
"""Who was missing as a child may be old by now."""


def child_of(name: Word, part: Part, number: int, starts: datetime, writing: Writing) -> ScenarioChild:
    """A child of the file; `number` counts them from 0, `starts` is when the scenario begins."""
    table = part if isinstance(part, Table) else Table(name.file, name.line, ())
    if not isinstance(part, Table) and not (isinstance(part, Word) and part.is_nothing):
        raise part.refused("a child is a table of what is known of it: age, home, placement")
    of_person = {field["name"] for field in sources()["Person"]["fields"]} | {"born"}
    person_entries = tuple((key, value) for key, value in table if key.text in of_person)
    own = {key.text: value for key, value in table if key.text not in of_person}
    _check_words(table, of_person)
    person = _person(name.text, Table(table.file, table.line, person_entries), number, writing)
    born = person.get("date_of_birth")
    if (age := own.get("age")) is not None:
        if born is not None:
            raise age.refused("give the age or the date of birth, not both")
        born = _birthday(age, starts)
        person |= {"date_of_birth": born, "birth_precision": BirthPrecision.DAY}
    return ScenarioChild(
        name=name.text,
        line=name.line,
        person=person,
        given=_standing(table, own, writing),
        references=_references(own.get("references"), writing),
        born=born,
    )


def _check_words(table: Table, of_person: set[str]) -> None:
    known = {*of_person, *STANDING, *OWN_WORDS}
    for key, _ in table:
        if key.text not in known:
            raise key.refused(f"{key.text!r} is nothing that is known of a child", nearest_word(key.text, known))


def _person(name: str, table: Table, number: int, writing: Writing) -> dict[str, Any]:
    """The fields of the person record that the file gives, and made-up ones for what identifies a child."""
    made_up = {
        "given_names": _NAMES[number % len(_NAMES)],
        "family_name": _FAMILIES[number % len(_FAMILIES)],
        "identifiers": (Identifier(kind=IdentifierKind.NHS_NUMBER, value=_nhs_number(name, number)),),
    }
    person = writing.record("Person", table, made_up)
    given = {each.name: getattr(person, each.name) for each in fields(person)}
    kept = {field: value for field, value in given.items() if value not in (None, (), "unknown")}
    if "date_of_birth" in kept and "birth_precision" not in kept:
        kept["birth_precision"] = BirthPrecision.DAY
    return kept


def _birthday(age: Part, starts: datetime) -> date:
    years = whole_number(age.text, 0, _OLDEST) if isinstance(age, Word) else None
    if years is None:
        raise age.refused(f"an age is a whole number of years, {_OLDEST} at most")
    day = (starts - timedelta(days=_DAYS_SINCE_BIRTHDAY)).date()
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _standing(table: Table, own: Mapping[str, Part], writing: Writing) -> dict[str, Any]:
    entries = tuple((key, value) for key, value in table if key.text in STANDING)
    report = writing.record("MissingReported", Table(table.file, table.line, entries))
    given = {key.text: getattr(report, key.text) for key, _ in entries}
    if (authority := own.get("looked_after_by")) is not None:
        if not isinstance(authority, Word):
            raise authority.refused("name one authority")
        role = AuthorityRole(
            role=AuthorityRoleKind.RESPONSIBLE, agency=writing.agencies.of(authority, is_authority=True)
        )
        given["authority_roles"] = (role, *given.get("authority_roles", ()))
        care = given.get("care_status", ())
        given["care_status"] = care if CareStatus.LOOKED_AFTER in care else (CareStatus.LOOKED_AFTER, *care)
    return given


def _references(part: Part | None, writing: Writing) -> dict[AgencyId, str]:
    if part is None:
        return {}
    if not isinstance(part, Table):
        raise part.refused("references are a table: agency, and what it calls the child")
    found: dict[AgencyId, str] = {}
    for agency, reference in part:
        if not isinstance(reference, Word):
            raise reference.refused("a reference is one word")
        found[writing.agencies.of(agency)] = reference.text
    return found


def _nhs_number(name: str, number: int) -> str:
    """A number of the test range with its check digit (modulus 11), another one for every child of the file."""
    serial = _TEST_RANGE + (sum(map(ord, name)) * 131 + number * 7919) % 1_000_000
    while True:
        digits = f"{serial:09d}"
        check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check < 10:  # noqa: PLR2004 - a check of 10 is never issued
            return f"{digits}{check}"
        serial += 1
