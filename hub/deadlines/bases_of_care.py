"""From what the duties round an absence count: placements, orders, handovers, disputes, flags, differences, a death.

What is stated of the child and not of one absence (flags, exclusions, a dispute of authorities) is owed once: in the
latest absence that is not cancelled. A placement is known here only where a message about it bears on an absence.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.interviews import harm
from hub.deadlines.model import Base, Moment
from hub.deadlines.rows import DeadlineRule
from hub.episode.model import AuthorityBasis, AuthorityClaim, FlagState
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    Answer,
    ChildFound,
    Condition,
    DisagreementFound,
    EnquiryRequested,
    EnquiryState,
    FindingState,
    FlagKind,
    MissingReported,
    Order,
    OrderKind,
    OwnershipKind,
    PlacementChanged,
    PlacementMove,
    Publicity,
    PublicityDecided,
)

Bases = Iterable[Base]

_EXPLOITATION: Final = (FlagKind.EXPLOITATION, FlagKind.TRAFFICKING)
_INVESTIGATION: Final = frozenset({OwnershipKind.INVESTIGATION, OwnershipKind.CASE})
_REFUSALS: Final = 2
"""After so many, the question goes up (c)."""
_SAME_MOVE: Final = timedelta(days=2)
"""Two statements of one move lie at most so far apart (c)."""


# ---- placements ----


def placements_elsewhere(case: Case) -> list[tuple[Event, PlacementChanged, AgencyId, datetime]]:
    """Each move into the area of an authority other than the responsible one: statement, host, and its beginning.

    The home tells of the same move as the authority; the first statement of a move stands for it.
    """
    found: list[tuple[Event, PlacementChanged, AgencyId, datetime]] = []
    for event, body in case.of(PlacementChanged):
        placed = body.to_placement
        host = body.host_authority or (placed.host_authority if placed is not None else None)
        if host is None or host == case.episode.authorities.responsible:
            continue
        at = body.started_at or event.accepted_at
        at = min(at, event.accepted_at) if body.move is PlacementMove.EMERGENCY else at
        if not any(host == known and abs(at - when) <= _SAME_MOVE for _, _, known, when in found):
            found.append((event, body, AgencyId(host), at))
    return found


def _placed_elsewhere(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body, host, at in placements_elsewhere(case):
        if body.move is not PlacementMove.EMERGENCY:
            yield Base(event=event.id, at=at, about=host, agencies=(host,))


def _emergency_elsewhere(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body, host, at in placements_elsewhere(case):
        if body.move is PlacementMove.EMERGENCY:
            yield Base(event=event.id, at=at, about=host, agencies=(host,))


def _ended_elsewhere(case: Case, _: DeadlineRule) -> Iterator[Base]:
    """Each end of a placement in the area of another authority than the responsible one."""
    seen: set[AgencyId] = set()
    for event, body in case.of(PlacementChanged):
        at = body.ended_at or body.started_at
        left = body.from_placement
        host = left.host_authority if left is not None else None
        if host is None:
            former = [each.host_authority for each in case.episode.former_placements]
            host = next((each for each in reversed(former) if each is not None), None)
        if at is None or host is None or host == case.episode.authorities.responsible or host in seen:
            continue
        seen.add(AgencyId(host))
        yield Base(event=event.id, at=at, about=host, agencies=(AgencyId(host),))


# ---- authorities and handovers ----


def dispute(case: Case) -> tuple[Base, Moment | None] | None:
    """The dispute of who is responsible, since when, and by what it was settled; None where there was none.

    Claims of the same strength that name different authorities dispute it; a stronger claim settles it.
    """
    roles = case.episode.authorities
    if len({claim.authority for claim in roles.claims}) < 2 or not case.is_latest:  # noqa: PLR2004 - two differ
        return None
    order = tuple(AuthorityBasis)
    for level in order:
        said = sorted((c for c in roles.claims if c.basis is level), key=lambda c: (c.accepted_at, c.event))
        differs = next((claim for claim in said if claim.authority != said[0].authority), None)
        if differs is None:
            continue
        stronger = [c for c in roles.claims if order.index(c.basis) < order.index(level)]
        settled = min(stronger, key=lambda c: (c.accepted_at, c.event), default=None)
        if settled is not None and settled.accepted_at <= differs.accepted_at:
            return None
        base = Base(event=differs.event, at=differs.accepted_at, agencies=_named(said))
        return base, None if settled is None else Moment(at=settled.accepted_at, event=settled.event)
    return _denied(case) if roles.is_disputed else None


def _denied(case: Case) -> tuple[Base, Moment | None] | None:
    """The authority that is named names another."""
    roles = case.episode.authorities
    claims = [c for c in roles.claims if c.by == roles.responsible and c.authority != c.by]
    denial = min(claims, key=lambda c: (c.accepted_at, c.event), default=None)
    if denial is None or roles.responsible is None:
        return None
    return Base(event=denial.event, at=denial.accepted_at, agencies=(roles.responsible, denial.authority)), None


def _named(claims: Iterable[AuthorityClaim]) -> tuple[AgencyId, ...]:
    return tuple(dict.fromkeys(claim.authority for claim in claims))


def _disputed(case: Case, _: DeadlineRule) -> Bases:
    found = dispute(case)
    return () if found is None else (found[0],)


def _handover_proposed(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for transfer in case.episode.transfers:
        yield Base(
            event=transfer.proposal, at=transfer.proposed_at, about=transfer.kind, agencies=(transfer.to_agency,)
        )


def refusals(case: Case) -> list[Moment]:
    """Every refusal of a handover of the investigation, in the order of time."""
    found = [
        Moment(at=accepted, event=event)
        for transfer in case.episode.transfers
        if transfer.kind in _INVESTIGATION
        for event in transfer.refused_by
        if (accepted := case.accepted(event)) is not None
    ]
    return sorted(found, key=lambda moment: (moment.at, moment.event))


def _refused_twice(case: Case, _: DeadlineRule) -> Bases:
    refused = refusals(case)
    if len(refused) < _REFUSALS:
        return ()
    sides = dict.fromkeys(
        agency
        for transfer in case.episode.transfers
        if transfer.kind in _INVESTIGATION and transfer.refused_by
        for agency in (transfer.from_agency, transfer.to_agency)
    )
    last = refused[_REFUSALS - 1]
    return (Base(event=last.event, at=last.at, agencies=tuple(sides)),)


# ---- what lies ahead by nature ----


def orders(case: Case) -> dict[tuple[OrderKind, str | None], tuple[Event, Order]]:
    """The orders as they were stated last, by kind and holder."""
    return {
        (order.kind, order.holder): (event, order) for event, body in case.of(MissingReported) for order in body.orders
    }


def _order_until(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, order in orders(case).values():
        if order.until is not None:
            holder = AgencyId(order.holder) if order.holder else event.sender
            yield Base(event=event.id, at=order.until, about=order.kind, agencies=(holder,))


def _enquiry(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body in case.of(EnquiryRequested):
        if body.state is EnquiryState.ASKED and body.by_when is not None and body.of_agency is not None:
            yield Base(event=event.id, at=body.by_when, agencies=(AgencyId(body.of_agency),))


def _flag_review(case: Case, _: DeadlineRule) -> Iterator[Base]:
    if case.is_latest:
        for flag in case.episode.flags:
            if flag.review_by is not None and flag.value is Answer.YES:
                yield Base(event=flag.event, at=flag.review_by, about=flag.kind, agencies=(flag.set_by,))


def _exclusion_review(case: Case, _: DeadlineRule) -> Iterator[Base]:
    if case.is_latest:
        for exclusion in case.child.state.exclusions:
            said = case.event(exclusion.event)
            if exclusion.review_by is not None and exclusion.lifted_by is None and said is not None:
                yield Base(event=exclusion.event, at=exclusion.review_by, agencies=(said.sender,))


# ---- flags, differences, publicity, harm ----


def exploitation(case: Case) -> Moment | None:
    """When exploitation was first said in this absence: a flag, or a police assessment that rests on it."""
    found = [Moment(at=_set_at(case, flag), event=flag.event) for flag in _exploitation_flags(case)]
    return min(found, key=lambda moment: (moment.at, moment.event), default=None)


def _exploitation_flags(case: Case) -> Iterator[FlagState]:
    mine = set(case.episode.events)
    for flag in case.episode.flags:
        if flag.kind in _EXPLOITATION and flag.value is Answer.YES and flag.event in mine:
            yield flag


def _set_at(case: Case, flag: FlagState) -> datetime:
    """When it was set in this absence; one set long before counts from when it was told here."""
    accepted = case.accepted(flag.event)
    if flag.set_at >= case.episode.began_at or accepted is None:
        return flag.set_at
    return accepted


def _exploitation_flag(case: Case, _: DeadlineRule) -> Bases:
    first = exploitation(case)
    return () if first is None else (Base(event=first.event, at=first.at),)


def _difference(case: Case, _: DeadlineRule) -> Iterator[Base]:
    """Each field that agencies disagree about, as raised; what only the fold asks about, since it could be seen."""
    raised: dict[str, tuple[Event, DisagreementFound]] = {}
    for found, open_body in case.of(DisagreementFound):
        if open_body.state is FindingState.OPEN:
            raised.setdefault(open_body.field, (found, open_body))
    for field, (event, body) in raised.items():
        sides = tuple(dict.fromkeys(AgencyId(side.agency) for side in body.sides))
        yield Base(event=event.id, at=min(body.since, event.accepted_at), about=field, agencies=sides)
    for field, question in {question.field: question for question in reversed(case.episode.questions)}.items():
        said = [known for each in question.events if (known := case.event(each)) is not None]
        if field not in raised and said:
            seen = sorted(said, key=lambda event: (event.accepted_at, event.id))
            second = seen[min(1, len(seen) - 1)]
            sides = tuple(dict.fromkeys(event.sender for event in seen))
            yield Base(event=second.id, at=second.accepted_at, about=field, agencies=sides)


def published(case: Case) -> Moment | None:
    """The appeal or alert that was published last; None if there was none."""
    found = [
        Moment(at=min(body.decided_at or event.accepted_at, event.accepted_at), event=event.id)
        for event, body in case.of(PublicityDecided)
        if body.decision in (Publicity.APPEAL, Publicity.ALERT)
    ]
    return max(found, key=lambda moment: (moment.at, moment.event), default=None)


def _death_or_harm(case: Case, _: DeadlineRule) -> Bases:
    """The death; or the later of being found injured and telling of harm."""
    death = case.episode.death
    if death is not None:
        return (Base(event=death.event, at=death.at),)
    told = harm(case)
    injured = [
        Moment(at=event.accepted_at, event=event.id)
        for event, body in case.of(ChildFound)
        if body.condition is Condition.INJURED
    ]
    if not told or not injured:
        return ()
    later = max(told[0], injured[0], key=lambda moment: (moment.at, moment.event))
    return (Base(event=later.event, at=later.at),)


BASES: Final[dict[str, Callable[[Case, DeadlineRule], Bases]]] = {
    "placed_elsewhere": _placed_elsewhere,
    "placed_elsewhere_in_emergency": _emergency_elsewhere,
    "placement_elsewhere_ended": _ended_elsewhere,
    "authority_disputed": _disputed,
    "handover_proposed": _handover_proposed,
    "handover_refused_twice": _refused_twice,
    "order_until": _order_until,
    "enquiry_by_when": _enquiry,
    "flag_review_by": _flag_review,
    "exclusion_review_by": _exclusion_review,
    "exploitation_flag": _exploitation_flag,
    "difference_found": _difference,
    "death_or_serious_harm": _death_or_harm,
}
"""Words for the bases that stand here."""

__all__ = ["BASES", "dispute", "exploitation", "orders", "placements_elsewhere", "published", "refusals"]
