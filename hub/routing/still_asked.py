"""Whether a desk is still asked what a notice asked, or that a duty be done, by what it can read of the absence now.

A notice asks by rows of the table, and a row asks while its conditions hold. What its reader knows since may say that
they do not: the absence has ended, police have answered, the interview is recorded. Read from the rows and the words by
which they ask, so that nothing has to be kept about a notice. Rules kept here:

1. Where the words of a notice are those of no row here, or its reader knows no more, it is asked: what is shown once
   too often does less harm than what is not shown.
2. What stands in a notice is asked as a whole, while any of its rows may ask.
3. What follows an absence (an interview, a decision) outlives its end; what looks for the child does not.

It says as well which duty such words ask for, so that one thing is shown once.

It decides nothing for the hub, whose ladders end by `hub.routing.ladders` and whose duties by `hub.deadlines`.
"""

from collections.abc import Mapping
from typing import Final

from hub.deadlines.rows import DeadlineRule
from hub.deadlines.rules import DeadlineRules
from hub.routing.rows import RoutingRow, Rules
from hub.routing.vocabulary import PURPOSES
from schemas.records import EpisodeStatus, Notice, PreventionOutcome

_STATUS: Final = "episode.status"
_DUTIES_ASKED: Final[Mapping[str, frozenset[str]]] = {
    "answer_the_report": frozenset({"police_answer"}),
    "name_a_collector": frozenset({"collector_named", "collector_named_at_home"}),
    "hold_prevention_interview": frozenset({"prevention_interview"}),
    "offer_return_interview": frozenset({"return_interview_offered"}),
    "hold_return_interview": frozenset({"return_interview"}),
    "record_strategy_decision": frozenset({"strategy_decision"}),
    "consider_serious_incident": frozenset({"serious_incident_notified"}),
}
"""The words of a row that ask for what is a duty as well: for one of these duties."""
_OVER: Final = frozenset(
    {
        EpisodeStatus.RETURNED, EpisodeStatus.SETTLED_ELSEWHERE, EpisodeStatus.NOT_MISSING, EpisodeStatus.CANCELLED,
        EpisodeStatus.STOOD_DOWN, EpisodeStatus.CLOSED,
    }
)  # fmt: skip
_GOING_ON: Final = frozenset({EpisodeStatus.MISSING, EpisodeStatus.AWAY, EpisodeStatus.RETURN_REPORTED})
_HOLDS_NOT_IN: Final[Mapping[str, frozenset[EpisodeStatus]]] = {
    "open": _OVER,
    "not_located": _OVER | {EpisodeStatus.LOCATED_NOT_RETURNED},
    "not_returned": _OVER | _GOING_ON,
    "ended": _GOING_ON,
    "return_to_confirm": (_OVER - {EpisodeStatus.RETURNED, EpisodeStatus.CLOSED})
    | {EpisodeStatus.MISSING, EpisodeStatus.AWAY},
}
"""The statuses, as readers see them, in which a condition of the table surely does not hold. One that says nothing of
what is asked is in none: of an absence that was joined to another it is asked there.
"""
_ENDS_IN: Final[Mapping[str, frozenset[str]]] = {
    "found_or_back": _OVER | {EpisodeStatus.LOCATED_NOT_RETURNED},
    "absence_over": _OVER,
    "missing_by_now": frozenset({EpisodeStatus.MISSING}),
}
"""The statuses in which what a row of the deadlines lists under `withdrawn_when` has surely come about."""
_ENDED_BY: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "police_unconfirmed": ("episode.police_position", frozenset({"confirmed"})),
    "prevention_interview_owed": (
        "prevention_interview.outcome",
        frozenset({PreventionOutcome.HELD.value, PreventionOutcome.DECLINED.value}),
    ),
    "return_interview_owed": ("return_interview.outcome", frozenset()),
}
"""The field that says of a condition that it holds no longer, and the values that do (none: any)."""


def is_still_asked(notice: Notice, known: Mapping[str, str], rules: Rules) -> bool:
    """Whether what a notice asked may still be asked of its desk; `known` are the fields that it can read now."""
    rows = _asking(notice, rules)
    return not rows or any(_may_hold(row, known) for row in rows)


def duties_asked(notice: Notice, rules: Rules) -> tuple[frozenset[str], ...]:
    """For each thing that a notice asks, the duties of which one is that thing; nothing where it asks for anything else
    besides, such as a telephone call.
    """
    keys = _words(notice, rules)
    return tuple(_DUTIES_ASKED[key] for key in keys) if all(key in _DUTIES_ASKED for key in keys) else ()


def is_still_owed(duty: str, known: Mapping[str, str], rules: DeadlineRules) -> bool:
    """Whether a duty that a notice asked to be done may still be owed; `known` as above. Its rows say what ends it."""
    status = known.get(_STATUS)
    rows = [row for row in rules.rows if row.duty == duty]
    return not rows or not all(_is_over_for(row, status) for row in rows)


def _is_over_for(row: DeadlineRule, status: str | None) -> bool:
    ends = frozenset[str]().union(*(_ENDS_IN.get(word, frozenset()) for word in row.withdrawn_when))
    kept = {EpisodeStatus(word) for word in row.even_if if word in ("not_missing", "cancelled")}
    return status in ends or (status in (EpisodeStatus.NOT_MISSING, EpisodeStatus.CANCELLED) and status not in kept)


def _asking(notice: Notice, rules: Rules) -> tuple[RoutingRow, ...]:
    """The rows that may have asked what a notice asks; none where it holds words of no row."""
    keys = _words(notice, rules)
    return tuple(row for row in rules.rows if row.words in keys)


def _words(notice: Notice, rules: Rules) -> tuple[str, ...]:
    """The keys of the words by which a notice asks; none where it holds words of no row."""
    if notice.purpose not in PURPOSES:
        return ()
    rest, found = notice.asked_of_you, []
    for key, words in rules.words["ask"].items():
        if words in rest:
            rest = rest.replace(words, "")
            found.append(key)
    return () if rest.strip() else tuple(found)


def _may_hold(row: RoutingRow, known: Mapping[str, str]) -> bool:
    """Whether a row may still ask, for all that a reader knows."""
    status = known.get(_STATUS)
    conditions = (*row.when, *row.while_)
    return not any(status in _HOLDS_NOT_IN.get(c, ()) or _is_ended(c, known) for c in conditions)


def _is_ended(condition: str, known: Mapping[str, str]) -> bool:
    name, values = _ENDED_BY.get(condition, ("", frozenset()))
    said = known.get(name)
    return said is not None and (not values or said in values)
