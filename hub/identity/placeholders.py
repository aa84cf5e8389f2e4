"""What stands in the place of a fact and says nothing: words for no name, numbers for no number, days for no day. And
what stands between two names of one child.

Unknown is never a match, so whatever is found here is left out before anything is compared: two children whose name is
"N/K" have no name in common, and two whose NHS number is 000 000 0000 no number. The words are a table
(`placeholders.toml`), each kind with its source; what is stored and shown keeps them.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from hub.identity.folding import folded

_MOST_ALIKE: Final = 1
"""So many different digits has a number that somebody typed by leaving a finger on a key."""
_NAMES_BESIDE_NAMES: Final = ("na",)
"""A word that names nobody alone, and is a syllable of names: Na, Do Na."""


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    text = resources.files("hub.identity").joinpath("placeholders.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _words(kind: str, key: str) -> frozenset[str]:
    said = _table()[kind][key]
    return frozenset(said.split() if isinstance(said, str) else said)


@cache
def _every_word() -> frozenset[str]:
    """Words that may name nobody: where a name has none of them, nor a number or letters alone, it stays as it is."""
    return frozenset().union(*(_words("names", kind) for kind in ("remarks", "are_names", "titles", "beside", "alone")))


@cache
def _between_names() -> re.Pattern[str]:
    said = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in _table()["names"]["between"])
    return re.compile(rf"(?<=\w)[^\w]+(?:{said})[^\w]+(?=\w)|[()\[\]]|(?<=\w\w)\s*[/;]\s*(?=\w\w)", re.IGNORECASE)


def in_parts(text: str) -> list[str]:
    """The names that one field holds, before and after what clerks write between two, or in brackets."""
    if text.isalpha():
        return [text]
    return _between_names().split(text)


def without_placeholders(said: Sequence[str]) -> tuple[str, ...]:
    """The folded words of a name that name somebody; none where all of them stand for a name that is not known.

    A number names nobody, nor do letters that stand for words (N/K).
    """
    if _every_word().isdisjoint(said) and "".join(said).isalpha() and any(len(word) > 1 for word in said):
        return tuple(said)
    words = [word for word in said if not word.isdecimal() and word not in _words("names", "remarks")]
    are_names = _words("names", "are_names")
    untitled = [word for word in words if word not in _words("names", "titles")]
    if not are_names.isdisjoint(untitled) and are_names.union(_NAMES_BESIDE_NAMES).issuperset(untitled):
        return tuple(untitled)
    beside, alone = _words("names", "beside"), _words("names", "alone")
    if all(word in beside or word in alone for word in words):
        return ()
    if all(len(word) == 1 for word in words) and "".join(words) in _words("names", "letters"):
        return ()
    return tuple(word for word in words if word not in beside)


@lru_cache(maxsize=4_096)
def is_no_reference(text: str) -> bool:
    """True for what is written where there is no reference: TBC, N/A, a row of noughts, or signs alone."""
    plain = folded(text)
    return plain in _words("references", "phrases") or not plain.replace(" ", "").strip("0")


def is_no_day(born: date) -> bool:
    """True for a day that a system fills in where it has no date of birth."""
    return born.isoformat() in _words("days", "days")


def is_no_number(digits: str) -> bool:
    """True for an NHS number, or the digits of a UPN, that fit their check and were given to nobody."""
    return len(set(digits)) <= _MOST_ALIKE or digits in _words("numbers", "in_order")


def is_no_line(plain: str) -> bool:
    """True for a folded address line that says no place."""
    return not plain or plain in _words("addresses", "lines")


def is_no_postcode(code: str) -> bool:
    """True for a folded postcode without its space that is of no place."""
    return not code or code in _words("postcodes", "words") or code.startswith(str(_table()["postcodes"]["begins"]))
