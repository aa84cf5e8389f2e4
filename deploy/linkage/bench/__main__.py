"""`python -m deploy.linkage.bench`: run every row, print it against its aim, write JSON and a chart.

Exit status 1 if any link without a human joined twins: no other figure makes up for that.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy.linkage import febrl
from deploy.linkage.baselines import exact, need_extra, sources, splink
from deploy.linkage.bench.aims import Aim, aims
from deploy.linkage.bench.chart import Point, curve, svg
from deploy.linkage.bench.crowd import measured_apart
from deploy.linkage.bench.uk import TwinsJoined, joined_twins, uk_reports
from deploy.linkage.columns import Row
from deploy.linkage.evaluation import Truth
from deploy.linkage.generator import GENERATOR_VERSION
from deploy.linkage.run import evaluate_rows
from hub.identity import packaged_weights

_CONSOLE: Final = Console(stderr=True)


def main() -> None:
    """Parse the arguments, run, print, write."""
    parser = argparse.ArgumentParser(description="Judge how children are recognised, beside two baselines.")
    parser.add_argument("--children", type=int, default=6_000, help="children of each set of UK reports")
    parser.add_argument("--seed", type=int, default=90_001, help="of the UK reports; tuning uses seeds below 1,000")
    parser.add_argument(
        "--crowd", type=int, nargs="*", default=[100_000, 1_000_000], help="children for the speed rows"
    )
    parser.add_argument("--no-splink", action="store_true", help="leave out the comparison with Splink")
    parser.add_argument("--out", type=Path, default=Path("build/bench-linkage.json"))
    arguments = parser.parse_args()
    need_extra()
    figures = run(arguments)
    table(figures)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")
    _CONSOLE.print(f"written: {arguments.out}, {arguments.out.with_suffix('.svg')}")
    if figures["twins_joined"]:
        _CONSOLE.print(f"FAILED: {figures['twins_joined']} links joined twins", style="red")
        sys.exit(1)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every row."""
    weights = packaged_weights()
    with_splink = not arguments.no_splink
    judged: dict[str, dict[str, Any]] = {}
    curves: dict[str, tuple[Point, ...]] = {}
    twins: list[TwinsJoined] = []

    def judge(name: str, rows: list[Row], truth: Truth, *, beside: bool) -> None:
        _CONSOLE.print(f"{name}: {len(rows):,} reports")
        found, judged_by = evaluate_rows(rows, truth)
        judged[name] = found | {"baselines": _baselines(rows, truth, found, with_splink=beside and with_splink)}
        twins.extend(joined_twins(name, judged_by, truth))
        if name.startswith("UK"):
            curves[name] = curve(judged_by.first)

    for relatives in (False, True):
        rows, truth = febrl.febrl(relatives=relatives)
        name = "FEBRL4 + relatives" if relatives else "FEBRL4"
        judge(f"{name}, with identifier", rows, truth, beside=True)
        judge(f"{name}, without identifier", febrl.without_identifier(rows), truth, beside=True)
        judge(f"{name}, identifier as quoted reference", febrl.quoted_identifier(rows), truth, beside=False)
    for errors in ("tuned", "held-out"):
        rows, truth = uk_reports(errors, children=arguments.children, seed=arguments.seed)
        judge(f"UK reports, {errors}", rows, truth, beside=True)
    speed = {}
    for children in arguments.crowd:
        _CONSOLE.print(f"a crowd of {children:,} children")
        speed[str(children)] = measured_apart(children)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".svg").write_text(svg(curves, weights.digest))
    return {
        "weights": {"version": weights.version, "digest": weights.digest, "provenance": weights.provenance},
        "generator": {"version": GENERATOR_VERSION, "seed": arguments.seed, "children": arguments.children},
        "twins_joined": len(twins),
        "data": judged,
        "speed": speed,
        "curves": {
            name: [[point.threshold, round(point.precision, 5), round(point.recall, 5)] for point in points]
            for name, points in curves.items()
        },
    }


def _baselines(rows: list[Row], truth: Truth, ours: Mapping[str, Any], *, with_splink: bool) -> dict[str, Any]:
    units, whose = sources(rows, truth)
    simple = exact(units, whose)
    found: dict[str, Any] = {"exact": simple.as_dict()}
    found["f1_over_exact"] = round(ours["links"]["f1"] / simple.f1, 3) if simple.f1 else None
    if with_splink:
        batch = splink(units, whose)
        found["splink"] = batch.as_dict()
        found["f1_over_splink"] = round(ours["links"]["f1"] / batch.best.f1, 3) if batch.best.f1 else None
        found["recall_over_splink_at_precision_0.998"] = (
            round(ours["links"]["recall"] / batch.recall_at_998, 3) if batch.recall_at_998 else None
        )
    return found


def table(figures: Mapping[str, Any]) -> None:
    """Print every aim with what was found, then the baselines."""
    console = Console()
    shown = Table(title=f"Aims, weights {figures['weights']['digest']}", title_justify="left")
    for column in ("data", "figure", "found", "aim", ""):
        shown.add_column(column, justify="right" if column in {"found", "aim"} else "left")
    for aim in aims(figures):
        shown.add_row(aim.data, aim.figure, _number(aim.found), f"{aim.relation} {_number(aim.bound)}", _mark(aim))
    console.print(shown)
    beside = Table(title="Beside the baselines: F1 of links alone", title_justify="left")
    for column in ("data", "ours", "review rate", "with reviews", "exact", "Splink, best", "Splink recall at 0.998"):
        beside.add_column(column, justify="left" if column == "data" else "right")
    for name, found in figures["data"].items():
        batch = found["baselines"].get("splink", {})
        beside.add_row(
            name, f"{found['links']['f1']:.4f}", f"{found['review_rate']:.3%}",
            f"{found['reviews_decided_rightly']['f1']:.4f}", f"{found['baselines']['exact']['f1']:.4f}",
            _or_dash(batch.get("best_f1")), _or_dash(batch.get("recall_at_precision_0.998")),
        )  # fmt: skip
    console.print(beside)


_number: Callable[[float], str] = "{:.5g}".format


def _or_dash(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _mark(aim: Aim) -> str:
    return "[green]met[/]" if aim.is_met else "[red]not met[/]"


if __name__ == "__main__":
    main()
