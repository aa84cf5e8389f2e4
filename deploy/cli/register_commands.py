"""`homeward register`: the shared register, as far as an agency's grant opens it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from consumers import RegisterLine, RegisterView
from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation, run_until_stopped, until
from deploy.desk import hub_now, hub_times
from deploy.identities import check_area
from deploy.moments import clock, how_many
from deploy.views.words import (
    OPEN,
    agency_words,
    child_words,
    field_words,
    is_reference_to,
    plain_words,
    reference_words,
    risk_words,
    state_words,
)
from hub.entry.agreement import Agreement, agreements
from hub.entry.golden import golden_rules
from schemas.errors import HomewardError
from schemas.records import EpisodeStatus

app = noun(help="The shared register, as far as a grant opens it.")

Agency = Annotated[str | None, typer.Option("--as", help="Agency to read as; or give --profile.")]
Area = Annotated[str | None, typer.Option(help="Only episodes that name this area (code).")]
Status = Annotated[
    EpisodeStatus | None,
    typer.Option(metavar="STATUS", help=f"Only episodes of this status: {', '.join(EpisodeStatus)}."),
]
_SHOWN = ("child_ref", "person.given_names", "person.family_name", "episode.risk", "last_seen.place")
_MOST_DIFFERING = 2


class NoSuchEpisode(HomewardError):
    """The register has no such episode, or this grant does not reach it."""


def line_named(register: RegisterView, named: str) -> RegisterLine:
    """The line of an episode, by its id, how that begins, or the reference of a notice about it.

    Raises:
        NoSuchEpisode: there is none that this agency may open, or there are several.
    """
    line = register.episode(named)
    meant = [each for each in register.lines() if is_reference_to(named, each.episode)]
    if line is None and len(meant) == 1:
        line = meant[0]
    if line is None or not line.is_opened:
        message = (
            f"the register has no episode {named}, as far as this agency may know; "
            "for all that it may open: homeward register show"
        )
        raise NoSuchEpisode(message)
    return line


@command(
    app, "watch", examples=("homeward register watch --as E08000005", "homeward register watch --as E08000005 --json")
)
def watch(invocation: Invocation, *, reader: Agency = None, area: Area = None, status: Status = None) -> None:
    """Watch the register, until Ctrl-C: what it holds, then every change; with `--json` one object a line."""
    invocation = invocation.acting_for(reader)
    run_until_stopped(lambda stop: until(stop, _watch(invocation, area, status)))


@command(
    app,
    "show",
    examples=(
        "homeward register show --as E08000005",
        "homeward register show 2B5F-3C1E --as E08000005",
    ),
)
def show(
    invocation: Invocation,
    episode: Annotated[
        str | None, typer.Argument(help="One episode, by id or reference: all that the grant opens of it.")
    ] = None,
    *,
    reader: Agency = None,
    area: Area = None,
    status: Status = None,
) -> None:
    """Show the register as it is now, or one episode of it, and how fresh that is."""
    asyncio.run(_show(invocation.acting_for(reader), episode, area, status))


@command(
    app,
    "agreement",
    examples=("homeward register agreement --as E08000005", "homeward register agreement --as E08000005 --days 365"),
)
def agreement(
    invocation: Invocation,
    *,
    reader: Agency = None,
    days: Annotated[int, typer.Option("--days", min=1, help="Absences that changed within so many days.")] = 90,
) -> None:
    """Show how far each pair of agencies tells the same of the same absences, and how sure that is.

    Of fields that both know, the share that agrees, with its 95 % interval. The pair that surely agrees least is first.
    """
    asyncio.run(_agreement(invocation.acting_for(reader), days))


async def _agreement(invocation: Invocation, days: int) -> None:
    async with RegisterView.open(profile=invocation.profile()) as register:
        since = await hub_now(invocation.home()) - timedelta(days=days)
        lines = [line for line in register.lines() if line.changed_at >= since]
    found = agreements((line.claims for line in lines), golden_rules())
    invocation.show({"days": days, "pairs": [_pair(pair) for pair in found]}, agreement_table(found, days))


def agreement_table(found: Sequence[Agreement], days: int) -> RenderableType:
    """The pairs as a table, 80 columns wide at most."""
    if not found:
        return Text(f"no two agencies knew the same field of an absence that changed in the last {days} days")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("agencies", "agree", "95 % interval", "fields", "absences", "differ most on"):
        is_number = column in {"agree", "fields", "absences"}
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for pair in found:
        low, high = pair.interval
        most = sorted(pair.differing.items(), key=lambda item: (-item[1], item[0]))[:_MOST_DIFFERING]
        table.add_row(
            " + ".join(pair.agencies), _share(pair), f"{low:.0%} to {high:.0%}", f"{pair.compared:,}",
            f"{pair.absences:,}", ", ".join(f"{name.removeprefix('person.')} ({times})" for name, times in most),
        )  # fmt: skip
    return table


def _share(pair: Agreement) -> str:
    """The share that agrees; all and none are said only where it is all or none."""
    shown = f"{pair.score:.0%}"
    if shown == "100%" and pair.agreeing < pair.compared:
        return "over 99%"
    return "under 1%" if shown == "0%" and pair.agreeing else shown


def _pair(pair: Agreement) -> Mapping[str, Any]:
    low, high = pair.interval
    return {
        "agencies": pair.agencies,
        "kinds": [kind.value for kind in pair.kinds],
        "score": round(pair.score, 4),
        "interval": [round(low, 4), round(high, 4)],
        "compared": pair.compared,
        "agreeing": pair.agreeing,
        "absences": pair.absences,
        "differing": pair.differing,
    }


async def _watch(invocation: Invocation, area: str | None, status: EpisodeStatus | None) -> None:
    if area is not None:
        check_area(area, "--area")
    async with RegisterView.open(profile=invocation.profile()) as register:
        times = await hub_times(invocation.home())
        changes = register.changes()
        lines = register.lines(status=status, area=area)
        for line in lines:
            _show_one(invocation, line, times.hub_time(datetime.now(UTC)))
        if closed := sum(not line.is_opened for line in lines):
            invocation.say(f"{how_many(closed, 'more episode')} not opened by this grant")
        freshness = await register.freshness()
        invocation.say(f"{how_many(freshness.behind, 'record')} behind; changes follow; Ctrl-C ends")
        async for line in changes:
            if (status is None or line.status is status) and (area is None or area in line.areas):
                _show_one(invocation, line, times.hub_time(datetime.now(UTC)))


def _show_one(invocation: Invocation, line: RegisterLine, now: datetime) -> None:
    """A line of the register; on a screen only one of which this grant opens something."""
    if invocation.is_json or line.is_opened:
        invocation.show(_row(line), _text(line, now))


async def _show(invocation: Invocation, episode: str | None, area: str | None, status: EpisodeStatus | None) -> None:
    if area is not None:
        check_area(area, "--area")
    async with RegisterView.open(profile=invocation.profile()) as register:
        freshness, now = await register.freshness(), await hub_now(invocation.home())
        if episode is not None:
            line = line_named(register, episode)
            invocation.show(
                {**_row(line), "fields": {name: field.value for name, field in line.golden.items()}}, _all(line, now)
            )
        else:
            lines = register.lines(status=status, area=area)
            opened = sorted((line for line in lines if line.is_opened), key=_most_urgent_first)
            shown = {"behind": freshness.behind, "episodes": [_row(line) for line in lines]}
            invocation.show(shown, lines_table(opened, now))
            if len(lines) > len(opened):
                invocation.say(f"{how_many(len(lines) - len(opened), 'more episode')} not opened by this grant")
        invocation.say(f"{how_many(freshness.behind, 'record')} behind the end of the register, asked just now")


def lines_table(lines: Sequence[RegisterLine], now: datetime) -> RenderableType:
    """Absences as a table, or the word that there are none."""
    if not lines:
        return Text("nothing in the register, of what was asked for and this grant opens")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("reference", "state", "risk", "changed", "child", "last seen"):
        table.add_column(column, no_wrap=column in {"reference", "changed"})
    for line in lines:
        table.add_row(
            reference_words(line.episode),
            state_words(line.status),
            risk_words(line),
            clock(line.changed_at, now),
            child_words(line),
            _known(line, _SHOWN[4]),
        )
    return table


def _row(line: RegisterLine) -> Mapping[str, Any]:
    return {
        "episode_id": line.episode,
        "status": line.status,
        "sequence": line.sequence,
        "changed_at": line.changed_at,
        "is_opened": line.is_opened,
        **{name: field.value for name in _SHOWN if (field := line.known(name)) is not None},
        "disagreements": [found.field for found in line.disagreements],
    }


def _known(line: RegisterLine, name: str) -> str:
    field = line.known(name)
    return "" if field is None else field.value


def _most_urgent_first(line: RegisterLine) -> tuple[bool, float]:
    """Absences that go on before those that are over, the latest changed first."""
    return line.status not in OPEN, -line.changed_at.timestamp()


def _text(line: RegisterLine, now: datetime) -> Text:
    text = Text(f"{clock(line.changed_at, now)}  {reference_words(line.episode)}  ")
    text.append(state_words(line.status), style="bold")
    said = [f"risk {risk_words(line)}", child_words(line), _known(line, _SHOWN[4])]
    text.append("".join(f", {each}" for each in said if each))
    if line.disagreements:
        differing = ", ".join(field_words(found.field) for found in line.disagreements)
        text.append(f"; they differ: {differing}", style="yellow")
    return text


def _all(line: RegisterLine, now: datetime) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        title=f"{reference_words(line.episode)}  {state_words(line.status)}  {line.episode}",
        title_justify="left",
    )
    for column in ("field", "best known", "says who", "happened"):
        table.add_column(column, overflow="fold")
    for name, field in sorted(line.golden.items()):
        said_by = agency_words(field.source_agency) if field.source_agency else field.source_kind
        table.add_row(field_words(name), plain_words(field.value, now), said_by, clock(field.occurred_at, now))
    return table
