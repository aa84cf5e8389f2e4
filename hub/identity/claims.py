"""One claim as it stands decided, and its row: what `streams.identity` seals and stores, and what the index keeps.

A row is text: fields between unit separators, the parts of a field between record separators. It is small, and opens
quickly: an index holds it as it is, and opens it only to compare.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final, Self

from hub.identity.facts import Address, ClaimFacts, Reference, Words
from hub.identity.profile import Profile, kinds_of_stay
from hub.identity.syllables import in_order
from hub.ids import AgencyId, ChildId, ClaimId, EventId
from schemas.errors import HomewardError
from schemas.records import AgencyKind, ClaimOutcome

_FIELD, _PART, _PIECE = "\x1f", "\x1e", "\x1d"
_SEPARATORS: Final = str.maketrans(dict.fromkeys((_FIELD, _PART, _PIECE), " "))
_FIELDS: Final = 27
_BEFORE_TIMES: Final = 26
"""Rows that were written before a claim kept when it was reported: they are read, and say nothing of it."""
_AGENCY, _FILED, _REPORTED, _CHILD, _ORDER = 1, 15, 16, 17, 19


class BrokenRow(HomewardError):
    """A stored row of a claim has not the fields that this version reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRecord:
    """One claim: its facts, the child it belongs to, and the decision that says so.

    `order` is the place of the first event in the total order, `origin` the child it began with. `number` is the
    running number of the newest decision, taken because of the event `decided_by`, away from the child `came_from`
    (None for a first decision): enough to write the same decision again after a crash. `barred` are claims that a
    reviewer said are of another child, which no score may ever join with this one; `broken` are those of them on the
    other side of an adoption break.
    """

    facts: ClaimFacts
    child: ChildId
    origin: ChildId
    order: int
    number: int
    decided_by: EventId
    came_from: ChildId | None
    outcome: ClaimOutcome
    why: str
    matched: ClaimId | None = None
    barred: frozenset[ClaimId] = frozenset()
    broken: frozenset[ClaimId] = frozenset()

    @property
    def claim(self) -> ClaimId:
        """The claim's id."""
        return self.facts.claim

    def with_facts(self, facts: ClaimFacts) -> Self:
        """The claim with what a further report said added; see `ClaimFacts.and_then` for how much of it is kept."""
        merged = self.facts.and_then(facts)
        return self if merged == self.facts else replace(self, facts=merged)

    def to_row(self) -> str:
        """The row as text."""
        facts = self.facts
        return _FIELD.join(
            (
                facts.claim, facts.agency.translate(_SEPARATORS), facts.agency_kind.value,
                _pairs(facts.own_references), _pairs(facts.quoted_references), _joined(facts.identifiers),
                _names(facts.given), _names(facts.family), _names(facts.other),
                _joined(day.isoformat() for day in facts.births), _joined(str(year) for year in facts.birth_years),
                _joined(facts.sexes), _pairs(facts.homes), _pairs(facts.placements), _joined(facts.phones),
                "1" if facts.is_filed else "", _joined(str(time) for time in facts.reported),
                self.child, "" if self.origin == self.child else self.origin, str(self.order), str(self.number),
                self.decided_by, self.came_from or "", self.outcome.value, self.why.translate(_SEPARATORS),
                _PART.join((self.matched or "", *sorted(self.barred))), _PART.join(sorted(self.broken)),
            )
        )  # fmt: skip

    @classmethod
    def from_row(cls, row: str) -> Self:
        """The claim of a row.

        Raises:
            BrokenRow: the row has other fields.
        """
        fields = _opened(row)
        matched, *barred = fields[25].split(_PART)
        return cls(
            facts=ClaimFacts(
                claim=ClaimId(fields[0]),
                agency=AgencyId(fields[1]),
                agency_kind=AgencyKind(fields[2]),
                own_references=frozenset(_pairs_of(fields[3])),
                quoted_references=frozenset(_pairs_of(fields[4])),
                identifiers=frozenset(_parts_of(fields[5])),
                given=frozenset(_names_of(fields[6])),
                family=frozenset(_names_of(fields[7])),
                other=frozenset(_names_of(fields[8])),
                births=frozenset(date.fromisoformat(day) for day in _parts_of(fields[9])),
                birth_years=frozenset(int(year) for year in _parts_of(fields[10])),
                sexes=frozenset(_parts_of(fields[11])),
                homes=frozenset(_pairs_of(fields[12])),
                placements=frozenset(_pairs_of(fields[13])),
                phones=frozenset(_parts_of(fields[14])),
                is_filed=bool(fields[_FILED]),
                reported=frozenset(int(time) for time in _parts_of(fields[_REPORTED])),
            ),
            child=ChildId(fields[_CHILD]),
            origin=ChildId(fields[18] or fields[_CHILD]),
            order=int(fields[19]),
            number=int(fields[20]),
            decided_by=EventId(fields[21]),
            came_from=ChildId(fields[22]) if fields[22] else None,
            outcome=ClaimOutcome(fields[23]),
            why=fields[24],
            matched=ClaimId(matched) if matched else None,
            barred=frozenset(ClaimId(claim) for claim in barred),
            broken=frozenset(ClaimId(claim) for claim in _parts_of(fields[26])),
        )

    def to_bytes(self) -> bytes:
        """The row of this claim."""
        return self.to_row().encode()

    @classmethod
    def from_bytes(cls, row: bytes) -> Self:
        """The claim of a row.

        Raises:
            BrokenRow: the row has other fields.
        """
        return cls.from_row(row.decode())


