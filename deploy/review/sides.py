"""Two claims side by side, field by field, out of what a subscriber's grant opens of the register.

Pure: from register lines to rows. What the grant does not open is not here, and the row says so by being absent; a
side of which nothing is open has no values at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from consumers import RegisterLine
from schemas.records import ReviewItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field as each of the two claims says it last; None where it does not say, or the grant does not open it."""

    field: str
    a: str | None
    b: str | None

    @property
    def differs(self) -> bool:
        """Whether both say something, and not the same."""
        return self.a is not None and self.b is not None and self.a != self.b


def side_by_side(item: ReviewItem, lines: Iterable[RegisterLine]) -> tuple[Row, ...]:
    """What each of the two claims says, by field, the fields that both know first."""
    said: dict[str, dict[str, tuple[str, str]]] = {item.claim_a: {}, item.claim_b: {}}
    for line in lines:
        known = line.claims_by_message
        for claim in line.claims:
            fields = said.get(claim.claim_id or known.get(claim.message_id or "", ""))
            if fields is None:
                continue
            when = claim.accepted_at.isoformat()
            if claim.field not in fields or fields[claim.field][0] <= when:
                fields[claim.field] = when, claim.value
    one, other = said[item.claim_a], said[item.claim_b]
    rows = (
        Row(field=field, a=one.get(field, (None, None))[1], b=other.get(field, (None, None))[1])
        for field in {*one, *other}
    )
    return tuple(sorted(rows, key=lambda row: (row.a is None or row.b is None, row.field)))
