"""Who is who: every agency's newest signed entry, and what may be concluded from it at a given time.

Rules this class keeps:

1. An entry's version only rises. A lower one is refused, and so is the same version with other content.
2. A signing key once listed stays listed, unchanged, until its history may be forgotten: what it signed must stay
   verifiable, and a receipt is owed under every key that was ever bound to an agency. The hub's own keys, under which
   the whole log stands, are never forgotten.
3. Nothing depends on what the time is now: every question takes the time that it is asked for.

It does not verify signatures (`messages.open_directory_entry` does, before an entry comes here), and it reads nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, Self

from hub.ids import HUB, AgencyId
from hub.suites import SealingSuite
from schemas.errors import HomewardError
from schemas.records import AgencyKind, DirectoryEntry, DutyRow, Grant, SealingKey, SigningKey

KEY_HISTORY: Final = timedelta(days=3653)
"""How long after its end an agency's key stays listed: ten years (c), at least as long as a child's log is kept."""

AGENCY_ROLES: Final = frozenset({"exploitation_team", "national_unit", "border_desk", "home_office", "reviewer"})
"""Roles that an agency may have in the directory."""

_KNOWN_SUITES: Final = frozenset(SealingSuite)


class KeyStanding(StrEnum):
    """What a signing key is worth at a given time."""

    VALID = "valid"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class DirectoryEntryRefused(HomewardError):
    """A signed entry that must not replace what is known; `agency` and `rule` say which and why."""

    def __init__(self, agency: str, rule: str, remedy: str) -> None:
        """Keep the parts and say them in one line."""
        self.agency = agency
        self.rule = rule
        self.remedy = remedy
        super().__init__(f"directory entry of {agency} refused: {rule}; {remedy}")


@dataclass(frozen=True)
class Directory:
    """An immutable state of the directory; `with_entry` gives the next one. What is asked of all is listed once."""

    entries: Mapping[AgencyId, DirectoryEntry] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def empty(cls) -> Self:
        """A directory that knows nobody."""
        return cls()

    @cached_property
    def version(self) -> int:
        """Sum of the entries' versions: it rises with every entry taken, and the same entries give the same."""
        return sum(entry.version for entry in self.entries.values())

    def with_entry(self, entry: DirectoryEntry) -> "Directory":
        """The directory with this entry in it; itself, if it holds the very same already.

        Raises:
            DirectoryEntryRefused: the version fell, the same version has other content, or a key was lost or changed.
        """
        agency = AgencyId(entry.agency_id)
        known = self.entries.get(agency)
        if known == entry:
            return self
        _check_keys_differ(entry)
        if known is not None:
            _check_succession(known, entry)
        return Directory(MappingProxyType({**self.entries, agency: entry}))

    def agency(self, agency: AgencyId) -> DirectoryEntry | None:
        """The newest entry of an agency, or None if there is none."""
        return self.entries.get(agency)

    def agencies(self) -> Iterator[DirectoryEntry]:
        """Every entry but the hub's own, in order of agency id."""
        return iter(self._in_order)

    def kind(self, agency: AgencyId) -> AgencyKind:
        """What an agency is; `unknown` if the directory does not know it."""
        entry = self.entries.get(agency)
        return AgencyKind.UNKNOWN if entry is None else entry.kind

    def is_member(self, agency: AgencyId, when: datetime) -> bool:
        """True if the agency is approved and its entry valid at that time."""
        entry = self.entries.get(agency)
        return entry is not None and entry.approved and _within(entry.valid_from, entry.valid_until, when)

    def is_connected(self, agency: AgencyId, when: datetime) -> bool:
        """True if the hub can deliver to it: a connected member with a valid sealing key."""
        entry = self.entries.get(agency)
        return (
            entry is not None
            and entry.connected
            and self.is_member(agency, when)
            and self.sealing_key(agency, when) is not None
        )

    def signing_key(self, agency: AgencyId, key_id: str) -> SigningKey | None:
        """A signing key that was ever bound to the agency, whatever it is worth now."""
        entry = self.entries.get(agency)
        keys = () if entry is None else entry.signing_keys
        return next((key for key in keys if key.key_id == key_id), None)

    def key_at(self, agency: AgencyId, key_id: str, when: datetime) -> KeyStanding:
        """What a signing key is worth at that time."""
        key = self.signing_key(agency, key_id)
        return KeyStanding.UNKNOWN if key is None else standing_of(key, when)

    def sealing_key(self, agency: AgencyId, when: datetime) -> SealingKey | None:
        """The key to seal to: of those valid at that time and of a suite known here, the one that began last.

        A key that is listed as revoked is none, whatever the time: what is sealed is sent now.
        """
        usable = [key for key in self._unrevoked(agency) if _within(key.valid_from, key.valid_until, when)]
        return max(usable, key=lambda key: (key.valid_from, key.suite, key.key_id), default=None)

    def key_for_dated(self, agency: AgencyId, when: datetime) -> SealingKey | None:
        """The key for what is sent now and dated `when`: where none was valid yet, the first that began since.

        A notice bears the time of its cause, and an agency that has joined since is told of it.
        """
        later = [
            key
            for key in self._unrevoked(agency)
            if key.valid_from > when and (key.valid_until is None or key.valid_until > key.valid_from)
        ]
        first = min(later, key=lambda key: (key.valid_from, key.suite, key.key_id), default=None)
        return self.sealing_key(agency, when) or first

    def _unrevoked(self, agency: AgencyId) -> Iterator[SealingKey]:
        entry = self.entries.get(agency)
        for key in () if entry is None else entry.sealing_keys:
            if key.suite in _KNOWN_SUITES and key.revoked_at is None:
                yield key

    def duty(self, agency: AgencyId, role: str) -> tuple[DutyRow, ...]:
        """Who is on duty for a role at an agency: its own rows, then those of agencies that act for it."""
        own = [row for row in self._duty_rows(agency) if row.role == role]
        acting = [row for _, row in self.acting_rows(agency) if row.role == role]
        return (*own, *acting)

    def acting_for(self, agency: AgencyId) -> tuple[AgencyId, ...]:
        """Agencies with a duty row that acts for this one."""
        return tuple(dict.fromkeys(other for other, _ in self.acting_rows(agency)))

    def acting_rows(self, agency: AgencyId) -> tuple[tuple[AgencyId, DutyRow], ...]:
        """The duty rows of other agencies that act for this one, each with whose it is, in order of agency id."""
        return self._acting.get(agency, ())

    def serving(self, area: str, kind: AgencyKind) -> tuple[DirectoryEntry, ...]:
        """Approved agencies of a kind that serve an area (GSS code), in order of agency id."""
        return tuple(e for e in self.agencies() if e.approved and e.kind is kind and area in e.areas)

    def with_role(self, role: str) -> tuple[DirectoryEntry, ...]:
        """Approved agencies that have a role, in order of agency id."""
        return self._by_role.get(role, ())

    def grants(self, when: datetime) -> tuple[tuple[AgencyId, Grant], ...]:
        """Every grant of a member that is valid at that time, with whom it is granted to."""
        return tuple(
            (AgencyId(entry.agency_id), grant)
            for entry in self._granted
            if self.is_member(AgencyId(entry.agency_id), when)
            for grant in entry.grants
            if _within(grant.valid_from, grant.valid_until, when)
        )

    @cached_property
    def _in_order(self) -> tuple[DirectoryEntry, ...]:
        return tuple(self.entries[agency] for agency in sorted(self.entries) if agency != HUB)

    @cached_property
    def _granted(self) -> tuple[DirectoryEntry, ...]:
        """Whoever was ever granted anything."""
        return tuple(entry for entry in self._in_order if entry.grants)

    @cached_property
    def _by_role(self) -> Mapping[str, tuple[DirectoryEntry, ...]]:
        found: dict[str, list[DirectoryEntry]] = {}
        for entry in self._in_order:
            for role in dict.fromkeys(entry.roles) if entry.approved else ():
                found.setdefault(role, []).append(entry)
        return {role: tuple(entries) for role, entries in found.items()}

    @cached_property
    def _acting(self) -> Mapping[AgencyId, tuple[tuple[AgencyId, DutyRow], ...]]:
        """Who acts for whom."""
        found: dict[AgencyId, list[tuple[AgencyId, DutyRow]]] = {}
        for other in self._in_order:
            for row in other.duty:
                for whom in dict.fromkeys(row.acts_for):
                    if whom != other.agency_id:
                        found.setdefault(AgencyId(whom), []).append((AgencyId(other.agency_id), row))
        return {whom: tuple(rows) for whom, rows in found.items()}

    def _duty_rows(self, agency: AgencyId) -> tuple[DutyRow, ...]:
        entry = self.entries.get(agency)
        return () if entry is None else entry.duty


