"""A law: whatever happens, a reporter that may know little reads the fixed words, or nothing."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ids import AgencyId
from schemas.records import (
    AllegedRole,
    Answer,
    CancelReason,
    ChildFound,
    ChildReturned,
    Condition,
    MayBeTold,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    Record,
    ReportCancelled,
    Reporter,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SchoolContact,
    SeenBy,
)
from tests.searching import examples
from tests.unit.routing.world import (
    HOME,
    LANCASHIRE,
    ROCHDALE,
    RULES,
    SCHOOL,
    WARD,
    Night,
    local,
    looked_after,
    missing,
)

SEEN = local("27 Mar 10:00")
FIXED = RULES.words["fixed"]
AFTER: tuple[tuple[AgencyId, Record], ...] = (
    (LANCASHIRE, looked_after(SEEN, school=SchoolContact(agency=SCHOOL))),
    (LANCASHIRE, PoliceResponse(decision=PoliceDecision.RECORDED_MISSING, reference="L-1")),
    (LANCASHIRE, PoliceResponse(decision=PoliceDecision.NOT_RECORDED)),
    (LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH)),
    (LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, place="a flat", condition=Condition.WELL, area_code="E06000009")),
    (LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.IN_HOSPITAL)),
    (LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.DECEASED)),
    (LANCASHIRE, ChildReturned(to=ReturnedTo.HOME)),
    (LANCASHIRE, ChildReturned(to=ReturnedTo.CUSTODY_OR_SECURE)),
    (HOME, ChildReturned(to=ReturnedTo.PLACEMENT)),
    (LANCASHIRE, PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.PARENT)),
    (LANCASHIRE, PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.PROFESSIONAL)),
    (ROCHDALE, missing(SEEN)),
)
TAKEN_BACK = ReportCancelled(child_ref="C-1", reason=CancelReason.FALSE_REPORT)


@settings(max_examples=examples(80), deadline=None)
@given(
    st.sampled_from((WARD, SCHOOL)),
    st.sampled_from((MayBeTold.SAFE_ONLY, MayBeTold.NOTHING)),
    st.lists(st.integers(0, len(AFTER) - 1), max_size=7),
    st.integers(0, 8),
)
def test_a_bound_reporter_reads_the_fixed_words_or_nothing(
    reporter: AgencyId, may: MayBeTold, places: list[int], taken_back_after: int
) -> None:
    night, when = Night(), SEEN + timedelta(minutes=20)
    told = looked_after(SEEN, reporter=Reporter(may_be_told=may), school=SchoolContact(agency=SCHOOL))
    night.hears(when, reporter, told)
    for number, place in enumerate((0, *places)):  # police report it too: it stays one absence
        when += timedelta(minutes=25)
        night.hears(when, *AFTER[place])
        if number == taken_back_after:
            night.hears(when + timedelta(minutes=1), reporter, TAKEN_BACK)
    read = night.told(reporter)
    if may is MayBeTold.NOTHING:
        assert read == []
    assert {one.what_happened for one in read} <= {FIXED["safe_only"], FIXED["stood_down"]}
    assert not any(one.fields or one.withdrawn_fields or one.asked_of_you or one.due_at for one in read)
    assert len(read) <= len({one.what_happened for one in read})
