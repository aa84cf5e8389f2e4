"""`homeward reconcile` and `homeward import`: an agency's extract beside the register, and rows of it as reports."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from consumers import RegisterView
from consumers.reader import read_profile
from deploy.cli.declaring import command
from deploy.cli.invocation import Invocation
from deploy.linkage.reading import Faults, Watch
from deploy.reconcile.chosen import Published, reports_of
from deploy.reconcile.comparison import Comparison, Found, Outcome
from deploy.reconcile.extract import ExtractRow, read_extract
from deploy.reconcile.mapping import PACKAGED, mapping_named
from deploy.reconcile.register import OurRegister
from deploy.reconcile.report import TITLES
from deploy.reconcile.run import Reconciled, reconciled
from producers import Publisher
from producers.profile import read_installation
from schemas.errors import HomewardError

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The extract, as CSV.")]
Map = Annotated[str, typer.Option("--mapping", help=f"What its columns mean: {', '.join(PACKAGED)}, or a TOML file.")]
Agency = Annotated[str | None, typer.Option("--as", help="Agency whose extract it is; or give --profile.")]
_AT_ONCE: Final = 200
_LISTED: Final = 10


class NothingChosen(HomewardError):
    """No row of the extract was chosen to be published."""


def register(app: typer.Typer) -> None:
    """Add the two commands."""
    command(
        app,
        "reconcile",
        examples=(
            "homeward reconcile missing-2026.csv --mapping council --as E08000005",
            "homeward reconcile 903-missing.csv --mapping dfe-903-missing --year 2026 --as E08000005 --out march",
        ),
    )(reconcile)
    command(
        app,
        "import",
        examples=(
            "homeward import missing-2026.csv --mapping council --as E08000005 --only-theirs",
            "homeward import missing-2026.csv --mapping my-mapping.toml --as E08000005 --lines 2,17-40 --send",
        ),
    )(import_rows)


def reconcile(
    invocation: Invocation,
    file: File,
    *,
    mapping: Map,
    agency: Agency = None,
    out: Annotated[Path | None, typer.Option(help="Where the report goes: OUT.html and OUT.csv.")] = None,
    year: Annotated[int | None, typer.Option(help="Collection year of the 903 return: that of its 31 March.")] = None,
) -> None:
    """Compare an extract of your own system with the register, and write a report of what differs.

    Nothing is sent and nothing is changed. The register is read as far as your grant opens it.
    """
    invocation = invocation.acting_for(agency)
    meaning = mapping_named(mapping)
    target = out or Path(f"{file.stem}-compared")
    ours = asyncio.run(_register(invocation))
    sender = read_profile(invocation.profile(), "register").agency
    with _progress(invocation, f"comparing {file.name}") as watch:
        found = reconciled(file, meaning, ours, agency=sender, out=target, watch=watch, year=year)
    written = [str(target.with_suffix(suffix)) for suffix in (".html", ".csv")]
    figures = {
        **found.tally.as_mapping(),
        "bad_rows": found.faults.dropped,
        "bad_values": found.faults.total - found.faults.dropped,
        "not_opened": ours.closed,
        "written": written,
    }
    invocation.show(figures, _view(found, ours, written))


def import_rows(
    invocation: Invocation,
    file: File,
    *,
    mapping: Map,
    agency: Agency = None,
    lines: Annotated[str | None, typer.Option(help="Lines to publish: 2,17-40 (the header is 1).")] = None,
    only_theirs: Annotated[
        bool, typer.Option("--only-theirs", help="Publish every row that only the extract has.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Really publish; without it, only say what would be.")] = False,
) -> None:
    """Publish chosen rows of an extract as ordinary signed reports of your agency.

    A row becomes a report that the child was missing, and one that it came back where the row has an end. What was
    published before is not published again. Without --send nothing leaves this machine.
    """
    invocation = invocation.acting_for(agency)
    asyncio.run(_import(invocation, file, mapping, lines, is_only_theirs=only_theirs, is_sent=send))


async def _import(
    invocation: Invocation, file: Path, mapping: str, lines: str | None, *, is_only_theirs: bool, is_sent: bool
) -> None:
    if lines is None and not is_only_theirs:
        message = "which rows? Give --lines 2,17-40 or --only-theirs; compare first: homeward reconcile"
        raise NothingChosen(message)
    meaning, installation = mapping_named(mapping), read_installation(invocation.profile())
    wanted = None if lines is None else _numbers(lines)
    ours = await _register(invocation) if is_only_theirs else None
    comparison = None if ours is None else Comparison(ours, timedelta(minutes=meaning.tolerance_minutes))
    faults = Faults()
    chosen = [
        row
        for row in read_extract(file, meaning, installation.agency, faults)
        if (wanted is None or row.line in wanted)
        and (comparison is None or comparison.row(row).found is Found.ONLY_THEIRS)
    ]
    with Published(installation.outbox.with_name("imported.sqlite"), installation.signer.public_key) as published:
        fresh = [row for row in chosen if row not in published]
        sent = await _sent(invocation, fresh, published) if is_sent and fresh else 0
    figures = {
        "chosen": len(chosen),
        "published_before": len(chosen) - len(fresh),
        "reports": sum(len(reports_of(row, datetime.now(UTC))) for row in fresh),
        "sent": sent,
        "bad_rows": faults.dropped,
    }
    for fault in faults.listed[:_LISTED]:
        invocation.say(str(fault))
    if not is_sent:
        invocation.say("nothing was sent; add --send to publish them")
    invocation.show(figures)


async def _sent(invocation: Invocation, rows: list[ExtractRow], published: Published) -> int:
    sent = 0
    async with Publisher.open(invocation.profile()) as publisher:
        for start in range(0, len(rows), _AT_ONCE):
            together = rows[start : start + _AT_ONCE]
            now = datetime.now(UTC)
            reports = [report for row in together for report in reports_of(row, now)]
            await publisher.send_many(reports)
            published.note(together)
            sent += len(reports)
            invocation.say(f"{sent} reports are durable in the outbox")
        await publisher.answered(timeout=120)
        if refused := await publisher.refused():
            message = f"the hub refused {len(refused)} of them: {refused[0].message_id} first; see its findings"
            raise NothingChosen(message)
    return sent


async def _register(invocation: Invocation) -> OurRegister:
    invocation.say("reading the register")
    async with RegisterView.open(profile=invocation.profile()) as view:
        await view.caught_up()
        return OurRegister.of(view.lines())


@contextmanager
def _progress(invocation: Invocation, what: str) -> Iterator[Watch]:
    if not invocation.talk.is_terminal:
        yield lambda _done, _of: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=invocation.talk, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _view(found: Reconciled, ours: OurRegister, written: list[str]) -> Group:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for kind, title in TITLES.items():
        table.add_row(title, str(found.tally.counts[kind]))
    table.add_row("Rows that could not be used", str(found.faults.dropped))
    parts: list[Any] = [table]
    if found.tally.fields:
        differ = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in found.tally.fields.most_common())
        parts.append(Text(f"what differs: {differ}"))
    parts += [_line(one) for one in found.tally.first[Found.DIFFERS][:_LISTED]]
    parts += [Text(str(fault), style="yellow") for fault in found.faults.listed[:_LISTED]]
    if ours.closed:
        parts.append(Text(f"{ours.closed} episodes of the register are not open to you and were not compared"))
    if found.doubled:
        parts.append(Text(f"{len(found.doubled)} children stand in the extract under more than one reference"))
    return Group(*parts, Text(f"all of it: {' and '.join(written)}"))


def _line(one: Outcome) -> Text:
    said = "; ".join(
        f"{each.name.replace('_', ' ')}: {each.theirs}, the register {each.ours}" for each in one.differing
    )
    return Text(f"line {one.line}, {one.child_ref or 'no reference'}: {said}")


def _numbers(text: str) -> frozenset[int]:
    """Line numbers, from `2,17-40`.

    Raises:
        NothingChosen: it is no such list.
    """
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            message = f"--lines {text!r} is no list of lines; expected for example 2,17-40"
            raise NothingChosen(message)
        chosen.update(range(int(first), int(last or first) + 1))
    return frozenset(chosen)
