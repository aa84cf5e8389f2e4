"""The keyring: one key a child, one random key id an episode and version, kept beside Kafka.

`key_for(child)` inserts if absent and then reads, so two workers that meet a new child at once agree. A row is
`live` or `erased`; an erased child is never given a key again. Keys are wrapped under a master key (AES-256-GCM,
bound to the child), so that the database file alone opens nothing. SQLite in WAL mode with full synchronisation:
a key that sealed an event is on the disk before the event is at the broker.
"""

import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.ids import ChildId, EpisodeId, KeyId
from schemas.errors import HomewardError

_KEPT: Final = 8_192
"""Keys of children, and of episodes, that stay in memory once read: those read first leave first."""

_Name = TypeVar("_Name")
_Value = TypeVar("_Value")

_TABLES = """
create table if not exists child_key (
    child text primary key, wrapped blob, state text not null default 'live' check (state in ('live', 'erased'))
) without rowid;
create table if not exists episode_key (
    episode text not null, version integer not null, key_id text not null, child text not null,
    primary key (episode, version)
) without rowid;
create table if not exists sealing_key (
    day text primary key, key_id text not null, wrapped blob not null
) without rowid;
"""


class ChildErased(HomewardError):
    """The child's key was destroyed by rule: nothing about this child is stored or opened any more."""

    def __init__(self) -> None:
        super().__init__("the child's record was erased: this event is dropped and counted, and leaves a leaf")


@dataclass(frozen=True, slots=True)
class HubSealingKey:
    """The hub's sealing key of one day: its id as the directory lists it, and the private half."""

    key_id: str
    private_key: bytes


@dataclass(frozen=True, slots=True)
class EpisodeKey:
    """The key id under which an episode's entries are published, its version, and the child it was made for."""

    version: int
    key_id: KeyId
    child: ChildId


