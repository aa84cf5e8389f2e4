"""Cancellations of cancellations and corrections of corrections, as long a chain or as odd a ring as anybody makes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.episode.corrections import revised
from hub.episode.field_changes import with_changes
from hub.event import Event
from hub.ids import EventId
from schemas.records import CancelReason, CorrectionMade, EpisodeStatus, FieldChange, Record, ReportCancelled
from tests.unit.episode.telling import BRADFORD, Telling, at, missing

BEGAN = at("27 Mar 20:00")
LONG = 1_200
"""More than Python calls deep."""


def cancelling(named: str) -> Record:
    return ReportCancelled(cancels=named, reason=CancelReason.ENTERED_IN_ERROR)


def correcting(named: str, field: str = "reason", new: str = "again") -> Record:
    return CorrectionMade(corrects=named, changes=(FieldChange(field=field, new=new),))


def chain(says: Callable[[str], Record], length: int) -> Telling:
    """A report, and each message after it about the one before."""
    told = Telling()
    last = told.tell(BEGAN, BRADFORD, missing(BEGAN - timedelta(minutes=20)))
    for number in range(length):
        last = told.tell(BEGAN + timedelta(seconds=number + 1), BRADFORD, says(last.id))
    return told


@pytest.mark.parametrize("length", [1, 2, 101, LONG, LONG + 1])
def test_a_chain_of_cancellations_cancels_the_report_where_its_length_is_odd(length: int) -> None:
    (episode,) = chain(cancelling, length).state.episodes
    assert (episode.status is EpisodeStatus.CANCELLED) == (length % 2 == 1)


def test_a_chain_of_corrections_corrects_as_far_as_it_reaches() -> None:
    told = chain(correcting, LONG)
    bodies = [event.body for event in revised(told.events).events]
    assert [body.reason for body in bodies[1:] if isinstance(body, CorrectionMade)] == ["again"] * (LONG - 1) + [None]


@pytest.mark.parametrize("says", [cancelling, correcting])
def test_a_ring_of_many_stops_at_itself(says: Callable[[str], Record]) -> None:
    first = chain(says, 0).events[0]
    ring = [replace(first, id=EventId(f"e{n}"), order=n + 2, body=says(f"e{(n + 1) % LONG}")) for n in range(LONG)]
    assert len(revised([first, *ring]).events) == LONG + 1


def by_recursion(events: Sequence[Event]) -> frozenset[EventId]:
    """The same of cancellations, as one would say it: one stands that no other one withdraws which stands itself."""
    by_id = {event.id: event for event in events}
    aims: Mapping[EventId, EventId] = {
        event.id: EventId(event.body.cancels)
        for event in events
        if isinstance(event.body, ReportCancelled) and event.body.cancels in by_id and event.body.cancels != event.id
    }

    def stands(event: EventId, within: frozenset[EventId]) -> bool:
        others: Iterable[EventId] = (other for other, aim in aims.items() if aim == event)
        return event in within or not any(stands(other, within | {event}) for other in others)

    return frozenset(aim for event, aim in aims.items() if stands(event, frozenset()))


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8))
def test_rings_and_trees_of_cancellations_are_read_as_the_rule_says(aims: list[int]) -> None:
    first = chain(cancelling, 0).events[0]
    said = [replace(first, id=EventId(f"e{n}"), order=n + 2, body=cancelling(f"e{aim}")) for n, aim in enumerate(aims)]
    events = [first, *said, replace(first, id=EventId(f"e{len(aims)}"), order=99)]
    assert revised(events).withdrawn.keys() == by_recursion(events)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(["reason", "changes.0.new", "circumstances"])),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_rings_and_trees_of_corrections_are_read_as_the_rule_says(aims: list[tuple[int, str]]) -> None:
    first = chain(correcting, 0).events[0]
    said = [
        replace(first, id=EventId(f"e{n}"), order=n + 2, body=correcting(f"e{aim}", field, f"by {n}"))
        for n, (aim, field) in enumerate(aims)
    ]
    events = [replace(first, id=EventId(f"e{len(aims)}")), *said]
    found = {event.id: event.body for event in revised(events).events}
    for event in events:
        assert found[event.id] == corrected_by_recursion(event, events, frozenset())


def corrected_by_recursion(event: Event, events: Sequence[Event], within: frozenset[EventId]) -> Record:
    """A body with its corrections applied, each of them corrected itself before; a ring stops at itself."""
    body = event.body
    if event.id in within:
        return body
    for other in events:
        aim = other.body.corrects if isinstance(other.body, CorrectionMade) else None
        if aim == event.id != other.id:
            correction = corrected_by_recursion(other, events, within | {event.id})
            assert isinstance(correction, CorrectionMade)
            body = with_changes(body, correction.changes)
    return body
