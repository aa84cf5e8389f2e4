"""What has to be published of a child, and the mark of what was: names and numbers only, never a value of the entry."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

from hub.ids import ChildId, EpisodeId, KeyId, derived_id
from hub.messages import WireMessage

_SUPERSEDED: Final = "superseded"
_GONE: Final = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was last published of an episode, in names and numbers only: kept as a mark of the store."""

    mark: str
    """What the entry was made of: sequence, time of change, digest of what is owed and who was told, exclusions of the
    child (one set long after an absence takes away its keys too), key id. Of one that went to another child: that it
    did, and key id.
    """
    directory: int
    """The version of the directory that the wraps were made for."""
    status: str
    disagreements: tuple[str, ...]
    allowed: dict[str, list[str]]
    """The classes that each subscriber may open."""
    sealed_to: dict[str, str]
    """The key of each subscriber that its wrap is sealed to."""
    child: ChildId | None
    """Whose episode it is; None where that is not known."""

    @property
    def superseded_by(self) -> EpisodeId | None:
        """The episode that this one was joined into, if that was published of it."""
        kind, _, rest = self.mark.partition("/")
        return EpisodeId(rest.partition("/")[0]) if kind == _SUPERSEDED else None

    def is_under(self, key_id: KeyId) -> bool:
        """Whether the entry was published under this key."""
        return self.mark.endswith(f"/{key_id}")

    @property
    def is_gone(self) -> bool:
        """Whether the episode went to another child since."""
        return self.mark.startswith(f"{_GONE}/")

    def gone(self) -> "Published":
        """The same of an episode that went to another child: who was given its key is known as before."""
        return replace(self, mark=f"{_GONE}/{self.mark.rpartition('/')[2]}")

    def to_bytes(self) -> bytes:
        """The mark's bytes."""
        return json.dumps({name: getattr(self, name) for name in _FIELDS}).encode()

    def has_lost(self, allowed: Mapping[str, Collection[str]]) -> bool:
        """Whether anybody could open something by this that nobody may let it open now."""
        return any(set(classes) - set(allowed.get(agency, ())) for agency, classes in self.allowed.items())

    @classmethod
    def from_bytes(cls, value: bytes) -> "Published":
        """Read the mark back."""
        said = json.loads(value)
        return cls(**{"child": None, **said, "disagreements": tuple(said["disagreements"])})


_FIELDS: Final = tuple(field.name for field in fields(Published))


@dataclass(frozen=True, slots=True)
class Ids:
    """By what one knows what has to stand on the broker for an episode: the entry, and a wrap for each subscriber."""

    entry: str
    key: KeyId
    wraps: dict[str, str]


@dataclass(frozen=True, slots=True)
class Publication:
    """Records to publish for one child: wraps first, then entries; and the marks to note when they are out.

    `ids` are those of everything that has to stand there, whether it has to be published or not.
    """

    wraps: tuple[WireMessage, ...]
    entries: tuple[WireMessage, ...]
    published: dict[EpisodeId, Published]
    ids: dict[EpisodeId, Ids]

    def and_also(self, other: "Publication") -> "Publication":
        """Both, in this order."""
        return Publication(
            self.wraps + other.wraps,
            self.entries + other.entries,
            {**self.published, **other.published},
            {**self.ids, **other.ids},
        )


NOTHING: Final = Publication((), (), {}, {})
"""Nothing to publish."""


def superseded_mark(by: EpisodeId, decisions: int) -> str:
    """What the entry of an episode is made of that was joined into another, at so many decisions about its claims."""
    return f"{_SUPERSEDED}/{by}/{decisions}"


def entry_id(episode: EpisodeId, changed_at: datetime, key_id: KeyId, mark: str) -> str:
    """The id of the record of an entry: another one whenever it says or opens anything else."""
    return derived_id(episode, "entry", f"{changed_at}/{key_id}/{mark}")


def wrap_id(key_id: KeyId, subscriber: str, classes: Iterable[str], sealed_to: str) -> str:
    """The id of the record of a key, wrapped for one subscriber: what it opens, and which key it is sealed to."""
    return derived_id(key_id, "wrap", "/".join((subscriber, *classes, sealed_to)))
