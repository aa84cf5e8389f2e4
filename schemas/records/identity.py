"""Whose claim is whose child: decisions, moves and reviews.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.message import AgencyMessage


class ClaimOutcome(StrEnum):
    """How the hub came to its decision about a claim."""

    FIRST = "first"
    OWN_REFERENCE = "own_reference"
    LINK = "link"
    REVIEW = "review"
    NEW = "new"
    REVIEWER = "reviewer"
    UNKNOWN = "unknown"


class LinkDecision(StrEnum):
    """What a reviewer decided about two claims; an adoption break beats every score."""

    SAME = "same"
    DIFFERENT = "different"
    SPLIT = "split"
    ADOPTION_BREAK = "adoption_break"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAssigned(Record):
    """A numbered decision: to which child a claim belongs. Written to both children; never decided again."""

    SCHEMA_NAME: ClassVar[str] = "ClaimAssigned"

    claim_id: str
    """The claim."""
    agency: str
    """Agency id of the claim."""
    from_child: str | None = None
    """Child id it belonged to, null if new."""
    to_child: str
    """Child id it belongs to."""
    number: int
    """Running number of the decision; the highest for a claim holds."""
    outcome: ClaimOutcome = ClaimOutcome.UNKNOWN
    """How it was decided."""
    why: str
    """The evidence in words, without values."""
    probability: float | None = None
    """Probability that the claims are of one child, where it was computed."""
    matched_claim: str | None = None
    """The claim it was matched with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDecided(AgencyMessage):
    """A reviewer's decision about two claims: the same child, different, split, or an adoption break."""

    SCHEMA_NAME: ClassVar[str] = "LinkDecided"

    claim_a: str
    """One claim id."""
    claim_b: str
    """The other claim id."""
    decision: LinkDecision = LinkDecision.UNKNOWN
    """The decision."""
    why: str | None = None
    """Why."""
    decided_by_role: str | None = None
    """Role of the reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Record):
    """An event re-sent to the child that owns its claim now. Repeats are dropped by the original event id."""

    SCHEMA_NAME: ClassVar[str] = "Moved"

    original: bytes
    """The whole event, as the bytes of a LoggedEvent."""
    original_event_id: str
    """Id of the original event."""
    claim_id: str
    """The claim that moved."""
    from_child: str
    """Child id that held it."""
    to_child: str
    """Child id that owns it."""
    number: int
    """Number of the decision obeyed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem(Record):
    """Two claims that a person has to decide about."""

    SCHEMA_NAME: ClassVar[str] = "ReviewItem"

    pair_id: str
    """Key of the pair, the same in either order."""
    claim_a: str
    """One claim id."""
    claim_b: str
    """The other claim id."""
    child_a: str
    """Child id of the one."""
    child_b: str
    """Child id of the other."""
    probability: float | None = None
    """Probability that they are one child."""
    why: str
    """The evidence in words, without values."""
    raised_at: datetime
    """When it was raised."""
    due_at: datetime | None = None
    """When the decision is due."""
    agency_a: str | None = None
    """Agency id of the one claim."""
    agency_b: str | None = None
    """Agency id of the other claim."""
    comparisons: tuple[str, ...] = ()
    """Each comparison with its level and weight, without values."""
    reserved_for: str | None = None
    """Agency id of the only agency that may see and decide the pair; null where any reviewer may."""
