"""How far two agencies tell the same of the same absences: a share of fields, with how sure one can be of it.

Of each absence and each field that both of a pair of agencies know, the newest word of each is compared as the field's
row in `golden.toml` compares values. The score is the share that agree. It comes with its 95 % interval after Wilson,
because two fields out of three say little: pairs should be told apart by their intervals, never by the share alone.
Fields of one absence are not independent of one another, so the true interval is somewhat wider.

Source of the interval: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, Journal of
the American Statistical Association 22 (1927).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from hub.entry.disagreements import NO_SIDE
from hub.entry.golden import GoldenRules
from schemas.records import AgencyKind, ClaimedField

_Z: Final = 1.959964
"""Standard deviations on either side that hold 95 %."""


@dataclass(slots=True, kw_only=True)
class Agreement:
    """One pair of agencies: how many fields both knew, on how many they agree, and those they differ on by name."""

    agencies: tuple[str, str]
    kinds: tuple[AgencyKind, AgencyKind]
    absences: int = 0
    compared: int = 0
    agreeing: int = 0
    differing: dict[str, int] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The share of compared fields that agree; 1 where none was compared."""
        return self.agreeing / self.compared if self.compared else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Within what the share lies, 95 times in a hundred."""
        return wilson(self.agreeing, self.compared)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson; everything from 0 to 1 where nothing was tried."""
    if not trials:
        return 0.0, 1.0
    share, spread = successes / trials, _Z * _Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def agreements(absences: Iterable[Sequence[ClaimedField]], rules: GoldenRules) -> tuple[Agreement, ...]:
    """Every pair of agencies that knew a field of the same absence, the least agreeing first.

    `absences` are the claims of each absence, as a reader may know them.
    """
    found: dict[tuple[str, str], Agreement] = {}
    for claims in absences:
        newest, kinds = _newest(claims, rules)
        for one, other in combinations(sorted(newest), 2):
            both = newest[one].keys() & newest[other].keys()
            if not both:
                continue
            pair = found.setdefault((one, other), Agreement(agencies=(one, other), kinds=(kinds[one], kinds[other])))
            pair.absences += 1
            for name in both:
                pair.compared += 1
                if rules.row(name).is_difference(newest[one][name], newest[other][name]):
                    pair.differing[name] = pair.differing.get(name, 0) + 1
                else:
                    pair.agreeing += 1
    return tuple(sorted(found.values(), key=lambda pair: (pair.interval[1], pair.score, pair.agencies)))


def _newest(
    claims: Sequence[ClaimedField], rules: GoldenRules
) -> tuple[Mapping[str, Mapping[str, tuple[str, str]]], Mapping[str, AgencyKind]]:
    """By agency and field the newest value beside its precision; and what kind of agency each is."""
    precision = {each.message_id: each.value for each in claims if each.field == rules.row(each.field).precision}
    newest: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    kinds: dict[str, AgencyKind] = {}
    for claim in sorted(claims, key=lambda each: (each.recorded_at or each.accepted_at, each.message_id)):
        if (
            not rules.row(claim.field).may_differ(claim.field)
            or claim.value == NO_SIDE
            or rules.is_several(claim.field)
        ):
            continue
        newest[claim.agency][claim.field] = claim.value, precision.get(claim.message_id, "")
        kinds[claim.agency] = claim.sender_kind
    return newest, kinds
