"""`homeward review`: pairs of reports of which a person must say whether they are of one child.

On the hub's machine, for an agency whose keys are here: the queue is read as the hub's `reviewer`, what the two sides
say is opened with that agency's own grant, and the decision is an ordinary signed message of that agency.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from consumers import RegisterView
from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.cli.register_commands import line_named
from deploy.cli.review_decision import decided
from deploy.cli.review_pairs import (
    BESIDE,
    FoundPair,
    acting_agency,
    found_pair,
    likely,
    lines_of_child,
    need_member,
    opened_register,
    pair_in_words,
    pair_row,
    review_queue,
    short_name,
    two_children,
    waited,
)
from deploy.desk import hub_now
from deploy.moments import clock, how_many
from deploy.review import APART, TOGETHER, Row, Standing, pairs_for, pairs_of_one, records_of, side_by_side
from deploy.review.weighing import weighed
from deploy.views.words import agency_words, child_words, field_words, plain_words, reference_words
from hub.identity.reviews import REVIEWER
from hub.ids import AgencyId
from hub.text import for_terminal
from schemas.records import LinkDecision, ReviewItem

app = noun(help="Pairs of reports that a person must decide about.")

_LONGEST_WHY: Final = 2000
_WORDS: Final = tuple(each for each in LinkDecision if each is not LinkDecision.UNKNOWN)

Acting = Annotated[str | None, typer.Option("--as", help="Agency to act for; or give --profile.")]
Pair = Annotated[
    str,
    typer.Argument(
        help="The pair's name, or how it begins; or two episodes of two children: EPISODE+EPISODE; or its two records, "
        "as a decision names them: CLAIM+CLAIM."
    ),
]


@command(app, "list", examples=("homeward review list", "homeward review list --as E08000005 --json"))
def list_(invocation: Invocation, *, acting: Acting = None) -> None:
    """List the pairs that wait, the most urgent first: how long, until when, how likely one child, and why."""
    if acting is not None:
        asyncio.run(need_member(invocation, AgencyId(acting)))
    items = pairs_for(
        None if acting is None else AgencyId(acting), asyncio.run(review_queue(invocation)).waiting.values()
    )
    now = asyncio.run(hub_now(invocation.home()))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("pair", "waits", "due", "one child?", "whose records, and why"):
        table.add_column(column, overflow="fold", no_wrap=column in {"pair", "waits", "due"})
    for item in items:
        due = "" if item.due_at is None else clock(item.due_at, now)
        of = " and ".join(agency_words(agency) for agency in (item.agency_a, item.agency_b) if agency)
        about = Text(f"{of}: " if of else "", style="bold").append(for_terminal(item.why), style="not bold")
        table.add_row(item.pair_id[:8], waited(item, now), due, likely(item), about)
    invocation.show({"waiting": [pair_row(item, now) for item in items]}, table if items else Text("no pair waits"))
    if items:
        who = acting or "AGENCY"
        invocation.say(
            f"{how_many(len(items), 'pair')} waiting; next: homeward review show {short_name(items[0])} --as {who}"
        )


@command(
    app,
    "show",
    examples=("homeward review show 7d1f0c2a --as E08000005", "homeward review show 7d1f0c2a --as E08000005 --json"),
)
def show(invocation: Invocation, pair: Pair, *, acting: Acting = None) -> None:
    """Put the two sides of a pair next to each other, with the weight of every comparison.

    What the sides say is opened by the grant of the agency you act for; what it does not open stays closed. A pair that
    does not wait is weighed anew, by what is open.
    """
    asyncio.run(_show(invocation.acting_for(acting), pair))


@command(
    app,
    "pairs",
    examples=(
        "homeward review pairs 2B5F-3C1E --as E08000005",
        "homeward review pairs 2B5F-3C1E 77A0-91BC --as E08000005 --json",
    ),
)
def pairs(
    invocation: Invocation,
    episode: Annotated[str, typer.Argument(help="An episode, by id or reference.")],
    other: Annotated[str | None, typer.Argument(help="An episode of what may be the same child.")] = None,
    *,
    acting: Acting = None,
) -> None:
    """Name the pairs of records that stand in the register already, so that they can be decided again.

    Of one episode: the records that its child is made of, each with the pair that would part it from the first one. Of
    two episodes of two children: the pair that would join them.
    """
    asyncio.run(_pairs(invocation.acting_for(acting), episode, other))


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
    role: Annotated[
        str | None, typer.Option(help=f"In which role you decide; {REVIEWER}, if the pair is reserved for nobody.")
    ] = None,
) -> None:
    """Decide a pair. Your word beats every score for ever; whoever was told wrongly is told; it can be taken back.

    same: one child. different: two. split: they were joined by mistake. adoption_break: never to be joined or shown
    together again, whatever evidence comes.

    A pair that does not wait any more, or never did, is named by: homeward review pairs EPISODE. Its two records, which
    each decision prints, name any pair: CLAIM+CLAIM
    """
    if decision not in _WORDS:
        message = f"say {', '.join(_WORDS[:-1])} or {_WORDS[-1]}"
        raise typer.BadParameter(message, param_hint="DECISION")
    if not why.strip() or len(why) > _LONGEST_WHY:
        message = f"say why, in at most {_LONGEST_WHY:,} characters; it is kept for ever"
        raise typer.BadParameter(message, param_hint="--why")
    asyncio.run(decided(invocation.acting_for(acting), pair, decision, why.strip(), role))


async def _show(invocation: Invocation, pair: str) -> None:
    agency, queue = acting_agency(invocation), await review_queue(invocation)
    async with opened_register(invocation) as register:
        found = found_pair(pair, agency, queue, register)
        lines = () if register is None else register.lines()
    rows = side_by_side(found.item, lines)
    if rows and not found.waits:
        found = FoundPair(weighed(found.item, lines), waits=False)
    item, now = found.item, await hub_now(invocation.home())
    head = Table(box=None, pad_edge=False, show_header=False)
    head.add_column(no_wrap=True)
    head.add_column(overflow="fold")
    for name, value in pair_in_words(found, now).items():
        head.add_row(name, value)
    weights = Text("\n".join(for_terminal(line) for line in item.comparisons))
    fields = [{"field": row.field, "a": row.a, "b": row.b, "differs": row.differs} for row in rows]
    parts: list[RenderableType] = [head]
    if rows:
        parts += [Text(), _sides(item, rows)]
    if item.comparisons:
        parts += [Text(), weights]
    invocation.show({**pair_row(item, now, waits=found.waits), "fields": fields}, Group(*parts))
    if register is None:
        invocation.say(f"{agency} has no grant of the register, so neither side is open to it")
    elif not rows:
        invocation.say(f"the grant of {agency} opens neither side; ask an agency whose grant does")
    words = {TOGETHER: "split", APART: "same"}.get(item.why, "same|different" if found.waits else "same|split")
    name = pair if BESIDE in pair else short_name(item)
    invocation.say(f'next: homeward review decide {name} {words} --why "..." --as {agency}')


def _sides(item: ReviewItem, rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("field", overflow="fold")
    for side, agency in (("A", item.agency_a), ("B", item.agency_b)):
        table.add_column(f"{side}: {agency_words(agency)}", overflow="fold")
    table.add_column("", no_wrap=True)
    for row in rows:
        style = "yellow" if row.differs else ""
        sides = (Text(for_terminal(plain_words(said or "")), style=style) for said in (row.a, row.b))
        table.add_row(field_words(row.field), *sides, "differ" if row.differs else "")
    return table


async def _pairs(invocation: Invocation, episode: str, other: str | None) -> None:
    agency = acting_agency(invocation)
    async with RegisterView.open(profile=invocation.profile()) as register:
        line = line_named(register, episode)
        records = records_of(lines_of_child(register, line))
        found = pairs_of_one(records)
        named = {item.claim_b: item.pair_id for item in found}
        apart = None
        if other is not None:
            apart = two_children(register, episode, other)
            second = line_named(register, other)
            records, named = (*records[:1], *records_of(lines_of_child(register, second))[:1]), {}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("pair", "whose record", "their reference", "known since"):
        table.add_column(column, overflow="fold", no_wrap=column == "pair")
    now = await hub_now(invocation.home())
    for record in records:
        table.add_row(
            named.get(record.claim, "")[:8], agency_words(record.agency), for_terminal(record.reference),
            clock(record.since, now),
        )  # fmt: skip
    invocation.show(
        {
            "children": 1 if apart is None else 2,
            "records": [_record(record, named.get(record.claim)) for record in records],
            "pairs": [pair_row(item, now, waits=False) for item in (found if apart is None else [apart])],
        },
        table,
    )
    who = child_words(line) or "this child"
    if apart is not None:
        name = f"{reference_words(line.episode)}{BESIDE}{reference_words(second.episode)}"
        invocation.say(f'two children. To join them: homeward review decide {name} same --why "..." --as {agency}')
    elif found:
        invocation.say(
            f"{who} is one child, made of {how_many(len(records), 'record')}. To part one of them from the first:\n"
            f'homeward review decide PAIR split --why "..." --as {agency}'
        )
    else:
        invocation.say(f"{who} is one child of one record, as far as the grant of {agency} opens it")


def _record(record: Standing, pair: str | None) -> Mapping[str, Any]:
    return {
        "claim": record.claim, "agency": record.agency, "reference": record.reference, "since": record.since,
        "pair": pair,
    }  # fmt: skip