def standing_of(key: SigningKey, when: datetime) -> KeyStanding:
    """What a signing key that is listed is worth at that time."""
    if key.revoked_at is not None and key.revoked_at <= when:
        return KeyStanding.REVOKED
    if when < key.valid_from:
        return KeyStanding.NOT_YET_VALID
    if key.valid_until is not None and key.valid_until <= when:
        return KeyStanding.EXPIRED
    return KeyStanding.VALID


def _within(start: datetime, end: datetime | None, when: datetime) -> bool:
    return start <= when and (end is None or when < end)


def _check_keys_differ(entry: DirectoryEntry) -> None:
    for ids in ([key.key_id for key in entry.signing_keys], [key.key_id for key in entry.sealing_keys]):
        if len(set(ids)) != len(ids):
            raise DirectoryEntryRefused(entry.agency_id, "two keys have one id", "give every key an id of its own")


def _check_succession(known: DirectoryEntry, entry: DirectoryEntry) -> None:
    if entry.version < known.version:
        rule = f"version {entry.version} is older than version {known.version}, which is known"
        raise DirectoryEntryRefused(entry.agency_id, rule, "publish it again with a higher version")
    if entry.version == known.version:
        rule = f"version {entry.version} is known with other content"
        raise DirectoryEntryRefused(entry.agency_id, rule, "publish the change under a higher version")
    listed = {key.key_id: key for key in entry.signing_keys}
    for old in known.signing_keys:
        ended = min((end for end in (old.valid_until, old.revoked_at) if end is not None), default=None)
        if (new := listed.get(old.key_id)) is None:
            is_needed = entry.agency_id == HUB or ended is None or entry.valid_from < ended + KEY_HISTORY
            if is_needed:
                rule = "a signing key is no longer listed"
                raise DirectoryEntryRefused(
                    entry.agency_id, rule, "end the key with valid_until or revoked_at, and keep it"
                )
        elif old.revoked_at is not None and (new.revoked_at is None or new.revoked_at > old.revoked_at):
            rule = "a revoked signing key is listed as if it were not"
            raise DirectoryEntryRefused(entry.agency_id, rule, "ask the agency to join again with new keys")
        elif new.public_key != old.public_key:
            rule = "a signing key's id now names another key"
            raise DirectoryEntryRefused(entry.agency_id, rule, "give the new key an id of its own")
