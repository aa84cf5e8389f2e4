"""Streams reports, in their order, through the very decision code of the hub, and keeps what a judge needs to know.

Claims are keyed as the hub keys them: by sender and child_ref, else episode_ref, else the message. Nothing of a report
is kept here but a few numbers a record; what was said is kept by the index alone, as in the hub.
"""

import time
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from deploy.linkage.columns import Row
from hub.identity import Decision, IdentityIndex, Weights, blocking_keys, column_reference, decide, facts_from_columns
from hub.ids import AgencyId, ChildId, ClaimId, EventId, claim_id
from schemas.records import ClaimOutcome

_SECRET: Final = b"evaluation: nothing here is secret"
LINK: Final = "link"
REVIEW: Final = "review"
NEW: Final = "new"
_OUTCOMES: Final = {ClaimOutcome.LINK: LINK, ClaimOutcome.REVIEW: REVIEW, ClaimOutcome.FIRST: NEW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What was decided about one report. `matched_record_id` is empty for a new child, and for a link it is a record of
    the child linked to, though an identifier may have put another pair before a person as well.

    `best_record_id` is the candidate that agreed best, whatever came of it, and `probability` is its.
    `claim_began` is the record with which this claim began: the report's own id, if it began one. `candidates` are
    the children it was compared with (empty unless asked for, or if the claim was known).
    """

    record_id: str
    child_id: ChildId
    outcome: str
    matched_record_id: str
    probability: float
    claim: ClaimId
    claim_began: str
    best_record_id: str = ""
    candidates: frozenset[ChildId] = frozenset()


@dataclass(slots=True, kw_only=True)
class Stream:
    """One run over a file of reports. Give it rows; what it counted stands in its fields afterwards."""

    weights: Weights | None = None
    keeps_candidates: bool = False
    index: IdentityIndex = field(init=False)
    seconds: "array[float]" = field(default_factory=lambda: array("f"))
    """How long each decision took: facts, decision, and keeping it."""
    crowded: int = 0
    _began: dict[ClaimId, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with an empty index."""
        self.index = IdentityIndex((), self.weights)

    def run(self, rows: Iterable[Row]) -> Iterator[Assignment]:
        """Decide about each report in turn."""
        for order, row in enumerate(rows):
            yield self._decided(row, order)

    def _decided(self, row: Row, order: int) -> Assignment:
        columns = row.columns()
        began = time.perf_counter()
        claim = claim_id(_SECRET, AgencyId(row.sender), column_reference(columns))
        facts = facts_from_columns(claim, columns)
        spent = time.perf_counter() - began
        candidates = frozenset[ChildId]()
        is_known = self.index.claim(claim) is not None
        if self.keeps_candidates and not is_known:
            found, _ = self.index.candidates(blocking_keys(facts), claim)
            candidates = frozenset(each.child for each in found)
        began = time.perf_counter()
        decision = decide(facts, EventId(row.record_id), order, self.index)
        self.index.put(decision.record)
        self.seconds.append(spent + time.perf_counter() - began)
        return self._assignment(row, decision, candidates)

    def _assignment(self, row: Row, decision: Decision, candidates: frozenset[ChildId]) -> Assignment:
        record = decision.record
        first = self._began.setdefault(record.claim, row.record_id)
        if not decision.is_taken_now:
            return Assignment(
                record_id=row.record_id,
                child_id=record.child,
                outcome=LINK,
                matched_record_id=first,
                probability=1.0,
                claim=record.claim,
                claim_began=first,
            )
        is_review = record.outcome is ClaimOutcome.REVIEW
        matched = decision.reviews[0].claim_b if is_review and decision.reviews else record.matched
        weighed = decision.explanation
        return Assignment(
            record_id=row.record_id,
            child_id=record.child,
            outcome=_OUTCOMES.get(record.outcome, NEW),
            matched_record_id=self._of(matched, record.claim),
            probability=weighed.probability if weighed is not None else 0.0,
            claim=record.claim,
            claim_began=first,
            best_record_id=self._of(weighed.best.matched if weighed and weighed.best else None, record.claim),
            candidates=candidates,
        )

    def _of(self, claim: ClaimId | None, own: ClaimId) -> str:
        return "" if claim is None or claim == own else self._began.get(claim, "")
