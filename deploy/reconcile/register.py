"""What the register knows, as far as a grant opens it, made ready to be compared with rows of an extract.

Children are found by an agency's own reference at once, and otherwise by the very decision that identity takes, over
the facts that each agency stated of each child. Nothing is decided here: a likeness is only shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final

from consumers import RegisterLine
from deploy.reconcile.extract import Moment
from hub.identity import ClaimRecord, Decision, IdentityIndex, decide, facts_from_columns
from hub.identity.placeholders import is_no_reference
from hub.identity.weighing import weighed_as_one
from hub.ids import ChildId, ClaimId, EventId
from schemas.records import ClaimedField, ClaimOutcome, EpisodeStatus, PhaseKind

_NOT_COUNTED: Final = frozenset({EpisodeStatus.CANCELLED, EpisodeStatus.SUPERSEDED})
COLUMNS: Final = {
    "person.given_names": "given_names",
    "person.family_name": "family_name",
    "person.date_of_birth": "date_of_birth",
    "person.sex": "sex",
    "person.identifiers.nhs_number.value": "nhs_number",
    "person.identifiers.upn.value": "upn",
    "person.home.line": "home_line",
    "person.home.postcode": "home_postcode",
    "person.placement_address.line": "placement_line",
    "person.placement_address.postcode": "placement_postcode",
    "child_ref": "child_ref",
    "episode_ref": "episode_ref",
}
"""The column of the linkage interface in which a field of the register is compared."""
_OWN: Final = ("child_ref", "episode_ref")
_DECIDING: Final = (*(column for column in COLUMNS.values() if column not in _OWN), "other_refs")
_REMEMBERED: Final = 100_000
"""Rows whose likeness is kept, the latest asked for: one child has many rows. About 200 bytes each."""
_NEVER_AN_EVENT: Final = EventId("reconcile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of an absence: missing, away or located; `ended` is None while it lasts or where it is not known."""

    kind: PhaseKind
    began: Moment
    ended: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OurAbsence:
    """One episode of the register."""

    episode: str
    child: str
    began: Moment
    ended: Moment | None
    status: str
    stretches: tuple[Stretch, ...]
    known: Mapping[str, str]
    """Golden values by field name."""

    @property
    def is_open(self) -> bool:
        """True while no end is known."""
        return self.ended is None and self.status in {
            EpisodeStatus.MISSING.value, EpisodeStatus.AWAY.value, EpisodeStatus.LOCATED_NOT_RETURNED.value,
            EpisodeStatus.RETURN_REPORTED.value,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A child of the register that a row's child may be: certain enough to compare, or only to be looked at."""

    child: str
    is_certain: bool
    probability: float | None
    how: str


@dataclass(slots=True)
class OurRegister:
    """The register's children and absences."""

    absences: Mapping[str, tuple[OurAbsence, ...]]
    """By child, the earliest first."""
    references: Mapping[tuple[str, str], str]
    """The child by agency and its own reference."""
    index: IdentityIndex
    stated: frozenset[str] = frozenset()
    """Every reference that an agency has for a child or for an absence."""
    closed: int = 0
    """Episodes of which this grant opens too little to compare."""
    _found: dict[bytes, tuple[Likeness, ...]] = field(default_factory=dict)
    _own: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[RegisterLine]) -> "OurRegister":
        """The register as these lines show it."""
        absences: dict[str, list[OurAbsence]] = defaultdict(list)
        references: dict[tuple[str, str], str] = {}
        said: dict[tuple[str, str, str], dict[str, str]] = {}
        closed = 0
        for line in lines:
            absence = _absence(line)
            if line.superseded_by is not None or (absence is not None and line.status in _NOT_COUNTED):
                continue
            if absence is None:
                closed += 1
                continue
            absences[absence.child].append(absence)
            for claim in line.claims:
                if claim.field == "child_ref" and not is_no_reference(claim.value):
                    references[claim.agency, claim.value] = absence.child
                if (column := COLUMNS.get(claim.field)) is not None:
                    said.setdefault((absence.child, claim.agency, _whose(line, claim)), {})[column] = claim.value
        records = [_record(number, key, columns) for number, (key, columns) in enumerate(sorted(said.items()))]
        ordered = {child: tuple(sorted(ours, key=lambda one: one.began)) for child, ours in absences.items()}
        stated = frozenset(columns[name] for columns in said.values() for name in _OWN if columns.get(name))
        return cls(ordered, references, IdentityIndex(records), stated, closed)

    @property
    def own_references(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """An agency's own references of a child, by agency and child."""
        if not self._own and self.references:
            for (agency, reference), child in sorted(self.references.items()):
                self._own[agency, child] = (*self._own.get((agency, child), ()), reference)
        return self._own

    def likely(self, facts: Mapping[str, str]) -> tuple[Likeness, ...]:
        """Whom these facts may concern, the most likely first; the agency's own reference decides alone."""
        own = self.references.get((facts.get("sender", ""), facts.get("child_ref", "")))
        if own is not None and facts.get("child_ref"):
            return (Likeness(child=own, is_certain=True, probability=None, how="the agency's own reference"),)
        key = self._key(facts)
        found = self._found.pop(key, None)
        if found is None:
            found = self._decided(facts)
        self._found[key] = found
        if len(self._found) > _REMEMBERED:
            self._found.pop(next(iter(self._found)))
        return found

    def _key(self, facts: Mapping[str, str]) -> bytes:
        """What a decision depends on, short: a reference that the register has nowhere says only that there is one."""
        said = [facts.get(column, "") for column in _DECIDING]
        said += [ref if (ref := facts.get(name, "")) in self.stated else str(bool(ref)) for name in _OWN]
        return blake2b("\0".join(said).encode(), digest_size=16).digest()

    def _decided(self, facts: Mapping[str, str]) -> tuple[Likeness, ...]:
        stranger = facts_from_columns(ClaimId("row of an extract"), facts)
        decision = decide(stranger, _NEVER_AN_EVENT, 0, self.index)
        probability = decision.explanation.probability if decision.explanation else None
        if decision.record.outcome is ClaimOutcome.LINK:
            return (Likeness(child=decision.record.child, is_certain=True, probability=probability, how="likeness"),)
        if not decision.reviews:
            return ()
        children = dict.fromkeys(review.child_b for review in decision.reviews)
        weighed = _weighed(decision)
        for child in children:
            if child not in weighed:
                weighed[child] = weighed_as_one(stranger, child, child, self.index).probability
        return tuple(
            Likeness(child=child, is_certain=False, probability=weighed[child], how="likeness") for child in children
        )


def _weighed(decision: Decision) -> dict[ChildId, float]:
    """The probabilities that the decision itself gives."""
    explained = decision.explanation
    return {} if explained is None else {each.child: each.probability for each in explained.contenders}


def _absence(line: RegisterLine) -> OurAbsence | None:
    known = {name: one.value for name, one in line.golden.items()}
    began, child = known.get("episode.began_at"), line.child
    if began is None or child is None:
        return None
    ended = known.get("episode.ended_at")
    return OurAbsence(
        episode=line.episode,
        child=child,
        began=Moment(datetime.fromisoformat(began)),
        ended=Moment(datetime.fromisoformat(ended)) if ended else None,
        status=line.status.value,
        stretches=tuple(
            Stretch(
                kind=phase.kind, began=Moment(phase.began_at), ended=Moment(phase.ended_at) if phase.ended_at else None
            )
            for phase in line.phases
            if phase.began_at is not None
        ),
        known=known,
    )


def _whose(line: RegisterLine, claim: ClaimedField) -> str:
    """One agency may have two references for one child: each is a source of its own."""
    own = (other.value for other in line.claims if other.agency == claim.agency and other.field == "child_ref")
    return next(own, "")


def _record(number: int, key: tuple[str, str, str], columns: Mapping[str, str]) -> ClaimRecord:
    child, agency, reference = key
    claim = ClaimId(f"{agency}/{reference or child}")
    facts = facts_from_columns(claim, {**columns, "sender": agency})
    return ClaimRecord(
        facts=facts,
        child=ChildId(child),
        origin=ChildId(child),
        order=number,
        number=1,
        decided_by=EventId(f"register/{number}"),
        came_from=None,
        outcome=ClaimOutcome.FIRST,
        why="as the register has it",
    )
