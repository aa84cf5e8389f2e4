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
_PART: Final = re.compile(r"^\s*\[\s*([\w-]+)[\w.-]*\s*\]\s*(#.*)?$")
_KEY: Final = re.compile(r"""^\s*["']?([\w-]+)["']?\s*[.=]""")
_ENDLESS: Final = re.compile(r"\d{1000}")
_Lines = dict[str, int]
"""Of each key, the line in which it stands first."""


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
    """One table of a file, with the line of its header and of each of its keys.

    That is one row of an array of tables, a part `[name]`, or what stands above them all: then `parts` are the lines of
    the keys of each part of the file.
    """

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

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

    def only(self, allowed: Collection[str], of: str = "a row") -> None:
        """Refuse a key that no row (or no such part) has."""
        for key in self.values:
            if key not in allowed:
                self.refuse(key, f"{key!r} is no key of {of}", nearest_word(key, allowed))

    def only_these(self, settings: Collection[str], parts: Collection[str] = ()) -> None:
        """Refuse a setting or a part that this file does not have."""
        for key, value in self.values.items():
            if isinstance(value, dict) and key not in parts:
                self.refuse(key, f"[{key}] is no part of this file", nearest_word(key, parts))
            if not isinstance(value, dict) and key not in (*settings, *parts):
                self.refuse(key, f"{key!r} is no setting of this file", nearest_word(key, settings))

    def part(self, name: str, keys: Collection[str], needs: str) -> "Table":
        """The part `[name]`, which must be there and have these keys and no others; `needs` says what it says."""
        values = self.values.get(name)
        if not isinstance(values, dict):
            self.refuse(name, f"[{name}] must be there, with {needs}")
        line = self.lines.get(name, self.line)
        part = Table(file=self.file, line=line, values=values, lines=self.parts.get(name, {}))
        part.only(keys, f"[{name}]")
        return part

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
    except RecursionError:
        lines = text.splitlines()
        deepest = max(range(len(lines)), key=lambda number: lines[number].count("[") + lines[number].count("{"))
        reason = "brackets stand in one another more deeply than rules ever need"
        raise BrokenRules(file=file, line=deepest + 1, reason=reason) from None
    except ValueError:
        line = next((number for number, each in enumerate(text.splitlines(), 1) if _ENDLESS.search(each)), 1)
        raise BrokenRules(file=file, line=line, reason="a number has more digits than can be read") from None


def read_tables(file: str, text: str, arrays: Collection[str]) -> tuple[Table, dict[str, tuple[Table, ...]]]:
    """What stands at the top of a rules file, and its arrays of tables by name, each with its lines.

    Raises:
        BrokenRules: not TOML, or an array of tables that this file may not have.
    """
    document = toml_of(file, text)
    top, parts, rows = _places(text)
    tables: dict[str, tuple[Table, ...]] = dict.fromkeys(arrays, ())
    plain: dict[str, Any] = {}
    for name, value in document.items():
        is_array = isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
        if not is_array and name not in arrays:
            plain[name] = value
            continue
        places = rows.get(name, [])
        line = places[0][0] if places else top.get(name, 1)
        if name not in arrays:
            reason = f"[[{name}]] is no table of this file"
            raise BrokenRules(file=file, line=line, reason=reason, nearest=nearest_word(name, arrays))
        if not is_array or len(places) != len(value):
            raise BrokenRules(file=file, line=line, reason=f"write every row of {name!r} under a header [[{name}]]")
        tables[name] = tuple(
            Table(file=file, line=line, values=row, lines=lines)
            for row, (line, lines) in zip(value, places, strict=True)
        )
    return Table(file=file, line=1, values=plain, lines=top, parts=parts), tables


def _places(text: str) -> tuple[_Lines, dict[str, _Lines], dict[str, list[tuple[int, _Lines]]]]:
    """The lines of what stands at the top, of the keys of each part, and of each row of an array and its keys."""
    top: _Lines = {}
    parts: dict[str, _Lines] = {}
    rows: dict[str, list[tuple[int, _Lines]]] = {}
    keys = top
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            keys = {}
            rows.setdefault(header.group(1), []).append((number, keys))
        elif part := _PART.match(line):
            top.setdefault(part.group(1), number)
            keys = parts.setdefault(part.group(1), {})
        elif key := _KEY.match(line):
            keys.setdefault(key.group(1), number)
    return top, parts, rows
