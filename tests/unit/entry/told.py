"""Builders for the entry's tests: events as agencies sent them, and what the fold decided about them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.entry.episode_facts import EpisodeFacts
from hub.entry.view import EpisodeView, view_of
from hub.event import Event
from hub.ids import AgencyId, ChildId, ClaimId, EpisodeId, EventId, derived_id
from schemas.records import (
    Address,
    AgencyKind,
    BirthPrecision,
    EpisodeStatus,
    Flag,
    FlagKind,
    LastSeen,
    MissingReported,
    Nation,
    Person,
    Phase,
    PhaseKind,
    PolicePosition,
    Record,
    ReportedStatus,
    Sex,
)
from schemas.records import Answer as Said

MIDNIGHT = datetime(2026, 3, 14, tzinfo=UTC)
EPISODE = EpisodeId(derived_id("a report", "episode"))
ROCHDALE = AgencyId("E08000005")
LANCASHIRE = AgencyId("lancashire")
HOME = AgencyId("home-blackpool")
MANCHESTER = AgencyId("greater-manchester")
WEST_YORKSHIRE = AgencyId("west-yorkshire")
KINDS = {
    ROCHDALE: AgencyKind.AUTHORITY,
    HOME: AgencyKind.PLACEMENT,
    **dict.fromkeys((LANCASHIRE, MANCHESTER, WEST_YORKSHIRE), AgencyKind.POLICE),
}


def at(minutes: int) -> datetime:
    """So many minutes after midnight."""
    return MIDNIGHT + timedelta(minutes=minutes)


def event(order: int, body: Record, sender: AgencyId = ROCHDALE, *, claim: str | None = None) -> Event:
    """One event, accepted `order` minutes after midnight."""
    return Event(
        id=EventId(derived_id(str(order), "event")),
        claim=ClaimId(claim or f"claim-{sender}"),
        child=ChildId("child"),
        sender=sender,
        sender_kind=KINDS.get(sender, AgencyKind.UNKNOWN),
        accepted_at=at(order),
        order=order,
        body=body,
    )


def person(**changed: Any) -> Person:  # noqa: ANN401 - any field of a person
    """An invented child of fifteen."""
    known: dict[str, Any] = {
        "given_names": "Test",
        "family_name": "Lark",
        "date_of_birth": date(2011, 3, 1),
        "birth_precision": BirthPrecision.DAY,
        "sex": Sex.FEMALE,
        "home": Address(line="1 Sample Street", postcode="OL16 1AA", area_code="E08000005"),
    }
    return Person(**(known | changed))


def report(**changed: Any) -> MissingReported:  # noqa: ANN401 - any field of a report
    """A report of that child."""
    known: dict[str, Any] = {
        "person": person(),
        "status": ReportedStatus.MISSING,
        "last_seen": LastSeen(at=at(0), place="bus station", area_code="E06000009"),
    }
    return MissingReported(**(known | changed))


def flag(kind: FlagKind, value: Said = Said.YES) -> Flag:
    """One flag."""
    return Flag(kind=kind, value=value)


def facts(**changed: Any) -> EpisodeFacts:  # noqa: ANN401 - any fact
    """What the fold decided: an open episode, missing."""
    known: dict[str, Any] = {
        "episode": EPISODE,
        "child": ChildId("child"),
        "nation": Nation.ENGLAND,
        "status": EpisodeStatus.MISSING,
        "police_position": PolicePosition.UNCONFIRMED,
        "sequence": 3,
        "changed_at": at(3),
        "began_at": at(0),
        "phases": (Phase(kind=PhaseKind.MISSING, began_at=at(0)),),
    }
    return EpisodeFacts(**(known | changed))


def seen(*events: Event, **changed: Any) -> EpisodeView:  # noqa: ANN401 - any fact
    """The view of these events."""
    return view_of(facts(**changed), events)


def values(view: EpisodeView, name: str) -> list[str]:
    """Every golden value under a name, from the wider class to the narrower."""
    return [known.value for known in view.golden if known.name == name]


def names(events: Iterable[Event]) -> set[str]:
    """Names of all fields that anybody said something about."""
    return {claim.field for claim in seen(*events).claims}
