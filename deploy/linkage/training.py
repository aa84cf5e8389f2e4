"""Fits the weights: counts, on labelled invented pairs, how often each level of each comparison is seen.

A weight is log2 of how often a level is seen between two records of one child over how often between two children:
strangers, brothers and sisters, namesakes, each counted apart, because one class of relatives multiplies into nonsense
(siblings differ in the given name, namesakes in the birth). The model is additive over levels: every weight can be
read and argued with. Rare levels are held by the least frequencies that `assumed.toml` states. Only the tuned error
kinds and seeds below 1,000 are ever used here; no held-out kind is imported.
"""

import hashlib
import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import combinations
from random import Random
from typing import Any, Final

from deploy.linkage.columns import Row
from deploy.linkage.generator.tuned_errors import TUNED_ERRORS
from deploy.linkage.generator.world import GENERATOR_VERSION, TruthRow, reports
from hub.identity import COMPARISONS, LEVELS, ClaimFacts, Costs, Weights, column_reference, compared, facts_from_columns
from hub.ids import AgencyId, claim_id
from schemas.errors import HomewardError

HIGHEST_SEED: Final = 999
_SECRET: Final = b"training: nothing here is secret"
_STRANGERS: Final = 150_000
_KINDS: Final = ("child", "stranger", "sibling", "namesake")
_TUNED: Final = [(kind, 1.0) for kind in TUNED_ERRORS]

Report = Callable[[str, int, int], None]
"""Is told a step, how much of it is done, and of how much."""


class UnfitForTraining(HomewardError):
    """A seed is kept for judging, or the assumptions name a level that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What is not counted: costs, limits, least frequencies by (comparison, level), and bits stated outright."""

    costs: Mapping[str, float]
    limits: Mapping[str, float]
    least: Mapping[tuple[str, str], Sequence[float]]
    stated: Mapping[tuple[str, str], Sequence[float]]
    digest: str

    @classmethod
    def packaged(cls) -> "Assumed":
        """The assumptions that stand beside this module.

        Raises:
            UnfitForTraining: a comparison or level is named that does not exist.
        """
        text = files("deploy.linkage").joinpath("assumed.toml").read_text("utf-8")
        tables = tomllib.loads(text)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        rows = {key: _levels(tables.get(key, {}), key) for key in ("least", "stated")}
        return cls(costs=tables["costs"], limits=tables["limits"], digest=digest, **rows)


def _levels(table: Mapping[str, Mapping[str, Any]], key: str) -> dict[tuple[str, str], Sequence[float]]:
    for comparison, levels in table.items():
        for level in levels:
            if level not in LEVELS.get(comparison, ()):
                message = f"assumed.toml: [{key}.{comparison}] {level} is no level; there are {LEVELS.get(comparison)}"
                raise UnfitForTraining(message)
    return {(comparison, level): row for comparison, levels in table.items() for level, row in levels.items()}


@dataclass(slots=True, kw_only=True)
class Counts:
    """How often each level was seen, by kind of pair and comparison."""

    seen: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {kind: {name: Counter() for name in COMPARISONS} for kind in _KINDS}
    )

    def add(self, kind: str, one: ClaimFacts, other: ClaimFacts) -> None:
        """Compare a pair and note its levels."""
        for comparison, level in zip(COMPARISONS, compared(one, other).levels, strict=True):
            self.seen[kind][comparison][str(level)] += 1

    def pairs(self, kind: str) -> int:
        """How many pairs of this kind were compared."""
        return self.seen[kind][COMPARISONS[0]].total()

    def frequency(self, kind: str, comparison: str, level: str) -> float:
        """How often the level is seen; half a pair is added, so that nothing is impossible."""
        counted = self.seen[kind][comparison]
        return (counted[level] + 0.5) / (counted.total() + 1)


def counted(seeds: Iterable[int], children: int, report: Report = lambda _step, _done, _of: None) -> Counts:
    """Counts over the pairs of several invented worlds.

    Raises:
        UnfitForTraining: a seed is one of those kept for judging.
    """
    wanted = tuple(seeds)
    if kept := [seed for seed in wanted if not 0 <= seed <= HIGHEST_SEED]:
        message = f"seed {kept[0]} is kept for judging; training uses seeds from 0 to {HIGHEST_SEED}"
        raise UnfitForTraining(message)
    found = Counts()
    for done, seed in enumerate(wanted):
        report("counting pairs", done, len(wanted))
        _count(found, _sources(reports(children=children, seed=seed, kinds=_TUNED)), Random(seed))  # noqa: S311
    report("counting pairs", len(wanted), len(wanted))
    return found


def _sources(made: Iterable[tuple[Row, TruthRow]]) -> list[tuple[ClaimFacts, TruthRow]]:
    first: dict[str, tuple[ClaimFacts, TruthRow]] = {}
    for row, known in made:
        columns = row.columns()
        claim = claim_id(_SECRET, AgencyId(row.sender), column_reference(columns))
        if claim not in first:
            first[claim] = (facts_from_columns(claim, columns), known)
    return list(first.values())


def _count(found: Counts, sources: Sequence[tuple[ClaimFacts, TruthRow]], draw: Random) -> None:
    families: defaultdict[str, list[tuple[ClaimFacts, TruthRow]]] = defaultdict(list)
    for source in sources:
        families[source[1].family_id].append(source)
    for family in families.values():
        for (one, first), (other, second) in combinations(family, 2):
            if first.child_id == second.child_id:
                kind = "child"
            else:
                kind = "namesake" if first.relation == second.relation == "namesake" else "sibling"
            found.add(kind, one, other)
    for _ in range(_STRANGERS):
        (one, first), (other, second) = draw.choice(sources), draw.choice(sources)
        if first.family_id != second.family_id:
            found.add("stranger", one, other)


def fitted(counts: Counts, assumed: Assumed, provenance: str, version: str) -> Weights:
    """The weights that follow from counts and assumptions."""
    bits = {
        comparison: {level: _bits(counts, assumed, comparison, level) for level in LEVELS[comparison]}
        for comparison in COMPARISONS
    }
    made = Weights(
        version=version, provenance=provenance, digest="", costs=Costs(**assumed.costs), bits=bits, **assumed.limits
    )  # fmt: skip
    return Weights.from_text(made.to_text(), "the weights just fitted")


def _bits(counts: Counts, assumed: Assumed, comparison: str, level: str) -> tuple[float, float, float]:
    if (stated := assumed.stated.get((comparison, level))) is not None:
        stranger, sibling, namesake = stated
        return float(stranger), float(sibling), float(namesake)
    least = assumed.least.get((comparison, level), (0.0,) * len(_KINDS))
    same, *others = (
        max(counts.frequency(kind, comparison, level), floor) for kind, floor in zip(_KINDS, least, strict=True)
    )
    stranger, sibling, namesake = (round(math.log2(same / other), 2) for other in others)
    # Namesakes share the family name by definition: that it agrees, or does not, tells nothing against them.
    return stranger, sibling, 0.0 if comparison == "family" else namesake


def provenance(counts: Counts, assumed: Assumed, seeds: Sequence[int], children: int) -> str:
    """Where weights come from, in one line: enough to fit the same ones again."""
    pairs = ", ".join(f"{counts.pairs(kind)} {kind}" for kind in _KINDS)
    return (
        f"homeward linkage train: generator {GENERATOR_VERSION}, tuned error kinds, seeds {seeds[0]} to {seeds[-1]}, "
        f"{children} children each; pairs: {pairs}; assumed.toml {assumed.digest}"
    )
