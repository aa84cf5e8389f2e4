"""What the figures are meant to reach, as a table, and whether they do.

The aims are the project's own, set from measured baselines before the weights were fitted. One set of weights and one
gate must meet all of them.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One figure of one row, what it should be, and what was found."""

    data: str
    figure: str
    found: float
    relation: str
    bound: float

    @property
    def is_met(self) -> bool:
        """True if the figure found is on the right side of the bound."""
        return self.found >= self.bound if self.relation == "\u2265" else self.found <= self.bound


_AIMS: Final = (
    ("FEBRL4, with identifier", "links_and_reviews.f1", "\u2265", 0.9995),
    ("FEBRL4, with identifier", "links.false_pairs", "\u2264", 0),
    ("FEBRL4, identifier as quoted reference", "links_and_reviews.f1", "\u2265", 0.9995),
    ("FEBRL4, identifier as quoted reference", "links.false_pairs", "\u2264", 0),
    ("FEBRL4, without identifier", "links_and_reviews.f1", "\u2265", 0.999),
    ("FEBRL4, without identifier", "links.false_pairs", "\u2264", 0),
    ("FEBRL4 + relatives, with identifier", "links.false_pairs", "\u2264", 0),
    ("FEBRL4 + relatives, with identifier", "links.recall", "\u2265", 0.99),
    ("FEBRL4 + relatives, without identifier", "links.false_pairs", "\u2264", 0),
    ("FEBRL4 + relatives, without identifier", "links.recall", "\u2265", 0.80),
    *(
        (f"UK reports, {errors}", figure, relation, bound)
        for errors in ("tuned", "held-out")
        for figure, relation, bound in (
            ("links.precision", "\u2265", 0.998),
            ("links.recall", "\u2265", 0.88),
            ("reviews_decided_rightly.recall", "\u2265", 0.97),
            ("review_rate", "\u2264", 0.04),
            ("groups.name_origin.gap", "\u2264", 0.06),
        )
    ),
)
_SPEED: Final = (
    ("100000", "p99_ms", 2.0),
    ("1000000", "p99_ms", 5.0),
    ("100000", "bytes_a_child", 2048),
    ("1000000", "bytes_a_child", 2048),
    ("100000", "restart_seconds", 20.0),
)


def aims(figures: Mapping[str, Any]) -> Iterator[Aim]:
    """Every aim whose row was run, with what was found."""
    for data, path, relation, bound in _AIMS:
        if data in figures["data"]:
            found: Any = figures["data"][data]
            for key in path.split("."):
                found = found[key]
            yield Aim(
                data=data,
                figure=path,
                found=math.nan if found is None else float(found),
                relation=relation,
                bound=bound,
            )
    for children, figure, bound in _SPEED:
        if figure in figures["speed"].get(children, {}):
            row = figures["speed"][children]
            yield Aim(
                data=f"{int(children):,} children", figure=figure, found=row[figure], relation="\u2264", bound=bound
            )
