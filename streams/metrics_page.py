"""The reference page of metrics, written from what `metrics.py` declares, so that it cannot differ from it.

`python -m streams.metrics_page` writes `docs/reference/metrics.md`; with `--check` it writes nothing and fails when the
page is stale, as a test does. It reads names, help, labels and buckets, never a value.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from prometheus_client import Counter, Histogram, Info
from prometheus_client.metrics import MetricWrapperBase

from streams import metrics

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "metrics.md"

_INTRODUCTION: Final = """\
# Metrics

<!-- Written by `python -m streams.metrics_page` from streams/metrics.py; edit that. -->

Each process of the hub (intake, identity, register, statements) serves `/metrics` over plain HTTP on the loopback
address; `homeward up` prints the addresses. Each declares every metric and fills those of its own step.

Labels are closed vocabularies that do not narrow to a child, a case or a small place. There is no label for an agency,
an area, an age or a school: "high risk, one small council" is a person. Counters restart at nought with the process.
They say how a worker is doing, not what became of a report: for that, `homeward check` reads the topics by id, from
outside.
"""
_LABELS: Final = """\
## Labels

| label | values |
|---|---|
| `message_type` | names of the records in the [message reference](messages.md) |
| `risk` | the grade as it is treated: `ungraded` counts as medium or high, an unknown grade as high |
| `step` | of a report's way `intake`, `identity`, `register`; of a notice `stored`, `fetched`, `opened`, `taken` |
| `duty` | the names of the rows of the [deadlines](deadlines.md) |
| `what` | of interviews: `owed`, `offered`, `held`, `held_within_72h_raw`, `held_within_72h_paused`, `not_held` |
| `agency_kind` | the kinds of agency in the message reference, such as `police` or `authority` |
| `outcome` | of intake `accepted`, `accepted_with_gaps`, `duplicate` or `rejected`; of identity that of the decision |
| `reason` | why a message was refused, as the receipt names it; empty where it was not |
| `status` | the register's status in clear: every ending reads `closed` |
| `field` | the dotted name of a field of the register's view, never its value |
| `kinds` | two kinds of agency that are sides of it, such as `authority+police` |
| `kind`, `ask` | of a notice: news, update or withdrawal; action or information |
| `topic`, `partition` | of the broker |
| `version` | of Homeward, as `homeward --version` prints it |
| `worker` | the process: `intake`, `identity`, `register`, `statements` |
"""
_READING: Final = """\
## What to look at first

- `homeward_report_to_inbox_seconds`: from the broker's time of the cause to the broker's time of the notice, so no
  worker's clock is in it. Causes are not reports alone: notices of what is due or late have `DeadlineRaised`; for
  reports leave it out (`message_type!="DeadlineRaised"`). It does not say that anybody read the notice.
- `homeward_accepted_not_folded` that stays above nought while the worker runs: reports wait.
- `homeward_unroutable_total`, `homeward_unreadable_batches_total`: every single one is a matter for an operator.
- `homeward_partitions_caught_up`, summed over the workers of a topic: as many as the topic has partitions. Fewer, for
  longer than a rebuild takes: a worker is missing, and reports wait.
- `homeward_register_entries`, `homeward_disagreements`, `homeward_duties_overdue`, `homeward_return_interviews`: each
  register worker counts the children of the partitions that it holds and has caught up with, so the sum over the
  workers counts a child once. While a partition changes hands or is read again nobody counts its children: the sums are
  low as long as `homeward_partitions_caught_up{topic="events"}` does not come to 8.
- `homeward_duties_overdue`: what agencies are late with, for the hub's own people. `homeward_return_interviews` in
  one figure would reward an early "declined": read `offered`, `held` and `not_held` together, raw beside paused.
- `homeward_notice_seconds{step="opened"}` against the aims of delivery: 5 minutes at high risk, 30 at medium, 4 hours
  at low. A notice that nobody opens is not in it: `homeward_duties_overdue` and the ladders are for that.
- `homeward_mailboxes_silent` above nought: somebody would not hear of a child now. No label says who: `homeward agency
  list` does, with whom to ring.
- `homeward_mail_sent_again_total` rises: somebody has read nothing for 25 days; `mail_sent_again` in the log of
  `statements` says who.
- `homeward_children_behind` above nought: a lost disk is being filled again. Reports go on their way; duties of so many
  children wait for a look ([decision 0012](../decisions/0012-reports-do-not-wait-for-a-rebuild.md)).
- `homeward_holes_read_total`: records that Faust skipped and the worker read from the log. It is repaired, and worth
  knowing ([decision 0003](../decisions/0003-the-stream-shell.md)).

## Alerts

[homeward.rules.yaml](../../deploy/prometheus/homeward.rules.yaml) holds rules for Prometheus; what each means and what
to do stands in [survive faults](../how-to/survive-faults.md#alarms).
"""


def page() -> str:
    """The text of the page."""
    rows = "\n".join(_row(metric) for metric in _declared())
    table = f"## Every metric\n\n| metric | kind | labels | what it says |\n|---|---|---|---|\n{rows}\n"
    return f"{_INTRODUCTION}\n{table}\n{_buckets()}\n{_LABELS}\n{_READING}"


def is_stale() -> bool:
    """Whether the published page differs from the code."""
    return not PAGE.exists() or PAGE.read_text("utf-8") != page()


def labels() -> frozenset[str]:
    """Every label that some metric has."""
    return frozenset(label for metric in _declared() for label in _labels_of(metric))


def _declared() -> Iterator[MetricWrapperBase]:
    """The metrics of the module, in the order in which it declares them."""
    return (value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase))


def _row(metric: MetricWrapperBase) -> str:
    family = next(iter(metric.describe()))
    suffix = {Counter: "_total", Info: "_info"}.get(type(metric), "")
    names = ", ".join(f"`{label}`" for label in _labels_of(metric))
    return f"| `{family.name}{suffix}` | {family.type} | {names} | {family.documentation} |"


def _labels_of(metric: MetricWrapperBase) -> tuple[str, ...]:
    if metric is metrics.BUILD:
        return metrics.BUILD_LABELS  # an Info takes its labels with its value
    names: tuple[str, ...] = metric._labelnames  # noqa: SLF001 - prometheus-client has no public name for them
    return names


def _buckets() -> str:
    lines = [
        f"- `{next(iter(metric.describe())).name}`: {', '.join(_bounds(metric))}"
        for metric in _declared()
        if isinstance(metric, Histogram)
    ]
    return "## Buckets of the histograms\n\nUpper bounds, in seconds or records.\n\n" + "\n".join(lines) + "\n"


def _bounds(metric: Any) -> list[str]:  # noqa: ANN401 - as above: private to prometheus-client
    return [f"{bound:.15g}" for bound in metric._upper_bounds if bound != math.inf]  # noqa: SLF001


def main() -> None:
    """Write the page, or with `--check` only say whether it is stale."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    elif is_stale():
        sys.exit(f"{PAGE.name} is stale; run: python -m streams.metrics_page")


if __name__ == "__main__":
    main()
