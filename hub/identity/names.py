"""How well the names of two children agree: given names in any order, family names in parts, the two swapped.

Names come as lists of folded words, several lists where a claim was described several times. Given names agree where
every word of the shorter list has a partner in the longer one; a shared middle name beside two different first names
does not agree, because brothers and sisters share those, and neither does a bare Mohammed with Mohammed Ali.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from hub.identity.facts import Words, is_initial
from hub.identity.syllables import is_called_by_last, is_slip_in_a_syllable
from hub.identity.words import Likeness, are_spellings, is_attested, likeness, without_article

_PARTICLES: Final = frozenset(
    {
        "al", "el", "bin", "ibn", "bint", "ben", "abu", "abd", "abdul", "de", "da", "di", "do", "dos", "del", "la",
        "le", "van", "von", "der", "den", "mac", "mc", "o", "st", "ul", "ud", "ur", "begum", "bibi", "khatun", "kaur",
        "singh", "thi", "umm",
    }
)  # fmt: skip
"""Words of a name that so many people share that alone they name nobody (c)."""

_SHARED_BY_BROTHERS: Final = frozenset(
    {
        "mohammed", "mhmd", "muhammad", "mohamed", "mohammad", "muhammed", "mohamad", "muhamad", "mohamud",
        "mohammod", "mahamed", "muhamed", "mahomed", "mohamet", "muhammet", "mohamoud", "mohmed", "mohamd", "mhamad",
        "mihemed", "maxamed", "maxamuud", "mohd", "muhd", "md", "mo", "abdul", "abdel", "abd", "abu", "syed", "sayed",
        "sayyid", "sheikh", "shaikh", "bibi", "begum", "mst", "mosammat", "kaur", "singh", "thi", "van",
    }
)  # fmt: skip
"""First names that brothers, sisters and twins bear together, each with another one that tells them apart (c).

