"""A canary in every field: no notice of a whole night carries one of a class that its reader may not have."""

from collections.abc import Iterator
from dataclasses import fields as parts_of
from dataclasses import is_dataclass, replace
from datetime import date

import pytest

from hub.entry.golden import golden_rules
from hub.entry.statements import statements
from hub.entry.view import view
from hub.ids import AgencyId, NoticeId
from hub.routing.disclosure import fitting
from schemas.codec import SchemaIds, decode, encode
from schemas.records import (
    Address,
    AgencyKind,
    AgreedStatement,
    AllegedRole,
    Answer,
    Associate,
    CarerForm,
    CareStatus,
    ChildFound,
    ChildReturned,
    Contact,
    DisclosedField,
    Disclosure,
    FamilyContact,
    Flag,
    FlagKind,
    Identifier,
    IdentifierKind,
    LastSeen,
    MissingReported,
    Notice,
    Person,
    Placement,
    PlacementChanged,
    PlacementKind,
    PoliceResponse,
    PreventionInterviewRecorded,
    Record,
    ReturnedTo,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SchoolContact,
    SeenBy,
    SightingReported,
    TravelCue,
)
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    LEEDS,
    ROCHDALE,
    RULES,
    SCHOOL,
    Night,
    local,
)

SEEN = local("27 Mar 13:00")


def planted() -> list[tuple[str, AgencyId, Record]]:
    """A long night in which every free field holds a word of its own."""
    where = Address(line="canary-home-line", postcode="canary-post", area_code=ROCHDALE)
    child = Person(
        given_names="canary-given", family_name="canary-family", other_names=("canary-other",),
        date_of_birth=date(2011, 3, 1), ethnicity="A1", home=where,
        identifiers=(Identifier(kind=IdentifierKind.NHS_NUMBER, value="canary-nhs"),),
        placement_address=Address(line="canary-placement-address"), description="canary-description",
        photo_reference="canary-photo", languages=("canary-language",),
        flags=(Flag(kind=FlagKind.EXPLOITATION, value=Answer.YES, basis="canary-flag-basis"),),
    )  # fmt: skip
    report = MissingReported(
        child_ref="canary-child-ref", episode_ref="canary-episode-ref", person=child,
        last_seen=LastSeen(
            at=SEEN, place="canary-place", area_code=BLACKPOOL, with_whom="canary-with", wearing="canary-wearing"
        ),
        circumstances="canary-circumstances", care_status=(CareStatus.LOOKED_AFTER, CareStatus.PROTECTION_PLAN),
        placement=Placement(kind=PlacementKind.CHILDRENS_HOME, provider_agency=HOME, host_authority=BLACKPOOL,
                            name="canary-placement-name", address=Address(line="canary-placement-line")),
        companions=("canary-companion",), incident_ref="canary-incident",
        contact=Contact(name="canary-contact", telephone="canary-telephone"),
        family_contact=FamilyContact(name="canary-mother", telephone="canary-mother-telephone"),
        carer_form=CarerForm(associates=(Associate(name="canary-associate"),), health_needs="canary-health-needs",
                             money="canary-money"),
        travel_cues=(TravelCue.STATION, TravelCue.ABROAD), school=SchoolContact(agency=SCHOOL, name="canary-school"),
    )  # fmt: skip
    new = Address(line="canary-new-address", area_code=LEEDS)
    agreed = AgreedStatement(text="canary-agreed", share_with=("owning_force",))
    return [
        ("27 Mar 14:00", HOME, report),
        ("27 Mar 14:05", LANCASHIRE, PoliceResponse(reference="canary-log", reason="canary-reason")),
        ("27 Mar 14:10", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH, reasoning="canary-reasoning")),
        ("27 Mar 15:00", ROCHDALE, SightingReported(
            place="canary-sighting", description="canary-seen-as", seen_at=local("27 Mar 14:50"))),
        ("27 Mar 18:00", LANCASHIRE, ChildFound(
            found_at=local("27 Mar 17:50"), seen_by=SeenBy.POLICE, place="canary-found-place", area_code=LEEDS,
            health_setting="canary-ward", injuries="canary-injuries", circumstances="canary-found-how",
            address=Address(line="canary-found-address"))),
        ("27 Mar 19:00", LANCASHIRE, PreventionInterviewRecorded(
            harm_disclosed=Answer.YES, alleged_role=AllegedRole.STRANGER, alleged_agency="canary-alleged",
            concerns="canary-concerns")),
        ("27 Mar 20:00", ROCHDALE, PlacementChanged(
            from_placement=Placement(provider_agency=HOME), reason="canary-move-reason",
            to_placement=Placement(provider_agency="home-new", name="canary-new-name", address=new),
            started_at=local("27 Mar 20:00"))),
        ("27 Mar 21:00", LANCASHIRE, ChildReturned(
            returned_at=local("27 Mar 20:50"), to=ReturnedTo.NEW_PLACEMENT, address=new, area_code=LEEDS,
            circumstances="canary-return-how")),
        ("29 Mar 12:00", ROCHDALE, ReturnInterviewRecorded(
            child_words="canary-words", agreed_statements=(agreed,), not_independent_because="canary-why")),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def night() -> Night:
    whole = Night()
    for when, sender, body in planted():
        whole.hears(when, sender, body)
    return whole


