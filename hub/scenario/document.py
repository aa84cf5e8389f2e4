"""YAML text as a tree of words, lists and tables that know their lines. It knows YAML, and nothing of scenarios.

Read from the parser's events, so that no object is ever built by what a file says. Kept small on purpose: one document,
no tags, no anchors or aliases, bounded size and depth, every key once. A word stays the text that was written (`22:40`
is not a number, `no` is not a value): what it means is for whoever asks for it.
"""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import yaml

from hub.scenario.refusal import ScenarioRefused

MOST_CHARACTERS: Final = 262_144
"""Size of a scenario file: 256 KiB of text."""
MOST_PARTS: Final = 20_000
"""Words, lists and tables in one file."""
MOST_DEPTH: Final = 16

_PARSER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one, where the package has it; both read the same."""
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_NOTHING: Final = frozenset({"", "~", "null", "none", "nothing"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word or text. `is_quoted` if it stood in quotes, and so means itself."""

    file: str
    line: int
    text: str
    is_quoted: bool = False

    @property
    def is_nothing(self) -> bool:
        """True for a blank, `none` and the like: the field is to be left out."""
        return not self.is_quoted and self.text.strip().lower() in _NOTHING

    def refused(self, reason: str, nearest: str | None = None) -> ScenarioRefused:
        """The refusal of the file for what stands here; to be raised."""
        return ScenarioRefused(file=self.file, line=self.line, reason=reason, nearest=nearest)


@dataclass(frozen=True, slots=True)
class Row:
    """A list."""

    file: str
    line: int
    items: tuple["Part", ...]

    def refused(self, reason: str, nearest: str | None = None) -> ScenarioRefused:
        """The refusal of the file for what stands here; to be raised."""
        return ScenarioRefused(file=self.file, line=self.line, reason=reason, nearest=nearest)


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with what stands under them, in the order written; every key once."""

    file: str
    line: int
    entries: tuple[tuple[Word, "Part"], ...]

    def __iter__(self) -> Iterator[tuple[Word, "Part"]]:
        """Keys with what stands under them."""
        return iter(self.entries)

    def get(self, key: str) -> "Part | None":
        """What stands under a key; None where the key is not there."""
        return next((value for word, value in self.entries if word.text == key), None)

    def refused(self, reason: str, nearest: str | None = None) -> ScenarioRefused:
        """The refusal of the file for what stands here; to be raised."""
        return ScenarioRefused(file=self.file, line=self.line, reason=reason, nearest=nearest)


Part: TypeAlias = Word | Row | Table


def whole_number(text: str, least: int, most: int) -> int | None:
    """The whole number that a text is, if it is one between these two."""
    number = int(text) if _WHOLE.fullmatch(text.strip()) else None
    return number if number is not None and least <= number <= most else None


def read_document(file: str, text: str) -> Table:
    """The table that a scenario file is.

    Raises:
        ScenarioRefused: not YAML, too large, or something that this small reading of YAML leaves out.
    """
    if len(text) > MOST_CHARACTERS:
        raise ScenarioRefused(file=file, line=1, reason=f"a scenario has at most {MOST_CHARACTERS} characters")
    try:
        part = _Reader(file, text).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        position = getattr(error, "position", None)
        line = mark.line + 1 if mark else text[:position].count("\n") + 1 if isinstance(position, int) else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
        hint = "; write blanks, not tabs" if "\t" in "".join(text.splitlines()[line - 1 : line]) else ""
        raise ScenarioRefused(file=file, line=line, reason=f"not YAML: {problem}{hint}") from None
    if not isinstance(part, Table):
        raise part.refused("a scenario is a table of keys: scenario, agencies, children, messages, expect")
    return part


class _Reader:
    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._events = yaml.parse(text, Loader=_PARSER)
        self._parts = 0

    def document(self) -> Part:
        part: Part | None = None
        for event in self._events:
            line = _line(event)
            match event:
                case yaml.DocumentStartEvent() if part is not None:
                    raise ScenarioRefused(file=self._file, line=line, reason="one scenario a file: a second one begins")
                case yaml.NodeEvent():
                    part = self._part(event, 0)
                case _:
                    pass
        if part is None:
            raise ScenarioRefused(file=self._file, line=1, reason="the file is empty")
        return part

    def _part(self, event: yaml.Event, depth: int) -> Part:
        line = _line(event)
        self._parts += 1
        reason = ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            reason = "anchors and aliases (& and *) are not used in scenarios; write it out, or in quotes"
        elif getattr(event, "tag", None):
            reason = "tags (!) are not used in scenarios; write it in quotes"
        elif depth > MOST_DEPTH:
            reason = f"tables in tables go at most {MOST_DEPTH} deep"
        elif self._parts > MOST_PARTS:
            reason = f"a scenario has at most {MOST_PARTS} words, lists and tables"
        if reason:
            raise ScenarioRefused(file=self._file, line=line, reason=reason)
        match event:
            case yaml.SequenceStartEvent():
                return self._row(line, depth)
            case yaml.MappingStartEvent():
                return self._table(line, depth)
            case yaml.ScalarEvent(value=value, style=style):
                return Word(self._file, line, value, is_quoted=style in ("'", '"'))
            case _:
                raise ScenarioRefused(file=self._file, line=line, reason="something else was expected here")

    def _row(self, line: int, depth: int) -> Row:
        items: list[Part] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._part(event, depth + 1))
        return Row(self._file, line, tuple(items))

    def _table(self, line: int, depth: int) -> Table:
        entries: list[tuple[Word, Part]] = []
        seen: dict[str, int] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._part(event, depth + 1)
            if not isinstance(key, Word):
                raise key.refused("a key is a word")
            if key.text in seen:
                raise key.refused(f"{key.text!r} stands here a second time (first in line {seen[key.text]})")
            seen[key.text] = key.line
            entries.append((key, self._part(next(self._events), depth + 1)))
        return Table(self._file, line, tuple(entries))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1
