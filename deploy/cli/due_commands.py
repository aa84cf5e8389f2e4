"""`homeward due`, `late` and `handover`: what an agency owes, what it is late with, and the page for the next shift.

They show what the agency's own inbox and grants hold, and nothing else. They open no notice for anybody: one that
nobody has opened shows its reference and when it is due.
"""

import asyncio
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.cli.declaring import command
from deploy.cli.entries import Entry, Fitting, Page, Part, Section
from deploy.cli.invocation import Invocation
from deploy.cli.progress import Steps
from deploy.desk import Desk, read_desk
from deploy.moments import clock, how_many, over, stretch
from deploy.views.duties import Owed, together
from deploy.views.handover import LINES, ROWS, Handover, handover
from deploy.views.words import agency_words, desk_words, reference_words
from hub.delivery import acted_for

Agency = Annotated[str | None, typer.Argument(help="Agency to act for; or give --profile.")]
Within = Annotated[float | None, typer.Option(min=0, help="Only what is due within so many hours from now.")]
Since = Annotated[
    str | None, typer.Option(help="When the last shift began: 19:00, or 2026-11-24T19:00; 12 hours ago unless given.")
]
_SHIFT: Final = timedelta(hours=12)
_SOON: Final = timedelta(hours=1)
_NAME: Final = 20
"""Signs of a child's name in its column on the page of a handover."""
_WHOLE_NAME: Final = 40
"""Signs of a child's name before what is owed."""
_TIME: Final = len("27 Nov 23:59")
_LEFT: Final = len("3 h 35 min late")


def register(app: typer.Typer) -> None:
    """Put these commands at the top of the command line."""
    command(app, "due", examples=("homeward due E08000005", "homeward due E08000005 --within 12 --json"))(due)
    command(app, "late", examples=("homeward late E08000005", "homeward late --profile E23000005 --json"))(late)
    command(
        app,
        "handover",
        examples=("homeward handover E08000005", "homeward handover E08000005 --since 19:00 > handover.txt"),
    )(hand_over)


def due(invocation: Invocation, agency: Agency = None, *, within: Within = None) -> None:
    """Show what an agency owes and by when, the earliest first: duties of the register and notices that ask."""
    desk = _desk(invocation, agency)
    until = None if within is None else desk.now + timedelta(hours=within)
    _list(invocation, desk, [one for one in desk.owed if until is None or one.due_at <= until], "nothing is owed")


def late(invocation: Invocation, agency: Agency = None) -> None:
    """Show what an agency owes and is late with, the longest late first."""
    desk = _desk(invocation, agency)
    _list(invocation, desk, [one for one in desk.owed if one.is_late(desk.now)], "nothing is late")


def hand_over(invocation: Invocation, agency: Agency = None, *, since: Since = None) -> None:
    """Print one page for whoever takes over: what is new, what is owed, what nobody took, whom to ring."""
    desk = _desk(invocation, agency)
    began = desk.now - _SHIFT if since is None else over(since, desk.now)
    page = handover(
        desk.lines, desk.owed, desk.untaken,
        agency=desk.agency, since=began, until=desk.now, unread_for=desk.unread_for,
    )  # fmt: skip
    invocation.show(page.as_mapping(), _page(page))
    _say(invocation, desk)


def _desk(invocation: Invocation, agency: str | None) -> Desk:
    invocation = invocation.acting_for(agency)
    with Steps(invocation.talk) as steps:
        return asyncio.run(read_desk(invocation.home(), invocation.profile(), steps))


def _list(invocation: Invocation, desk: Desk, rows: Sequence[Owed], nothing: str) -> None:
    unread = None if desk.unread_for is None else round(desk.unread_for.total_seconds())
    owed = [one.as_mapping(desk.now) for one in rows]
    shown = {"agency": desk.agency, "at": desk.now, "mailbox_unread_seconds": unread, "owed": owed}
    invocation.show(shown, _shown(rows, desk.now) if rows else Text(nothing))
    if desk.unread_for is not None:
        invocation.say(_unread(desk.agency, desk.unread_for))
    _say(invocation, desk)


def _unread(agency: str, unread_for: timedelta) -> str:
    """That nobody would hear of a child now, and what to do."""
    for_so_long = stretch(unread_for.total_seconds())
    return (
        f"nobody has read the mailbox of {agency_words(agency)} for {for_so_long}: start the program that reads it, "
        f"or: homeward inbox watch {shlex.quote(agency)} --role ROLE (without --role nothing counts as read)"
    )


