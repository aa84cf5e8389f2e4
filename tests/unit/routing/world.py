"""A small England for routing's tests: a directory, agencies that speak, and the worker's loop without a broker."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.directory import Directory
from hub.entry.view import EpisodeView
from hub.episode import fold
from hub.episode.model import ChildState
from hub.event import Event
from hub.ids import HUB, AgencyId, ChildId, ClaimId, EpisodeId, EventId, derived_id
from hub.reference import packaged_reference
from hub.routing import Cause, OwedNotice, packaged_rules, told, unsent
from schemas.records import (
    Address,
    AgencyKind,
    BirthPrecision,
    CareStatus,
    DirectoryEntry,
    LastSeen,
    MissingReported,
    Nation,
    Notice,
    Person,
    Placement,
    PlacementKind,
    Record,
    ReportedStatus,
    SealingKey,
)

RULES = packaged_rules()
REFERENCE = packaged_reference()
CHILD = ChildId("8a6e0804-2bd0-4672-b79d-d97027f9071a")
LONDON: Final = ZoneInfo("Europe/London")
LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)

ROUNDS: Final = 5
"""As often a worker asks again what is owed, with what it has told since."""

LANCASHIRE = AgencyId("E23000003")
MANCHESTER = AgencyId("E23000005")
CHESHIRE = AgencyId("E23000006")
WEST_YORKSHIRE = AgencyId("E23000010")
DERBYSHIRE = AgencyId("E23000018")
NORFOLK_POLICE = AgencyId("E23000024")
TRANSPORT_POLICE = AgencyId("BTP")
BLACKPOOL = AgencyId("E06000009")
ROCHDALE = AgencyId("E08000005")
OLDHAM = AgencyId("E08000004")
STOCKPORT = AgencyId("E08000007")
CHESHIRE_EAST = AgencyId("E06000049")
LEEDS = AgencyId("E08000035")
BRADFORD = AgencyId("E08000032")
DERBY = AgencyId("E06000015")
NORFOLK = AgencyId("E10000020")
HOME = AgencyId("home-sea-view")
FOSTERING = AgencyId("fostering-derwent")
SCHOOL = AgencyId("school-st-anne")
WARD = AgencyId("health-desk-nw")

_KINDS: Final = {
    HOME: AgencyKind.PLACEMENT,
    FOSTERING: AgencyKind.PLACEMENT,
    SCHOOL: AgencyKind.SCHOOL,
    WARD: AgencyKind.HEALTH,
}


def kind_of(agency: AgencyId) -> AgencyKind:
    """What an agency of this England is, by its code."""
    if agency in _KINDS:
        return _KINDS[agency]
    if agency == HUB:
        return AgencyKind.HUB
    return AgencyKind.POLICE if agency in REFERENCE.forces else AgencyKind.AUTHORITY


def local(text: str) -> datetime:
    """A local time of 2026, "27 Mar 23:10", as aware UTC."""
    return datetime.strptime(f"2026 {text}", "%Y %d %b %H:%M").replace(tzinfo=LONDON).astimezone(UTC)


def joined(agency: AgencyId, **changed: Any) -> DirectoryEntry:  # noqa: ANN401 - any field of an entry
    """The directory entry of an agency that can be reached."""
    known: dict[str, Any] = {
        "agency_id": agency,
        "name": REFERENCE.name_of(agency) or agency,
        "official_name": agency,
        "kind": kind_of(agency),
        "nation": Nation.ENGLAND,
        "areas": (agency,) if kind_of(agency) is AgencyKind.AUTHORITY else (BLACKPOOL,),
        "connected": True,
        "approved": True,
        "sealing_keys": (SealingKey(key_id=f"{agency}-1", suite=1, public_key=bytes(32), valid_from=LONG_AGO),),
        "version": 1,
        "valid_from": LONG_AGO,
    }
    return DirectoryEntry(**(known | changed))


def directory_of(*agencies: AgencyId) -> Directory:
    """A directory in which these can be reached."""
    known = Directory.empty()
    for agency in agencies:
        known = known.with_entry(joined(agency))
    return known


EVERYBODY = directory_of(
    *(AgencyId(code) for code in (*REFERENCE.forces, *REFERENCE.authorities)), HOME, FOSTERING, SCHOOL, WARD
)


def person(**changed: Any) -> Person:  # noqa: ANN401 - any field of a person
    """An invented girl of fifteen whose home is in Rochdale."""
    known: dict[str, Any] = {
        "given_names": "Test",
        "family_name": "Lark",
        "date_of_birth": date(2011, 3, 1),
        "birth_precision": BirthPrecision.DAY,
        "home": Address(line="1 Sample Street", postcode="OL16 1AA", area_code=ROCHDALE),
    }
    return Person(**(known | changed))


def placed(provider: AgencyId | None = HOME, host: AgencyId | None = BLACKPOOL, **changed: Any) -> Placement:  # noqa: ANN401
    """A children's home in the area of a host."""
    known: dict[str, Any] = {"kind": PlacementKind.CHILDRENS_HOME, "provider_agency": provider, "host_authority": host}
    return Placement(**(known | changed))


