"""`homeward rules`: what a change of the tables would change, before anybody is told anything by it.

A set of rules is a folder with any of the tables in it, one table by itself, or the word `packaged`.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation, Status
from deploy.cli.progress import Steps
from deploy.cli.scenario_commands import NoScenario, scenario_files, scenario_in, show_lines
from deploy.desk import hub_now
from deploy.directory import read_directory
from deploy.log_walk import walk
from deploy.moments import BRITAIN
from deploy.rules import NoRules, rule_texts
from deploy.views.words import agency_words
from hub.reference import packaged_reference
from hub.rule_text import BrokenRules
from hub.scenario import Rulebook, ScenarioRefused, play, rulebook_from
from hub.scenario.rule_changes import Case, Change, Outcome, changes, outcomes_of, outcomes_of_log
from hub.scenario.wording import numbered

app = noun(help="Check rules, and see who would newly be told what by a change of them.")

_PLAYING: Final = "playing scenarios"
RulesPath = Annotated[str, typer.Argument(help="A folder with tables, one table, or the word `packaged`.")]


@command(
    app,
    "check",
    examples=("homeward rules check my-rules", "homeward rules check my-rules/routing.toml --json"),
)
def check(invocation: Invocation, *, rules: RulesPath) -> None:
    """Check a set of rules: every word known, every row complete; what is faulty is refused with file and line.

    Exit status 1 if it is refused; with `--json` the object says so, with file, line, reason and nearest known word.
    """
    try:
        rulebook = rulebook_from(rule_texts(rules))
    except BrokenRules as error:
        if not invocation.is_json:
            raise _refused(invocation, error) from error
        where = {"file": error.file, "line": error.line, "reason": error.reason, "nearest": error.nearest}
        invocation.show({"rules": rules, "outcome": "refused", "version": None, **where})
        raise typer.Exit(Status.FAILED) from error
    invocation.show({"rules": rules, "outcome": "good", "version": rulebook.version})


@command(
    app,
    "diff",
    examples=(
        "homeward rules diff packaged my-rules --scenarios tests/scenarios",
        "homeward rules diff packaged my-rules/routing.toml --log --days 30 --json",
    ),
)
def diff(
    invocation: Invocation,
    *,
    old: RulesPath,
    new: RulesPath,
    scenarios: Annotated[
        list[Path] | None, typer.Option(help="Scenario files or folders to try both on; repeat it.")
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="Try both on the log of the hub of this machine as well.")] = False,
    days: Annotated[int, typer.Option(help="With --log: so many days back.", min=1, max=366)] = 30,
) -> None:
    """See what a change of rules would change: who would newly be told what, who no longer, what would be owed.

    At the end it says in short how many absences differ, and in how many of them each agency and each duty does.
    Nothing is sent, and nothing of a running hub is touched. The log is read on the hub's own machine, with its keys.
    """
    before, after = _rulebook(invocation, old), _rulebook(invocation, new)
    if not scenarios and not log:
        message = "nothing to try the rules on: give --scenarios FILE, or --log for the log of the hub of this machine"
        raise NoRules(message)
    found: list[Change] = []
    tried: list[Case] = []
    try:
        files = list(scenario_files(scenarios or []))
        with Steps(invocation.talk) as steps:
            for number, file in enumerate(files):
                steps(_PLAYING, number, len(files))
                old_outcomes, new_outcomes = _outcomes(file, before, after)
                found += changes(old_outcomes, new_outcomes)
                tried += old_outcomes
                steps(_PLAYING, number + 1, len(files))
    except (ScenarioRefused, NoScenario, OSError) as error:
        invocation.complain(f"refused  {error}")
        raise typer.Exit(Status.USAGE) from error
    if log:
        since = asyncio.run(hub_now(invocation.home())) - timedelta(days=days)
        with Steps(invocation.talk) as steps:
            of_log, cases = asyncio.run(_changes_of_log(invocation, before, after, since, steps))
        found += of_log
        tried += cases
    data = {
        "old": before.version,
        "new": after.version,
        "absences": len(tried),
        "changes": [_plain(change) for change in found],
    }
    show_lines(invocation, data, _result_lines(found, len(tried)))


def _outcomes(file: Path, before: Rulebook, after: Rulebook) -> tuple[dict[Case, Outcome], dict[Case, Outcome]]:
    """What each set of rules makes of the absences of a scenario."""
    scenario = scenario_in(file)
    old, new = (outcomes_of(play(scenario, rules, packaged_reference()), file.name) for rules in (before, after))
    return old, new


async def _changes_of_log(
    invocation: Invocation, before: Rulebook, after: Rulebook, since: datetime, steps: Steps
) -> tuple[list[Change], list[Case]]:
    """What would have been told otherwise of every absence in the log since then, one partition at a time."""
    home = invocation.home()
    running = home.running()
    directory = await read_directory(home, running.bootstrap, home.schema_ids())
    found: list[Change] = []
    cases: list[Case] = []
    async for children in walk(home, running, progress=steps):
        for events in children.values():
            old, new = (
                outcomes_of_log(events.values(), rulebook, directory, packaged_reference(), since)
                for rulebook in (before, after)
            )
            found += changes(old, new)
            cases += old
    return found, cases


def _rulebook(invocation: Invocation, named: str) -> Rulebook:
    try:
        return rulebook_from(rule_texts(named))
    except BrokenRules as error:
        raise _refused(invocation, error) from error


def _refused(invocation: Invocation, error: BrokenRules) -> typer.Exit:
    """Say what is faulty; the end of the command."""
    invocation.complain(f"refused  {error}")
    return typer.Exit(Status.FAILED)


_HEADS: Final = {
    "newly_told": "Newly told",
    "no_longer_told": "No longer told",
    "told_more": "Told more",
    "told_less": "Told less",
    "told_otherwise": "Asked, or told at another time of day",
    "newly_owed": "Newly owed",
    "no_longer_owed": "No longer owed",
    "other_due_time": "Owed by another time",
}


def _result_lines(found: Iterable[Change], tried: int) -> Iterator[Text]:
    by_kind: dict[str, list[Change]] = {}
    for change in found:
        by_kind.setdefault(change.what, []).append(change)
    for what, head in _HEADS.items():
        if what in by_kind:
            yield Text(head, style="bold")
            yield from (Text(f"  {words}") for words in _lines(by_kind[what]))
    if by_kind:
        yield Text("In short", style="bold")
        yield from (Text(f"  {words}") for words in _in_short(by_kind, tried))
    elif tried:
        yield Text(f"Nothing would change for anybody in {numbered(tried, 'absence')}.")
    else:
        yield Text("There is no absence to try the rules on, so nothing was compared.")


def _in_short(by_kind: Mapping[str, Sequence[Change]], tried: int) -> Iterator[str]:
    """How many absences differ, and in how many of them each agency, or each duty, does."""
    differ = len({change.case for found in by_kind.values() for change in found})
    yield f"{differ} of {numbered(tried, 'absence')} {'differs' if differ == 1 else 'differ'}"
    for what, head in _HEADS.items():
        cases: dict[str, set[Case]] = {}
        for change in by_kind.get(what, ()):
            about = change.duty.replace("_", " ") or agency_words(change.who or None)
            cases.setdefault(about, set()).add(change.case)
        if cases:
            most_first = sorted(cases, key=lambda about: (-len(cases[about]), about))
            said = ", ".join(f"{about} in {len(cases[about])}" for about in most_first)
            yield f"{head[:1].lower()}{head[1:]}: {said}"


def _lines(found: Iterable[Change]) -> Iterator[str]:
    for change in found:
        where = f"{change.case.source}: {change.case.episode}"
        who = agency_words(change.who or None) + (f"/{change.desk}" if change.desk and change.desk != "duty" else "")
        if change.duty:
            before, after = (_times(due) for due in (change.due_before, change.due))
            yield f"{who}, {change.duty.replace('_', ' ')}: {before}, then {after} ({where})"
            continue
        classes = ", ".join(dict.fromkeys(disclosure for _, disclosure in change.fields))
        names = ", ".join(name for name, _ in change.fields)
        fields = f" {classes}: {names}" if names else " no field"
        rows = f" by {', '.join(row for row in change.rows if row)}" if any(change.rows) else ""
        asks = f" asked: {' / '.join(change.asks)}" if change.asks else ""
        yield f"{who}:{fields}{asks}{rows} ({where})"


def _times(due: Iterable[datetime]) -> str:
    """Due times as everywhere on the screen: British local time, and always with the day."""
    return ", ".join(f"{each.astimezone(BRITAIN):%d %b %H:%M}" for each in due) or "not at all"


def _plain(change: Change) -> dict[str, object]:
    return {
        "what": change.what,
        "source": change.case.source,
        "episode": change.case.episode,
        "who": change.who,
        "desk": change.desk or None,
        "fields": [{"name": name, "class": disclosure} for name, disclosure in change.fields],
        "asks": list(change.asks),
        "rows": list(change.rows),
        "duty": change.duty or None,
        "due": [due.isoformat() for due in change.due],
        "due_before": [due.isoformat() for due in change.due_before],
    }
