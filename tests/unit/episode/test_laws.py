"""Laws of the fold: it is a function of the set of events, whatever is told, and nothing accepted is lost in it."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.episode import ChildState, Episode, fold
from hub.episode.contributions import CONTRIBUTIONS, Placing
from hub.episode.corrections import named_by
from hub.episode.numbering import is_counted
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    RECORDS,
    AgencyMessage,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    EpisodeStatus,
    LinkDecided,
    ReportCancelled,
    ReturnedTo,
    SeenBy,
    StatusClaimed,
)
from tests.searching import examples
from tests.unit.episode.anything import DAY, KINDS, SENDERS, plausible_weeks, tellings
from tests.unit.episode.telling import CHILD, OTHER_CHILD, SCHOOL, WEST_YORKSHIRE, Telling, claim_of, missing, moved_to

laws = settings(max_examples=examples(40), deadline=None)


@laws
@given(tellings(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeats_change_nothing(told: Telling, chance: Random) -> None:
    arrived = told.events + chance.choices(told.events, k=len(told.events))
    chance.shuffle(arrived)
    assert fold(CHILD, arrived) == told.state


@laws
@given(tellings(), st.randoms(use_true_random=False))
def test_what_was_dropped_and_comes_late_gives_the_same_in_the_end(told: Telling, chance: Random) -> None:
    early = chance.sample(told.events, k=len(told.events) // 2)
    fold(CHILD, early)
    late = [event for event in told.events if event not in early]
    assert fold(CHILD, (*early, *late)) == told.state


@laws
@given(tellings())
def test_every_event_bears_on_an_episode_or_is_kept_beside(told: Telling) -> None:
    state = told.state
    placed = {event for episode in state.episodes for event in episode.events}
    beside = {event.id for event in state.unplaced}
    withdrawn = {event.id for event in state.events} - {event.id for event in state.standing}
    for event in told.events:
        assert event.id in placed | beside | withdrawn
        if isinstance(event.body, LinkDecided):
            assert event.id not in placed
    assert state.events == tuple(told.events)


@laws
@given(tellings(), st.randoms(use_true_random=False))
def test_what_names_a_message_is_listed_exactly_as_long_as_its_sender_has_said_no_such(
    told: Telling, chance: Random
) -> None:
    for known in (told.events, chance.sample(told.events, k=len(told.events) // 2)):
        state = fold(CHILD, known)
        said = {(event.sender, event.id) for event in known}
        listed = {event.id for event in state.unfound}
        for event in state.standing:
            named = named_by(event.body)
            if named is not None:
                is_said = (event.sender, named) in said and named != event.id
                assert (event.id in listed) is not is_said
            elif event.id in listed:
                assert isinstance(event.body, ReportCancelled)
        assert listed <= {event.id for event in state.standing}


@laws
@given(tellings())
def test_episodes_follow_one_another_and_their_phases_leave_no_gap(told: Telling) -> None:
    episodes = [each for each in told.state.episodes if each.cancelled is None]
    for before, after in pairwise(episodes):
        over = before.ended_at or before.ended_before
        assert over is not None
        assert over <= after.began_at
    for episode in told.state.episodes:
        assert episode.phases[0].began_at == episode.began_at
        for phase, following in pairwise(episode.phases):
            assert phase.ended_at == following.began_at
            assert phase.kind is not following.kind
        last = episode.phases[-1]
        assert (last.ended_at, last.ended_before) == (episode.ended_at, episode.ended_before)


@laws
@given(tellings())
def test_ids_of_episodes_are_never_used_twice(told: Telling) -> None:
    state = told.state
    ids = [episode.id for episode in state.episodes]
    assert len(set(ids)) == len(ids)
    assert not set(ids) & set(state.superseded)
    for alias, survivor in state.superseded.items():
        found = state.episode(alias)
        assert found is not None
        assert found.id == survivor


@laws
@given(tellings())
def test_an_open_episode_never_reads_as_ended(told: Telling) -> None:
    for episode in told.state.episodes:
        ended = episode.ended_at is not None or episode.ended_before is not None
        if episode.cancelled is None:
            assert episode.is_open is not ended
        if episode.deceased:
            assert episode.status is EpisodeStatus.STOOD_DOWN


_LEFT = DAY - timedelta(hours=2)
_SAID = (
    (SCHOOL, ChildReturned(to=ReturnedTo.HOME), EpisodeStatus.RETURN_REPORTED),
    (WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME, seen_by=SeenBy.MESSAGE), EpisodeStatus.RETURN_REPORTED),
    (WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING), EpisodeStatus.MISSING),
    (WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=_LEFT), EpisodeStatus.MISSING),
    (SCHOOL, ChildFound(seen_by=SeenBy.PROFESSIONAL), EpisodeStatus.LOCATED_NOT_RETURNED),
    (WEST_YORKSHIRE, ChildFound(seen_by=SeenBy.POLICE), EpisodeStatus.LOCATED_NOT_RETURNED),
)
"""What may be said while a child is away, and what it is from then on."""


@laws
@given(st.lists(st.tuples(st.sampled_from(_SAID), st.integers(0, 3)), min_size=1, max_size=7))
def test_while_a_child_is_away_the_last_word_of_whoever_may_say_it_counts(
    said: list[tuple[tuple[AgencyId, AgencyMessage, EpisodeStatus], int]],
) -> None:
    told = Telling()
    told.tell(DAY - timedelta(hours=1), WEST_YORKSHIRE, missing(_LEFT))
    for hour, ((sender, body, _), late) in enumerate(said):
        when = DAY + timedelta(hours=hour)
        told.tell(when + timedelta(hours=late), sender, replace(body, occurred_at=when))
    assert told.episode.status is said[-1][0][2]


@laws
@given(plausible_weeks())
def test_numbers_never_fall_and_rise_whenever_an_episode_changes(told: Telling) -> None:
    before: dict[str, Episode] = {}
    for number in range(1, len(told.events) + 1):
        state = fold(CHILD, told.events[:number])
        for episode in state.episodes:
            known = before.get(episode.id)
            if known is not None:
                assert episode.sequence >= known.sequence
                assert episode.changed_at >= known.changed_at
                if _counted(episode) != _counted(known):
                    assert episode.sequence > known.sequence
        before |= {episode.id: episode for episode in state.episodes}


def test_of_an_episode_that_becomes_another_childs_the_number_is_counted_anew_and_the_change_is_later() -> None:
    """As the schema of an entry says: nothing but the time of the change tells the two entries apart then."""
    told = Telling()
    told.tell(DAY, WEST_YORKSHIRE, missing(_LEFT))
    for hour in range(3):
        told.tell(DAY + timedelta(hours=hour), SCHOOL, missing(_LEFT))
    before = told.state.episodes[0]
    decided = told.assign(WEST_YORKSHIRE, OTHER_CHILD, 2, before=CHILD)
    moved = [moved_to(OTHER_CHILD, event) for event in told.events if event.claim == claim_of(WEST_YORKSHIRE)]
    after = fold(OTHER_CHILD, {*moved, moved_to(OTHER_CHILD, decided)}).episodes[0]
    assert after.id == before.id
    assert after.sequence < before.sequence
    assert after.changed_at >= before.changed_at


def _counted(episode: Episode) -> list[Event]:
    return [event for event in episode.standing if is_counted(event)]


def _register(state: ChildState) -> list[Episode]:
    """The episodes without their numbers, which count the decisions too, and wherever their events are filed."""
    return [
        replace(
            episode,
            child=CHILD,
            sequence=0,
            changed_at=episode.began_at,
            standing=tuple(moved_to(CHILD, event) for event in episode.standing),
        )
        for episode in state.episodes
    ]


def _decided(told: Telling, *numbers: int) -> list[Event]:
    """Every sender's claim goes to the other child and back, so often."""
    scratch = Telling()
    scratch.events = list(told.events)
    for sender in SENDERS:
        for number in numbers:
            scratch.assign(sender, OTHER_CHILD if number % 2 == 0 else CHILD, number)
    return scratch.events[len(told.events) :]


