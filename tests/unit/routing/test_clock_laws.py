"""Laws of time: outages, repeats and crashes change nothing that stands; what is sealed stays without a sound."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.deadlines import still_true, to_raise
from hub.ids import AgencyId
from schemas.records import (
    Acknowledgement,
    AgencyKind,
    AllegedRole,
    Answer,
    CancelReason,
    ChildFound,
    ChildReturned,
    Condition,
    ExclusionSet,
    ExclusionState,
    Notice,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Record,
    ReportCancelled,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    StrategyDecision,
    StrategyDecisionRecorded,
    ToldByOtherMeans,
)
from tests.searching import examples
from tests.unit.routing.clocked import OUT_OF_HOURS, ClockedNight, copied, night_rows, with_rota
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    LEEDS,
    ROCHDALE,
    WEST_YORKSHIRE,
    directory_of,
    joined,
    local,
    looked_after,
)

START = local("27 Mar 23:10")
SEEN = local("27 Mar 22:40")
DIRECTORIES = {
    "everybody": EVERYBODY,
    "some": directory_of(LANCASHIRE, ROCHDALE, HOME, WEST_YORKSHIRE),
    "a night team": with_rota(EVERYBODY, ROCHDALE, BLACKPOOL),
    "a night team without a key": with_rota(EVERYBODY, ROCHDALE, BLACKPOOL).with_entry(
        joined(
            OUT_OF_HOURS, kind=AgencyKind.AUTHORITY, duty=night_rows(ROCHDALE, BLACKPOOL), connected=False, version=2
        )
    ),
}

Message = tuple[AgencyId, Callable[[datetime], Record]]
HARM = PreventionInterviewRecorded(
    outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER, concerns="sealed words"
)
SET = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME, from_when=SEEN, reason="another reason")

SPOKEN: list[Message] = [
    (LANCASHIRE, lambda _: looked_after(SEEN)),
    (LANCASHIRE, lambda _: RiskAssessed(grade=RiskGrade.HIGH)),
    (LANCASHIRE, lambda _: RiskAssessed(grade=RiskGrade.LOW, reasoning="rang home")),
    (LANCASHIRE, lambda now: ChildFound(found_at=now, seen_by=SeenBy.POLICE, area_code=LEEDS)),
    (LANCASHIRE, lambda now: ChildReturned(returned_at=now, to=ReturnedTo.PLACEMENT)),
    (LANCASHIRE, lambda _: HARM),
    (ROCHDALE, lambda now: StrategyDecisionRecorded(decision=StrategyDecision.HELD, decided_at=now)),
    (ROCHDALE, lambda now: ToldByOtherMeans(recipient_agency=LANCASHIRE, told_at=now)),
    (WEST_YORKSHIRE, lambda now: ChildFound(found_at=now, seen_by=SeenBy.POLICE, condition=Condition.DECEASED)),
]

hours = st.integers(1, 30)
spoken = st.lists(st.tuples(st.sampled_from(SPOKEN), hours), max_size=4)


def begun(directory: str = "everybody") -> ClockedNight:
    night = ClockedNight(directory=DIRECTORIES[directory])
    night.hears(START, HOME, looked_after(SEEN))
    return night


def standing(night: ClockedNight) -> set[tuple[str, datetime, str]]:
    """What was raised and still stands."""
    return {(one.deadline.duty, one.deadline.due_at, str(one.stage)) for one in still_true(night.state, night.duties())}


@settings(max_examples=examples(10), deadline=None, derandomize=True)
@given(
    messages=spoken, out=st.lists(st.booleans(), min_size=5, max_size=5), directory=st.sampled_from(sorted(DIRECTORIES))
)
def test_after_outages_of_the_clock_what_stands_and_what_is_owed_is_what_a_clock_without_them_gives(
    messages: list[tuple[Message, int]], out: list[bool], directory: str
) -> None:
    always, sometimes = begun(directory), begun(directory)
    now = START
    for (message, later), is_out in zip(messages, out, strict=False):
        now += timedelta(hours=later)
        sender, body = message
        always.hears(now, sender, body(now))
        sometimes.is_out = is_out
        sometimes.hears(now, sender, body(now))
        sometimes.is_out = False
    end = now + timedelta(hours=30)
    always.until(end)
    sometimes.until(end)
    assert {each for each in standing(sometimes) if not each[0].startswith("delivery.")} == {
        each for each in standing(always) if not each[0].startswith("delivery.")
    }
    for night in (always, sometimes):
        assert to_raise(night.state, night.duties(), end) == ()
        assert night.owed() == []
        assert len({one.notice_id for one in night.inbox}) == len(night.inbox)


@settings(max_examples=examples(6), deadline=None, derandomize=True)
@given(messages=spoken, later=st.integers(1, 40))
def test_what_a_crash_left_owed_keeps_its_ids_whatever_the_clock_raises_before_it_is_sent_again(
    messages: list[tuple[Message, int]], later: int
) -> None:
    night, now = begun(), START
    for (sender, body), hour in messages:
        now += timedelta(hours=hour)
        night.until(now)
        crashed = copied(night)
        crashed.dies = True
        crashed.hears(now, sender, body(now))
        before = {one.id for one in crashed.owed()}
        crashed.until(now + timedelta(hours=later))
        assert before <= {one.id for one in crashed.owed()} or crashed.state.episodes[0].deceased
        night.hears(now, sender, body(now))


@settings(max_examples=examples(4), deadline=None, derandomize=True)
@given(later=spoken, sealed=st.sampled_from([HARM, SET]), hour=st.integers(1, 6))
def test_p1_whatever_happens_after_a_sealed_event_the_excluded_read_one_sentence_and_nothing_else(
    later: list[tuple[Message, int]], sealed: Record, hour: int
) -> None:
    received: list[list[Notice]] = []
    for reason, following in ((sealed, later), (SET, [])):
        night = begun()
        now = START + timedelta(hours=hour)
        night.until(now)
        before = len(night.told(HOME))
        night.hears(now, LANCASHIRE, reason)
        for (sender, body), hours_later in following:
            now += timedelta(hours=hours_later)
            night.hears(now, sender, body(now))
        night.until(now + timedelta(hours=12))
        received.append(night.told(HOME)[before:])
    texts = [
        [(one.what_happened, one.asked_of_you, one.fields, one.urgency, one.kind) for one in some] for some in received
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 1


@settings(max_examples=examples(8), deadline=None, derandomize=True)
@given(layers=st.lists(st.sampled_from(list(Acknowledgement)[:3]), max_size=3), minutes=st.integers(1, 40))
def test_every_step_that_is_told_is_one_of_a_notice_that_was_not_answered_by_then(
    layers: list[Acknowledgement], minutes: int
) -> None:
    night = begun()
    first: dict[Acknowledgement, datetime] = {}
    for layer in layers:
        night.acknowledges_at(night.now + timedelta(minutes=minutes), ROCHDALE, night.told(ROCHDALE, "duty")[:1], layer)
        first.setdefault(layer, night.now)
    night.until(START + timedelta(hours=5))
    silent = [one for one in night.inbox if "by Rochdale" in one.what_happened]
    taken, opened = (first.get(layer, night.now) for layer in (Acknowledgement.TAKEN, Acknowledgement.OPENED))
    assert all(one.issued_at <= taken for one in silent)
    for one in silent:
        assert one.what_happened.startswith("Opened" if one.issued_at > min(opened, taken) else "Not opened")
    if Acknowledgement.TAKEN not in first:
        assert silent


def test_a_cancelled_report_takes_every_clock_with_it() -> None:
    night = begun()
    night.until(START + timedelta(hours=3))
    cancelled = ReportCancelled(child_ref="C-1", cancels=night.events[0].id, reason=CancelReason.ENTERED_IN_ERROR)
    night.hears(START + timedelta(hours=4), HOME, cancelled)
    assert [duty for duty in night.duties() if duty.is_open and not duty.duty.startswith("delivery.")] == []
