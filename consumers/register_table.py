"""Builds the register as one subscriber may see it out of records of `register` and `register.keys`, without I/O.

Rules this class keeps:

1. Nothing is taken that a worker of the hub did not sign. A record signed by a key the directory does not list yet
   waits until the directory changes.
2. An entry whose key has not come is held: it is known with what stands in clear, and opened when the key comes.
3. An older entry never replaces a newer one (a worker that was stopped and woke up may write one). Newer is what
   changed later; at one time of change, the higher sequence, for an episode that came to another child is counted
   anew there. Of two with the same numbers the later record stands, because a new key version changes nothing else.
4. A deleted record (tombstone) is forgotten, its keys with it.
5. What an entry holds is opened when it is looked at, or at once where changes are followed (`keep_open`): a register
   that is read from its start has many versions of an episode, of which the last one counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

import structlog

from consumers.mailbox_opening import NOT_YET
from consumers.register_line import RegisterLine
from hub.directory import Directory
from hub.entry.class_keys import BlockNotOpened
from hub.entry.key_wraps import opened_wrap
from hub.entry.register_entry import open_entry
from hub.ids import AgencyId, EpisodeId, KeyId
from hub.messages import OpenedMessage, Refusal, WireMessage, open_from_hub
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds
from schemas.records import Disclosure, KeyWrap, RegisterEntry

__all__ = ["KEYS", "REGISTER", "RegisterTable"]

REGISTER: Final = "register"
KEYS: Final = "register.keys"

_NOTHING: Final = OpeningKeys.of({})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    wire: WireMessage
    appended_at: datetime


class RegisterTable:
    """The lines of the register by episode, and the class keys that this subscriber was given."""

    def __init__(self, subscriber: AgencyId, keys: OpeningKeys, ids: SchemaIds) -> None:
        self._suffix = f"/{subscriber}".encode()
        self._subscriber = subscriber
        self._opening_keys = keys
        self._ids = ids
        self._entries: dict[EpisodeId, RegisterEntry] = {}
        self._lines: dict[EpisodeId, RegisterLine] = {}
        """The entries, opened; of an episode in `_to_open`, an earlier version or none."""
        self._to_open: dict[EpisodeId, None] = {}
        self._opens_at_once = False
        self._class_keys: dict[KeyId, dict[Disclosure, bytes]] = {}
        self._episode_of: dict[KeyId, EpisodeId] = {}
        self._parted: dict[EpisodeId, KeyId] = {}
        """Of episodes that are part of another now, the version last in use: once parted, they are read by it again."""
        self._waiting: dict[tuple[str, bytes], _Waiting] = {}
        self._refused: set[tuple[str, bytes]] = set()
        """Where the last record did not verify: what is known of it is older, if anything is."""
        self._changed: list[Callable[[RegisterLine], None]] = []

    def __len__(self) -> int:
        """Number of lines, closed and superseded ones included."""
        return len(self._entries)

    @property
    def waiting(self) -> int:
        """How many records wait for a directory that lists the key that signed them."""
        return len(self._waiting)

    @property
    def refused(self) -> int:
        """Of how many entries and keys the last record did not verify."""
        return len(self._refused)

    def line(self, episode: EpisodeId) -> RegisterLine | None:
        """The line of one episode."""
        if episode in self._to_open:
            self._open(episode)
        return self._lines.get(episode)

    def lines(self) -> Iterator[RegisterLine]:
        """Every line, in order of episode id."""
        while self.open_some():
            pass
        return (self._lines[episode] for episode in sorted(self._lines))

    def open_some(self, most: int = 100) -> bool:
        """Open so many of what is not opened yet; false if nothing is left. For whoever must not hold up a loop."""
        for episode in tuple(islice(self._to_open, most)):
            self._open(episode)
        return bool(self._to_open)

    def keep_open(self) -> None:
        """From now on open every version as it comes."""
        self._opens_at_once = True
        while self.open_some():
            pass

    def on_change(self, call: Callable[[RegisterLine], None]) -> Callable[[], None]:
        """Call this with every line that is new, changed, or opened further; the result ends it."""
        self.keep_open()
        self._changed.append(call)
        return lambda: self._changed.remove(call)

    def forget(self) -> None:
        """Start again from nothing."""
        self._entries.clear()
        self._lines.clear()
        self._to_open.clear()
        self._class_keys.clear()
        self._episode_of.clear()
        self._parted.clear()
        self._waiting.clear()
        self._refused.clear()

    def take(self, wire: WireMessage, directory: Directory, appended_at: datetime) -> None:
        """One record of either topic."""
        if wire.topic == KEYS and not wire.key.endswith(self._suffix):
            return
        place = (wire.topic, wire.key)
        found = open_from_hub(wire, directory, _NOTHING, self._ids, appended_at)
        self._waiting.pop(place, None)
        if not isinstance(found, Refusal):
            self._take(found)
        elif found.reason in NOT_YET:
            self._refused.discard(place)
            self._waiting[place] = _Waiting(wire, appended_at)
        else:
            _log.warning("register_record_refused", topic=wire.topic, reason=found.reason.value)
            self._refused.add(place)

    def remove(self, topic: str, key: bytes) -> None:
        """A tombstone of either topic."""
        self._waiting.pop((topic, key), None)
        self._refused.discard((topic, key))
        if topic == REGISTER:
            episode = EpisodeId(key.decode("ascii", "replace"))
            self._lines.pop(episode, None)
            self._to_open.pop(episode, None)
            if (entry := self._entries.pop(episode, None)) is not None:
                for key_id in (KeyId(entry.key_id), self._parted.pop(episode, None)):
                    if key_id is not None:
                        self._drop_keys(key_id)
        elif key.endswith(self._suffix):
            self._drop_keys(KeyId(key.removesuffix(self._suffix).decode("ascii", "replace")))

    def retry(self, directory: Directory) -> None:
        """Look again at what waited for the directory."""
        for waiting in list(self._waiting.values()):
            self.take(waiting.wire, directory, waiting.appended_at)

    def _take(self, found: OpenedMessage) -> None:
        match found.record:
            case RegisterEntry() as entry if found.topic == REGISTER and found.key == entry.episode_id.encode():
                known = self._entries.get(EpisodeId(entry.episode_id))
                if known is not None and (known.changed_at, known.sequence) > (entry.changed_at, entry.sequence):
                    _log.warning("stale_register_entry", sequence=entry.sequence, known=known.sequence)
                    return
                self._refused.discard((found.topic, found.key))
                self._entries[EpisodeId(entry.episode_id)] = entry
                self._drop_what_is_over(known, entry)
                self._show(EpisodeId(entry.episode_id))
            case KeyWrap() as wrap if found.topic == KEYS and wrap.subscriber == self._subscriber:
                self._refused.discard((found.topic, found.key))
                key_id = KeyId(wrap.key_id)
                self._class_keys[key_id] = opened_wrap(wrap, self._opening_keys)
                self._episode_of[key_id] = EpisodeId(wrap.episode_id)
                self._show_again(key_id, EpisodeId(wrap.episode_id))
            case _:
                _log.warning("register_record_misplaced", topic=found.topic, type=found.type)
                self._refused.add((found.topic, found.key))

    def _show_again(self, key_id: KeyId, episode: EpisodeId) -> None:
        """An entry under this key may open further, or no more."""
        entry = self._entries.get(episode)
        if entry is not None and entry.key_id == key_id:
            self._show(episode)

    def _show(self, episode: EpisodeId) -> None:
        self._to_open[episode] = None
        if self._opens_at_once:
            self._open(episode)

    def _open(self, episode: EpisodeId) -> None:
        del self._to_open[episode]
        entry = self._entries[episode]
        keys = self._class_keys.get(KeyId(entry.key_id), {})
        try:
            opened = open_entry(entry, keys, self._ids)
        except BlockNotOpened as refused:
            _log.error("register_block_not_opened", disclosure=refused.disclosure.value)
            opened = open_entry(entry, {}, self._ids)
        line = RegisterLine(entry=entry, blocks=opened.blocks, held=opened.held)
        before = self._lines.get(episode)
        self._lines[episode] = line
        if line != before:
            for call in tuple(self._changed):
                call(line)

    def _drop_what_is_over(self, before: RegisterEntry | None, entry: RegisterEntry) -> None:
        """Forget the keys of an earlier version; not of an episode that is part of another now and may be parted."""
        episode = EpisodeId(entry.episode_id)
        if entry.superseded_by is not None:
            if before is not None and before.superseded_by is None:
                self._parted[episode] = KeyId(before.key_id)
            return
        last = None if before is None else KeyId(before.key_id)
        for key_id in {last, self._parted.pop(episode, None)} - {None, entry.key_id}:
            if key_id is not None:
                self._drop_keys(key_id)

    def _drop_keys(self, key_id: KeyId) -> None:
        """Forget the keys of a version that is over; a line that they opened closes."""
        self._class_keys.pop(key_id, None)
        if (episode := self._episode_of.pop(key_id, None)) is not None:
            self._show_again(key_id, episode)
