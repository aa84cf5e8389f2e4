"""Official-looking numbers that nobody has, with right check digits.

NHS numbers begin with 999, a range that is kept for tests and never issued (NHS Digital); pupil numbers name the
local authority 000, which does not exist.
"""

from random import Random
from typing import Final

from hub.identity.identifiers import is_valid_nhs_number

_UPN_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"


def nhs_number(draw: Random) -> str:
    """A number of the test range whose check digit is right."""
    while True:
        nine = f"999{draw.randrange(10**6):06d}"
        total = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
        number = f"{nine}{(11 - total % 11) % 11}"
        if is_valid_nhs_number(number):
            return number


def upn(draw: Random) -> str:
    """A permanent pupil number of the authority 000."""
    body = f"000{draw.randrange(10**9):09d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, range(2, 14), strict=True))
    return _UPN_LETTERS[total % len(_UPN_LETTERS)] + body


def with_a_wrong_digit(number: str, draw: Random) -> str:
    """The number with one digit changed, so that its check (mostly) fails."""
    place = draw.randrange(4, len(number))
    return number[:place] + str((int(number[place]) + draw.randint(1, 9)) % 10) + number[place + 1 :]
