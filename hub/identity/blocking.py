"""Where to look for a child: keys that two reports about one child are likely to share, though neither agrees in full.

Keys, each in a form in which swapped fields fall together (so that no swapped form needs a probe of its own):
1. every identifier; every reference, the agency's own and quoted ones alike;
2. the date of birth, day and month in order of size;
3. day and month with the sound of any name;
4. the signs of a postcode, of home or placement, in order of size, with the sound of any name;
5. the sounds of any two names;
6. an address line, without the place after the street, with the initial of a given or family name; a whole address; a
   telephone number.
Two reports that share no key are never compared: `homeward linkage evaluate` reports how many true pairs that loses.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations
from typing import Final
from zlib import crc32

from hub.identity.births import is_placeholder
from hub.identity.facts import Address, ClaimFacts, Words, is_initial
from hub.identity.folding import skeleton
from hub.identity.households import line_words
from hub.identity.profile import Profile, profile_of

_WHOLE: Final = 10
_NAMES: Final = 4
_SOUND: Final = 5
_SHORTEST_LINE: Final = 2
_NUMBERS_WITHIN: Final = 4
_OF_A_STREET: Final = 2
"""Words of a line among which the number of a flat and of a house stand, and those after it that name a street (c)."""


def blocking_keys(facts: ClaimFacts) -> frozenset[int]:
    """The keys of one claim; two claims that share none were never candidates for one child."""
    return keys_of(profile_of(facts))


@lru_cache(maxsize=8)
def keys_of(profile: Profile) -> frozenset[int]:
    """The keys of a profile, as 32-bit numbers: asked for when it is compared, and when it is kept."""
    return frozenset([crc32(key.encode()) for key in _keys(profile)])


def name_keys(profile: Profile) -> frozenset[int]:
    """The keys of two names alone: who shares one has two names that sound alike, however they are written."""
    return frozenset(crc32(key.encode()) for key in _pairs_of(sounds_of(profile)))


def household_keys(profile: Profile) -> frozenset[int]:
    """The keys of its whole addresses alone: who shares one may share a household."""
    return keys_of_addresses(profile.addresses)


def keys_of_addresses(addresses: Iterable[Address]) -> frozenset[int]:
    """The keys of those of these addresses that are whole."""
    return frozenset(crc32(key.encode()) for line, postcode in addresses for key in _household(line, postcode))


def sounds_of(profile: Profile) -> list[str]:
    """The sounds of its names, the given ones first, at most four of each."""
    given = _sounds(word for name in profile.given for word in name)
    family = _sounds(word for name in profile.family for word in name)
    return list(dict.fromkeys((*given[:_NAMES], *family[:_NAMES])))


def _keys(profile: Profile) -> list[str]:
    keys = [f"i|{identifier}" for identifier in profile.identifiers]
    keys += [f"r|{value}" for _, value in (*profile.own, *profile.quoted)]
    keys += [f"t|{phone}" for phone in profile.phones]
    sounds = sounds_of(profile)
    for born in profile.births:
        keys += _birth_keys(born, sounds)
    keys += _pairs_of(sounds)
    initials = {name[0][0] for name in (*profile.given, *profile.family)}
    for line, postcode in profile.addresses:
        if postcode:
            in_order = "".join(sorted(postcode))
            keys += [f"p|{in_order}|{sound}" for sound in sounds]
        words = line_words(line)
        if len(words) >= _SHORTEST_LINE:
            street = "".join(_street(words))
            keys += [f"a|{street}|{initial}" for initial in initials]
        keys += _household(line, postcode)
    return keys


def _pairs_of(sounds: list[str]) -> list[str]:
    return [f"n|{one}|{other}" for one, other in combinations(sorted(sounds[: _NAMES + 1]), 2)]


def _household(line: str, postcode: str) -> list[str]:
    return [f"h|{postcode}|{''.join(line_words(line))}"] if line and postcode else []


def _street(words: Words) -> Words:
    """An address line as far as the second word after its number, where it has one: what follows is a place that some
    write beside the street and others leave out.
    """
    last = max((place for place, word in enumerate(words[:_NUMBERS_WITHIN]) if word[0].isdigit()), default=None)
    return words if last is None else words[: last + 1 + _OF_A_STREET]


def _birth_keys(born: str, sounds: list[str]) -> list[str]:
    if len(born) != _WHOLE:
        return []
    low, high = sorted((born[5:7], born[8:]))
    by_day = [] if is_placeholder(born) else [f"d|{low}{high}|{sound}" for sound in sounds]
    return [f"b|{born[:4]}{low}{high}", *by_day]


def _sounds(words: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(skeleton(word)[:_SOUND] for word in words if not is_initial(word)))
