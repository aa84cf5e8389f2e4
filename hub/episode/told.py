"""Who was told what, notice by notice, and how far each notice got.

Read from `Told` (one a cause, after the broker had the notices), from the recipient's own acknowledgements by layer,
and from `ToldByOtherMeans` where it names a notice. A fact about an episode that moved to another child with its
claim stays, marked: that child answers for it. Whether somebody else's acknowledgement counts for the recipient is in
the directory, so `hub.delivery.proof` decides it. Nothing is decided here about who should be told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from hub.episode.model import ChildState, ToldFact
from hub.episode.ownership import ClaimsTold, departed_claims, distinct
from hub.event import Event
from hub.ids import ClaimId, EventId, NoticeId
from schemas.records import Acknowledged, Acknowledgement, Told, ToldByOtherMeans


def with_told(state: ChildState, told: Iterable[Event]) -> ChildState:
    """The state with these `Told` in it: as by a fold of everything, because `Told` changes nothing else."""
    everything = distinct(state.child, (*state.events, *told))
    departed = departed_claims(state.child, state.claims)
    now = replace(state, events=everything, told=told_facts(everything, departed))
    now.worked_out_of_said.update(state.worked_out_of_said)
    return now


class _Progress:
    """How far one agency came with one notice: the first acceptance of each layer."""

    __slots__ = ("first", "role", "until")

    def __init__(self) -> None:
        self.first: dict[Acknowledgement, datetime] = {}
        self.role: str | None = None
        self.until: datetime | None = None


def told_facts(events: Sequence[Event], departed: frozenset[ClaimId]) -> dict[NoticeId, ToldFact]:
    """Every notice sent, by its id, from distinct events in the order accepted; the first `Told` of a notice counts."""
    told = [event for event in events if isinstance(event.body, Told)]
    if not told:
        return {}
    claims = ClaimsTold(events) if departed else None
    progress, otherwise = _progress(events)
    found: dict[NoticeId, ToldFact] = {}
    for event in told:
        body = event.body
        if isinstance(body, Told):
            for row in body.rows:
                notice = NoticeId(row.notice_id)
                if notice in found:
                    continue
                far = progress.get((row.notice_id, row.recipient)) or _Progress()
                found[notice] = ToldFact(
                    row=row,
                    cause=body.cause,
                    event=event.id,
                    accepted_at=event.accepted_at,
                    has_departed=claims is not None and claims.of_row(body, row) in departed,
                    fetched_at=far.first.get(Acknowledgement.FETCHED),
                    opened_at=far.first.get(Acknowledgement.OPENED),
                    taken_at=far.first.get(Acknowledgement.TAKEN),
                    taken_by_role=far.role,
                    taken_until=far.until,
                    told_otherwise=otherwise.get(row.notice_id),
                )
    return found


def _progress(events: Sequence[Event]) -> tuple[dict[tuple[str, str], _Progress], dict[str, EventId]]:
    """How far each agency came with each notice, and what first told somebody of a notice by other means."""
    found: dict[tuple[str, str], _Progress] = {}
    otherwise: dict[str, EventId] = {}
    for event in events:
        body = event.body
        if isinstance(body, Acknowledged):
            for pair in body.pairs:
                far = found.setdefault((pair.notice_id, event.sender), _Progress())
                if body.layer is Acknowledgement.TAKEN and body.layer not in far.first:
                    far.role, far.until = body.role, body.by
                far.first.setdefault(body.layer, event.accepted_at)
        elif isinstance(body, ToldByOtherMeans):
            for notice in body.notices:
                otherwise.setdefault(notice, event.id)
    return found, otherwise
