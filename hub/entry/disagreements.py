"""Finds the fields of which agencies say different things, and says who says what since when.

Two claims disagree where both know a value and the values differ as the field's row in `golden.toml` compares them.
Not known is no side. A disagreement is found anew for every class of confidentiality, among what a reader of that
class may know: so a narrower class never shows, by a disagreement or by its absence, in what the wider ones read.
It says nothing of who is right; a correction by either side settles it, and it is gone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.entry.golden import GoldenRow, GoldenRules
from hub.entry.protection import CONFIDENTIALITY
from hub.entry.statements import Statement
from schemas.records import Disagreement, DisagreementSide, Disclosure

NO_SIDE: Final = "not_known"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDisagreement:
    """One field that at least two claims differ on, as readers of `disclosure` may know it.

    `since` is the accepted time of the statement that made the difference: of those standing, the first that
    differs from one before it. Sides are in the order of their claims.
    """

    field: str
    disclosure: Disclosure
    since: datetime
    sides: tuple[Statement, ...]

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
    return tuple(
        found for field in sorted(by_field) for found in _of_field(by_field[field], rules.row(field), precision)
    )


def _of_field(claims: Sequence[Statement], row: GoldenRow, precision: Mapping[str, str]) -> Iterator[FieldDisagreement]:
    def of(side: Statement) -> tuple[str, str]:
        return side.value, precision.get(side.event, "")

    wider: tuple[Statement, ...] = ()
    for disclosure in sorted({claim.disclosure for claim in claims}, key=CONFIDENTIALITY.__getitem__):
        rank = CONFIDENTIALITY[disclosure]
        sides = _newest_of_each_claim([claim for claim in claims if CONFIDENTIALITY[claim.disclosure] <= rank])
        since = _since(sides, lambda one, other: row.is_difference(of(one), of(other)))
        if since is not None and sides != wider:
            yield FieldDisagreement(field=sides[0].field, disclosure=disclosure, since=since, sides=sides)
        wider = sides


def _newest_of_each_claim(claims: Sequence[Statement]) -> tuple[Statement, ...]:
    newest: dict[str, Statement] = {}
    for claim in sorted(claims, key=lambda c: (c.stated_at, c.order, c.event)):
        newest[claim.claim or claim.sender] = claim
    return tuple(newest[key] for key in sorted(newest))


def _since(sides: Sequence[Statement], differ: Callable[[Statement, Statement], bool]) -> datetime | None:
    """When the first difference among standing statements was accepted; None where there is none."""
    in_time = sorted(sides, key=lambda side: (side.accepted_at, side.order, side.event))
    return next(
        (
            side.accepted_at
            for place, side in enumerate(in_time)
            if any(differ(side, earlier) for earlier in in_time[:place])
        ),
        None,
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
