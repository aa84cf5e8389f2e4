"""Two invented children on one evening, a merge made by mistake and its correction; and what must then hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from hub.episode import ChildState, Episode
from hub.ids import AgencyId, ChildId, EpisodeId
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Address,
    AgencyKind,
    AgencyMessage,
    ChildReturned,
    EpisodeStatus,
    ExternalRef,
    LastSeen,
    LinkDecided,
    LinkDecision,
    MissingReported,
    Notice,
    NoticeKind,
    NoticeRef,
    Person,
    ReportedStatus,
    ReturnedTo,
    SightingReported,
)
from tests.unit.review.hub_in_memory import BEGAN, HubInMemory, Member

ROCHDALE: Final = AgencyId("E08000005")
SALFORD: Final = AgencyId("E08000006")
STOCKPORT: Final = AgencyId("E08000007")
POLICE: Final = AgencyId("E23000005")
REVIEWER: Final = AgencyId("E08000003")
AGENCIES: Final = (ROCHDALE, SALFORD, STOCKPORT, POLICE, REVIEWER)
MEMBERS: Final = (
    Member(id=ROCHDALE, kind=AgencyKind.AUTHORITY, areas=(ROCHDALE,), grant=(ROCHDALE,)),
    Member(id=SALFORD, kind=AgencyKind.AUTHORITY, areas=(SALFORD,), grant=(SALFORD,)),
    Member(id=STOCKPORT, kind=AgencyKind.AUTHORITY, areas=(STOCKPORT,), grant=(STOCKPORT,)),
    Member(id=POLICE, kind=AgencyKind.POLICE),
    Member(id=REVIEWER, kind=AgencyKind.AUTHORITY, areas=(REVIEWER,), roles=("reviewer",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What happens: minutes from the beginning.

    Ada is Rochdale's child and Bea Salford's. `ada_before` gives Ada an absence of an earlier day, so that hers is
    the older child; `bea_back` is when Bea is home again, if she is before the mistake; the rest is the same.
    """

    name: str
    ada_at: float = 0
    bea_at: float = 10
    ada_before: bool = False
    bea_back: float | None = None


JOINED: Final = Night(name="absences that overlap become one, opened by the older child")
JOINED_BY_THE_OTHER: Final = Night(
    name="absences that overlap become one, opened by the younger child", ada_at=20, bea_at=10, ada_before=True
)
APART: Final = Night(name="absences that do not overlap stay two", ada_at=60, bea_at=0, ada_before=True, bea_back=20)
NIGHTS: Final = (JOINED, JOINED_BY_THE_OTHER, APART)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def _person(given: str, area: AgencyId) -> Person:
    born = date(2011, 3, 1) if given == "Ada" else date(2012, 9, 17)
    family = "Sample" if given == "Ada" else "Template"
    return Person(given_names=given, family_name=family, date_of_birth=born, home=Address(area_code=area))


def missing(reference: str, given: str, area: AgencyId, at: float, *quoting: tuple[AgencyId, str]) -> MissingReported:
    """A report of one of the two, last seen ten minutes before."""
    seen = BEGAN + minutes(at - 10)
    return MissingReported(
        child_ref=reference,
        occurred_at=seen,
        recorded_at=BEGAN + minutes(at),
        person=_person(given, area),
        last_seen=LastSeen(at=seen, place=f"the station, by {given}'s friends", area_code=area),
        status=ReportedStatus.MISSING,
        external_refs=tuple(ExternalRef(agency=agency, value=value) for agency, value in quoting),
    )


def children(hub: HubInMemory) -> tuple[ChildId, ChildId]:
    """Ada and Bea."""
    return hub.child(ROCHDALE, "R-1"), hub.child(SALFORD, "S-1")


