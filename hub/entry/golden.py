"""Chooses, field by field, whose word stands in the one view of an episode.

A table (`golden.toml`) gives each field an order of source kinds; ties go to the latest recorded statement, then to
the lowest claim id. Some fields are chosen together, message by message. Choosing hides nothing: every agency's own
claim stays beside the view.

The choice is made once for every class of confidentiality: among what a reader of that class may know. So what a
narrower class holds never changes, not even by an absence, what the readers of the wider ones see. Where a narrower
class knows better, the view has the field twice; a reader who may open both takes the narrower.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from hub.entry.protection import CONFIDENTIALITY, matches
from hub.entry.statements import Statement
from hub.ids import AgencyId, EventId
from schemas.records import AgencyKind, DisclosedField, Disclosure

_DATE_LENGTH: Final = {"year": 4, "month": 7}
_ACCENTS: Final = ("\u0300", "\u036f")


class Differ(StrEnum):
    """When the values of two agencies disagree."""

    NEVER = "never"
    EXACT = "exact"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenField:
    """The chosen value of one field: whose word it is, and the event it stands on (None: known from no one event)."""

    name: str
    value: str
    disclosure: Disclosure
    source_kind: AgencyKind
    source_agency: AgencyId
    occurred_at: datetime | None = None
    recorded_at: datetime | None = None
    event: EventId | None = None

    def as_record(self) -> DisclosedField:
        """The same as blocks and notices carry it."""
        return DisclosedField(
            name=self.name,
            disclosure=self.disclosure,
            value=self.value,
            source_kind=self.source_kind,
            source_agency=self.source_agency,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRow:
    """One row of the table: the fields it is about, whose word comes first, and what counts as a difference."""

    fields: tuple[str, ...]
    order: Mapping[AgencyKind, int]
    prefer: Mapping[str, int]
    together: bool
    latest: str | None
    differ: Differ
    precision: str | None
    source: str

    def covers(self, name: str) -> bool:
        """Whether the row decides this field."""
        return any(matches(name, pattern) for pattern in self.fields)

    def may_differ(self, name: str) -> bool:
        """Whether two agencies can disagree on this field: not where it only says how precisely another is known."""
        return self.differ is not Differ.NEVER and name != self.precision

    def is_difference(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Whether two values, each beside its precision (empty: as written), say different things."""
        match self.differ:
            case Differ.NEVER:
                return False
            case Differ.EXACT:
                return one[0] != other[0]
            case Differ.TEXT:
                return plain(one[0]) != plain(other[0])
            case Differ.DATE:
                known = min(_DATE_LENGTH.get(precision, len(value)) for value, precision in (one, other))
                return one[0][:known] != other[0][:known]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenRules:
    """The table: `subjects` and `several` as `golden.toml` explains them, and its rows in order."""

    version: str
    subjects: Mapping[str, str]
    several: frozenset[str]
    rows: tuple[GoldenRow, ...]
    _decided: dict[str, GoldenRow] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def from_text(cls, table: str) -> "GoldenRules":
        """Read the table from TOML."""
        document = tomllib.loads(table)
        return cls(
            version=document["version"],
            subjects=document["subjects"],
            several=frozenset(document["subjects"][message] for message in document["several"]["messages"]),
            rows=tuple(
                GoldenRow(
                    fields=tuple(row["fields"]),
                    order={AgencyKind(kind): rank for rank, kind in enumerate(row["order"])},
                    prefer={value: rank for rank, value in enumerate(row.get("prefer", ()))},
                    together=row.get("together", False),
                    latest=row.get("latest"),
                    differ=Differ(row["differ"]),
                    precision=row.get("precision"),
                    source=row["source"],
                )
                for row in document["golden"]
            ),
        )

    def row(self, name: str) -> GoldenRow:
        """The first row that covers a field; the last row of the table covers all."""
        if (row := self._decided.get(name)) is None:
            row = self._decided[name] = next(row for row in self.rows if row.covers(name))
        return row

    def is_several(self, name: str) -> bool:
        """Whether every message about this field is a fact of its own."""
        return name.partition(".")[0] in self.several


@cache
def golden_rules() -> GoldenRules:
    """The table that is part of this package."""
    return GoldenRules.from_text(resources.files("hub.entry").joinpath("golden.toml").read_text("utf-8"))


