"""`homeward episode`: one absence, as far as an agency may know of it."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from consumers import RegisterLine, RegisterView
from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.cli.register_commands import Agency, NoSuchEpisode, line_named
from deploy.desk import hub_now, read_own_messages
from deploy.moments import clock, stretch
from deploy.views.own_messages import OwnMessage, of_line
from deploy.views.timeline import Happening, differences, how_far, timeline
from deploy.views.words import (
    agency_words,
    awaits_police,
    child_words,
    desk_words,
    duty_words,
    is_reference_to,
    left,
    reference_words,
    risk_words,
    state_words,
    value_words,
)
from schemas.records import DutyState, EpisodeStatus, Phase, PhaseKind, PolicePosition, ToldSummary

_TIMES: Final = 14
"""Signs of the column of times: two in front of `27 Nov 02:58`."""
_NOT_AS_MISSING: Final = {"not recorded", "concern only"}
"""Answers of police that are no confirmation, in words."""

app = noun(help="One absence: what happened, who was told, what is owed.")


@command(
    app,
    "show",
    examples=(
        "homeward episode show 2B5F-3C1E --as E08000005",
        "homeward episode show 2b5f3c1e-6d1f-5a51-9a53-0c1d5a8c5f11 --as E08000005 --json",
    ),
)
def show(
    invocation: Invocation,
    episode: Annotated[str, typer.Argument(help="The episode's id, or the reference of a notice about it.")],
    *,
    reader: Agency = None,
) -> None:
    """Show one absence as a timeline: what happened, when it was reported, when we knew; who was told; what is owed.

    Times are British local time. Only what the agency's grant opens is shown; and, of its own messages, those of which
    nothing came, because the hub does not know what they are about.
    """
    invocation = invocation.acting_for(reader)
    line, own, now = asyncio.run(_found(invocation, episode))
    invocation.show(_mapping(line, now, own), Group(*shown(line, timeline(line), now, own=own)))


async def _found(invocation: Invocation, episode: str) -> tuple[RegisterLine, tuple[OwnMessage, ...], datetime]:
    own = await read_own_messages(invocation.profile())
    async with RegisterView.open(profile=invocation.profile()) as register:
        try:
            line = line_named(register, episode)
        except NoSuchEpisode as error:
            answered = next((one for one in own if is_reference_to(episode, one.episode)), None)
            if answered is None:
                raise
            message = f"{answered.reference} is no absence: the hub answers a message of your own. {answered.words}"
            raise NoSuchEpisode(message) from error
    return line, of_line(own, line), await hub_now(invocation.home())


def shown(
    line: RegisterLine,
    rows: Iterable[Happening],
    now: datetime,
    *,
    today: datetime | None = None,
    own: Iterable[OwnMessage] = (),
) -> Iterator[RenderableType]:
    """Everything of one absence as it stood at `now`, to be printed on the day of `today` (that of `now` if None).

    `own` are messages of the reader's own of which nothing came.

    A time of today is shown without its day; what day it is says the hub's clock, which in a demonstration runs ahead.
    """
    day = now if today is None else today
    yield Text(f"{reference_words(line.episode)}  {child_words(line) or 'name not open to you'}", style="bold")
    said = [state_words(line.status), f"risk {risk_words(line)}"]
    if awaits_police(line):
        said.append("police have not confirmed: ring")
    elif (decision := value_words(line, "police.decision")) in _NOT_AS_MISSING:
        said.append(f"police have answered: {decision}")
    elif value_words(line, "episode.police_position") == PolicePosition.CONFIRMED:
        said.append("police have it")
    yield Text(", ".join(said))
    for phase in line.phases:
        yield Text(f"  {_phase(phase, day, is_cancelled=line.status is EpisodeStatus.CANCELLED)}")
    yield Text("")
    yield _timeline(rows, day)
    differing = differences(line.disagreements, day)
    for title, lines in (
        ("Nothing came of", [(clock(one.told_at, day), one.words) for one in own]),
        ("They differ", [("", each) for each in differing]),
        ("Told", [_told(each, day) for each in line.told]),
        ("Owed", [_owed(duty, now, day) for duty in line.duties]),
    ):
        if lines:
            yield Text("")
            yield Text(title, style="bold")
            yield _dated(lines)
    if line.held:
        yield Text("")
        yield Text(f"not open to you: {', '.join(sorted(line.held))}", style="dim")


def _timeline(rows: Iterable[Happening], day: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("happened", "reported", "we knew"):
        table.add_column(title, no_wrap=True)
    table.add_column("who", max_width=16)
    table.add_column("what")
    for row in rows:
        table.add_row(
            *(clock(at, day) for at in (row.happened_at, row.reported_at, row.known_at)), Text(row.who), Text(row.what)
        )
    return table


def _dated(lines: Iterable[tuple[str, str]]) -> Table:
    """Times at the left, what they are of beside them, so that a long line does not run into the times."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, justify="right", min_width=_TIMES)
    table.add_column()
    for when, what in lines:
        table.add_row(when, Text(what))
    return table


