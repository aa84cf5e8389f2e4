"""Writes down what a comparison found: every line of it as CSV, a page to print, and the counts.

The CSV is written while rows are compared and has all of them; the page shows the first of each kind and says how many
more there are. Text from the extract is made inert where it stands: a cell that a spreadsheet would take for a formula
gets an apostrophe, and the page escapes everything.
"""

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from pathlib import Path
from tempfile import mkstemp
from types import TracebackType
from typing import Any, Final, Self, TextIO

import jinja2

from deploy.linkage.reading import Fault, Faults
from deploy.reconcile.outcome import Candidate, Found, Outcome
from hub.text import for_csv, inert

_SHOWN: Final = 200
_BAD_ROW: Final = "bad_row"
_BAD_VALUE: Final = "bad_value"
_NOTE: Final = "note"
"""About the names of the columns: nothing is wrong with any row."""
_COLUMNS: Final = (
    "outcome", "line", "child_ref", "episode", "their_start", "our_start", "their_end", "our_end", "field", "theirs",
    "ours", "minutes_apart", "note", "episode_name", "register_ref", "probability",
)  # fmt: skip
TITLES: Final[Mapping[Found, str]] = {
    Found.DIFFERS: "In both, and different",
    Found.POSSIBLY_SAME: "People possibly the same: somebody should compare them",
    Found.ONLY_THEIRS: "Only in the extract",
    Found.ONLY_OURS: "Only in the register",
    Found.SAME: "In both, and the same",
}


@dataclass(slots=True)
class Tally:
    """What was found so far: counts, differences by field, and the first outcomes of each kind."""

    counts: Counter[Found] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    apart: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """By field, how often times lie so many minutes apart."""
    first: dict[Found, list[Outcome]] = field(default_factory=lambda: defaultdict(list))

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.counts[outcome.found] += 1
        if len(self.first[outcome.found]) < _SHOWN:
            self.first[outcome.found].append(outcome)
        for differing in outcome.differing:
            self.fields[differing.name] += 1
            if differing.apart is not None:
                self.apart[differing.name][abs(differing.apart)] += 1

    @property
    def rows(self) -> int:
        """Rows of the extract that were compared."""
        return sum(count for found, count in self.counts.items() if found is not Found.ONLY_OURS)

    def as_mapping(self) -> dict[str, Any]:
        """The figures, for `--json`."""
        return {
            **{found.value: self.counts[found] for found in Found},
            "compared": self.rows,
            "differences": dict(self.fields.most_common()),
            "median_minutes_apart": {name: _median(minutes) for name, minutes in self.apart.items()},
        }


@contextmanager
def whole_files(*finals: Path) -> Iterator[tuple[Path, ...]]:
    """A file beside each of these, for this user alone; they take the names when all are whole, and else are gone.

    So an earlier report stands until the next one is complete, and nothing partial ever has its name.
    """
    made: list[Path] = []
    try:
        for final in finals:
            handle, name = mkstemp(prefix=".report-", suffix=".part", dir=final.absolute().parent)
            os.close(handle)
            made.append(Path(name))
        yield tuple(made)
        for each, final in zip(made, finals, strict=True):
            each.replace(final)
    finally:
        for each in made:
            each.unlink(missing_ok=True)


class OutcomeFile:
    """The CSV of all outcomes and faults; a row of it is one difference, one outcome without any, or one fault. A row
    of the extract that may be about several children is there once for each, with what they can be looked up by.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Begin the file."""
        self._file = self._path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow(_COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self._file is not None:
            self._file.close()

    def add(self, outcome: Outcome) -> None:
        """Write one outcome."""
        row, ours = outcome.row, outcome.ours
        start = (outcome.found.value, outcome.line or "", for_csv(outcome.child_ref))
        times = (
            row.began if row else "", ours.began if ours else "", (row.ended or "") if row else "",
            (ours.ended or "") if ours else "",
        )  # fmt: skip
        differing = [
            (one.name, for_csv(one.theirs), for_csv(one.ours), "" if one.apart is None else one.apart)
            for one in outcome.differing
        ] or [("", "", "", "")]
        for each in outcome.candidates or (None,):
            found = ("", "", "", "") if each is None else (
                each.episode, each.name, for_csv(", ".join(each.references)),
                "" if each.probability is None else f"{each.probability:.4f}",
            )  # fmt: skip
            self._writer.writerows((*start, found[0], *times, *what, outcome.note, *found[1:]) for what in differing)

    def add_fault(self, fault: Fault) -> None:
        """Write a row that could not be used, or a value that could not be read: every one of them stands here."""
        found = _BAD_ROW if fault.is_dropped else _NOTE if fault.line == 1 else _BAD_VALUE
        column, problem = for_csv(inert(fault.column)), for_csv(inert(fault.problem))
        self._writer.writerow((found, fault.line, *[""] * 6, column, "", "", "", problem, "", "", ""))


def likely(one: Candidate) -> str:
    """How likely a row is about this child, in words."""
    return "not weighed" if one.probability is None else f"{one.probability:.1%} likely"


def moments(one: Outcome) -> str:
    """From when to when, as the side says that has it."""
    said = one.row or one.ours
    return (
        ""
        if said is None
        else f"{said.began} to {said.ended or ('a time not read' if _has_unread_end(one) else 'now')}"
    )


def _has_unread_end(one: Outcome) -> bool:
    return one.row is not None and one.row.has_unread_end


def page(
    tally: Tally,
    faults: Faults,
    *,
    name: str,
    file: str,
    agency: str,
    at: datetime,
    doubled: Mapping[str, Iterable[str]],
) -> str:
    """The page to print, in HTML; it loads nothing from anywhere."""
    source = resources.files("deploy.reconcile").joinpath("page.html").read_text("utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, finalize=_shown
    )
    return environment.from_string(source).render(
        tally=tally.as_mapping(),
        sections=[
            (TITLES[found], found.value, tally.counts[found], tally.first[found])
            for found in TITLES
            if found is not Found.SAME
        ],
        faults=faults,
        name=name,
        file=file,
        agency=agency,
        at=at,
        doubled={child: sorted(refs) for child, refs in doubled.items()},
        likely=likely,
        has_unread_end=_has_unread_end,
    )


def _shown(value: object) -> object:
    """Text of others as one line in which nothing hides; it is escaped after this."""
    return inert(value) if isinstance(value, str) else value


def _median(minutes: Counter[int]) -> int:
    below = 0
    for length in sorted(minutes):
        below += minutes[length]
        if 2 * below > minutes.total():
            return length
    return 0
