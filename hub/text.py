"""Text from outside, made inert for the place where it is shown or written. Nothing stored is changed by this.

A name keeps every real form: any script, combining marks, apostrophes, one word only. What cannot be part of a name
and can mislead (control characters, direction overrides, characters without width that hide) is shown as what it is,
and what a reader's program could run (HTML, a spreadsheet's formula, a terminal's escape) is disarmed. Whether such
text is worth a flag is for `checks`.
"""

import re
import unicodedata
from html import escape
from typing import Final

_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
"""Without width, yet part of how Persian, Urdu and several Indian scripts are written: kept between letters."""
_BREAKS: Final = frozenset("\n\t")
_FORMULA: Final = re.compile(r"\s*[=+\-@\t\r]")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def is_hidden(character: str) -> bool:
    """True for a character that shows nothing and can mislead: controls, overrides, private and unassigned ones."""
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


def inert(text: str) -> str:
    """One line in which every hidden character stands as `<U+202E>`; everything else is as it was."""
    if text.isprintable():
        return text
    return "".join(f"<U+{ord(each):04X}>" if is_hidden(each) else each for each in text)


def inert_lines(text: str) -> str:
    """As `inert`, but line breaks and tabs stay: for free text that is shown as paragraphs."""
    return "".join(each if each in _BREAKS else inert(each) for each in text.replace("\r\n", "\n"))


def for_html(text: str) -> str:
    """Inert in an HTML text node or a quoted attribute."""
    return escape(inert_lines(text), quote=True)


def for_terminal(text: str) -> str:
    """Inert on a terminal: no escape sequence, no carriage return, no line break leaves it."""
    return inert(text)


def for_log(text: str) -> str:
    """Inert in a line of a log: one line, no quotation mark or backslash that could end a field."""
    return inert(text).replace("\\", "\\\\").replace('"', '\\"')


def for_csv(text: str) -> str:
    """Inert in a cell of a spreadsheet: what would be read as a formula gets an apostrophe before it.

    Quoting and separators are for the CSV writer.
    """
    shown = inert_lines(text)
    return f"'{shown}" if _FORMULA.match(shown) else shown
