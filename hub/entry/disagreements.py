"""Finds the fields of which agencies say different things, and says who says what since when.

Two agencies disagree where both know a value and the values differ as the field's row in `golden.toml` compares them.
Each record that an agency has of the child is a side of its own, because each is corrected by itself; that two records
of one agency differ is no disagreement: both stand among the claims. Not known is no side. A disagreement is found
anew for every class of confidentiality, among what a reader of that class may know: so a narrower class never shows, by
a disagreement or by its absence, in what the wider ones read. It says nothing of who is right; a correction by either
side settles it, and it is gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product
from typing import Final

from hub.entry.golden import GoldenRow, GoldenRules
from hub.entry.protection import CONFIDENTIALITY
from hub.entry.statements import Statement
from schemas.records import AgencyKind, Disagreement, DisagreementSide, Disclosure

NO_SIDE: Final = "not_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDisagreement:
    """One field that at least two claims differ on, as readers of `disclosure` may know it.

    `since` is the accepted time of the statement that made the difference: of those standing, the first that
    differs from one before it. Sides are in the order of their claims. `kinds` are the pairs of kinds of agency that
    differ, each once.
    """

    field: str
    disclosure: Disclosure
    since: datetime
    sides: tuple[Statement, ...]
    kinds: tuple[tuple[AgencyKind, AgencyKind], ...] = ()

    def as_record(self) -> Disagreement:
        """The same as the register's blocks carry it."""
        return Disagreement(field=self.field, since=self.since, sides=tuple(_side(side) for side in self.sides))


def disagreements(claims: Sequence[Statement], rules: GoldenRules) -> tuple[FieldDisagreement, ...]:
    """Every disagreement among the standing claims, by field and from the wider to the narrower class."""
    by_field: dict[str, list[Statement]] = {}
    precision: dict[str, str] = {}
    for claim in claims:
        row = rules.row(claim.field)
        if claim.field == row.precision:
            precision[claim.event] = claim.value
        if row.may_differ(claim.field) and claim.value != NO_SIDE and not rules.is_several(claim.field):
            by_field.setdefault(claim.field, []).append(claim)
    contested = [field for field, some in by_field.items() if len({claim.sender for claim in some}) > 1]
    return tuple(
        found for field in sorted(contested) for found in _of_field(by_field[field], rules.row(field), precision)
    )


def _of_field(claims: Sequence[Statement], row: GoldenRow, precision: Mapping[str, str]) -> Iterator[FieldDisagreement]:
    wider: tuple[Statement, ...] = ()
    for disclosure in sorted({claim.disclosure for claim in claims}, key=CONFIDENTIALITY.__getitem__):
        rank = CONFIDENTIALITY[disclosure]
        sides = _newest_of_each_claim([claim for claim in claims if CONFIDENTIALITY[claim.disclosure] <= rank])
        differing = _differing(sides, row, precision) if sides != wider else []
        if differing:
            yield FieldDisagreement(
                field=sides[0].field,
                disclosure=disclosure,
                since=min(max(one.accepted_at, other.accepted_at) for one, other in differing),
                sides=sides,
                kinds=tuple(sorted({_kinds(one, other) for one, other in differing})),
            )
        wider = sides


def _differing(
    sides: Iterable[Statement], row: GoldenRow, precision: Mapping[str, str]
) -> list[tuple[Statement, Statement]]:
    """The first statements of two agencies of each two values that differ. One agency may have thousands of records of
    a child: they are not compared with one another.
    """
    first: defaultdict[str, dict[tuple[str, str], Statement]] = defaultdict(dict)
    for side in sorted(sides, key=lambda each: (each.accepted_at, each.order, each.event)):
        first[side.sender].setdefault((side.value, precision.get(side.event, "")), side)
    return [
        (mine, theirs)
        for one, other in combinations(first.values(), 2)
        for (value, mine), (against, theirs) in product(one.items(), other.items())
        if row.is_difference(value, against)
    ]


def _newest_of_each_claim(claims: Sequence[Statement]) -> tuple[Statement, ...]:
    newest: dict[str, Statement] = {}
    for claim in sorted(claims, key=lambda c: (c.stated_at, c.order, c.event)):
        newest[claim.claim or claim.sender] = claim
    return tuple(newest[key] for key in sorted(newest))


def _kinds(one: Statement, other: Statement) -> tuple[AgencyKind, AgencyKind]:
    return (
        (one.sender_kind, other.sender_kind)
        if one.sender_kind.value <= other.sender_kind.value
        else (other.sender_kind, one.sender_kind)
    )


def _side(statement: Statement) -> DisagreementSide:
    return DisagreementSide(
        agency=statement.sender,
        sender_kind=statement.sender_kind,
        claim_id=statement.claim,
        value=statement.value,
        occurred_at=statement.occurred_at,
        recorded_at=statement.recorded_at,
        message_id=statement.event,
    )
