"""Whatever comes in whatever order, whenever the clock looks: what is owed is what a plain reading says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.deadlines import Deadline, still_true, to_raise
from hub.deadlines.stages import raised_id
from hub.episode import ChildState, fold
from hub.event import Event
from hub.ids import HUB, EpisodeId
from schemas.records import AgencyKind
from tests.searching import examples
from tests.unit.deadlines.owed import owed
from tests.unit.deadlines.plain_clocks import Owed
from tests.unit.deadlines.plain_duties import owed_at
from tests.unit.deadlines.stories import Told, told_twice
from tests.unit.episode.telling import CHILD

COMPARED = frozenset({
    "police_answer", "first_risk_assessment", "risk_review", "circulated", "circulation_cancelled", "authority_told",
    "national_unit_told", "long_term_review", "prevention_interview", "prevention_interview_shared",
    "return_interview_offered", "return_interview_second_attempt", "return_interview_offered_again", "return_interview",
    "return_discussion", "findings_shared", "strategy_decision", "placement_review", "host_told", "host_told_emergency",
    "host_police_told", "host_police_told_emergency", "host_told_of_end",
})  # fmt: skip
"""Duties of which the plain reading says when they are owed, and so when they are not."""


class Hub:
    """The register and the clock, one child, no broker: fold what came, raise what is near."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    @property
    def state(self) -> ChildState:
        return fold(CHILD, self.events)

    def looks(self, now: datetime) -> int:
        """The clock looks; what it raises goes into the log. How much that was."""
        state = self.state
        raised = to_raise(state, owed(state), now)
        for body in raised:
            identity = raised_id(EpisodeId(body.episode_id), body.duty, body.due_at, body.stage)
            self.events.append(
                Event(
                    id=identity, child=CHILD, claim=None, sender=HUB, sender_kind=AgencyKind.HUB, accepted_at=now,
                    order=max((event.order for event in self.events), default=0), body=body,
                )
            )  # fmt: skip
        return len(raised)


def seen(state: ChildState, deadlines: Sequence[Deadline]) -> set[Owed]:
    """What is open, with the stage that was raised of it and still holds."""
    places = {episode.id: place for place, episode in enumerate(state.episodes)}
    stages = {each.deadline.id: each.stage.value for each in still_true(state, deadlines)}
    return {
        Owed(
            places[each.episode],
            each.duty,
            ", ".join(each.owed_by) or None,
            each.due_at,
            each.raw_due_at,
            stages.get(each.id),
        )
        for each in deadlines
        if each.is_open and each.duty in COMPARED
    }


@settings(max_examples=examples(100))
@given(told=told_twice(), looks=st.lists(st.integers(0, 600), max_size=6), seed=st.integers(0, 2**16))
def test_any_interleaving_of_events_and_ticks_ends_where_the_plain_reading_does(
    told: Told, looks: list[int], seed: int
) -> None:
    hub, ticks = Hub(), sorted(min(told.end, told.events[0].accepted_at + timedelta(hours=each)) for each in looks)
    arrival = list(told.events)
    Random(seed).shuffle(arrival)
    for place, event in enumerate(arrival):
        hub.events.append(event)
        if place < len(ticks):
            hub.looks(ticks[place])
    hub.looks(told.end)
    state = hub.state
    assert seen(state, owed(state)) == owed_at(told.story, told.end)
    assert hub.looks(told.end) == 0


@settings(max_examples=examples(40))
@given(told=told_twice(), seed=st.integers(0, 2**16))
def test_the_order_of_arrival_changes_no_deadline(told: Told, seed: int) -> None:
    shuffled = [*told.events, *told.events[::2]]
    Random(seed).shuffle(shuffled)
    assert owed(fold(CHILD, shuffled)) == owed(fold(CHILD, told.events))
