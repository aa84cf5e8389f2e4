"""What the levels are worth, and where the lines between link, review and new lie: read from a versioned file.

Every level has three numbers of bits: against a stranger, against a brother, sister or twin, and against a namesake (a
relative of the same name). The thresholds
follow from stated costs, not from labels: a link is made where a false one, at its probability, costs less than asking
a person; a pair is shown to a person where missing it would cost more than looking.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Final, Self, TypeAlias

from hub.identity.comparisons import COMPARISONS, LEVELS
from schemas.errors import HomewardError

Bits: TypeAlias = tuple[float, float, float]
"""Bits against a stranger, against a brother, sister or twin, and against a relative of the same name."""

_LIMITS: Final = ("household_bits", "rarity_bits", "names_together", "children_floor", "namesakes", "rivals")
_MOST_BITS: Final = 40.0
_FILE: Final = "hub/identity/weights.toml"


class BrokenWeights(HomewardError):
    """A file of weights misses a level, names one that does not exist, or holds what is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What each outcome costs, in units of one review."""

    false_link: float
    joined_twins: float
    missed_link: float
    review: float

    @property
    def link_from(self) -> float:
        """The least probability at which linking without a human is cheaper than asking one."""
        return 1 - self.review / self.false_link

    @property
    def twin_at_most(self) -> float:
        """The most that a twin may have for it where a link is made though the given name is another one."""
        return self.review / self.joined_twins

    @property
    def review_from(self) -> float:
        """The least probability at which asking is cheaper than missing the link."""
        return self.review / self.missed_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One set of weights. `bits[comparison][level]` is (against a stranger, against a sibling, against a namesake).

    `names_together` are the bits by which a given and a family name that both agree say less than their sum, because
    names of one origin go together; `namesakes` is how many relatives of the same name a child is expected to have in
    the index; `rivals` how many of the second-best children that one report fits are another child, rather than the
    best one in pieces.
    """

    version: str
    provenance: str
    digest: str
    costs: Costs
    household_bits: float
    rarity_bits: float
    names_together: float
    children_floor: float
    namesakes: float
    rivals: float
    bits: Mapping[str, Mapping[str, Bits]]

    @classmethod
    def from_text(cls, text: str, name: str) -> Self:
        """Read a file of weights; `name` is what messages call it.

        Raises:
            BrokenWeights: with the table and the key that are wrong.
        """
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            message = f"{name}: is not TOML: {fault}"
            raise BrokenWeights(message) from fault
        costs, limits = (_numbers(tables, table, name) for table in ("costs", "limits"))
        try:
            return cls(
                version=str(tables["version"]),
                provenance=str(tables["provenance"]),
                digest=hashlib.sha256(text.encode()).hexdigest()[:12],
                costs=Costs(**costs),
                bits=_bits(tables.get("bits", {}), name),
                **limits,
            )
        except (KeyError, TypeError) as fault:
            message = (
                f"{name}: version, provenance, [costs] and [limits] must be complete and hold nothing else: {fault}"
            )
            raise BrokenWeights(message) from fault

    def to_text(self) -> str:
        """The file that these weights are read from again; its digest is that of the new text."""
        lines = [f'version = "{self.version}"', f'provenance = "{self.provenance}"', "", "[costs]"]
        lines += [f"{cost.name} = {getattr(self.costs, cost.name)!r}" for cost in fields(Costs)]
        lines += ["", "[limits]"]
        lines += [f"{limit} = {getattr(self, limit)!r}" for limit in _LIMITS]
        for comparison in COMPARISONS:
            lines += ["", f"[bits.{comparison}]"]
            lines += [
                f"{level} = [{', '.join(f'{bits:.2f}' for bits in row)}]"
                for level, row in self.bits[comparison].items()
            ]
        return "\n".join(lines) + "\n"


@cache
def packaged_weights() -> Weights:
    """The weights that stand beside this module."""
    text = resources.files("hub.identity").joinpath("weights.toml").read_text(encoding="utf-8")
    return Weights.from_text(text, _FILE)


def _numbers(tables: Mapping[str, object], table: str, name: str) -> dict[str, float]:
    rows = tables.get(table)
    if not isinstance(rows, dict) or not all(isinstance(value, int | float) for value in rows.values()):
        message = f"{name}: [{table}] must be a table of numbers"
        raise BrokenWeights(message)
    return {key: float(value) for key, value in rows.items()}


def _bits(tables: Mapping[str, Mapping[str, object]], name: str) -> dict[str, dict[str, Bits]]:
    if unknown := set(tables) - set(COMPARISONS):
        message = f"{name}: [bits.{min(unknown)}] is no comparison; there are {', '.join(COMPARISONS)}"
        raise BrokenWeights(message)
    read: dict[str, dict[str, Bits]] = {}
    for comparison in COMPARISONS:
        rows = tables.get(comparison, {})
        if set(rows) != set(LEVELS[comparison]):
            message = f"{name}: [bits.{comparison}] must hold exactly the levels {', '.join(LEVELS[comparison])}"
            raise BrokenWeights(message)
        read[comparison] = {
            level: _row(rows[level], f"{name}: [bits.{comparison}] {level}") for level in LEVELS[comparison]
        }
    return read


def _row(value: object, where: str) -> Bits:
    match value:
        case [int() | float() as stranger, int() | float() as sibling, int() | float() as namesake] if (
            max(abs(stranger), abs(sibling), abs(namesake)) <= _MOST_BITS
        ):
            return float(stranger), float(sibling), float(namesake)
    message = (
        f"{where} must be three numbers of bits, against a stranger, a sibling and a namesake, within ±{_MOST_BITS:g}"
    )
    raise BrokenWeights(message)
