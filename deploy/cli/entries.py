"""Lists of things under their references that stay readable on any screen: no reference and no time is cut away.

On a screen of eighty columns an entry is one line, or up to three where its words are long. On a narrower one its words
stand below its reference and its time, on as many lines as they need.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

__all__ = ["NARROW", "Entry", "Fitting", "Page", "Part", "Section"]

NARROW: Final = 80
"""Columns below which columns do not stand beside each other."""

_MOST_LINES: Final = 3
_INDENT: Final = 2


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of an entry; `width` columns where there is room for columns, from the right where it is negative."""

    text: str
    width: int = 0
    style: str = ""

    @property
    def shown(self) -> Text:
        """As it stands by itself."""
        return Text(self.text, style=self.style)

    @property
    def in_column(self) -> Text:
        """As it stands in its column."""
        space = " " * max(0, abs(self.width) - cell_len(self.text))
        return Text.assemble(space, self.shown) if self.width < 0 else Text.assemble(self.shown, space)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing: its reference, when it was or is due, and what it is."""

    reference: str
    when: tuple[Part, ...] = ()
    what: tuple[Part, ...]
    indent: int = _INDENT

    def lines(self, console: Console, width: int) -> list[Text]:
        """Its lines on a screen of so many columns."""
        if width < NARROW:
            head = Text("  ").join([Text(self.reference), *(part.shown for part in self.when)])
            words = Text(", ").join([part.shown for part in self.what if part.text])
            every = [head, words] if self.when else [Text("  ").join([head, words])]
            found = [line for text in every for line in _wrapped(console, text, width - self.indent - _INDENT)]
            below = " " * (self.indent + _INDENT)
            return [Text.assemble(" " * self.indent if at == 0 else below, line) for at, line in enumerate(found)]
        begin = f"{' ' * self.indent}{self.reference}  "
        room = width - cell_len(begin)
        words = Text("  ").join([part.in_column for part in (*self.when, *self.what)])
        words.rstrip()
        found = _wrapped(console, words, room)
        if len(found) > _MOST_LINES:
            rest = Text(" ").join(found[_MOST_LINES - 1 :])
            rest.truncate(room, overflow="ellipsis")
            found[_MOST_LINES - 1 :] = [rest]
        return [Text.assemble(begin if at == 0 else " " * cell_len(begin), line) for at, line in enumerate(found)]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What is printed."""
        yield from self.lines(console, options.max_width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A list of a page under its title. `everything` is the command that shows all of a list that is too long."""

    title: str
    entries: Sequence[Entry]
    everything: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of lists: of each at most `most` entries, and on a screen of eighty columns fewer of the longest where the
    page would not fit into so many `lines`.
    """

    head: tuple[Text, ...]
    sections: tuple[Section, ...]
    most: int
    lines: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What is printed."""
        width = options.max_width
        shown = [[entry.lines(console, width) for entry in section.entries[: self.most]] for section in self.sections]
        if width >= NARROW:
            used = sum(len(text.wrap(console, width)) for text in self.head)
            _shorten(shown, self.lines - used - 2 * len(self.sections))
        yield from self.head
        for section, entries in zip(self.sections, shown, strict=True):
            yield from _section(section, entries)


class Fitting:
    """One of two views of the same: the second on a screen that is too narrow for the first."""

    def __init__(self, wide: RenderableType, narrow: RenderableType) -> None:
        """Take both."""
        self._wide = wide
        self._narrow = narrow

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What is printed."""
        yield self._narrow if options.max_width < NARROW else self._wide


def _section(section: Section, entries: Sequence[Sequence[Text]]) -> Iterator[Text]:
    count = len(section.entries)
    is_all = len(entries) == count
    more = f" ({count})" if is_all else f", the first {len(entries)} of {count} (all: {section.everything})"
    yield Text("")
    yield Text(f"{section.title}{more}", style="bold")
    if not count:
        yield Text("  nothing")
    for lines in entries:
        yield from lines


def _shorten(sections: Sequence[list[list[Text]]], room: int) -> None:
    """Leave out the last of the longest section until all of them fit; one that says `nothing` has a line as well."""

    def length(entries: list[list[Text]]) -> int:
        return sum(len(lines) for lines in entries) or 1

    while sum(map(length, sections)) > room:
        longest = max(sections, key=length)
        if len(longest) <= 1:
            return
        longest.pop()


def _wrapped(console: Console, text: Text, width: int) -> list[Text]:
    found = list(text.wrap(console, max(1, width)))
    for line in found:
        line.rstrip()
    return found
