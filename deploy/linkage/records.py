"""Reports and their truth, from files and to files: the columns, and what each may hold.

A bad value is left out and listed, because a report about a missing child is never refused for its content; an
identifier that fails its check is listed, kept as text and matched with nothing. A row
without an id, without a sender, or with an id that was there before is dropped and listed.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final

from deploy.linkage.columns import COLUMNS, NEEDED, SENDER_KINDS, SEXES, Row
from deploy.linkage.reading import Fault, Faults, Watch, read_table
from hub.identity.columns import born_of
from hub.identity.facts import official, unclassified
from hub.identity.placeholders import is_no_day, is_no_number
from schemas.records import IdentifierKind

_MUST_BE_THERE: Final = (*NEEDED, "given_names", "family_name", "date_of_birth")
NOT_KNOWN: Final = "; treated as not known"
IDENTIFIERS: Final[Mapping[str, IdentifierKind]] = {
    "nhs_number": IdentifierKind.NHS_NUMBER,
    "upn": IdentifierKind.UPN,
}
_LENGTHS: Final = {IdentifierKind.NHS_NUMBER: 10, IdentifierKind.UPN: 13}
_YEAR: Final = 4
_FULL: Final = 10
_EARLIEST_YEAR: Final = 1900
_LATEST_YEAR: Final = 2100


def read_records(path: Path, faults: Faults, watch: Watch = lambda _done, _of: None) -> Iterator[Row]:
    """The reports of a file, in its order.

    Raises:
        UnreadableFile: it is not a file of these columns.
    """
    seen: set[str] = set()
    for line, text in read_table(path, needed=_MUST_BE_THERE, known=COLUMNS, faults=faults, watch=watch):
        row = {name: text.get(name, "").strip() for name in COLUMNS}
        problem = next((f"{name} is empty" for name in NEEDED if not row[name]), None)
        column = problem.split(" ")[0] if problem else "record_id"
        if row["record_id"] in seen:
            problem = "this id was there before"
        if problem:
            faults.add(Fault(line=line, column=column, problem=problem, is_dropped=True))
            continue
        seen.add(row["record_id"])
        for name, wrong in wrong_values(row):
            faults.add(Fault(line=line, column=name, problem=wrong))
            if wrong.endswith(NOT_KNOWN):
                row[name] = ""
        yield Row(**row)


def unmatched(column: str, text: str) -> str | None:
    """What is wrong with an NHS number or a UPN that nothing is matched by; None where there is nothing wrong."""
    kind = IDENTIFIERS[column]
    if not text or official(kind, None, text) or (kind is IdentifierKind.NHS_NUMBER and unclassified(text)):
        return None
    digits = "".join(each for each in text if each.isalnum())
    what = "fails its check digit"
    if len(digits) != _LENGTHS[kind]:
        what = f"has {len(digits)} signs, expected {_LENGTHS[kind]}"
    elif is_no_number(digits if kind is IdentifierKind.NHS_NUMBER else digits[1:]):
        what = "is a number that stands for none"
    return f"{what}; kept, not matched"


def wrong_values(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Column and what is wrong with its value, for each that cannot be used as it stands."""
    for column in IDENTIFIERS:
        if (wrong := unmatched(column, row[column])) is not None:
            yield column, wrong
    if row["sender_kind"] and row["sender_kind"] not in SENDER_KINDS:
        yield "sender_kind", f"not one of {', '.join(SENDER_KINDS)}{NOT_KNOWN}"
    if row["sex"] and row["sex"] not in SEXES:
        yield "sex", f"not one of {', '.join(SEXES)}{NOT_KNOWN}"
    if (wrong := _wrong_date(row["date_of_birth"])) is not None:
        yield "date_of_birth", wrong
    if row["received_at"] and not _is_time(row["received_at"]):
        yield "received_at", f"not a time (expected for example 2026-03-14T17:05:00Z){NOT_KNOWN}"


def _is_time(text: str) -> bool:
    try:
        return _EARLIEST_YEAR <= datetime.fromisoformat(text).year <= _LATEST_YEAR
    except ValueError:
        return False


def _wrong_date(text: str) -> str | None:
    if not text:
        return None
    if len(text) == _YEAR and text.isascii() and text.isdigit():
        year = int(text)
    else:
        try:
            year = date.fromisoformat(text if len(text) == _FULL else "").year
        except ValueError:
            return _no_date(text)
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR:
        return f"not a year from {_EARLIEST_YEAR} to {_LATEST_YEAR}{NOT_KNOWN}"
    if is_no_day(date(year, 1, 1) if len(text) == _YEAR else date.fromisoformat(text)):
        return f"a day that stands for none{NOT_KNOWN}"
    return None


def _no_date(text: str) -> str:
    """What is wrong with a date that no calendar has, and what of it counts all the same."""
    born, year = born_of(text)
    if born is not None:
        return "not a date; read with day and month exchanged"
    return "not a date; its year alone is used" if year else f"not a date (expected YYYY-MM-DD or YYYY){NOT_KNOWN}"


def read_truth(path: Path, faults: Faults) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """Record id, child id, and every further column (a group) of a truth file; of a record twice there the first.

    Raises:
        UnreadableFile: it has no `record_id` or no `child_id`.
    """
    seen: set[str] = set()
    for line, row in read_table(path, needed=("record_id", "child_id"), known=(), faults=faults):
        record, child = row["record_id"].strip(), row["child_id"].strip()
        problem = "this id was there before" if record in seen else ""
        if not (record and child):
            problem = "record_id or child_id is empty"
        if problem:
            faults.add(Fault(line=line, column="record_id", problem=problem, is_dropped=True))
            continue
        seen.add(record)
        yield record, child, {name: value for name, value in row.items() if name not in {"record_id", "child_id"}}


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a CSV file in UTF-8."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
