"""What a comparison is worth: bits for and against one child, and a probability.

Rules:
1. The total against a stranger adds the weights of the levels; a household counts once, and no more than its cap. A
   rare or a common name adds or takes a little, within its limit; a given and a family name together say less than
   their sum, because names of one origin go together; an address where many children live says the less.
2. The total against a brother, sister or twin adds what each level is worth between children of one household, where
   address and family name are worth nothing; that against a namesake what it is worth between relatives of one name,
   where the date of birth is what counts. All rivals share the probability: how many strangers there are is the number
   of children in the index, how many siblings is what its addresses show. A link must beat a sibling as if every child
   had one; but where the very identifier agrees, and the given name or the date of birth with it, siblings are as many
   as the addresses show: that one bears the other's number and birthday, or name, is an error upon a coincidence.
3. A slip of the pen between two given names that several claims give is no slip: they are two names. In one household
   and of one birthday, where twins would be, names that tables list are no slip either, nor are names that only sound
   alike, and a number that clearly differs says that they are two children, however alike the names. An agency knows
   its twins: two records of it with a name and its short form there, or with two sexes, are of two children.
The gate of personal evidence, which a link must pass whatever the sums, is `hub.identity.gate`.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from hub.identity.births import Birth
from hub.identity.comparisons import COMPARISONS, Compared, Levels, Official, Reported, Sender, Sex
from hub.identity.facts import Address
from hub.identity.gate import (
    ALIKE_GIVEN,
    BIRTH_AGREES,
    FAMILY_AGREES,
    GIVEN_AGREES,
    ONE_HOUSEHOLD,
    is_name_and_year_alone,
    is_namesake_alone,
    may_be_a_twin,
    personal_evidence,
    points_at_one_child,
)
from hub.identity.households import Household
from hub.identity.names import Family, Given
from hub.identity.rarity import Rarities
from hub.identity.weights import Weights
from hub.identity.words import is_attested, is_far_slip

_A_FAMILY: Final = 4
"""So many children of one address are a family's (c); a key counts the children that were put under it."""

_FEW: Final = 12
"""Among so many children of one address two seldom have one given name and one year of birth (c): more than in a
children's home, and fewer than in a hotel where unaccompanied children are put up.
"""

_COMMON: Final = 2
"""So many times what a rare name may add may a common one take: two common names meet by chance far more often (c)."""

_MOST_WORTHS: Final = 8_192
"""So many different comparisons are kept worked out: most reports beside most candidates come to the same few."""

_OF_MANY: Final = "a home of many, or the most that a household may say"
_OF_THAT_TIME: Final = "many were reported at that time"
_FROM_HOME: Final = frozenset({"household", "sender", "reported"})
"""The comparisons from the household on: what two of them count for depends on more than their level."""
_OWN_FAMILY: Final = FAMILY_AGREES - {Family.SWAPPED}


