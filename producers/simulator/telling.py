"""What any agency says of an absence: that a child is missing, is home, or that a word of its own was wrong.

Each agency speaks from what it holds (`knowledge`), never from the truth (`incident`), save for its own eyes. What is
particular to police, to a council, and to homes, schools and hospitals stands in the modules of their names.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final, TypedDict

from hub.ids import AgencyId
from producers.message_ids import message_id
from producers.simulator.incident import Ending, Incident
from producers.simulator.knowledge import Knowledge
from producers.simulator.parameters import Parameters
from schemas.records import (
    AgencyKind,
    AgencyMessage,
    CareStatus,
    ChildReturned,
    Collector,
    Condition,
    Contact,
    CorrectionMade,
    ExternalRef,
    FlagKind,
    LastSeen,
    MissingReported,
    Nature,
    PlaceKind,
    Placement,
    PoliceContact,
    ReportedStatus,
    Reporter,
    ReturnedTo,
    SchoolContact,
    SeenBy,
    TravelCue,
)

__all__ = ["BY_ENDING", "PlannedMessage", "Teller"]

BY_ENDING: Final = {
    Ending.FOUND_BY_POLICE: (SeenBy.POLICE, Collector.POLICE),
    Ending.FOUND_BY_CARER: (SeenBy.PARENT_OR_CARER, Collector.PARENT_OR_CARER),
    Ending.LOCATED_NOT_RETURNED: (SeenBy.POLICE, Collector.AUTHORITY),
    Ending.IN_HOSPITAL: (SeenBy.PROFESSIONAL, Collector.OTHER_PROFESSIONAL),
    Ending.RETURNED_BY_THEMSELVES: (SeenBy.PARENT_OR_CARER, Collector.CHILD_THEMSELVES),
    Ending.WAS_WHERE_EXPECTED: (SeenBy.PARENT_OR_CARER, Collector.CHILD_THEMSELVES),
}
"""Who saw the child, and who brought them home."""

_CIRCUMSTANCES: Final = (
    "Left after tea and did not come back at the agreed time. Telephone goes to voicemail.",
    "Did not come home from school. Friends have not seen them since the last lesson.",
    "Left by the back door after an argument about bedtime. No coat.",
    "Went to the shop and did not return. This is out of character.",
    "Said they were meeting a friend; the friend's family know nothing of it.",
)
_CLOTHES: Final = ("grey hooded top, black trainers", "school uniform, blue bag", "red jacket, jeans", "not known")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMessage:
    """One message that an agency will send. `at` is when it is sent (aware UTC), `id` what later ones refer to."""

    at: datetime
    agency: AgencyId
    record: AgencyMessage
    id: str


class Head(TypedDict):
    """The fields that every message begins with."""

    child_ref: str
    episode_ref: str
    occurred_at: datetime
    recorded_at: datetime
    contact: Contact
    external_refs: tuple[ExternalRef, ...]


class Teller:
    """One agency telling one incident. Its draws are its own, so its words never change another's."""

    def __init__(self, incident: Incident, knows: Knowledge, draw: Random, parameters: Parameters) -> None:
        """Hold what happened, what the agency holds, and the figures."""
        self.incident = incident
        self.knows = knows
        self.draw = draw
        self.parameters = parameters
        self.quoted: tuple[ExternalRef, ...] = ()
        """References of other agencies, where this one was told them."""
        self._count = 0

    def message(self, at: datetime, record: AgencyMessage) -> PlannedMessage:
        """A planned message, with an id that is the same in every run of the seed."""
        self._count += 1
        agency = self.knows.agency.id
        name = f"{self.incident.number}:{agency}:{self._count}:{self.knows.child_ref}"
        randomness = int.from_bytes(sha256(name.encode()).digest()[:10], "big")
        id_ = message_id(int(at.timestamp() * 1000), randomness)
        return PlannedMessage(at=at, agency=agency, record=record, id=id_)

    def head(self, occurred_at: datetime, recorded_at: datetime) -> Head:
        """What a message of this agency about this absence begins with."""
        return Head(
            child_ref=self.knows.child_ref,
            episode_ref=self.knows.episode_ref,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            contact=self.knows.contact,
            external_refs=self.quoted,
        )

    def minutes(self, name: str) -> timedelta:
        """A drawn delay, from a figure in minutes."""
        return timedelta(minutes=self.parameters.lognormal(name, self.draw))

    def hours(self, name: str) -> timedelta:
        """A drawn delay, from a figure in hours."""
        return timedelta(hours=self.parameters.lognormal(name, self.draw))

    def missing(
        self, at: datetime, *, reporter: Reporter | None, police_contact: PoliceContact | None
    ) -> PlannedMessage:
        """The child is missing, as this agency writes it."""
        incident, child, kind = self.incident, self.incident.child, self.knows.agency.kind
        is_police = kind is AgencyKind.POLICE
        return self.message(
            at,
            MissingReported(
                **self.head(self.knows.last_seen_at, at),
                person=self.knows.person,
                last_seen=LastSeen(
                    at=self.knows.last_seen_at,
                    place="near " + (child.home_line if not child.is_looked_after else "the placement"),
                    area_code=incident.area,
                    place_kind=PlaceKind.PLACEMENT if child.is_looked_after else PlaceKind.HOME,
                    wearing=self.draw.choice(_CLOTHES),
                ),
                circumstances=self.draw.choice(_CIRCUMSTANCES),
                nature=Nature.RAN if self.draw.random() < 0.6 else Nature.NOT_KNOWN,  # noqa: PLR2004 - assumed
                status=ReportedStatus.MISSING if is_police else incident.status,
                expected_by=at + timedelta(hours=2)
                if incident.status is ReportedStatus.AWAY and not is_police
                else None,
                care_status=self._care_status(),
                placement=self._placement(),
                police_contact=police_contact,
                reporter=reporter,
                incident_ref=f"INC-{incident.number}" if incident.with_companion else None,
                travel_cues=(TravelCue.STATION,) if incident.travel_cue and is_police else (),
                school=SchoolContact(name="Sample Academy") if kind is AgencyKind.AUTHORITY else None,
            ),
        )

    def returned(self, at: datetime, seen_by: SeenBy) -> PlannedMessage:
        """The child is home, as this agency writes it; its time often differs from the others'."""
        returned_at = self.incident.returned_at
        if self.parameters.happens("disagreement.returned_otherwise_share", self.draw):
            returned_at += timedelta(minutes=self.draw.uniform(-40, 70))
        returned_at = min(returned_at, at).replace(second=0, microsecond=0)
        is_placed = self.incident.child.is_looked_after
        return self.message(
            at,
            ChildReturned(
                **self.head(returned_at, at),
                returned_at=returned_at,
                to=ReturnedTo.PLACEMENT if is_placed else ReturnedTo.HOME,
                brought_by=BY_ENDING[self.incident.ending][1],
                seen_by=seen_by,
                condition=Condition.WELL,
            ),
        )

    def corrected(self, first: PlannedMessage, at: datetime) -> PlannedMessage | None:
        """This agency puts its own words right; None where they were, or where it never notices."""
        if not self.parameters.happens("disagreement.corrected_share", self.draw):
            return None
        self.knows, changes = self.knows.corrected()
        if not changes:
            return None
        reason = "Checked against the child's own record."
        return self.message(at, CorrectionMade(**self.head(at, at), corrects=first.id, changes=changes, reason=reason))

    def _care_status(self) -> tuple[CareStatus, ...]:
        if self.knows.agency.kind is not AgencyKind.AUTHORITY:
            return ()
        child = self.incident.child
        statuses = (
            (CareStatus.LOOKED_AFTER, child.is_looked_after),
            (CareStatus.PROTECTION_PLAN, FlagKind.PROTECTION_PLAN in child.flags),
        )
        return tuple(status for status, holds in statuses if holds)

    def _placement(self) -> Placement | None:
        child = self.incident.child
        if not child.is_looked_after:
            return None
        home = child.placement_agency
        return Placement(
            kind=child.placement,
            provider_agency=home.id if home else None,
            name=home.name if home else "Sample carers",
            host_authority=child.usual_area,
        )
