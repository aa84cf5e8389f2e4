"""`homeward linkage`: how children are recognised, judged and trained offline, without Kafka.

What is heavy is imported by the command that needs it, so that the command line starts as quickly as without it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.cli.progress import Steps
from deploy.cli.targets import check_targets

if TYPE_CHECKING:
    from deploy.linkage.columns import Row
    from deploy.linkage.reading import Faults

app = noun(help="Judge, explain and train how children are recognised.")

_KIB: Final = 1024
_SAID: Final = 20


@command(
    app,
    "evaluate",
    examples=(
        "homeward linkage evaluate --records reports.csv --truth truth.csv --chart by-threshold.svg",
        "homeward linkage evaluate --records reports.csv --assignments decided.csv --json",
    ),
)
def evaluate(
    invocation: Invocation,
    records: Annotated[Path, typer.Option("--records", exists=True, dir_okay=False, help="Reports, as CSV.")],
    truth: Annotated[
        Path | None,
        typer.Option("--truth", exists=True, dir_okay=False, help="record_id, child_id and groups, as CSV."),
    ] = None,
    assignments: Annotated[
        Path | None, typer.Option("--assignments", help="Where to write what was decided, a row a report.")
    ] = None,
    chart: Annotated[
        Path | None, typer.Option("--chart", help="Where to draw precision and recall by threshold, as SVG.")
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option("--weights", exists=True, dir_okay=False, help="Weights to judge, instead of those in force."),
    ] = None,
) -> None:
    """Measure how well reports of one child are put together, and whom it serves worst.

    Streams the file in its order through the decision that the hub runs.
    """
    from deploy.linkage.report import view  # noqa: PLC0415
    from deploy.linkage.run import evaluate as evaluated  # noqa: PLC0415
    from hub.identity import Weights  # noqa: PLC0415
    from hub.rule_text import utf8_of  # noqa: PLC0415

    if chart is not None and truth is None:
        message = "--chart needs --truth: without it nobody knows which decisions are right"
        raise typer.BadParameter(message)
    written = {"--assignments": assignments, "--chart": chart}
    check_targets(written, {"--records": records, "--truth": truth, "--weights": weights})
    chosen = (
        Weights.from_text(utf8_of(weights.read_bytes(), weights.name), weights.name) if weights is not None else None
    )
    with Steps(invocation.talk) as steps:
        figures, faults = evaluated(
            records,
            truth=truth,
            assignments=assignments,
            chart=chart,
            weights=chosen,
            watch=lambda done, of: steps("deciding (KiB of the file)", done // _KIB, max(1, of // _KIB)),
        )
    _say_faults(invocation, faults)
    listed = [str(fault) for fault in faults.listed]
    invocation.show({**figures, "faults": listed}, view(figures))


def _say_faults(invocation: Invocation, faults: "Faults") -> None:
    for fault in faults.listed[:_SAID]:
        invocation.say(str(fault))
    if faults.total > _SAID:
        invocation.say(f"and {faults.total - _SAID} more; by kind:")
        for problem, count in faults.counts.most_common(_SAID):
            invocation.say(f"  {count:>8,}  {problem}")


@command(
    app,
    "explain",
    examples=(
        "homeward linkage explain r0000012 r0000345 --records reports.csv",
        """homeward linkage explain '{"given_names": "Aisha"}' '{"given_names": "Ayesha"}'""",
    ),
)
def explain(
    invocation: Invocation,
    one: Annotated[str, typer.Argument(help="A record id of the file, or a row as JSON or CSV.")],
    other: Annotated[str, typer.Argument(help="The other one.")],
    records: Annotated[
        Path | None, typer.Option("--records", exists=True, dir_okay=False, help="Reports, as CSV.")
    ] = None,
    children: Annotated[
        int,
        typer.Option(
            "--children", min=1, help="How many children the right one is sought among: 100,000 are supposed."
        ),
    ] = 100_000,
) -> None:
    """Show why two records are, or are not, taken for one child: each comparison, its weight, the total."""
    from deploy.linkage.one_row import one_row  # noqa: PLC0415
    from deploy.linkage.waterfall import as_data, verdict, waterfall  # noqa: PLC0415
    from hub.identity import explained, facts_from_columns, packaged_weights  # noqa: PLC0415
    from hub.ids import ClaimId  # noqa: PLC0415

    first, second = (one_row(text, records, invocation.say) for text in (one, other))
    result = explained(
        facts_from_columns(ClaimId("a"), first), facts_from_columns(ClaimId("b"), second), packaged_weights(), children
    )
    invocation.show(as_data(result), waterfall(result))
    if not invocation.is_json:
        invocation.out.print(verdict(result))


@command(
    app,
    "generate",
    examples=(
        "homeward linkage generate --children 5000 --records reports.csv --truth truth.csv",
        "homeward linkage generate --errors held-out --seed 7 --records reports.csv --truth truth.csv",
    ),
)
def generate(
    invocation: Invocation,
    records: Annotated[Path, typer.Option("--records", help="Where to write the reports.")],
    truth: Annotated[Path, typer.Option("--truth", help="Where to write whose they are.")],
    children: Annotated[int, typer.Option("--children", min=1, help="How many children at least.")] = 5_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same files.")] = 1,
    errors: Annotated[str, typer.Option("--errors", help="tuned, or held-out: kinds nobody tuned with.")] = "tuned",
) -> None:
    """Invent reports of invented children as agencies would write them, with the truth beside them."""
    from dataclasses import astuple, fields  # noqa: PLC0415

    from deploy.linkage.columns import COLUMNS  # noqa: PLC0415
    from deploy.linkage.generator import TruthRow, reports  # noqa: PLC0415
    from deploy.linkage.generator.error_sets import ERROR_SETS  # noqa: PLC0415
    from deploy.linkage.records import write_table  # noqa: PLC0415

    if errors not in ERROR_SETS:
        message = f"--errors {errors} is none of: {', '.join(ERROR_SETS)}"
        raise typer.BadParameter(message)
    check_targets({"--records": records, "--truth": truth}, {})
    made: list[tuple[Row, TruthRow]] = reports(children=children, seed=seed, kinds=ERROR_SETS[errors])
    write_table(records, COLUMNS, (astuple(row) for row, _ in made))
    write_table(truth, [field.name for field in fields(TruthRow)], (astuple(known) for _, known in made))
    invocation.show({"reports": len(made), "records": records, "truth": truth, "errors": errors, "seed": seed})


@command(
    app,
    "train",
    examples=(
        "homeward linkage train --out weights.toml",
        "homeward linkage train --out weights.toml --beside-splink --json",
    ),
)
def train(
    invocation: Invocation,
    out: Annotated[Path, typer.Option("--out", help="Where to write the weights.")],
    seed: Annotated[int, typer.Option("--seed", help="The first seed of the invented reports, below 1,000.")] = 11,
    worlds: Annotated[int, typer.Option("--worlds", min=1, help="How many seeds, from the first on.")] = 6,
    children: Annotated[int, typer.Option("--children", min=100, help="Children of each.")] = 4_000,
    version: Annotated[str, typer.Option("--version-name", help="What the weights call themselves.")] = "1",
    beside_splink: Annotated[  # noqa: FBT002 - so Typer declares a flag
        bool, typer.Option("--beside-splink", help="Show Splink's unlabelled estimate beside (extra: linkage).")
    ] = False,
) -> None:
    """Fit the weights that children are recognised by, on labelled invented reports; every weight can be read.

    Nothing is changed in the hub: put the file in place of hub/identity/weights.toml once it is judged.
    """
    from deploy.linkage.baselines import need_extra  # noqa: PLC0415
    from deploy.linkage.training import Assumed, counted, fitted, provenance  # noqa: PLC0415
    from deploy.linkage.weights_view import as_data, estimates_table, weights_table  # noqa: PLC0415
    from hub.identity import packaged_weights  # noqa: PLC0415

    check_targets({"--out": out}, {})
    if beside_splink:
        need_extra()
    seeds = range(seed, seed + worlds)
    assumed = Assumed.packaged()
    with Steps(invocation.talk) as steps:
        counts = counted(seeds, children, steps)
    weights = fitted(counts, assumed, provenance(counts, assumed, seeds, children), version)
    out.write_text(weights.to_text(), encoding="utf-8")
    data = {"out": out, "version": version, "digest": weights.digest, "provenance": weights.provenance}
    data |= as_data(weights)
    if not beside_splink:
        invocation.show(data, weights_table(weights, packaged_weights()))
    else:
        from deploy.linkage.generator.tuned_errors import TUNED_ERRORS  # noqa: PLC0415
        from deploy.linkage.generator.world import reports  # noqa: PLC0415
        from deploy.linkage.splink_estimate import estimates  # noqa: PLC0415

        made = reports(children=children, seed=seed, kinds=[(kind, 1.0) for kind in TUNED_ERRORS])
        found = estimates([row for row, _ in made])
        data["splink"] = [{"comparison": e.comparison, "level": e.level, "bits": e.bits} for e in found]
        invocation.show(data, estimates_table(weights, found))
    invocation.say(f"weights {weights.digest} written to {out}; judge them: homeward linkage evaluate --weights {out}")
