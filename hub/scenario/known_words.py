"""The words of the rules that an expectation may name: desks, rows, purposes, and what closes a duty.

They are those of the packaged tables and of the hub's own notices. A word that none of these has is refused when the
file is read: what is said *not* to be told would otherwise hold for ever by being misspelt.
"""

from functools import cache
from typing import Final

from hub.deadlines.vocabulary import ENDINGS, STOPS
from hub.routing import packaged_rules
from hub.routing.raised import PURPOSE as DUTY
from hub.routing.steps import HANDOVER, LADDER, SILENCE
from hub.routing.unfound import PURPOSE as OWN_MESSAGE
from hub.routing.unfound import SETTLED
from hub.routing.vocabulary import DESKS, DUTY_DESK, PURPOSES
from hub.routing.wording import STAND_DOWN, TELEPHONE, WITHDRAW, WITHDRAW_ALL

OWN_PURPOSES: Final = {
    STAND_DOWN: "search stood down, or closed to the reader: words of which nothing varies",
    WITHDRAW: "something is taken back, and the rest stands",
    WITHDRAW_ALL: "everything is taken back, and with it what was asked",
    TELEPHONE: "somebody is to be rung",
    DUTY: "something is soon due, due or overdue",
    LADDER: "the next contact, because the one before has not opened or taken it",
    HANDOVER: "the day team is shown what the night team acknowledged",
    SILENCE: "the sender is told who has not seen it",
    OWN_MESSAGE: "the sender is told that its message is about nothing that the hub knows from it of the child",
    SETTLED: "the sender is told that this is settled",
}
"""Purposes of the hub's own, beside those of the table of disclosure."""


def desks() -> frozenset[str]:
    """The desks that the hub writes to."""
    return frozenset({DUTY_DESK, *DESKS.values()})


def purposes() -> frozenset[str]:
    """What a notice may be for."""
    return frozenset({*PURPOSES, *OWN_PURPOSES})


@cache
def rows() -> frozenset[str]:
    """By what a seat may be told: the rows of the packaged routing rules, and the hub's own purposes."""
    rules = packaged_rules()
    return frozenset({*(row.id for row in rules.rows), *(row.id for row in rules.raises), *OWN_PURPOSES})


def closing_words() -> frozenset[str]:
    """What may have met or withdrawn a duty."""
    return frozenset({*STOPS, *ENDINGS})
