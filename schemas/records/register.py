"""The shared register: entries, what their blocks hold, and the keys to them.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.delivery import Acknowledgement, AgencyKind, DisclosedField, Disclosure, NoticeKind
from schemas.records.log import DeadlineStage, DisagreementSide, Means


class EpisodeStatus(StrEnum):
    """Status of an episode as everybody with a grant sees it; `stood_down` is the one word for every sealed outcome."""

    MISSING = "missing"
    AWAY = "away"
    LOCATED_NOT_RETURNED = "located_not_returned"
    RETURN_REPORTED = "return_reported"
    RETURNED = "returned"
    SETTLED_ELSEWHERE = "settled_elsewhere"
    NOT_MISSING = "not_missing"
    CANCELLED = "cancelled"
    STOOD_DOWN = "stood_down"
    CLOSED = "closed"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"


class Nation(StrEnum):
    """A nation; decides which rules and which calendar hold."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"
    UNKNOWN = "unknown"


class PhaseKind(StrEnum):
    """A stretch of an episode: `M`, `A`, or located and not yet back."""

    MISSING = "missing"
    AWAY = "away"
    LOCATED = "located"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block(Record):
    """One disclosure class of an entry, sealed under its own key."""

    SCHEMA_NAME: ClassVar[str] = "Block"

    disclosure: Disclosure = Disclosure.UNKNOWN
    """The class."""
    nonce: bytes
    """Nonce, derived so that a rebuild is safe."""
    ciphertext: bytes
    """A sealed RegisterBlock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedField(Record):
    """What one agency says of one field."""

    SCHEMA_NAME: ClassVar[str] = "ClaimedField"

    agency: str
    """Agency id."""
    sender_kind: AgencyKind = AgencyKind.UNKNOWN
    """Its kind."""
    claim_id: str | None = None
    """Its claim."""
    field: str
    """Dotted path of the field."""
    value: str
    """Its value as text."""
    occurred_at: datetime | None = None
    """When it happened."""
    recorded_at: datetime | None = None
    """When the agency recorded it."""
    accepted_at: datetime
    """When the hub accepted it."""
    message_id: str
    """The message that said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement(Record):
    """A field that agencies disagree about."""

    SCHEMA_NAME: ClassVar[str] = "Disagreement"

    field: str
    """Dotted path of the field."""
    sides: tuple[DisagreementSide, ...] = ()
    """What each says."""
    since: datetime | None = None
    """Since when, by accepted time."""
    settled_at: datetime | None = None
    """When it was settled, null while open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyState(Record):
    """A duty the episode owes, has met, or owes no longer."""

    SCHEMA_NAME: ClassVar[str] = "DutyState"

    duty: str
    """Its name in the rules."""
    owed_by: str | None = None
    """Agency id of who owes it."""
    due_at: datetime
    """Due time, pauses counted."""
    raw_due_at: datetime | None = None
    """Due time without pauses."""
    stage: DeadlineStage | None = None
    """Soon, due or overdue, as last raised."""
    met_at: datetime | None = None
    """When it was met or stopped."""
    is_withdrawn: bool = False
    """Whether it stopped without being met: what it rested on is over, so it is owed no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey(Record):
    """One class key, sealed to a subscriber."""

    SCHEMA_NAME: ClassVar[str] = "WrappedKey"

    disclosure: Disclosure = Disclosure.UNKNOWN
    """The class."""
    sealed: bytes
    """The key, sealed to the subscriber's sealing key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWrap(Record):
    """The class keys of one episode that one subscriber may have."""

    SCHEMA_NAME: ClassVar[str] = "KeyWrap"

    key_id: str
    """Id of the key, as the entry names it."""
    episode_id: str
    """The episode."""
    subscriber: str
    """Agency id of the subscriber."""
    wraps: tuple[WrappedKey, ...] = ()
    """One wrap per class granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase(Record):
    """One stretch of an episode."""

    SCHEMA_NAME: ClassVar[str] = "Phase"

    kind: PhaseKind = PhaseKind.UNKNOWN
    """Missing, away or located."""
    began_at: datetime | None = None
    """When it began; null where unknown."""
    ended_at: datetime | None = None
    """When it ended; null while open or where unknown."""
    ended_before: datetime | None = None
    """Of an end that is unknown, the time it lies before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSummary(Record):
    """Who was told, as those who may know see it."""

    SCHEMA_NAME: ClassVar[str] = "ToldSummary"

    recipient: str
    """Agency id."""
    desk: str | None = None
    """Role or desk there."""
    kind: NoticeKind = NoticeKind.UNKNOWN
    """News, update or withdrawal."""
    told_at: datetime | None = None
    """When."""
    means: Means = Means.UNKNOWN
    """By hub or by telephone."""
    layer: Acknowledgement | None = None
    """How far it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterBlock(Record):
    """What one sealed block of an entry holds: the golden view, each agency's claims and the disagreements of
    one class.
    """

    SCHEMA_NAME: ClassVar[str] = "RegisterBlock"

    disclosure: Disclosure = Disclosure.UNKNOWN
    """The class."""
    golden: tuple[DisclosedField, ...] = ()
    """The best known value of each field, with its source."""
    claims: tuple[ClaimedField, ...] = ()
    """What each agency says."""
    disagreements: tuple[Disagreement, ...] = ()
    """Where they differ."""
    phases: tuple[Phase, ...] = ()
    """Stretches of the episode."""
    duties: tuple[DutyState, ...] = ()
    """Duties owed and met, in the block of their class."""
    told: tuple[ToldSummary, ...] = ()
    """Who was told, in the block of its class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEntry(Record):
    """The shared register's line for one episode. In clear only what narrows to no child; the rest in sealed blocks."""

    SCHEMA_NAME: ClassVar[str] = "RegisterEntry"

    episode_id: str
    """Opaque id of the episode."""
    nation: Nation = Nation.UNKNOWN
    """The nation whose rules hold."""
    status: EpisodeStatus = EpisodeStatus.UNKNOWN
    """Missing, away, located_not_returned, return_reported, closed or superseded; every ending is `closed`."""
    sequence: int
    """Number of distinct reports and decisions in the set; never falls."""
    changed_at: datetime
    """Latest accepted time among them."""
    key_id: str
    """Random id of the key of this version."""
    superseded_by: str | None = None
    """The episode that took this one's place, if one did."""
    blocks: tuple[Block, ...] = ()
    """The same blocks in every entry, padded, so that the presence or size of one says nothing."""
