"""Pairs that wait for a person: their names, when they are due, who may decide them, and which a word has settled.

A pair is two claims in either order. `reviews.toml` says how long one may wait; a decided pair leaves the queue, and
with it every other pair of the same two children, because the question was the same. It decides nothing about who is
who: `hub.identity.decide` raises pairs, `hub.identity.decide_again` takes the answer.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from itertools import chain, combinations, islice, product
from typing import Final

from hub.identity.explanation import Explanation
from hub.identity.index import IdentityIndex
from hub.identity.score import Line
from hub.ids import AgencyId, ChildId, ClaimId, derived_id
from hub.rule_bounds import ASKED
from hub.rule_text import BrokenRules, nearest_word, read_tables
from schemas.records import AgencyKind, LinkDecision

REVIEWER: Final = "reviewer"
"""The directory role that may decide about any pair."""
_FILE: Final = "reviews.toml"
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_TIME: Final = re.compile(r"[0-9]{1,4}[mhd]")
_MOST_PAIRS: Final = 2000
"""Pairs taken off the queue by one decision; two children with more claims than that have a fault of their own."""


class Because(StrEnum):
    """Why a pair waits."""

    DOUBT = "doubt"
    """What is known points to one child, and not surely enough."""
    BOTH_IDENTITIES = "both_identities"
    """One message names both identities of an adoption break."""


@dataclass(frozen=True, slots=True)
class ReviewTimes:
    """How long a pair may wait, by why it does."""

    within: dict[Because, timedelta]

    @classmethod
    def from_text(cls, text: str, file: str = _FILE) -> "ReviewTimes":
        """Read the table.

        Raises:
            BrokenRules: it is not TOML of this shape, or a reason has no time.
        """
        within: dict[Because, timedelta] = {}
        top, tables = read_tables(file, text, ["review"])
        top.only_these(())
        for table in tables["review"]:
            table.only(("because", "within", "source"))
            because = Because(table.word("because", [str(each) for each in Because]))
            given = table.text("within")
            if _TIME.fullmatch(given) is None:
                table.refuse("within", f"{given!r} is no time such as 4h or 30m", nearest_word(given[-1:], _UNITS))
            table.text("source")
            within[because] = ASKED.check(table, "within", int(given[:-1]) * _UNITS[given[-1]])
        if missing := [str(each) for each in Because if each not in within]:
            raise BrokenRules(file=file, line=1, reason=f"no time for: {', '.join(missing)}")
        return cls(within)

    def due_at(self, raised_at: datetime, because: Because) -> datetime:
        """When a person should have looked at the pair."""
        return raised_at + self.within[because]


@cache
def review_times() -> ReviewTimes:
    """The table that is part of this package."""
    return ReviewTimes.from_text(resources.files("hub.identity").joinpath(_FILE).read_text("utf-8"))


def pair_id(one: str, other: str) -> str:
    """The name of a pair of claims, the same in either order."""
    return derived_id("/".join(sorted((one, other))), "pair")


def may_decide(sender: AgencyId, roles: Collection[str], decision: LinkDecision, owners: Collection[AgencyId]) -> bool:
    """Whether an agency of these directory roles may say this of records that these agencies gave.

    A reviewer decides about any. Without that role an agency may part its own record from another, and join only
    records that are all its own.
    """
    if REVIEWER in roles:
        return True
    if decision is LinkDecision.SAME:
        return bool(owners) and all(owner == sender for owner in owners)
    return sender in owners


def reserved_for(children: Iterable[ChildId], index: IdentityIndex) -> AgencyId | None:
    """The authority that alone may look at a message withheld from these children: the first that claimed one."""
    claims = [record for child in children for record in index.of_child(child)]
    first = min(
        (record for record in claims if record.facts.agency_kind is AgencyKind.AUTHORITY),
        key=lambda record: (record.order, record.claim),
        default=None,
    )
    return None if first is None else first.facts.agency


def words_of(explanation: Explanation | None, claim: ClaimId) -> tuple[str, ...]:
    """The comparison of a pair line by line, heaviest first, without values; nothing where it was not weighed.

    Then the totals: of a pair that looks like one child against a stranger, that against a brother or sister says why
    it was not linked.
    """
    contender = None if explanation is None else explanation.beside(claim)
    if explanation is None or contender is None:
        return ()
    score = contender.score
    lines = sorted(contender.lines, key=lambda line: -abs(line.bits))
    gate = "personal evidence is there" if score.gate else "personal evidence is missing"
    return (
        *(_in_words(line) for line in lines),
        f"total: {score.bits:+.1f} bits, against {explanation.prior_bits:.1f} for so many children",
        f"total against a brother, sister or twin: {score.kin_bits:+.1f} bits",
        f"total against a relative of the same name: {score.namesake_bits:+.1f} bits",
        f"as likely as that if the child had a brother or sister: {score.cautious_probability:.1%}",
        f"linked without a person from {explanation.link_from:.1%} of that, with personal evidence: {gate}",
    )


def _in_words(line: Line) -> str:
    level = f"{line.level} ({line.note})" if line.level and line.note else line.level or line.note
    return f"{line.comparison}: {level} ({line.bits:+.1f} bits, {line.kin_bits:+.1f} against a sibling)"


def probability_of(explanation: Explanation | None, claim: ClaimId) -> float | None:
    """The calibrated probability that the pair is one child; None where it was not weighed."""
    contender = None if explanation is None else explanation.beside(claim)
    return None if contender is None else contender.probability


def settled_pairs(one: ClaimId, other: ClaimId, index: IdentityIndex) -> tuple[str, ...]:
    """The pairs that wait no more once a reviewer's word about two claims is in the index; whether they ever waited
    is not known here, and a name that nobody waits under is no harm.

    Of two children: every pair of a claim of the one and a claim of the other. Of one child: every pair in it, and
    every pair with a child that it was said not to be: what a reviewer said of one of its claims holds of those that
    came to it since.
    """
    first, second = index.claim(one), index.claim(other)
    found = {pair_id(one, other): None}
    if first is None or second is None:
        return tuple(found)
    mine = [record.claim for record in index.of_child(first.child)]
    if first.child == second.child:
        apart = {child for claim in mine for child in index.barred_children(claim)} - {first.child}
        theirs = [record.claim for child in sorted(apart) for record in index.of_child(child)]
        inside = combinations(mine, 2)
    else:
        theirs, inside = [record.claim for record in index.of_child(second.child)], combinations(mine[:0], 2)
    pairs = chain(inside, product(mine, theirs))
    found |= dict.fromkeys(pair_id(a, b) for a, b in islice(pairs, _MOST_PAIRS))
    return tuple(found)
