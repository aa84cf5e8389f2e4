"""An evaluation as a person reads it: a few tables, each figure with what it is a figure of."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from deploy.moments import how_many

_WORST: Final = 12


def view(figures: Mapping[str, Any]) -> RenderableType:
    """The figures of `evaluation.Judge.figures`, with the run's own, as tables."""
    return Group(*_tables(figures))


def _tables(figures: Mapping[str, Any]) -> Iterator[RenderableType]:
    yield _plain(figures)
    if "links" not in figures:
        return
    yield _readings(figures)
    for column, group in figures["groups"].items():
        yield _group(column, group, figures["groups_reviews_decided_rightly"].get(column, {}))


def _plain(figures: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, title="Run", title_justify="left")
    outcomes = figures["outcomes"]
    speed = figures["decisions"]
    rows = {
        "reports": f"{figures['records']:,}",
        "outcomes": "  ".join(f"{name} {count:,}" for name, count in outcomes.items()),
        "review rate": f"{figures['review_rate']:.2%} of reports",
        "decisions": f"{speed['a_second']:,.0f} a second; p50 {speed['p50_ms']:.3f} ms, p99 {speed['p99_ms']:.3f} ms",
        "weights": f"version {figures['weights']['version']}, {figures['weights']['digest']}",
        "rows not used": f"{figures['input']['rows_not_used']:,}; {figures['input']['faults']:,} faults in all",
    }
    if "links" in figures:
        rows["sources"] = f"{figures['sources']:,} of {figures['children']:,} children"
        rows["recall lost to blocking"] = f"{figures['recall_lost_to_blocking']:.3%} of true pairs never compared"
        rows["recall the gate allows"] = f"{figures['recall_the_gate_allows']:.3f} without a human at all"
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _readings(figures: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, title="Pairs between sources", title_justify="left", header_style="bold")
    for column in ("", "precision", "recall", "F1", "false pairs", "missed pairs"):
        table.add_column(column, justify="left" if not column else "right")
    for name, key in (
        ("links alone", "links"),
        ("links and reviews", "links_and_reviews"),
        ("reviews decided rightly", "reviews_decided_rightly"),
    ):
        row = figures[key]
        table.add_row(
            name, f"{row['precision']:.5f}", f"{row['recall']:.5f}", f"{row['f1']:.5f}",
            f"{row['false_pairs']:,}", f"{row['missed_pairs']:,}",
        )  # fmt: skip
    row = figures["b_cubed"]
    table.add_row("B-cubed, links alone", f"{row['precision']:.5f}", f"{row['recall']:.5f}", f"{row['f1']:.5f}", "", "")
    return table


def _group(column: str, group: Mapping[str, Any], reviewed: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, title=f"Recall by {column}", title_justify="left", header_style="bold")
    for name in (column, "links alone", "reviews decided rightly", "true pairs"):
        table.add_column(name, justify="left" if name == column else "right", overflow="fold")
    after = reviewed.get("recall", {})
    for name, row in list(group["recall"].items())[:_WORST]:
        table.add_row(name, f"{row['recall']:.3f}", f"{after.get(name, row)['recall']:.3f}", f"{row['true_pairs']:,}")
    better = list(group["recall"].values())[_WORST:]
    if better:
        pairs = sum(row["true_pairs"] for row in better)
        table.add_row(f"and {len(better)} better", "", "", f"{pairs:,}")
    left = group["left_out"]
    if left["groups"]:
        table.add_row(
            f"left out: {how_many(left['groups'], 'group')} under {group['fewest_pairs']}", "", "",
            f"{left['true_pairs']:,}",
        )  # fmt: skip
    if group["gap"] is None:
        table.add_row("no gap: fewer than two groups")
    else:
        table.add_row("gap", _share(group["gap"]), _share(reviewed.get("gap")), "")
        table.add_row("gap by chance alone", _share(group["gap_by_chance"]), _share(reviewed.get("gap_by_chance")), "")
    return table


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