@laws
@given(tellings(), st.randoms(use_true_random=False))
def test_moved_and_moved_back_gives_the_same_register(told: Telling, chance: Random) -> None:
    expected = _register(told.state)
    decisions = _decided(told, 1, 2, 3)
    back = [moved_to(CHILD, replace(event, child=OTHER_CHILD)) for event in told.events]
    arrived: Sequence[Event] = [*told.events, *decisions, *back]
    state = fold(CHILD, chance.sample(arrived, k=len(arrived)))
    assert _register(state) == expected
    assert not state.departures


@laws
@given(tellings())
def test_what_moved_is_the_same_register_at_its_new_child(told: Telling) -> None:
    decisions = _decided(told, 1, 2)
    left = fold(CHILD, [*told.events, *decisions])
    assert left.episodes == ()
    assert {departure.event.id for departure in left.departures} == {event.id for event in told.events}
    assert all(departure.to_child == OTHER_CHILD and departure.number == 2 for departure in left.departures)
    arrived = fold(OTHER_CHILD, [*decisions, *(moved_to(OTHER_CHILD, each.event) for each in left.departures)])
    assert _register(arrived) == _register(told.state)


@laws
@given(tellings(), st.sampled_from(SENDERS))
def test_a_claim_that_left_is_as_if_never_told_here(told: Telling, sender: str) -> None:
    scratch = Telling()
    scratch.events = list(told.events)
    scratch.assign(next(each for each in SENDERS if each == sender), OTHER_CHILD, 7)
    without = [event for event in told.events if event.claim != claim_of(event.sender) or event.sender != sender]
    rest = fold(CHILD, without)
    assert [replace(each, sequence=0, changed_at=each.began_at) for each in fold(CHILD, scratch.events).episodes] == [
        replace(each, sequence=0, changed_at=each.began_at) for each in rest.episodes
    ]


def test_every_message_of_an_agency_has_a_row() -> None:
    agency_messages = {name for name, record in RECORDS.items() if issubclass(record, AgencyMessage)}
    assert agency_messages - {"AgencyMessage"} <= set(CONTRIBUTIONS)
    assert agency_messages - {"AgencyMessage"} == set(KINDS)
    for name, row in CONTRIBUTIONS.items():
        named_fields = {field.name for field in fields(RECORDS[name])}  # type: ignore[arg-type]
        for named in (row.moment, row.link):
            assert named is None or named in named_fields
        if row.placing is Placing.NAMED:
            assert "episode_id" in named_fields
