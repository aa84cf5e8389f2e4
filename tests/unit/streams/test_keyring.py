"""The keyring: one key a child for ever, and sealing keys of past days that can be destroyed."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.ids import ChildId, EpisodeId
from streams.keyring import ChildErased, Keyring

CHILD = ChildId("child-one")
MASTER = bytes(range(32))


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    opened = Keyring(tmp_path / "keyring.sqlite", MASTER)
    yield opened
    opened.close()


def test_two_processes_that_meet_a_child_at_once_have_the_same_key(tmp_path: Path, keyring: Keyring) -> None:
    other = Keyring(tmp_path / "keyring.sqlite", MASTER)
    assert keyring.key_for(CHILD) == other.key_for(CHILD)
    other.close()


def test_an_erased_child_is_never_given_a_key_again(keyring: Keyring) -> None:
    keyring.key_for(CHILD)
    keyring.erase(CHILD)
    keyring.ensure([CHILD])
    with pytest.raises(ChildErased):
        keyring.key_for(CHILD)


def test_more_children_than_stay_in_memory_keep_their_keys(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.keyring._KEPT", 2)
    children = [ChildId(f"child-{number}") for number in range(5)]
    keyring.number_episodes((EpisodeId(f"episode-{child}"), child) for child in children)
    keys = [keyring.key_for(child) for child in children]
    assert len(set(keys)) == len(children)
    assert [keyring.key_for(child) for child in children] == keys
    assert [keyring.child_of(EpisodeId(f"episode-{child}")) for child in children] == children
    assert (len(keyring._children), len(keyring._episodes)) == (2, 2)


def test_sealing_keys_of_past_days_can_be_destroyed(tmp_path: Path, keyring: Keyring) -> None:
    keyring.add_sealing_key(date(2026, 3, 1), "hub-2026-03-01", b"old")
    keyring.add_sealing_key(date(2026, 4, 9), "hub-2026-04-09", b"new")
    keyring.drop_sealing_keys(date(2026, 3, 2))
    assert [key.key_id for key in keyring.sealing_keys()] == ["hub-2026-04-09"]
    again = Keyring(tmp_path / "keyring.sqlite", MASTER)
    assert [key.private_key for key in again.sealing_keys()] == [b"new"]
    again.close()
