"""Where each side of a difference could look: a sentence for every field that may differ and every kind of agency."""

import pytest

from hub.episode.model import QuestionKind
from hub.routing.checks import PART, could_look_at
from schemas.records import AgencyKind
from tests.unit.routing.world import RULES

ABOUT = (
    "began_at",
    "ended_at",
    "reports",
    "person.given_names",
    "person.family_name",
    "person.date_of_birth",
    "person.sex",
    "person.identifiers.nhs_number.1",
    "person.home.postcode",
    "what nobody has thought of",
)


@pytest.mark.parametrize("kind", AgencyKind)
@pytest.mark.parametrize("about", ABOUT)
def test_every_kind_of_agency_reads_where_it_could_look(about: str, kind: AgencyKind) -> None:
    said = could_look_at(about, kind, RULES)
    assert said.startswith("You could look at: ")
    assert said.endswith(".")
    assert said.count(";") == 0


def test_each_side_reads_of_what_it_keeps_itself() -> None:
    said = {kind: could_look_at("person.date_of_birth", kind, RULES) for kind in AgencyKind}
    assert "case file" in said[AgencyKind.AUTHORITY]
    assert "admission register" in said[AgencyKind.SCHOOL]
    assert said[AgencyKind.PROVIDER] == said[AgencyKind.UNKNOWN]


def test_several_fields_are_named_each_once() -> None:
    said = could_look_at("person.date_of_birth, person.family_name, person.given_names", AgencyKind.SCHOOL, RULES)
    assert said == ("You could look at: the admission register (the date of birth); the admission register (the name).")


def test_no_sentence_of_the_table_is_for_nobody() -> None:
    read = {
        could_look_at(about, kind, RULES).removeprefix("You could look at: ").removesuffix(".")
        for about in ABOUT
        for kind in AgencyKind
    }
    assert set(RULES.words[PART].values()) - {RULES.words[PART]["lead"]} == read
    assert len(QuestionKind) == 6, "a new question of the fold needs a sentence"
