"""Imports point one way, and the core has no clock, no randomness, no input and no output."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = sorted((ROOT / "hub").rglob("*.py"))

CALLS_THAT_READ_THE_WORLD = {
    "now": "the time is an argument",
    "utcnow": "the time is an argument",
    "today": "the date is an argument",
    "monotonic": "the time is an argument",
    "perf_counter": "the time is an argument",
    "uuid1": "ids derive from their cause (uuid5)",
    "uuid4": "ids derive from their cause (uuid5)",
    "urandom": "randomness is an argument",
    "token_bytes": "randomness is an argument",
    "open": "files are read elsewhere",
    "write_text": "files are written elsewhere",
    "write_bytes": "files are written elsewhere",
    "print": "the core says what it decided by returning it",
    "input": "the core asks nobody",
    "generate": "keys are made elsewhere",
    "getenv": "settings are arguments",
}
"""Names of functions and methods, wherever they come from, and what to do instead."""


def test_imports_point_one_way() -> None:
    from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports  # noqa: PLC0415 - slow to import

    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


@cache
def nodes(module: Path) -> tuple[ast.AST, ...]:
    """Everything in a module's source, read once for all that is asked of it."""
    return tuple(ast.walk(ast.parse(module.read_text())))


def calls(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name | ast.Attribute):
                yield (function.id if isinstance(function, ast.Name) else function.attr), node.lineno


@pytest.mark.parametrize("module", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_reads_no_clock_no_randomness_and_no_file(module: Path) -> None:
    found = [
        f"{module.relative_to(ROOT)}:{line}: {name}(): {CALLS_THAT_READ_THE_WORLD[name]}"
        for name, line in calls(nodes(module))
        if name in CALLS_THAT_READ_THE_WORLD
    ]
    assert found == []


@pytest.mark.parametrize("module", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_core_has_no_coroutine_and_no_state_of_a_module(module: Path) -> None:
    awaits = [node.lineno for node in nodes(module) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
    states = [node.lineno for node in nodes(module) if isinstance(node, ast.Global)]
    assert (awaits, states) == ([], [])


@pytest.mark.parametrize(
    "code, name",
    [
        ("datetime.now(UTC)", "now"),
        ("uuid4()", "uuid4"),
        ("Path('x').open()", "open"),
        ("x = os.urandom(16)", "urandom"),
    ],
)
def test_what_must_not_be_there_is_seen(code: str, name: str) -> None:
    assert name in CALLS_THAT_READ_THE_WORLD
    assert [called for called, _ in calls(ast.walk(ast.parse(code))) if called in CALLS_THAT_READ_THE_WORLD] == [name]
