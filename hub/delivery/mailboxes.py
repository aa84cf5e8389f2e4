"""Whether anybody reads a mailbox: a pure decision from when each was last polled, known before a child depends on it.

A member that is connected and whose mailbox was not polled for the time the rules allow (60 s) is silent. The clock
gives the times; who acts on it is said in words here: the hub's operators ring the agency, and the owner of every
notice in it is told by the ladder of that notice. What a signed mailbox statement holds is for `hub.messages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.delivery.rota import contacts
from hub.delivery.rules import DeliveryRules
from hub.directory import Directory
from hub.ids import AgencyId
from schemas.records import AgencyKind, DirectoryEntry

_DUTY_DESK = "duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A mailbox that nobody reads: since when (None: never polled as far as is known), and for how long."""

    agency: AgencyId
    name: str
    kind: AgencyKind
    since: datetime | None
    silent_for: timedelta
    ring: str | None
    """The telephone number of whoever is on duty there, else of the desk that the agency named; None: of neither."""

    @property
    def text(self) -> str:
        """What the operators, and the agency's own duty contact, are told; it names no child."""
        seconds = round(self.silent_for.total_seconds())
        whom = f"ring {self.ring}" if self.ring else "ring its duty contact"
        return f"the mailbox of {self.name} ({self.agency}) has not been read for {seconds} s: {whom}"


def silent_mailboxes(
    polled: Mapping[AgencyId, datetime | None],
    now: datetime,
    watched_since: datetime,
    directory: Directory,
    rules: DeliveryRules,
) -> tuple[Silence, ...]:
    """The mailboxes of connected members that are silent at `now`, in order of agency id.

    `polled` is when each was last polled, as far as is known; one that was never seen counts from `watched_since`,
    when watching began, so that a restart of the hub calls nobody silent. All times are aware.
    """
    found = []
    for entry in directory.agencies():
        agency = AgencyId(entry.agency_id)
        if not directory.is_connected(agency, now):
            continue
        last = polled.get(agency)
        silent_for = now - (watched_since if last is None else last)
        if silent_for >= rules.silent_after:
            numbers = (contact.row.contact for contact in contacts(directory, agency, _DUTY_DESK, now))
            ring = next((contact.telephone for contact in numbers if contact and contact.telephone), _desk_of(entry))
            found.append(
                Silence(agency=agency, name=entry.name, kind=entry.kind, since=last, silent_for=silent_for, ring=ring)
            )
    return tuple(found)


def _desk_of(entry: DirectoryEntry) -> str | None:
    return None if entry.delivery is None else entry.delivery.telephone
