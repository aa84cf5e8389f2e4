"""Weights as a person reads them: beside those in force, and beside Splink's unlabelled estimate."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from deploy.linkage.splink_estimate import Estimate
from hub.identity import COMPARISONS, LEVELS, Weights


def weights_table(weights: Weights, in_force: Weights) -> Table:
    """Every level with its bits against stranger, sibling and namesake; beside them what is in force."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("comparison", "level", "stranger", "sibling", "namesake", f"in force ({in_force.digest})"):
        table.add_column(column, justify="left" if column in {"comparison", "level"} else "right")
    for comparison in COMPARISONS:
        for level in LEVELS[comparison]:
            row = weights.bits[comparison][level]
            now = in_force.bits[comparison][level][0]
            table.add_row(comparison, level, *(f"{bits:+.2f}" for bits in row), f"{now:+.2f}")
    return table


def estimates_table(weights: Weights, estimates: Iterable[Estimate]) -> Table:
    """Our levels and Splink's, comparison by comparison."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("comparison", "our level", "bits", "Splink's level", "bits "):
        table.add_column(column, justify="right" if column.startswith("bits") else "left", overflow="fold")
    found = list(estimates)
    for comparison in COMPARISONS:
        ours = [(level, f"{weights.bits[comparison][level][0]:+.2f}") for level in LEVELS[comparison]]
        theirs = [(f"{e.column}: {e.level}", f"{e.bits:+.2f}") for e in found if e.comparison == comparison]
        for place in range(max(len(ours), len(theirs))):
            left = ours[place] if place < len(ours) else ("", "")
            right = theirs[place] if place < len(theirs) else ("", "")
            table.add_row(comparison if not place else "", *left, *right)
    return table


def as_data(weights: Weights) -> dict[str, Any]:
    """The bits as plain data."""
    return {
        "bits": {
            comparison: {level: list(weights.bits[comparison][level]) for level in LEVELS[comparison]}
            for comparison in COMPARISONS
        }
    }