class Keyring:
    """Keys of children, episodes and days; those that were read last are kept in memory. One instance a process."""

    def __init__(self, file: Path, master_key: bytes) -> None:
        self._wrap = AESGCM(master_key)
        self._database = sqlite3.connect(file, timeout=10, isolation_level=None)
        self._database.execute("pragma journal_mode=wal")
        self._database.execute("pragma synchronous=full")
        self._database.executescript(_TABLES)
        file.chmod(0o600)
        self._children: dict[ChildId, bytes] = {}
        self._episodes: dict[EpisodeId, EpisodeKey] = {}

    def close(self) -> None:
        """Close the database; the caches go with the object."""
        self._database.close()

    def key_for(self, child: ChildId) -> bytes:
        """The child's 32-byte key, made if the child has none yet.

        Raises:
            ChildErased: the child was erased; it never gets a key again.
        """
        if (key := self._children.get(child)) is None:
            self.ensure([child])
            key = self._children.get(child)
        if key is None:
            raise ChildErased
        return key

    def known_key(self, child: ChildId) -> bytes | None:
        """The child's key if there is one; None for a child that was erased or never had one. Makes none."""
        if child not in self._children:
            self._load(child)
        return self._children.get(child)

    def ensure(self, children: Iterable[ChildId]) -> None:
        """Make keys for all of these that have none, in one transaction; erased ones stay without."""
        wanted = [child for child in dict.fromkeys(children) if child not in self._children]
        missing = [child for child in wanted if not self._load(child)]
        if not missing:
            return
        with self._database:
            self._database.execute("begin immediate")
            self._database.executemany(
                "insert or ignore into child_key (child, wrapped) values (?, ?)",
                [(child, self._wrapped(secrets.token_bytes(32), child)) for child in missing],
            )
        for child in missing:
            self._load(child)

    def _load(self, child: ChildId) -> bool:
        row = self._database.execute("select wrapped, state from child_key where child = ?", (child,)).fetchone()
        if row is not None and row[1] == "live":
            _keep(self._children, child, self._unwrapped(row[0], child))
        return row is not None

    def latest_version(self, episode: EpisodeId, *, is_fresh: bool = False) -> EpisodeKey | None:
        """The newest key id of an episode and the child it was made for, or None if it was never published.

        `is_fresh` asks the database and not the cache: another worker may have given the episode to another child.
        """
        latest = self._episodes.get(episode)
        if latest is None or is_fresh:
            row = self._database.execute(
                "select version, key_id, child from episode_key where episode = ? order by version desc limit 1",
                (episode,),
            ).fetchone()
            if row is not None:
                latest = EpisodeKey(row[0], KeyId(row[1]), ChildId(row[2]))
                _keep(self._episodes, episode, latest)
        return latest

    def number_episodes(self, episodes: Iterable[tuple[EpisodeId, ChildId]]) -> None:
        """Give a first version to every episode that has none, all in one transaction."""
        missing = [(episode, child) for episode, child in episodes if self.latest_version(episode) is None]
        if not missing:
            return
        with self._database:
            self._database.execute("begin immediate")
            self._database.executemany(
                "insert or ignore into episode_key (episode, version, key_id, child) values (?, 1, ?, ?)",
                [(episode, secrets.token_hex(16), child) for episode, child in missing],
            )

    def new_version(self, episode: EpisodeId, version: int, child: ChildId) -> KeyId:
        """The random key id of this version, minted once; whoever asks second gets the first one's."""
        with self._database:
            self._database.execute(
                "insert or ignore into episode_key (episode, version, key_id, child) values (?, ?, ?, ?)",
                (episode, version, secrets.token_hex(16), child),
            )
        self._episodes.pop(episode, None)
        row = self._database.execute(
            "select key_id from episode_key where episode = ? and version = ?", (episode, version)
        ).fetchone()
        return KeyId(row[0])

    def child_of(self, episode: EpisodeId) -> ChildId | None:
        """The child that an episode belongs to, or None if the hub never published such an episode."""
        latest = self.latest_version(episode)
        return None if latest is None else latest.child

    def erase(self, child: ChildId) -> None:
        """Destroy a child's key: what it sealed can be read by nobody from now on."""
        with self._database:
            self._database.execute(
                "insert into child_key (child, wrapped, state) values (?, null, 'erased') "
                "on conflict (child) do update set wrapped = null, state = 'erased'",
                (child,),
            )
        self._children.pop(child, None)

    def add_sealing_key(self, day: date, key_id: str, private_key: bytes) -> None:
        """Keep the hub's sealing key of a day; the first one kept for a day stays."""
        with self._database:
            self._database.execute(
                "insert or ignore into sealing_key values (?, ?, ?)",
                (day.isoformat(), key_id, self._wrapped(private_key, key_id)),
            )

    def sealing_keys(self) -> tuple[HubSealingKey, ...]:
        """Every sealing key still kept, the newest day first."""
        rows = self._database.execute("select key_id, wrapped from sealing_key order by day desc").fetchall()
        return tuple(HubSealingKey(key_id, self._unwrapped(wrapped, key_id)) for key_id, wrapped in rows)

    def drop_sealing_keys(self, before: date) -> None:
        """Destroy the private halves of every day before this one: what is still sealed to them opens no more."""
        with self._database:
            self._database.execute("delete from sealing_key where day < ?", (before.isoformat(),))

    def _wrapped(self, key: bytes, bound_to: str) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._wrap.encrypt(nonce, key, bound_to.encode())

    def _unwrapped(self, wrapped: bytes, bound_to: str) -> bytes:
        return self._wrap.decrypt(wrapped[:12], wrapped[12:], bound_to.encode())


def _keep(kept: dict[_Name, _Value], name: _Name, value: _Value) -> None:
    """Keep a value in memory, and the number of them within bounds."""
    kept.pop(name, None)
    kept[name] = value
    while len(kept) > _KEPT:
        del kept[next(iter(kept))]
