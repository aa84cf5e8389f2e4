"""Records that stand together as one child, or apart as two, out of what a grant opens of the register.

A pair that was decided, or never put to a person, waits on no queue, and may still have to be decided: a link by
likeness that was wrong, a merge to be taken back, two children that are one. So pairs are named here from the register:
each further record of one child beside the first one, and the first records of two children. Pure; it decides nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from consumers import RegisterLine
from hub.identity.reviews import pair_id
from hub.ids import AgencyId
from schemas.records import ReviewItem

TOGETHER: Final = "they stand as one child"
APART: Final = "they stand as two children"
NOT_OPEN: Final = "how they stand is not open to you"
_REFERENCE: Final = "child_ref"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One agency's record of a child: its claim, its own reference where that is open, and since when it is known."""

    claim: str
    agency: AgencyId
    reference: str
    since: datetime


def records_of(lines: Iterable[RegisterLine]) -> tuple[Standing, ...]:
    """The records that these lines of one child are made of, the earliest first."""
    since: dict[str, tuple[datetime, str]] = {}
    references: dict[str, str] = {}
    for line in lines:
        for said in line.claims:
            if said.claim_id is None:
                continue
            known = since.get(said.claim_id, (said.accepted_at, said.agency))
            since[said.claim_id] = min(known, (said.accepted_at, said.agency))
            if said.field == _REFERENCE:
                references[said.claim_id] = said.value
    found = (
        Standing(claim=claim, agency=AgencyId(agency), reference=references.get(claim, ""), since=at)
        for claim, (at, agency) in since.items()
    )
    return tuple(sorted(found, key=lambda record: (record.since, record.claim)))


def pairs_of_one(records: Sequence[Standing]) -> tuple[ReviewItem, ...]:
    """Each further record of one child, with the first one: named so, it is the further one that a split takes away."""
    return tuple(_pair(records[0], other, TOGETHER) for other in records[1:])


def pairs_in(lines: Iterable[RegisterLine]) -> Iterator[ReviewItem]:
    """The pairs of every child of the register."""
    by_child: dict[str, list[RegisterLine]] = {}
    for line in lines:
        by_child.setdefault(line.child or line.episode, []).append(line)
    for its in by_child.values():
        yield from pairs_of_one(records_of(its))


def pair_of_two(one: Iterable[RegisterLine], other: Iterable[RegisterLine]) -> ReviewItem | None:
    """The first records of two children, by their lines; None where the grant opens none of one."""
    first, second = records_of(one), records_of(other)
    return _pair(first[0], second[0], APART) if first and second else None


def pair_of_claims(one: str, other: str, lines: Iterable[RegisterLine], now: datetime) -> ReviewItem:
    """The pair of two records named by their claims, with as much of them as is open: nothing, it may be."""
    names = {one, other}
    agencies: dict[str, str] = {}
    since: list[datetime] = []
    children: dict[str, set[str]] = {one: set(), other: set()}
    for line in lines:
        for said in line.claims:
            if said.claim_id is not None and said.claim_id in names:
                agencies[said.claim_id] = said.agency
                since.append(said.accepted_at)
                children[said.claim_id].add(line.child or line.episode)
    why = NOT_OPEN if not all(children.values()) else TOGETHER if children[one] & children[other] else APART
    return ReviewItem(
        pair_id=pair_id(one, other),
        claim_a=one,
        claim_b=other,
        child_a="",
        child_b="",
        why=why,
        raised_at=max(since, default=now),
        agency_a=agencies.get(one),
        agency_b=agencies.get(other),
    )


def shows_both(item: ReviewItem, lines: Iterable[RegisterLine]) -> bool:
    """Whether the register, as a grant opens it, has both records: only then can it show what became of them."""
    missed = {item.claim_a, item.claim_b}
    for line in lines:
        missed -= {said.claim_id for said in line.claims if said.claim_id is not None}
    return not missed


def _pair(one: Standing, other: Standing, why: str) -> ReviewItem:
    return ReviewItem(
        pair_id=pair_id(one.claim, other.claim),
        claim_a=one.claim,
        claim_b=other.claim,
        child_a="",
        child_b="",
        why=why,
        raised_at=max(one.since, other.since),
        agency_a=one.agency,
        agency_b=other.agency,
    )


def is_as_decided(item: ReviewItem, lines: Iterable[RegisterLine], *, joined: bool) -> bool:
    """Whether the register shows the two records with one child (`joined`), or with two, as a decision wants it.

    What this grant does not open shows nothing: then only parting can be seen, by the two never being together.
    """
    children: dict[str, set[str]] = {item.claim_a: set(), item.claim_b: set()}
    for line in lines:
        for claim in children.keys() & {said.claim_id for said in line.claims}:
            children[claim].add(line.child or line.episode)
    together = bool(children[item.claim_a] & children[item.claim_b])
    return together is joined