def claim_of_row(row: str) -> ClaimId:
    """The claim's id, without opening the rest."""
    return ClaimId(row[: row.index(_FIELD)])


def place_of_row(row: str) -> tuple[int, str]:
    """The place of a row's claim in the total order, without opening the rest."""
    fields = row.split(_FIELD, _ORDER + 1)
    return int(fields[_ORDER]), fields[0]


@lru_cache(maxsize=64)
def profile_of_row(row: str) -> Profile:
    """What is compared of a row, without making the whole claim; kept for as long as one decision is thought about:
    what is kept longer is seldom asked for, and Python's collector of garbage would walk through all of it.
    """
    return opened_profile(row)


def opened_profile(row: str) -> Profile:
    """What is compared of a row that is looked at once."""
    fields = row.split(_FIELD, _CHILD)
    births, years = _parts_of(fields[9]), _parts_of(fields[10])
    given, other = _names_of(fields[6]), _names_of(fields[8])
    homes, placements = _pairs_of(fields[12]), _pairs_of(fields[13])
    given, family = in_order(tuple(sorted({*given, *other})) if other else given, _names_of(fields[7]))
    return Profile(
        given=given,
        family=family,
        births=births + years if years else births,
        sexes=_set_of(fields[11]),
        identifiers=frozenset(_parts_of(fields[5])),
        own=frozenset(_pairs_of(fields[3])),
        quoted=frozenset(_pairs_of(fields[4])),
        addresses=tuple(sorted({*homes, *placements})) if placements else homes,
        stays=kinds_of_stay(homes, placements),
        phones=frozenset(_parts_of(fields[14])),
        filed_by=frozenset({fields[_AGENCY]}) if fields[_FILED] else frozenset(),
        reported=tuple(sorted(map(int, _parts_of(fields[_REPORTED])))),
    )


@lru_cache(maxsize=4_096)
def _set_of(field: str) -> frozenset[str]:
    """The parts of a field that many rows have alike, as one set for all of them."""
    return frozenset(_parts_of(field))


def _opened(row: str) -> list[str]:
    fields = row.split(_FIELD)
    if len(fields) == _BEFORE_TIMES:
        fields.insert(_REPORTED, "")
    if len(fields) != _FIELDS:
        message = f"a claim's row has {len(fields)} fields, {_FIELDS} were expected: it was written by another version"
        raise BrokenRow(message)
    return fields


def _joined(parts: Iterable[str]) -> str:
    return _PART.join(sorted([part.translate(_SEPARATORS) for part in parts]))


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    apart = [(one.translate(_SEPARATORS), other.translate(_SEPARATORS)) for one, other in pairs]
    return _PART.join(sorted(map(_PIECE.join, apart)))


def _names(names: Iterable[Words]) -> str:
    return _PART.join(sorted(map(" ".join, names)))


def _parts_of(field: str) -> tuple[str, ...]:
    if not field:
        return ()
    return tuple(field.split(_PART)) if _PART in field else (field,)


def _pairs_of(field: str) -> tuple[Reference, ...] | tuple[Address, ...]:
    if not field:
        return ()
    if _PART not in field:
        one, _, other = field.partition(_PIECE)
        return ((one, other),)
    return tuple([(one, other) for one, _, other in [part.partition(_PIECE) for part in field.split(_PART)]])


def _names_of(field: str) -> tuple[Words, ...]:
    if not field:
        return ()
    if _PART not in field:
        return (tuple(field.split(" ")),)
    return tuple([tuple(part.split(" ")) for part in field.split(_PART)])
