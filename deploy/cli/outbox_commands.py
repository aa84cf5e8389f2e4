"""`homeward outbox`: what an agency has said and the hub has not answered yet, or refused.

Whatever waits goes out by itself while any command or program of the agency has its outbox open, so to look is to send.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import CONNECTED_WITHIN, Invocation, Status
from deploy.cli.progress import Steps
from deploy.cli.sending import opened_publisher
from deploy.moments import clock
from producers import Counts, RefusedRow
from producers.errors import findings_table
from schemas.errors import HomewardError

app = noun(help="What an agency sent and the hub has not answered yet, or refused.")

Agency = Annotated[str | None, typer.Argument(help="Agency to act for; or give --profile.")]
Message = Annotated[str, typer.Argument(help="Id of the refused message.")]
As = Annotated[str | None, typer.Option("--as", help="Agency to act for; or give --profile.")]
_LOOK_SECONDS: Final = 0.05


class NoSuchRefusal(HomewardError):
    """The outbox holds no refused message of this id."""


@command(app, "show", examples=("homeward outbox show E08000005", "homeward outbox show E08000005 --json"))
def show(invocation: Invocation, agency: Agency = None) -> None:
    """Send what waits in an agency's outbox, and show what the hub has not answered yet, or refused.

    Exit status 0 if nothing is left; 1 if something waits or was refused, 3 if it waits for a hub that is away.
    """
    looked = asyncio.run(_looked(invocation.acting_for(agency)))
    counts, refused = looked.counts, looked.refused
    waiting = counts.waiting + counts.picked + counts.taken
    shown = {"waiting": waiting, "is_connected": looked.is_connected, "refused": [_row(row) for row in refused]}
    invocation.show(shown, Group(*_lines(waiting, refused)))
    if waiting and not looked.is_connected:
        why = looked.hindrance or "the hub cannot be reached; whether it runs, and what ails it: homeward doctor"
        invocation.say(f"what waits is safe on this disk: {why}")
        raise typer.Exit(Status.UNREACHABLE)
    if refused:
        invocation.say("put right what is named, then: homeward outbox send-again ID, or homeward outbox give-up ID")
    if waiting or refused:
        raise typer.Exit(Status.FAILED)


@command(
    app,
    "send-again",
    examples=(
        "homeward outbox send-again 0192f7c1-7000-7a3b-8c4d-5e6f70819202 --as E08000005",
        "homeward outbox send-again 0192f7c1-7000-7a3b-8c4d-5e6f70819202 --json",
    ),
)
def send_again(invocation: Invocation, message: Message, *, reader: As = None) -> None:
    """Sign a refused message anew, under a new id and with the key of today, and send it."""
    asyncio.run(_decided(invocation.acting_for(reader), message, is_sent=True))
    invocation.show({"message_id": message, "became": "sent again"})


@command(
    app,
    "give-up",
    examples=(
        "homeward outbox give-up 0192f7c1-7000-7a3b-8c4d-5e6f70819202 --as E08000005",
        "homeward outbox give-up 0192f7c1-7000-7a3b-8c4d-5e6f70819202 --json",
    ),
)
def give_up(invocation: Invocation, message: Message, *, reader: As = None) -> None:
    """Delete a refused message for good: nobody was told of it, and nobody will be."""
    asyncio.run(_decided(invocation.acting_for(reader), message, is_sent=False))
    invocation.show({"message_id": message, "became": "given up"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What an outbox holds after what could be sent was sent, and whether the hub was reached."""

    counts: Counts
    refused: tuple[RefusedRow, ...]
    is_connected: bool
    hindrance: str | None


async def _looked(invocation: Invocation) -> _Looked:
    with Steps(invocation.talk) as steps:
        async with opened_publisher(invocation.profile()) as publisher:
            steps("sending what waits", 0, 0)
            with suppress(TimeoutError):
                async with asyncio.timeout(CONNECTED_WITHIN):
                    await publisher.answered()
                    # Where nothing waits, nothing says whether the hub has been reached yet.
                    while not publisher.is_connected:  # noqa: ASYNC110 - a look, five seconds at most
                        await asyncio.sleep(_LOOK_SECONDS)
            if publisher.is_connected:
                with suppress(TimeoutError):
                    await publisher.answered(timeout=invocation.effective.settings.receipt_seconds)
            return _Looked(
                counts=await publisher.counts(),
                refused=await publisher.refused(),
                is_connected=publisher.is_connected,
                hindrance=publisher.hindrance,
            )


async def _decided(invocation: Invocation, message: str, *, is_sent: bool) -> None:
    async with opened_publisher(invocation.profile()) as publisher:
        row = next((row for row in await publisher.refused() if row.message_id == message), None)
        if row is None or not await (publisher.send_again(row) if is_sent else publisher.give_up(row)):
            text = f"the outbox holds no refused message {message}; what there is: homeward outbox show"
            raise NoSuchRefusal(text)


def _row(row: RefusedRow) -> Mapping[str, Any]:
    findings = [{"field": each.field, "rule": each.rule, "remedy": each.remedy} for each in row.findings]
    return {
        "message_id": row.message_id,
        "record_type": row.record_type,
        "made_at": row.made_at,
        "findings": findings,
    }


def _lines(waiting: int, refused: Sequence[RefusedRow]) -> list[Text | Table]:
    if not waiting and not refused:
        return [Text("nothing waits: the hub has answered everything")]
    waits, were = "waits" if waiting == 1 else "wait", "was" if len(refused) == 1 else "were"
    lines: list[Text | Table] = [Text(f"{waiting} {waits} for the hub's answer; {len(refused)} {were} refused")]
    for row in refused:
        lines.append(Text(f"{clock(row.made_at)}  {row.record_type} {row.message_id}", style="bold"))
        lines += [Text(line) for line in findings_table(row.findings)]
    return lines
