"""The register built from records, whatever their order."""

import asyncio
from datetime import timedelta
from itertools import permutations
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers import register_table
from consumers.errors import ReadingEnded
from consumers.register_changes import RegisterChanges
from consumers.register_line import RegisterLine
from consumers.register_table import RegisterTable
from hub.entry.register_entry import open_entry
from hub.entry.view import EpisodeView
from hub.ids import AgencyId, EpisodeId
from hub.messages import WireMessage
from schemas.records import Disclosure, EpisodeStatus
from tests.searching import examples
from tests.unit.consumers.register import (
    IDS,
    KEYS,
    NEW_WORKER,
    NOW,
    SUBSCRIBER,
    WORKER,
    directory,
    entry,
    episode,
    keys,
    superseded,
)

KNOWN = directory(WORKER)
TOPIC = "register"
EPISODE = EpisodeId("0a3ba1a5-11a2-5d2a-9a80-1a2f3b4c5d6e")


def table(*wires: WireMessage) -> RegisterTable:
    made = RegisterTable(SUBSCRIBER, KEYS, IDS)
    for wire in wires:
        made.take(wire, KNOWN, NOW)
    return made


def line(made: RegisterTable, view: EpisodeView) -> RegisterLine:
    found = made.line(view.episode)
    assert found is not None
    return found


def test_the_order_of_entry_and_keys_does_not_matter() -> None:
    view = episode()
    wires = (keys(view, Disclosure.ROUTING, Disclosure.IDENTITY), entry(view))
    lines = [line(table(*order), view) for order in permutations(wires)]
    assert lines[0] == lines[1]
    assert set(lines[0].blocks) == {Disclosure.ROUTING, Disclosure.IDENTITY}


def test_without_a_key_an_entry_shows_what_stands_in_clear() -> None:
    view = episode(status=EpisodeStatus.STOOD_DOWN)
    held = line(table(entry(view)), view)
    assert (held.status, held.is_opened, held.child, held.areas) == (EpisodeStatus.CLOSED, False, None, frozenset())


def test_with_the_class_routing_the_precise_status_is_known() -> None:
    view = episode(status=EpisodeStatus.SETTLED_ELSEWHERE)
    opened = line(table(keys(view, Disclosure.ROUTING), entry(view)), view)
    assert opened.status is EpisodeStatus.SETTLED_ELSEWHERE
    assert opened.entry.status is EpisodeStatus.CLOSED


def test_keys_of_another_subscriber_are_passed_over() -> None:
    view = episode()
    theirs = keys(view, Disclosure.ROUTING, to=AgencyId("E08000005"))
    assert not line(table(theirs, entry(view)), view).is_opened


def test_a_new_key_version_closes_an_entry_until_its_own_key_comes() -> None:
    view = episode()
    made = table(keys(view, Disclosure.ROUTING), entry(view), entry(view, "k2"))
    assert not line(made, view).is_opened
    made.take(keys(view, Disclosure.ROUTING, key_id="k2"), KNOWN, NOW)
    assert line(made, view).is_opened


def test_a_lower_sequence_never_replaces_a_higher() -> None:
    view = episode(5)
    older = episode(4, episode=view.episode)
    assert line(table(entry(view), entry(older)), view).sequence == 5


def test_an_episode_that_came_to_another_child_is_newer_though_counted_anew() -> None:
    view = episode(9, changed_at=NOW)
    moved = episode(2, episode=view.episode, changed_at=NOW + timedelta(minutes=1))
    assert line(table(entry(view), entry(moved)), view).sequence == 2
    assert line(table(entry(moved), entry(view)), view).sequence == 2


def test_a_tombstone_takes_the_entry_and_its_keys() -> None:
    view = episode()
    made = table(keys(view, Disclosure.ROUTING), entry(view))
    made.remove("register", view.episode.encode())
    assert made.line(view.episode) is None
    made.take(entry(view), KNOWN, NOW)
    assert not line(made, view).is_opened


def test_an_episode_that_was_part_of_another_opens_by_its_keys_again() -> None:
    view = episode()
    made = table(keys(view, Disclosure.ROUTING), entry(view), superseded(view), superseded(view))
    assert line(made, view).superseded_by is not None
    made.take(entry(view), KNOWN, NOW)
    assert line(made, view).is_opened
    made.take(superseded(view), KNOWN, NOW)
    made.take(entry(view, "k2"), KNOWN, NOW)
    made.take(entry(view), KNOWN, NOW)
    assert not line(made, view).is_opened, "the keys of a version that is over are forgotten"


def test_a_tombstone_of_keys_closes_the_entry() -> None:
    view = episode()
    made = table(keys(view, Disclosure.ROUTING), entry(view))
    made.remove("register.keys", b"k1/chronicle")
    assert not line(made, view).is_opened


def test_what_an_unknown_worker_signed_waits_until_the_directory_lists_it() -> None:
    view = episode()
    made = table(entry(view, worker=NEW_WORKER))
    assert made.line(view.episode) is None
    made.retry(directory(WORKER, NEW_WORKER))
    assert made.line(view.episode) is not None


def test_every_bit_counts() -> None:
    view = episode()
    good = entry(view)
    for place in range(0, len(good.value), 997):
        value = bytearray(good.value)
        value[place] ^= 1
        made = table(WireMessage(topic=good.topic, key=good.key, headers=good.headers, value=bytes(value)))
        assert made.line(view.episode) is None


