"""How homes, schools and hospitals tell an absence: first, briefly, and about what they saw themselves."""

from collections.abc import Iterator
from datetime import timedelta

from producers.simulator.incident import Ending
from producers.simulator.telling import PlannedMessage, Teller
from schemas.records import (
    Answer,
    ChildFound,
    ClaimedStatus,
    Condition,
    PlaceKind,
    PoliceContact,
    PoliceContactState,
    Relation,
    Reporter,
    SeenBy,
    StatusClaimed,
)

__all__ = ["home_tells", "hospital_tells", "school_tells"]


def home_tells(teller: Teller) -> Iterator[PlannedMessage]:
    """A children's home: that the child is not there, and that they are back."""
    if not teller.parameters.happens("telling.home_reports_share", teller.draw):
        return
    incident = teller.incident
    at = incident.noticed_at + teller.minutes("telling.home_reports_after_minutes")
    yield teller.missing(
        at,
        reporter=Reporter(relation=Relation.RESIDENTIAL_WORKER),
        police_contact=PoliceContact(state=PoliceContactState.TRIED, at=at, route="telephone"),
    )
    if incident.ending is not Ending.WAS_WHERE_EXPECTED:
        back_at = max(incident.returned_at, at) + teller.minutes("telling.home_reports_after_minutes")
        yield teller.returned(back_at, SeenBy.PROFESSIONAL)


def school_tells(teller: Teller) -> Iterator[PlannedMessage]:
    """A school: an absence that it cannot explain, and nothing more."""
    incident = teller.incident
    if not incident.in_school_hours or not teller.parameters.happens("telling.school_reports_share", teller.draw):
        return
    at = incident.last_seen_at + timedelta(minutes=30)
    claimed = StatusClaimed(
        **teller.head(incident.last_seen_at, at),
        person=teller.knows.person,
        status=ClaimedStatus.UNEXPLAINED_ABSENCE,
        since=teller.knows.last_seen_at,
        basis="Not in the afternoon register; home does not answer.",
        area_code=incident.area,
    )
    yield teller.message(at, claimed)


def hospital_tells(teller: Teller) -> Iterator[PlannedMessage]:
    """A hospital: that the child is with them, perhaps before anybody has reported them missing."""
    incident = teller.incident
    if incident.ending is not Ending.IN_HOSPITAL:
        return
    at = incident.located_at + timedelta(minutes=20)
    found = ChildFound(
        **teller.head(incident.located_at, at),
        person=teller.knows.person,
        found_at=incident.located_at,
        place_kind=PlaceKind.HOSPITAL,
        health_setting=teller.knows.agency.name,
        seen_by=SeenBy.PROFESSIONAL,
        condition=Condition.IN_HOSPITAL,
        safe_for_now=Answer.YES,
    )
    yield teller.message(at, found)
