"""One pair of records as a waterfall: what each comparison adds or takes, and where the total stands after it."""

from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from hub.identity import Explanation

_WIDTH: Final = 24
_NARROWEST: Final = 4
_SHOWN: Final = 0.05
"""Bits that are written as more than none, and so have a bar."""
_WORD: Final = len("different")
_FIGURE: Final = len("-100.0")


def waterfall(explanation: Explanation) -> Table:
    """The comparisons in order, each with its bits as a bar from where the total stood before it."""
    steps: list[tuple[str, str, float, float | None, str]] = [
        ("prior", "one of so many", -explanation.prior_bits, None, "")
    ]
    steps += [(line.comparison, line.level, line.bits, line.kin_bits, line.note) for line in explanation.lines]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("comparison", no_wrap=True, min_width=max(len(name) for name, *_ in steps))
    table.add_column("level", overflow="fold", min_width=_WORD)
    for column in ("bits", "total"):
        table.add_column(column, justify="right", no_wrap=True, min_width=_FIGURE)
    table.add_column("")
    table.add_column("sibling", justify="right", no_wrap=True, min_width=len("sibling"))
    totals = [0.0]
    for step in steps:
        totals.append(totals[-1] + step[2])
    low, high = min(totals), max(totals)
    for (name, level, bits, kin, note), before, after in zip(steps, totals, totals[1:], strict=False):
        said = f"{level} ({note})" if note and level else level or note
        kin_text = "" if kin is None else f"{kin:+.1f}"
        table.add_row(name, said, f"{bits:+.1f}", f"{after:+.1f}", _Bar(before, after, low, high), kin_text)
    return table


@dataclass(frozen=True, slots=True)
class _Bar:
    """From where the total stood to where it stands, as wide as there is room."""

    before: float
    after: float
    low: float
    high: float

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        del console
        return Measurement(min(_NARROWEST, options.max_width), min(_WIDTH, options.max_width))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        del console
        width = min(_WIDTH, options.max_width)
        scale = width / ((self.high - self.low) or 1.0)
        start, end = (round((value - self.low) * scale) for value in sorted((self.before, self.after)))
        mark = "\N{FULL BLOCK}" if self.after >= self.before else "\N{MEDIUM SHADE}"
        start, length = min(start, width - 1), end - start
        yield Text(" " * start + mark * max(1 if abs(self.after - self.before) >= _SHOWN else 0, length), no_wrap=True)


def verdict(explanation: Explanation) -> str:
    """What the pair comes to, in words, and by what it is judged."""
    best = explanation.best
    if best is None:
        return f"nothing to weigh; outcome: {explanation.outcome.value}"
    score = best.score
    return (
        f"all together {score.bits:+.1f} bits against a stranger, {score.kin_bits:+.1f} against a brother, sister or "
        f"twin, {score.namesake_bits:+.1f} against a relative of the same name\n"
        f"probability {best.probability:.6f} of one child; {score.cautious_probability:.6f} if it had a brother or "
        f"sister, which links from {explanation.link_from:.4f}; a person is asked from {explanation.review_from:.4f}\n"
        f"supposed: one of {round(2**explanation.prior_bits):,} children, of whom no other is known (--children)\n"
        f"there is {'' if explanation.gate else 'no '}personal evidence that a link without a person needs; "
        f"outcome: {explanation.outcome.value}"
    )


def as_data(explanation: Explanation) -> dict[str, Any]:
    """The same as plain data."""
    score = explanation.best.score if explanation.best else None
    return {
        "outcome": explanation.outcome.value,
        "probability": explanation.probability,
        "cautious_probability": score.cautious_probability if score else 0.0,
        "link_from": explanation.link_from,
        "review_from": explanation.review_from,
        "personal_evidence": explanation.gate,
        "prior_bits": explanation.prior_bits,
        "bits": score.bits if score else 0.0,
        "sibling_bits": score.kin_bits if score else 0.0,
        "namesake_bits": score.namesake_bits if score else 0.0,
        "comparisons": [
            {
                "comparison": line.comparison,
                "level": line.level,
                "bits": line.bits,
                "sibling_bits": line.kin_bits,
                "namesake_bits": line.namesake_bits,
                "note": line.note,
            }
            for line in explanation.lines
        ],
        "weights": explanation.weights,
    }
