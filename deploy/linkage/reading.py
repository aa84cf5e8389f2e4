"""Reads a CSV file line by line in bounded memory, and names what is wrong in it by line and column.

A row that can be understood is kept, with what cannot be left out; a row that cannot (wrong number of fields, a
quotation mark never closed, no id) is dropped and listed: never silently. Where a quotation mark that somebody forgot
to close has made one record of several rows, its lines are read again one by one, so that none is lost with the first.
A file that is not such a file at all is refused. What is read as what: UTF-8 with or without a byte-order mark, UTF-16
and UTF-32 with one; bytes that are none of them are read as Windows-1252 and listed. No value of a field is ever
repeated in a message.
"""

import csv
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from io import TextIOWrapper
from pathlib import Path
from typing import Final, TextIO

from hub.text import inert
from schemas.errors import HomewardError

LONGEST_FIELD: Final = 2_000
"""Characters; what is longer is no name, address or reference, and is treated as not known."""
_LONGEST_LINE: Final = 4 * 1024 * 1024
_CUT: Final = "a line that is too long to be read"
"""Stands for such a line; known by being this very object."""
_TOO_LONG: Final = f"longer than {_LONGEST_LINE // 1024 // 1024} MiB"
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""All but what can stand in a quoted field: tab and the ends of lines."""
_LINES_OF_ONE_FIELD: Final = 20
_FIELDS_OF_A_ROW: Final = 4
"""From so many fields on, a line with as many as the header is a row, and no line of somebody's prose."""
_LONGEST_MARK: Final = 4
"""Bytes of the longest byte-order mark, or of an end of a line or two: a file of no more has nothing in it."""
_UNREAD: Final = "\ufffd"
"""Stands for what is no character in the encoding of the file, or was none in that of an earlier one."""
_LISTED: Final = 200
_COLUMNS_NAMED: Final = 5
_LONGEST_NAME: Final = 40
_BINARY: Final = {
    b"PK": "a workbook or zip archive", b"\x1f\x8b": "a gzip archive", b"%P": "a PDF",
    b"\xd0\xcf\x11\xe0": "a workbook of an old kind (.xls)",
}  # fmt: skip


class UnreadableFile(HomewardError):
    """The file is not a CSV file of the expected columns; the message says what it is and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong in a file, by line (the header is 1) and column; `is_dropped` if the row was not used."""

    line: int
    column: str
    problem: str
    is_dropped: bool = False

    def __str__(self) -> str:
        """As one line for a person, inert: the name of a column is somebody else's text."""
        what = "row not used: " if self.is_dropped else ""
        return inert(f"line {self.line}, {self.column or 'whole row'}: {what}{self.problem}")


