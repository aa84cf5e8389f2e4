"""Decides which subscriber may open which classes of an episode, and wraps exactly those keys to it.

Four things must agree: a grant that is valid at the time, an area of the grant that the episode concerns, a class
that the grant names, and a ceiling for the subscriber's kind and role in this episode (`ceilings.toml`). An agency
that is excluded from the episode gets nothing, whatever its grants. Silence means no. Wraps of one key id are only
ever added to; taking something back is a new key id.
"""

import tomllib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final

from hub.directory import Directory
from hub.entry.class_keys import KEY_LENGTH, class_key
from hub.entry.register_entry import REGISTER_CLASSES
from hub.entry.view import EpisodeView
from hub.ids import AgencyId, EpisodeId, KeyId
from hub.sealing import OpeningKeys, SealNotOpened, open_sealed, seal
from hub.signing import length_prefixed
from schemas.records import AgencyKind, Disclosure, KeyWrap, SealingKey, WrappedKey

_WRAP_DOMAIN: Final = b"homeward/register/key-wrap/v1"
_NO_ROLE: Final = ""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The most that a grant can open, by kind of agency and role in the episode."""

    rows: Mapping[tuple[AgencyKind, str], frozenset[Disclosure]]

    @classmethod
    def from_text(cls, table: str) -> "Ceilings":
        """Read the table from TOML; a class that never enters the register is left out, wherever it is named."""
        return cls(
            {
                (AgencyKind(row["kind"]), row["role"]): frozenset(map(Disclosure, row["classes"]))
                & frozenset(REGISTER_CLASSES)
                for row in tomllib.loads(table)["ceiling"]
            }
        )

    def classes(self, kind: AgencyKind, roles: AbstractSet[str]) -> frozenset[Disclosure]:
        """What an agency of this kind may have in all its roles together; without a listed role, as any of its kind."""
        listed = [self.rows[kind, role] for role in roles if (kind, role) in self.rows]
        return frozenset().union(*listed) if listed else self.rows.get((kind, _NO_ROLE), frozenset())


@cache
def ceilings() -> Ceilings:
    """The table that is part of this package."""
    return Ceilings.from_text(resources.files("hub.entry").joinpath("ceilings.toml").read_text("utf-8"))


def openable(
    view: EpisodeView,
    directory: Directory,
    when: datetime,
    excluded: AbstractSet[AgencyId] = frozenset(),
    limits: Ceilings | None = None,
) -> dict[AgencyId, frozenset[Disclosure]]:
    """The classes of this episode that each subscriber may open at that time; whoever may open none is not named."""
    limits = limits or ceilings()
    allowed: dict[AgencyId, frozenset[Disclosure]] = {}
    for agency, grant in directory.grants(when):
        if agency in excluded or not view.areas.intersection(grant.areas):
            continue
        roles = view.facts.parties.get(agency, frozenset())
        classes = limits.classes(directory.kind(agency), roles) & frozenset(grant.classes)
        if classes:
            allowed[agency] = allowed.get(agency, frozenset()) | classes
    return allowed


def sealing_keys(directory: Directory, agencies: AbstractSet[AgencyId], when: datetime) -> dict[AgencyId, SealingKey]:
    """The key to seal to of each of these agencies that has a valid one at that time."""
    found = ((agency, directory.sealing_key(agency, when)) for agency in sorted(agencies))
    return {agency: key for agency, key in found if key is not None}


def wraps(
    episode: EpisodeId,
    key_id: KeyId,
    child_key: bytes,
    allowed: Mapping[AgencyId, frozenset[Disclosure]],
    keys: Mapping[AgencyId, SealingKey],
) -> tuple[KeyWrap, ...]:
    """One wrap a subscriber, in order of agency id, with a sealed key for each class in the order of the blocks.

    A subscriber without a sealing key gets none until the directory has one. Sealed bytes differ each time, because
    HPKE draws randomness; what they open to does not.
    """
    return tuple(
        KeyWrap(
            key_id=key_id,
            episode_id=episode,
            subscriber=agency,
            wraps=tuple(
                WrappedKey(
                    disclosure=disclosure,
                    sealed=seal(
                        class_key(child_key, episode, key_id, disclosure),
                        keys[agency].public_key,
                        _info(episode, key_id, agency, disclosure),
                        keys[agency].suite,
                    ),
                )
                for disclosure in REGISTER_CLASSES
                if disclosure in allowed[agency]
            ),
        )
        for agency in sorted(allowed)
        if agency in keys
    )


def record_key(wrap: KeyWrap) -> bytes:
    """The key of a wrap's record on `register.keys`: key id and subscriber."""
    return f"{wrap.key_id}/{wrap.subscriber}".encode()


def opened_wrap(wrap: KeyWrap, keys: OpeningKeys) -> dict[Disclosure, bytes]:
    """The class keys in a wrap that these private keys open; what does not open is left out."""
    opened: dict[Disclosure, bytes] = {}
    for wrapped in wrap.wraps:
        info = _info(EpisodeId(wrap.episode_id), KeyId(wrap.key_id), AgencyId(wrap.subscriber), wrapped.disclosure)
        try:
            key = open_sealed(wrapped.sealed, keys, info)
        except SealNotOpened:
            continue
        if len(key) == KEY_LENGTH:
            opened[wrapped.disclosure] = key
    return opened


def _info(episode: EpisodeId, key_id: KeyId, subscriber: AgencyId, disclosure: Disclosure) -> bytes:
    parts = (episode, key_id, subscriber, disclosure.value)
    return length_prefixed(_WRAP_DOMAIN, *(part.encode() for part in parts))