def latest_claims(said: Iterable[Statement], rules: GoldenRules) -> tuple[Statement, ...]:
    """What each claim says now: its latest statement of a field, and whatever it said before more openly.

    An earlier statement is replaced only by a later one that is not more confidential: otherwise its absence would
    tell that there is something to hide. Of messages that an agency sends several of, each one stands.
    """
    groups: dict[tuple[str, str, str], list[Statement]] = {}
    for statement in said:
        apart = statement.event if rules.is_several(statement.field) else ""
        groups.setdefault((statement.field, statement.claim or statement.sender, apart), []).append(statement)
    kept = (statement for group in groups.values() for statement in (_standing(group) if len(group) > 1 else group))
    return tuple(sorted(kept, key=_place))


def _standing(group: Iterable[Statement]) -> list[Statement]:
    """What stands of everything that one claim said of a field."""
    later: list[Statement] = []
    for statement in sorted(group, key=_recency, reverse=True):
        rank = CONFIDENTIALITY[statement.disclosure]
        if all(CONFIDENTIALITY[other.disclosure] > rank for other in later):
            later.append(statement)
    return later


def golden_view(claims: Sequence[Statement], rules: GoldenRules) -> tuple[GoldenField, ...]:
    """The chosen value of every field, sorted by name and from the wider to the narrower class."""
    groups: dict[tuple[str, ...], list[Statement]] = {}
    for claim in claims:
        row = rules.row(claim.field)
        groups.setdefault(row.fields if row.together else (claim.field,), []).append(claim)
    chosen = (field_ for group in groups.values() for field_ in _chosen(group, rules.row(group[0].field)))
    return tuple(sorted(chosen, key=lambda f: (f.name, CONFIDENTIALITY[f.disclosure])))


def _chosen(group: Sequence[Statement], row: GoldenRow) -> Iterable[GoldenField]:
    """The winning message of a group for each class of reader, and what it adds to the wider class."""
    first = group[0].event
    if all(claim.event == first for claim in group):  # there is nothing to choose between
        yield from (_field(claim, claim.disclosure) for claim in group)
        return
    before: EventId | None = None
    for disclosure in sorted({claim.disclosure for claim in group}, key=CONFIDENTIALITY.__getitem__):
        rank = CONFIDENTIALITY[disclosure]
        readable = [claim for claim in group if CONFIDENTIALITY[claim.disclosure] <= rank]
        event = _winner(readable, row)
        for claim in readable:
            if claim.event == event and (claim.disclosure is disclosure or event != before):
                yield _field(claim, disclosure)
        before = event


def _winner(readable: Sequence[Statement], row: GoldenRow) -> EventId:
    newest: Mapping[EventId, str] = (
        {claim.event: claim.value for claim in readable if claim.field == row.latest} if row.latest else {}
    )
    return min(readable, key=lambda claim: _preference(claim, row, newest)).event


def _preference(claim: Statement, row: GoldenRow, newest: Mapping[EventId, str]) -> tuple[object, ...]:
    """Sort key: the best claim first. ISO times compare as text; a later one is better, so it is turned round."""
    said_at = newest.get(claim.event, "")
    return (
        row.prefer.get(claim.value, len(row.prefer)),
        claim.value == "not_known",
        tuple(-ord(letter) for letter in said_at) if said_at else (0,),
        row.order.get(claim.sender_kind, len(row.order)),
        -claim.stated_at.timestamp(),
        claim.claim or "",
        claim.event,
    )


def _field(claim: Statement, disclosure: Disclosure) -> GoldenField:
    return GoldenField(
        name=claim.field,
        disclosure=disclosure,
        value=claim.value,
        source_kind=claim.sender_kind,
        source_agency=claim.sender,
        occurred_at=claim.occurred_at,
        recorded_at=claim.recorded_at,
        event=claim.event,
    )


def plain(value: str) -> str:
    """A value without case, Latin accents, punctuation and spaces, to compare what two people typed.

    Only the accents of Latin, Greek and Cyrillic fall (U+0300 to U+036F): the vowel signs of other scripts are
    letters of the name.
    """
    letters = unicodedata.normalize("NFKD", value).casefold()
    kept = "".join(letter for letter in letters if not (_ACCENTS[0] <= letter <= _ACCENTS[1] or _is_gap(letter)))
    return unicodedata.normalize("NFC", kept) or letters


def _is_gap(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PZSC"


def _recency(statement: Statement) -> tuple[object, ...]:
    return (statement.stated_at, statement.order, statement.event)


def _place(statement: Statement) -> tuple[object, ...]:
    return (statement.field, statement.claim or "", statement.sender, statement.order, statement.event)
