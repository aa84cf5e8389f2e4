"""How a child of a given origin is named, and how one agency writes that name down without making any mistake.

Customs differ: a Somali child's second name is the father's, an Afghan child may have no family name of its own, a
Sikh one may have only Kaur. Agencies cut such names to two boxes in different ways, and none of these is an error.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Any, Final

_SECOND_NAME: Final = 0.55
_DOUBLE_BARRELLED: Final = 0.05
_MIXED: Final = 0.06
_ANOTHER_SURNAME: Final = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a name is from: its custom, its names with the commonest first, the share of children it makes."""

    name: str
    share: float
    custom: str
    male: tuple[str, ...]
    female: tuple[str, ...]
    family: tuple[str, ...]
    unaccompanied: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What siblings share: the family name, other names the family goes by, the father's and grandfather's names."""

    family: str
    others: tuple[str, ...]
    father: str
    grandfather: str


@cache
def origins() -> tuple[Origin, ...]:
    """Every origin of the table."""
    return tuple(_origin(name, row) for name, row in _table("names.toml").items())


def _origin(name: str, row: Mapping[str, Any]) -> Origin:
    family = tuple((row.get("last") or row["family"]).split())
    return Origin(
        name=name,
        share=row["share"],
        custom=row["custom"],
        male=_compounds(row["male"]),
        female=_compounds(row["female"]),
        family=family,
        unaccompanied=row.get("unaccompanied", 0.0),
    )


def _compounds(text: str) -> tuple[str, ...]:
    """Given names of two words; the table writes Van Minh as `Minh|Van`."""
    return tuple(" ".join(reversed(word.split("|"))) for word in text.split())


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("deploy.linkage.generator").joinpath(name).read_text("utf-8"))


@cache
def spellings() -> Mapping[str, tuple[str, ...]]:
    """Other ways in which people write a name, by the name."""
    found: dict[str, list[str]] = {}
    for group in _table("spellings.toml")["groups"]:
        names = group.split()
        for name in names:
            found.setdefault(name, []).extend(other for other in names if other != name)
    return {name: tuple(others) for name, others in found.items()}


@cache
def short_forms() -> Mapping[str, tuple[str, ...]]:
    """What a child of this given name may be called."""
    rows = (row.split() for row in _table("spellings.toml")["known_as"])
    return {row[0]: tuple(row[1:]) for row in rows}


@cache
def places() -> Mapping[str, tuple[str, ...]]:
    """Words of which addresses are made: towns, streets, kinds."""
    return {key: tuple(text.split()) for key, text in _table("spellings.toml")["places"].items()}


@cache
def _weights(length: int) -> list[float]:
    return list(accumulate(1.0 / (rank + 6) for rank in range(length)))


def common_first(names: tuple[str, ...], draw: Random) -> str:
    """One of the names, the first ones more often (Zipf's law, flattened)."""
    return draw.choices(names, cum_weights=_weights(len(names)))[0]


def line_of(origin: Origin, draw: Random) -> Line:
    """The names that a family shares."""
    father, grandfather = common_first(origin.male, draw), common_first(origin.male, draw)
    if origin.custom == "patronymic" and not origin.family:
        return Line(family=grandfather, others=(father,), father=father, grandfather=grandfather)
    source = draw.choice(origins()) if draw.random() < _MIXED else origin
    family = common_first(source.family or source.male, draw)
    others = [common_first(origin.family, draw)] if draw.random() < _ANOTHER_SURNAME else []
    if origin.custom == "given_family" and draw.random() < _DOUBLE_BARRELLED:
        second = common_first(origin.family, draw)
        others, family = [family, second], f"{family}-{second}"
    if origin.custom in {"father_varies", "patronymic"}:
        others.append(father)
    if origin.custom == "sikh":
        others.append("Singh")
    return Line(family=family, others=tuple(others), father=father, grandfather=grandfather)


def given_names(origin: Origin, sex: str, line: Line, taken: set[str], draw: Random) -> tuple[str, ...]:
    """A child's given names; no first or second name, in any spelling, that a brother or sister bears: nobody calls one
    twin Mustafa and the other Mohamed Mustafa. The father's name is shared.
    """
    names = origin.male if sex == "male" else origin.female
    first, second = _not_of(taken, names, draw), _not_of(taken, names, draw)
    match origin.custom:
        case "patronymic":
            return (first, line.father)
        case "sikh":
            return (first, "Singh" if sex == "male" else "Kaur")
        case "two_words":
            return (first,)
        case "father_varies" if sex == "male" and draw.random() < _SECOND_NAME:
            return (first, second)
        case _:
            return (first, second) if draw.random() < _SECOND_NAME else (first,)


def _not_of(taken: set[str], names: tuple[str, ...], draw: Random) -> str:
    name = common_first(names, draw)
    for _ in range(20):
        if name not in taken and not taken & {*spellings().get(name, ()), *short_forms().get(name, ())}:
            break
        name = common_first(names, draw)
    return name


def written(origin: Origin, given: tuple[str, ...], family: str, draw: Random) -> tuple[str, str]:
    """Given names and family name as a careful clerk of some agency puts them into two boxes."""
    own, last = given[0], given[-1]
    match origin.custom:
        case "patronymic":
            forms, weights = ((own, family), (own, last), (f"{own} {last}", family)), (8, 1, 1)
        case "sikh":
            forms, weights = ((own, family), (f"{own} {last}", family), (own, last)), (7, 2, 1)
        case "two_words":
            forms, weights = ((own, family), (own.replace(" ", ""), family), (own.split()[-1], family)), (8, 1, 1)
        case _:
            forms, weights = ((own, family), (" ".join(given), family), (own, family)), (46, 3, 1)
    return draw.choices(forms, weights)[0]
