"""Error kinds that weights are fitted with: what agencies do to names, dates, numbers and addresses every day.

Each is what somebody of the field would recognise: spelled as heard, called by a short form, typed in a hurry, taken
from the wrong child's file, out of date. `held_out_errors` holds kinds of another nature, which tuning never sees.
"""

import unicodedata
from datetime import date
from random import Random
from string import ascii_lowercase
from typing import Final

from deploy.linkage.generator import names
from deploy.linkage.generator.draft import CARELESS, FAR_SPELLINGS, Child, Draft, ErrorKind
from deploy.linkage.generator.numbers import with_a_wrong_digit

_HALF: Final = 0.5
_LAST_DAY_MONTH: Final = 12
_SHORT: Final = 3


def _spelled_otherwise(draft: Draft, _child: Child, draw: Random) -> bool:
    changed = False
    for field in ("given_names", "family_name"):
        words = getattr(draft, field).split(" ")
        for place, word in enumerate(words):
            others = names.spellings().get(word)
            if others and draw.random() < _HALF:
                words[place], changed = draw.choice(others), True
        setattr(draft, field, " ".join(words))
    return changed


def _letters_lost(draft: Draft, _child: Child, _draw: Random) -> bool:
    before = draft.given_names, draft.family_name
    plain = (unicodedata.normalize("NFKD", name.replace("\u0142", "l").replace("'", "")) for name in before)
    draft.given_names, draft.family_name = ("".join(c for c in name if not unicodedata.combining(c)) for name in plain)
    return (draft.given_names, draft.family_name) != before


def _called_by_short_form(draft: Draft, child: Child, _draw: Random) -> bool:
    if not child.known_as:
        return False
    draft.given_names = child.known_as
    return True


def _swapped_names(draft: Draft, _child: Child, _draw: Random) -> bool:
    draft.given_names, draft.family_name = draft.family_name, draft.given_names
    return bool(draft.given_names and draft.family_name)


def _another_surname(draft: Draft, child: Child, draw: Random) -> bool:
    if not child.other_families:
        return False
    draft.family_name = draw.choice(child.other_families)
    return True


def _half_of_a_double_name(draft: Draft, _child: Child, draw: Random) -> bool:
    halves = draft.family_name.split("-")
    if len(halves) == 1:
        return False
    draft.family_name = draw.choice(halves)
    return True


def _mistyped(draft: Draft, _child: Child, draw: Random) -> bool:
    field = draw.choice(("given_names", "family_name"))
    name: str = getattr(draft, field)
    if len(name) < _SHORT:
        return False
    place, letter = draw.randrange(1, len(name) - 1), draw.choice(ascii_lowercase)
    setattr(
        draft, field,
        draw.choice((
            name[:place] + name[place + 1 :],
            name[:place] + name[place] + name[place:],
            name[:place] + letter + name[place + 1 :],
            name[:place] + name[place + 1] + name[place] + name[place + 2 :],
        )),
    )  # fmt: skip
    return True


def _no_family_name(draft: Draft, _child: Child, draw: Random) -> bool:
    draft.family_name = draw.choice(("", "", "Unknown"))
    return True


def _no_given_name(draft: Draft, _child: Child, draw: Random) -> bool:
    draft.given_names = draw.choice(("", "Unknown", "Baby", "Child"))
    return True


def _day_and_month_swapped(draft: Draft, _child: Child, _draw: Random) -> bool:
    birth = draft.birth
    if birth is None or birth.day > _LAST_DAY_MONTH or birth.day == birth.month:
        return False
    draft.date_of_birth = date(birth.year, birth.day, birth.month).isoformat()
    return True


def _digit_of_date_wrong(draft: Draft, _child: Child, draw: Random) -> bool:
    text = draft.date_of_birth
    for _ in range(10):
        place = draw.choice((3, 3, 5, 6, 8, 9, 9, 9))
        wrong = text[:place] + draw.choice("0123456789") + text[place + 1 :]
        try:
            if wrong != text and date.fromisoformat(wrong).year > 0:
                draft.date_of_birth = wrong
                return True
        except ValueError:
            continue
    return False


def _first_of_january(draft: Draft, child: Child, draw: Random) -> bool:
    if draft.birth is None:
        return False
    year = child.birth.year + (draw.choice((-1, 0, 0, 0, 1)) if child.is_unaccompanied else draw.choice((0, 0, 0, 1)))
    draft.date_of_birth = f"{year:04d}-01-01"
    return True


def _year_alone(draft: Draft, _child: Child, _draw: Random) -> bool:
    draft.date_of_birth = draft.date_of_birth[:4]
    return True


def _no_date(draft: Draft, _child: Child, _draw: Random) -> bool:
    draft.date_of_birth = ""
    return True