def strings(value: object) -> Iterator[str]:
    """Every string in a record, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif is_dataclass(value):
        for part in parts_of(value):
            yield from strings(getattr(value, part.name))


def canaries(notice: Notice) -> set[str]:
    return {
        word for text in strings(notice.fields) for word in text.replace(";", " ").split() if word.startswith("canary-")
    }


def test_every_canary_a_notice_carries_is_of_a_class_that_some_row_it_rests_on_is_granted(night: Night) -> None:
    state = night.state
    classes: dict[str, set[Disclosure]] = {}
    for said in statements(state.standing, golden_rules().subjects):
        for word in said.value.replace(";", " ").split():
            classes.setdefault(word, set()).add(said.disclosure)
    for known in view(state, state.episodes[0]).golden:
        for word in known.value.replace(";", " ").split():
            classes.setdefault(word, set()).add(known.disclosure)
    rows = {row.id: row for row in RULES.rows}
    checked = 0
    for notice in night.inbox:
        points = state.told[NoticeId(notice.notice_id)].row.points
        rests_on = [rows[point[2:]] for point in points if point.startswith("r=")]
        granted: set[Disclosure] = set()
        for row in rests_on:
            grant = RULES.grant(row.role, row.purpose)
            assert grant is not None
            granted |= row.classes & grant.classes
        for canary in canaries(notice):
            assert classes[canary] & granted, (canary, notice.recipient, notice.desk)
            checked += 1
    assert checked > 100, "the night carried canaries"


def test_some_canaries_are_read_by_nobody(night: Night) -> None:
    carried = {canary for notice in night.inbox for canary in canaries(notice)}
    assert not carried & {
        "canary-companion", "canary-words", "canary-alleged", "canary-photo", "canary-new-address", "canary-new-name",
        "canary-placement-line", "canary-placement-address", "canary-found-address",
    }  # fmt: skip
    assert {"canary-given", "canary-circumstances", "canary-agreed", "canary-ward"} <= carried, "the others were told"


def test_no_sentence_of_a_notice_holds_a_value(night: Night) -> None:
    for notice in night.inbox:
        assert "canary-" not in f"{notice.what_happened} {notice.asked_of_you} {notice.reference} {notice.purpose}"


def test_what_is_said_of_a_telling_holds_names_and_no_values(night: Night) -> None:
    for fact in night.state.told.values():
        assert "canary-" not in repr(fact.row)


def test_every_notice_and_every_row_of_told_fits_its_schema(night: Night) -> None:
    ids = SchemaIds.local()
    for notice in night.inbox:
        assert decode(encode(notice, ids), ids) == notice
    for each in night.events:
        assert encode(each.body, ids)


def test_a_notice_of_hundreds_of_sightings_keeps_the_facts_and_the_latest_of_them() -> None:
    facts = [_a_field(f"person.fact{number:03d}", number) for number in range(40)]
    sightings = [_a_field(f"sighting.{number:03d}.description", number, "x" * 1500) for number in range(500)]
    kept = fitting((*facts, *sightings))
    names = [field.name for field in kept]
    assert names == sorted(names)
    assert {field.name for field in facts} <= set(names)
    assert "sighting.499.description" in names
    assert "sighting.000.description" not in names
    assert sum(len(field.value) for field in kept) < 200_000
    assert fitting(tuple(facts)) == tuple(facts)


def _a_field(name: str, minutes: int, value: str = "x") -> DisclosedField:
    at = SEEN.replace(minute=minutes % 60, hour=minutes // 60)
    return DisclosedField(
        name=name, disclosure=Disclosure.CIRCUMSTANCES, value=value, source_kind=AgencyKind.POLICE, recorded_at=at
    )


def test_a_directory_without_any_agency_owes_nothing_and_breaks_nothing(night: Night) -> None:
    alone = Night(directory=replace(EVERYBODY, entries={}), events=night.events[:1])
    assert alone.owed() == []
