"""What agencies tell of one invented child, in the order the hub accepts it: builders for the tests of the fold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.episode import ChildState, Episode, fold
from hub.event import Event
from hub.ids import HUB, AgencyId, ChildId, ClaimId, EventId, derived_id
from schemas.records import (
    Address,
    AgencyKind,
    ClaimAssigned,
    ClaimOutcome,
    LastSeen,
    MissingReported,
    Person,
    PlaceKind,
    Record,
    ReportedStatus,
)

CHILD: Final = ChildId("0a4f2c1e-0000-5000-8000-000000000001")
OTHER_CHILD: Final = ChildId("0a4f2c1e-0000-5000-8000-000000000002")
LONDON: Final = ZoneInfo("Europe/London")

LANCASHIRE = AgencyId("E23000003")
WEST_YORKSHIRE = AgencyId("E23000010")
DERBYSHIRE = AgencyId("E23000018")
HUMBERSIDE = AgencyId("E23000012")
NORFOLK_POLICE = AgencyId("E23000024")
ROCHDALE = AgencyId("E08000005")
BLACKPOOL = AgencyId("E06000009")
BRADFORD = AgencyId("E08000032")
STOCKPORT = AgencyId("E08000007")
OLDHAM = AgencyId("E08000004")
LEEDS = AgencyId("E08000035")
DERBY = AgencyId("E06000015")
HULL = AgencyId("E06000010")
NORFOLK = AgencyId("E10000020")
HOME = AgencyId("home-sea-view")
SECOND_HOME = AgencyId("home-hill-view")
SCHOOL = AgencyId("school-st-anne")
WARD = AgencyId("ward-nine")

_KINDS: Final = {
    HOME: AgencyKind.PLACEMENT,
    SECOND_HOME: AgencyKind.PLACEMENT,
    SCHOOL: AgencyKind.SCHOOL,
    WARD: AgencyKind.HEALTH,
    HUB: AgencyKind.HUB,
}


def kind_of(agency: AgencyId) -> AgencyKind:
    """Police by their code, homes and schools by name, the rest are authorities."""
    return _KINDS.get(agency, AgencyKind.POLICE if agency.startswith(("E23", "S23", "W15")) else AgencyKind.AUTHORITY)


def at(text: str) -> datetime:
    """A local time of 2026 as UTC: `at("27 Mar 22:40")`."""
    return datetime.strptime(f"2026 {text}", "%Y %d %b %H:%M").replace(tzinfo=LONDON).astimezone(UTC)


def claim_of(agency: AgencyId) -> ClaimId:
    """The one claim an agency makes in these tests."""
    return ClaimId(f"claim-{agency}")


def missing(last_seen: datetime | None, **given: Any) -> MissingReported:  # noqa: ANN401
    """A report; `place_kind` says where the child was last seen."""
    seen = LastSeen(
        at=last_seen,
        not_known=last_seen is None,
        place_kind=given.pop("place_kind", PlaceKind.UNKNOWN),
        area_code=given.pop("area_code", None),
    )
    return MissingReported(last_seen=seen, status=given.pop("status", ReportedStatus.MISSING), **given)


def living_in(area: AgencyId, **given: Any) -> Person:  # noqa: ANN401
    """A person whose home lies in the area of an authority."""
    return Person(home=Address(area_code=area), **given)


class Telling:
    """Collects what is told, numbers it as identity would, and folds it."""

    def __init__(self, child: ChildId = CHILD) -> None:
        self.child = child
        self.events: list[Event] = []

    def tell(self, when: str | datetime, sender: AgencyId, body: Record, *, claim: str | None = None) -> Event:
        """One message, accepted at a local time."""
        accepted = when if isinstance(when, datetime) else at(when)
        order = len(self.events) + 1
        event = Event(
            id=EventId(derived_id(f"{self.child}/{order}", "message")),
            child=self.child,
            claim=None if sender == HUB else ClaimId(claim or claim_of(sender)),
            sender=sender,
            sender_kind=kind_of(sender),
            accepted_at=accepted,
            order=order,
            body=body,
        )
        self.events.append(event)
        return event

    def assign(self, agency: AgencyId, to: ChildId, number: int, *, before: ChildId | None = None) -> Event:
        """Identity decides whose a claim is."""
        return self.tell(
            self.events[-1].accepted_at,
            HUB,
            ClaimAssigned(
                claim_id=claim_of(agency),
                agency=agency,
                from_child=before,
                to_child=to,
                number=number,
                outcome=ClaimOutcome.LINK,
                why="test",
            ),
        )

    @property
    def state(self) -> ChildState:
        """The fold of everything told so far."""
        return fold(self.child, self.events)

    def as_of(self, when: str) -> ChildState:
        """What was known at a time: the fold of what had been accepted by then."""
        return fold(self.child, [event for event in self.events if event.accepted_at <= at(when)])

    @property
    def episode(self) -> Episode:
        """The only episode."""
        (found,) = self.state.episodes
        return found


def moved_to(child: ChildId, event: Event) -> Event:
    """The event as the child that owns its claim now opens it."""
    return replace(event, child=child)


def hours(number: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=number)