def _say(invocation: Invocation, desk: Desk) -> None:
    if not desk.has_register:
        invocation.say(f"{agency_words(desk.agency)} has no grant for the register: this is from its mailbox alone")
    elif desk.behind:
        invocation.say(f"{how_many(desk.behind, 'record')} of the register not read yet")


def _shown(rows: Sequence[Owed], now: datetime) -> RenderableType:
    entries = [
        Entry(
            reference=one.reference,
            when=(Part(clock(one.due_at, now)), Part(one.left(now), style=_style(one, now))),
            what=(Part(_whose_and_what(one, count, now)),),
            indent=0,
        )
        for one, count in together(rows)
    ]
    return Fitting(_table(rows, now), Group(*entries))


def _table(rows: Sequence[Owed], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("due", no_wrap=True)
    table.add_column("left", no_wrap=True)
    table.add_column("reference", no_wrap=True)
    table.add_column("child", max_width=16, no_wrap=True)
    table.add_column("what")
    for one, count in together(rows):
        table.add_row(
            Text(clock(one.due_at, now)),
            Text(one.left(now), style=_style(one, now)),
            one.reference,
            Text(one.child),
            Text(_what(one, count, now)),
        )
    return table


def _whose_and_what(one: Owed, count: int, now: datetime) -> str:
    """The child first: of long words the end may be left out."""
    what = _what(one, count, now)
    return f"{_cut(one.child, _WHOLE_NAME)}: {what}" if one.child else what


def _what(one: Owed, count: int, now: datetime) -> str:
    raw = f" (without pauses {clock(one.raw_due_at, now)})" if one.was_paused else ""
    whose = f"for {agency_words(one.acts_for)}: " if one.acts_for else ""
    return f"{whose}{one.what}{raw}" if count == 1 else f"{count} notices need you"


def _style(one: Owed, now: datetime) -> str:
    if one.is_late(now):
        return "bold red"
    return "yellow" if one.due_at - now < _SOON else ""


def _page(page: Handover) -> Page:
    now = page.until
    head = [
        Text(f"Handover: {agency_words(page.agency)}", style="bold"),
        Text(f"{clock(page.since, now)} to {clock(now, now)} ({stretch((page.until - page.since).total_seconds())})"),
        Text(f"{how_many(page.still_missing, 'absence')} going on"),
    ]
    if page.unread_for is not None:
        head.append(Text(_unread(page.agency, page.unread_for), style="bold yellow"))
    return Page(head=tuple(head), sections=tuple(_sections(page)), most=ROWS, lines=LINES)


def _sections(page: Handover) -> Iterator[Section]:
    now = page.until
    new = [
        Entry(
            reference=each.reference,
            when=(Part(clock(each.changed_at, now), -_TIME),),
            what=(Part(_cut(each.child, _NAME), _NAME), Part(f"{each.state}, risk {each.risk}")),
        )
        for each in page.new
    ]
    yield Section(title="New since then", entries=new, everything="homeward register show")
    owed = [
        Entry(
            reference=each.reference,
            when=(Part(clock(each.due_at, now), -_TIME), Part(each.left(now), _LEFT)),
            what=(Part(_whose_and_what(each, count, now)),),
        )
        for each, count in together(page.owed)
    ]
    yield Section(title="Still owed", entries=owed, everything="homeward due")
    counted = Counter((notice.reference, notice.due_at, notice.desk) for notice in page.untaken)
    untaken = [
        Entry(reference=reference, what=(Part(_waiting(clock(due, now), desk, count)),))
        for (reference, due, desk), count in counted.items()
    ]
    yield Section(title="Taken by nobody", entries=untaken, everything="homeward inbox list")
    ring = [
        Entry(
            reference=reference_words(each.episode),
            what=(Part(f"{each.whom}{f' {each.telephone}' if each.telephone else ''}: {each.why}"),),
        )
        for each in page.ring
    ]
    yield Section(title="Ring", entries=ring, everything="homeward handover --json")


def _waiting(due: str, desk: str, count: int) -> str:
    """What waits at a desk until somebody takes it."""
    several = f", {count} notices" if count > 1 else ""
    own, whose = acted_for(desk) or (desk, None)
    at = f"{desk_words(own)} desk" if whose is None else f"{desk_words(own)} desk for {agency_words(whose)}"
    return f"{f'due {due}' if due else 'no time set'}, {at}{several}"


def _cut(name: str, most: int) -> str:
    """A name of at most so many signs: it keeps its column, and leaves room for what is said of it."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
