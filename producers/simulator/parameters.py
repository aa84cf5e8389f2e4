"""The simulator's figures, from `parameters.toml`: each with its source or the word `assumed`.

A figure without a source is refused, so that none slips in without saying where it comes from.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Self

from schemas.errors import HomewardError

__all__ = ["BrokenParameters", "Parameters", "packaged_parameters"]


class BrokenParameters(HomewardError):
    """A figure that cannot be used; `name` is its dotted path."""

    def __init__(self, name: str, what: str) -> None:
        """Keep the name and say it in one line."""
        self.name = name
        super().__init__(f"parameters.toml, {name}: {what}; expected {{ value = …, source = … }}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Figures by dotted name (`course.median_hours`), with draws from them. Every draw takes its own generator."""

    values: Mapping[str, Any]
    sources: Mapping[str, str]

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read the file. Raises BrokenParameters for a figure without value or source."""
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for section, rows in tomllib.loads(text).items():
            for key, row in rows.items():
                name = f"{section}.{key}"
                if not isinstance(row, dict) or row.keys() != {"value", "source"} or not row["source"]:
                    raise BrokenParameters(name, "has no value or no source")
                values[name], sources[name] = row["value"], row["source"]
        return cls(values, sources)

    def number(self, name: str) -> float:
        """One figure."""
        return float(self._of(name))

    def weights(self, name: str) -> tuple[float, ...]:
        """A list of weights."""
        return tuple(float(weight) for weight in self._of(name))

    def happens(self, name: str, draw: Random) -> bool:
        """True as often as this share says."""
        return draw.random() < self.number(name)

    def one_of(self, name: str, draw: Random) -> str:
        """One word of a table of words and weights."""
        table: Mapping[str, float] = self._of(name)
        return draw.choices(list(table), weights=list(table.values()))[0]

    def lognormal(self, name: str, draw: Random) -> float:
        """A draw from `{ median, spread }`, in the unit of the name; at most twenty medians."""
        row: Mapping[str, float] = self._of(name)
        return min(row["median"] * math.exp(draw.gauss(0.0, row["spread"])), 20 * row["median"])

    def _of(self, name: str) -> Any:  # noqa: ANN401 - TOML's own shapes, checked by who asks
        if name not in self.values:
            raise BrokenParameters(name, "is asked for and not there")
        return self.values[name]


@cache
def packaged_parameters() -> Parameters:
    """The figures that come with the package (read once)."""
    return Parameters.from_toml(resources.files(__package__).joinpath("parameters.toml").read_text(encoding="utf-8"))
