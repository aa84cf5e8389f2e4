"""Text as it is compared: one case, no marks, no punctuation, and the sound of a word. Never what is stored or shown.

It works on any script; a table (`letters.toml`) replaces letters that Unicode does not take apart, and writes
Cyrillic, Greek and Arabic letters in Latin ones. Three keys stand for the sound: `written`, in which only letters fall
together that clerks choose between (Cory, Corey); `romanised`, which keeps the vowels in a coarse form (Mohammed,
Muhammad, Mohamad); and `skeleton`, which keeps consonants only and serves blocking, never a link: Hassan and Hussain
share it and are two names.

Sources: Unicode Standard Annex 15 (normal form KD); the Latin letters for Cyrillic, Greek and Arabic follow the
BGN/PCGN romanisation systems, without their marks (c); the keys are the project's own (c).
"""

import re
import tomllib
import unicodedata
from contextlib import suppress
from functools import cache, lru_cache
from importlib import resources
from typing import Final

_LONGEST: Final = 200
"""Characters of a name or an address line that are looked at; no real one is longer, and a flood may not cost more."""

_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"), (r"sch|sz|sh", "s"), (r"tch|cz|ch|tsch", "c"), (r"ck|kh|q|x", "k"), (r"c(?=[eiy])", "s"),
        (r"c(?=[^eiyh]|$)", "k"), (r"gh|g", "g"), (r"th|dt", "t"), (r"dh|zh", "z"), (r"dj|dzh", "j"), (r"w", "v"),
        (r"ou|oo|u|o", "u"), (r"ai|ay|ei|ey|ae", "e"), (r"ee|ie|y|i", "i"), (r"ea|e", "e"), (r"(?<=[aeiu])h", ""),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_LETTERS: Final = tuple(
    (re.compile(pattern), letter)
    for pattern, letter in (
        (r"ph", "f"), (r"ck|q(?:u(?=[aeio]))?|c(?![ehiy])", "k"), (r"ks", "x"), (r"w", "v"), (r"oo", "u"),
        (r"(?:ey|ie|ee|(?<!e)ea|y)$", "i"), (r"[ae][iy](?=[^aeiouy])", "ai"), (r"y", "i"), (r"(?<=[aeiou])h$", ""),
        (r"(.)\1+", r"\1"), (r"v$", "f"),
    )
)  # fmt: skip
_OF_BYTES: Final = {chr(byte): byte for byte in range(0x80, 0x100)} | {
    sign: byte for byte in range(0x80, 0xA0) if (sign := bytes([byte]).decode("cp1252", "ignore"))
}
"""The byte behind each sign of Windows-1252 beyond ASCII; the five that it leaves out become control characters."""
_FURTHER: Final = "".join(re.escape(sign) for sign, byte in _OF_BYTES.items() if byte in range(0x80, 0xC0))
_MISREAD: Final = re.compile(
    rf"[\xc3-\xc5][{_FURTHER}]|\xc8[\u02dc\u2122\u0161\u203a]"
    rf"|\xe1[\xba\xbb][{_FURTHER}]|(?:[\xce-\xd1\xd8-\xdb][{_FURTHER}]){{2}}"
)
"""Some signs for one letter: of the Latin alphabet, of Vietnamese, or two running of Greek, Cyrillic or Arabic."""
_BEATS: Final = re.compile(r"[aeiuy]+")
_VOWELS: Final = str.maketrans("", "", "aeiouyhw")
_SKELETON: Final = (
    ("sch", "s"), ("tch", "c"), ("ph", "f"), ("sz", "s"), ("cz", "c"), ("ck", "k"), ("kh", "k"), ("gh", "g"),
    ("dj", "j"), ("dh", "d"), ("th", "t"), ("sh", "s"), ("ch", "c"), ("zh", "z"), ("q", "k"), ("x", "ks"), ("v", "b"),
    ("z", "s"), ("g", "k"), ("c", "k"), ("p", "b"), ("d", "t"),
)  # fmt: skip


@cache
def _letters() -> dict[int, str]:
    text = resources.files("hub.identity").joinpath("letters.toml").read_text(encoding="utf-8")
    return str.maketrans(
        {letter: plain for table in tomllib.loads(text).values() for letter, plain in table["letters"].items()}
    )


@cache
def _signs() -> dict[int, str]:
    """The signs of ASCII that are neither letters nor digits: a space, but for those that the tables drop."""
    return {code: _letters().get(code, " ") for code in range(128) if not chr(code).isalnum()}


def as_written(text: str) -> str:
    """A text in UTF-8 that was read as Windows-1252, as it was written (RÃ³nÃ¡n is Rónán); any other as it is.

    It is undone only where the whole text decodes, to letters: nobody's name has a capital letter with a mark and then
    a sign of punctuation, as that reading makes.
    """
    if text.isascii() or _MISREAD.search(text) is None:
        return text
    with suppress(KeyError, UnicodeDecodeError):
        read = bytes(ord(sign) if sign.isascii() else _OF_BYTES[sign] for sign in text).decode()
        if all(sign.isalpha() or unicodedata.combining(sign) for sign in read if not sign.isascii()):
            return read
    return text


def folded(text: str) -> str:
    """The text in one case, without marks, apostrophes dropped, every other sign a space; Latin where a table knows."""
    plain = text[:_LONGEST]
    if plain.isascii():
        return " ".join(plain.lower().translate(_signs()).split())
    plain = unicodedata.normalize("NFKD", as_written(plain)).casefold().translate(_letters())
    if plain.isascii() and plain.isalnum():
        return plain
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order."""
    return tuple(folded(text).split())


@lru_cache(maxsize=16_384)
def romanised(word: str) -> str:
    """The sound of a folded word with coarse vowels: equal for spellings of one name in Latin letters."""
    sound = word
    for pattern, replacement in _SOUNDS:
        sound = pattern.sub(replacement, sound)
    return sound.rstrip("e") or sound


@lru_cache(maxsize=4_096)
def written(word: str) -> str:
    """A folded word with the letters that clerks choose between as one: equal for Cory and Corey, Oksana and Oxana, and
    not for Jack and Jake. Far stricter than `romanised`: every vowel stays that is heard.
    """
    plain = word
    for pattern, replacement in _LETTERS:
        plain = pattern.sub(replacement, plain)
    return plain


@lru_cache(maxsize=4_096)
def beaten(word: str) -> str:
    """The sound of a folded word with every vowel as one: equal for Fahad and Fehed, not for Farah."""
    return _BEATS.sub("a", romanised(word))


@lru_cache(maxsize=16_384)
def skeleton(word: str) -> str:
    """The consonants of a folded word, like sounds as one, no letter twice running; a vowel only where it begins."""
    sound = word
    for written, heard in _SKELETON:
        if written in sound:
            sound = sound.replace(written, heard)
    first = "a" if sound[:1] in "aeiouy" else ""
    consonants = sound.translate(_VOWELS)
    kept = first + "".join(c for i, c in enumerate(consonants) if i == 0 or consonants[i - 1] != c)
    return kept or word
