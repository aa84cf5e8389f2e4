"""What a worker and its side processes say to one another: frames of four bytes of length and a pickle.

They are values only, so that both sides of the pipe know them by the same names.
"""

import pickle
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from hub.directory import Directory
from hub.ids import AgencyId
from hub.messages import Refusal, Voucher, WireMessage, verified_event
from hub.reference import packaged_reference
from hub.rulebook import Rulebook
from schemas.codec import SchemaIds
from schemas.records import DirectoryEntry
from streams.basis import Basis
from streams.event_batches import Batched, batched, is_batched, open_batch
from streams.quiet_look import Quiet, Stored
from streams.settings import WorkerSettings

HEAD: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The first frame."""

    settings: WorkerSettings
    ids: dict[int, str]
    """Schema ids with their fingerprints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBy:
    """What to go by from now on; answered by nothing."""

    entries: tuple[DirectoryEntry, ...]
    as_of: datetime
    rules: Rulebook


@dataclass(frozen=True, slots=True)
class Verify:
    """Records of `events` with their append times: did a worker of the hub sign them?"""

    records: tuple[tuple[WireMessage, datetime], ...]


@dataclass(frozen=True, slots=True)
class LookAt:
    """Children to look at, the hub's time, and whether entries and wraps are wanted, or only their ids."""

    children: tuple[Stored, ...]
    now: datetime | None
    is_whole: bool


Work: TypeAlias = Verify | LookAt
Verified: TypeAlias = list[bool | Batched]
"""Of each record whether a worker of the hub signed it; of one that holds several events, these."""
Answer: TypeAlias = Verified | list[Quiet | None]


def frame(value: object) -> bytes:
    """A value as it travels."""
    said = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return HEAD.pack(len(said)) + said


def basis_of(go_by: GoBy) -> Basis:
    """What the worker goes by, built up again."""
    directory = Directory(MappingProxyType({AgencyId(entry.agency_id): entry for entry in go_by.entries}))
    return Basis(directory=directory, as_of=go_by.as_of, rules=go_by.rules, reference=packaged_reference())


def verified(records: Sequence[tuple[WireMessage, datetime]], directory: Directory, ids: SchemaIds) -> Verified:
    """Of each record whether a worker of the hub signed it; the worker itself says what is wrong with another.

    From the last to the first: a record names by its digest the one that its worker wrote before it to the same
    partition, so a signature that verifies vouches for that one, and it for the one before; in the name of its own key
    and of no other. So of a piece of the log there are as many signatures to verify as workers have written in it, and
    one where somebody's chain begins anew.
    """
    vouched: set[Voucher] = set()
    answers: Verified = []
    for wire, at in reversed(records):
        if is_batched(wire.headers):
            opened = open_batch(wire, directory, ids, at, vouched)
            answers.append(False if isinstance(opened, Refusal) else batched(opened))
            if not isinstance(opened, Refusal) and opened.previous is not None:
                vouched.add((opened.key_id, opened.previous))
        else:
            found = verified_event(wire, directory, at, vouched)
            answers.append(not isinstance(found, Refusal))
            if not isinstance(found, Refusal) and found.headers.previous is not None:
                vouched.add((found.headers.key_id, found.headers.previous))
    return answers[::-1]