class Worth(NamedTuple):
    """What levels are worth by themselves, whatever the addresses and times and the children of the index.

    `before_home` are the bits of the comparisons that come before the household; `kin` and `namesake` the totals of
    those two columns. `gate`, `gate_of_many` and `gate_at_home` say whether there is personal evidence, in a home of
    many too, and in one family's home.
    """

    before_home: float
    household: float
    sender: float
    reported: float
    kin: float
    namesake: float
    together: float
    is_named: bool
    may_be_a_twin: bool
    gate: bool
    gate_of_many: bool
    gate_at_home: bool
    is_name_and_year_alone: bool
    is_namesake_alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a score depends on beside the pair: the weights, how many children there are, how many of them share an
    address with another one (a share of 1 at most), or with one of the same given name; and how common names are.
    """

    weights: Weights
    children: int
    kin: float
    namesakes: float
    rarities: Rarities
    numbered_bits: float = 0.0
    """By how much a number that agrees says more against a brother or sister than the weights suppose, because fewer
    of those of one address are seen to bear one number.
    """
    living_at: Callable[[Iterable[Address]], int] = lambda _addresses: 1
    """How many children of the index give one of these addresses."""
    reported_at: Callable[[Iterable[int]], float] = lambda _times: 0.0
    """The share of the claims of the index that were reported at these times."""
    worths: dict[Levels, Worth] = field(default_factory=dict, repr=False)
    """What was worked out by these weights before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an explanation: a comparison, its level, and its bits against a stranger, a sibling, a namesake."""

    comparison: str
    level: str
    bits: float
    kin_bits: float
    namesake_bits: float
    note: str = ""


class Score(NamedTuple):
    """One child weighed against one report.

    `bits` is the total against a stranger, `kin_bits` against a brother, sister or twin, `namesake_bits` against a
    relative of the same name. `household` and `reported` are what an address and a time count for here: it may be less
    than their weights. `odds` are those of being the same child, before other candidates;
    `cautious_odds` suppose that every child has a brother or sister in the index.
    `twin_odds` are those of a twin whose given name it is, where the birthday agrees and the given name does not.
    `is_namesake` says that nothing but names agree, beside a day of birth in another year.
    """

    levels: Levels
    bits: float
    kin_bits: float
    namesake_bits: float
    rarity: float
    together: float
    numbered: float
    household: float
    reported: float
    odds: float
    cautious_odds: float
    twin_odds: float
    gate: bool
    is_namesake: bool

    @property
    def probability(self) -> float:
        """The probability that it is the same child, if no other child were a candidate."""
        return self.odds / (1 + self.odds)

    @property
    def cautious_probability(self) -> float:
        """The same as if every child had a brother or sister in the index: what a link without a human is judged by."""
        return self.cautious_odds / (1 + self.cautious_odds)

    def may_link(self, weights: Weights) -> bool:
        """True where a link without a human costs less than asking one, and personal evidence is there."""
        likely = self.cautious_probability >= weights.costs.link_from
        return self.gate and likely and self.twin_odds <= weights.costs.twin_at_most


def score(pair: Compared, around: Surroundings) -> Score:
    """Weigh a comparison."""
    weights, levels = around.weights, pair.levels
    if _are_two_names(pair, around.rarities):
        levels = levels._replace(given=Given.NEAR)
    worth = around.worths.get(levels) or _worked_out(levels, around)
    living = around.living_at(pair.addresses) if levels.household in ONE_HOUSEHOLD else 1
    at_home = min(worth.household, _household_bits(living, around))
    at_once = worth.reported
    if levels.reported is Reported.TOGETHER:
        at_once = min(at_once, _reported_bits(pair, around))
    rare = 0.0
    if pair.given_word:
        rare += around.rarities.bits("given", pair.given_word)
    if pair.family_word:
        rare += around.rarities.bits("family", pair.family_word)
    rare = max(-_COMMON * weights.rarity_bits, min(weights.rarity_bits, rare))
    bits = worth.before_home + at_home + worth.sender + at_once + (rare + worth.together)
    numbered = around.numbered_bits if levels.identifier is Official.SAME else 0.0
    kin = worth.kin + numbered
    relatives = around.namesakes if levels.birth is Birth.UNKNOWN else weights.namesakes
    others = max(around.children, weights.children_floor) * 2.0**-bits + relatives * 2.0**-worth.namesake
    of_kin = 2.0**-kin
    gate = worth.gate_of_many if living > _FEW else worth.gate
    if pair.at_home and living <= _A_FAMILY:
        gate = worth.gate_at_home
    return Score(
        levels=levels,
        bits=bits,
        kin_bits=kin,
        namesake_bits=worth.namesake,
        rarity=rare,
        together=worth.together,
        numbered=numbered,
        household=at_home,
        reported=at_once,
        odds=1 / (others + around.kin * of_kin),
        cautious_odds=1 / (others + (around.kin if worth.is_named else 1.0) * of_kin),
        twin_odds=around.kin * of_kin if worth.may_be_a_twin else 0.0,
        gate=gate and not (worth.is_name_and_year_alone and rare <= -weights.rarity_bits),
        is_namesake=pair.are_dated and worth.is_namesake_alone,
    )


def _worked_out(levels: Levels, around: Surroundings) -> Worth:
    """What levels are worth by themselves, kept for the next comparison that comes to them."""
    weights = around.weights
    rows = {comparison: weights.bits[comparison][level] for comparison, level in zip(COMPARISONS, levels, strict=True)}
    before_home = kin = namesake = 0.0
    for comparison, (against_stranger, against_kin, against_namesake) in rows.items():
        before_home += 0.0 if comparison in _FROM_HOME else against_stranger
        kin += against_kin
        namesake += against_namesake
    together = levels.given in GIVEN_AGREES and levels.family in _OWN_FAMILY
    if len(around.worths) >= _MOST_WORTHS:
        around.worths.clear()
    worth = around.worths[levels] = Worth(
        before_home=before_home, household=rows["household"][0], sender=rows["sender"][0],
        reported=rows["reported"][0], kin=kin, namesake=namesake,
        together=-weights.names_together if together else 0.0,
        is_named=_is_named(levels), may_be_a_twin=may_be_a_twin(levels), gate=personal_evidence(levels),
        gate_of_many=personal_evidence(levels, is_home_of_many=True),
        gate_at_home=personal_evidence(levels, is_family_home=True),
        is_name_and_year_alone=is_name_and_year_alone(levels), is_namesake_alone=is_namesake_alone(levels),
    )  # fmt: skip
    return worth


def _household_bits(living: int, around: Surroundings) -> float:
    """The most that an address may say: less where so many children live that it is a home of many, not a family's."""
    if living <= _A_FAMILY:
        return around.weights.household_bits
    return max(0.0, min(around.weights.household_bits, prior_bits(around) - math.log2(living)))


