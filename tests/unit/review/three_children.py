"""Three invented children on one evening, reported by their own authorities and by police; words about pairs."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from hub.episode import ChildState
from hub.ids import AgencyId, ClaimId, first_child_id
from schemas.records import (
    Address,
    AgencyKind,
    ChildReturned,
    LinkDecided,
    LinkDecision,
    Person,
    ReturnedTo,
    SightingReported,
)
from tests.unit.review.hub_in_memory import BEGAN, HubInMemory, Member
from tests.unit.review.two_children import (
    MEMBERS,
    POLICE,
    REVIEWER,
    ROCHDALE,
    SALFORD,
    minutes,
    missing,
)

BURY: Final = AgencyId("E08000002")
OF_THREE: Final = (*MEMBERS, Member(id=BURY, kind=AgencyKind.AUTHORITY, areas=(BURY,), grant=(BURY,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Whom an authority reports, under its own reference; police do under a reference of theirs."""

    authority: AgencyId
    reference: str
    police_reference: str
    person: Person


def _person(given: str, family: str, born: date, area: AgencyId) -> Person:
    return Person(given_names=given, family_name=family, date_of_birth=born, home=Address(area_code=area))


ADA: Final = Reported(
    authority=ROCHDALE,
    reference="R-1",
    police_reference="P-A",
    person=_person("Ada", "Sample", date(2011, 3, 1), ROCHDALE),
)
BEA: Final = Reported(
    authority=SALFORD,
    reference="S-1",
    police_reference="P-B",
    person=_person("Bea", "Template", date(2012, 9, 17), SALFORD),
)
CLEO: Final = Reported(
    authority=BURY,
    reference="B-1",
    police_reference="P-C",
    person=_person("Cleo", "Muster", date(2009, 5, 5), BURY),
)


def claim(hub: HubInMemory, child: Reported) -> ClaimId:
    """The claim of a child's own authority."""
    return hub.claim(child.authority, child.reference)


def state(hub: HubInMemory, child: Reported) -> ChildState:
    """What the log says of the child that begins with its own authority's claim."""
    return hub.state(first_child_id(claim(hub, child)))


async def report(hub: HubInMemory, child: Reported, at: float) -> None:
    """Its authority reports the child, and police a minute later."""
    place = str(child.person.given_names)
    quoting = (child.authority, child.reference)
    said = {
        at: (child.authority, missing(child.reference, place, child.authority, at)),
        at + 1: (POLICE, missing(child.police_reference, place, child.authority, at + 1, quoting)),
    }
    for when, (sender, record) in said.items():
        hub.accept(sender, replace(record, person=child.person), BEGAN + minutes(when))
        await hub.settle()


async def decide(hub: HubInMemory, decision: LinkDecision, one: Reported, other: Reported, at: float) -> None:
    """The reviewer's word about two of them."""
    word = LinkDecided(claim_a=claim(hub, one), claim_b=claim(hub, other), decision=decision, why="a test")
    hub.accept(REVIEWER, word, BEGAN + minutes(at))
    await hub.settle()


async def part_all(hub: HubInMemory, at: float) -> None:
    """Three words, ten minutes apart: no two of them are one."""
    for number, (one, other) in enumerate(((ADA, BEA), (ADA, CLEO), (BEA, CLEO))):
        await decide(hub, LinkDecision.SPLIT, one, other, at + 10 * number)


async def police_say_back(hub: HubInMemory, child: Reported, at: float) -> None:
    """Police say that the child is home."""
    back = ChildReturned(child_ref=child.police_reference, returned_at=BEGAN + minutes(at - 1), to=ReturnedTo.HOME)
    hub.accept(POLICE, back, BEGAN + minutes(at))
    await hub.settle()


async def see(hub: HubInMemory, child: Reported, at: float) -> None:
    """Its authority hears where the child was seen."""
    seen = SightingReported(
        child_ref=child.reference, occurred_at=BEGAN + minutes(at), place=f"where {child.reference} was seen"
    )
    hub.accept(child.authority, seen, BEGAN + minutes(at))
    await hub.settle()