def missing(last_seen: datetime, area: AgencyId | None = BLACKPOOL, **changed: Any) -> MissingReported:  # noqa: ANN401
    """A report that this girl is missing."""
    known: dict[str, Any] = {
        "child_ref": "C-1",
        "person": person(),
        "last_seen": LastSeen(at=last_seen, place="near the pier", area_code=area, wearing="a red coat"),
        "status": ReportedStatus.MISSING,
        "circumstances": "left by the back door",
    }
    return MissingReported(**(known | changed))


def looked_after(last_seen: datetime, **changed: Any) -> MissingReported:  # noqa: ANN401
    """The same of a girl whom Rochdale looks after in a home in Blackpool."""
    known: dict[str, Any] = {"care_status": (CareStatus.LOOKED_AFTER,), "placement": placed()}
    return missing(last_seen, **(known | changed))


def event(order: int, accepted: datetime, sender: AgencyId, body: Record, child: ChildId = CHILD) -> Event:
    """One event; the same order always gives the same event id."""
    return Event(
        id=EventId(derived_id(f"{child} {order}", "event")),
        child=child,
        claim=ClaimId(f"claim-of-{sender}"),
        sender=sender,
        sender_kind=kind_of(sender),
        accepted_at=accepted,
        order=order,
        body=body,
    )


def said(cause: Event, record: Record) -> Event:
    """An event of the hub's own, such as `Told`: it has the time and place of its cause."""
    return replace(
        cause, id=EventId(derived_id(cause.id, "told", repr(record))), claim=None, sender=HUB,
        sender_kind=AgencyKind.HUB, body=record,
    )  # fmt: skip


@dataclass
class Night:
    """The worker's loop for one child: fold, send what is owed, say so. `inbox` is what recipients can see."""

    directory: Directory = EVERYBODY
    child: ChildId = CHILD
    events: list[Event] = field(default_factory=list)
    inbox: list[Notice] = field(default_factory=list)
    orders: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))
    checks: bool = True

    def hears(self, when: str | datetime, sender: AgencyId, body: Record) -> list[Notice]:
        """One message is accepted; what it caused to be sent."""
        accepted = when if isinstance(when, datetime) else local(when)
        self.events.append(event(next(self.orders), accepted, sender, body, self.child))
        before = len(self.inbox)
        self.settle()
        return self.inbox[before:]

    @property
    def state(self) -> ChildState:
        """The fold of everything so far."""
        return fold(self.child, self.events)

    def owing(self, state: ChildState) -> dict[Cause, tuple[OwedNotice, ...]]:
        """What is owed and not told by a state, by cause."""
        return unsent(state, self.directory, RULES, REFERENCE, views=self.views())

    def owed(self) -> list[OwedNotice]:
        """What is owed and not told now."""
        owed = self.owing(self.state)
        return [one for some in owed.values() for one in some]

    def views(self) -> dict[EpisodeId, EpisodeView] | None:
        """Views of the episodes that are made already; None where none are kept."""
        return None

    def settle(self) -> None:
        """Send what is owed, and say so. Without a clock nothing more is owed then; with one it is asked again."""
        for _ in range(1 if self.checks else ROUNDS):
            state = self.state
            owed = self.owing(state)
            by_id = {each.id: each for each in state.events}
            words = []
            for cause, notices in owed.items():
                self.inbox += [one.notice for one in notices]
                words += [said(by_id[EventId(cause)], word) for word in told(cause, notices, RULES, self.directory)]
            if not words:
                return
            self.events += words
            self.has_told(state, words)
        assert not self.owed(), "once Told is folded, nothing more is owed"

    def has_told(self, before: ChildState, words: Sequence[Event]) -> None:
        """Who was told stands in the log now; nothing is kept of the state."""

    def told(self, agency: AgencyId, desk: str | None = None) -> list[Notice]:
        """What an agency can see in its inbox."""
        return [one for one in self.inbox if one.recipient == agency and desk in (None, one.desk)]

    def seats(self) -> set[tuple[str, str]]:
        """Everybody who was told something: agency and desk."""
        return {(one.recipient, one.desk) for one in self.inbox}


def fields(notice: Notice) -> dict[str, str]:
    """The fields of a notice by name."""
    return {known.name: known.value for known in notice.fields}


def all_text(notices: Iterable[Notice]) -> str:
    """Every string of these notices."""
    return "\n".join(repr(notice) for notice in notices)
