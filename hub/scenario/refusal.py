"""The refusal of a scenario file: which file, which line, what is wrong there, and the word that may have been meant.

A scenario is written by people, so every fault in it is told in their words and with its place; nothing of a file with
a fault is played.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.errors import HomewardError


class ScenarioRefused(HomewardError):
    """A scenario file is refused. `line` counts from 1; `nearest` is the known word that may have been meant."""

    def __init__(self, *, file: str, line: int, reason: str, nearest: str | None = None) -> None:
        self.file = file
        self.line = line
        self.reason = reason
        self.nearest = nearest
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"{file}, line {line}: {reason}{meant}")


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one, if any does; capitals and blanks make no difference."""
    plain = {_plain(each): each for each in known}
    close = get_close_matches(_plain(word), plain, n=1, cutoff=0.55)
    return plain[close[0]] if close else None


def _plain(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")
