"""`homeward inbox`: what the hub tells an agency.

Without a role nothing is opened for anybody to read: a line says that a notice needs somebody, its reference and when
it is due, and nothing about a child; of what is held for the day, from when it is to be shown. With `--role`, a notice
is shown in full, and the hub is told that this role has opened it. An alert (a message was refused; messages in this
agency's name did not verify) names no child and is always shown in full.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from consumers import Inbox, InboxAlert, InboxNotice
from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation, run_until_stopped, until
from deploy.desk import hub_times
from deploy.mailbox import Item, Mailbox
from deploy.moments import BRITAIN, clock, how_many
from deploy.views.words import field_words, plain_words
from hub.routing import outside_text, packaged_rules
from producers.errors import findings_table
from schemas.records import Ask, DeskAlert, Notice, Urgency

app = noun(help="What the hub tells an agency: notices, and alerts about its own messages.")

Agency = Annotated[str | None, typer.Argument(help="Agency to act for; or give --profile.")]
Role = Annotated[
    str | None,
    typer.Option("--role", help="The role that reads: notices are shown in full, and reported as opened."),
]


@command(
    app,
    "watch",
    examples=("homeward inbox watch E08000005", "homeward inbox watch E08000005 --role duty_social_worker"),
)
def watch(invocation: Invocation, agency: Agency = None, *, role: Role = None) -> None:
    """Watch an agency's notices as they come, until Ctrl-C; with `--json` one object a line.

    Without --role it only looks: nothing is opened, and the mailbox counts as unread still where no program reads it.
    """
    invocation = invocation.acting_for(agency)
    run_until_stopped(lambda stop: until(stop, _opened(invocation, role) if role else _outlines(invocation, wait=True)))


@command(app, "list", examples=("homeward inbox list E08000005", "homeward inbox list --profile E08000005 --json"))
def list_(invocation: Invocation, agency: Agency = None) -> None:
    """List the notices in an agency's mailbox, oldest first, without opening them for anybody."""
    asyncio.run(_outlines(invocation.acting_for(agency), wait=False))


async def _outlines(invocation: Invocation, *, wait: bool) -> None:
    count = 0
    times = await hub_times(invocation.home())
    async with Mailbox.open(invocation.profile(), from_start=not wait) as mailbox:
        if wait:
            invocation.say(
                f"watching the inbox of {mailbox.agency}; Ctrl-C ends\n"
                "nothing counts as read by this, and the mailbox stays unread where no program reads it; "
                f"to read: homeward inbox watch {mailbox.agency} --role ROLE"
            )
        async for item in mailbox.items(wait=wait):
            if isinstance(item.record, Notice):
                count += 1
                now = times.hub_time(datetime.now(UTC))
                invocation.show(_outline(item, item.record), _outline_text(item.record, now))
            elif isinstance(item.record, DeskAlert):
                now = times.hub_time(datetime.now(UTC))
                invocation.show(_alert(item.record, item.appended_at), _alert_text(item.record, now))
    invocation.say(f"{how_many(count, 'notice')}; to read: homeward inbox watch {mailbox.agency} --role ROLE")


async def _opened(invocation: Invocation, role: str) -> None:
    times = await hub_times(invocation.home())
    async with Inbox.open(profile=invocation.profile()) as inbox:
        invocation.say(f"reading as {role}; each notice shown is reported to the hub as opened; Ctrl-C ends")
        async for item in inbox.everything():
            now = times.hub_time(datetime.now(UTC))
            if isinstance(item, InboxAlert):
                invocation.show(_alert(item.record, item.appended_at), _alert_text(item.record, now))
            elif isinstance(item, InboxNotice):
                invocation.show(_full(item), _full_text(item, now))
                await item.opened(role=role)


def _outline(item: Item, notice: Notice) -> Mapping[str, Any]:
    return {
        "notice_id": item.id,
        "reference": notice.reference,
        "kind": notice.kind,
        "ask": notice.ask,
        "urgency": notice.urgency,
        "desk": notice.desk,
        "due_at": notice.due_at,
        "not_before": notice.not_before,
        "appended_at": item.appended_at,
    }


def _alert(alert: DeskAlert, appended_at: datetime) -> Mapping[str, Any]:
    return {
        "notice_id": alert.alert_id,
        "reference": alert.message_id or "",
        "kind": alert.kind,
        "ask": Ask.ACTION,
        "urgency": Urgency.NOW,
        "desk": alert.desk,
        "due_at": None,
        "not_before": None,
        "appended_at": appended_at,
        "what_happened": alert.what_happened,
        "asked_of_you": alert.asked_of_you,
        "count": alert.count,
        "findings": [{"field": each.field, "rule": each.rule, "remedy": each.remedy} for each in alert.findings],
    }


def _alert_text(alert: DeskAlert, now: datetime) -> RenderableType:
    about = f"{alert.message_type or 'message'} {alert.message_id}" if alert.message_id else alert.desk
    heading = Text(f"{clock(alert.issued_at, now)}  {plain_words(alert.kind)}  {about}", style="bold red")
    said = [Text(alert.what_happened), Text(f"asked of you: {alert.asked_of_you}", style="bold")]
    said += [Text(line) for line in findings_table(alert.findings)]
    return Group(heading, Padding(Group(*said), (0, 0, 1, 2)))


def _full(notice: InboxNotice) -> Mapping[str, Any]:
    record = notice.record
    return {
        **_outline(Item(id=notice.id, record=record, appended_at=notice.appended_at), record),
        "episode_id": record.episode_id,
        "what_happened": record.what_happened,
        "asked_of_you": record.asked_of_you,
        "police_position": record.police_position,
        "fields": {field.name: field.value for field in record.fields},
        "withdrawn_fields": record.withdrawn_fields,
    }


def _outline_text(notice: Notice, now: datetime) -> RenderableType:
    due_at = None if notice.due_at is None else notice.due_at.astimezone(BRITAIN)
    line = Text(f"{clock(notice.issued_at, now)}  ")
    style = "bold" if notice.ask is Ask.ACTION else "dim" if _held(notice, now) else ""
    return line.append(
        f"{outside_text(replace(notice, due_at=due_at), packaged_rules())}{_held(notice, now)}", style=style
    )


def _held(notice: Notice, now: datetime) -> str:
    """That nobody has to look at it yet, and from when; nothing once that time has come."""
    return "" if notice.not_before is None or notice.not_before <= now else f", for {clock(notice.not_before, now)}"


def _full_text(notice: InboxNotice, now: datetime) -> RenderableType:
    heading = Text(f"{clock(notice.record.issued_at, now)}  {notice.reference}  {notice.kind}", style="bold")
    if notice.is_action:
        due = f", due {clock(notice.due_at, now)}" if notice.due_at else ""
        heading.append(f"  action{due}", style="bold red")
    elif held := _held(notice.record, now):
        heading.append(f"  information{held}", style="dim")
    said = [Text(notice.what_happened)]
    if notice.asked_of_you:
        said.append(Text(f"asked of you: {notice.asked_of_you}", style="bold"))
    fields = Table.grid(padding=(0, 2, 0, 0))
    fields.add_column(style="dim")
    fields.add_column(overflow="fold")
    for field in notice.fields:
        fields.add_row(field_words(field.name), plain_words(field.value, now))
    if notice.withdrawn_fields:
        fields.add_row("no longer holds", ", ".join(map(field_words, notice.withdrawn_fields)), style="yellow")
    return Group(heading, Padding(Group(*said), (0, 0, 0, 2)), Padding(fields, (0, 0, 1, 4)))
