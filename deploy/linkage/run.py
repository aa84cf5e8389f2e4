"""One evaluation of a file: read, decide, judge, and write the assignments as they are made."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from deploy.linkage.bench.chart import curve, svg
from deploy.linkage.columns import ASSIGNMENT_COLUMNS, Row
from deploy.linkage.evaluation import Judge, Truth
from deploy.linkage.metrics import share_above
from deploy.linkage.reading import Faults, Watch
from deploy.linkage.records import read_records, read_truth
from deploy.linkage.stream import Assignment, Stream
from hub.identity import Weights, packaged_weights
from hub.text import inert


def evaluate(
    records: Path,
    *,
    truth: Path | None,
    assignments: Path | None,
    chart: Path | None = None,
    weights: Weights | None = None,
    watch: Watch = lambda _done, _of: None,
) -> tuple[dict[str, Any], Faults]:
    """Figures and what was wrong in the files. `assignments` is written row by row, `chart` (of the truth) at the end.

    Raises:
        UnreadableFile: a file is not one of the expected columns.
    """
    faults = Faults()
    known = Truth.of(read_truth(truth, faults)) if truth is not None else None
    judge = Judge(truth=known)
    stream = Stream(weights=weights, keeps_candidates=known is not None)
    with ExitStack() as stack:
        made: Iterable[Assignment] = stream.run(read_records(records, faults, watch))
        if assignments is not None:
            file = stack.enter_context(assignments.open("w", encoding="utf-8", newline=""))
            made = _written(made, csv.writer(file, lineterminator="\n"))
        for each in made:
            judge.take(each)
    judged_by = weights or packaged_weights()
    if chart is not None:
        chart.write_text(svg({inert(records.name): curve(judge.first)}, judged_by.digest), encoding="utf-8")
    return figures(stream, judge, faults, judged_by), faults


def evaluate_rows(rows: Iterable[Row], truth: Truth, weights: Weights | None = None) -> tuple[dict[str, Any], Judge]:
    """The same of reports in memory; for benchmark and tests."""
    judge = Judge(truth=truth)
    stream = Stream(weights=weights, keeps_candidates=True)
    for made in stream.run(rows):
        judge.take(made)
    return figures(stream, judge, Faults(), weights or packaged_weights()), judge


def _written(made: Iterable[Assignment], writer: Any) -> Iterator[Assignment]:  # noqa: ANN401 - csv's writer has no name
    writer.writerow(ASSIGNMENT_COLUMNS)
    for each in made:
        writer.writerow(
            [each.record_id, each.child_id, each.outcome, each.matched_record_id, f"{each.probability:.6f}"]
        )
        yield each


def figures(stream: Stream, judge: Judge, faults: Faults, weights: Weights) -> dict[str, Any]:
    """All there is to say of a run."""
    spent = sum(stream.seconds)
    gate = {"recall_the_gate_allows": round(judge.allowed_by_gate(stream.index).recall, 5)} if judge.truth else {}
    return {
        **judge.figures(),
        **gate,
        "decisions": {
            "a_second": round(len(stream.seconds) / spent, 1) if spent else 0.0,
            "p50_ms": round(share_above(stream.seconds, 0.5) * 1000, 4),
            "p99_ms": round(share_above(stream.seconds, 0.99) * 1000, 4),
        },
        "weights": {"version": weights.version, "digest": weights.digest},
        "input": {"faults": faults.total, "rows_not_used": faults.dropped, "by_problem": dict(faults.counts)},
    }
