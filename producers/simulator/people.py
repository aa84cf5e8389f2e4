"""The children of the synthetic country, and where each of them lives: drawn once per seed, the same every time.

Nothing here can be taken for a person: invented family names, postcodes ZZ99, the telephone numbers that Ofcom sets
aside for drama (01632 960000 to 960999, 07700 900000 to 900999), and NHS numbers from the range 999, which is never
issued, with a valid check digit so that software that checks it is exercised.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Final

from producers.simulator.agencies import SimulatedAgency
from producers.simulator.parameters import Parameters
from schemas.records import AgencyKind, FlagKind, PlacementKind, Sex

__all__ = ["SimulatedChild", "children_of", "landline", "mobile"]

_YOUNGEST: Final = 8
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedChild:
    """One child as it really is. What each agency knows and writes is for `telling`."""

    number: int
    given_name: str
    short_name: str
    """What friends say; the given name where there is none."""
    family_name: str
    born: date
    sex: Sex
    nhs_number: str | None
    home_line: str
    home_postcode: str
    home_area: str
    """GSS code of the family home's authority, the responsible one for a looked-after child."""
    usual_area: str
    """Where the child lives now."""
    placement: PlacementKind
    placement_agency: SimulatedAgency | None
    flags: tuple[FlagKind, ...]
    needs_interpreter: bool

    @property
    def is_looked_after(self) -> bool:
        """True if some authority has placed the child."""
        return self.placement is not PlacementKind.NONE


def children_of(
    authority: SimulatedAgency, agencies: Sequence[SimulatedAgency], *, seed: int, today: date, parameters: Parameters
) -> tuple[SimulatedChild, ...]:
    """The pool of children of one authority, from which a run draws."""
    count = int(parameters.number("incidents.children_per_authority"))
    return tuple(
        _child(number, authority, agencies, Random(f"{seed}:child:{authority.id}:{number}"), today, parameters)  # noqa: S311 - nothing secret
        for number in range(count)
    )


def landline(draw: Random) -> str:
    """A telephone number that rings nowhere."""
    return f"01632 960{draw.randrange(1000):03d}"


def mobile(draw: Random) -> str:
    """A mobile number that rings nowhere."""
    return f"07700 900{draw.randrange(1000):03d}"


def _child(
    number: int,
    authority: SimulatedAgency,
    agencies: Sequence[SimulatedAgency],
    draw: Random,
    today: date,
    parameters: Parameters,
) -> SimulatedChild:
    names = _names()
    sex = Sex.FEMALE if parameters.happens("children.female_share", draw) else Sex.MALE
    given, short = draw.choice(names["given"][sex.value])
    age = _YOUNGEST + draw.choices(range(10), weights=parameters.weights("children.ages"))[0]
    placement, home = _placement(authority, agencies, draw, parameters)
    return SimulatedChild(
        number=number,
        given_name=given,
        short_name=short or given,
        family_name=draw.choice(names["family"]),
        born=today - age * _YEAR - timedelta(days=draw.randrange(5, 360)),
        sex=sex,
        nhs_number=_nhs_number(draw) if parameters.happens("children.nhs_number_known_share", draw) else None,
        home_line=f"{draw.randrange(1, 180)} {draw.choice(_STREETS)}",
        home_postcode=f"ZZ99 {draw.randrange(1, 10)}{''.join(draw.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}",
        home_area=authority.areas[0],
        usual_area=home.areas[0] if home is not None else _area_of(authority, agencies, placement, draw, parameters),
        placement=placement,
        placement_agency=home,
        flags=tuple(flag for flag, share in _FLAGS.items() if parameters.happens(share, draw)),
        needs_interpreter=parameters.happens("children.interpreter_share", draw),
    )


_STREETS: Final = (
    "Testers Row",
    "Sample Street",
    "Example Close",
    "Placeholder Lane",
    "Specimen Avenue",
    "Fixture Road",
)
_FLAGS: Final[Mapping[FlagKind, str]] = {
    FlagKind.EXPLOITATION: "children.exploitation_flag_share",
    FlagKind.SELF_HARM: "children.self_harm_flag_share",
    FlagKind.MEDICATION: "children.medication_flag_share",
    FlagKind.PROTECTION_PLAN: "children.protection_plan_share",
}
_OTHER_PLACEMENTS: Final = (
    PlacementKind.FOSTER,
    PlacementKind.FOSTER,
    PlacementKind.FOSTER,
    PlacementKind.KINSHIP,
    PlacementKind.SUPPORTED_ACCOMMODATION,
)


def _placement(
    authority: SimulatedAgency, agencies: Sequence[SimulatedAgency], draw: Random, parameters: Parameters
) -> tuple[PlacementKind, SimulatedAgency | None]:
    if not parameters.happens("children.looked_after_share", draw):
        return PlacementKind.NONE, None
    homes = [each for each in agencies if each.kind is AgencyKind.PLACEMENT]
    if homes and parameters.happens("children.placed_in_home_share", draw):
        near = [home for home in homes if home.areas == authority.areas] or homes
        far = parameters.happens("children.placed_in_other_area_share", draw)
        return PlacementKind.CHILDRENS_HOME, draw.choice(homes if far else near)
    return draw.choice(_OTHER_PLACEMENTS), None


def _area_of(
    authority: SimulatedAgency,
    agencies: Sequence[SimulatedAgency],
    placement: PlacementKind,
    draw: Random,
    parameters: Parameters,
) -> str:
    others = [each.areas[0] for each in agencies if each.kind is AgencyKind.AUTHORITY and each.id != authority.id]
    is_away = placement is not PlacementKind.NONE and parameters.happens("children.placed_in_other_area_share", draw)
    return draw.choice(others) if is_away and others else authority.areas[0]


def _nhs_number(draw: Random) -> str:
    """A number from the range that is never issued (999), with its check digit (modulus 11)."""
    while True:
        digits = f"999{draw.randrange(1_000_000):06d}"
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
        if check != 10:  # noqa: PLR2004 - such numbers do not exist
            return f"{digits[:3]} {digits[3:6]} {digits[6:]}{check % 11}"


@cache
def _names() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))
