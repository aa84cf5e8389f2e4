"""The refusal of a scenario file: which file, which line, what is wrong there, and the word that may have been meant.

A scenario is written by people, so every fault in it is told in their words and with its place; nothing of a file with
a fault is played.
"""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

from schemas.errors import HomewardError

_MOST_NAMED: Final = 12


class ScenarioRefused(HomewardError):
    """A scenario file is refused. `line` counts from 1; `nearest` is the known word that may have been meant."""

    def __init__(self, *, file: str, line: int, reason: str, nearest: str | None = None) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        self.nearest = nearest
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"{file}, line {line}: {reason}{meant}")


def nearest_word(word: str, known: Iterable[str], alike: float = 0.55) -> str | None:
    """The known word that looks most like this one, if any does; capitals and blanks make no difference.

    `alike` is how much of the two must be the same, from 0 to 1.
    """
    plain = {_plain(each): each for each in known}
    close = get_close_matches(_plain(word), plain, n=1, cutoff=alike)
    return plain[close[0]] if close else None


def no_message(name: str, known: Collection[str]) -> tuple[str, str | None]:
    """The reason and the nearest name, where a message is named that has no such name; names may be short (`r2`)."""
    names = list(known)
    rest = f" (there are: {', '.join(names[:_MOST_NAMED])})" if names else "; give it one with `as:`"
    only = names[0] if len(names) == 1 else None
    return f"no message is called {name!r}{rest}", nearest_word(name, names, 0.4) or only


def _plain(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")
