"""`homeward scenario`: nights that people write down, played through the hub's own code on simulated time.

`run` says what is not as the file expects, in words and with the line of the file; `explain` prints what happens in it.
Neither needs Kafka, a key or a network.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.table import Column, Table
from rich.text import Text

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation, Status
from hub.reference import packaged_reference
from hub.scenario import (
    Line,
    Played,
    Scenario,
    ScenarioRefused,
    What,
    owed_lines,
    packaged_rulebook,
    play,
    read_scenario,
    register_lines,
    timeline,
)
from hub.scenario.document import MOST_CHARACTERS
from hub.scenario.wording import numbered
from schemas.errors import HomewardError


class NoScenario(HomewardError):
    """A folder holds no scenario, so nothing would be played."""


app = noun(help="Play a night that somebody wrote down, and say what differs.")
_MOST_BYTES: Final = 4 * MOST_CHARACTERS
_SUFFIXES: Final = (".yaml", ".yml")
Hung: TypeAlias = tuple[Text, Text]
"""What stands before a line, and the line: on a screen what is broken off hangs behind what stands before."""

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="Scenario files (YAML), or folders of them.", exists=False)
]


@command(
    app,
    "run",
    examples=(
        "homeward scenario run tests/scenarios/s01_ordinary_night_out_of_area.yaml",
        "homeward scenario run --json tests/scenarios",
    ),
)
def run(invocation: Invocation, *, files: Files) -> None:
    """Play scenarios, and print what is not as they expect: what was expected, what is, at which line of the file.

    Folders in a folder are looked into as well. Exit status 1 if anything differs, 2 if a file cannot be read or is
    refused, or a folder holds no scenario. Where nothing is expected nothing is checked, and nothing differs.
    """
    rulebook = packaged_rulebook()
    worst = Status.DONE
    for file in scenario_files(files):
        try:
            played = play(scenario_in(file), rulebook, packaged_reference())
        except (ScenarioRefused, NoScenario, OSError) as error:
            worst = Status.USAGE
            show_lines(
                invocation, _refusal(file, error), [Text(f"refused  {_refusal_words(file, error)}", style="red")]
            )
            continue
        if not played.holds:
            worst = max(worst, Status.FAILED)
        show_lines(invocation, _result(file, played), _result_lines(file, played))
    if worst is not Status.DONE:
        raise typer.Exit(worst)


@command(
    app,
    "explain",
    examples=(
        "homeward scenario explain tests/scenarios/s01_ordinary_night_out_of_area.yaml",
        "homeward scenario explain --json tests/scenarios/s12_found_dead.yaml",
    ),
)
def explain(
    invocation: Invocation,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario file (YAML).", exists=False)],
) -> None:
    """Print the timeline of a scenario: what happened, when the hub knew, who was told what, what is owed.

    Exit status 2 if the file cannot be read or is refused; with `--json` the object says so, as that of `run` does.
    """
    try:
        played = play(scenario_in(file), packaged_rulebook(), packaged_reference())
    except (ScenarioRefused, NoScenario, OSError) as error:
        if invocation.is_json:
            invocation.show({**_refusal(file, error), "scenario": None, "timeline": [], "register": [], "owed": []})
        else:
            invocation.complain(f"refused  {_refusal_words(file, error)}")
        raise typer.Exit(Status.USAGE) from error
    show_lines(invocation, _explanation(file, played), _explanation_lines(played))


def scenario_files(named: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those of every folder named and of the folders in it, in order of name.

    A folder in which there is none stands for itself, so that whoever reads it says so.
    """
    for path in named:
        if path.is_dir():
            yield from sorted(_in_folder(path)) or [path]
        else:
            yield path


def _in_folder(folder: Path) -> Iterator[Path]:
    """Every scenario in a folder or in the folders in it; what is hidden is none."""
    for file in folder.rglob("*"):
        is_hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.suffix in _SUFFIXES and file.is_file() and not is_hidden:
            yield file


def scenario_in(file: Path) -> Scenario:
    """The scenario of a file.

    Raises:
        NoScenario: a folder was named in which there is none.
        ScenarioRefused: with line, reason and nearest known word.
        OSError: the file cannot be read.
    """
    if file.is_dir() and not any(_in_folder(file)):
        message = f"{file} holds no scenario: looked for files that end in {' or '.join(_SUFFIXES)}, in its folders too"
        raise NoScenario(message)
    with file.open("rb") as opened:
        raw = opened.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ScenarioRefused(file=str(file), line=1, reason=f"a scenario has at most {MOST_CHARACTERS} characters")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ScenarioRefused(file=str(file), line=line, reason="not UTF-8 text: save it as UTF-8") from None
    return read_scenario(str(file), text, packaged_reference())


