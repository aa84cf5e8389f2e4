"""One look at a child to whom nothing has happened but that a worker's store was filled again: is it quiet?

After a rebuild nearly every child is: nobody is owed a word that was not told, and no event has to go to another
child. For such a child what the worker's store must hold follows from the events alone: what the register says of it,
when the clock must look again, what it adds to the counts. So it can be worked out anywhere, by whoever has the keys,
side by side; nothing is sent, stored or numbered here. A child that is not quiet is left to the worker itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from hub.clock import look
from hub.episode import fold
from hub.event import Event
from hub.ids import ChildId, EpisodeId, EventId, KeyId
from hub.log import opened
from hub.messages import stored_event
from schemas.codec import SchemaIds
from streams.basis import Basis, views_of
from streams.course_tally import ChildTally, tallied
from streams.entries import EntryPublisher
from streams.entry_marks import EntryMarks
from streams.held_counts import HeldCounts
from streams.keyring import Keyring
from streams.publications import Publication
from streams.secrets import HubSecrets
from streams.what_stands import StandingWrap

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One child as the store holds it: its events, each sealed under its key, with the id of its record."""

    child: ChildId
    partition: int
    events: tuple[tuple[EventId, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """What follows of a quiet child. `again_at`: when the clock must look next; None: not at all."""

    publication: Publication
    tally: ChildTally
    again_at: datetime | None


class NothingPublished:
    """The marks of a store that is being filled again: there are none yet. Whoever has the store checks that."""

    def mark(self, name: str) -> bytes | None:
        """Nothing was noted."""
        del name
        return None

    def set_mark(self, name: str, value: bytes) -> None:
        """Nothing is kept here: the worker itself notes what it has sent."""

    def marks(self, beginning: str) -> Iterator[tuple[str, bytes]]:
        """Nothing was noted."""
        del beginning
        return iter(())

    def entry(self, episode: EpisodeId) -> str | None:
        """Nothing is known to stand."""
        del episode
        return None

    def wraps(self, key: KeyId) -> Mapping[str, StandingWrap]:
        """Nothing is known to stand."""
        del key
        return {}


class QuietLooks:
    """Looks at children with a worker's keys. `now` is the hub's time, None while the broker has not said it."""

    def __init__(self, secrets: HubSecrets, ids: SchemaIds) -> None:
        self._keyring: Keyring = secrets.keyring
        self._ids = ids
        nothing = NothingPublished()
        marks = EntryMarks(nothing, secrets.keyring, HeldCounts())
        self._entries = EntryPublisher(marks, nothing, secrets, ids)

    def all(
        self, children: Iterable[Stored], basis: Basis, now: datetime | None, *, is_whole: bool = True
    ) -> list[Quiet | None]:
        """Of each of these what follows; None of one that is not quiet, or whose key or number is not there.

        Without `is_whole` no entry or wrap is made, only their ids. None as well where a look fails: the worker's own
        look fails the same way, and knows what to do about it.
        """
        return [self._tried(each, basis, now, is_whole=is_whole) for each in children]

    def _tried(self, stored: Stored, basis: Basis, now: datetime | None, *, is_whole: bool) -> Quiet | None:
        try:
            return self._one(stored, basis, now, is_whole=is_whole)
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker meets it again
            _log.warning("look_failed", error=type(error).__name__)
            return None

    def _one(self, stored: Stored, basis: Basis, now: datetime | None, *, is_whole: bool) -> Quiet | None:
        key = self._keyring.known_key(stored.child)
        if key is None or not stored.events:
            return None
        state = fold(stored.child, self._opened(stored, key))
        if state.departures or state.is_half_decided:
            return None
        whole = [episode for episode in state.episodes if state.is_whole(episode)]
        numbers = [self._keyring.latest_version(episode.id) for episode in whole]
        if any(number is None or number.child != stored.child for number in numbers):
            return None
        views = views_of(state)
        if basis.unsent(state, views):
            return None
        proved = basis.proofs(state)
        duties, ladders = basis.duties(state), basis.ladders(state, views, proved)
        again_at = None
        if now is not None:
            found = look(state, (*duties, *ladders), now)
            again_at = now if found.raised else found.again_at
        return Quiet(
            publication=self._entries.publication(
                state,
                basis.directory,
                basis.as_of,
                views,
                duties,
                proved=proved,
                delivery_rules=basis.rules.delivery,
                is_whole=is_whole,
            ),
            tally=tallied(state, duties, basis.directory),
            again_at=again_at,
        )

    def _opened(self, stored: Stored, key: bytes) -> Iterator[Event]:
        for event, sealed in stored.events:
            yield opened(stored_event(sealed, stored.child, event, key, self._ids), self._ids)