def test_a_record_under_another_key_or_topic_is_not_taken() -> None:
    one, two = episode(), episode()
    good = entry(one)
    elsewhere = [
        WireMessage(topic="register", key=two.episode.encode(), headers=good.headers, value=good.value),
        WireMessage(topic="register.keys", key=good.key + b"/chronicle", headers=good.headers, value=good.value),
    ]
    assert len(table(*elsewhere)) == 0


def test_a_change_is_told_once() -> None:
    view = episode()
    made = table()
    told: list[RegisterLine] = []
    forget = made.on_change(told.append)
    for wire in (entry(view), keys(view, Disclosure.ROUTING), keys(view, Disclosure.ROUTING)):
        made.take(wire, KNOWN, NOW)
    assert [one.is_opened for one in told] == [False, True]
    forget()
    made.take(entry(episode()), KNOWN, NOW)
    assert len(told) == 2


@settings(max_examples=examples(25))
@given(st.permutations(range(6)), st.frozensets(st.sampled_from([Disclosure.ROUTING, Disclosure.HEALTH]), min_size=1))
def test_keys_and_entries_in_any_order_give_one_register(order: list[int], classes: frozenset[Disclosure]) -> None:
    views = [episode(), episode(), episode()]
    wires = [entry(view, f"k{n}") for n, view in enumerate(views)]
    wires += [keys(view, *classes, key_id=f"k{n}") for n, view in enumerate(views)]
    shuffled = table(*(wires[place] for place in order))
    assert list(shuffled.lines()) == list(table(*wires).lines())
    assert all(set(one.blocks) == classes for one in shuffled.lines())


@pytest.mark.parametrize("name", ["person.family_name", "episode.status"])
def test_the_narrower_class_knows_better(name: str) -> None:
    view = episode()
    opened = line(table(keys(view, *Disclosure), entry(view)), view)
    assert opened.known(name) is not None


async def test_what_changes_while_the_lines_are_looked_at_is_not_missed() -> None:
    made, view = table(), episode()
    changes = RegisterChanges(made, lambda: None)
    assert list(made.lines()) == []
    made.take(entry(view), KNOWN, NOW)  # comes while a program does something else than wait for it
    async with asyncio.timeout(30):
        assert (await anext(changes)).episode == view.episode


@pytest.mark.parametrize("steps", range(6))
async def test_who_is_cancelled_as_a_change_comes_ends(steps: int) -> None:
    """The change may be anywhere between the register and its reader, a step of the loop each."""
    made = table()
    changes = RegisterChanges(made, lambda: None)

    async def follow() -> None:
        async for _ in changes:
            pass

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.01)
    made.take(entry(episode()), KNOWN, NOW)
    for _ in range(steps):
        await asyncio.sleep(0)
    following.cancel()
    await asyncio.wait({following}, timeout=5)
    assert following.cancelled()


async def test_changes_that_nobody_holds_or_that_were_closed_cost_nothing() -> None:
    made = table()
    dropped, closed = RegisterChanges(made, lambda: None), RegisterChanges(made, lambda: None)
    await closed.aclose()
    del dropped
    assert made._changed == []


async def test_where_nothing_is_read_any_more_changes_end_with_that() -> None:
    def ended() -> None:
        raise ReadingEnded(TOPIC)

    with pytest.raises(ReadingEnded):
        await anext(RegisterChanges(table(), ended))


STEPS = ("first", "second", "keys of the first", "keys of the second", "superseded", "deleted", "looked at")


@settings(max_examples=examples(100))
@given(st.lists(st.sampled_from(STEPS), max_size=12))
def test_what_is_opened_late_reads_as_what_was_opened_at_once(steps: list[str]) -> None:
    """Two versions of one episode under two keys, its end, and looks at it in between."""
    view, later = episode(3, episode=EPISODE), episode(4, episode=EPISODE)
    wires = {
        "first": entry(view, "k1"),
        "second": entry(later, "k2"),
        "keys of the first": keys(view, Disclosure.ROUTING, key_id="k1"),
        "keys of the second": keys(view, Disclosure.IDENTITY, key_id="k2"),
        "superseded": superseded(later),
    }
    late, at_once = table(), table()
    at_once.keep_open()
    for step in steps:
        for made in (late, at_once):
            if step in wires:
                made.take(wires[step], KNOWN, NOW)
            elif step == "deleted":
                made.remove(TOPIC, EPISODE.encode())
        if step == "looked at":
            assert late.line(EPISODE) == at_once.line(EPISODE)
    assert list(late.lines()) == list(at_once.lines())
    assert len(late) == len(at_once)


@pytest.mark.parametrize("is_followed, opened", [(False, 1), (True, 5)])
def test_a_version_that_another_replaced_before_anybody_looked_is_never_opened(
    monkeypatch: pytest.MonkeyPatch, *, is_followed: bool, opened: int
) -> None:
    counted = Mock(wraps=open_entry)
    monkeypatch.setattr(register_table, "open_entry", counted)
    made = table()
    if is_followed:
        made.on_change(lambda _: None)
    for sequence in range(5):
        made.take(entry(episode(sequence, episode=EPISODE)), KNOWN, NOW)
    assert [one.sequence for one in made.lines()] == [4]
    assert counted.call_count == opened
