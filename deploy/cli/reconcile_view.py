"""A comparison on the screen: the counts, some of each kind and how to look them up, and where the rest is."""

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from deploy.linkage.reading import Fault, Faults
from deploy.moments import how_many
from deploy.reconcile.outcome import Candidate, Found, Outcome
from deploy.reconcile.register import OurRegister
from deploy.reconcile.report import TITLES, likely, moments
from deploy.reconcile.run import Reconciled
from hub.text import for_terminal, inert

LISTED: Final = 10
"""Outcomes of a kind, and faults, that are shown on the screen; the report has all of them."""


def view(found: Reconciled, ours: OurRegister, written: list[str]) -> Group:
    """What a comparison found, with the files that have all of it."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True, min_width=len(str(found.tally.rows)))
    for kind, title in TITLES.items():
        table.add_row(title, str(found.tally.counts[kind]))
    table.add_row("Rows that could not be used", str(found.faults.dropped))
    parts: list[Any] = [table]
    if found.tally.fields:
        differ = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in found.tally.fields.most_common())
        parts.append(Text(f"what differs: {differ}"))
    for kind, title in TITLES.items():
        if kind is not Found.SAME:
            parts += _listed(title, found.tally.first[kind], found.tally.counts[kind], written[-1])
    parts += [Text(each, style="yellow") for each in said_of_faults(found.faults)]
    if ours.closed:
        told = "1 episode" if ours.closed == 1 else f"{ours.closed} episodes"
        parts.append(Text(f"not open to you and not compared: {told} of the register"))
    if found.doubled:
        told = "1 child" if len(found.doubled) == 1 else f"{len(found.doubled)} children"
        parts.append(Text(f"under more than one reference in the extract: {told}"))
    return Group(*parts, Text(f"all of it: {' and '.join(written)}"))


def _listed(title: str, outcomes: list[Outcome], count: int, file: str) -> Iterator[Text]:
    if not outcomes:
        return
    yield Text(title, style="bold")
    yield from (Text(for_terminal(_line(one))) for one in outcomes[:LISTED])
    if count > LISTED:
        yield Text(f"  and {count - LISTED:,} more, see {file}")


def _line(one: Outcome) -> str:
    if one.found is Found.ONLY_OURS:
        return f"  {_named(one.candidates[0])}: {moments(one)}"
    where = f"  line {one.line}, {one.child_ref or 'no reference'}"
    if one.found is Found.POSSIBLY_SAME:
        return f"{where}: {'; or '.join(_named(each) for each in one.candidates)}"
    if one.found is Found.ONLY_THEIRS:
        known = "".join(f" ({_named(each)})" for each in one.candidates)
        return f"{where}: {moments(one)}, {one.note}{known}"
    said = "; ".join(
        f"{each.name.replace('_', ' ')}: {each.theirs}, the register {each.ours}" for each in one.differing
    )
    noted = f" ({one.note})" if one.note else ""
    return f"{where}, {one.candidates[0].name}: {said}{noted}"


def _named(one: Candidate) -> str:
    own = f", your {', '.join(one.references)}" if one.references else ""
    return f"{one.name}{own}" + ("" if one.probability is None else f", {likely(one)}")


def said_of_faults(faults: Faults) -> Iterator[str]:
    """What a screen shows of the faults of a file: rows not used before values, and the header in one line."""
    header = of_the_header(faults)
    of_rows = sorted((fault for fault in faults.listed if fault not in header), key=lambda fault: not fault.is_dropped)
    yield from (str(fault) for fault in of_rows[:LISTED])
    if (more := faults.total - len(header) - min(len(of_rows), LISTED)) > 0:
        yield f"and {how_many(more, 'more fault')}"
    if absent := [fault.column for fault in header if fault.column]:
        yield f"not in the file, treated as empty: {', '.join(absent)}"
    yield from (inert(fault.problem) for fault in header if not fault.column)


def of_the_header(faults: Faults) -> list[Fault]:
    """Notes about the names of the columns: they come first, before any row is read, and are few."""
    return [fault for fault in faults.listed if fault.line == 1]