def _siblings_number(draft: Draft, child: Child, draw: Random) -> bool:
    if not child.siblings:
        return False
    other = draw.choice(child.siblings)
    if draft.nhs_number:
        draft.nhs_number = other.nhs_number
        return True
    if draft.upn:
        draft.upn = other.upn
        return True
    return False


def _digit_of_number_wrong(draft: Draft, _child: Child, draw: Random) -> bool:
    if draft.nhs_number:
        draft.nhs_number = with_a_wrong_digit(draft.nhs_number, draw)
        return True
    if draft.upn:
        draft.upn = with_a_wrong_digit(draft.upn, draw)
        return True
    return False


def _postcode_mistyped(draft: Draft, _child: Child, draw: Random) -> bool:
    if not draft.home_postcode:
        return False
    place = draw.randrange(2, len(draft.home_postcode))
    letter = draft.home_postcode[place]
    other = draw.choice("ABDEFGHJLN") if letter.isalpha() else draw.choice("0123456789")
    draft.home_postcode = draft.home_postcode[:place] + other + draft.home_postcode[place + 1 :]
    return True


def _placement_given_as_home(draft: Draft, _child: Child, _draw: Random) -> bool:
    if not draft.placement_line:
        return False
    draft.home_line, draft.home_postcode = draft.placement_line, draft.placement_postcode
    draft.placement_line = draft.placement_postcode = ""
    return True


def _no_home_address(draft: Draft, _child: Child, _draw: Random) -> bool:
    draft.home_line = draft.home_postcode = ""
    return True


def _sex_not_known(draft: Draft, _child: Child, _draw: Random) -> bool:
    draft.sex = "not_known"
    return True


_SWAPPERS: Final = {
    "vietnamese": 6.0, "chinese": 6.0, "eritrean": 3.0, "somali": 2.0, "arabic": 2.0, "afghan": 3.0, "kurdish": 3.0,
    "sudanese": 2.0, "romanian": 2.0, "albanian": 2.0, "iranian": 2.0, "pakistani": 1.5,
}  # fmt: skip
_UNDATED: Final = {
    "afghan": 3.0, "kurdish": 2.5, "eritrean": 2.5, "somali": 2.0, "sudanese": 2.5, "arabic": 2.0, "vietnamese": 2.0,
    "iranian": 2.0, "albanian": 1.5, "bangladeshi": 1.5,
}  # fmt: skip

TUNED_ERRORS: Final = (
    ErrorKind(name="spelled_otherwise", chance=0.24, spoil=_spelled_otherwise, by_origin=FAR_SPELLINGS),
    ErrorKind(name="letters_lost", chance=0.3, spoil=_letters_lost),
    ErrorKind(name="called_by_short_form", chance=0.12, spoil=_called_by_short_form,
              by_sender={"placement": 1.8, "school": 0.7, "health": 0.3}),
    ErrorKind(name="another_surname", chance=0.15, spoil=_another_surname),
    ErrorKind(name="half_of_a_double_name", chance=0.35, spoil=_half_of_a_double_name),
    ErrorKind(name="mistyped", chance=0.045, spoil=_mistyped, by_sender=CARELESS),
    ErrorKind(name="no_family_name", chance=0.006, spoil=_no_family_name, by_sender=CARELESS),
    ErrorKind(name="no_given_name", chance=0.003, spoil=_no_given_name, by_sender=CARELESS),
    ErrorKind(name="swapped_names", chance=0.015, spoil=_swapped_names, by_origin=_SWAPPERS),
    ErrorKind(name="day_and_month_swapped", chance=0.03, spoil=_day_and_month_swapped, by_sender=CARELESS),
    ErrorKind(name="digit_of_date_wrong", chance=0.025, spoil=_digit_of_date_wrong, by_sender=CARELESS),
    ErrorKind(name="first_of_january", chance=0.014, spoil=_first_of_january, by_origin=_UNDATED),
    ErrorKind(name="year_alone", chance=0.009, spoil=_year_alone, by_sender=CARELESS),
    ErrorKind(name="no_date", chance=0.012, spoil=_no_date, by_sender=CARELESS),
    ErrorKind(name="siblings_number", chance=0.02, spoil=_siblings_number),
    ErrorKind(name="digit_of_number_wrong", chance=0.03, spoil=_digit_of_number_wrong, by_sender=CARELESS),
    ErrorKind(name="postcode_mistyped", chance=0.03, spoil=_postcode_mistyped, by_sender=CARELESS),
    ErrorKind(name="placement_given_as_home", chance=0.1, spoil=_placement_given_as_home, by_sender=CARELESS),
    ErrorKind(name="no_home_address", chance=0.06, spoil=_no_home_address, by_sender=CARELESS),
    ErrorKind(name="sex_not_known", chance=0.04, spoil=_sex_not_known, by_sender=CARELESS),
)  # fmt: skip
"""In the order in which they befall a record."""