def _refusal(file: Path, error: Exception) -> dict[str, object]:
    refused = error if isinstance(error, ScenarioRefused) else None
    return {
        "file": str(file),
        "outcome": "refused",
        "line": refused.line if refused else None,
        "reason": refused.reason if refused else _reason(error),
        "nearest": refused.nearest if refused else None,
    }


def _refusal_words(file: Path, error: Exception) -> str:
    if isinstance(error, ScenarioRefused | NoScenario):
        return str(error)
    return f"{file}: {_reason(error)}"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, NoScenario) else getattr(error, "strerror", None) or "cannot be read"


def _result(file: Path, played: Played) -> dict[str, object]:
    return {
        "file": str(file),
        "scenario": played.scenario.title,
        "outcome": "as expected" if played.holds else "differs",
        "checks": played.checks,
        "differences": [
            {
                "line": found.line,
                "at": found.at,
                "what": found.what,
                "expected": found.expected,
                "found": found.found,
                "why": missed.expectation.why or None,
            }
            for missed in played.missed
            for found in missed.differences
        ],
    }


def show_lines(invocation: Invocation, data: Mapping[str, object], lines: Iterable[Text | Hung]) -> None:
    """The object with `--json`, else the lines: broken at the width of a screen, and never in a pipe or a file."""
    if invocation.is_json:
        invocation.show(data)
        return
    for line in lines:
        head, rest = line if isinstance(line, tuple) else (Text(), line)
        if not invocation.out.is_terminal:
            invocation.out.print(head + rest, soft_wrap=True)
        elif head:
            grid = Table.grid(Column(width=head.cell_len, no_wrap=True), Column())
            grid.add_row(head, rest)
            invocation.out.print(grid)
        else:
            invocation.out.print(rest)


def _result_lines(file: Path, played: Played) -> Iterator[Text]:
    if not played.checks:
        words = "nothing is expected in it, so nothing was checked"
        yield Text(f"not checked  {file}: {played.scenario.title} ({words})", style="yellow")
        return
    if played.holds:
        yield Text(f"as expected  {file}: {played.scenario.title} ({numbered(played.checks, 'check')})")
        return
    number = sum(len(missed.differences) for missed in played.missed)
    words = f"differs  {file}: {played.scenario.title} ({number} of {numbered(played.checks, 'check')})"
    yield Text(words, style="bold red")
    for missed in played.missed:
        if missed.expectation.why:
            yield Text(f'  "{missed.expectation.why}"', style="italic")
        for found in missed.differences:
            yield Text(f"  line {found.line}: {found.words(played.scenario.clock)}")


def _explanation(file: Path, played: Played) -> dict[str, object]:
    def plain(lines: Sequence[Line]) -> list[dict[str, object]]:
        return [
            {"at": line.at, "what": line.what, "child": line.child, "text": line.text, "line": line.line}
            for line in lines
        ]

    return {
        "file": str(file),
        "scenario": played.scenario.title,
        "timeline": plain(timeline(played)),
        "register": list(register_lines(played)),
        "owed": plain(owed_lines(played)),
    }


_STYLES: Final = {
    What.SAID: "bold",
    What.RAISED: "yellow",
    What.TOLD: "",
    What.ACKNOWLEDGED: "dim",
    What.OWED: "",
}


_MARKS: Final = {
    What.SAID: "> ",
    What.RAISED: "! ",
    What.TOLD: "  ",
    What.ACKNOWLEDGED: "  ",
    What.OWED: "",
}


def _explanation_lines(played: Played) -> Iterator[Text | Hung]:
    scenario = played.scenario
    several = len(scenario.children) > 1
    yield Text(scenario.title, style="bold underline")
    if scenario.about:
        yield Text(scenario.about)
    last = ""
    for line in timeline(played):
        when = scenario.clock.words(line.at)
        shown, last = (when if when != last else ""), when
        style = _STYLES[line.what]
        head = Text.assemble(f"{shown:<17} ", (_MARKS[line.what], style))
        yield head, Text(f"{_whose(line, several=several)}{line.text}", style=style)
    yield Text()
    yield Text("The register at the end", style="bold")
    yield from ((Text("  "), Text(line)) for line in register_lines(played))
    yield Text()
    yield Text(f"Owed, as of {scenario.clock.words(played.scene.at)}", style="bold")
    owing = (f"{_whose(line, several=several)}{line.text}" for line in owed_lines(played))
    owed: list[Text | Hung] = [(Text("  "), Text(line)) for line in owing]
    yield from owed or [Text("  nothing")]


def _whose(line: Line, *, several: bool) -> str:
    return f"[{line.child}] " if several else ""
