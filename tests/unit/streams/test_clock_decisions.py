"""The clock by its index, against a plain one that looks at every duty at every tick, over told nights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.clock import id_of, look
from hub.deadlines import Deadline, deadlines, packaged_deadline_rules, still_true
from hub.directory import Directory
from hub.episode import fold
from hub.episode.model import ChildState
from hub.event import Event
from hub.ids import HUB, EventId
from hub.reference import packaged_reference
from schemas.records import (
    AgencyKind,
    ChildFound,
    ChildReturned,
    DeadlineRaised,
    DeadlineStage,
    InterviewOutcome,
    Record,
    ReturnInterviewRecorded,
)
from tests.searching import examples
from tests.unit.episode.telling import CHILD, LANCASHIRE, ROCHDALE, at, living_in, missing

BEGAN = at("3 Mar 21:10")
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
RANK = {DeadlineStage.SOON: 1, DeadlineStage.DUE: 2, DeadlineStage.OVERDUE: 3}

Raised = set[tuple[str, datetime, DeadlineStage]]


def told(number: int, body: Record, when: datetime) -> Event:
    sender = ROCHDALE if isinstance(body, ReturnInterviewRecorded) else LANCASHIRE
    kind = AgencyKind.AUTHORITY if sender == ROCHDALE else AgencyKind.POLICE
    return Event(
        id=EventId(f"0a4f2c1e-0000-5000-9000-{number:012d}"),
        child=CHILD,
        claim=None,
        sender=sender,
        sender_kind=kind,
        accepted_at=when,
        order=number,
        body=body,
    )


def story(found: float, returned: float, interview: float | None) -> list[Event]:
    """A child is reported, found, brought back, and spoken to (or not), so many hours after the report."""
    back, seen = BEGAN + returned * HOUR, BEGAN + found * HOUR
    events = [
        (BEGAN, missing(BEGAN - HOUR, person=living_in(ROCHDALE))),
        (seen, ChildFound(found_at=seen)),
        (back, ChildReturned(returned_at=back)),
    ]
    if interview is not None:
        held = back + interview * HOUR
        events.append((held, ReturnInterviewRecorded(held_at=held, outcome=InterviewOutcome.HELD)))
    return [told(number, body, when) for number, (when, body) in enumerate(sorted(events, key=lambda each: each[0]), 1)]


def owed(state: ChildState) -> tuple[Deadline, ...]:
    return deadlines(state, packaged_deadline_rules(), Directory.empty(), packaged_reference())


@dataclass
class Indexed:
    """The clock as the register runs it: it looks when the index says so, and at once after something happened."""

    events: list[Event] = field(default_factory=list)
    listed: datetime | None = None

    @property
    def state(self) -> ChildState:
        return fold(CHILD, self.events)

    def hears(self, event: Event) -> None:
        self.events.append(event)
        self.listed = BEGAN - HOUR

    def tick(self, now: datetime, *, dies: str = "") -> None:
        """Look if it is time. It may die before the broker has what is raised, or before the index is written."""
        if self.listed is None or self.listed > now or not self.events:
            return
        state = self.state
        found = look(state, owed(state), now)
        if dies == "before it sends":
            return
        self.events += [raised_event(each, state, now) for each in found.raised]
        if dies != "before it writes":
            self.listed = found.again_at

    @property
    def raised(self) -> Raised:
        bodies = [event.body for event in self.events if isinstance(event.body, DeadlineRaised)]
        return {(body.duty, body.due_at, body.stage) for body in bodies}


def raised_event(raised: DeadlineRaised, state: ChildState, now: datetime) -> Event:
    return Event(
        id=id_of(raised),
        child=CHILD,
        claim=None,
        sender=HUB,
        sender_kind=AgencyKind.HUB,
        accepted_at=now,
        order=max(event.order for event in state.events),
        body=raised,
    )


def plainly(ticks: Sequence[datetime], events: Sequence[Event]) -> Raised:
    """Every duty looked at afresh at every tick: its latest stage is raised, unless that or a later one was."""
    raised: Raised = set()
    for now in ticks:
        known = [event for event in events if event.accepted_at <= now]
        if not known:
            continue
        for duty in owed(fold(CHILD, known)):
            if not duty.is_open:
                continue
            stops = duty.paused_since
            until = now if stops is None else min(now, stops)
            moments = {
                DeadlineStage.SOON: duty.soon_at,
                DeadlineStage.DUE: duty.due_at,
                DeadlineStage.OVERDUE: duty.overdue_at,
            }
            reached = [stage for stage, moment in moments.items() if moment <= until]
            if not reached:
                continue
            latest = max(reached, key=RANK.__getitem__)
            before = [stage for name, due, stage in raised if (name, due) == (duty.duty, duty.due_at)]
            if all(RANK[stage] < RANK[latest] for stage in before):
                raised.add((duty.duty, duty.due_at, latest))
    return raised


def played(ticks: Iterable[datetime], events: Sequence[Event], dying: dict[datetime, str] | None = None) -> Indexed:
    clock = Indexed()
    waiting = sorted(events, key=lambda event: event.accepted_at)
    for now in ticks:
        while waiting and waiting[0].accepted_at <= now:
            clock.hears(waiting.pop(0))
        clock.tick(now, dies=(dying or {}).get(now, ""))
    return clock


STORIES = st.builds(
    story,
    found=st.sampled_from([0.5, 3.0, 30.0, 80.0]),
    returned=st.sampled_from([1.0, 5.0, 31.0, 100.0]),
    interview=st.none() | st.sampled_from([-2.0, 10.0, 71.5, 72.5, 90.0]),
)
TICKS = st.lists(st.integers(0, 14 * 24 * 60), min_size=5, max_size=40).map(
    lambda minutes: sorted(BEGAN + timedelta(minutes=minute) for minute in minutes)
)


@settings(derandomize=True, max_examples=examples(15), deadline=None)
@given(events=STORIES, ticks=TICKS)
def test_an_index_raises_what_looking_at_everything_at_every_tick_would(
    events: list[Event], ticks: list[datetime]
) -> None:
    assert played(ticks, events).raised == plainly(ticks, events)


@settings(derandomize=True, max_examples=examples(12), deadline=None)
@given(events=STORIES, ticks=TICKS, choice=st.randoms(use_true_random=False))
def test_dying_at_any_point_and_starting_again_raises_the_same(
    events: list[Event], ticks: list[datetime], choice: Random
) -> None:
    dying = {now: choice.choice(["", "before it sends", "before it writes"]) for now in ticks[:-1]}
    twice = [now for tick in ticks for now in (tick, tick + SECOND)]
    clock = played(twice, events, dying)
    assert clock.raised == plainly(twice, events)
    ids = [event.id for event in clock.events]
    assert len(set(ids)) == len(ids)


def test_after_a_day_s_outage_the_latest_stage_is_raised_and_no_more() -> None:
    events = story(found=1.0, returned=2.0, interview=None)
    every = [BEGAN + minute * timedelta(minutes=1) for minute in range(0, 6 * 24 * 60, 7)]
    running = played(every, events)
    (due,) = {duty.due_at for duty in owed(running.state) if duty.duty == "return_interview"}
    stages = {stage for duty, at_, stage in running.raised if (duty, at_) == ("return_interview", due)}
    assert stages == {DeadlineStage.SOON, DeadlineStage.DUE, DeadlineStage.OVERDUE}
    out = [now for now in every if not due - 48 * HOUR <= now <= due + 24 * HOUR]
    away = played(out, events)
    late = {stage for duty, at_, stage in away.raised if (duty, at_) == ("return_interview", due)}
    assert late == {DeadlineStage.OVERDUE}, "only what is still so when it comes back"


def test_what_was_met_during_an_outage_is_not_raised_after_it() -> None:
    events = story(found=1.0, returned=2.0, interview=20.0)
    out = [BEGAN + 3 * HOUR, *(BEGAN + hour * HOUR for hour in range(100, 200))]
    assert "return_interview" not in {duty for duty, _, _ in played(out, events).raised}


@settings(derandomize=True, max_examples=examples(20), deadline=None)
@given(events=STORIES, ticks=TICKS, missed=st.integers(1, 3))
def test_a_second_ticker_that_knows_less_changes_nothing_that_holds(
    events: list[Event], ticks: list[datetime], missed: int
) -> None:
    ours = played(ticks, events)
    stale = played(ticks, events[:-missed])
    both = {event.id: event for event in [*stale.events, *ours.events]}
    together = fold(CHILD, both.values())
    alone = ours.state
    assert {each.event for each in still_true(alone, owed(alone))} <= {
        each.event for each in still_true(together, owed(together))
    }
    assert owed(together) == owed(alone), "what was raised moves no deadline"


@settings(derandomize=True, max_examples=examples(20), deadline=None)
@given(events=STORIES, minute=st.integers(0, 14 * 24 * 60))
def test_the_next_look_is_neither_late_nor_in_vain(events: list[Event], minute: int) -> None:
    now = BEGAN + timedelta(minutes=minute)
    state = fold(CHILD, [event for event in events if event.accepted_at <= now])
    found = look(state, owed(state), now)
    after = fold(CHILD, [*state.events, *(raised_event(each, state, now) for each in found.raised)])
    assert look(after, owed(after), now).raised == ()
    if found.again_at is None:
        assert look(after, owed(after), now + timedelta(days=400)).raised == ()
    else:
        assert look(after, owed(after), found.again_at - timedelta(milliseconds=1)).raised == ()
        assert look(after, owed(after), found.again_at).raised
