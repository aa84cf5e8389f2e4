"""Whom the matching serves worst: a gap stands beside what chance makes of it, and is none of groups too small."""

from random import Random

import pytest
from rich.console import Console

from deploy.linkage.groups import FEWEST_PAIRS, Groups, Tally, by_group
from deploy.linkage.report import _group


def judged(found: dict[str, float], children: int, *, sources: int = 3, seed: int = 1) -> Groups:
    """Children of each group, all of whose sources are together with the probability of the group."""
    draw = Random(seed)
    clusters: list[str] = []
    truth: list[str] = []
    values: list[str] = []
    for name, share in found.items():
        for number in range(children):
            is_found = draw.random() < share
            for source in range(sources):
                child = f"{name}{number}"
                truth.append(child)
                clusters.append(child if is_found else f"{child}/{source}")
                values.append(name)
    (groups,) = by_group(clusters, truth, {"origin": values})
    return groups


def shown(groups: Groups, width: int = 80) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(_group(groups.column, groups.as_dict(), groups.as_dict()))
    return captured.get()


def test_where_groups_mean_nothing_the_gap_is_about_what_chance_makes() -> None:
    alike = [judged(dict.fromkeys("abcdefgh", 0.85), 60, seed=seed) for seed in range(12)]
    gaps = [groups.gap or 0.0 for groups in alike]
    chances = [groups.by_chance or 0.0 for groups in alike]
    assert sum(gaps) / len(gaps) == pytest.approx(sum(chances) / len(chances), rel=0.2)


def test_a_real_gap_stands_out_from_chance_and_the_figures_are_the_same_every_time() -> None:
    groups = judged({"a": 0.95, "b": 0.95, "c": 0.6}, 300)
    assert groups.gap is not None
    assert groups.by_chance is not None
    assert groups.gap > 4 * groups.by_chance
    assert judged({"a": 0.95, "b": 0.95, "c": 0.6}, 300) == groups


def test_a_column_of_reports_is_dealt_among_reports() -> None:
    """A child is found whole or not at all here, so chance makes far more of groups of children than of reports."""
    draw = Random(3)
    truth = [f"c{number // 6}" for number in range(600)]
    is_found = [draw.random() < 0.5 for _ in range(100)]
    clusters = [child if is_found[place // 6] else f"{child}/{place}" for place, child in enumerate(truth)]
    gaps, chances = [], []
    for _ in range(24):
        values = [draw.choice(["none", "typo"]) for _ in truth]
        (groups,) = by_group(clusters, truth, {"errors": values})
        gaps.append(groups.gap or 0.0)
        chances.append(groups.by_chance or 0.0)
    assert sum(chances) / len(chances) == pytest.approx(sum(gaps) / len(gaps), rel=0.3)
    (of_children,) = by_group(clusters, truth, {"origin": ["b" if child[-1] > "4" else "a" for child in truth]})
    assert (of_children.by_chance or 0.0) > 2 * max(chances)


def test_small_groups_are_counted_where_they_are_left_out_and_make_no_gap() -> None:
    few = Groups(
        column="origin", tallies={"big": Tally(true=FEWEST_PAIRS, found=90), "a": Tally(true=3), "b": Tally(true=4)}
    )
    assert few.gap is None
    assert few.as_dict()["left_out"] == {"groups": 2, "true_pairs": 7}
    text = " ".join(shown(few).split())
    assert "left out: 2 groups under 100 7" in text
    assert "no gap: fewer than two groups" in text
    assert "0.000" not in text


def test_the_gap_stands_beside_chance() -> None:
    groups = judged({"a": 0.95, "b": 0.6}, 60)
    lines = [" ".join(line.split()) for line in shown(groups).splitlines()]
    assert f"gap {groups.gap:.3f} {groups.gap:.3f}" in lines
    assert f"gap by chance alone {groups.by_chance:.3f} {groups.by_chance:.3f}" in lines
