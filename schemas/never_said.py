"""Words that are not used of children in anything that this project writes, or lets its rules write."""

import re
from typing import Final

NEVER_SAID: Final = (
    "abscond",
    "refuses",
    "himself at risk",
    "herself at risk",
    "known to police",
    "known to the police",
    "known to services",
)


def never_said_in(text: str) -> str | None:
    """The first of these words that stands in a text, in whatever case and however broken into lines; None if none."""
    plain = re.sub(r"\s+", " ", text).lower()
    return next((words for words in NEVER_SAID if words in plain), None)