What is left of Mohammed in Arabic letters is `mhmd`.
"""


_MOHAMMED: Final = "mohammed"
_OF_MOHAMMED: Final = "m"

_TITLES: Final = frozenset({"abu", "syed", "sayed", "sayyid", "sheikh", "shaikh"})
"""Of the shared first names those that one agency writes and another leaves out (c)."""

_VIETNAMESE_MIDDLE: Final = frozenset(
    {
        "anh", "bao", "cong", "dang", "dinh", "duc", "duy", "gia", "hai", "hoai", "hoang", "hong", "huu", "khanh",
        "kim", "manh", "minh", "my", "ngoc", "nhat", "nhu", "phuong", "quang", "quoc", "thanh", "thao", "thi", "thu",
        "thuy", "tien", "trong", "trung", "tuan", "tuyet", "van", "viet", "xuan",
    }
)  # fmt: skip
"""Words that stand before the name a Vietnamese child is called by: Thu Trang is called Trang (c)."""


_NAMES_NOBODY: Final = _PARTICLES | _SHARED_BY_BROTHERS


class Given(StrEnum):
    """How well the given names agree, the best first."""

    SAME = "same"
    SUBSET = "subset"
    VARIANT = "variant"
    CLOSE = "close"
    SWAPPED = "swapped"
    NICKNAME = "nickname"
    OVERLAP = "overlap"
    NEAR = "near"
    INITIAL = "initial"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


class Family(StrEnum):
    """How well the family names agree, the best first."""

    SAME = "same"
    VARIANT = "variant"
    PART = "part"
    CLOSE = "close"
    SWAPPED = "swapped"
    MOVED = "moved"
    NEAR = "near"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


class Names(NamedTuple):
    """The agreement of the names, and the words that agree exactly (for how rare they are); empty where none does.

    `slip` is the pair of given names that a slip of the pen is taken to lie between; two empty words where none is.
    """

    given: Given
    family: Family
    given_word: str
    family_word: str
    slip: tuple[str, str]


class _GivenAgreement(NamedTuple):
    level: Given
    word: str = ""
    slip: tuple[str, str] = ("", "")


_PLAIN: Final = {level: _GivenAgreement(level) for level in Given}
"""The levels where no word agrees to the letter and no slip is seen, as most do."""
_GIVEN_RANK: Final = {level: place for place, level in enumerate(Given)}
_FAMILY_RANK: Final = {level: place for place, level in enumerate(Family)}
_WEAK_GIVEN: Final = frozenset({Given.DIFFERENT, Given.UNKNOWN, Given.INITIAL, Given.NEAR, Given.OVERLAP})
_GOOD_GIVEN: Final = frozenset({Given.SAME, Given.VARIANT, Given.CLOSE})
_CROSSED_GIVEN: Final = _GOOD_GIVEN | {Given.NICKNAME}
_MAY_BE_CROSSED: Final = _CROSSED_GIVEN | {Given.NEAR}
"""What a name must be in the other field at least: the other name alone crosses nothing."""
_ONE_FAMILY: Final = frozenset({Family.SAME, Family.VARIANT, Family.PART, Family.CLOSE})
_NO_FAMILY: Final = frozenset({Family.DIFFERENT, Family.UNKNOWN})
_OTHER_FAMILY: Final = frozenset({Family.DIFFERENT, Family.NEAR, Family.MOVED})


def name_levels(
    given: Collection[Words],
    family: Collection[Words],
    other_given: Collection[Words],
    other_family: Collection[Words],
    *,
    may_be_swapped: bool = True,
) -> Names:
    """The best agreement of any name on one side with any on the other; symmetric."""
    if (in_one_field := _in_one_field(given, family, other_given, other_family)) is not None:
        return in_one_field
    best = _best_given(_called(given, family or other_family), _called(other_given, other_family or family))
    family_level, family_word = _best_family(family, other_family)
    if may_be_swapped and best.level in _WEAK_GIVEN:
        crossed = _crossed(given, family, other_given, other_family)
        if crossed is not None:
            return crossed
    if family_level in _NO_FAMILY and _moved(given, family, other_given, other_family):
        family_level = Family.MOVED
    if (
        best.level is Given.SAME
        and family_level in _OTHER_FAMILY
        and (_is_a_family_name(best.word, given, family) or _is_a_family_name(best.word, other_given, other_family))
    ):
        best = _PLAIN[Given.OVERLAP]
    return Names(best.level, family_level, best.word, family_word, best.slip)


def _in_one_field(
    given: Collection[Words], family: Collection[Words], other_given: Collection[Words], other_family: Collection[Words]
) -> Names | None:
    """The whole name in one field on one side, in either order ("Rees, Harriet"), where it agrees as a whole."""
    if given and family:
        given, family, other_given, other_family = other_given, other_family, given, family
    if bool(given) == bool(family) or not (other_given and other_family):
        return None
    best: Names | None = None
    for name in given or family:
        for place in range(1, len(name)):
            for called, after in ((name[:place], name[place:]), (name[place:], name[:place])):
                agreed = _best_given([called], other_given)
                level, word = _best_family([after], other_family)
                if agreed.level not in _CROSSED_GIVEN or level not in _ONE_FAMILY:
                    continue
                found = Names(agreed.level, level, agreed.word, word, agreed.slip)
                if best is None or _rank(found) < _rank(best):
                    best = found
    return best


def _rank(names: Names) -> tuple[int, int, Names]:
    return _GIVEN_RANK[names.given], _FAMILY_RANK[names.family], names


def _called(given: Collection[Words], family: Collection[Words]) -> Collection[Words]:
    """The given names without a family name that stands among them as well: Nguyen Huy beside Nguyen is Huy.

    `family` is the other side's where this side has none: then the whole name may stand in one field. A word that some
    claim gives as the whole given name stays: Hassan, son of Hassan.
    """
    for name in given:
        if len(name) > 1:
            break
    else:
        return given
    own = {name[0] for name in given if len(name) == 1}
    families = frozenset([part for name in family for part in _parts(name) if part not in own])
    return [_without(name, families) for name in given]


@lru_cache(maxsize=4_096)
def _without(name: Words, families: frozenset[str]) -> Words:
    left = tuple(word for word in name if word not in families)
    return left if any(not is_initial(word) and word not in _NAMES_NOBODY for word in left) else name


def _is_a_family_name(word: str, given: Collection[Words], family: Collection[Words]) -> bool:
    """True where a child has a word as a family name, and another given name beside it: then it is a given name by a
    swap or a father's name, and would be its twin's by another one.
    """
    return any(word in name for name in family) and any(word not in name for name in given)


def _best_given(names: Collection[Words], others: Collection[Words]) -> _GivenAgreement:
    best: _GivenAgreement | None = None
    for one in names:
        for other in others:
            found = _given(one, other) if one <= other else _given(other, one)
            if found.level is Given.SAME:
                return found
            if best is None or _GIVEN_RANK[found.level] < _GIVEN_RANK[best.level]:
                best = found
    return best or _PLAIN[Given.UNKNOWN]


def _best_family(names: Collection[Words], others: Collection[Words]) -> tuple[Family, str]:
    best, word = Family.UNKNOWN, ""
    found = False
    for one in names:
        for other in others:
            level, agreeing = _family(one, other) if one <= other else _family(other, one)
            if not found or _FAMILY_RANK[level] < _FAMILY_RANK[best]:
                best, word, found = level, agreeing, True
    return best, word


_BY_LIKENESS: Final = {
    Likeness.SAME: Given.SUBSET,
    Likeness.VARIANT: Given.VARIANT,
    Likeness.CLOSE: Given.CLOSE,
    Likeness.NICKNAME: Given.NICKNAME,
    Likeness.NEAR: Given.NEAR,
    Likeness.INITIAL: Given.INITIAL,
}


class _Partner(NamedTuple):
    like: Likeness
    word: str
    other: str


@lru_cache(maxsize=64)
def _given(one: Words, other: Words) -> _GivenAgreement:
    return _given_in_a_word(one, other) if len(one) == len(other) == 1 else _given_in_words(one, other)


def _given_in_words(one: Words, other: Words) -> _GivenAgreement:
    if _are_initials(one) and _are_initials(other):
        return _PLAIN[Given.INITIAL if {*one} & {*other} else Given.DIFFERENT]
    if "".join(one) == "".join(other):
        return _GivenAgreement(Given.SAME, _longest(one))
    if (as_written := (_written_as_in(one, other), _written_as_in(other, one))) != (one, other):
        return _given(*sorted(as_written))
    if is_called_by_last(one, other) or is_called_by_last(other, one):
        return _PLAIN[Given.NICKNAME]
    if is_slip_in_a_syllable(one, other):
        return _GivenAgreement(Given.CLOSE, "", ("".join(one), "".join(other)))
    return _given_by_words(one, other)


def _written_as_in(name: Words, other: Words) -> Words:
    return _without_an_m(_joined_as_in(name, other), other)


def _given_in_a_word(one: Words, other: Words) -> _GivenAgreement:
    """Two names of one word each, as most are: what is said of longer ones comes to this."""
    like = likeness(one[0], other[0])
    if like is Likeness.SAME:
        return _GivenAgreement(Given.SAME, one[0])
    if is_called_by_last(one, other) or is_called_by_last(other, one):
        return _PLAIN[Given.NICKNAME]
    if _is_shared_by_brothers(one[0]) is not _is_shared_by_brothers(other[0]):
        return _PLAIN[Given.DIFFERENT]
    if like >= Likeness.NICKNAME:
        return _agreement(one, other, _Partner(like, one[0], other[0]), "")
    return _PLAIN[_BY_LIKENESS.get(like, Given.DIFFERENT)]


def _are_initials(words: Words) -> bool:
    """Whether nothing but initials is said."""
    return all(map(is_initial, words))


def _joined_as_in(name: Words, other: Words) -> Words:
    """A name with two or more words of it as one where the other side writes them so, in any spelling: Lily Rose beside
    Lilyrose, Abu Bakr beside Abubakar.
    """
    for first in range(len(name) - 1):
        for end in range(first + 2, len(name) + 1):
            whole = "".join(name[first:end])
            if _stands_in(whole, other) and not _are_initials(name[first:end]):
                return _joined_as_in((*name[:first], whole, *name[end:]), other)
    return name


def _stands_in(word: str, name: Words) -> bool:
    return word in name or (is_attested(word) and any(are_spellings(word, other) for other in name))


def _without_an_m(name: Words, other: Words) -> Words:
    """M Karim is Mohammed Karim, and called Karim, where the other side has no first name that the letter is of."""
    if len(name) == 1 or name[0] != _OF_MOHAMMED or is_initial(name[1]):
        return name
    return name if other[0].startswith(_OF_MOHAMMED) and not _is_shared_by_brothers(other[0]) else name[1:]


def _given_by_words(one: Words, other: Words) -> _GivenAgreement:
    """Two names that are not the same when they are run together."""
    first, second = _own_words(one), _own_words(other)
    if bool(first) != bool(second):
        return _PLAIN[Given.OVERLAP if {*one} & {*other} else Given.DIFFERENT]
    if first and _have_two_first_names(one, other):
        return _PLAIN[Given.NEAR]
    if first and (first, second) != (one, other):
        return _given(*sorted((first, second)))
    pairs = _partners(*((one, other) if len(one) <= len(other) else (other, one)))
    full = [pair for pair in pairs if not is_initial(pair.word) and not is_initial(pair.other)]
    if not full:
        return _PLAIN[Given.INITIAL if any(pair.like for pair in pairs) else Given.DIFFERENT]
    weakest = min(full)
    if weakest.like >= Likeness.NICKNAME and all(pair.like for pair in pairs):
        return _agreement(one, other, weakest, _longest(pair.word for pair in full if pair.like is Likeness.SAME))
    return _lesser_agreement(one, other, max(pair.like for pair in full))


def _agreement(one: Words, other: Words, weakest: _Partner, word: str) -> _GivenAgreement:
    """Every word of the shorter name has a partner."""
    if len(one) != len(other) and likeness(one[0], other[0]) < Likeness.NICKNAME:
        return _GivenAgreement(Given.SUBSET, word)
    if weakest.like is Likeness.SAME:
        return _GivenAgreement(Given.SAME, word)
    slip = ("", "")
    if weakest.like in {Likeness.CLOSE, Likeness.VARIANT} and not are_spellings(weakest.word, weakest.other):
        slip = (weakest.word, weakest.other)
    return _GivenAgreement(_BY_LIKENESS[weakest.like], word, slip)


def _lesser_agreement(one: Words, other: Words, best: Likeness) -> _GivenAgreement:
    """Some words of the shorter name have no partner; run together they may agree, if one side has written them so. An
    initial is run together with nothing: Kai E is no slip for Kane.
    """
    if best >= Likeness.NICKNAME and len(one) == len(other):
        return _PLAIN[Given.OVERLAP]
    whole = likeness("".join(one), "".join(other))
    if whole >= Likeness.CLOSE and len(one) != len(other) and not any(map(is_initial, (*one, *other))):
        return _GivenAgreement(_BY_LIKENESS[whole], "", ("".join(one), "".join(other)))
    if best >= Likeness.NICKNAME:
        return _PLAIN[Given.OVERLAP]
    if Likeness.NEAR in {best, whole}:
        return _PLAIN[Given.NEAR]
    first = likeness(one[0], other[0])
    return _PLAIN[Given.INITIAL if first is Likeness.INITIAL else Given.DIFFERENT]


def _have_two_first_names(one: Words, other: Words) -> bool:
    """Mohammed Rafi and Abdul Rafi: what stands before a name that brothers share is another one."""
    first, second = one[0], other[0]
    if first in _TITLES or second in _TITLES or not (_is_shared_by_brothers(first) and _is_shared_by_brothers(second)):
        return False
    return likeness(first, second) < Likeness.NICKNAME


@lru_cache(maxsize=4_096)
def _own_words(name: Words) -> Words:
    """The words of a given name that tell its bearer from a brother: Ali of Mohammed Ali, none of Mohammed."""
    own = tuple(word for word in name if not _is_shared_by_brothers(word))
    if len(own) > 1 and all(word in _VIETNAMESE_MIDDLE for word in own[:-1]):
        return own[-1:]
    return own


@lru_cache(maxsize=8_192)
def _is_shared_by_brothers(word: str) -> bool:
    """Also where it is misspelled: Mohmmad is no name that a brother has not."""
    return word in _SHARED_BY_BROTHERS or (not is_attested(word) and likeness(word, _MOHAMMED) >= Likeness.CLOSE)


def _partners(shorter: Words, longer: Words) -> list[_Partner]:
    """For every word of the shorter list its best partner in the longer one, each partner once."""
    free = list(longer)
    found = []
    for word in shorter:
        like = [likeness(word, other) for other in free]
        best = max(like)
        found.append(_Partner(best, word, free.pop(like.index(best))))
    return found


@lru_cache(maxsize=64)
def _family(one: Words, other: Words) -> tuple[Family, str]:
    if _are_initials(one) or _are_initials(other):
        return Family.UNKNOWN, ""
    joined, other_joined = "".join(one), "".join(other)
    if joined == other_joined:
        return Family.SAME, _longest(one)
    first, second = _parts(one), _parts(other)
    best, word = max([(likeness(a, b), a if a == b else "") for a in first for b in second])
    if best >= Likeness.VARIANT:
        agreed = Family.SAME if best is Likeness.SAME else Family.VARIANT
        return (agreed if len(first) == len(second) == 1 else Family.PART), word
    best = max(best, likeness(joined, other_joined))
    if best is Likeness.VARIANT:
        return Family.VARIANT, ""
    if best is Likeness.CLOSE:
        return Family.CLOSE, ""
    return (Family.NEAR if best in {Likeness.NEAR, Likeness.NICKNAME} else Family.DIFFERENT), ""


@lru_cache(maxsize=4_096)
def _parts(name: Words) -> Words:
    """The words of a family name that name a family; all of them where nothing else is left. Alhasan is Hassan."""
    return tuple(without_article(word) for word in name if word not in _PARTICLES and not is_initial(word)) or name


def _crossed(
    given: Collection[Words], family: Collection[Words], other_given: Collection[Words], other_family: Collection[Words]
) -> Names | None:
    """Given and family name in each other's fields on one side; a middle name alone is not crossed with anything."""
    if not (given and family and other_given and other_family):
        return None
    one = _best_given(given, other_family)
    if one.level not in _MAY_BE_CROSSED:
        return None
    other = _best_given(family, other_given)
    if {one.level, other.level} <= _CROSSED_GIVEN and not _GOOD_GIVEN.isdisjoint({one.level, other.level}):
        slip = max(one, other, key=lambda each: (_GIVEN_RANK[each.level], each.slip)).slip
        return Names(Given.SWAPPED, Family.SWAPPED, max(one.word, other.word), "", slip)
    if garbled := _garbled(one, family, other, other_given) or _garbled(other, given, one, other_family):
        return Names(Given.SWAPPED, Family.SWAPPED, max(one.word, other.word), "", garbled)
    return None


