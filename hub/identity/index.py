"""Every claim there is, whose child it is now, and where to look for the claims that may be of the same child.

Kept in memory and rebuilt from its rows (`ClaimRecord.to_bytes`). A claim is held as its row, and its blocking keys as
numbers: some 1 to 2 kB a child. Claims of one child that share a key fill one place of its block, so a flood of
reports about one child does not crowd it.
"""

import math
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from hub.identity.blocking import household_keys, keys_of, keys_of_addresses
from hub.identity.claims import (
    ClaimRecord,
    claim_of_row,
    opened_profile,
    place_of_row,
    profile_of_row,
)
from hub.identity.comparisons import Levels, Official, are_namesakes, numbers_of_two
from hub.identity.facts import Address
from hub.identity.postings import Postings
from hub.identity.profile import Profile, profile_of
from hub.identity.rarity import Rarities
from hub.identity.score import Surroundings, Worth
from hub.identity.times import Times
from hub.identity.weights import Weights, packaged_weights
from hub.identity.words import read_tables
from hub.ids import ChildId, ClaimId

MOST_CLAIMS = 12
"""The most claims of one child that are looked at for one decision."""

ENOUGH_KEYS = 2
"""So many keys in common make a candidate whose facts agree nowhere to the letter: names may be spelled otherwise."""

_MOST_CANDIDATES = 48
_KIN_EXPECTED = 200.0
_KIN_EXPECTED_OF = 200.0
"""Before anything is known, all children share an address with another one; so many children say so (c)."""
_NAMESAKES_EXPECTED = 10.0
_NAMESAKES_EXPECTED_OF = 200.0
"""Before they are counted, so many of so many children share an address with a relative of the same name (c)."""
_MISNUMBERED_EXPECTED = 6.0
_MISNUMBERED_EXPECTED_OF = 250.0
"""Before they are counted, so many of so many brothers and sisters bear another one's number: what the weights fitted
suppose (c)."""
_MOST_NEIGHBOURS = 8


class Candidate(NamedTuple):
    """A child that may be the one: some of its claims, those first that share most keys with the report.

    `is_named` says that one of them was found by two names that sound alike, as few others have.
    """

    child: ChildId
    claims: tuple[tuple[ClaimId, Profile], ...]
    keys: int
    is_named: bool


