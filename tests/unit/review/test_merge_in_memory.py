"""A merge made by mistake and taken back: what each child is then, and who was told what because of it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.records import LinkDecision, NoticeKind
from tests.unit.review.hub_in_memory import HubInMemory
from tests.unit.review.two_children import (
    JOINED,
    JOINED_BY_THE_OTHER,
    MEMBERS,
    NIGHTS,
    POLICE,
    REVIEWER,
    ROCHDALE,
    SALFORD,
    STOCKPORT,
    Night,
    Outcome,
    children,
    held,
    outcome,
    plain,
    played,
    tell,
)

MISTAKE = (LinkDecision.SAME, LinkDecision.SPLIT)
NEVER = (None, None)
SOME_KILLS = (47, 75, 118)
"""Records before which a worker is ended here; `tests/faults/test_merge_kills.py` takes every one."""


def assert_same(one: Outcome, other: Outcome) -> None:
    for here, there in zip(one.states, other.states, strict=True):
        assert plain(here) == plain(there)
        assert here.told.keys() == there.told.keys()
    assert one.entries == other.entries
    assert one.can_open == other.can_open
    assert one.inboxes == other.inboxes


_played: dict[tuple[str, Sequence[LinkDecision | None]], tuple[Outcome, int]] = {}


async def once(folder: Path, night: Night, decisions: Sequence[LinkDecision | None]) -> tuple[Outcome, int]:
    """The outcome of a night where nothing went wrong, and how many records it took; played once for all tests."""
    if (night.name, decisions) not in _played:
        found, sent, _ = await played(folder, night, decisions)
        _played[night.name, decisions] = found, sent
    return _played[night.name, decisions]


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: night.name)
async def test_after_the_split_all_is_as_if_the_mistake_was_never_made(tmp_path: Path, night: Night) -> None:
    made, _ = await once(tmp_path / "made", night, MISTAKE)
    never, _ = await once(tmp_path / "never", night, NEVER)
    for here, there in zip(made.states, never.states, strict=True):
        assert plain(here) == plain(there)
        assert not here.awaited
        assert not here.is_half_decided
    assert made.entries == never.entries
    assert made.can_open == never.can_open
    for agency in (ROCHDALE, SALFORD, POLICE):
        now, then = held(made.inboxes[agency]), held(never.inboxes[agency])
        assert now.keys() == then.keys(), "an agency still holds something of an episode that does not concern it"
        for episode, fields in then.items():
            for name in ("person.given_names", "last_seen.place", "person.date_of_birth"):
                assert now[episode].get(name) == fields.get(name), f"{agency} holds another child's {name}"


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: night.name)
async def test_only_who_was_told_wrongly_hears_of_the_mistake(tmp_path: Path, night: Night) -> None:
    made, _ = await once(tmp_path / "made", night, MISTAKE)
    assert not made.inboxes[STOCKPORT]
    assert not made.inboxes[REVIEWER]
    told = {name for state in made.states for name in state.told}
    for inbox in made.inboxes.values():
        assert inbox.keys() <= told
        for notice in inbox.values():
            if notice.kind is NoticeKind.WITHDRAWAL:
                shown = {field.name for other in inbox.values() for field in other.fields}
                assert shown.issuperset(notice.withdrawn_fields), "withdrawn what was never shown"


async def test_a_worker_that_takes_records_one_by_one_comes_to_the_same(tmp_path: Path) -> None:
    made, _ = await once(tmp_path / "made", JOINED, MISTAKE)
    small, _, _ = await played(tmp_path / "small", JOINED, MISTAKE, batch=1)
    for here, there in zip(made.states, small.states, strict=True):
        assert plain(here) == plain(there)
    assert made.entries == small.entries
    assert {a: held(i) for a, i in made.inboxes.items()} == {a: held(i) for a, i in small.inboxes.items()}


async def test_a_worker_ended_between_any_two_records_changes_nothing(tmp_path: Path) -> None:
    made, sent = await once(tmp_path / "made", JOINED_BY_THE_OTHER, MISTAKE)
    assert max(SOME_KILLS) < sent
    for place in SOME_KILLS:
        got, _, ended = await played(tmp_path / str(place), JOINED_BY_THE_OTHER, MISTAKE, ends_before=place)
        assert ended == 1
        assert_same(got, made)


async def test_a_register_rebuilt_from_nothing_says_the_same_and_tells_nobody_anything(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        await tell(hub, JOINED_BY_THE_OTHER, MISTAKE, 64)
        before = outcome(hub)
        hub.lose_the_stores()
        await hub.settle()
        assert_same(outcome(hub), before)


async def test_joined_again_after_a_split_the_references_are_replaced_again(tmp_path: Path) -> None:
    joined, _, _ = await played(tmp_path / "once", JOINED, (LinkDecision.SAME,))
    again, _, _ = await played(tmp_path / "again", JOINED, (*MISTAKE, LinkDecision.SAME))
    assert again.entries == joined.entries
    assert [len(state.episodes) for state in again.states] == [1, 0]


async def test_a_desk_hears_which_reference_replaces_which_and_that_it_does_no_more(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        await tell(hub, JOINED, MISTAKE, 64)
        ada, bea = (hub.state(child).episodes[0].id for child in children(hub))
        said = sorted(hub.inbox(POLICE).values(), key=lambda notice: notice.issued_at)
        replaced = f"{bea[:4]}-{bea[4:8]}".upper()
        assert any(notice.episode_id == ada and replaced in notice.what_happened for notice in said)
        assert any(notice.episode_id == bea and "by itself" in notice.what_happened for notice in said)