def _garbled(
    agreed: _GivenAgreement, names: Collection[Words], like: _GivenAgreement, others: Collection[Words]
) -> tuple[str, str] | None:
    """Two forms of a name that are of one child though it is garbled past a slip of the pen, where given and family
    name stand in each other's fields: the other name agrees and a table knows it, and none knows the garbled one on
    either side. So it is the family name, and no twin's given name.
    """
    if like.level is not Given.NEAR or agreed.level is not Given.SAME or not is_attested(agreed.word):
        return None
    if any(is_attested(word) for name in (*names, *others) for word in name):
        return None
    return "".join(min(names)), "".join(min(others))


def _moved(
    given: Collection[Words], family: Collection[Words], other_given: Collection[Words], other_family: Collection[Words]
) -> bool:
    """A family name of one side stands among the given names of the other, beyond the first: a father's name does."""
    return _stands_among(family, other_given) or _stands_among(other_family, given)


def _stands_among(family: Iterable[Words], given: Iterable[Words]) -> bool:
    behind = [word for name in given for word in name[1:] if not is_initial(word) and word not in _PARTICLES]
    if not behind:
        return False
    parts = {part for name in family for part in _parts(name)}
    return any(likeness(part, word) >= Likeness.CLOSE for word in behind for part in parts)


def _longest(found: Iterable[str]) -> str:
    return max(found, key=lambda word: (len(word), word), default="")
