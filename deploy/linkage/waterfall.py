"""One pair of records as a waterfall: what each comparison adds or takes, and where the total stands after it."""

from typing import Any, Final

from rich.table import Table
from rich.text import Text

from hub.identity import Explanation

_WIDTH: Final = 24


def waterfall(explanation: Explanation) -> Table:
    """The comparisons in order, each with its bits as a bar from where the total stood before it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("comparison", "level", "bits", "total", "", "sibling"):
        table.add_column(column, justify="right" if column in {"bits", "total", "sibling"} else "left", no_wrap=True)
    steps: list[tuple[str, str, float, float | None, str]] = [
        ("prior", "one of so many", -explanation.prior_bits, None, "")
    ]
    steps += [(line.comparison, line.level, line.bits, line.kin_bits, line.note) for line in explanation.lines]
    totals = [0.0]
    for step in steps:
        totals.append(totals[-1] + step[2])
    low, high = min(totals), max(totals)
    for (name, level, bits, kin, note), before, after in zip(steps, totals, totals[1:], strict=False):
        said = f"{level} ({note})" if note and level else level or note
        kin_text = "" if kin is None else f"{kin:+.1f}"
        table.add_row(name, said, f"{bits:+.1f}", f"{after:+.1f}", _bar(before, after, low, high), kin_text)
    return table


def _bar(before: float, after: float, low: float, high: float) -> Text:
    scale = _WIDTH / ((high - low) or 1.0)
    start, end = (round((value - low) * scale) for value in sorted((before, after)))
    mark = "\N{FULL BLOCK}" if after >= before else "\N{MEDIUM SHADE}"
    return Text(" " * start + mark * max(1 if after != before else 0, end - start))


def verdict(explanation: Explanation) -> str:
    """What the pair comes to, in words."""
    gate = "there is" if explanation.gate else "there is no"
    return (
        f"probability {explanation.probability:.6f} of one child; {gate} personal evidence that a link without a "
        f"person needs; outcome: {explanation.outcome.value}"
    )


def as_data(explanation: Explanation) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "outcome": explanation.outcome.value,
        "probability": explanation.probability,
        "personal_evidence": explanation.gate,
        "prior_bits": explanation.prior_bits,
        "bits": explanation.bits,
        "sibling_bits": explanation.kin_bits,
        "comparisons": [
            {
                "comparison": line.comparison,
                "level": line.level,
                "bits": line.bits,
                "sibling_bits": line.kin_bits,
                "note": line.note,
            }
            for line in explanation.lines
        ],
        "weights": explanation.weights,
    }
