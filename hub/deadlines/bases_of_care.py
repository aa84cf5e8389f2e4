"""From what the duties round an absence count: orders, enquiries, reviews, flags, publicity, a death.

What is stated of the child and not of one absence (flags, exclusions) is owed once: in the latest absence that is not
cancelled.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.interviews import harm
from hub.deadlines.model import Base, Moment
from hub.deadlines.rows import DeadlineRule
from hub.episode.model import FlagState
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    Answer,
    ChildFound,
    Condition,
    EnquiryRequested,
    EnquiryState,
    FlagKind,
    MissingReported,
    Order,
    OrderKind,
    Publicity,
    PublicityDecided,
)

Bases = Iterable[Base]

_ANSWERED_WITHIN: Final = timedelta(hours=24)
"""How long an enquiry leaves that does not say by when (c)."""
_POLICE_PROTECTION: Final = timedelta(hours=72)
"""Children Act 1989 s.46."""
_EXPLOITATION: Final = (FlagKind.EXPLOITATION, FlagKind.TRAFFICKING)

# ---- what lies ahead by nature ----


def orders(case: Case) -> dict[tuple[OrderKind, str | None], tuple[Event, Order]]:
    """The orders as they were stated last, by kind and holder."""
    return {
        (order.kind, order.holder): (event, order) for event, body in case.of(MissingReported) for order in body.orders
    }


def _order_until(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, order in orders(case).values():
        until = order.until or _at_the_latest(event, order)
        if until is not None:
            holder = AgencyId(order.holder) if order.holder else event.sender
            yield Base(event=event.id, at=until, about=order.kind, agencies=(holder,), said_at=event.accepted_at)


def _at_the_latest(event: Event, order: Order) -> datetime | None:
    """When an order ends at the latest whose end nobody states: of police protection 72 hours after it was stated."""
    return happened_at(event) + _POLICE_PROTECTION if order.kind is OrderKind.POLICE_PROTECTION else None


def _enquiry(case: Case, _: DeadlineRule) -> Iterator[Base]:
    for event, body in case.of(EnquiryRequested):
        if body.state is EnquiryState.ASKED and body.of_agency is not None:
            at = body.by_when or event.accepted_at + _ANSWERED_WITHIN
            yield Base(event=event.id, at=at, agencies=(AgencyId(body.of_agency),), said_at=event.accepted_at)


def _flag_review(case: Case, _: DeadlineRule) -> Iterator[Base]:
    if case.is_latest:
        for flag in case.episode.flags:
            if flag.review_by is not None and flag.value is Answer.YES:
                said_at = case.accepted(flag.event)
                yield Base(
                    event=flag.event, at=flag.review_by, about=flag.kind, agencies=(flag.set_by,), said_at=said_at
                )


def _exclusion_review(case: Case, _: DeadlineRule) -> Iterator[Base]:
    if case.is_latest:
        for exclusion in case.child.state.exclusions:
            said = case.event(exclusion.event)
            if exclusion.review_by is not None and exclusion.lifted_by is None and said is not None:
                at, said_at = exclusion.review_by, said.accepted_at
                yield Base(event=exclusion.event, at=at, agencies=(said.sender,), said_at=said_at)


# ---- flags, publicity, harm ----


def exploitation(case: Case) -> Moment | None:
    """When exploitation was first said in this absence: a flag, or a police assessment that rests on it."""
    found = [Moment(at=_set_at(case, flag), event=flag.event) for flag in _exploitation_flags(case)]
    return min(found, key=lambda moment: (moment.at, moment.event), default=None)


def _exploitation_flags(case: Case) -> Iterator[FlagState]:
    mine = set(case.episode.events)
    for flag in case.episode.flags:
        is_feared = flag.kind in _EXPLOITATION and flag.value is Answer.YES
        if is_feared and flag.event in mine and not flag.has_expired_by(case.episode.began_at):
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
    "order_until": _order_until,
    "enquiry_by_when": _enquiry,
    "flag_review_by": _flag_review,
    "exclusion_review_by": _exclusion_review,
    "exploitation_flag": _exploitation_flag,
    "death_or_serious_harm": _death_or_harm,
}
"""Words for the bases that stand here."""
