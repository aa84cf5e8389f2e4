"""The list of long tests names tests that there are, or `make unit` would quietly be long again."""

import pytest

from tests.long_ones import LIST, long_ones


@pytest.mark.parametrize("file", sorted({name.partition("::")[0] for name in long_ones()}))
def test_whatever_is_listed_as_long_is_a_test(file: str) -> None:
    text = (LIST.parents[2] / file).read_text(encoding="utf-8")
    functions = [name.rpartition("::")[2] for name in long_ones() if name.startswith(f"{file}::")]
    assert [name for name in functions if f"def {name}(" not in text] == [], "python -m tests.long_ones"
