"""What others wrote is shown, and never obeyed: no escape sequence, no override, no markup reaches a screen."""

import io
import json

import pytest
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from deploy.cli.console import InertConsole
from deploy.cli.invocation import as_json

HOSTILE = "Ada\x1b[2J\x9b31m\u202e[bold]Example[/bold] [/nonsense]\x07"
SHOWN = "Ada<U+001B>[2J<U+009B>31m<U+202E>[bold]Ex"
"""How it begins: a cell of a table is as wide as its visible characters, and cut there."""


def in_a_table(text: str) -> Table:
    table = Table(box=None)
    table.add_column("name", no_wrap=True)
    table.add_row(text)
    return table


@pytest.mark.parametrize("shown", [HOSTILE, Text(HOSTILE), in_a_table(HOSTILE)], ids=["text", "styled", "table"])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_hostile_name_is_shown_and_not_obeyed(shown: RenderableType, *, is_terminal: bool) -> None:
    file = io.StringIO()
    console = InertConsole(file=file, width=200, force_terminal=is_terminal, no_color=True, color_system=None)
    console.print(shown, soft_wrap=True)
    said = file.getvalue()
    assert SHOWN in said
    assert not {"\x1b", "\x9b", "\u202e"} & set(said)


def test_names_of_every_real_form_are_shown_unchanged() -> None:
    file = io.StringIO()
    InertConsole(file=file, width=200).print("Zoë O'Sämple محمد 李 \u200dक्ष")
    assert file.getvalue() == "Zoë O'Sämple محمد 李 \u200dक्ष\n"


def test_json_keeps_what_was_written_and_shows_nothing_hidden() -> None:
    line = as_json({"name": HOSTILE, "other": "Zoë \U000e0001"})
    assert json.loads(line) == {"name": HOSTILE, "other": "Zoë \U000e0001"}
    assert line.isprintable()
    assert "Zoë" in line