@dataclass(slots=True, kw_only=True)
class Faults:
    """What was wrong in a file: the first ones in full, all counted, and every one given to `each` as it is found."""

    listed: list[Fault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    dropped: int = 0
    each: Callable[[Fault], None] | None = None

    def add(self, fault: Fault) -> None:
        """Note a fault."""
        if self.each is not None:
            self.each(fault)
        self.dropped += fault.is_dropped
        self.counts[fault.problem] += 1
        if len(self.listed) < _LISTED:
            self.listed.append(fault)

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()


Watch = Callable[[int, int], None]
"""Is told how many bytes of how many are read."""


def read_table(
    path: Path,
    *,
    needed: Collection[str],
    known: Collection[str],
    faults: Faults,
    watch: Watch = lambda _done, _of: None,
    delimiter: str = ",",
    one_line: Collection[str] = (),
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row with its line number, as text by column; columns that are not there are empty.

    `needed` columns must be there; others of `known` are noted if they are not, and so are names not known at all.
    With `known` empty every further column is taken. A row with a line break in one of the columns `one_line` is not
    used: they hold names, times and references, and a break in one is a quotation mark closed too late.

    Raises:
        UnreadableFile: it is not such a file.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    encoding = _encoding(path)
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    with path.open("rb") as raw, TextIOWrapper(raw, encoding=encoding, errors=errors) as file:
        lines = _Lines(file)
        records = _records(lines, path, faults, delimiter)
        header = _header(next(records, None), path, needed, known, faults, delimiter)
        for count, record in enumerate(records):
            if not count % 2_000:
                watch(min(size, raw.tell()), size)
            if len(record.lines) > 1 and _is_run_together(record, header, delimiter, one_line):
                faults.add(_closed_late(record, delimiter))
                lines.read_again(record)
                continue
            if len(record.values) != len(header):
                problem = f"has {len(record.values)} fields, expected {len(header)}"
                faults.add(Fault(line=record.began, column="", problem=problem, is_dropped=True))
                continue
            row = dict(zip(header, record.values, strict=True))
            if '"' in record.lines[0]:
                _note_stray_marks(row, record, faults)
            yield record.began, _mended(row, record.began, faults)
        watch(size, size)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for magic, what in _BINARY.items():
        if start.startswith(magic):
            message = f"{path.name} is {what}, not a CSV file. Save it as CSV (UTF-8) and try again"
            raise UnreadableFile(message)
    if start == b"\xff\xfe\0\0":
        return "utf-32"
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    if b"\0" in start:
        message = f"{path.name} is not text in UTF-8 (line 1, column 1 holds zero bytes). Save it as CSV (UTF-8)"
        raise UnreadableFile(message)
    return "utf-8-sig"


@dataclass(frozen=True, slots=True)
class _Record:
    """What stands in one or more physical lines, from the line `began` on."""

    began: int
    lines: Sequence[str]
    values: Sequence[str]

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.began + len(self.lines) - 1


@dataclass(slots=True)
class _Lines:
    """Physical lines with their numbers, some of which may be given back."""

    file: TextIO
    number: int = 0
    opener: int = 0
    """The line with the quotation mark that the line `closer` closes, where it was closed too late."""
    closer: int = 0
    _back: deque[str] = field(default_factory=deque)

    def next(self) -> str:
        line = self._back.popleft() if self._back else self._read()
        self.number += bool(line)
        return line

    def _read(self) -> str:
        line = piece = self.file.readline(_LONGEST_LINE)
        while len(piece) == _LONGEST_LINE and not piece.endswith("\n"):
            line, piece = _CUT, self.file.readline(_LONGEST_LINE)
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def read_again(self, record: _Record) -> None:
        """All lines of a record but the first, each by itself."""
        self.opener, self.closer = record.began, record.last
        self.give_back(record.lines[1:])


def _records(lines: _Lines, path: Path, faults: Faults, delimiter: str) -> Iterator[_Record]:
    """Records of one or more physical lines; after a quotation mark that is never closed, on with the next line."""
    csv.field_size_limit(_LONGEST_LINE)
    while line := lines.next():
        began = lines.number
        if line is _CUT:
            if began == 1:
                message = f"{path.name}: line 1 is {_TOO_LONG}; expected the names of columns"
                raise UnreadableFile(message)
            faults.add(Fault(line=began, column="", problem=f"the line is {_TOO_LONG}", is_dropped=True))
            continue
        if began == lines.closer:
            problem = f"closes the quotation mark of line {lines.opener}"
            faults.add(Fault(line=began, column="", problem=problem, is_dropped=True))
            continue
        if line.strip("\n ") == "" and began > 1:
            continue
        gathered = [line]
        while (values := _parsed(gathered, delimiter)) is None:
            further = lines.next() if len(gathered) < _LINES_OF_ONE_FIELD else ""
            if not further or further is _CUT:
                lines.give_back([*gathered[1:], *([further] if further else [])])
                break
            gathered.append(further)
        if values is not None:
            yield _Record(began, gathered, values)
        elif began == 1:
            raise UnreadableFile(_no_header(path, "never closed"))
        else:
            never = (
                "never closed" if len(gathered) < _LINES_OF_ONE_FIELD else f"not closed within {len(gathered)} lines"
            )
            problem = f"a quotation mark is {never}, or stands inside a field"
            faults.add(Fault(line=began, column=_quoted_column(line, delimiter), problem=problem, is_dropped=True))


def _no_header(path: Path, mark: str) -> str:
    return f"{path.name}: line 1 has a quotation mark that is {mark}; expected the names of columns"


def _is_run_together(record: _Record, header: Sequence[str], delimiter: str, one_line: Collection[str]) -> bool:
    """True if a record of several lines is no row: it has too few fields or too many, a break where none can be, or a
    line that is a row by itself.
    """
    if len(record.values) != len(header) or _has_a_row(record, delimiter):
        return True
    return any("\n" in value.strip() for name, value in zip(header, record.values, strict=True) if name in one_line)


def _has_a_row(record: _Record, delimiter: str) -> bool:
    """True if a further line of a record has as many fields by itself as the record has."""
    expected = len(record.values)
    *inner, last = record.lines[1:]
    close = _closing(last, 0)
    lines = (*inner, last[:close] + last[close + 1 :])
    return expected >= _FIELDS_OF_A_ROW and any(len(_parsed([line], delimiter) or ()) == expected for line in lines)


def _closing(line: str, start: int) -> int:
    """Where the first quotation mark from `start` on stands that is not doubled; -1 if there is none."""
    while (place := line.find('"', start)) >= 0 and line.startswith('""', place):
        start = place + 2
    return place


def _closed_late(record: _Record, delimiter: str) -> Fault:
    problem = f"a quotation mark that opens here is closed only on line {record.last}; each line is read by itself"
    column = _quoted_column(record.lines[0], delimiter)
    return Fault(line=record.began, column=column, problem=problem, is_dropped=True)


def _note_stray_marks(row: Mapping[str, str], record: _Record, faults: Faults) -> None:
    """A quotation mark that is one of a pair whose other one stands in another row, as far as anybody can tell."""
    if len(record.lines) > 1 or record.lines[0].count('"') % 2 == 0:
        return
    for column, value in row.items():
        if value.count('"') % 2:
            problem = "a quotation mark in it that nothing closes or opens; kept as it stands"
            faults.add(Fault(line=record.began, column=column, problem=problem))


def _quoted_column(line: str, delimiter: str) -> str:
    """In which column, from 1 on, the quotation mark stands that makes a line unreadable: the first that is not closed,
    or is followed by anything but the end of its field.
    """
    column, place = 1, 0
    while place <= len(line):
        if not line.startswith('"', place):
            end = line.find(delimiter, place)
        else:
            close = _closing(line, place + 1)
            end = close + 1
            if close < 0 or (end < len(line) and not line.startswith((delimiter, "\n"), end)):
                break
            end = end if line.startswith(delimiter, end) else -1
        if end < 0:
            break
        column, place = column + 1, end + 1
    return f"column {column}"


def _parsed(lines: Sequence[str], delimiter: str) -> list[str] | None:
    try:
        records = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None


def _header(
    first: _Record | None,
    path: Path,
    needed: Collection[str],
    known: Collection[str],
    faults: Faults,
    delimiter: str,
) -> list[str]:
    if first is not None and len(first.lines) > 1 and _has_a_row(first, delimiter):
        raise UnreadableFile(_no_header(path, f"closed only on line {first.last}"))
    header = [_as_windows(value).strip().casefold() for value in (first.values if first is not None else ())]
    if not any(header):
        what = "is empty" if path.stat().st_size <= _LONGEST_MARK else "has nothing in its first line"
        message = f"{path.name} {what}; expected a first line with the columns {', '.join(known or needed)}"
        raise UnreadableFile(message)
    if len(header) == 1 and (other := next((mark for mark in ";\t|" if mark in header[0]), None)):
        message = (
            f"{path.name}: line 1 is separated by {other!r}; expected {delimiter!r}. Save it as CSV with commas"
            " (a mapping of your own may say: delimiter = ...)"
        )
        raise UnreadableFile(message)
    missing = [name for name in needed if name not in header]
    twice = _twice(header, known)
    if missing or twice:
        unknown = [name for name in header if name not in known]
        near = {name: get_close_matches(name, unknown, n=1) for name in missing}
        said = [f"{name} (is it {match[0]!r}?)" if (match := near[name]) else name for name in missing]
        problem = (
            f"the column {', '.join(said)} is missing" if missing else f"the column {', '.join(twice)} is there twice"
        )
        message = f"{path.name}: line 1: {problem}; expected columns: {', '.join(known or needed)}"
        raise UnreadableFile(message)
    for name in known:
        if name not in header:
            faults.add(Fault(line=1, column=name, problem="the column is not there; treated as empty"))
    if known and (others := [(number, name) for number, name in enumerate(header, 1) if name not in known]):
        faults.add(Fault(line=1, column="", problem=_not_used(others)))
    return header


def _not_used(others: Sequence[tuple[int, str]]) -> str:
    """That these columns are not expected: one note however many they are, with the first of their names."""
    first = [inert(name)[:_LONGEST_NAME] or f"number {number}" for number, name in others[:_COLUMNS_NAMED]]
    more = f" and {len(others) - len(first):,} more" if len(others) > len(first) else ""
    are = "1 column is" if len(others) == 1 else f"{len(others):,} columns are"
    return f"{are} not expected and not used: {', '.join(first)}{more}"


def _twice(header: Sequence[str], known: Collection[str]) -> list[str]:
    """Names that stand over two columns of which one is meant, with their places; a name of none is of no matter."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for number, name in enumerate(header, 1):
        if name in known or (name and not known):
            places[name].append(str(number))
    return [f"{name} (columns {' and '.join(found)})" for name, found in sorted(places.items()) if len(found) > 1]


def _as_windows(value: str) -> str:
    """Text that is no UTF-8 as Windows-1252; any other text as it is."""
    if value.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in value):
        return value
    return value.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def _mended(row: dict[str, str], line: int, faults: Faults) -> dict[str, str]:
    for column, value in row.items():
        if len(value) > LONGEST_FIELD:
            problem = f"longer than {LONGEST_FIELD} characters; treated as not known"
            faults.add(Fault(line=line, column=column, problem=problem))
            row[column] = ""
        elif (read := _as_windows(value)) is not value:
            faults.add(Fault(line=line, column=column, problem="not UTF-8; read as Windows-1252"))
            row[column] = read
        if _UNREAD in row[column]:
            faults.add(Fault(line=line, column=column, problem="characters that could not be read; shown as \ufffd"))
        if not value.isprintable() and _CONTROLS.search(row[column]):
            faults.add(Fault(line=line, column=column, problem="control characters in it; left out"))
            row[column] = _CONTROLS.sub("", row[column])
    return row
