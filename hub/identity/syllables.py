"""East Asian given names of two syllables: written apart or together, and called by the last."""

import re
from typing import Final

from hub.identity.facts import Words

_SYLLABLE: Final = re.compile(
    r"(?:zh|ch|sh|ng|ts|ph|th|tr|kh|nh|[bpmfdtnlgkhjqxzcsryw])?"
    r"(?:[iu]?(?:ao|ang|eng|ong|ung|ai|ei|oi|ui|an|en|in|un|on|am|im|um|em|au|ou|iu|eu|at|it|ut|ot|ak|ik|uk|ok|ap|ip|uc|oc|ac|a|e|o)"
    r"|ing|inh|ich|anh|i|u|ia|uy|sz)"
)
_SYLLABLES: Final = 2
"""Names in syllables of Chinese and Vietnamese, as they are written in Latin letters (c)."""


def is_called_by_last(short: Words, long: Words) -> bool:
    """Yat for Long Yat or LongYat: the last syllable of an East Asian name of two is what a child is called by."""
    if len(short) != 1 or not _SYLLABLE.fullmatch(short[0]):
        return False
    if len(long) == 1 and long[0].endswith(short[0]):
        long = (long[0].removesuffix(short[0]), short[0])
    return len(long) == _SYLLABLES and long[1] == short[0] and _SYLLABLE.fullmatch(long[0]) is not None