async def tell(hub: HubInMemory, night: Night, decisions: Sequence[LinkDecision | None], batch: int) -> int:
    """Play a night; None stands in the place of a decision that was never made. How often a worker ended."""
    ended = 0

    async def settled() -> None:
        nonlocal ended
        ended += await hub.settle(batch=batch)

    if night.ada_before:
        earlier = BEGAN - timedelta(days=3)
        report = missing("R-1", "Ada", ROCHDALE, 0)
        seen = LastSeen(at=earlier - minutes(10), place="school", area_code=ROCHDALE)
        hub.accept(ROCHDALE, replace(report, occurred_at=seen.at, recorded_at=earlier, last_seen=seen), earlier)
        back = ChildReturned(child_ref="R-1", returned_at=earlier + minutes(60), to=ReturnedTo.HOME)
        hub.accept(ROCHDALE, back, earlier + minutes(61))
    told: dict[float, tuple[AgencyId, AgencyMessage]] = {
        night.ada_at: (ROCHDALE, missing("R-1", "Ada", ROCHDALE, night.ada_at)),
        night.ada_at + 1: (POLICE, missing("P-A", "Ada", ROCHDALE, night.ada_at + 1, (ROCHDALE, "R-1"))),
        night.bea_at: (SALFORD, missing("S-1", "Bea", SALFORD, night.bea_at)),
        night.bea_at + 1: (POLICE, missing("P-B", "Bea", SALFORD, night.bea_at + 1, (SALFORD, "S-1"))),
    }
    if night.bea_back is not None:
        back = ChildReturned(child_ref="P-B", returned_at=BEGAN + minutes(night.bea_back), to=ReturnedTo.HOME)
        told[night.bea_back] = (POLICE, back)
    for at, (sender, record) in sorted(told.items()):
        hub.accept(sender, record, BEGAN + minutes(at))
        await settled()
    acknowledge(hub, POLICE, Acknowledgement.OPENED, 85)
    await settled()
    for number, decision in enumerate(decisions):
        at = 90 + 30 * number
        if decision is None:
            hub.skip()
        else:
            word = LinkDecided(
                claim_a=hub.claim(ROCHDALE, "R-1"), claim_b=hub.claim(SALFORD, "S-1"), decision=decision, why="a test"
            )
            hub.accept(REVIEWER, word, BEGAN + minutes(at))
        for late, (sender, reference) in enumerate(((SALFORD, "S-1"), (ROCHDALE, "R-1"))):
            when = BEGAN + minutes(at + 5 + late)
            sighting = SightingReported(child_ref=reference, occurred_at=when, place=f"{reference} at {number}")
            hub.accept(sender, sighting, when)
        await settled()
        acknowledge(hub, SALFORD, Acknowledgement.OPENED, at + 15)
        await settled()
    return ended


def acknowledge(hub: HubInMemory, agency: AgencyId, layer: Acknowledgement, at: float) -> None:
    """An agency has opened everything in its inbox; where there is nothing, a place stays empty."""
    pairs = tuple(NoticeRef(notice_id=id_, episode_id=said.episode_id) for id_, said in hub.inbox(agency).items())
    if pairs:
        hub.accept(agency, Acknowledged(pairs=pairs, layer=layer), BEGAN + minutes(at))
    else:
        hub.skip()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be seen when all is done."""

    states: tuple[ChildState, ChildState]
    inboxes: dict[AgencyId, dict[str, Notice]]
    entries: dict[EpisodeId, tuple[EpisodeStatus, str | None]]
    can_open: dict[EpisodeId, frozenset[str]]
    """Who was given the key under which the entry of an episode stands last."""
    told: frozenset[str]


def held(notices: dict[str, Notice]) -> dict[str, dict[str, str]]:
    """What an agency holds after all its notices, by episode: the fields shown last and not withdrawn since."""
    found: dict[str, dict[str, str]] = {}
    order = sorted(notices.values(), key=lambda n: (n.issued_at, n.kind is not NoticeKind.WITHDRAWAL))
    for notice in order:
        fields = found.setdefault(notice.episode_id, {})
        for name in notice.withdrawn_fields:
            fields.pop(name, None)
        fields.update({field.name: field.value for field in notice.fields})
    return {episode: fields for episode, fields in found.items() if fields}


def outcome(hub: HubInMemory) -> Outcome:
    """What is to be seen now."""
    ada, bea = (hub.state(child) for child in children(hub))
    return Outcome(
        states=(ada, bea),
        inboxes={agency: dict(hub.inbox(agency)) for agency in AGENCIES},
        entries={id_: (entry.status, entry.superseded_by) for id_, entry in hub.entries().items()},
        can_open={id_: hub.given(entry.key_id) for id_, entry in hub.entries().items()},
        told=frozenset((*ada.told, *bea.told)),
    )


def plain(state: ChildState) -> list[Episode]:
    """The episodes of a child without the numbers, which count decisions too."""
    return [replace(episode, sequence=0, changed_at=BEGAN) for episode in state.episodes]


async def played(
    folder: Path,
    night: Night,
    decisions: Sequence[LinkDecision | None],
    *,
    ends_before: int | None = None,
    batch: int = 64,
) -> tuple[Outcome, int, int]:
    """The outcome of a night, how many records the workers sent, and how often one was ended."""
    async with HubInMemory(folder, MEMBERS) as hub:
        hub.broker.ends_before = ends_before
        ended = await tell(hub, night, decisions, batch)
        return outcome(hub), hub.broker.sent, ended
