"""Official identifiers and their check digits. An identifier that fails its check is kept as text, never matched.

Sources: NHS Data Dictionary, NHS NUMBER (modulus 11); Department for Education, *Unique pupil numbers: guide*
(check letter by modulus 23).
"""

from typing import Final

_NHS_LENGTH: Final = 10
_UPN_LENGTH: Final = 13
_UPN_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_ALWAYS_DIGITS: Final = 11
"""Places of a UPN after the check letter that are digits in permanent and temporary numbers alike."""


def is_valid_nhs_number(value: str) -> bool:
    """True for ten digits (spaces and hyphens apart) whose last is the modulus 11 check digit of the others."""
    digits = value.replace(" ", "").replace("-", "")
    if len(digits) != _NHS_LENGTH or not digits.isascii() or not digits.isdigit():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
    return (11 - total % 11) % 11 == int(digits[9])


def is_valid_upn(value: str) -> bool:
    """True for a permanent UPN (check letter, twelve digits) or a temporary one (its last place is a letter)."""
    text = value.replace(" ", "").upper()
    if len(text) != _UPN_LENGTH or not text.isascii():
        return False
    body, last = text[1:12], text[12]
    if not (body.isdigit() and len(body) == _ALWAYS_DIGITS and last in "0123456789" + _UPN_LETTERS):
        return False
    last_value = int(last) if last.isdigit() else _UPN_LETTERS.index(last)
    total = sum(int(digit) * weight for digit, weight in zip(body, range(2, 13), strict=True)) + last_value * 13
    return _UPN_LETTERS[total % 23] == text[0]
