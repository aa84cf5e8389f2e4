"""What raises the class of a field."""

import pytest

from hub.entry.protection import CONFIDENTIALITY, protection
from hub.event import Event
from schemas.records import (
    Address,
    Answer,
    ChildFound,
    ChildReturned,
    Disclosure,
    EpisodeStatus,
    FlagKind,
    LastSeen,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    PlaceKind,
    Placement,
    PlacementChanged,
    PlacementKind,
    PolicePosition,
    ReturnedTo,
)
from tests.unit.entry.told import HOME, LANCASHIRE, event, flag, person, report, seen


def classes(*events: Event, **changed: object) -> dict[str, Disclosure]:
    return {claim.field: claim.disclosure for claim in seen(*events, **changed).claims}


def test_an_address_that_one_agency_must_keep_is_kept_in_everybodys_words() -> None:
    flagged = report(person=person(flags=(flag(FlagKind.PROTECTED_ADDRESS),), home=None))
    view = seen(event(1, flagged), event(2, report(), LANCASHIRE))
    homes = {claim.disclosure for claim in view.claims if claim.field.startswith("person.home")}
    assert homes == {Disclosure.PROTECTED}
    assert "E08000005" not in {known.value for known in view.golden if known.disclosure is not Disclosure.PROTECTED}


def test_a_flag_that_is_not_known_raises_nothing() -> None:
    unsure = report(person=person(flags=(flag(FlagKind.PROTECTED_ADDRESS, Answer.NOT_KNOWN),)))
    assert classes(event(1, unsure))["person.home.line"] is Disclosure.IDENTITY


def test_a_return_to_a_new_placement_carries_no_address_and_no_area() -> None:
    moved = PlacementChanged(to_placement=Placement(kind=PlacementKind.FOSTER, host_authority="E06000015"))
    back = ChildReturned(to=ReturnedTo.NEW_PLACEMENT, area_code="E06000015", address=Address(line="4 Sample Street"))
    said = classes(event(1, moved), event(2, back, LANCASHIRE))
    assert said["returned.area_code"] is Disclosure.PROTECTED
    assert said["placement_change.to_placement.host_authority"] is Disclosure.PROTECTED
    assert "E06000015" not in seen(event(1, moved), event(2, back, LANCASHIRE)).areas


def test_a_hospital_is_read_by_those_who_may_read_health() -> None:
    found = ChildFound(place="ward 4", place_kind=PlaceKind.HOSPITAL, circumstances="asleep")
    said = classes(event(1, found, LANCASHIRE))
    assert said["found.place"] is said["found.circumstances"] is Disclosure.HEALTH


def test_after_a_sealed_outcome_whatever_is_said_is_restricted() -> None:
    view = seen(
        event(1, report(), HOME),
        event(5, report(circumstances="police are here", last_seen=LastSeen(place="quay")), HOME),
        status=EpisodeStatus.STOOD_DOWN,
        sealed_from=4,
    )
    assert view.known("circumstances") is not None
    assert view.known("circumstances").disclosure is Disclosure.RESTRICTED  # type: ignore[union-attr]
    assert view.known("last_seen.place").value == "bus station"  # type: ignore[union-attr]


def test_the_facts_of_the_fold_are_fields_too() -> None:
    view = seen(police_position=PolicePosition.UNCONFIRMED)
    assert view.known("episode.police_position").value == "unconfirmed"  # type: ignore[union-attr]


@pytest.mark.parametrize("row", protection().rows, ids=lambda row: f"{row.when}->{row.to}")
def test_a_row_raises_to_a_class_narrower_than_the_ordinary_ones_and_says_why(row: object) -> None:
    assert CONFIDENTIALITY[row.to] >= CONFIDENTIALITY[Disclosure.SAFEGUARDING]  # type: ignore[attr-defined]
    assert row.source  # type: ignore[attr-defined]


def test_that_the_duty_to_enquire_is_handed_over_is_for_those_who_may_know_of_harm() -> None:
    handover = OwnershipTransferred(
        kind=OwnershipKind.SECTION_47, from_agency="leeds", to_agency="oldham", step=OwnershipStep.ACCEPTED
    )
    view = seen(event(1, report()), event(2, handover, LANCASHIRE))
    for name in ("ownership.kind", "ownership.from_agency", "ownership.to_agency", "ownership.step"):
        assert view.known(name).disclosure is Disclosure.SAFEGUARDING, name  # type: ignore[union-attr]
