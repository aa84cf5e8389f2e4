"""Who takes part in the synthetic country: real forces and authorities, invented homes, schools and hospitals.

The real ones come from `hub.reference`; what they are made to say is invented. Homes, schools and hospitals have
ids that begin with ZZ, the pseudo area code that no real place has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from hub.ids import AgencyId
from hub.reference import packaged_reference
from schemas.records import AgencyKind

__all__ = ["SimulatedAgency", "demo_agencies"]

_FORCES: Final = {
    "E23000005": 7,  # Greater Manchester
    "E23000004": 4,  # Merseyside
    "E23000003": 3,  # Lancashire
    "E23000006": 3,  # Cheshire
    "E23000010": 3,  # West Yorkshire
    "E23000011": 3,  # South Yorkshire
}
"""Six forces that border on one another, and how many authorities of each take part."""

_HOMES: Final = 4
_SCHOOLS: Final = 3
_HOSPITALS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAgency:
    """One agency that reports. `areas` are GSS codes; `force` is the code of the police force it lies in."""

    id: AgencyId
    name: str
    kind: AgencyKind
    areas: tuple[str, ...]
    force: str


def demo_agencies() -> tuple[SimulatedAgency, ...]:
    """Six neighbouring forces, 23 authorities of theirs, and a few homes, schools and hospitals among them."""
    authorities = tuple(_authorities())
    forces = tuple(_forces(authorities))
    invented = (
        *_invented("HOME", "Testhome {}", AgencyKind.PLACEMENT, authorities[:_HOMES]),
        *_invented("SCHOOL", "Sample Academy {}", AgencyKind.SCHOOL, authorities[:_SCHOOLS]),
        *_invented("HEALTH", "Example Infirmary {}", AgencyKind.HEALTH, forces[:_HOSPITALS]),
    )
    return (*forces, *authorities, *invented)


def _authorities() -> Iterator[SimulatedAgency]:
    known = packaged_reference().authorities
    for force, count in _FORCES.items():
        of_force = sorted(
            (each for each in known.values() if each.force == force), key=lambda each: each.code, reverse=True
        )
        wanted = sorted(of_force, key=lambda each: each.code != "E08000005")  # Rochdale is in every example
        for authority in islice(wanted, count):
            yield SimulatedAgency(
                id=AgencyId(authority.code),
                name=authority.name,
                kind=AgencyKind.AUTHORITY,
                areas=(authority.code,),
                force=force,
            )


def _forces(authorities: Sequence[SimulatedAgency]) -> Iterator[SimulatedAgency]:
    for code in _FORCES:
        yield SimulatedAgency(
            id=AgencyId(code),
            name=packaged_reference().forces[code].name,
            kind=AgencyKind.POLICE,
            areas=tuple(each.id for each in authorities if each.force == code),
            force=code,
        )


def _invented(word: str, name: str, kind: AgencyKind, places: Sequence[SimulatedAgency]) -> Iterator[SimulatedAgency]:
    for number, place in enumerate(places, start=1):
        yield SimulatedAgency(
            id=AgencyId(f"ZZ-{word}-{number:02d}"),
            name=name.format(number),
            kind=kind,
            areas=place.areas,
            force=place.force,
        )
