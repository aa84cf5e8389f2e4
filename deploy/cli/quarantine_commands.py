"""`homeward quarantine`: what the hub refused, what it failed on, and how the latter is put through again.

For the hub's operators, on the hub's machine. Nothing here opens a report: what an agency sent stays sealed.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.moments import clock, how_many
from deploy.quarantine import Kept, Replay, kept, replay, replays, the_one
from deploy.views.words import agency_words
from hub.text import for_terminal
from producers.errors import findings_table

app = noun(help="What the hub refused, or failed on and parked.")

_SHORT: Final = 8
Name = Annotated[str, typer.Argument(help="Id of what is kept, or how it begins.")]


@command(app, "list", examples=("homeward quarantine list", "homeward quarantine list --parked --json"))
def list_(
    invocation: Invocation,
    *,
    parked: Annotated[bool, typer.Option("--parked", help="Only what the hub failed on.")] = False,
) -> None:
    """List what is kept for the operators, oldest first: why, where it stood, when, and whose it claims to be.

    What was refused has a reason that its sender was told, if the sender is proven. What was parked made the hub fail
    three times: somebody may not have been told of a child. Put it through again once the cause is mended.
    """
    found, done = asyncio.run(_kept(invocation)), replays(invocation.home())
    shown = [each for each in found if each.is_parked or not parked]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "received", "why", "where", "claims to be of", ""):
        table.add_column(column, overflow="fold", no_wrap=column in {"id", "received"})
    for each in shown:
        style = "bold red" if each.is_parked and each.id not in done else ""
        table.add_row(
            each.id[:_SHORT], clock(each.record.received_at), Text(each.reason, style=style), _place(each),
            agency_words(for_terminal(each.record.claimed_agency or "")), _said(each, done),
        )  # fmt: skip
    waiting = sum(each.is_parked and each.id not in done for each in found)
    result = {
        "refused": sum(not each.is_parked for each in found),
        "parked": sum(each.is_parked for each in found),
        "records": [_row(each, done) for each in shown],
    }
    invocation.show(result, table if shown else Text("nothing is in quarantine"))
    if waiting:
        invocation.say(f"{how_many(waiting, 'parked record')}; next: homeward quarantine replay ID --by NAME")


@command(app, "show", examples=("homeward quarantine show 3f0a11c2", "homeward quarantine show 3f0a11c2 --json"))
def show(invocation: Invocation, name: Name) -> None:
    """Show one record that is kept: every reason, and its headers as they came; its value stays sealed."""
    each, done = the_one(name, asyncio.run(_kept(invocation))), replays(invocation.home())
    headers = [{"name": one.name, "value": one.value.decode("ascii", "replace")} for one in each.record.headers]
    findings = [
        {"field": one.field, "rule": one.rule, "remedy": one.remedy, "kind": one.kind} for one in each.record.reasons
    ]
    facts = {
        **_row(each, done),
        "is_whole": each.record.is_whole,
        "value_bytes": len(each.record.value),
        "value_sha256": hashlib.sha256(each.record.value).hexdigest(),
    }
    head = Table(box=None, pad_edge=False, show_header=False)
    head.add_column(no_wrap=True)
    head.add_column(overflow="fold")
    for key, value in facts.items():
        if value is not None:
            head.add_row(key, for_terminal(str(value)))
    for header in headers:
        head.add_row(f"header {for_terminal(header['name'])}", for_terminal(header["value"]))
    reasons = [Text(line) for line in findings_table(each.record.reasons)]
    invocation.show({**facts, "findings": findings, "headers": headers}, Group(head, Text(), *reasons))


@command(
    app,
    "replay",
    examples=(
        'homeward quarantine replay 3f0a11c2 --by "J. Hughes"',
        'homeward quarantine replay 3f0a11c2 9b27e5d0 --by "J. Hughes" --json',
    ),
)
def replay_(
    invocation: Invocation,
    names: Annotated[list[str], typer.Argument(help="Ids of what was parked, or how they begin.")],
    *,
    by: Annotated[str, typer.Option(help="Who asks for it; kept with it, and as a pseudonym in the audit log.")],
) -> None:
    """Put parked records through again: the same bytes under the same ids, once the cause of the failure is mended.

    Safe to repeat: what was handled meanwhile is dropped. A record that makes the hub fail again is parked again.
    """
    if not by.strip():
        message = "say who asks for it"
        raise typer.BadParameter(message, param_hint="--by")
    done = asyncio.run(_replayed(invocation, names, by.strip()))
    rows = [{"id": each.id, "topic": each.topic, "partition": each.partition, "offset": each.offset} for each in done]
    lines = [Text(f"{each.id[:_SHORT]} stands on {each.topic}/{each.partition}/{each.offset} again") for each in done]
    invocation.show({"by": by.strip(), "replayed": rows}, Group(*lines))
    invocation.say("whether it came through: homeward check, and homeward quarantine list")


async def _kept(invocation: Invocation) -> tuple[Kept, ...]:
    home = invocation.home()
    return await kept(home, home.running())


async def _replayed(invocation: Invocation, names: Sequence[str], by: str) -> tuple[Replay, ...]:
    home = invocation.home()
    found = await kept(home, home.running())
    chosen = {each.id: each for each in (the_one(name, found) for name in names)}
    return await replay(home, home.running(), chosen.values(), by=by)


def _row(each: Kept, done: Mapping[str, Replay]) -> dict[str, Any]:
    record, replayed = each.record, done.get(each.id)
    has_first = record.first_partition is not None and record.first_offset is not None
    return {
        "id": each.id,
        "reason": each.reason,
        "is_parked": each.is_parked,
        "topic": record.original_topic,
        "partition": record.original_partition,
        "offset": record.original_offset,
        "received_at": record.received_at,
        "claimed_agency": record.claimed_agency,
        "message_id": each.message_id,
        "first": f"inbound/{record.first_partition}/{record.first_offset}" if has_first else None,
        "replayed_at": None if replayed is None else replayed.at,
        "replayed_by": None if replayed is None else replayed.by,
    }


def _place(each: Kept) -> str:
    return f"{each.record.original_topic}/{each.record.original_partition}/{each.record.original_offset}"


def _said(each: Kept, done: Mapping[str, Replay]) -> str:
    """What else a line says: that it was put through again, or which message had its id first."""
    if (replayed := done.get(each.id)) is not None:
        return f"replayed {clock(replayed.at)} by {for_terminal(replayed.by)}"
    first = _row(each, done)["first"]
    return f"the first of its id stands at {first}" if first else ""
