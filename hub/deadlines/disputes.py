"""From what the duties of those who dispute or hand over count: who is responsible, and who holds the case.

Claims of the same strength that name different authorities dispute it; a stronger claim settles it. A handover needs an
answer; refused twice, the question goes up. A dispute concerns the child: it is owed once, in the latest absence.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.model import Base, Moment
from hub.deadlines.rows import DeadlineRule
from hub.episode.holding import INVESTIGATION
from hub.episode.model import AuthorityBasis, AuthorityClaim
from hub.ids import AgencyId

Bases = Iterable[Base]
_REFUSALS: Final = 2
"""After so many, the question goes up (c)."""


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
    claims = [c for c in roles.claims if c.by == roles.responsible and c.authority != c.by and not c.is_of_a_place]
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
        if transfer.kind in INVESTIGATION
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
        if transfer.kind in INVESTIGATION and transfer.refused_by
        for agency in (transfer.from_agency, transfer.to_agency)
    )
    last = refused[_REFUSALS - 1]
    return (Base(event=last.event, at=last.at, agencies=tuple(sides)),)


BASES: Final[dict[str, Callable[[Case, DeadlineRule], Bases]]] = {
    "authority_disputed": _disputed,
    "handover_proposed": _handover_proposed,
    "handover_refused_twice": _refused_twice,
}
"""Words for the bases that stand here."""
