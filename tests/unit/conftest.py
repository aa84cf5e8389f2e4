"""Marks the unit tests that are long, by their list (`tests/long_ones.py`)."""

from collections.abc import Iterable

import pytest

from tests.long_ones import function_of, long_ones


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Before anything is left out by its mark."""
    named = long_ones()
    for item in items:
        if function_of(item.nodeid) in named:
            item.add_marker(pytest.mark.long)