def _reported_bits(pair: Compared, around: Surroundings) -> float:
    """The most that one time may say: that it picks so many claims out of all. Where everything was read in in one
    night, it says nothing.
    """
    share = around.reported_at(pair.times)
    return -math.log2(share) if share else math.inf


def _are_two_names(pair: Compared, rarities: Rarities) -> bool:
    """Rule 3: two given names that look like two spellings of one."""
    levels = pair.levels
    as_twins = levels.birth in BIRTH_AGREES and levels.household in ONE_HOUSEHOLD
    if as_twins and levels.sender is Sender.SAME and (levels.given is Given.NICKNAME or levels.sex is Sex.NAMED_ALIKE):
        return True
    if levels.given not in ALIKE_GIVEN and not (levels.given is Given.SWAPPED and as_twins):
        return False
    if as_twins and levels.identifier is Official.DIFFERENT and levels.given is not Given.SWAPPED:
        return True
    may_be_twins = levels.birth in BIRTH_AGREES and levels.household is not Household.DIFFERENT
    if (
        may_be_twins
        and not points_at_one_child(levels)
        and levels.given is Given.CLOSE
        and all(pair.slip)
        and is_far_slip(*pair.slip)
    ):
        return True
    if not all(pair.slip) or not (as_twins or levels.given is Given.CLOSE):
        return False
    return all(rarities.is_common(word) or (as_twins and is_attested(word)) for word in pair.slip)


def _is_named(levels: Levels) -> bool:
    """An identifier agrees, and what tells a child from its brothers and sisters as well."""
    return levels.identifier is Official.SAME and (levels.given in GIVEN_AGREES or levels.birth in BIRTH_AGREES)


def lines(scored: Score, weights: Weights) -> tuple[Line, ...]:
    """The score line by line, so that the lines of a column make its total; what names say beyond their levels has
    lines of its own where it counted, and what an address or a time counts for less says why.
    """
    counted = {"household": (scored.household, _OF_MANY), "reported": (scored.reported, _OF_THAT_TIME)}
    found = []
    for comparison, level in zip(COMPARISONS, scored.levels, strict=True):
        weight, kin, namesake = weights.bits[comparison][level]
        bits, why = counted.get(comparison, (weight, ""))
        found.append(
            Line(
                comparison=comparison, level=str(level), bits=bits, kin_bits=kin, namesake_bits=namesake,
                note=why if bits < weight else "",
            )
        )  # fmt: skip
    if scored.rarity:
        word = "a rare name agrees" if scored.rarity > 0 else "a common name agrees"
        found.append(
            Line(comparison="rarity", level="", bits=scored.rarity, kin_bits=0.0, namesake_bits=0.0, note=word)
        )
    if scored.together:
        found.append(
            Line(
                comparison="names", level="together", bits=scored.together, kin_bits=0.0, namesake_bits=0.0,
                note="names of one origin go together",
            )
        )  # fmt: skip
    if scored.numbered:
        found.append(
            Line(
                comparison="numbers", level="", bits=0.0, kin_bits=scored.numbered, namesake_bits=0.0,
                note="brothers and sisters here seldom bear one number",
            )
        )  # fmt: skip
    return tuple(found)


def prior_bits(around: Surroundings) -> float:
    """log2 of how many children the right one is sought among."""
    return math.log2(max(around.children, around.weights.children_floor))
