"""One record that somebody names or types: by its id in a file, as JSON or CSV; what cannot be read of it is said."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.linkage.columns import COLUMNS, Row
from deploy.linkage.reading import Fault, Faults
from deploy.linkage.records import NOT_KNOWN, read_records, wrong_values
from schemas.errors import HomewardError

Say = Callable[[str], None]


class NoSuchRecord(HomewardError):
    """A record that was asked for is not in the file, or what was typed is none."""


def one_row(text: str, records: Path | None, say: Say) -> Mapping[str, str]:
    """The record as text by column.

    Raises:
        NoSuchRecord: there is none; the message says what was expected.
        UnreadableFile: the file is not one of these columns.
    """
    if text.lstrip().startswith("{"):
        return _mended(_from_json(text), say)
    if "," in text:
        return _mended(_from_csv(text), say)
    if records is None:
        message = f"{text} is a record id: name its file with --records, or give a row as JSON"
        raise NoSuchRecord(message)
    return _of_file(text, records, say).columns()


def _from_json(text: str) -> Mapping[str, str]:
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"a row is not JSON: column {error.colno}: {error.msg}"
        raise NoSuchRecord(message) from error
    except RecursionError:
        message = "a row is nested too deeply; expected each column with its text"
        raise NoSuchRecord(message) from None
    if unknown := sorted(set(given) - set(COLUMNS)):
        message = f"a row names {', '.join(unknown)}; expected of: {', '.join(COLUMNS)}"
        raise NoSuchRecord(message)
    for name, value in given.items():
        if isinstance(value, (list, dict, bool)):
            message = f'{name} is no text and no number; expected for example "Aisha"'
            raise NoSuchRecord(message)
    return {name: "" if value is None else str(value) for name, value in given.items()}


def _from_csv(text: str) -> Mapping[str, str]:
    try:
        values = next(csv.reader(io.StringIO(text), strict=True), [])
    except csv.Error as error:
        message = f"a row is not CSV: {error}"
        raise NoSuchRecord(message) from error
    if len(values) != len(COLUMNS):
        message = f"a row has {len(values)} fields, expected {len(COLUMNS)}: {','.join(COLUMNS)}"
        raise NoSuchRecord(message)
    return dict(zip(COLUMNS, values, strict=True))


def _of_file(record: str, records: Path, say: Say) -> Row:
    """The record of this id, read as `evaluate` reads it; what was wrong in its line alone is said."""
    since: list[Fault] = []
    for row in read_records(records, Faults(each=since.append)):
        if row.record_id == record:
            for fault in since:
                if fault.line > 1 and not fault.is_dropped:
                    say(str(fault))
            say(f"{record}: from {row.sender}, received {row.received_at or 'at a time not known'}")
            return row
        since.clear()
    message = f"{records.name} has no record {record}; record ids stand in its column record_id"
    raise NoSuchRecord(message)


def _mended(given: Mapping[str, str], say: Say) -> Mapping[str, str]:
    row = {name: given.get(name, "").strip() for name in COLUMNS}
    for name, wrong in list(wrong_values(row)):
        say(f"{name}: {wrong}")
        if wrong.endswith(NOT_KNOWN):
            row[name] = ""
    return row
