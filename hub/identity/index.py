"""Every claim there is, whose child it is now, and what was ever said under it: found by reference or identifier.

Kept in memory and rebuilt from its rows. A row (`ClaimRecord.to_bytes`) is what `streams.identity` seals and stores,
one a claim.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from hub.identity.facts import ClaimFacts, Reference
from hub.ids import AgencyId, ChildId, ClaimId, EventId
from schemas.records import AgencyKind, ClaimOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """One claim: its facts, the child it belongs to, and the decision that says so.

    `order` is the place of the first event in the total order, `origin` the child it began with. `number` is the
    running number of the newest decision, taken because of the event `decided_by`, away from the child `came_from`
    (None for a first decision): enough to write the same decision again after a crash. `barred` are claims that a
    reviewer said are of another child, which no score may ever join with this one.
    """

    facts: ClaimFacts
    child: ChildId
    origin: ChildId
    order: int
    number: int
    decided_by: EventId
    came_from: ChildId | None
    outcome: ClaimOutcome
    why: str
    matched: ClaimId | None = None
    barred: frozenset[ClaimId] = frozenset()

    @property
    def claim(self) -> ClaimId:
        """The claim's id."""
        return self.facts.claim

    def with_facts(self, facts: ClaimFacts) -> Self:
        """The claim with what a further report said added: all that was ever said stays."""
        old = self.facts
        return replace(
            self,
            facts=replace(
                old,
                own_references=old.own_references | facts.own_references,
                quoted_references=old.quoted_references | facts.quoted_references,
                identifiers=old.identifiers | facts.identifiers,
                given_names=old.given_names | facts.given_names,
                family_names=old.family_names | facts.family_names,
                births=old.births | facts.births,
            ),
        )

    def to_bytes(self) -> bytes:
        """The row of this claim."""
        facts = self.facts
        row = {
            "claim": facts.claim, "agency": facts.agency, "kind": facts.agency_kind.value,
            "own": sorted(facts.own_references), "quoted": sorted(facts.quoted_references),
            "identifiers": sorted(facts.identifiers), "given": sorted(facts.given_names),
            "family": sorted(facts.family_names), "births": sorted(day.isoformat() for day in facts.births),
            "child": self.child, "origin": self.origin, "order": self.order, "number": self.number,
            "decided_by": self.decided_by, "came_from": self.came_from, "outcome": self.outcome.value,
            "why": self.why, "matched": self.matched, "barred": sorted(self.barred),
        }  # fmt: skip
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, row: bytes) -> Self:
        """The claim of a row."""
        fields = json.loads(row)
        return cls(
            facts=ClaimFacts(
                claim=ClaimId(fields["claim"]),
                agency=AgencyId(fields["agency"]),
                agency_kind=AgencyKind(fields["kind"]),
                own_references=_references(fields["own"]),
                quoted_references=_references(fields["quoted"]),
                identifiers=frozenset(fields["identifiers"]),
                given_names=frozenset(fields["given"]),
                family_names=frozenset(fields["family"]),
                births=frozenset(date.fromisoformat(day) for day in fields["births"]),
            ),
            child=ChildId(fields["child"]),
            origin=ChildId(fields["origin"]),
            order=fields["order"],
            number=fields["number"],
            decided_by=EventId(fields["decided_by"]),
            came_from=ChildId(fields["came_from"]) if fields["came_from"] else None,
            outcome=ClaimOutcome(fields["outcome"]),
            why=fields["why"],
            matched=ClaimId(fields["matched"]) if fields["matched"] else None,
            barred=frozenset(ClaimId(claim) for claim in fields["barred"]),
        )


def _references(pairs: Iterable[Iterable[str]]) -> frozenset[Reference]:
    return frozenset((agency, value) for agency, value in pairs)


class IdentityIndex:
    """Claims by id, by child, by identifier and by reference. The one mutable value of identity."""

    def __init__(self, claims: Iterable[ClaimRecord] = ()) -> None:
        self._claims: dict[ClaimId, ClaimRecord] = {}
        self._by_child: dict[ChildId, set[ClaimId]] = defaultdict(set)
        self._by_identifier: dict[str, set[ClaimId]] = defaultdict(set)
        self._by_own: dict[Reference, set[ClaimId]] = defaultdict(set)
        self._by_own_value: dict[str, set[ClaimId]] = defaultdict(set)
        self._by_quoted: dict[Reference, set[ClaimId]] = defaultdict(set)
        for claim in claims:
            self.put(claim)

    def __len__(self) -> int:
        """How many claims there are."""
        return len(self._claims)

    def __iter__(self) -> Iterator[ClaimRecord]:
        """Every claim, in no order."""
        return iter(self._claims.values())

    def claim(self, claim: ClaimId) -> ClaimRecord | None:
        """The claim of this id, or None."""
        return self._claims.get(claim)

    def of_child(self, child: ChildId) -> list[ClaimRecord]:
        """The claims that belong to a child now, the earliest first."""
        return _earliest_first(self._claims[claim] for claim in self._by_child.get(child, ()))

    def put(self, record: ClaimRecord) -> None:
        """Add a claim, or replace it by a newer state of itself."""
        if (old := self._claims.get(record.claim)) is not None:
            self._by_child[old.child].discard(old.claim)
        self._claims[record.claim] = record
        self._by_child[record.child].add(record.claim)
        for identifier in record.facts.identifiers:
            self._by_identifier[identifier].add(record.claim)
        for reference in record.facts.own_references:
            self._by_own[reference].add(record.claim)
            self._by_own_value[reference[1]].add(record.claim)
        for reference in record.facts.quoted_references:
            self._by_quoted[reference].add(record.claim)

    def candidates(self, facts: ClaimFacts) -> list[ClaimRecord]:
        """Other claims that share an identifier or a quoted reference with these facts, the earliest first."""
        found: set[ClaimId] = set()
        for identifier in facts.identifiers:
            found |= self._by_identifier.get(identifier, set())
        for agency, value in facts.quoted_references:
            found |= self._by_own.get((agency, value), set()) if agency else self._by_own_value.get(value, set())
        for agency, value in facts.own_references:
            found |= self._by_quoted.get((agency, value), set()) | self._by_quoted.get(("", value), set())
        found.discard(facts.claim)
        return _earliest_first(self._claims[claim] for claim in found)


def _earliest_first(records: Iterable[ClaimRecord]) -> list[ClaimRecord]:
    return sorted(records, key=lambda record: (record.order, record.claim))
