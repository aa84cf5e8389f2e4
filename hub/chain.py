"""The chain of messages under one signing key: what a message's number and link say about those before it.

Each message names its number and the digest of the signing input before it, so that a message dropped on the way, a
second history under one key and a replay are all seen. Nothing is held back for it: a report is accepted, the finding
goes with it, and a gap that stays is alarmed by whoever keeps the positions.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from hub.signing import CHAIN_START
from schemas.records import Finding, FindingKind


class Chained(Protocol):
    """A message whose signature verified, opened or refused: its number, and what it names."""

    @property
    def sequence(self) -> int | None:
        """Its number under its signing key."""

    @property
    def previous(self) -> bytes | None:
        """The link (32 bytes) that it names."""

    @property
    def signing_digest(self) -> bytes | None:
        """Its own link (32 bytes)."""


class Step(StrEnum):
    """How a message stands to the chain so far; fit for a metric label."""

    NEXT = "next"
    FIRST_SEEN = "first_seen"
    REPEATED = "repeated"
    LATE = "late"
    GAP = "gap"
    FORK = "fork"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a chain is known: the highest number seen, and the link (32 bytes) that the next one must name."""

    sequence: int
    link: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """What one message does to a chain: its step, and the position after it."""

    step: Step
    position: Position


def advance(known: Position | None, message: Chained) -> Advance:
    """Where the chain stands after a message; `known` is None where nothing of this key was seen yet.

    A late message (a number below the highest) fills a gap and moves nothing. The first message seen of a key need
    not be number 1: the hub's memory of a key is bounded, and begins anew after it.
    """
    sequence = message.sequence or 0
    after = Position(sequence=sequence, link=message.signing_digest or b"")
    if known is None:
        is_start = sequence == 1 and message.previous == CHAIN_START
        return Advance(step=Step.NEXT if is_start else Step.FIRST_SEEN, position=after)
    if sequence < known.sequence:
        return Advance(step=Step.LATE, position=known)
    if sequence == known.sequence:
        step = Step.REPEATED if message.signing_digest == known.link else Step.FORK
        return Advance(step=step, position=known)
    if sequence > known.sequence + 1:
        return Advance(step=Step.GAP, position=after)
    return Advance(step=Step.NEXT if message.previous == known.link else Step.FORK, position=after)


_FINDINGS: Final = {
    Step.GAP: Finding(
        field="ce_sequence",
        rule="one or more messages before this one, under the same signing key, have not arrived",
        remedy="send them again, byte for byte, under their ids; this one was accepted",
        kind=FindingKind.FLAG,
    ),
    Step.FORK: Finding(
        field="ce_previous",
        rule="does not name the message that was received before it under the same signing key",
        remedy="check whether two programs use one key, or an outbox was restored; then use a new key",
        kind=FindingKind.FLAG,
    ),
}


def chain_findings(step: Step) -> tuple[Finding, ...]:
    """What the sender is told about a step; nothing unless something is missing or doubled."""
    return (_FINDINGS[step],) if step in _FINDINGS else ()
