"""The view of a real fold: what the laws decide stands beside what each agency says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.entry.key_wraps import ceilings
from hub.entry.register_entry import blocks
from hub.entry.view import EpisodeView, view
from hub.episode import fold
from hub.event import Event
from hub.ids import ChildId
from schemas.records import (
    AgencyKind,
    ChildFound,
    ChildReturned,
    Condition,
    Disclosure,
    EpisodeStatus,
    LastSeen,
    LegalBasis,
    PhaseKind,
    PoliceDecision,
    PoliceResponse,
    RegisterBlock,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
)
from tests.unit.entry.told import HOME, LANCASHIRE, MANCHESTER, ROCHDALE, WEST_YORKSHIRE, at, event, report


def only(*events: Event) -> EpisodeView:
    """The view of the one episode that these events are of."""
    state = fold(ChildId("child"), events)
    (episode,) = state.episodes
    return view(state, episode)


FOUND = event(
    240,
    ChildFound(found_at=at(235), seen_by=SeenBy.POLICE, place="quay", condition=Condition.WELL),
    LANCASHIRE,
)
BACK = event(300, ChildReturned(returned_at=at(290), to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE), LANCASHIRE)


def test_a_report_alone_is_not_a_call_to_the_police() -> None:
    seen = only(event(1, report(), HOME))
    assert seen.known("episode.police_position").value == "unconfirmed"  # type: ignore[union-attr]
    assert seen.known("episode.status").value == "missing"  # type: ignore[union-attr]
    assert seen.known("episode.status").event == event(1, report(), HOME).id  # type: ignore[union-attr]


def test_a_night_from_report_to_return() -> None:
    seen = only(event(1, report(), ROCHDALE), event(2, report(), LANCASHIRE), FOUND, BACK)
    assert seen.facts.status is EpisodeStatus.RETURNED
    assert [phase.kind for phase in seen.facts.phases] == [PhaseKind.MISSING, PhaseKind.LOCATED]
    assert seen.facts.ended_at == at(290)
    assert seen.known("found.place").value == "quay"  # type: ignore[union-attr]
    assert "owning_force" in seen.facts.parties[LANCASHIRE]
    assert Disclosure.HEALTH in ceilings().classes(AgencyKind.POLICE, seen.facts.parties[LANCASHIRE])


def test_another_forces_word_is_not_chosen_beside_that_of_the_force_with_the_case() -> None:
    graded = event(2, RiskAssessed(grade=RiskGrade.HIGH), LANCASHIRE)
    denied = event(3, PoliceResponse(decision=PoliceDecision.NOT_RECORDED, reference="GM-7"), MANCHESTER)
    numbered = event(4, PoliceResponse(reference="LC-1"), LANCASHIRE)
    later = event(5, PoliceResponse(reference="WY-2", owning_unit="Control"), WEST_YORKSHIRE)
    alone = only(event(1, report(), ROCHDALE), denied)
    assert {one.name: one.value for one in alone.golden if one.name.startswith("police.")} == {
        "police.decision": "not_recorded",
        "police.reference": "GM-7",
    }
    seen = only(event(1, report(), ROCHDALE), graded, denied, numbered, later)
    chosen = {one.name: one.value for one in seen.golden if one.name.startswith("police.")}
    assert "police.decision" not in chosen
    assert (chosen["police.reference"], chosen["police.owning_unit"]) == ("LC-1", "Control")
    assert {one.value for one in seen.claims if one.field == "police.reference"} == {"GM-7", "LC-1", "WY-2"}


def test_of_custody_the_register_shows_a_child_that_is_located() -> None:
    kept = event(300, ChildReturned(returned_at=at(290), to=ReturnedTo.CUSTODY_OR_SECURE), LANCASHIRE)
    seen = only(event(1, report(), ROCHDALE), event(2, report(), LANCASHIRE), kept)
    opened = blocks(seen)
    routing = {field.name: field.value for field in opened[Disclosure.ROUTING].golden}
    assert (seen.facts.status, routing["episode.status"]) == (
        EpisodeStatus.LOCATED_NOT_RETURNED,
        "located_not_returned",
    )
    phases = opened[Disclosure.CIRCUMSTANCES].phases
    assert [(phase.kind, phase.ended_at) for phase in phases] == [
        (PhaseKind.MISSING, at(290)),
        (PhaseKind.LOCATED, None),
    ]
    said = {field.name for block in opened.values() for field in block.golden}
    claimed = {claim.field for block in opened.values() for claim in block.claims}
    assert not {name for name in said | claimed if name.startswith("returned.") or name == "episode.ended_at"}


def test_home_from_custody_the_register_shows_the_end() -> None:
    kept = event(300, ChildReturned(returned_at=at(290), to=ReturnedTo.CUSTODY_OR_SECURE), LANCASHIRE)
    home = event(900, ChildReturned(returned_at=at(890), to=ReturnedTo.PLACEMENT), LANCASHIRE)
    seen = only(event(1, report(), ROCHDALE), event(2, report(), LANCASHIRE), kept, home)
    assert seen.facts.status is EpisodeStatus.RETURNED


SHOWN_AS = {
    ReturnedTo.HOME: EpisodeStatus.RETURNED,
    ReturnedTo.PLACEMENT: EpisodeStatus.RETURNED,
    ReturnedTo.NEW_PLACEMENT: EpisodeStatus.RETURNED,
    ReturnedTo.AGREED_OTHER_ADDRESS: EpisodeStatus.RETURNED,
    ReturnedTo.HOSPITAL: EpisodeStatus.LOCATED_NOT_RETURNED,
    ReturnedTo.CUSTODY_OR_SECURE: EpisodeStatus.LOCATED_NOT_RETURNED,
    ReturnedTo.ABROAD: EpisodeStatus.LOCATED_NOT_RETURNED,
    ReturnedTo.ADULT_SERVICES: EpisodeStatus.CLOSED,
    ReturnedTo.UNKNOWN: EpisodeStatus.RETURNED,
}
ELSEWHERE = [to for to, status in SHOWN_AS.items() if status is EpisodeStatus.LOCATED_NOT_RETURNED]


@pytest.mark.parametrize("to", ReturnedTo)
def test_returned_is_back_at_home_in_placement_or_at_an_agreed_safe_place(to: ReturnedTo) -> None:
    seen = only(event(2, report(), LANCASHIRE), event(300, ChildReturned(returned_at=at(290), to=to), LANCASHIRE))
    assert seen.facts.status is SHOWN_AS[to]
    assert [field.value for field in seen.golden if field.name == "episode.status"] == [SHOWN_AS[to]]
    assert seen.facts.ended_at == (None if to in ELSEWHERE else at(290))


@pytest.mark.parametrize("to", ELSEWHERE)
def test_back_from_elsewhere_the_end_is_that_of_the_way_home(to: ReturnedTo) -> None:
    away = event(300, ChildReturned(returned_at=at(290), to=to), LANCASHIRE)
    home = event(900, ChildReturned(returned_at=at(890), to=ReturnedTo.PLACEMENT), LANCASHIRE)
    again = event(950, ChildReturned(returned_at=at(940), to=ReturnedTo.PLACEMENT), ROCHDALE)
    for events in ((away, home), (away, home, again)):
        facts = only(event(2, report(), LANCASHIRE), *events).facts
        assert (facts.status, facts.ended_at, facts.basis["status"]) == (EpisodeStatus.RETURNED, at(890), home.id)
        assert [(phase.kind, phase.ended_at) for phase in facts.phases] == [
            (PhaseKind.MISSING, at(290)),
            (PhaseKind.LOCATED, at(890)),
        ]


def test_a_child_that_has_settled_abroad_will_not_come_back() -> None:
    settled = ChildReturned(returned_at=at(290), to=ReturnedTo.ABROAD, settled_elsewhere=True)
    assert only(event(2, report(), LANCASHIRE), event(300, settled, LANCASHIRE)).facts.status is (
        EpisodeStatus.SETTLED_ELSEWHERE
    )


def test_from_hospital_a_child_may_settle_elsewhere() -> None:
    ill = event(300, ChildReturned(returned_at=at(290), to=ReturnedTo.HOSPITAL), LANCASHIRE)
    settled = ChildReturned(returned_at=at(890), to=ReturnedTo.AGREED_OTHER_ADDRESS, settled_elsewhere=True)
    facts = only(event(2, report(), LANCASHIRE), ill, event(900, settled, LANCASHIRE)).facts
    assert (facts.status, facts.ended_at) == (EpisodeStatus.SETTLED_ELSEWHERE, at(890))


@pytest.mark.parametrize("basis", [LegalBasis.INFORMAL, LegalBasis.DETAINED, LegalBasis.S136])
def test_who_walked_out_of_a_ward_is_back_on_a_ward(basis: LegalBasis) -> None:
    left = replace(report(), legal_basis=basis)
    ward = event(300, ChildReturned(returned_at=at(290), to=ReturnedTo.HOSPITAL), LANCASHIRE)
    assert only(event(2, left, LANCASHIRE), ward).facts.status is EpisodeStatus.RETURNED


def test_who_leaves_the_hospital_again_is_away_anew_and_the_first_absence_is_over() -> None:
    ill = event(300, ChildReturned(returned_at=at(290), to=ReturnedTo.HOSPITAL), LANCASHIRE)
    gone = replace(report(), last_seen=LastSeen(at=at(400)))
    state = fold(ChildId("child"), (event(2, report(), LANCASHIRE), ill, event(410, gone, LANCASHIRE)))
    assert [view(state, episode).facts.status for episode in state.episodes] == [
        EpisodeStatus.CLOSED,
        EpisodeStatus.MISSING,
    ]


def test_the_order_of_arrival_changes_nothing() -> None:
    events = (event(1, report(), ROCHDALE), event(2, report(), LANCASHIRE), FOUND, BACK)
    assert only(*events) == only(*reversed(events)) == only(*events, *events)


def words(block: RegisterBlock) -> set[str]:
    return {field.value for field in block.golden} | {claim.value for claim in block.claims}


def test_a_death_is_in_no_block_and_reads_as_a_search_stood_down() -> None:
    death = event(
        240,
        ChildFound(found_at=at(235), seen_by=SeenBy.POLICE, condition=Condition.DECEASED, place="quay"),
        LANCASHIRE,
    )
    later = event(250, RiskAssessed(grade=RiskGrade.HIGH, reasoning="body found"), LANCASHIRE)
    seen = only(event(1, report(), LANCASHIRE), event(2, report(), ROCHDALE), death, later)
    held = blocks(seen)
    everything = set().union(*(words(block) for block in held.values()))
    assert "stood_down" in everything
    assert not {"deceased", "quay", "body found", "restricted"} & everything
    assert not any("235" in value or "03:55" in value for value in everything)
    (phase,) = held[Disclosure.CIRCUMSTANCES].phases
    assert phase.ended_at is None
    assert seen.facts.ended_at is None or seen.facts.ended_at >= at(0) - timedelta(days=1)