def _told(told: ToldSummary, day: datetime) -> tuple[str, str]:
    desk = f" ({desk_words(told.desk)})" if told.desk else ""
    return clock(told.told_at, day), f"{agency_words(told.recipient)}{desk}: {how_far(told)}"


def _owed(duty: DutyState, now: datetime, day: datetime) -> tuple[str, str]:
    what = f"{agency_words(duty.owed_by)}: {duty_words(duty.duty)}"
    raw = f", without pauses {clock(duty.raw_due_at, day)}" if duty.raw_due_at not in {None, duty.due_at} else ""
    if duty.met_at is None:
        return clock(duty.due_at, day), f"{what}, {left(duty.due_at, now)}{raw}"
    if duty.is_withdrawn:
        return clock(duty.due_at, day), f"{what}, no longer owed since {clock(duty.met_at, day)}{raw}"
    late = (duty.met_at - duty.due_at).total_seconds()
    done = f"done {clock(duty.met_at, day)}{f', {stretch(late)} late' if late > 0 else ''}"
    return clock(duty.due_at, day), f"{what}, {done}{raw}"


def _phase(phase: Phase, day: datetime, *, is_cancelled: bool) -> str:
    """A stretch of the absence; of one that was cancelled it did not go on, whatever was reported."""
    kind = {PhaseKind.MISSING: "missing (M)", PhaseKind.AWAY: "away (A)"}.get(phase.kind, "located, not back")
    until = clock(phase.ended_at, day) if phase.ended_at else f"before {clock(phase.ended_before, day)}"
    is_over = phase.ended_at is not None or phase.ended_before is not None
    if not is_over and is_cancelled:
        return f"{kind}  {clock(phase.began_at, day)}, until it was cancelled"
    return f"{kind}  {clock(phase.began_at, day)} to {until if is_over else 'now'}"


def _mapping(line: RegisterLine, now: datetime, own: Iterable[OwnMessage] = ()) -> Mapping[str, Any]:
    return {
        "episode_id": line.episode,
        "reference": reference_words(line.episode),
        "at": now,
        "status": line.status,
        "changed_at": line.changed_at,
        "fields": {name: field.value for name, field in sorted(line.golden.items())},
        "phases": [
            {"kind": phase.kind, "began_at": phase.began_at, "ended_at": phase.ended_at} for phase in line.phases
        ],
        "timeline": [row.as_mapping() for row in timeline(line)],
        "differences": list(differences(line.disagreements, now)),
        "told": [
            {
                "recipient": each.recipient,
                "desk": each.desk,
                "kind": each.kind,
                "told_at": each.told_at,
                "means": each.means,
                "how_far": how_far(each),
            }
            for each in line.told
        ],
        "owed": [owed_mapping(duty) for duty in line.duties],
        "own_messages": [one.as_mapping() for one in own],
        "not_open": sorted(line.held),
    }


def owed_mapping(duty: DutyState) -> Mapping[str, Any]:
    """A duty as `--json` prints it."""
    return {
        "duty": duty.duty,
        "owed_by": duty.owed_by,
        "due_at": duty.due_at,
        "raw_due_at": duty.raw_due_at,
        "met_at": None if duty.is_withdrawn else duty.met_at,
        "withdrawn_at": duty.met_at if duty.is_withdrawn else None,
    }
