"""Recall by group, the gap between the best and the worst, and the gap that chance alone makes of groups like these.

Groups are small and their pairs are not independent: a child with five sources has ten pairs, found or missed together.
So a gap by itself means little. Chance is found by dealing the groups out anew among the children (among the sources,
where a column is of the report and not of the child), many times, with a fixed seed: what then lies between the best
and the worst has nothing to do with the groups.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from typing import Final

FEWEST_PAIRS: Final = 100
"""A group with fewer true pairs says nothing, and is left out of the gap."""
_MANY_GROUPS: Final = 100
"""A column with more values than this is no grouping (an id of a family, say)."""
_SEED: Final = 1
_MOST_TIMES: Final = 50
_FEWEST_TIMES: Final = 5
_STEPS: Final = 1_000_000
"""About how many pairs are looked at for one column's chance."""

Pair = tuple[int, int, bool]
"""Two units of one child, by place, and whether they were put together."""


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
    """Recall by the values of one column of the truth; `by_chance` is the gap where groups mean nothing."""

    column: str
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    by_chance: float | None = None

    @property
    def counted(self) -> dict[str, Tally]:
        """The groups that are large enough to say something, the worst first."""
        kept = {name: tally for name, tally in self.tallies.items() if tally.true >= FEWEST_PAIRS}
        return dict(sorted(kept.items(), key=lambda item: item[1].recall))

    @property
    def left_out(self) -> dict[str, Tally]:
        """The groups that are too small."""
        return {name: tally for name, tally in self.tallies.items() if tally.true < FEWEST_PAIRS}

    @property
    def gap(self) -> float | None:
        """Recall of the best group less that of the worst; None with fewer than two."""
        return _gap(self.tallies.values())

    def as_dict(self) -> dict[str, object]:
        """The gap and what chance makes of it, recall and true pairs by group, the worst first, what is left out."""
        rows = {
            name: {"recall": round(tally.recall, 4), "true_pairs": tally.true} for name, tally in self.counted.items()
        }
        left = {"groups": len(self.left_out), "true_pairs": sum(tally.true for tally in self.left_out.values())}
        return {
            "gap": _rounded(self.gap),
            "gap_by_chance": _rounded(self.by_chance),
            "fewest_pairs": FEWEST_PAIRS,
            "left_out": left,
            "recall": rows,
        }


def by_group(
    clusters: Sequence[Hashable], truth: Sequence[Hashable], groups: Mapping[str, Sequence[str]]
) -> tuple[Groups, ...]:
    """Recall by group, for every column with few enough values.

    A value may name several groups with `;` between them. A pair counts in every group that either unit is of.
    """
    of_child: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, child in enumerate(truth):
        of_child[child].append(place)
    pairs = [
        (one, other, clusters[one] == clusters[other])
        for places in of_child.values()
        for one, other in combinations(places, 2)
    ]
    several = [places for places in of_child.values() if len(places) > 1]
    found = []
    for column, values in groups.items():
        named = [frozenset(part.strip() for part in value.split(";")) for value in values]
        if len(frozenset().union(*named)) <= _MANY_GROUPS:
            chance = _by_chance(pairs, named, several)
            found.append(Groups(column=column, tallies=_tallies(pairs, named), by_chance=chance))
    return tuple(found)


def _tallies(pairs: Iterable[Pair], named: Sequence[frozenset[str]]) -> dict[str, Tally]:
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for one, other, is_found in pairs:
        for name in named[one] | named[other]:
            tallies[name].true += 1
            tallies[name].found += is_found
    return dict(tallies)


def _by_chance(pairs: Sequence[Pair], named: Sequence[frozenset[str]], several: Sequence[list[int]]) -> float | None:
    """The mean gap over many dealings of the groups; None where a dealing leaves no two groups to compare."""
    draw, dealt = Random(_SEED), list(named)  # noqa: S311 - nothing secret
    is_of_child = all(named[place] == named[places[0]] for places in several for place in places)
    units = [place for places in several for place in places]
    hands = [named[places[0]] for places in several] if is_of_child else [named[place] for place in units]
    gaps = []
    for _ in range(max(_FEWEST_TIMES, min(_MOST_TIMES, _STEPS // max(1, len(pairs))))):
        draw.shuffle(hands)
        if is_of_child:
            for hand, places in zip(hands, several, strict=True):
                for place in places:
                    dealt[place] = hand
        else:
            for hand, place in zip(hands, units, strict=True):
                dealt[place] = hand
        gap = _gap(_tallies(pairs, dealt).values())
        if gap is None:
            return None
        gaps.append(gap)
    return sum(gaps) / len(gaps)


def _gap(tallies: Iterable[Tally]) -> float | None:
    shares = [tally.recall for tally in tallies if tally.true >= FEWEST_PAIRS]
    return max(shares) - min(shares) if len(shares) > 1 else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
