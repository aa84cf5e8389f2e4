"""Who was told, and who was reached: proof from what was sent, fetched or said by telephone.

Told means that a notice went to the agency (the broker has it) or that somebody rang; reached means that the agency
fetched it, or that it was rung: proof, not hope. A team to which it was sent because it acts for the agency fetches it
for the agency in its own hours alone (`hub.delivery.proof`).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from hub.deadlines.case import Case
from hub.deadlines.model import Moment, earliest
from hub.delivery import rota
from hub.delivery.points import acted_for
from hub.episode.model import ToldFact
from hub.episode.times import happened_at
from hub.ids import AgencyId, NoticeId
from schemas.records import (
    ToldByOtherMeans,
)


def reached(case: Case, agencies: Iterable[AgencyId | None]) -> Moment | None:
    """When one of these agencies had it: it fetched a notice, or was told by other means."""
    wanted = {agency for agency in agencies if agency is not None}
    found = [
        Moment(at=when, event=fact.event)
        for fact in case.told()
        if _for_whom(fact) in wanted and (when := _had_at(case, fact)) is not None
    ]
    found.extend(told_otherwise(case, wanted))
    return earliest(found)


def _for_whom(fact: ToldFact) -> AgencyId:
    """Whose notice it was: its recipient's, or that of the agency for which the recipient acts at that desk."""
    acted = acted_for(fact.row.desk)
    return AgencyId(fact.row.recipient) if acted is None else acted[1]


def _had_at(case: Case, fact: ToldFact) -> datetime | None:
    acted = acted_for(fact.row.desk)
    if acted is None:
        had = [when for when in (fact.fetched_at, fact.opened_at, fact.taken_at) if when is not None]
    else:
        had = list(_acknowledged_for(case, fact, *acted))
    if fact.told_otherwise is not None and (accepted := case.accepted(fact.told_otherwise)) is not None:
        had.append(accepted)
    return min(had, default=None)


def _acknowledged_for(case: Case, fact: ToldFact, desk: str, agency: AgencyId) -> Iterator[datetime]:
    """When a team that acts for a desk said that it had this notice, and was on duty for the desk as it said so."""
    team = AgencyId(fact.row.recipient)
    for sender, when in case.child.acknowledged.get(NoticeId(fact.row.notice_id), ()):
        if sender == team and rota.may_answer(case.child.directory, team, agency, desk, when):
            yield when


def told_otherwise(case: Case, agencies: Iterable[AgencyId], roles: Iterable[str] = ()) -> list[Moment]:
    """When somebody rang one of these agencies, or one of these roles."""
    wanted, named = set(agencies), set(roles)
    return [
        Moment(at=happened_at(event), event=event.id)
        for event, body in case.of(ToldByOtherMeans)
        if (body.recipient_agency in wanted) or (body.recipient_role in named)
    ]


def told(case: Case, agencies: Iterable[AgencyId], since: datetime, *, later: bool = False) -> list[Moment]:
    """When one of these agencies was told of this absence (or a later one), by the hub or otherwise, from then on."""
    wanted = set(agencies)
    sent = [
        Moment(at=fact.accepted_at, event=fact.event)
        for fact in (*case.told(), *(case.told_later() if later else ()))
        if AgencyId(fact.row.recipient) in wanted and fact.accepted_at >= since
    ]
    return sent + [moment for moment in told_otherwise(case, wanted) if moment.at >= since]