class IdentityIndex:
    """Claims by id, by child and by blocking key, and the weights. The one mutable value of identity."""

    def __init__(self, claims: Iterable[ClaimRecord] = (), weights: Weights | None = None) -> None:
        self.weights = weights if weights is not None else packaged_weights()
        self.rarities = Rarities()
        self._rows: list[str] = []
        self._children: list[ChildId] = []
        self._place: dict[ClaimId, int] = {}
        self._by_child: dict[ChildId, int | list[int]] = {}
        self._postings = Postings()
        self._barred: dict[ClaimId, frozenset[ClaimId]] = {}
        self._broken: dict[ClaimId, frozenset[ClaimId]] = {}
        self._at_shared_addresses = 0
        self._namesakes = 0
        self._numbered = 0
        self._misnumbered = 0
        self._times = Times()
        self._worths: dict[Levels, Worth] = {}
        read_tables()
        for claim in claims:
            self.put(claim)

    def __len__(self) -> int:
        """How many claims there are."""
        return len(self._rows)

    def __iter__(self) -> Iterator[ClaimRecord]:
        """Every claim, in the order in which they came."""
        return (ClaimRecord.from_row(row) for row in self._rows)

    @property
    def children(self) -> int:
        """How many children the claims make."""
        return len(self._by_child)

    def claim(self, claim: ClaimId) -> ClaimRecord | None:
        """The claim of this id, or None."""
        place = self._place.get(claim)
        return None if place is None else ClaimRecord.from_row(self._rows[place])

    def of_child(self, child: ChildId) -> list[ClaimRecord]:
        """The claims that belong to a child now, the earliest first."""
        return [ClaimRecord.from_row(self._rows[place]) for place in self._places(child)]

    def said_of(self, child: ChildId) -> list[Profile]:
        """What the earliest claims of a child say, as many as are looked at for one decision."""
        return [profile_of_row(self._rows[place]) for place in self._places(child)[:MOST_CLAIMS]]

    def latest_of(self, child: ChildId) -> list[ClaimRecord]:
        """The latest claims of a child, as many as are looked at for one decision: a flood may have made thousands."""
        return [ClaimRecord.from_row(self._rows[place]) for place in self._places(child)[-MOST_CLAIMS:]]

    @property
    def surroundings(self) -> Surroundings:
        """What a score depends on beside the pair."""
        children = self.children
        kin = (_KIN_EXPECTED + self._at_shared_addresses) / (_KIN_EXPECTED_OF + children)
        namesakes = (_NAMESAKES_EXPECTED + self._namesakes) / (_NAMESAKES_EXPECTED_OF + children)
        return Surroundings(
            weights=self.weights, children=children, kin=min(1.0, kin), namesakes=namesakes, rarities=self.rarities,
            numbered_bits=max(0.0, math.log2(_MISNUMBERED_EXPECTED / _MISNUMBERED_EXPECTED_OF / self.misnumbered)),
            living_at=self._living_at, reported_at=self._times.share, worths=self._worths,
        )  # fmt: skip

    @property
    def misnumbered(self) -> float:
        """The share of the children of one address whose number stands on another one's record as well."""
        return (_MISNUMBERED_EXPECTED + self._misnumbered) / (_MISNUMBERED_EXPECTED_OF + self._numbered)

    def barred_children(self, claim: ClaimId) -> frozenset[ChildId]:
        """The children that a reviewer's word keeps this claim apart from, whatever the evidence."""
        return self._children_of(self._barred.get(claim, frozenset()))

    def are_barred(self, child: ChildId, other: ChildId) -> bool:
        """True where a reviewer said that a claim of one is not of the other."""
        return any(other in self.barred_children(claim) for claim in self._claims_in(child, self._barred))

    def are_broken(self, child: ChildId, other: ChildId) -> bool:
        """True where an adoption break lies between the two."""
        return other in self.broken_off(child)

    def broken_off(self, child: ChildId) -> frozenset[ChildId]:
        """The children on the other side of an adoption break from this one."""
        claims = self._claims_in(child, self._broken)
        return frozenset().union(*(self._children_of(self._broken[claim]) for claim in claims))

    @property
    def has_breaks(self) -> bool:
        """True where any adoption break was ever said."""
        return bool(self._broken)

    def put(self, record: ClaimRecord) -> str:
        """Add a claim, or replace it by a newer state of itself; the row that is kept of it."""
        place = self._place.get(record.claim)
        row = record.to_row()
        self._times.change(() if place is None else opened_profile(self._rows[place]).reported, record.facts.reported)
        if place is None:
            self._add(record, row)
        elif row != self._rows[place]:
            old_child = self._children[place]
            self._rows[place] = row
            if old_child != record.child:
                self._children[place] = record.child
                self._leave(old_child, place)
                self._join(record.child, place)
            self._postings.add(keys_of(profile_of(record.facts)), place)
        for kept, claims in ((self._barred, record.barred), (self._broken, record.broken)):
            if claims:
                kept[record.claim] = claims
            else:
                kept.pop(record.claim, None)
        return row

    def _add(self, record: ClaimRecord, row: str) -> None:
        place = len(self._rows)
        profile = profile_of(record.facts)
        keys = keys_of(profile)
        if record.child in self._by_child:
            keys -= self._keys_of_child(record.child)
        elif neighbours := self._neighbours(profile):
            self._at_shared_addresses += 1
            others = [opened_profile(self._rows[each]) for each in neighbours]
            self._namesakes += any(are_namesakes(profile, each) for each in others)
            numbers = {numbers_of_two(profile, each) for each in others}
            self._misnumbered += Official.SAME in numbers
            self._numbered += not numbers <= {Official.UNKNOWN}
        self._rows.append(row)
        known = self._places(record.child)
        self._children.append(self._children[known[0]] if known else record.child)  # one text for all of a child
        self._place[record.claim] = place
        self.rarities.add(profile)
        self._postings.add(keys, place)
        self._join(record.child, place)

    def _living_at(self, addresses: Iterable[Address]) -> int:
        """How many children of the index give one of these addresses."""
        return max((self._postings.length(key) for key in keys_of_addresses(addresses)), default=0)

    def _neighbours(self, profile: Profile) -> list[int]:
        """Some of the claims that give one of its whole addresses."""
        return [place for key in household_keys(profile) for place in self._postings.first(key, _MOST_NEIGHBOURS)]

    def _children_of(self, claims: Iterable[ClaimId]) -> frozenset[ChildId]:
        places = (self._place.get(claim) for claim in claims)
        return frozenset(self._children[place] for place in places if place is not None)

    def _claims_in(self, child: ChildId, kept: Mapping[ClaimId, frozenset[ClaimId]]) -> list[ClaimId]:
        """The claims of a child that a bar or a break was said of."""
        if len(kept) < len(self._places(child)):
            return [claim for claim in kept if self._is_of(claim, child)]
        claims = (claim_of_row(self._rows[place]) for place in self._places(child))
        return [claim for claim in claims if claim in kept]

    def _is_of(self, claim: ClaimId, child: ChildId) -> bool:
        place = self._place.get(claim)
        return place is not None and self._children[place] == child

    def candidates(
        self,
        keys: Iterable[int],
        apart_from: ClaimId,
        may_be: Callable[[str, bool], bool] = lambda _row, _is_named: True,
        named: Iterable[int] = (),
    ) -> tuple[list[Candidate], int]:
        """Children found under the keys, the likeliest first, and how many blocks were too crowded to look through.

        One short block is enough to be found, or two long ones. A child of whose rows none `may_be` it is left out
        unopened; `named` are the keys of two names.
        """
        counts, crowded = self._postings.hits(keys)
        own = self._place.get(apart_from)
        counts.pop(own, None) if own is not None else None
        by_child: dict[ChildId, list[int]] = {}
        for place in sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:_MOST_CANDIDATES]:
            by_child.setdefault(self._children[place], []).append(place)
        by_name = self._postings.in_short_blocks(named)
        candidates = []
        for child, found in by_child.items():
            places = self._looked_at(child, found)
            shared = sum(map(counts.__getitem__, found))
            if shared < ENOUGH_KEYS and not any(may_be(self._rows[place], place in by_name) for place in places):
                continue
            candidates.append(
                Candidate(
                    child=child,
                    claims=tuple([self._said_at(place) for place in places if place != own]),
                    keys=shared,
                    is_named=not by_name.isdisjoint(found),
                )
            )
        return candidates, crowded

    def _looked_at(self, child: ChildId, found: list[int]) -> list[int]:
        """The places of a child's claims that are looked at for one decision, those found first."""
        if isinstance(self._by_child[child], int):
            return found
        return list(dict.fromkeys((*found, *self._places(child)[:MOST_CLAIMS])))[:MOST_CLAIMS]

    def _said_at(self, place: int) -> tuple[ClaimId, Profile]:
        row = self._rows[place]
        return claim_of_row(row), profile_of_row(row)

    def _places(self, child: ChildId) -> list[int]:
        """Where its claims stand, the earliest first."""
        places = self._by_child.get(child, [])
        return [places] if isinstance(places, int) else places

    def _join(self, child: ChildId, place: int) -> None:
        places = self._by_child.get(child)
        if places is None:
            self._by_child[child] = place
        elif isinstance(places, int):
            self._by_child[child] = sorted((places, place), key=self._in_time)
        else:
            insort(places, place, key=self._in_time)

    def _in_time(self, place: int) -> tuple[int, str]:
        return place_of_row(self._rows[place])

    def _leave(self, child: ChildId, place: int) -> None:
        """A claim goes to another child: what stays is put under all its keys; the one that went may have held them."""
        left = [each for each in self._places(child) if each != place]
        if not left:
            del self._by_child[child]
            return
        self._by_child[child] = left[0] if len(left) == 1 else left
        for each in left:
            self._postings.add(keys_of(profile_of_row(self._rows[each])), each)

    def _keys_of_child(self, child: ChildId) -> frozenset[int]:
        places = self._places(child)[:MOST_CLAIMS]
        return frozenset().union(*(keys_of(profile_of_row(self._rows[place])) for place in places))
