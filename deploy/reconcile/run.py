"""Runs a comparison from file to files: what the command line calls, and what is timed.

The extract is read once, a row at a time; every outcome goes to the CSV as it is found, and only counts and the first
of each kind stay in memory, beside the register itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from deploy.linkage.reading import Faults, Watch
from deploy.reconcile.comparison import Comparison
from deploy.reconcile.extract import read_extract
from deploy.reconcile.mapping import ExtractMapping
from deploy.reconcile.register import OurRegister
from deploy.reconcile.report import OutcomeFile, Tally, page, whole_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a run found."""

    tally: Tally
    faults: Faults
    doubled: Mapping[str, frozenset[str]]


def reconciled(
    extract: Path,
    mapping: ExtractMapping,
    register: OurRegister,
    *,
    agency: str,
    out: Path,
    watch: Watch = lambda _done, _of: None,
    year: int | None = None,
) -> Reconciled:
    """Compare an extract with the register, and write `out`.csv and `out`.html: both whole, or neither.

    Raises:
        UnreadableFile: the extract is no table of the mapping's columns.
    """
    tally = Tally()
    comparison = Comparison(register, timedelta(minutes=mapping.tolerance_minutes))
    with whole_files(Path(f"{out}.csv"), Path(f"{out}.html")) as (table, printed):
        with OutcomeFile(table) as file:
            faults = Faults(each=file.add_fault)
            rows = read_extract(extract, mapping, agency, faults, watch, year=year)
            outcomes = (outcome for row in rows for outcome in comparison.row(row))
            for outcome in chain(outcomes, comparison.rest(), comparison.only_ours()):
                tally.add(outcome)
                file.add(outcome)
        doubled = comparison.doubled()
        html = page(
            tally, faults, name=mapping.name, file=extract.name, agency=agency, at=datetime.now(UTC), doubled=doubled
        )
        printed.write_text(html, "utf-8")
    return Reconciled(tally=tally, faults=faults, doubled=doubled)
