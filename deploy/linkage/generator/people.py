# ruff: noqa: PLR2004 - a seeded generator makes examples, and its shares are assumptions stated where they stand
"""Families, and the children in them: brothers and sisters, twins, cousins at one address, namesakes, care.

A child's life is a list of homes and of placements, each from a day on. Shares are assumptions: relatives are far
commoner here than in a population, because they are where a wrong link is made.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from deploy.linkage.generator import names, numbers
from deploy.linkage.generator.draft import Child

FIRST_DAY: Final = date(2024, 1, 1)
DAYS: Final = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A first line and a postcode; areas begin with Q, a letter that no real postcode begins with."""

    line: str
    postcode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Where a child lives from a day on. `agency` is the placement that would report the child; None at home."""

    begins: date
    address: Address
    area: int
    agency: str | None = None


@dataclass(slots=True, kw_only=True)
class Life:
    """A child and where it lives: homes and placements in order of time, and how often it goes missing."""

    child: Child
    area: int
    homes: list[Stay]
    placements: list[Stay] = field(default_factory=list)
    absences: int = 1


@dataclass(slots=True, kw_only=True)
class Home:
    """A children's home or foster carer: an agency of its own at one address, several children one after another."""

    agency: str
    area: int
    address: Address
    children: list[Child] = field(default_factory=list)


def address(area: int, draw: Random) -> Address:
    """An address of an area, chosen so that a street has one postcode and neighbours share it."""
    words = names.places()
    street, kind = draw.randrange(len(words["streets"])), draw.randrange(len(words["kinds"]))
    number = draw.randint(1, 120)
    flat = f"Flat {draw.randint(1, 24)}, " if draw.random() < 0.18 else ""
    town = words["towns"][area % len(words["towns"])]
    line = f"{flat}{number} {words['streets'][street]} {words['kinds'][kind]}, {town}"
    unit = "ABDEFGHJLNPQRSTUWXYZ"
    inward = f"{number // 30}{unit[street % 20]}{unit[(street * 7 + kind) % 20]}"
    return Address(line=line, postcode=f"Q{chr(65 + area % 26)}{1 + (area // 26 + kind) % 20} {inward}")


def family(number: int, area: int, homes: list[Home], draw: Random) -> list[Life]:
    """The children of one household who are ever reported missing, with their lives."""
    weights = list(accumulate(origin.share for origin in names.origins()))
    origin = draw.choices(names.origins(), cum_weights=weights)[0]
    line = names.line_of(origin, draw)
    alone = draw.random() < origin.unaccompanied
    size = 1 if alone else draw.choices((1, 2, 3, 4), (82, 11, 5, 2))[0]
    has_twins = size > 1 and draw.random() < 0.14
    children: list[Child] = []
    for place in range(size):
        sex = draw.choice(("male", "female")) if not alone else draw.choices(("male", "female"), (8, 2))[0]
        twin = children[0] if has_twins and place == 1 else None
        birth = twin.birth if twin else FIRST_DAY - timedelta(days=_age_in_days(draw))
        if twin and draw.random() < 0.6:
            sex = twin.sex
        given = names.given_names(origin, sex, line, {name for child in children for name in child.given}, draw)
        forms = names.short_forms().get(given[0], ())
        child = Child(
            id=f"c{number:07d}{place}", family_id=f"f{number:07d}", origin=origin.name, sex=sex, given=given,
            family=line.family, birth=birth, nhs_number=numbers.nhs_number(draw), upn=numbers.upn(draw),
            known_as=draw.choice(forms) if forms else (given[1] if len(given) > 1 and draw.random() < 0.2 else ""),
            other_families=line.others, is_unaccompanied=alone, relation="sibling" if size > 1 else "none",
        )  # fmt: skip
        if twin:
            child.relation = twin.relation = "twin"
        children.append(child)
    for child in children:
        child.siblings = [other for other in children if other is not child]
    together = [Stay(begins=date(2000, 1, 1), address=address(area, draw), area=area)]
    if draw.random() < 0.3:
        moved = FIRST_DAY + timedelta(days=draw.randrange(DAYS))
        together.append(Stay(begins=moved, address=address(area, draw), area=area))
    in_care = alone or draw.random() < 0.3
    return [
        Life(
            child=child, area=area, homes=[] if alone else together,
            placements=_placements(child, area, homes, draw) if in_care else [],
            absences=1 + min(12, int(draw.expovariate(0.35 if in_care else 0.9))),
        )
        for child in children
    ]  # fmt: skip


def _age_in_days(draw: Random) -> int:
    return int(365.25 * min(17.5, max(4.0, draw.gauss(14.0, 2.6)))) + draw.randrange(300)


def _placements(child: Child, area: int, homes: list[Home], draw: Random) -> list[Stay]:
    near = [home for home in homes if home.area == area] or homes
    found: list[Stay] = []
    begins = FIRST_DAY - timedelta(days=draw.randrange(400))
    for _ in range(draw.choice((1, 1, 2, 3))):
        home = draw.choice(homes if draw.random() < 0.25 else near)
        found.append(Stay(begins=begins, address=home.address, area=home.area, agency=home.agency))
        child.housemates += [other for other in home.children if other is not child]
        for other in home.children:
            other.housemates.append(child)
        home.children.append(child)
        begins += timedelta(days=draw.randint(60, 400))
    return found


def namesake(number: int, life: Life, draw: Random) -> Life:
    """Another child of the same name: half of them at the same address (cousins), a few born on the same day."""
    twin = life.child
    chance = draw.random()
    birth = twin.birth
    if chance > 0.025:
        birth = date(twin.birth.year + draw.choice((-3, -2, -1, 1, 2)), twin.birth.month, min(28, twin.birth.day))
    if chance > 0.25:
        birth += timedelta(days=draw.randint(-170, 170))
    near = draw.random() < 0.5
    home = life.homes[:1] if near and life.homes else [
        Stay(begins=date(2000, 1, 1), address=address(life.area, draw), area=life.area)
    ]  # fmt: skip
    child = Child(
        id=f"c{number:07d}0", family_id=twin.family_id if near else f"f{number:07d}", origin=twin.origin, sex=twin.sex,
        given=twin.given, family=twin.family, birth=birth, nhs_number=numbers.nhs_number(draw), upn=numbers.upn(draw),
        known_as=twin.known_as if draw.random() < 0.5 else "", other_families=twin.other_families, relation="namesake",
    )  # fmt: skip
    if twin.relation == "none":
        twin.relation = "namesake"
    if near:
        child.siblings, twin.siblings = [twin], [*twin.siblings, child]
    return Life(child=child, area=life.area, homes=home, absences=1 + int(draw.expovariate(0.9)))


def cousins(life: Life, other: Life) -> None:
    """Two families at one address."""
    if life.homes and other.homes:
        other.homes = [life.homes[0], *other.homes[1:]]
