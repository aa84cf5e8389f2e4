"""`homeward reconcile`: an agency's own extract beside the register, and a report of what differs."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from consumers import RegisterView
from consumers.reader import read_profile
from deploy.cli.declaring import command
from deploy.cli.invocation import Invocation, Status
from deploy.cli.reconcile_view import of_the_header, view
from deploy.cli.targets import NotWritable, check_targets
from deploy.linkage.reading import Watch
from deploy.reconcile.mapping import PACKAGED, mapping_named
from deploy.reconcile.register import OurRegister
from deploy.reconcile.run import reconciled

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The extract, as CSV.")]
Map = Annotated[str, typer.Option("--mapping", help=f"What its columns mean: {', '.join(PACKAGED)}, or a TOML file.")]
Agency = Annotated[str | None, typer.Option("--as", help="Agency whose extract it is; or give --profile.")]
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
    year: Annotated[
        int | None, typer.Option(min=1990, max=2100, help="Collection year of the 903 return: that of its 31 March.")
    ] = None,
) -> None:
    """Compare an extract of your own system with the register, and write a report of what differs.

    Nothing is sent and nothing is changed. The register is read as far as your grant opens it.
    """
    invocation = invocation.acting_for(agency)
    meaning = mapping_named(mapping)
    target = _target(out or Path(f"{file.stem}-compared"), file, mapping)
    try:
        ours = asyncio.run(read_register(invocation))
        sender = read_profile(invocation.profile(), "register").agency
        with _progress(invocation, f"comparing {file.name}") as watch:
            found = reconciled(file, meaning, ours, agency=sender, out=target, watch=watch, year=year)
    except KeyboardInterrupt:
        invocation.complain("broken off: no report was written, and an earlier one stands as it was")
        raise typer.Exit(Status.BROKEN_OFF) from None
    written = [f"{target}{ending}" for ending in _ENDINGS]
    figures = {
        **found.tally.as_mapping(),
        "bad_rows": found.faults.dropped,
        "bad_values": found.faults.total - found.faults.dropped - len(of_the_header(found.faults)),
        "not_opened": ours.closed,
        "written": written,
    }
    invocation.show(figures, view(found, ours, written))


def _target(out: Path, file: Path, mapping: str) -> Path:
    """Where the report goes, without its ending; nothing that is read lies there, and it can be written.

    Raises:
        WouldOverwrite: that is where the extract is, or its mapping.
        NotWritable: there is no such place.
    """
    target = out.with_suffix("") if out.suffix in _ENDINGS else out
    written = {f"--out ({ending})": Path(f"{target}{ending}") for ending in _ENDINGS}
    check_targets(written, {"the extract": file, "the mapping": Path(mapping)})
    if not os.access(target.absolute().parent, os.W_OK):
        message = f"--out: {target.absolute().parent} takes no new file: you may not write there; give another place"
        raise NotWritable(message)
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
