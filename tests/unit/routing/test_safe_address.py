"""A law: whatever is said in whatever order, a safe address routes to nobody and is read by named officers only."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ids import AgencyId
from schemas.records import (
    Address,
    Answer,
    CareStatus,
    ChildFound,
    ChildReturned,
    Condition,
    FlagKind,
    MissingAmended,
    PlaceKind,
    PlacementChanged,
    PlacementMove,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    Record,
    ReturnArranged,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
    StrategyDecision,
    StrategyDecisionRecorded,
)
from tests.searching import examples
from tests.unit.entry.told import flag
from tests.unit.routing.world import (
    DERBY,
    DERBYSHIRE,
    HOME,
    LANCASHIRE,
    ROCHDALE,
    Night,
    all_text,
    local,
    looked_after,
    missing,
    person,
    placed,
)

SEEN = local("27 Mar 22:40")
LINE = "9 Hidden Row"
SAFE = Address(line=LINE, postcode="DE1 9ZZ", area_code=DERBY, protected=True)
AT_HOME = person(home=SAFE)
FLAGGED = person(home=replace(SAFE, protected=False), flags=(flag(FlagKind.PROTECTED_ADDRESS),))
REFUGE = placed(AgencyId("home-hill-top"), DERBY, address=SAFE)

SAID: tuple[tuple[AgencyId, Record], ...] = (
    (LANCASHIRE, missing(SEEN, person=AT_HOME)),
    (HOME, looked_after(SEEN, person=FLAGGED)),
    (ROCHDALE, looked_after(SEEN)),
    (ROCHDALE, MissingAmended(child_ref="C-1", person=AT_HOME)),
    (LANCASHIRE, PoliceResponse(decision=PoliceDecision.RECORDED_MISSING, reference="L-1")),
    (LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH)),
    (LANCASHIRE, SightingReported(seen_at=SEEN + timedelta(hours=1), place="the pier", area_code="E06000009")),
    (LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, place="Haven", address=SAFE, area_code=DERBY)),
    (LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.DECEASED)),
    (LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.STREET, area_code="E06000009")),
    (LANCASHIRE, PreventionInterviewRecorded(harm_disclosed=Answer.YES)),
    (ROCHDALE, StrategyDecisionRecorded(decision=StrategyDecision.HELD)),
    (ROCHDALE, ReturnArranged(expected_at=SEEN + timedelta(hours=9))),
    (ROCHDALE, PlacementChanged(to_placement=REFUGE, host_authority=DERBY, move=PlacementMove.EMERGENCY)),
    (LANCASHIRE, ChildReturned(to=ReturnedTo.AGREED_OTHER_ADDRESS, address=SAFE, area_code=DERBY)),
    (LANCASHIRE, ChildReturned(to=ReturnedTo.NEW_PLACEMENT, address=SAFE, settled_elsewhere=True)),
    (ROCHDALE, missing(SEEN, person=AT_HOME, care_status=(CareStatus.PROTECTION_PLAN,))),
)


@settings(max_examples=examples(80), deadline=None)
@given(
    st.lists(st.integers(0, len(SAID) - 1), min_size=1, max_size=9),
    st.lists(st.integers(1, 300), min_size=9, max_size=9),
)
def test_the_agencies_of_a_safe_address_never_enter_and_nobody_but_named_officers_reads_it(
    places: list[int], minutes: list[int]
) -> None:
    night, when = Night(), SEEN + timedelta(minutes=20)
    for (sender, body), later in zip((SAID[place] for place in places), minutes, strict=False):
        when += timedelta(minutes=later)
        night.hears(when, sender, body)
    assert not {DERBY, DERBYSHIRE} & {AgencyId(notice.recipient) for notice in night.inbox}
    for notice in night.inbox:
        if notice.desk != "named_officers":
            assert LINE not in all_text([notice])
            assert DERBY not in all_text([notice])
