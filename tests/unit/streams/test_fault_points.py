"""The lists of points at which `make faults` hits a worker, held against the workers' code.

A point that was renamed must not silently be hit no more; a new await of a worker is hit, or is here with a reason.
"""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults.points import CLOCK_POINTS, POINTS, REBUILD_POINTS

ROOT: Final = Path(__file__).parents[3]
WORKERS: Final = ("intake", "identity", "register")
EVERY_POINT: Final = {**POINTS, **CLOCK_POINTS, **REBUILD_POINTS}
WALKED: Final = (
    *WORKERS, "bring_up", "rounds", "rebuild", "lots", "clock", "caught_up", "what_stands", "outbound", "table",
    "review_queue", "shell", "handling", "places", "walk",
)  # fmt: skip
"""Modules through which a record passes on its way."""
_BEGIN_OR_END: Final = "before the first record, or after the last"
_READS: Final = "asks the broker or a process beside, and changes nothing: a death here is a death before or after"
_WALKED: Final = "its own awaits are walked"
_WAITS: Final = "waits for what other points began"
NOT_HIT: Final = {
    "sleep": "a pause",
    "acknowledged": _WAITS,
    "gather": _WAITS,
    "each": _WAITS,
    "verifying": _WAITS,
    "hand_over": "a pause: the producer's turn",
    "working": _BEGIN_OR_END,
    "start": _BEGIN_OR_END,
    "stop": _BEGIN_OR_END,
    "end": "of a worker, of rounds, of a log: begins nothing",
    "check_topics": _BEGIN_OR_END,
    "_update_channels": _BEGIN_OR_END,
    "recovered": _BEGIN_OR_END,
    "refresh": _READS,
    "first": _READS,
    "committed": _READS,
    "anext": _READS,
    "position": _READS,
    "getmany": _READS,
    "end_offsets": _READS,
    "seek_to_beginning": _READS,
    "list_consumer_group_offsets": _READS,
    "signed": _READS,
    "finish": _WALKED,
    "look_first": _WALKED,
    "looked_at": _WALKED,
    "look": _WALKED,
    "hand_back_all": _WALKED,
    "handle": _WALKED,
    "expected": _WALKED,
    "missing": _WALKED,
    "go_by": _READS,
    "ask": _READS,
    "ask_to_verify": _READS,
    "ask_to_look": _READS,
    "hand_back": "a point by its own name: hand a child back",
    "park": "hit in test_a_record_that_ends_workers: only what ended a worker three times comes here",
    "commit": "after parking; Faust commits once a second anyhow",
    "settle_gap": "counts offsets whose records the points before it have handled",
    "wait": "for the end, for partitions, for time",
}
"""Awaited calls that no point stands round, and why none need."""
SENDERS: Final = {
    "outbound": "the way out of every worker",
    "transport": "Faust's own sends, checked",
    "second_sending": "mail that lies unread, as it stands there: what was sent before",
    "statements": "says what mailboxes hold: no report passes through it",
}
"""Modules that may hand a record to a producer."""


def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / "streams" / f"{module}.py").read_text())


def awaited(module: str) -> Iterator[str]:
    """What a module awaits, by the name that is called."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Await) and not isinstance(node.value, ast.Await):
            value = node.value.func if isinstance(node.value, ast.Call) else node.value
            yield value.attr if isinstance(value, ast.Attribute) else ast.unparse(value)


def own(modules: tuple[str, ...]) -> set[str]:
    """Coroutines of these modules: what they await themselves is walked."""
    return {
        node.name for module in modules for node in ast.walk(tree(module)) if isinstance(node, ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("point", EVERY_POINT)
def test_every_point_stands_round_something(point: str) -> None:
    module, attribute = EVERY_POINT[point]
    for worker in WORKERS:
        found = importlib.import_module(module.format(worker=worker))
        for name in attribute.format(Worker=worker.capitalize()).split("."):
            found = getattr(found, name)
        assert callable(found)


@pytest.mark.parametrize("module", WALKED)
def test_every_await_is_hit_or_has_a_reason(module: str) -> None:
    hit = {attribute.split(".")[-1] for _, attribute in EVERY_POINT.values()}
    left = set(awaited(module)) - hit - NOT_HIT.keys() - {name for name in own(WALKED) if name.startswith("_")}
    assert not left, f"streams/{module}.py awaits what no point of tests/faults/points.py stands round: {left}"


def test_every_reason_is_of_something_awaited() -> None:
    every = {name for module in WALKED for name in awaited(module)}
    assert {name for name in NOT_HIT if name not in every} == set()


def test_nothing_is_sent_but_by_the_way_out() -> None:
    """A send that a worker made past `Outbound` would be no point."""
    by = {file.stem for file in (ROOT / "streams").glob("*.py") if any(map(is_a_send, ast.walk(tree(file.stem))))}
    assert by <= SENDERS.keys(), by - SENDERS.keys()
    assert "outbound" in by


def is_a_send(node: ast.AST) -> bool:
    """Whether this hands a record to a producer."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    is_of_a_producer = "producer" in ast.unparse(node.func.value).lower()
    return node.func.attr == "send_and_wait" or (node.func.attr == "send" and is_of_a_producer)
