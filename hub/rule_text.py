"""TOML text of the rules as tables that know their lines, and the refusal of what is wrong in them.

Reads any rules file into its arrays of tables with the line of every header and key, so that a refusal can say file,
line, reason and nearest known word. It knows TOML, and nothing of what the rules mean.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, NoReturn

from schemas.errors import HomewardError

_HEADER: Final = re.compile(r"^\s*\[\[\s*([\w.-]+)\s*\]\]")
_KEY: Final = re.compile(r"^\s*([\w-]+)\s*=")


class BrokenRules(HomewardError):
    """A rules file is refused; the rules in force stay in force.

    `file` and `line` (from 1) say where, `reason` what, `nearest` the known word that may have been meant.
    """

    def __init__(self, *, file: str, line: int, reason: str, nearest: str | None = None) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        self.nearest = nearest
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"{file}, line {line}: {reason}{meant}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of an array of tables, with the line of its header and of each of its keys."""

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)

    def refuse(self, key: str, reason: str, nearest: str | None = None) -> NoReturn:
        """Refuse what stands under a key (or the table, where the key is not there)."""
        raise BrokenRules(file=self.file, line=self.lines.get(key, self.line), reason=reason, nearest=nearest)

    def text(self, key: str) -> str:
        """The words under a required key."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, f"{key!r} must be given, as words in quotes")
        return value

    def flag(self, key: str) -> bool:
        """A yes or no; no when the key is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.refuse(key, f"{key!r} must be true or false")
        return value

    def word(self, key: str, known: Collection[str]) -> str:
        """One known word under a required key."""
        return self._known(key, self.text(key), known)

    def words(self, key: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of known words (any words when `known` is None); empty when the key is not there."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.refuse(key, f"{key!r} must be a list of words in quotes")
        return tuple(values if known is None else (self._known(key, value, known) for value in values))

    def only(self, allowed: Collection[str]) -> None:
        """Refuse a key that no row has."""
        for key in self.values:
            if key not in allowed:
                self.refuse(key, f"{key!r} is no key of a row", nearest_word(key, allowed))

    def _known(self, key: str, value: str, known: Collection[str]) -> str:
        if value not in known:
            self.refuse(key, f"{value!r} is not a known word for {key!r}", nearest_word(value, known))
        return value


def nearest_word(word: str, known: Collection[str]) -> str | None:
    """The known word that looks most like this one, if any does."""
    close = get_close_matches(word, known, n=1, cutoff=0.5)
    return close[0] if close else None


def utf8_of(raw: bytes, file: str) -> str:
    """The text of a file that a person wrote, in UTF-8 with or without a byte-order mark.

    Raises:
        BrokenRules: it is in another encoding, with the line where that shows.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BrokenRules(file=file, line=line, reason="not text in UTF-8; save it as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BrokenRules(file=file, line=line, reason="holds zero bytes, so it is no text in UTF-8; save it as UTF-8")
    return text


def toml_of(file: str, text: str) -> dict[str, Any]:
    """The whole text as TOML.

    Raises:
        BrokenRules: it is none, with the line where that shows.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place.group(1)) if place else len(text.splitlines())
        raise BrokenRules(file=file, line=line, reason=f"not TOML: {error}") from error


def read_tables(file: str, text: str, arrays: Collection[str]) -> tuple[dict[str, Any], dict[str, tuple[Table, ...]]]:
    """The plain values at the top of a rules file, and its arrays of tables by name, each with its lines.

    Raises:
        BrokenRules: not TOML, or an array of tables that this file may not have.
    """
    document = toml_of(file, text)
    found = _lines_of_tables(text)
    tables: dict[str, tuple[Table, ...]] = dict.fromkeys(arrays, ())
    plain: dict[str, Any] = {}
    for name, value in document.items():
        if not (isinstance(value, list) and value and all(isinstance(row, dict) for row in value)):
            plain[name] = value
            continue
        places = found.get(name, [])
        if name not in arrays:
            line = places[0][0] if places else 1
            raise BrokenRules(
                file=file, line=line, reason=f"[[{name}]] is no table of this file", nearest=nearest_word(name, arrays)
            )
        if len(places) != len(value):
            raise BrokenRules(file=file, line=1, reason=f"write every row of {name!r} under a header [[{name}]]")
        tables[name] = tuple(
            Table(file=file, line=line, values=row, lines=lines)
            for row, (line, lines) in zip(value, places, strict=True)
        )
    return plain, tables


def _lines_of_tables(text: str) -> dict[str, list[tuple[int, dict[str, int]]]]:
    found: dict[str, list[tuple[int, dict[str, int]]]] = {}
    keys: dict[str, int] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            keys = {}
            found.setdefault(header.group(1), []).append((number, keys))
        elif line.lstrip().startswith("["):
            keys = None if _looks_like_a_table(line) else keys
        elif keys is not None and (key := _KEY.match(line)):
            keys.setdefault(key.group(1), number)
    return found


def _looks_like_a_table(line: str) -> bool:
    return re.match(r"^\s*\[\s*[\w.-]+\s*\]\s*(#.*)?$", line) is not None
