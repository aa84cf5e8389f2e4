"""How good a clustering is: pairs between sources, B-cubed. Pure arithmetic over units.

A unit is one source: an agency's own record of a child. Repeats under an agency's own reference are free and are not
counted. A pair is two units; it is true if they are of one child, found if they were put together. Only units whose
child is known count. Clusters are given as a label a unit, so that the same arithmetic judges any method.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts:
    """Pairs found that are true, pairs found, pairs that are true."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are true; 1 if none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that were found; 1 if there are none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0

    def as_dict(self) -> dict[str, float | int]:
        """The figures and what they are made of."""
        return {
            "precision": round(self.precision, 6), "recall": round(self.recall, 6), "f1": round(self.f1, 6),
            "false_pairs": self.found - self.right, "missed_pairs": self.true - self.right, "true_pairs": self.true,
        }  # fmt: skip


def pairs(clusters: Sequence[Hashable], truth: Sequence[Hashable], extra: Iterable[tuple[int, int]] = ()) -> PairCounts:
    """Count pairs of units; `extra` are further pairs (by place) to be counted as found."""
    together = Counter(zip(clusters, truth, strict=True))
    right, found, true = (
        sum(_pairs_of(size) for size in sizes.values())
        for sizes in (together, Counter(clusters), Counter(truth))
    )  # fmt: skip
    for one, other in {(min(pair), max(pair)) for pair in extra}:
        if clusters[one] != clusters[other]:
            found += 1
            right += truth[one] == truth[other]
    return PairCounts(right=right, found=found, true=true)


def _pairs_of(size: int) -> int:
    return size * (size - 1) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BCubed:
    """Averaged over units: of those put with a unit, how many are its child's; of its child's, how many are with it."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def as_dict(self) -> dict[str, float]:
        """The figures."""
        return {name: round(getattr(self, name), 6) for name in ("precision", "recall", "f1")}


def b_cubed(clusters: Sequence[Hashable], truth: Sequence[Hashable]) -> BCubed:
    """B-cubed precision and recall (Bagga and Baldwin 1998)."""
    units = len(truth)
    if not units:
        return BCubed(precision=1.0, recall=1.0)
    together = Counter(zip(clusters, truth, strict=True))
    in_cluster, of_child = Counter(clusters), Counter(truth)
    precision = sum(size * size / in_cluster[cluster] for (cluster, _), size in together.items())
    recall = sum(size * size / of_child[child] for (_, child), size in together.items())
    return BCubed(precision=precision / units, recall=recall / units)


def joined(clusters: Sequence[Hashable], same: Iterable[tuple[int, int]]) -> list[Hashable]:
    """The clusters after these pairs of units (by place) were said to be of one child."""
    leader: dict[Hashable, Hashable] = {}

    def root(label: Hashable) -> Hashable:
        while (above := leader.get(label, label)) != label:
            leader[label] = leader.get(above, above)
            label = above
        return label

    for one, other in same:
        first, second = root(clusters[one]), root(clusters[other])
        if first != second:
            leader[second] = first
    return [root(label) for label in clusters]


def share_above(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank); 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
