"""What was taken back from whom, and who had opened it by then: the list that a data protection officer asks for.

When a flag or an exclusion is set late, disclosure is run again over everything that was sent: what a desk may no
longer hold is withdrawn by field (`hub.routing`). Read from what `Told` says and from proofs of delivery; it names
fields and never values, roles and never persons. It decides nothing, and sends nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.delivery.points import Seat, is_of_the_clock, unpacked
from hub.delivery.proof import Layer, Proof, proofs
from hub.directory import Directory
from hub.episode.model import ChildState, ToldFact
from hub.ids import AgencyId, EpisodeId, EventId, NoticeId
from schemas.records import NoticeKind

_ENDED: Final = "x="
_STANDS: Final = "x=of_age"
"""Closed because it is no child any more: nothing that was told is taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What one desk was told to hold no longer, since when and because of which event.

    `fields` are names; of a neutral last notice (an exclusion, a death, a closed placement) everything it was told.
    `told_by` are the notices that had told it any of them, each with how far it got.
    """

    episode: EpisodeId
    seat: Seat
    fields: tuple[str, ...]
    at: datetime
    because: EventId
    told_by: tuple[Proof, ...]

    @property
    def opened(self) -> tuple[Layer, ...]:
        """By which roles it had been opened before it was taken back, in the order of time; empty where by none."""
        opened = [proof.opened for proof in self.told_by if proof.opened is not None and proof.opened.at <= self.at]
        return tuple(sorted(opened, key=lambda layer: (layer.at, layer.event)))


def taken_back(state: ChildState, directory: Directory) -> tuple[TakenBack, ...]:
    """Everything that was withdrawn from anybody about a child, in the order in which it was."""
    proved = proofs(state, directory)
    return tuple(sorted(_found(state, proved), key=lambda one: (one.at, one.seat, one.fields)))


def _found(state: ChildState, proved: Mapping[NoticeId, Proof]) -> Iterator[TakenBack]:
    facts = {notice: state.told[notice] for notice in proved}
    for notice, fact in facts.items():
        is_ending = any(point.startswith(_ENDED) and point != _STANDS for point in unpacked(fact.row.points))
        if is_of_the_clock(fact.row) or not (fact.row.kind is NoticeKind.WITHDRAWAL or is_ending):
            continue
        held = [proved[other] for other, earlier in facts.items() if other != notice and _told_before(fact, earlier)]
        named = frozenset(fact.row.fields)
        told_by = [proof for proof in held if not named or named & frozenset(facts[proof.notice].row.fields)]
        everything = {name for proof in told_by for name in facts[proof.notice].row.fields}
        yield TakenBack(
            episode=proved[notice].episode,
            seat=(AgencyId(fact.row.recipient), fact.row.desk),
            fields=tuple(sorted(named or everything)),
            at=fact.accepted_at,
            because=EventId(fact.cause),
            told_by=tuple(told_by),
        )


def _told_before(fact: ToldFact, earlier: ToldFact) -> bool:
    """Whether a notice told the same desk something of the same absence before."""
    same = (fact.row.episode_id, fact.row.recipient, fact.row.desk)
    return (
        (earlier.row.episode_id, earlier.row.recipient, earlier.row.desk) == same
        and earlier.row.kind is not NoticeKind.WITHDRAWAL
        and not is_of_the_clock(earlier.row)
        and earlier.accepted_at <= fact.accepted_at
        and earlier.cause != fact.cause
    )
