"""`homeward review`: pairs of reports of which a person must say whether they are of one child.

On the hub's machine, for an agency whose keys are here: the queue is read as the hub's `reviewer`, what the two sides
say is opened with that agency's own grant, and the decision is an ordinary signed message of that agency.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from consumers import RegisterView
from consumers.reader import read_profile
from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.desk import hub_now
from deploy.moments import clock
from deploy.review import Row, pairs_for, side_by_side, waiting
from deploy.review.queue import the_pair
from hub.ids import AgencyId
from hub.text import for_terminal
from producers import Publisher
from schemas.errors import HomewardError
from schemas.records import LinkDecided, LinkDecision, ReviewItem

app = noun(help="Pairs of reports that a person must decide about.")

_LOOK_AGAIN_SECONDS: Final = 0.5

Acting = Annotated[str | None, typer.Option("--as", help="Agency to act for; or give --profile.")]
Pair = Annotated[str, typer.Argument(help="The pair's name, or how it begins.")]


class NotTaken(HomewardError):
    """The hub has the decision and did not act on it."""


@command(app, "list", examples=("homeward review list", "homeward review list --as E08000005 --json"))
def list_(invocation: Invocation, *, acting: Acting = None) -> None:
    """List the pairs that wait, the most urgent first: how long, until when, how likely one child, and why."""
    items = pairs_for(_agency(acting), asyncio.run(_waiting(invocation)).values())
    now = asyncio.run(hub_now(invocation.home()))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("pair", "waits", "due", "one child?", "of", "why"):
        table.add_column(column, overflow="fold")
    for item in items:
        due = Text("" if item.due_at is None else clock(item.due_at), style="bold red" if _is_late(item, now) else "")
        of = " and ".join(filter(None, (item.agency_a, item.agency_b)))
        table.add_row(item.pair_id[:8], _hours(item, now), due, _likely(item), of, for_terminal(item.why))
    invocation.show({"waiting": [_row(item, now) for item in items]}, table)
    invocation.say(f"{len(items)} wait; next: homeward review show PAIR --as AGENCY")


@command(
    app,
    "show",
    examples=("homeward review show 7d1f0c2a --as E08000005", "homeward review show 7d1f0c2a --as E08000005 --json"),
)
def show(invocation: Invocation, pair: Pair, *, acting: Acting = None) -> None:
    """Put the two sides of a pair next to each other, with the weight of every comparison.

    What the sides say is opened by the grant of the agency you act for; what it does not open stays closed.
    """
    asyncio.run(_show(invocation.acting_for(acting), pair))


@command(
    app,
    "decide",
    examples=(
        'homeward review decide 7d1f0c2a same --why "both duty managers on the telephone" --as E08000005',
        'homeward review decide 7d1f0c2a different --why "twins: given names and schools differ" --as E08000005',
    ),
)
def decide(
    invocation: Invocation,
    pair: Pair,
    decision: Annotated[LinkDecision, typer.Argument(help="same, different, split or adoption_break.")],
    *,
    why: Annotated[str, typer.Option(help="Why; kept with the decision for ever.")],
    acting: Acting = None,
    role: Annotated[str, typer.Option(help="In which role you decide.")] = "reviewer",
) -> None:
    """Decide a pair. Your word beats every score for ever; whoever was told wrongly is told; it can be taken back.

    same: one child. different: two. split: they were joined by mistake. adoption_break: never to be joined or shown
    together again, whatever evidence comes.
    """
    if decision is LinkDecision.UNKNOWN or not why.strip():
        message = "say same, different, split or adoption_break, and why"
        raise typer.BadParameter(message)
    asyncio.run(_decide(invocation.acting_for(acting), pair, decision, why, role))


def _agency(acting: str | None) -> AgencyId | None:
    return None if acting is None else AgencyId(acting)


def _acting(invocation: Invocation) -> AgencyId:
    return read_profile(invocation.profile(), "look").agency


async def _waiting(invocation: Invocation) -> Mapping[str, ReviewItem]:
    home = invocation.home()
    return await waiting(home, home.running())


async def _show(invocation: Invocation, pair: str) -> None:
    async with RegisterView.open(profile=invocation.profile()) as register:
        agency = _acting(invocation)
        item = the_pair(pair, agency, await _waiting(invocation))
        rows = side_by_side(item, register.lines())
    now = await hub_now(invocation.home())
    head = Table(box=None, pad_edge=False, show_header=False)
    for name, value in _row(item, now).items():
        if name not in {"comparisons", "claim_a", "claim_b"} and value is not None:
            head.add_row(name, for_terminal(str(value)))
    weights = Text("\n".join(for_terminal(line) for line in item.comparisons))
    shown = {**_row(item, now), "fields": [{"field": r.field, "a": r.a, "b": r.b, "differs": r.differs} for r in rows]}
    invocation.show(shown, Group(head, Text(), _sides(item, rows), Text(), weights))
    if not rows:
        invocation.say(f"the grant of {agency} opens neither side; ask an agency whose grant does")


def _sides(item: ReviewItem, rows: tuple[Row, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("field", f"A: {item.agency_a or 'unknown'}", f"B: {item.agency_b or 'unknown'}"):
        table.add_column(column, overflow="fold")
    for row in rows:
        style = "yellow" if row.differs else ""
        table.add_row(row.field, *(Text(for_terminal(said or ""), style=style) for said in (row.a, row.b)))
    return table


async def _decide(invocation: Invocation, pair: str, decision: LinkDecision, why: str, role: str) -> None:
    """Send the decision, and see from outside whether the pair has left the queue.

    Raises:
        NotTaken: it still waits after the time that a receipt may take.
        Rejected: the hub refused the message, with every reason.
    """
    profile = invocation.profile()
    agency = _acting(invocation)
    item = the_pair(pair, agency, await _waiting(invocation))
    seconds = invocation.effective.settings.receipt_seconds
    word = LinkDecided(
        claim_a=item.claim_a,
        claim_b=item.claim_b,
        decision=decision,
        why=why,
        decided_by_role=role,
        occurred_at=datetime.now(UTC),
    )
    async with Publisher.open(profile=profile) as publisher:
        sent = await publisher.send(word)
        receipt = await sent.receipt(timeout=seconds)
        receipt.raise_if_rejected()
    deadline = asyncio.get_running_loop().time() + seconds  # the broker gives no event for a deleted record
    clock_now = asyncio.get_running_loop().time
    while item.pair_id in (left := await _waiting(invocation)) and clock_now() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    if item.pair_id in left:
        message = (
            f"the hub has the decision ({sent.message_id}) and the pair still waits: {agency} may not decide it. "
            "Claims of two agencies are joined by an agency with the directory role 'reviewer' alone"
        )
        raise NotTaken(message)
    invocation.show(
        {"pair": item.pair_id, "decision": decision, "message_id": sent.message_id, "waiting": len(left)},
    )


def _row(item: ReviewItem, now: datetime) -> dict[str, Any]:
    return {
        "pair": item.pair_id,
        "waits_hours": round((now - item.raised_at).total_seconds() / 3600, 2),
        "raised_at": item.raised_at,
        "due_at": item.due_at,
        "is_overdue": _is_late(item, now),
        "probability": item.probability,
        "agency_a": item.agency_a,
        "agency_b": item.agency_b,
        "claim_a": item.claim_a,
        "claim_b": item.claim_b,
        "why": item.why,
        "comparisons": list(item.comparisons),
        "reserved_for": item.reserved_for,
    }


def _is_late(item: ReviewItem, now: datetime) -> bool:
    return item.due_at is not None and item.due_at < now


def _hours(item: ReviewItem, now: datetime) -> str:
    minutes = int((now - item.raised_at).total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _likely(item: ReviewItem) -> str:
    return "not weighed" if item.probability is None else f"{item.probability:.1%}"
