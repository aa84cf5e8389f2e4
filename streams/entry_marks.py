"""What was published last of each episode: marks of the worker's store, counted by status and by disagreement.

A mark names the child whose episode it is. An episode that came to another child is counted as that one's, by whoever
publishes it there; what stays of it in the store of the former worker counts nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Protocol

from hub.ids import EpisodeId
from streams.held_counts import Figure, HeldCounts
from streams.keyring import Keyring
from streams.metrics import DISAGREEMENTS, REGISTER_ENTRIES
from streams.publications import Publication, Published

_MARK: Final = "entry/"


class Marks(Protocol):
    """Where it is noted what was published: the worker's store."""

    def mark(self, name: str) -> bytes | None:
        """What was noted under this name, or None."""

    def set_mark(self, name: str, value: bytes) -> None:
        """Note something under a name."""

    def marks(self, beginning: str) -> Iterator[tuple[str, bytes]]:
        """Every mark whose name begins so."""


class EntryMarks:
    """Of one worker."""

    def __init__(self, store: Marks, keyring: Keyring, counts: HeldCounts) -> None:
        self._store = store
        self._counts = counts
        for name, value in store.marks(_MARK):
            published = Published.from_bytes(value)
            if published.child is None:  # the form of marks before they named a child
                episode = published.superseded_by or EpisodeId(name.removeprefix(_MARK))
                published = replace(published, child=keyring.child_of(episode))
                store.set_mark(name, published.to_bytes())
            self._count(published, 1)

    def published(self, episode: EpisodeId) -> Published | None:
        """What was published last of an episode, or None."""
        value = self._store.mark(f"{_MARK}{episode}")
        return None if value is None else Published.from_bytes(value)

    def note(self, publication: Publication) -> None:
        """The broker has it: remember it."""
        for episode, published in publication.published.items():
            before = self.published(episode)
            if before is not None:
                self._count(before, -1)
            self._count(published, 1)
            self._store.set_mark(f"{_MARK}{episode}", published.to_bytes())

    def has_any(self, publication: Publication) -> bool:
        """Whether anything is noted of an episode of this publication."""
        return any(self._store.mark(f"{_MARK}{episode}") is not None for episode in publication.published)

    def _count(self, published: Published, by: int) -> None:
        if published.child is not None and not published.is_gone:
            self._counts.add(published.child, _figures(published), by)


def _figures(published: Published) -> Counter[Figure]:
    figures: Counter[Figure] = Counter({(REGISTER_ENTRIES, (published.status,)): 1})
    for disagreement in published.disagreements:
        field, _, kinds = disagreement.partition(" ")
        figures[DISAGREEMENTS, (field, kinds)] += 1
    return figures
