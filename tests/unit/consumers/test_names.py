"""What `consumers` offers by name is read when it is asked for."""

import subprocess
import sys
from importlib import import_module

import pytest

import consumers

_BEGINS_AS = "import sys, deploy.cli.invocation; print([name for name in sys.modules if name.startswith('consumers.')])"


@pytest.mark.parametrize("name", consumers.__all__)
def test_every_name_stands_for_something_of_its_module(name: str) -> None:
    module = import_module(f"consumers.{consumers._MODULES[name]}")
    assert getattr(consumers, name) is getattr(module, name)


def test_names_are_those_that_are_offered() -> None:
    assert sorted(consumers._MODULES) == sorted(consumers.__all__)
    assert set(consumers.__all__) <= set(dir(consumers))


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="Inboxes"):
        _ = consumers.Inboxes


def test_a_command_reads_no_more_of_it_than_how_it_fails() -> None:
    read = subprocess.run([sys.executable, "-c", _BEGINS_AS], capture_output=True, check=True, text=True)  # noqa: S603 - our own
    assert read.stdout.strip() == "['consumers.errors']"
