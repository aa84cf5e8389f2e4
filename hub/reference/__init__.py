"""Official areas and forces: which police force an authority lies in, and which forces share a boundary.

Read from three CSV files that stand beside this module (NOTICE.md names their sources and licences). It knows
geography only: whether an agency has joined the hub is the directory's to say.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from schemas.errors import HomewardError

__all__ = [
    "BRITISH_TRANSPORT_POLICE",
    "Authority",
    "BrokenReference",
    "Force",
    "Reference",
    "packaged_reference",
    "reference_from",
]

BRITISH_TRANSPORT_POLICE: Final = "BTP"
"""The one force without an area; the code is ours."""
_OTHERWISE_CALLED: Final = {"Scotland": "Police Scotland", "Northern Ireland": "Police Service of Northern Ireland"}


class BrokenReference(HomewardError):
    """A reference file contradicts another one, so no route may be built on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An authority with children's services duties. `code` is its GSS code; the position is in degrees (WGS 84)."""

    code: str
    name: str
    nation: str
    region: str
    force: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """A police force. `code` is its ONS police force area code, or `BTP`."""

    code: str
    name: str
    nation: str
    is_territorial: bool

    @property
    def called(self) -> str:
        """What people call it; its name is that of the place alone, which a council may have too."""
        usual = self.name if self.name.endswith("Police") else f"{self.name} Police"
        return _OTHERWISE_CALLED.get(self.name, usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The three tables, by code."""

    authorities: Mapping[str, Authority]
    forces: Mapping[str, Force]
    neighbours: Mapping[str, frozenset[str]]

    def force_of(self, area: str | None) -> str | None:
        """The code of the force whose area this is: of an authority's code, or a force's own. None: not known."""
        if area is None:
            return None
        if area in self.forces:
            return area
        authority = self.authorities.get(area)
        return authority.force if authority else None

    def neighbours_of(self, force: str) -> frozenset[str]:
        """The codes of the forces that share a land boundary with this one; none for one without an area."""
        return self.neighbours.get(force, frozenset())

    def name_of(self, code: str) -> str | None:
        """What the authority or force of this code is called."""
        named = self.authorities.get(code) or self.forces.get(code)
        return named.name if named else None


def reference_from(
    authorities: Iterable[Mapping[str, str]],
    forces: Iterable[Mapping[str, str]],
    adjacency: Iterable[Mapping[str, str]],
) -> Reference:
    """The tables from their rows, checked against one another.

    Raises:
        BrokenReference: an authority in no known force, or a boundary that only one side has.
    """
    by_force = {
        row["force_code"]: Force(
            code=row["force_code"],
            name=row["ons_name"],
            nation=row["nation"],
            is_territorial=row["kind"] == "territorial",
        )
        for row in forces
    }
    by_authority = {
        row["gss_code"]: Authority(
            code=row["gss_code"],
            name=row["name"],
            nation=row["nation"],
            region=row["region"],
            force=row["police_force_code"],
            latitude=float(row["latitude"]),
            longitude=float(row["longitude"]),
        )
        for row in authorities
    }
    pairs = {(row["force_code"], row["neighbour_code"]) for row in adjacency}
    for authority in by_authority.values():
        if authority.force not in by_force:
            message = f"local_authorities.csv: {authority.code} lies in force {authority.force}, which is not listed"
            raise BrokenReference(message)
    for one, other in sorted(pairs):
        if (other, one) not in pairs or not {one, other} <= by_force.keys():
            message = f"force_adjacency.csv: {one},{other} must name listed forces and be there in both directions"
            raise BrokenReference(message)
    neighbours = {force: frozenset(other for one, other in pairs if one == force) for force in by_force}
    return Reference(authorities=by_authority, forces=by_force, neighbours=neighbours)


@cache
def packaged_reference() -> Reference:
    """The tables that come with the package (read once)."""
    return reference_from(_rows("local_authorities.csv"), _rows("police_forces.csv"), _rows("force_adjacency.csv"))


def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
