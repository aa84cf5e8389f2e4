"""`homeward scenario`: nights that people write down, played through the hub's own code on simulated time.

`run` says what is not as the file expects, in words and with the line of the file; `explain` prints what happens in it.
Neither needs Kafka, a key or a network.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from deploy.cli.invocation import Invocation, Status, command
from hub.reference import packaged_reference
from hub.scenario import (
    Missed,
    Played,
    Rulebook,
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

app = typer.Typer(no_args_is_help=True, help="Play a night that somebody wrote down, and say what differs.")
_MOST_BYTES: Final = 4 * MOST_CHARACTERS

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Scenario files (YAML), or folders of them.", exists=False)
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

    Exit status 1 if anything differs, 2 if a file cannot be read or is refused.
    """
    rulebook = packaged_rulebook()
    worst = Status.DONE
    for file in scenario_files(files):
        try:
            played = play(scenario_in(file), rulebook, packaged_reference())
        except (ScenarioRefused, OSError) as error:
            worst = Status.USAGE
            invocation.show(_refusal(file, error), _text(f"refused  {_refusal_words(file, error)}", "red"))
            continue
        if not played.holds:
            worst = max(worst, Status.FAILED)
        invocation.show(_result(file, played), _result_view(file, played))
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
    """Print the timeline of a scenario: what happened, when the hub knew, who was told what, what is owed."""
    try:
        played = play(scenario_in(file), packaged_rulebook(), packaged_reference())
    except (ScenarioRefused, OSError) as error:
        invocation.say(f"refused  {_refusal_words(file, error)}")
        raise typer.Exit(Status.USAGE) from error
    invocation.show(_explanation(file, played), _explanation_view(played))


def scenario_files(named: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those of every folder named, in order of name."""
    for path in named:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.suffix in (".yaml", ".yml"))
        else:
            yield path


def scenario_in(file: Path) -> Scenario:
    """The scenario of a file.

    Raises:
        ScenarioRefused: with line, reason and nearest known word.
        OSError: the file cannot be read.
    """
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
        "reason": refused.reason if refused else str(error),
        "nearest": refused.nearest if refused else None,
    }


def _refusal_words(file: Path, error: Exception) -> str:
    if isinstance(error, ScenarioRefused):
        return str(error)
    reason = getattr(error, "strerror", None) or "cannot be read"
    return f"{file}: {reason}"


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


def _result_view(file: Path, played: Played) -> RenderableType:
    words = f"as expected  {file}: {played.scenario.title} ({played.checks} checks)"
    if played.holds:
        return _text(words)
    number = sum(len(missed.differences) for missed in played.missed)
    head = _text(f"differs  {file}: {played.scenario.title} ({number} of {played.checks} checks)", "bold red")
    return Group(head, *(part for missed in played.missed for part in _missed_view(missed, played.scenario)))


def _missed_view(missed: Missed, scenario: Scenario) -> Iterator[RenderableType]:
    if missed.expectation.why:
        yield _text(f'  "{missed.expectation.why}"', "italic")
    for found in missed.differences:
        yield _text(f"  line {found.line}: {found.words(scenario.clock)}")


def _text(words: str, style: str = "") -> Text:
    """A line as it is: not broken at the width of the screen, so that it can be searched and piped."""
    return Text(words, style=style, no_wrap=True, overflow="ignore")


def _explanation(file: Path, played: Played) -> dict[str, object]:
    def plain(lines: Sequence[object]) -> list[dict[str, object]]:
        return [
            {"at": line.at, "what": line.what, "child": line.child, "text": line.text, "line": line.line}  # type: ignore[attr-defined]
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


def _explanation_view(played: Played) -> RenderableType:
    scenario = played.scenario
    several = len(scenario.children) > 1
    parts: list[RenderableType] = [Text(scenario.title, style="bold underline")]
    if scenario.about:
        parts.append(Text(scenario.about))
    last = ""
    for line in timeline(played):
        when = scenario.clock.words(line.at)
        shown, last = (when if when != last else ""), when
        who = f"[{line.child}] " if several else ""
        mark = {What.SAID: "> ", What.RAISED: "! ", What.TOLD: "  ", What.ACKNOWLEDGED: "  "}.get(line.what, "")
        text = Text(f"{shown:<17} ")
        text.append(f"{mark}{who}{line.text}", style=_STYLES[line.what])
        parts.append(text)
    parts += [Text(""), Text("The register at the end", style="bold")]
    parts += [Text(f"  {line}") for line in register_lines(played)]
    parts += [Text(""), Text(f"Owed, as of {scenario.clock.words(played.scene.at)}", style="bold")]
    owed = owed_lines(played)
    parts += [Text(f"  {f'[{line.child}] ' if several else ''}{line.text}") for line in owed] or [Text("  nothing")]
    return Group(*parts)


def play_all(files: Sequence[Path], rulebook: Rulebook) -> list[tuple[Path, Played]]:
    """Every scenario of these files and folders, played by the rules given.

    Raises:
        ScenarioRefused: one of the files is refused.
    """
    return [(file, play(scenario_in(file), rulebook, packaged_reference())) for file in scenario_files(files)]
