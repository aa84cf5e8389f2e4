"""The sentences of notices, read from their table and checked against the packaged one.

A hub composes notices from these sentences by name, and fills their braces. A table in which one is missing, stands
under another name or has other braces would fail in the middle of a night, so it is refused whole, with its line and
the nearest known name; so is one that says of a child what is never said here. New sentences may be added to `[ask]`
alone: the rows of routing name those.
"""

from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any, Final, NoReturn

from hub.rule_text import BrokenRules, nearest_word, toml_of
from schemas.never_said import never_said_in

ASKED: Final = "ask"
"""The part whose sentences the rows of routing name, and to which more may be added."""

Sentences = Mapping[str, Mapping[str, str]]


def sentences_from(file: str, text: str, packaged: str) -> Sentences:
    """The sentences of a table, part by part; `packaged` is the text that says which there must be.

    Raises:
        BrokenRules: with file, line, reason and nearest known name.
    """
    document, known = toml_of(file, text), _packaged(file, packaged)
    for name, part in document.items():
        if name not in known or not isinstance(part, dict):
            _refuse(file, text, name, f"[{name}] is no part of the words", nearest_word(name, known))
    for name, there in known.items():
        part = document.get(name)
        if part is None:
            raise BrokenRules(file=file, line=1, reason=f"the part [{name}] is not there")
        _check(file, text, name, part, there)
    return document


@cache
def _packaged(file: str, text: str) -> dict[str, Any]:
    return toml_of(file, text)


def _check(file: str, text: str, name: str, part: Mapping[str, Any], known: Mapping[str, str]) -> None:
    for key, sentence in part.items():
        if key not in known and name != ASKED:
            _refuse(file, text, key, f"{key!r} is no sentence of [{name}]", nearest_word(key, known), after=f"[{name}]")
        if not isinstance(sentence, str):
            _refuse(file, text, key, f"{key!r} must be a sentence in quotes", after=f"[{name}]")
        if words := never_said_in(sentence):
            _refuse(file, text, key, f"{key!r} says {words!r}, which is not said of children here", after=f"[{name}]")
        wanted, braces = _braces(known.get(key, "")), _braces(sentence)
        if braces != wanted:
            said = " and ".join(sorted(f"{{{each}}}" for each in wanted)) or "no braces"
            _refuse(file, text, key, f"{key!r} must hold {said}", after=f"[{name}]")
    for key in known:
        if key not in part:
            _refuse(file, text, f"[{name}]", f"the sentence {key!r} is missing from [{name}]")


def _braces(sentence: str) -> frozenset[str]:
    try:
        parts = [part[1:] for part in Formatter().parse(sentence) if part[1] is not None]
    except ValueError:
        return frozenset({"?"})
    return frozenset("?" if form or conversion else name or "" for name, form, conversion in parts)


def _refuse(file: str, text: str, word: str, reason: str, nearest: str | None = None, after: str = "") -> NoReturn:
    """Refuse what stands in the line that begins with a word, after the header of its part."""
    lines = [line.strip().lstrip("[") for line in text.splitlines()]
    header = after.lstrip("[")
    start = next((number for number, line in enumerate(lines) if header and line.startswith(header)), 0)
    found = (n for n, line in enumerate(lines[start:], start + 1) if line.startswith(word.lstrip("[")))
    raise BrokenRules(file=file, line=next(found, 1), reason=reason, nearest=nearest)
