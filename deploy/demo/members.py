"""The agencies of the demonstration: their keys made, their requests approved (the demo approves itself, and says so),
and one more reader, the overview, whose grant covers all their areas, for the board on the screen; as a reviewer it may
decide about any pair that waits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy import agencies
from deploy.agencies import Joining
from deploy.agency_profile import INSTALLATIONS, write_profile
from deploy.bringup import Hub
from deploy.home import Home
from deploy.identities import Identity, identity_of
from deploy.joining import REQUEST, JoiningRequest, make_keys
from deploy.topics import Agency
from hub.identity.reviews import REVIEWER
from hub.ids import AgencyId
from hub.sealing import SealingSuite
from producers.simulator import SimulatedAgency, demo_agencies
from schemas.records import AgencyKind, Nation

OVERVIEW: Final = AgencyId("ZZ-OVERVIEW")
_WITH_REGISTER: Final = frozenset({AgencyKind.POLICE, AgencyKind.AUTHORITY, AgencyKind.NATIONAL})
_INSTALLATION: Final = "demo"
"""What the demo itself sends as; the profile beside it is left to whoever tries the commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One agency of the demo and where its own side lies."""

    id: AgencyId
    identity: Identity
    folder: Path

    @property
    def profile(self) -> Path:
        """The profile that the demo plays it with."""
        return self.folder / f"{_INSTALLATION}.toml"

    @property
    def row(self) -> Agency:
        """What its topic and permissions are made from."""
        return Agency(id=self.id, has_grant=self.identity.kind in _WITH_REGISTER)


def members(home: Home) -> tuple[Member, ...]:
    """Every agency of the demo, and the overview."""
    simulated = demo_agencies()
    areas = tuple(dict.fromkeys(area for each in simulated for area in each.areas))
    overview = Identity(
        agency_id=OVERVIEW,
        name="Overview",
        official_name="Overview of the demonstration",
        kind=AgencyKind.NATIONAL,
        nation=Nation.ENGLAND,
        areas=areas,
        roles=(REVIEWER,),
    )
    identities = [*map(_identity, simulated), overview]
    return tuple(
        Member(id=AgencyId(identity.agency_id), identity=identity, folder=home.agencies / identity.agency_id)
        for identity in identities
    )


def _identity(agency: SimulatedAgency) -> Identity:
    name = None if agency.kind is AgencyKind.POLICE else agency.name
    return identity_of(agency.id, name=name, kind=agency.kind, areas=agency.areas)


async def let_in(hub: Hub, wanted: Sequence[Member]) -> None:
    """Make keys, approve and publish for whoever is not in the directory yet, all in one go."""
    if new := [each for each in wanted if hub.known.agency(each.id) is None]:
        requests = await asyncio.to_thread(lambda: [_request(each) for each in new])
        joining = [
            Joining(
                request=request,
                folder=each.folder,
                grant_areas=each.identity.areas if each.row.has_grant else (),
            )
            for each, request in zip(new, requests, strict=True)
        ]
        await agencies.join(hub.home, hub.running, joining, hub.ids)
    await asyncio.to_thread(_refresh, hub, wanted)


def _request(member: Member) -> JoiningRequest:
    return make_keys(
        member.folder,
        member.identity,
        installations=(*INSTALLATIONS, _INSTALLATION),
        suite=SealingSuite.X25519,
    )


def _refresh(hub: Hub, wanted: Sequence[Member]) -> None:
    """Bring the addresses up to date in every profile."""
    agencies.refresh_profiles(hub.home, hub.running)
    address = agencies.hub_address(hub.home, hub.running)
    for member in wanted:
        request = JoiningRequest.from_text((member.folder / REQUEST).read_text(encoding="utf-8"))
        write_profile(member.folder, member.identity, request.key_ids, address, installation=_INSTALLATION)
