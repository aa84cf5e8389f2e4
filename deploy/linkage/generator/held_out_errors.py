"""Error kinds that nobody tunes with: written before the others, read only when a model is judged.

No code that fits weights or thresholds may import this module (a test holds the import graph to it). The kinds here
differ in nature from those of `tuned_errors`, not only in rate: another alphabet's reading, calendars, forms that
cut, programs that mangle, people who answer for somebody else.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Final

from deploy.linkage.generator.draft import CARELESS, FAR_SPELLINGS, Child, Draft, ErrorKind

_BY_EAR: Final = (
    ("kh", "h"), ("gh", "g"), ("q", "k"), ("ou", "u"), ("oo", "u"), ("u", "o"), ("ee", "i"), ("i", "e"), ("y", "i"),
    ("ai", "ay"), ("ah", "a"), ("dh", "z"), ("z", "s"), ("aa", "a"), ("ss", "s"), ("mm", "m"), ("ll", "l"), ("w", "v"),
    ("sh", "ch"), ("j", "dj"), ("x", "ks"), ("ph", "f"), ("c", "k"), ("ie", "y"), ("ey", "ie"), ("th", "t"),
)  # fmt: skip
_LOOK_ALIKE: Final = (("rn", "m"), ("l", "I"), ("o", "0"), ("cl", "d"), ("vv", "w"), ("e", "c"), ("n", "h"))
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_CYRILLIC: Final = {
    "a": "\u0430", "b": "\u0431", "d": "\u0434", "e": "\u0435", "f": "\u0444", "g": "\u0433", "h": "\u0445",
    "i": "\u0438", "j": "\u0439", "k": "\u043a", "l": "\u043b", "m": "\u043c", "n": "\u043d", "o": "\u043e",
    "p": "\u043f", "r": "\u0440", "s": "\u0441", "t": "\u0442", "u": "\u0443", "v": "\u0432", "y": "\u044b",
    "z": "\u0437",
}  # fmt: skip
_MIDDLE_PLACE: Final = 2
_SLIPS: Final = (-30, -10, -1, 1, 10, 30, 31)
_FORM_WIDTH: Final = 8


def _spelled_by_ear(draft: Draft, _child: Child, draw: Random) -> bool:
    field = draw.choice(("given_names", "family_name"))
    name: str = getattr(draft, field)
    fitting = [(old, new) for old, new in _BY_EAR if old in name.lower()[1:]]
    if not fitting:
        return False
    for old, new in draw.sample(fitting, k=min(len(fitting), draw.choice((1, 1, 2)))):
        name = name[0] + re.sub(old, new, name[1:], count=1, flags=re.IGNORECASE)
    setattr(draft, field, name)
    return True


def _compound_joined_or_split(draft: Draft, _child: Child, draw: Random) -> bool:
    for field in draw.sample(("given_names", "family_name"), k=2):
        name: str = getattr(draft, field)
        if match := re.search(r"(?i)\b(abd|abdul|al|el|mac|mc|o'|de|van|bin|nur|ur)([\s'-]*)(\w{3,})", name):
            gap = draw.choice(["", " ", "-"]) if not match[2] else ""
            setattr(draft, field, f"{name[: match.start()]}{match[1]}{gap}{match[3].title()}{name[match.end() :]}")
            return True
        if re.search(r"[\s-]", name):
            setattr(draft, field, re.sub(r"[\s-]+", "", name).title())
            return True
    return False


def _whole_name_in_one_field(draft: Draft, _child: Child, draw: Random) -> bool:
    if not (draft.given_names and draft.family_name):
        return False
    whole = draw.choice((f"{draft.family_name}, {draft.given_names}", f"{draft.given_names} {draft.family_name}"))
    if draw.random() < 0.5:  # noqa: PLR2004 - either field
        draft.given_names, draft.family_name = whole, ""
    else:
        draft.given_names, draft.family_name = "", whole
    return True


def _title_or_remark(draft: Draft, child: Child, draw: Random) -> bool:
    known = child.known_as or draft.given_names.split(" ")[0][:3]
    draft.given_names = draw.choice(
        (f"Master {draft.given_names}", f"Miss {draft.given_names}", f"{draft.given_names} ({known})",
         f"{draft.given_names} aka {known}", f"{draft.given_names} (spelling?)")
    )  # fmt: skip
    return True


def _middle_name_first(draft: Draft, child: Child, _draw: Random) -> bool:
    if len(child.given) < _MIDDLE_PLACE:
        return False
    draft.given_names = child.given[1]
    return True


def _initial_alone(draft: Draft, _child: Child, _draw: Random) -> bool:
    if not draft.given_names:
        return False
    draft.given_names = draft.given_names[0]
    return True


def _look_alike_letters(draft: Draft, _child: Child, draw: Random) -> bool:
    field = draw.choice(("given_names", "family_name"))
    name: str = getattr(draft, field)
    fitting = [(old, new) for old, new in _LOOK_ALIKE if old in name[1:]]
    if not fitting:
        return False
    old, new = draw.choice(fitting)
    setattr(draft, field, name[0] + name[1:].replace(old, new, 1))
    return True


def _neighbouring_key(draft: Draft, _child: Child, draw: Random) -> bool:
    field = draw.choice(("given_names", "family_name"))
    name: str = getattr(draft, field)
    places = [place for place in range(1, len(name)) if any(name[place].lower() in row for row in _KEYS)]
    if not places:
        return False
    place = draw.choice(places)
    row = next(row for row in _KEYS if name[place].lower() in row)
    at = row.index(name[place].lower())
    other = row[at - 1] if at and draw.random() < 0.5 else row[(at + 1) % len(row)]  # noqa: PLR2004 - either side
    setattr(draft, field, name[:place] + other + name[place + 1 :])
    return True


def _cut_by_a_form(draft: Draft, _child: Child, _draw: Random) -> bool:
    if max(len(draft.family_name), len(draft.given_names)) <= _FORM_WIDTH:
        return False
    draft.family_name, draft.given_names = draft.family_name[:_FORM_WIDTH], draft.given_names[:_FORM_WIDTH]
    return True


def _letters_mangled(draft: Draft, _child: Child, draw: Random) -> bool:
    changed = False
    for field in ("given_names", "family_name"):
        name: str = getattr(draft, field)
        if not name.isascii():
            mangled = name.encode().decode("latin-1") if draw.random() < 0.5 else re.sub(r"[^\x00-\x7f]", "?", name)  # noqa: PLR2004
            setattr(draft, field, mangled)
            changed = True
    return changed


def _other_alphabet(draft: Draft, _child: Child, _draw: Random) -> bool:
    letters = draft.given_names.lower()
    if not letters.isascii():
        return False
    draft.given_names = "".join(_CYRILLIC.get(letter, letter) for letter in letters).title()
    return True


def _carers_surname(draft: Draft, child: Child, draw: Random) -> bool:
    others = [other.family for other in child.housemates if other.family != child.family]
    if not draft.placement_line or not others:
        return False
    draft.family_name = draw.choice(others)
    return True


def _shifted(days: Callable[[Random], int]) -> Callable[[Draft, Child, Random], bool]:
    def spoil(draft: Draft, _child: Child, draw: Random) -> bool:
        if (birth := draft.birth) is None:
            return False
        draft.date_of_birth = (birth + timedelta(days=days(draw))).isoformat()
        return True

    return spoil


def _age_instead_of_birth(draft: Draft, child: Child, draw: Random) -> bool:
    if (birth := draft.birth) is None:
        return False
    draft.date_of_birth = date(
        birth.year + draw.choice((0, 0, 1)), draw.randint(1, 12), draw.randint(1, 28)
    ).isoformat()
    return bool(child.id)


def _wrong_century_or_year(draft: Draft, _child: Child, draw: Random) -> bool:
    if (birth := draft.birth) is None:
        return False
    draft.date_of_birth = f"{birth.year + draw.choice((-100, -10, -1, 1, 10)):04d}{draft.date_of_birth[4:]}"
    return True


def _postcode_letters_for_digits(draft: Draft, _child: Child, draw: Random) -> bool:
    if not draft.home_postcode:
        return False
    draft.home_postcode = draw.choice(
        (draft.home_postcode.replace("0", "O").replace("1", "I"), draft.home_postcode.split(" ")[0],
         draft.home_postcode.replace(" ", "").lower())
    )  # fmt: skip
    return True


def _housemates_number(draft: Draft, child: Child, draw: Random) -> bool:
    if not (draft.nhs_number and child.housemates):
        return False
    draft.nhs_number = draw.choice(child.housemates).nhs_number
    return True


def _numbers_misplaced(draft: Draft, _child: Child, _draw: Random) -> bool:
    if not (draft.nhs_number or draft.upn):
        return False
    draft.nhs_number, draft.upn = draft.upn, draft.nhs_number
    return True


def _sex_guessed(draft: Draft, _child: Child, _draw: Random) -> bool:
    if draft.sex not in {"male", "female"}:
        return False
    draft.sex = "male" if draft.sex == "female" else "female"
    return True


def _care_of_somebody(draft: Draft, child: Child, draw: Random) -> bool:
    if not draft.home_line:
        return False
    draft.home_line = f"c/o {draw.choice((child.family, *child.other_families))}, {draft.home_line}"
    return True


HELD_OUT_ERRORS: Final = (
    ErrorKind(name="spelled_by_ear", chance=0.055, spoil=_spelled_by_ear, by_origin=FAR_SPELLINGS),
    ErrorKind(name="compound_joined_or_split", chance=0.06, spoil=_compound_joined_or_split),
    ErrorKind(name="whole_name_in_one_field", chance=0.008, spoil=_whole_name_in_one_field, by_sender=CARELESS),
    ErrorKind(name="title_or_remark", chance=0.02, spoil=_title_or_remark, by_sender=CARELESS),
    ErrorKind(name="middle_name_first", chance=0.02, spoil=_middle_name_first),
    ErrorKind(name="initial_alone", chance=0.005, spoil=_initial_alone, by_sender=CARELESS),
    ErrorKind(name="look_alike_letters", chance=0.012, spoil=_look_alike_letters, by_sender=CARELESS),
    ErrorKind(name="neighbouring_key", chance=0.018, spoil=_neighbouring_key, by_sender=CARELESS),
    ErrorKind(name="cut_by_a_form", chance=0.01, spoil=_cut_by_a_form),
    ErrorKind(name="letters_mangled", chance=0.15, spoil=_letters_mangled),
    ErrorKind(name="other_alphabet", chance=0.002, spoil=_other_alphabet),
    ErrorKind(name="carers_surname", chance=0.02, spoil=_carers_surname),
    ErrorKind(name="calendar_converted_badly", chance=0.004, spoil=_shifted(lambda draw: draw.choice((-1, 1, 20, 21))),
              by_origin={"afghan": 12.0, "iranian": 12.0, "kurdish": 6.0, "eritrean": 8.0, "arabic": 3.0}),
    ErrorKind(name="day_or_month_slipped", chance=0.012, spoil=_shifted(lambda draw: draw.choice(_SLIPS)),
              by_sender=CARELESS),
    ErrorKind(name="age_instead_of_birth", chance=0.006, spoil=_age_instead_of_birth, by_sender=CARELESS),
    ErrorKind(name="wrong_century_or_year", chance=0.008, spoil=_wrong_century_or_year, by_sender=CARELESS),
    ErrorKind(name="postcode_letters_for_digits", chance=0.02, spoil=_postcode_letters_for_digits, by_sender=CARELESS),
    ErrorKind(name="housemates_number", chance=0.006, spoil=_housemates_number),
    ErrorKind(name="numbers_misplaced", chance=0.003, spoil=_numbers_misplaced),
    ErrorKind(name="sex_guessed", chance=0.008, spoil=_sex_guessed, by_sender=CARELESS),
    ErrorKind(name="care_of_somebody", chance=0.02, spoil=_care_of_somebody),
)  # fmt: skip
"""In the order in which they befall a record."""
