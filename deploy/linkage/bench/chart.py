"""Precision and recall by threshold, as an SVG drawing without any library."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from deploy.linkage.evaluation import FirstDecision

_WIDTH: Final = 760
_HEIGHT: Final = 420
_LEFT: Final = 60
_TOP: Final = 40
_PLOT: Final = (620, 300)
_COLOURS: Final = ("#1b6ca8", "#c0392b", "#2e7d32", "#8e44ad")
_LOWEST: Final = 0.5
_NAMED: Final = frozenset({0.01, 0.9, 0.99, 0.999, 0.9999})
"""Thresholds that are written beside the first line; the others are told by pointing at their dots."""
THRESHOLDS: Final = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.7,
    0.8,
    0.9,
    0.95,
    0.98,
    0.99,
    0.995,
    0.999,
    0.9995,
    0.9999,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Of first decisions whose best candidate is at least this likely: the share that is right, and found."""

    threshold: float
    precision: float
    recall: float


def curve(decisions: Sequence[FirstDecision]) -> tuple[Point, ...]:
    """The points of a run: one decision a source, its best candidate right or wrong, whatever the gate said."""
    possible = sum(each.could_be_right for each in decisions) or 1
    points = []
    for threshold in THRESHOLDS:
        taken = [each for each in decisions if each.probability >= threshold and each.has_candidate]
        right = sum(each.is_right for each in taken)
        precision = right / len(taken) if taken else 1.0
        points.append(Point(threshold=threshold, precision=precision, recall=right / possible))
    return tuple(points)


def svg(curves: Mapping[str, Sequence[Point]], weights: str) -> str:
    """The drawing: recall to the right, precision upwards from one half, a line a run, the thresholds as dots."""
    wide, high = _PLOT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'font-family="sans-serif" font-size="12">'
        ),
        f"<title>Precision and recall by threshold, weights {weights}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        (
            f'<text x="{_LEFT}" y="20" font-size="14">Best candidate of each source, by the probability asked for '
            f"(weights {weights})</text>"
        ),
    ]
    for step in range(6):
        share = _LOWEST + (1 - _LOWEST) * step / 5
        x, y = _LEFT + wide * step / 5, _TOP + high - high * step / 5
        parts += [
            f'<line x1="{_LEFT}" y1="{y:.0f}" x2="{_LEFT + wide}" y2="{y:.0f}" stroke="#ddd"/>',
            f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{share:.1f}</text>',
            f'<text x="{x:.0f}" y="{_TOP + high + 18}" text-anchor="middle">{share:.1f}</text>',
        ]
    parts += [
        f'<text x="{_LEFT + wide / 2:.0f}" y="{_TOP + high + 40}" text-anchor="middle">recall</text>',
        (
            f'<text x="14" y="{_TOP + high / 2:.0f}" transform="rotate(-90 14 {_TOP + high / 2:.0f})" '
            f'text-anchor="middle">precision</text>'
        ),
    ]
    for place, (name, points) in enumerate(curves.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        shown = [point for point in points if min(point.recall, point.precision) >= _LOWEST]
        spots = [(_across(point.recall), _up(point.precision), point.threshold) for point in shown]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in spots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}">'
            f"<title>{escape(name)}: from {threshold}</title></circle>"
            for x, y, threshold in spots
        ]
        parts += [
            f'<text x="{x - 6:.1f}" y="{y + 16:.1f}" text-anchor="end" font-size="10">{threshold}</text>'
            for x, y, threshold in (spots if not place else ())
            if threshold in _NAMED
        ]
        y = _TOP + high - 20 - 18 * place
        parts += [
            f'<rect x="{_LEFT + 12}" y="{y - 9}" width="10" height="10" fill="{colour}"/>',
            f'<text x="{_LEFT + 28}" y="{y}">{escape(name)}{"" if shown else ": nothing above one half"}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _across(share: float) -> float:
    return _LEFT + _PLOT[0] * (share - _LOWEST) / (1 - _LOWEST)


def _up(share: float) -> float:
    return _TOP + _PLOT[1] - _PLOT[1] * (share - _LOWEST) / (1 - _LOWEST)
