"""When a duty applies at all: named questions about an absence, all of which must hold.

They look at all that stands, whenever it was said; what happens later is for the words that stop, withdraw or pause.
"""

from collections.abc import Callable
from typing import Final

from hub.deadlines.bases_of_care import published
from hub.deadlines.case import Case
from hub.episode.circumstances import parents_may_be_asked
from schemas.records import NationalComputerState, Nature, PolicePosition


def _was_circulated(case: Case) -> bool:
    police = case.episode.police
    return police.circulated_at is not None or police.national_computer in (
        NationalComputerState.CIRCULATED,
        NationalComputerState.CANCELLED,
    )


def _authority_did_not_report(case: Case) -> bool:
    roles = case.episode.authorities
    named = {roles.responsible, roles.holder} - {None}
    gave_up = case.child.gave_up_care
    return bool(named) and not any(
        report.agency in named
        or any(report.agency == giver and report.accepted_at <= until for giver, until in gave_up)
        for report in case.reports
    )


def _parents_may_be_asked(case: Case) -> bool:
    return parents_may_be_asked(case.episode, case.child.state.standing_exclusions)


CONDITIONS: Final[dict[str, Callable[[Case], bool]]] = {
    "was_missing": lambda case: case.episode.was_missing,
    "was_away": lambda case: not case.episode.was_missing,
    "looked_after": lambda case: case.looked_after,
    "not_looked_after": lambda case: not case.looked_after,
    "parents_may_be_asked": _parents_may_be_asked,
    "authority_fetches": lambda case: case.looked_after or not _parents_may_be_asked(case),
    "not_with_family": lambda case: case.episode.nature is not Nature.WITH_FAMILY,
    "exploited": lambda case: case.exploited,
    "was_circulated": _was_circulated,
    "was_published": lambda case: published(case) is not None,
    "police_confirmed": lambda case: case.episode.police.position is PolicePosition.CONFIRMED,
    "authority_did_not_report": _authority_did_not_report,
}
"""Every condition; what each means is said in `hub.deadlines.vocabulary`."""
