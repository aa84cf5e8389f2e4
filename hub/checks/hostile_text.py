"""Text that can mislead whoever reads it: characters that do not show, letters borrowed from another script.

Neither is a reason to refuse anything, and nothing is taken out: what is shown is made inert where it is shown
(`hub.text`). Names keep every real form; a look-alike is flagged only where one word mixes scripts that no real
spelling mixes.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from hub.checks.fields import Leaf
from hub.text import is_hidden
from schemas.records import Finding, FindingKind

_NAME_FIELDS: Final = frozenset(
    {
        "given_names",
        "family_name",
        "other_names",
        "name",
        "child_ref",
        "episode_ref",
        "incident_ref",
        "value",
        "companions",
        "handle",
        "excluded_person",
    }
)
"""Fields that identify somebody; here line breaks are out of place, and look-alikes matter."""
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")
"""Scripts with letters that look like one another's, and that no language mixes within one word."""
_BREAKS: Final = frozenset("\n\r\t")
_SHOWN: Final = "nothing, if it is meant so: it is kept, and shown with such characters made visible"


def text_findings(leaves: Iterable[Leaf]) -> Iterator[Finding]:
    """Flags for the text of a message."""
    for leaf in leaves:
        text = leaf.value
        if isinstance(text, str) and not (text.isascii() and text.isprintable()):
            yield from _findings(leaf.path, text, is_name=leaf.name in _NAME_FIELDS)


def _findings(where: str, text: str, *, is_name: bool) -> Iterator[Finding]:
    allowed = frozenset[str]() if is_name else _BREAKS
    if any(is_hidden(character) and character not in allowed for character in text):
        rule = "holds characters that do not show, or that turn the direction of text"
        yield Finding(field=where, rule=rule, remedy=_SHOWN, kind=FindingKind.FLAG)
    if is_name and any(_mixes_alphabets(word) for word in text.split()):
        rule = "mixes letters of different scripts within one word"
        yield Finding(field=where, rule=rule, remedy=_SHOWN, kind=FindingKind.FLAG)


def _mixes_alphabets(word: str) -> bool:
    found = {script for letter in word if letter.isalpha() and (script := _alphabet(letter)) is not None}
    return len(found) > 1


def _alphabet(letter: str) -> str | None:
    name = unicodedata.name(letter, "")
    return next((script for script in _ALPHABETS if script in name.split()), None)
