"""Prints `docs/reference/command-line.md` from the commands themselves; a test fails when the page is stale."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typer

from deploy.cli.app import application
from deploy.cli.shapes import SHAPES, STREAMS

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "reference" / "command-line.md"

_HEAD: Final = """\
# Command line

<!-- Printed by `python -m deploy.cli.reference`; a test fails when this page is stale. -->

Nouns, then verbs: `homeward report missing`, `homeward inbox watch`. Data goes to standard output, everything said
beside it to standard error. `NO_COLOR`, a pipe and the width of the screen are respected. The shell completes commands,
options and their words after `homeward --install-completion`.

| exit status | means |
|---|---|
| 0 | done |
| 1 | refused, or failed; the message says what to do |
| 2 | wrong usage: a word, code, area, time, id, profile or setting that is none; nothing was sent or changed |
| 3 | the hub cannot be reached, or does not let the agency in because its certificate has ended |
| 130 | broken off with Ctrl-C, also while a hub still starts; commands that go on until Ctrl-C end with 0 by it |

Who reads only the beginning (`| head -1`) ends a command with 0: what was read was right. A report whose answer could
not be shown says on standard error whether it went out.

With `--json` a command prints one object, or one a line, and nothing else on standard output; the tables below say
what is in it. Keys are added, not renamed; one in brackets may be absent, one with `[]` is a list. Times are UTC with
milliseconds; what is not known is null. Without it, times are British local time.

Every command takes these, at its end:

| option | what it does |
|---|---|
"""


def reference_page() -> str:
    """The text of the page."""
    every = list(commands())
    rows = [_row(parameter) for parameter in every[0][1].params if _panel(parameter)]
    return _HEAD + "\n".join([*rows, "", *(_section(name, command) for name, command in every)])


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, in order; the classes are Typer's own."""
    yield from _under(typer.main.get_command(application()), "homeward")


def _under(group: Any, path: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Typer's own classes are private
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _under(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _section(name: str, command: Any) -> str:  # noqa: ANN401
    own = [parameter for parameter in command.params if not _panel(parameter) and parameter.name != "help"]
    lines = [f"## {name}", "", command.help, ""]
    if own:
        lines += ["| argument or option | what it is |", "|---|---|", *map(_row, own), ""]
    examples = command.epilog.split("\n\n")[1:]
    what = "With `--json`, one object a line" if name in STREAMS else "With `--json`"
    printed = [f"| {what} | |", "|---|---|", *(f"| `{key}` | {said} |" for key, said in SHAPES[name].items())]
    return "\n".join([*lines, "```sh", *examples, "```", "", *printed, ""])


def _row(parameter: Any) -> str:  # noqa: ANN401
    is_argument = parameter.param_type_name == "argument"
    names = f"`{parameter.name.upper()}`" if is_argument else ", ".join(f"`{option}`" for option in parameter.opts)
    needed = " Needed." if parameter.required else ""
    return f"| {names} | {(parameter.help or '').replace('|', '/')}{needed} |"


def _panel(parameter: Any) -> bool:  # noqa: ANN401
    return bool(getattr(parameter, "rich_help_panel", None))


if __name__ == "__main__":
    PAGE.write_text(reference_page(), encoding="utf-8")
