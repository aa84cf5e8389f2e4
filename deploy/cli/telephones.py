"""Telephone numbers as options give them: somebody rings them at night, so what is no number is refused."""

import re
from typing import Final

import typer

_TELEPHONE: Final = re.compile(r"\+?[0-9][0-9 ]{2,38}")


def check_telephone(number: str, remedy: str = "") -> None:
    """Refuse what cannot be rung; `remedy` is said after what was expected.

    Raises:
        BadParameter: it is no number.
    """
    if not _TELEPHONE.fullmatch(number):
        message = f"{number!r} is no number to ring; expected figures and spaces, which may begin with +{remedy}"
        raise typer.BadParameter(message, param_hint="--telephone")
