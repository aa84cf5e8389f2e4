"""`homeward reconcile`: an agency's own extract beside the register, and a report of what differs."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
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
from deploy.cli.targets import check_targets
from deploy.linkage.reading import Fault, Faults, Watch
from deploy.moments import how_many
from deploy.reconcile.comparison import Found, Outcome
from deploy.reconcile.mapping import PACKAGED, mapping_named
from deploy.reconcile.register import OurRegister
from deploy.reconcile.report import TITLES
from deploy.reconcile.run import Reconciled, reconciled

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The extract, as CSV.")]
Map = Annotated[str, typer.Option("--mapping", help=f"What its columns mean: {', '.join(PACKAGED)}, or a TOML file.")]
Agency = Annotated[str | None, typer.Option("--as", help="Agency whose extract it is; or give --profile.")]
LISTED: Final = 10
"""Differences and faults that are shown on the screen; the report has all of them."""
_ENDINGS: Final = (".html", ".csv")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(
        app,
        "reconcile",
        examples=(
            "homeward reconcile missing-2026.csv --mapping council --as E08000005",
            "homeward reconcile 903-missing.csv --mapping dfe-903-missing --year 2026 --as E08000005 --out march",
        ),
    )(reconcile)


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
    target = _target(out or Path(f"{file.stem}-compared"), file, mapping)
    ours = asyncio.run(read_register(invocation))
    sender = read_profile(invocation.profile(), "register").agency
    with _progress(invocation, f"comparing {file.name}") as watch:
        found = reconciled(file, meaning, ours, agency=sender, out=target, watch=watch, year=year)
    written = [f"{target}{ending}" for ending in _ENDINGS]
    figures = {
        **found.tally.as_mapping(),
        "bad_rows": found.faults.dropped,
        "bad_values": found.faults.total - found.faults.dropped - len(_of_the_header(found.faults)),
        "not_opened": ours.closed,
        "written": written,
    }
    invocation.show(figures, _view(found, ours, written))


def _target(out: Path, file: Path, mapping: str) -> Path:
    """Where the report goes, without its ending; nothing that is read lies there, and it can be written.

    Raises:
        WouldOverwrite: that is where the extract is, or its mapping.
        NotWritable: there is no such place.
    """
    target = out.with_suffix("") if out.suffix in _ENDINGS else out
    written = {f"--out ({ending})": Path(f"{target}{ending}") for ending in _ENDINGS}
    check_targets(written, {"the extract": file, "the mapping": Path(mapping)})
    return target


async def read_register(invocation: Invocation) -> OurRegister:
    """The register as the agency's grant opens it, ready to be compared with."""
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
    parts += [_line(one) for one in found.tally.first[Found.DIFFERS][:LISTED]]
    parts += [Text(each, style="yellow") for each in said_of_faults(found.faults)]
    if ours.closed:
        parts.append(Text(f"{ours.closed} episodes of the register are not open to you and were not compared"))
    if found.doubled:
        parts.append(Text(f"{len(found.doubled)} children stand in the extract under more than one reference"))
    return Group(*parts, Text(f"all of it: {' and '.join(written)}"))


def said_of_faults(faults: Faults) -> Iterator[str]:
    """What a screen shows of the faults of a file: rows not used before values, and the header in one line."""
    header = _of_the_header(faults)
    of_rows = sorted((fault for fault in faults.listed if fault not in header), key=lambda fault: not fault.is_dropped)
    yield from (str(fault) for fault in of_rows[:LISTED])
    if (more := faults.total - len(header) - min(len(of_rows), LISTED)) > 0:
        yield f"and {how_many(more, 'more fault')}"
    if absent := [fault.column for fault in header if fault.column and not fault.column.startswith("column ")]:
        yield f"not in the file, treated as empty: {', '.join(absent)}"
    if unused := [fault.column for fault in header if fault.column.startswith("column ")]:
        yield f"not in the mapping, not used: {', '.join(unused)}"


def _of_the_header(faults: Faults) -> list[Fault]:
    """Notes about the names of the columns: they come first, before any row is read."""
    return [fault for fault in faults.listed if fault.line == 1]


def _line(one: Outcome) -> Text:
    said = "; ".join(
        f"{each.name.replace('_', ' ')}: {each.theirs}, the register {each.ours}" for each in one.differing
    )
    return Text(f"line {one.line}, {one.child_ref or 'no reference'}: {said}")
