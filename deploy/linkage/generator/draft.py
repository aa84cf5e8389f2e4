"""One agency's record of a child while it is being written: the true facts, and what an error kind may change in them.

An error kind is a name, a chance, and a function that spoils a draft. Chances are multiplied by the kind of sender
(a record typed at night over the telephone is worse than a school's) and by the origin of the name. All chances are
assumptions of this project, chosen so that exact matching finds what the measured baseline says; none is a statistic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final


@dataclass(slots=True, kw_only=True, eq=False)
class Child:
    """A synthetic child, as it really is. `relation` is twin, sibling, namesake or none: the nearest there is."""

    id: str
    family_id: str
    origin: str
    sex: str
    given: tuple[str, ...]
    family: str
    birth: date
    nhs_number: str
    upn: str
    known_as: str = ""
    other_families: tuple[str, ...] = ()
    is_unaccompanied: bool = False
    relation: str = "none"
    siblings: list["Child"] = field(default_factory=list)
    housemates: list["Child"] = field(default_factory=list)
    """Children placed at the same address, now or before."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """What an agency writes down of a child; text as in the columns of a records file, empty where not known."""

    given_names: str
    family_name: str
    date_of_birth: str
    sex: str
    nhs_number: str = ""
    upn: str = ""
    home_line: str = ""
    home_postcode: str = ""
    placement_line: str = ""
    placement_postcode: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def birth(self) -> date | None:
        """The date of birth, if a full and possible one is written."""
        try:
            return date.fromisoformat(self.date_of_birth)
        except ValueError:
            return None


Spoil = Callable[[Draft, Child, Random], bool]
"""Changes the draft and says whether it could: an error of an absent field cannot happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorKind:
    """One way in which a record goes wrong. `chance` is of a record of an ordinary sender and name."""

    name: str
    chance: float
    spoil: Spoil
    by_sender: Mapping[str, float] = field(default_factory=dict)
    by_origin: Mapping[str, float] = field(default_factory=dict)

    def befall(self, draft: Draft, child: Child, sender_kind: str, rate: float, draw: Random) -> None:
        """Spoil the draft with this kind's chance times `rate`."""
        chance = rate * self.chance * self.by_sender.get(sender_kind, 1.0) * self.by_origin.get(child.origin, 1.0)
        if draw.random() < chance and self.spoil(draft, child, draw):
            draft.errors.append(self.name)


CARELESS: Final[Mapping[str, float]] = {"police": 1.6, "authority": 1.0, "placement": 1.4, "school": 0.5, "health": 0.6}
"""How much more often than others a kind of sender mistypes (assumed)."""

FAR_SPELLINGS: Final[Mapping[str, float]] = {
    "arabic": 1.7, "afghan": 1.8, "kurdish": 1.8, "somali": 1.6, "eritrean": 1.6, "iranian": 1.5, "sudanese": 1.6,
    "pakistani": 1.3, "bangladeshi": 1.5, "vietnamese": 1.2, "albanian": 1.1, "british": 0.5, "caribbean": 0.5,
}  # fmt: skip
"""How much more often a name is spelled by ear, by where the name is from (assumed)."""
