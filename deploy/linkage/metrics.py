"""How good a clustering is: pairs between sources, B-cubed, by group. Pure arithmetic over units.

A unit is one source: an agency's own record of a child. Repeats under an agency's own reference are free and are not
counted. A pair is two units; it is true if they are of one child, found if they were put together. Only units whose
child is known count. Clusters are given as a label a unit, so that the same arithmetic judges any method.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

FEWEST_PAIRS: Final = 100
"""A group with fewer true pairs says nothing, and is left out of the gap."""
_MANY_GROUPS: Final = 100
"""A column with more values than this is no grouping (an id of a family, say)."""


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


@dataclass(slots=True, kw_only=True)
class Tally:
    """True pairs of one group, and how many of them were found."""

    true: int = 0
    found: int = 0

    @property
    def recall(self) -> float:
        """Share found."""
        return self.found / self.true if self.true else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Recall by the values of one column of the truth."""

    column: str
    tallies: Mapping[str, Tally] = field(default_factory=dict)

    @property
    def counted(self) -> dict[str, Tally]:
        """The groups that are large enough to say something, the worst first."""
        kept = {name: tally for name, tally in self.tallies.items() if tally.true >= FEWEST_PAIRS}
        return dict(sorted(kept.items(), key=lambda item: item[1].recall))

    @property
    def gap(self) -> float:
        """Recall of the best group less that of the worst; 0 with fewer than two."""
        shares = [tally.recall for tally in self.counted.values()]
        return max(shares) - min(shares) if shares else 0.0

    def as_dict(self) -> dict[str, object]:
        """The gap, and recall and true pairs by group, the worst first."""
        rows = {
            name: {"recall": round(tally.recall, 4), "true_pairs": tally.true} for name, tally in self.counted.items()
        }
        return {"gap": round(self.gap, 4), "fewest_pairs": FEWEST_PAIRS, "recall": rows}


def by_group(
    clusters: Sequence[Hashable], truth: Sequence[Hashable], groups: Mapping[str, Sequence[str]]
) -> tuple[Groups, ...]:
    """Recall by group, for every column with few enough values.

    A value may name several groups with `;` between them. A pair counts in every group that either unit is of.
    """
    of_child: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, child in enumerate(truth):
        of_child[child].append(place)
    found = []
    for column, values in groups.items():
        named = [frozenset(part.strip() for part in value.split(";")) for value in values]
        if len(frozenset().union(*named)) > _MANY_GROUPS:
            continue
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        for places in of_child.values():
            for one, other in combinations(places, 2):
                for name in named[one] | named[other]:
                    tallies[name].true += 1
                    tallies[name].found += clusters[one] == clusters[other]
        found.append(Groups(column=column, tallies=dict(tallies)))
    return tuple(found)


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
