"""Compares what a stream of decisions put together with the truth beside it: every figure of the report.

Three readings of the same run: links alone, made without any human; links and the pairs put to a person, counted as
if both were claimed; and links with every such pair decided rightly. The unit is a source (`metrics`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from deploy.linkage import metrics
from deploy.linkage.groups import Groups, by_group
from deploy.linkage.stream import LINK, NEW, REVIEW, Assignment
from hub.identity import IdentityIndex, compared, personal_evidence
from hub.ids import ChildId, ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Whose report each is, and its groups by column; made from the rows of a truth file."""

    child: Mapping[str, str]
    groups: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, Mapping[str, str]]]) -> "Truth":
        """Gather rows of (record id, child id, further columns); equal texts are kept once."""
        child: dict[str, str] = {}
        groups: defaultdict[str, dict[str, str]] = defaultdict(dict)
        kept: dict[str, str] = {}
        for record, whose, further in rows:
            child[record] = kept.setdefault(whose, whose)
            for column, value in further.items():
                groups[column][record] = kept.setdefault(value, value)
        return cls(child=child, groups=dict(groups))


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDecision:
    """The first decision about a source: how sure it was of its best candidate, whether that was right, what it did.

    `could_be_right` says whether the child was in the index at all by then.
    """

    probability: float
    outcome: str
    has_candidate: bool
    is_right: bool
    could_be_right: bool


@dataclass(slots=True, kw_only=True)
class Judge:
    """Takes assignments as they are made; says what they are worth. Without a truth it counts outcomes only."""

    truth: Truth | None = None
    outcomes: Counter[str] = field(default_factory=Counter)
    records: int = 0
    first: list[FirstDecision] = field(default_factory=list)
    _place: dict[tuple[str, str], int] = field(default_factory=dict)
    _records: list[str] = field(default_factory=list)
    _claims: list[ClaimId] = field(default_factory=list)
    _clusters: list[ChildId] = field(default_factory=list)
    _whose: list[str] = field(default_factory=list)
    _of_child: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _reviews: list[tuple[str, str]] = field(default_factory=list)
    _pairs_compared: int = 0
    _pairs_met: int = 0
    _unknown: int = 0

    def take(self, made: Assignment) -> None:
        """Note one assignment."""
        self.records += 1
        self.outcomes[made.outcome] += 1
        if self.truth is None:
            return
        whose = self.truth.child.get(made.record_id)
        if whose is None:
            self._unknown += 1
            return
        if made.outcome == REVIEW:
            self._reviews.append((made.record_id, made.matched_record_id))
        key = (made.claim_began, whose)
        if key in self._place:
            return
        self._note_first(made, whose)
        place = self._place[key] = len(self._clusters)
        self._records.append(made.record_id)
        self._claims.append(made.claim)
        self._clusters.append(made.child_id)
        self._whose.append(whose)
        self._of_child[whose].append(place)

    def _note_first(self, made: Assignment, whose: str) -> None:
        earlier = self._of_child.get(whose, [])
        if made.claim_began == made.record_id:
            self._pairs_met += len(earlier)
            reached = made.candidates | {made.child_id}
            self._pairs_compared += sum(self._clusters[place] in reached for place in earlier)
        best = self.truth.child.get(made.best_record_id) if self.truth is not None else None
        self.first.append(
            FirstDecision(
                probability=made.probability,
                outcome=made.outcome,
                has_candidate=bool(made.best_record_id),
                is_right=best == whose,
                could_be_right=bool(earlier),
            )
        )

    @property
    def review_rate(self) -> float:
        """Share of all reports that a person was asked about."""
        return self.outcomes[REVIEW] / self.records if self.records else 0.0

    def links(self) -> metrics.PairCounts:
        """Links alone."""
        return metrics.pairs(self._clusters, self._whose)

    def links_and_reviews(self) -> metrics.PairCounts:
        """Links, and the pairs put to a person counted as found."""
        return metrics.pairs(self._clusters, self._whose, self._review_pairs())

    def reviewed(self) -> metrics.PairCounts:
        """Links, and every pair put to a person decided rightly."""
        return metrics.pairs(self._reviewed_clusters(), self._whose)

    def _reviewed_clusters(self) -> list[object]:
        same = [(one, other) for one, other in self._review_pairs() if self._whose[one] == self._whose[other]]
        return list(metrics.joined(self._clusters, same))

    def _review_pairs(self) -> list[tuple[int, int]]:
        places = {record: place for place, record in enumerate(self._records)}
        return [(places[one], places[other]) for one, other in self._reviews if one in places and other in places]

    def allowed_by_gate(self, index: IdentityIndex) -> metrics.PairCounts:
        """The most that links alone could find: every two sources of a child with personal evidence, and what follows.

        What is missing up to one is lost to the gate, whatever the weights.
        """
        facts = [known.facts if (known := index.claim(claim)) is not None else None for claim in self._claims]
        same = [
            (one, other)
            for places in self._of_child.values()
            for one, other in combinations(places, 2)
            if (first := facts[one]) is not None
            and (second := facts[other]) is not None
            and personal_evidence(compared(first, second).levels)
        ]
        return metrics.pairs(metrics.joined(range(len(self._whose)), same), self._whose)

    def groups(self) -> tuple[Groups, ...]:
        """Recall of links alone by every group of the truth."""
        return by_group(self._clusters, self._whose, self._columns())

    def reviewed_groups(self) -> tuple[Groups, ...]:
        """Recall by group with every review decided rightly."""
        return by_group(self._reviewed_clusters(), self._whose, self._columns())

    def _columns(self) -> dict[str, list[str]]:
        truth = self.truth
        assert truth is not None  # noqa: S101 - units exist only with a truth
        return {column: [values.get(record, "") for record in self._records] for column, values in truth.groups.items()}

    def false_links(self) -> Iterator[tuple[str, str]]:
        """For each child wrongly put with others: the two records, the later one last."""
        first: dict[tuple[ChildId, str], str] = {}
        by_cluster: defaultdict[ChildId, list[str]] = defaultdict(list)
        for record, cluster, whose in zip(self._records, self._clusters, self._whose, strict=True):
            if (cluster, whose) not in first:
                first[cluster, whose] = record
                by_cluster[cluster].append(record)
        for records in by_cluster.values():
            for other in records[1:]:
                yield records[0], other

    def figures(self) -> dict[str, Any]:
        """Every figure, as plain data."""
        found: dict[str, Any] = {
            "records": self.records,
            "outcomes": {name: self.outcomes[name] for name in (LINK, REVIEW, NEW)},
            "review_rate": round(self.review_rate, 5),
        }
        if self.truth is None:
            return found
        lost = 1 - self._pairs_compared / self._pairs_met if self._pairs_met else 0.0
        return found | {
            "sources": len(self._whose),
            "children": len(self._of_child),
            "records_without_truth": self._unknown,
            "links": self.links().as_dict(),
            "links_and_reviews": self.links_and_reviews().as_dict(),
            "reviews_decided_rightly": self.reviewed().as_dict(),
            "b_cubed": metrics.b_cubed(self._clusters, self._whose).as_dict(),
            "recall_lost_to_blocking": round(lost, 5),
            "groups": {each.column: each.as_dict() for each in self.groups()},
            "groups_reviews_decided_rightly": {each.column: each.as_dict() for each in self.reviewed_groups()},
        }
