"""What is worked out in a shorter way, because most reports come to it, says what the longer way says."""

from random import Random

import pytest
from rapidfuzz.distance import OSA

from hub.identity.facts import names
from hub.identity.names import _given_in_a_word, _given_in_words
from hub.identity.placeholders import without_placeholders
from hub.identity.postings import CROWDED, LONG, Postings
from hub.identity.words import (
    _MOST_SLIPS,
    _attested,
    _classes,
    _is_slip,
    _is_slip_in_a_spelling,
    _registered,
    _short_forms,
    _slips_into,
    _spellings,
)

ODD = ["a", "o", "m", "yat", "longyat", "mohmmad", "mohammed", "mohamed", "syed", "lia", "thi", "zzqyx", "7", "oksana"]


def pairs_of_words(seed: int, many: int) -> list[tuple[str, str]]:
    """Pairs of names of the tables and of words a slip away from them, also of one letter."""
    draw = Random(seed)
    known = sorted(_attested())
    spellings = sorted(_spellings())
    found = [(one, other) for one in ODD for other in ODD]
    for _ in range(many):
        one = draw.choice(known)
        other = draw.choice(
            [draw.choice(known), draw.choice(spellings), *_short_forms().get(one, ()), *sorted(_registered())[:2], one]
        )
        place = draw.randrange(len(other))
        found.append((one, other[:place] + draw.choice("aeioulmn") * draw.randrange(3) + other[place + 1 :] or "x"))
    return found


def test_two_names_of_one_word_agree_as_the_longer_way_says() -> None:
    for one, other in pairs_of_words(seed=5, many=4_000):
        first, second = sorted(((one,), (other,)))
        assert _given_in_a_word(first, second) == _given_in_words(first, second), (one, other)


def spellings_slipped_into(word: str) -> set[str]:
    """Every spelling of the table gone through."""
    return {each for each in _spellings() if OSA.distance(word, each) <= _MOST_SLIPS and _is_slip(word, each)}


def test_a_slip_in_a_spelling_is_found_as_if_all_spellings_were_gone_through() -> None:
    slips = 0
    for one, other in pairs_of_words(seed=9, many=3_000):
        word, name = other, one if one in _spellings() else "mohammed"
        if word in _attested():
            continue
        spelled = {each for known in _spellings()[name] for each in _classes()[known]}
        found = spellings_slipped_into(word)
        is_of_this_name = all(not _spellings()[name].isdisjoint(_spellings()[each]) for each in found)
        is_near = any(OSA.distance(word, each) <= _MOST_SLIPS for each in spelled)
        assert _slips_into(word) == found
        assert _is_slip_in_a_spelling(word, name) is (is_near and bool(found) and is_of_this_name)
        slips += _is_slip_in_a_spelling(word, name)
    assert slips


@pytest.mark.parametrize("said", [("anna",), ("anna", "maria"), ("not", "known"), ("mr", "young"), ("na",), ("n", "k")])
def test_a_name_without_a_word_for_nobody_stays_as_it_is(said: tuple[str, ...]) -> None:
    names_nobody = {("not", "known"): (), ("mr", "young"): ("young",), ("na",): (), ("n", "k"): ()}
    assert without_placeholders(said) == names_nobody.get(said, said)


def test_a_field_of_one_name_is_that_name() -> None:
    assert names(["Anna Maria", "Testa aka Tes", "N/K", ""]) == {("anna", "maria"), ("testa",), ("tes",)}


def counted_one_by_one(blocks: list[list[int]]) -> tuple[dict[int, int], int]:
    """The hits as the rule says them: one short block is enough, or two long ones."""
    looked_through = [block for block in blocks if len(block) <= CROWDED]
    counts = {place: sum(place in block for block in looked_through) for block in looked_through for place in block}
    short = {place for block in looked_through if len(block) <= LONG for place in block}
    kept = {place: count for place, count in counts.items() if place in short or count > 1}
    return kept, len(blocks) - len(looked_through)


def test_hits_are_those_of_one_short_block_or_of_two_long_ones() -> None:
    draw = Random(3)
    lengths = [1, 1, 2, LONG, LONG + 1, LONG + 40, 200, CROWDED, CROWDED + 1]
    blocks = [sorted(draw.sample(range(900), length)) for length in lengths]
    postings = Postings()
    for key, block in enumerate(blocks):
        for place in block:
            postings.add([key], place)
    assert postings.hits([*range(len(blocks)), 10_000]) == counted_one_by_one(blocks)
