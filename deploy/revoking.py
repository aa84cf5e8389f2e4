"""How an agency's keys are revoked: one of them, or all, and the agency with them.

Letting in takes two people; shutting out takes one, because a stolen key does not wait. The broker's permissions go
first, then the directory says it: workers and readers follow the directory within seconds. What the keys signed before
stays proven, and can be looked at; whoever owes the agency's children something is asked to telephone it from then on,
because the hub does not seal to a key that somebody else may have. A key that was revoked never comes back: the agency
asks to join again, with new ones.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from deploy import directory, provision
from deploy.home import Home
from deploy.identities import RequestRefused
from deploy.occupied import Running
from hub.ids import HUB, AgencyId
from schemas.codec import SchemaIds
from schemas.records import DirectoryEntry


class RevocationRefused(RequestRefused):
    """There is no such agency, or no such key of it that is still worth something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What is revoked. `key` is a signing key's id; None: every key of the agency, and the agency itself."""

    agency: AgencyId
    by: str
    why: str
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """What was revoked: the ids of signing keys and of sealing keys, and the entry as it is now."""

    signing: tuple[str, ...]
    sealing: tuple[str, ...]
    entry: DirectoryEntry


async def revoke(home: Home, running: Running, revocation: Revocation, ids: SchemaIds) -> Revoked:
    """Revoke, and note who did and why; returns when the broker has the directory's new entry.

    Raises:
        RevocationRefused: nothing of that is there to be revoked.
    """
    known = await directory.read_directory(home, running.bootstrap, ids)
    entry = known.agency(revocation.agency)
    if entry is None or revocation.agency in (HUB, directory.OPERATORS):
        message = f"{revocation.agency} is no member of this hub; who is: homeward agency list"
        raise RevocationRefused(message)
    now = datetime.now(UTC)
    revoked = revoked_entry(entry, revocation.key, now)
    if revocation.key is None:
        administrator = provision.Administrator(bootstrap=running.bootstrap, certificates=home.pki)
        await provision.remove_agency(administrator, revocation.agency)
    await directory.publish(home, running.bootstrap, [revoked.entry], ids)
    _note(home, revocation, revoked, now)
    return revoked


def revoked_entry(entry: DirectoryEntry, key: str | None, now: datetime) -> Revoked:
    """An entry in which a signing key is revoked, or with None every key, and nobody is there to be told any more.

    Raises:
        RevocationRefused: it has no such key, or none that was not revoked already.
    """
    open_keys = [each.key_id for each in entry.signing_keys if each.revoked_at is None]
    signing = tuple(open_keys if key is None else [each for each in open_keys if each == key])
    sealing = tuple(each.key_id for each in entry.sealing_keys if each.revoked_at is None) if key is None else ()
    if not signing and not sealing:
        what = "keys" if key is None else f"signing key {key}"
        message = f"{entry.agency_id} has no {what} that could be revoked; it has: {_listed(open_keys)}"
        raise RevocationRefused(message)
    is_out = key is None
    return Revoked(
        signing=signing,
        sealing=sealing,
        entry=replace(
            entry,
            signing_keys=tuple(
                replace(each, revoked_at=now) if each.key_id in signing else each for each in entry.signing_keys
            ),
            sealing_keys=tuple(
                replace(each, revoked_at=now) if each.key_id in sealing else each for each in entry.sealing_keys
            ),
            grants=tuple(replace(each, valid_until=each.valid_until or now) for each in entry.grants)
            if is_out
            else entry.grants,
            connected=entry.connected and not is_out,
            approved=entry.approved and not is_out,
            version=entry.version + 1,
        ),
    )


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(sorted(keys)) or "none"


def _note(home: Home, revocation: Revocation, revoked: Revoked, now: datetime) -> None:
    row = {
        "agency": revocation.agency,
        "keys": [*revoked.signing, *revoked.sealing],
        "by": revocation.by,
        "why": revocation.why,
        "at": now.isoformat(),
    }
    file = notes(home)
    file.touch(mode=0o600, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def notes(home: Home) -> Path:
    """Who revoked what, when and why: one JSON object a line, on the hub's own machine."""
    return home.operators_public.parent / "revoked.jsonl"
