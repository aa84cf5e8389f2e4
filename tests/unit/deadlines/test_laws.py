"""Laws of the clocks: whatever is told of a child, in whatever order, however contradictory."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.deadlines import Outcome, due_stage, next_change, raised_id, still_true, to_raise
from hub.directory import Directory
from hub.episode import fold
from hub.event import Event
from hub.ids import HUB, EpisodeId
from schemas.records import AgencyKind, DeadlineStage
from tests.searching import examples
from tests.unit.deadlines.clutter import cluttered
from tests.unit.deadlines.owed import RULES, owed
from tests.unit.episode.telling import CHILD, Telling

laws = settings(max_examples=examples(15))
SECOND = timedelta(seconds=1)
OUTLIVE_A_DEATH = {row.duty for row in RULES.rows if "deceased" in row.even_if}
AHEAD = {"order_until", "enquiry_by_when", "flag_review_by", "exclusion_review_by", "placed_elsewhere"}
"""Bases that lie ahead by nature: of these it can be soon from when the hub heard of them."""


@laws
@given(cluttered(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeats_change_no_deadline(told: Telling, chance: Random) -> None:
    arrived = told.events + chance.choices(told.events, k=len(told.events))
    chance.shuffle(arrived)
    assert owed(fold(CHILD, arrived)) == owed(told.state)


@laws
@given(cluttered())
def test_duties_of_a_state_are_worked_out_once_by_each_rules_and_directory(told: Telling) -> None:
    state, directory = told.state, Directory.empty()
    first = owed(state, directory=directory)
    assert owed(state, directory=directory) is first
    assert owed(state, replace(RULES, rows=()), directory) == ()
    assert owed(state, directory=Directory.empty()) == first == owed(fold(CHILD, told.events))


@laws
@given(cluttered())
def test_times_of_a_deadline_stand_in_their_order_and_on_events_of_the_child(told: Telling) -> None:
    state = told.state
    known = {event.id: event.accepted_at for event in state.events}
    found = owed(state)
    for each in found:
        heard = known[each.base_event] if each.base in AHEAD else each.base_at
        assert min(heard, each.base_at) <= each.soon_at <= each.due_at <= each.overdue_at
        assert each.raw_due_at <= each.due_at
        assert each.base_event in known
        assert (each.closed_at is None) is (each.outcome is Outcome.OPEN) is (each.closed_by is None)
        assert each.closed_by is None or each.closed_by in known
        assert (each.outcome is Outcome.MET_LATE) is (
            each.outcome in (Outcome.MET, Outcome.MET_LATE)
            and each.closed_at is not None
            and each.closed_at > each.due_at
        )
        assert all(pause.began < each.due_at for pause in each.pauses)
        assert all(one.ended is not None and one.ended < other.began for one, other in pairwise(each.pauses))
    assert len({each.id for each in found}) == len(found)
    assert [each.episode for each in found] == sorted(
        (each.episode for each in found), key=[episode.id for episode in state.episodes].index
    )


@laws
@given(cluttered())
def test_after_a_death_and_for_a_cancelled_absence_nothing_is_owed_but_what_outlives_it(told: Telling) -> None:
    state = told.state
    cancelled = {episode.id for episode in state.episodes if episode.cancelled is not None}
    outlive = {row.duty for row in RULES.rows if "cancelled" in row.even_if}
    is_dead = any(episode.deceased for episode in state.episodes)
    for each in owed(state):
        if each.is_open and is_dead:
            assert each.duty in OUTLIVE_A_DEATH
        if each.is_open and each.episode in cancelled:
            assert each.duty in outlive


@laws
@given(cluttered())
def test_a_stage_changes_at_the_next_change_and_never_between(told: Telling) -> None:
    for each in owed(told.state):
        when = min(each.base_at, each.known_at) - SECOND
        assert due_stage(each, when) is None
        seen: list[DeadlineStage | None] = [None]
        while (following := next_change(each, when)) is not None:
            assert due_stage(each, following - SECOND) == seen[-1] or following - SECOND < when
            seen.append(due_stage(each, following))
            when = following
        assert due_stage(each, when + timedelta(days=3650)) == seen[-1]


@laws
@given(cluttered(), st.integers(-100, 2000))
def test_the_clock_comes_to_rest_and_then_everything_that_is_near_has_been_raised(told: Telling, hours: int) -> None:
    """What it raises says that time has passed, so a planned move may have come: it looks again, and comes to rest."""
    events = list(told.events)
    now = max(event.accepted_at for event in events) + timedelta(hours=hours)
    for _ in range(4):
        state = fold(CHILD, events)
        found = owed(state)
        raised = to_raise(state, found, now)
        if not raised:
            break
        events += [
            Event(
                id=raised_id(EpisodeId(body.episode_id), body.duty, body.due_at, body.stage), child=CHILD, claim=None,
                sender=HUB, sender_kind=AgencyKind.HUB, accepted_at=now, order=0, body=body,
            )
            for body in raised
        ]  # fmt: skip
    assert to_raise(state, found, now) == ()
    assert len({event.id for event in events}) == len(events)
    held = {each.deadline.id: each.stage for each in still_true(state, found)}
    near = {each.id: stage for each in found if (stage := due_stage(each, now)) is not None}
    assert all(_RANK.index(held[each]) >= _RANK.index(stage) for each, stage in near.items())


_RANK = (DeadlineStage.SOON, DeadlineStage.DUE, DeadlineStage.OVERDUE)


@laws
@given(cluttered())
def test_what_was_raised_too_far_never_hides_what_is_true(told: Telling) -> None:
    """A clock that ran ahead raised everything overdue; what is true of it is at most what can come to be."""
    state = told.state
    found = owed(state)
    far = max((each.overdue_at for each in found), default=state.events[0].accepted_at) + timedelta(days=1)
    for body in to_raise(state, found, far):
        told.tell(far, HUB, replace(body, stage=DeadlineStage.OVERDUE))
    after = told.state
    for each in still_true(after, owed(after)):
        assert each.deadline.is_open
        assert due_stage(each.deadline, far + timedelta(days=400)) is not None
