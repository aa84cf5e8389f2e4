"""How alike two folded words of a name are: the same, another form of the same name, a slip of the pen, or two names.

Other forms come from the table of spellings (`spellings.toml`) and from two of short forms (the package `nicknames`,
and `short_forms.toml` for those used in Britain); all say which words are attested names. Two attested names one
letter apart (Jayden and Hayden) are two names, not a slip: twins are often called so.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable
from enum import IntEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from nicknames import NickNamer
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import extract, extractOne

from hub.identity.facts import is_initial
from hub.identity.folding import beaten, folded, romanised, skeleton, written

_SHORTEST_FOR_SLIP: Final = 4
_SHORT: Final = 5
_LONG: Final = 8
_SHORTEST_PREFIX: Final = 4
_SHORTEST_PART: Final = 3
_MOST_SLIPS: Final = 2
_CLOSE: Final = 0.93
_GARBLED: Final = 0.82
_ARTICLES: Final = ("al", "el")
_NOTHING: Final[frozenset[str]] = frozenset()


class Likeness(IntEnum):
    """How alike two words are, the closest last."""

    DIFFERENT = 0
    INITIAL = 1
    NEAR = 2
    NICKNAME = 3
    CLOSE = 4
    VARIANT = 5
    SAME = 6


@cache
def _spellings() -> dict[str, frozenset[str]]:
    """The classes that a spelling stands in."""
    text = resources.files("hub.identity").joinpath("spellings.toml").read_text(encoding="utf-8")
    classes: dict[str, set[str]] = defaultdict(set)
    for row in tomllib.loads(text)["spellings"]["rows"]:
        for word in row["spellings"].split():
            classes[folded(word)].add(row["name"])
    return {word: frozenset(names) for word, names in classes.items()}


@cache
def _listed() -> frozenset[str]:
    """Common names that children are registered under."""
    text = resources.files("hub.identity").joinpath("attested_names.txt").read_text(encoding="utf-8")
    return frozenset(folded(word) for line in text.splitlines() if not line.startswith("#") for word in line.split())


@cache
def _attested() -> frozenset[str]:
    return _listed() | frozenset(_short_forms()) | frozenset(_spellings())


@cache
def _short_forms() -> dict[str, frozenset[str]]:
    """Every name of the tables of short forms with the names it is another form of, both ways.

    A form of a name is one of each of its spellings: Mo of Mohammed is of Muhammad too.
    """
    table: dict[str, set[str]] = defaultdict(set)
    rows: list[tuple[str, Iterable[str]]] = list(NickNamer().nickname_lookup.items())
    rows += [(row.split()[0], row.split()[1:]) for row in _british_short_forms()]
    for name, short in rows:
        for each in short:
            for one in _spelled_like(folded(name)):
                other = folded(each)
                table[one].add(other)
                table[other].add(one)
    return {name: frozenset(forms) for name, forms in table.items()}


def _british_short_forms() -> list[str]:
    return [row for rows in _short_forms_file()["forms"].values() for row in rows]


@cache
def _registered() -> frozenset[str]:
    return frozenset(_short_forms_file()["registered"]["names"].split())


@cache
def _short_forms_file() -> dict[str, Any]:
    return tomllib.loads(resources.files("hub.identity").joinpath("short_forms.toml").read_text(encoding="utf-8"))


@cache
def _classes() -> dict[str, frozenset[str]]:
    """The spellings of each class."""
    found: dict[str, set[str]] = defaultdict(set)
    for word, names in _spellings().items():
        for name in names:
            found[name].add(word)
    return {name: frozenset(words) for name, words in found.items()}


def _spelled_like(word: str) -> frozenset[str]:
    return frozenset({word}).union(*(_classes()[name] for name in _spellings().get(word, _NOTHING)))


def read_tables() -> None:
    """Read the tables now, once, so that the first decision does not wait for them."""
    _attested()
    _registered()
    _chosen_apart()
    _listed_as_written()
    _heard_names()


@cache
def _listed_as_written() -> dict[str, str]:
    """Names of the tables by how they are written, the first of those that are written alike."""
    found: dict[str, str] = {}
    for word in sorted(_attested()):
        found.setdefault(written(word), word)
    return {key: word for key, word in found.items() if len(key) >= _SHORTEST_FOR_SLIP}


def as_listed(word: str) -> str:
    """The word, or the name of the tables that differs from it in letters alone that clerks choose between: Gabriel
    for Gabbriel, whose short forms are those of Gabriel.
    """
    return word if word in _attested() or word in _chosen_apart() else _listed_as_written().get(written(word), word)


def is_attested(word: str) -> bool:
    """True where a table lists the word as a name."""
    return word in _attested()


@lru_cache(maxsize=4_096)
def without_article(word: str) -> str:
    """A family name without the Arabic article that was run together with it, where a table spells what is left."""
    bare = word[2:]
    return bare if word.startswith(_ARTICLES) and len(bare) >= _SHORTEST_FOR_SLIP and bare in _spellings() else word


class _Known(NamedTuple):
    """What is known of one word, worked out once: pairs of words are many, words are few.

    `listed` is the word `as_listed`, `classes` are those of spellings that it stands in, `short_forms` the other forms
    of the very word.
    """

    word: str
    listed: str
    classes: frozenset[str]
    written: str
    short_forms: frozenset[str]
    is_attested: bool
    is_chosen_apart: bool


@lru_cache(maxsize=16_384)
def _known(word: str) -> _Known:
    listed = as_listed(word)
    return _Known(
        word=word,
        listed=listed,
        classes=_spellings().get(listed, _NOTHING),
        written=written(word),
        short_forms=_short_forms().get(word, _NOTHING),
        is_attested=is_attested(word),
        is_chosen_apart=word in _chosen_apart(),
    )


def are_spellings(one: str, other: str) -> bool:
    """True where a table lists both words as spellings of one name, or they differ in letters that clerks choose
    between (Cory, Corey), and parents do not choose both.
    """
    return _are_spellings(_known(one), _known(other))


def _are_spellings(one: _Known, other: _Known) -> bool:
    if not one.classes.isdisjoint(other.classes):
        return True
    if one.written != other.written or len(one.written) < _SHORTEST_FOR_SLIP:
        return False
    return not (one.is_chosen_apart and other.is_chosen_apart)


@lru_cache(maxsize=256)
def likeness(one: str, other: str) -> Likeness:
    """How alike two folded words are; symmetric."""
    if one == other:
        return Likeness.INITIAL if is_initial(one) else Likeness.SAME
    if (len(one) == 1 or len(other) == 1) and (is_initial(one) or is_initial(other)):
        return Likeness.INITIAL if one[0] == other[0] else Likeness.DIFFERENT
    first, second = _known(one), _known(other)
    if _are_spellings(first, second):
        return Likeness.NEAR if _may_be_of_two(first, second) else Likeness.VARIANT
    if first.listed != one or second.listed != other:
        return min(likeness(first.listed, second.listed), Likeness.VARIANT)
    return _likeness_of_names(first, second)


def _likeness_of_names(one: _Known, other: _Known) -> Likeness:
    if other.word in one.short_forms:
        return Likeness.NEAR if _are_names_of_two(one.word, other.word) else Likeness.NICKNAME
    if _is_part_of_a_compound(one.word, other.word) or _is_part_of_a_compound(other.word, one.word):
        return Likeness.NICKNAME
    if one.is_attested and other.is_attested:
        return Likeness.NEAR if _is_slip(one.word, other.word) else Likeness.DIFFERENT
    return _sounds_alike(one.word, other.word)


def _is_part_of_a_compound(word: str, name: str) -> bool:
    """Rahmat for Rahmatullah, Wali for Abdulwali, Tobiloba for Oluwatobiloba: what is left without the word that many
    names have in common.
    """
    if len(name) <= len(word):
        return False
    begin, end = _shared_in_compounds()
    left = [name.removeprefix(first) for first in begin if name.startswith(first)]
    left += [name.removesuffix(last) for last in end if name.endswith(last)]
    return any(len(bare) >= _SHORTEST_PART and (bare == word or are_spellings(bare, word)) for bare in left)


@cache
def _shared_in_compounds() -> tuple[tuple[str, ...], tuple[str, ...]]:
    made = _short_forms_file()["compounds"]
    return tuple(made["begin"].split()), tuple(made["end"].split())


def _may_be_of_two(one: _Known, other: _Known) -> bool:
    """True for two spellings of which parents may choose both: Isabella and Isabelle."""
    if one.is_chosen_apart and other.is_chosen_apart:
        return True
    return romanised(one.word) != romanised(other.word) and _are_names_of_two(one.word, other.word)


@cache
def _chosen_apart() -> frozenset[str]:
    return frozenset(_short_forms_file()["registered"]["chosen_apart"].split())


def _are_names_of_two(one: str, other: str) -> bool:
    """True for a name and its form that both are common names of children: twins may be called Mia and Amelia."""
    return one in _listed() and other in _listed() and not _registered().isdisjoint({one, other})


def _sounds_alike(one: str, other: str) -> Likeness:
    """Two words of which at least one is in no table."""
    same_sound = romanised(one) == romanised(other)
    if same_sound and min(len(one), len(other)) >= _SHORTEST_FOR_SLIP:
        return Likeness.VARIANT
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if _is_slip(one, other) or (len(shorter) >= _SHORTEST_PREFIX and longer.startswith(shorter)):
        return Likeness.CLOSE
    if _is_slip_in_a_spelling(one, other) or _is_slip_in_a_spelling(other, one):
        return Likeness.CLOSE
    if skeleton(one) == skeleton(other) and (_is_heard_as(one, other) or _is_heard_as(other, one)):
        return Likeness.CLOSE
    if same_sound or skeleton(one) == skeleton(other):
        return Likeness.NEAR
    is_garbled = len(shorter) > _SHORTEST_FOR_SLIP and JaroWinkler.similarity(one, other, score_cutoff=_GARBLED) > 0
    return Likeness.NEAR if is_garbled else Likeness.DIFFERENT


def _is_heard_as(word: str, name: str) -> bool:
    """True where a word of no table has the consonants and as many vowels as one name of the tables, and as no other:
    Fehed is Fahad, and Semer may be Samar or Samir.
    """
    if is_attested(word) or not is_attested(name) or len(word) < _SHORTEST_FOR_SLIP:
        return False
    heard = _heard_names().get(beaten(name), _NOTHING)
    return beaten(word) == beaten(name) and all(other == name or are_spellings(other, name) for other in heard)


@cache
def _heard_names() -> dict[str, frozenset[str]]:
    """Names of the tables by their consonants and the places of their vowels."""
    found: dict[str, set[str]] = defaultdict(set)
    for word in _attested():
        found[beaten(word)].add(word)
    return {key: frozenset(words) for key, words in found.items()}


def _is_slip_in_a_spelling(word: str, name: str) -> bool:
    """True where a word is a slip in another spelling of a name, and in none of another name: Ahmmed beside Ahmad, and
    not Mahmod, which is Mahmoud.
    """
    classes = _spellings().get(name, _NOTHING)
    if not classes or is_attested(word):
        return False
    if len({*word} - _letters_of(name)) > _MOST_SLIPS:
        return False
    if extractOne(word, _spelled_as(name), scorer=OSA.distance, score_cutoff=_MOST_SLIPS) is None:
        return False
    found = _slips_into(word)
    return bool(found) and not any(classes.isdisjoint(_spellings()[each]) for each in found)


@cache
def _spelled_as(name: str) -> tuple[str, ...]:
    """The spellings of the classes that a name of the table stands in, itself among them."""
    return tuple({spelled for each in _spellings()[name] for spelled in _classes()[each]})


@cache
def _letters_of(name: str) -> frozenset[str]:
    """The letters of those spellings: a word with more others than it has slips is no slip in one of them."""
    return frozenset("".join(_spelled_as(name)))


@lru_cache(maxsize=8_192)
def _slips_into(word: str) -> frozenset[str]:
    """The spellings that a word of no table is a slip in."""
    near = extract(word, _spellings_as_long_as(len(word)), scorer=OSA.distance, score_cutoff=_MOST_SLIPS, limit=None)
    return frozenset(spelled for spelled, _, _ in near if _is_slip(word, spelled))


@cache
def _spellings_as_long_as(length: int) -> tuple[str, ...]:
    """The spellings that as many slips can make of a word of this length: a slip adds or takes a letter at most."""
    return tuple(spelled for spelled in _spellings() if abs(len(spelled) - length) <= _MOST_SLIPS)


def is_far_slip(one: str, other: str) -> bool:
    """True for two slips that change what is heard: Shanelle and Shaneke may be two names that no table has."""
    return skeleton(one) != skeleton(other) and OSA.distance(one, other, score_cutoff=1) > 1


def _is_slip(one: str, other: str) -> bool:
    shorter, longer = len(one), len(other)
    if shorter > longer:
        shorter, longer = longer, shorter
    if longer <= _SHORT and one[0] != other[0]:
        return False
    if shorter < _SHORTEST_FOR_SLIP:
        return shorter == longer - 1 == _SHORTEST_FOR_SLIP - 1 and OSA.distance(one, other) == 1
    if OSA.distance(one, other, score_cutoff=2) <= (2 if longer >= _LONG else 1):
        return True
    return JaroWinkler.similarity(one, other, score_cutoff=_CLOSE) >= _CLOSE
