"""`homeward asof`: what the hub knew at a time, from the log itself. On the hub's own machine, for its operators."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from consumers import RegisterLine
from deploy.cli.declaring import command
from deploy.cli.episode_commands import owed_mapping, shown
from deploy.cli.invocation import Invocation
from deploy.cli.progress import Steps
from deploy.desk import hub_now
from deploy.directory import read_directory
from deploy.log_walk import ChildEvents, walk
from deploy.moments import clock, how_many, moment
from deploy.rules import rules_of
from deploy.views.asof import is_child_of, line_as_of
from deploy.views.timeline import timeline
from deploy.views.words import OPEN, child_words, reference_words, risk_words, state_words
from hub.deadlines import deadlines
from hub.delivery import calls, proofs
from hub.directory import Directory
from hub.episode import fold
from hub.ids import ChildId
from hub.reference import packaged_reference
from hub.rulebook import Rulebook
from schemas.errors import HomewardError

_BETWEEN = "/"


class NotKnownThen(HomewardError):
    """The hub knew no such child at that time, or nobody can know yet."""


def register(app: typer.Typer) -> None:
    """Put the command at the top of the command line."""
    command(
        app,
        "asof",
        examples=("homeward asof 2026-11-24T21:30 --child E08000005/CS-0500001", "homeward asof 21:30 --json"),
    )(as_of)


def as_of(
    invocation: Invocation,
    time: Annotated[str, typer.Argument(help="21:30, or 2026-11-24T21:30 (British local time, or with a zone).")],
    *,
    child: Annotated[
        str | None,
        typer.Option("--child", help="One child: its id at the hub, or AGENCY/REFERENCE as that agency calls it."),
    ] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only absences that went on at that time.")] = False,
) -> None:
    """Show what the hub knew at a time: a child's absences, or the whole register, walked from the log.

    It reads the log on the hub's own machine, with the hub's keys, and writes nothing. What was accepted later is not
    in it, whatever it was about.
    """
    now = asyncio.run(hub_now(invocation.home()))
    at = moment(time, now)
    if at > now:
        message = f"{clock(at, now)} lies ahead; expected a time that is over (at the hub it is {clock(now)})"
        raise NotKnownThen(message)
    with Steps(invocation.talk) as steps:
        lines = asyncio.run(_known(invocation, at, child, steps))
    if child is not None and not lines:
        message = (
            f"the hub knew of no absence of {child} at {clock(at, now)}; expected a child's id, or AGENCY/REFERENCE"
        )
        raise NotKnownThen(message)
    kept = [line for line in lines if not only_open or line.status in OPEN]
    if invocation.is_json:
        invocation.show({"as_of": at, "episodes": [_mapping(line, whole=child is not None) for line in kept]})
    elif child is not None:
        for line in kept:
            invocation.show({}, Group(*shown(line, timeline(line), at, today=now), Text("")))
    else:
        invocation.show({}, _table(kept, now))
    invocation.say(f"{how_many(len(kept), 'absence')} as known at {clock(at, now)}; duties by the rules of today")


async def _known(invocation: Invocation, at: datetime, child: str | None, steps: Steps) -> list[RegisterLine]:
    home = invocation.home()
    running = home.running()
    directory = await read_directory(home, running.bootstrap, home.schema_ids())
    rules = rules_of(home)
    alone = None if child is None or _BETWEEN in child else ChildId(child)
    found: list[RegisterLine] = []
    async for children in walk(home, running, progress=steps, until=at, child=alone):
        found += _lines(_wanted(children, child), directory, rules)
    return sorted(found, key=lambda line: (line.status not in OPEN, line.changed_at, line.episode))


def _wanted(children: ChildEvents, child: str | None) -> ChildEvents:
    if child is None or _BETWEEN not in child:
        return children
    agency, _, reference = child.partition(_BETWEEN)
    return {id_: events for id_, events in children.items() if is_child_of(events.values(), agency, reference)}


def _lines(children: ChildEvents, directory: Directory, rules: Rulebook) -> Iterator[RegisterLine]:
    for id_, events in children.items():
        state = fold(id_, events.values())
        duties = deadlines(state, rules.deadlines, directory, packaged_reference())
        how_far, to_ring = tuple(proofs(state, directory).values()), calls(state)
        for episode in state.episodes:
            yield line_as_of(
                state, episode, deadlines=duties, proofs=how_far, calls=to_ring, delivery_rules=rules.delivery
            )


def _table(lines: list[RegisterLine], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("reference", "state", "child", "since", "risk"):
        table.add_column(title)
    for line in lines:
        began = line.known("episode.began_at")
        table.add_row(
            reference_words(line.episode),
            state_words(line.status),
            Text(child_words(line)),
            clock(None if began is None else datetime.fromisoformat(began.value), now),
            risk_words(line),
        )
    return table


def _mapping(line: RegisterLine, *, whole: bool) -> Mapping[str, Any]:
    shown_of = {
        "episode_id": line.episode,
        "reference": reference_words(line.episode),
        "child_id": line.child,
        "status": line.status,
        "sequence": line.sequence,
        "changed_at": line.changed_at,
    }
    if not whole:
        return shown_of
    return {
        **shown_of,
        "fields": {name: field.value for name, field in sorted(line.golden.items())},
        "timeline": [row.as_mapping() for row in timeline(line)],
        "owed": [owed_mapping(duty) for duty in line.duties],
    }
